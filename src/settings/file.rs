//! Finds settings in a YAML file, with the line of each. Besides the mapping's the only file that names the YAML parser.

use saphyr_parser::{Event, Parser, ScalarStyle, StrInput};
use serde_json::{Map, Value};

use super::error::{SettingsError, SettingsWarning};
use super::source::{Entry, Found, Raw, SettingOrigin, rank};
use super::table::{self, Meaning};

/// Keys nest four levels deep.
const MAX_DEPTH: usize = 16;

/// Reads the text of a settings file. `variable` answers for `{{ from env NAME }}`; what is not set there is not set here.
pub(super) fn read(name: &str, text: &str, variable: &dyn Fn(&str) -> Option<String>) -> Found {
    let mut found = Found::default();
    let values = match values(text) {
        Ok(values) => values,
        Err((line, message)) => {
            found.errors.push(SettingsError::Syntax { file: name.to_owned(), line, message });
            return found;
        }
    };
    for Written { key, raw, line } in values {
        let source = SettingOrigin::File { name: name.to_owned(), line };
        let raw = match &raw {
            Raw::Text(text) => match placeholder(text) {
                Some(wanted) => Raw::Text(variable(wanted).unwrap_or_default()),
                None => raw,
            },
            Raw::List(_) => raw,
        };
        match table::meaning(&key) {
            _ if raw.is_blank() => {}
            Meaning::Setting(known) => found.entries.push(Entry { known, is_file: false, raw, source, rank: rank::FILE }),
            Meaning::FileOf(known) => found.entries.push(Entry { known, is_file: true, raw, source, rank: rank::FILE }),
            Meaning::None => found.ignore(format!("{key} ({source})"), &key, &raw.to_string()),
            Meaning::Group => found.errors.push(SettingsError::Syntax {
                file: name.to_owned(),
                line,
                message: format!("`{key}` is a plain value, expected settings below it"),
            }),
            Meaning::Unknown => found.warnings.push(unknown(&key, &source)),
        }
    }
    found
}

fn unknown(key: &str, source: &SettingOrigin) -> SettingsWarning {
    let help = match table::nearest_key(key) {
        Some(nearest) => format!("did you mean `{nearest}`?"),
        None if key.starts_with("resources") => "a mapping goes to --mapping, settings to --config".to_owned(),
        None => "it has no effect".to_owned(),
    };
    SettingsWarning { message: format!("{source}: `{key}` is no setting"), help: Some(help) }
}

/// The variable that `{{ from env NAME }}` names.
pub(super) fn placeholder(text: &str) -> Option<&str> {
    let inside = text.trim().strip_prefix("{{")?.strip_suffix("}}")?;
    let mut words = inside.split_whitespace();
    let found = (words.next()? == "from" && words.next()? == "env").then(|| words.next())??;
    words.next().is_none().then_some(found)
}

/// Every variable that a text asks for by `{{ from env NAME }}`.
pub(super) fn placeholders(text: &str) -> Vec<&str> {
    let ends = text.match_indices("}}").map(|(end, _)| &text[..end + 2]);
    ends.filter_map(|until| placeholder(&until[until.rfind("{{")?..])).collect()
}

/// A value with its key and line.
struct Written {
    key: String,
    raw: Raw,
    line: usize,
}

/// A line, counted from 1, and what is wrong with it.
type Wrong = (usize, String);

/// Reads the plain values and lists of a YAML mapping, each with its dotted key.
fn values(text: &str) -> Result<Vec<Written>, Wrong> {
    let mut reader = Reader { parser: Parser::new_from_str(text), values: Vec::new() };
    loop {
        match reader.next()? {
            (Event::StreamStart | Event::DocumentStart(_), _) => {}
            (Event::MappingStart(..), _) => {
                reader.mapping("", MAX_DEPTH)?;
                break;
            }
            (Event::StreamEnd, _) => return Ok(reader.values),
            (Event::Scalar(text, ..), _) if text.is_empty() => break,
            (_, line) => return Err((line, "expected settings as `key: value`".to_owned())),
        }
    }
    // Whatever follows the document must not pass unnoticed: two documents, or what a slip of indentation left over.
    loop {
        match reader.next()? {
            (Event::StreamEnd, _) => return Ok(reader.values),
            (Event::DocumentStart(_), line) => return Err((line, "a second document, expected one".to_owned())),
            _ => {}
        }
    }
}

struct Reader<'input> {
    parser: Parser<'input, StrInput<'input>>,
    values: Vec<Written>,
}

impl<'input> Reader<'input> {
    fn next(&mut self) -> Result<(Event<'input>, usize), Wrong> {
        match self.parser.next_event() {
            Some(Ok((event, span))) => Ok((event, span.start.line())),
            Some(Err(error)) => Err((error.marker().line(), format!("not YAML: {}", error.info()))),
            None => Ok((Event::StreamEnd, 0)),
        }
    }

    fn mapping(&mut self, prefix: &str, depth: usize) -> Result<(), Wrong> {
        let mut keys: Vec<String> = Vec::new();
        loop {
            let (key, line) = match self.next()? {
                (Event::MappingEnd, _) => return Ok(()),
                (Event::Scalar(key, ..), line) => (key.into_owned(), line),
                (_, line) => {
                    let message = "a key that is no text; a placeholder needs quotes: \"{{ from env NAME }}\"";
                    return Err((line, message.to_owned()));
                }
            };
            if keys.contains(&key) {
                return Err((line, format!("`{key}` stands here twice")));
            }
            let path = if prefix.is_empty() { key.clone() } else { format!("{prefix}.{key}") };
            keys.push(key);
            match self.next()? {
                (Event::Scalar(text, style, ..), line) => {
                    let is_null = style == ScalarStyle::Plain && matches!(&*text, "null" | "Null" | "NULL" | "~");
                    let raw = Raw::Text(if is_null { String::new() } else { text.into_owned() });
                    self.values.push(Written { key: path, raw, line });
                }
                (Event::SequenceStart(..), line) if table::takes_objects(&path) => {
                    let list = self.nested(Event::SequenceStart(0, None), line, MAX_DEPTH)?;
                    self.values.push(Written { key: path, raw: Raw::Text(list.to_string()), line });
                }
                (Event::SequenceStart(..), line) => self.sequence(path, line)?,
                (Event::MappingStart(..), line) if depth == 0 => return Err((line, "nested too deep".to_owned())),
                (Event::MappingStart(..), _) => self.mapping(&path, depth - 1)?,
                (_, line) => return Err((line, format!("`{path}` is an alias, expected a value"))),
            }
        }
    }

    /// Reads a value whatever is nested in it, from its first event on. Numbers and the like stay texts.
    fn nested(&mut self, event: Event<'input>, line: usize, depth: usize) -> Result<Value, Wrong> {
        if depth == 0 {
            return Err((line, "nested too deep".to_owned()));
        }
        match event {
            Event::Scalar(text, ..) => Ok(Value::String(text.into_owned())),
            Event::SequenceStart(..) => {
                let mut items = Vec::new();
                loop {
                    match self.next()? {
                        (Event::SequenceEnd, _) => return Ok(Value::Array(items)),
                        (event, line) => items.push(self.nested(event, line, depth - 1)?),
                    }
                }
            }
            Event::MappingStart(..) => {
                let mut members = Map::new();
                loop {
                    let (key, line) = match self.next()? {
                        (Event::MappingEnd, _) => return Ok(Value::Object(members)),
                        (Event::Scalar(key, ..), line) => (key.into_owned(), line),
                        (_, line) => return Err((line, "a key that is no text".to_owned())),
                    };
                    let (event, value_line) = self.next()?;
                    let value = self.nested(event, value_line, depth - 1)?;
                    if members.insert(key.clone(), value).is_some() {
                        return Err((line, format!("`{key}` stands here twice")));
                    }
                }
            }
            _ => Err((line, "expected a value".to_owned())),
        }
    }

    fn sequence(&mut self, key: String, line: usize) -> Result<(), Wrong> {
        let mut items = Vec::new();
        // A list in a setting that is none of ours may hold anything; it is read over.
        let mut depth = 0_usize;
        loop {
            match self.next()? {
                (Event::SequenceEnd, _) if depth == 0 => break,
                (Event::SequenceEnd | Event::MappingEnd, _) => depth -= 1,
                (Event::SequenceStart(..) | Event::MappingStart(..), line) => {
                    if matches!(table::meaning(&key), Meaning::Setting(_) | Meaning::FileOf(_)) {
                        return Err((line, format!("`{key}` has something nested in it, expected plain values")));
                    }
                    depth += 1;
                }
                (Event::Scalar(text, ..), _) => items.push(text.into_owned()),
                (_, line) => return Err((line, format!("`{key}` has an alias in it, expected a value"))),
            }
        }
        self.values.push(Written { key, raw: Raw::List(items), line });
        Ok(())
    }
}

//! JSON as `fromjson` accepts it, with jq's error messages.
//!
//! Follows jq's parser: characters are collected in a token until a structural character ends it, and a stack holds the open
//! arrays and objects. NaN, infinity, a plus sign and leading zeros are accepted in numbers.

use crate::meter;
use crate::number::Number;
use crate::val::{Map, Text, Val};

/// Maximum depth that jq reads.
const DEPTH: usize = 10_000;

enum Open {
    Array(Vec<Val>),
    Object(Map),
    Key(Text),
}

#[derive(Default)]
struct LenientReader {
    stack: Vec<Open>,
    next: Option<Val>,
    token: String,
    line: usize,
    column: usize,
}

type LenientResult<T> = Result<T, &'static str>;

/// Reads the one value in `text`.
pub(crate) fn read(text: &str) -> Result<Val, String> {
    meter::touch(text.len());
    let while_parsing = |message: String| format!("{message} (while parsing '{text}')");
    match read_all(text.strip_prefix('\u{feff}').unwrap_or(text)) {
        Err(message) => Err(while_parsing(message)),
        Ok(mut values) => match (values.pop(), values.is_empty()) {
            (Some(value), true) => Ok(value),
            (None, _) => Err(while_parsing("Expected JSON value".to_owned())),
            _ => Err(while_parsing("Unexpected extra JSON values".to_owned())),
        },
    }
}

fn read_all(text: &str) -> Result<Vec<Val>, String> {
    let mut reader = LenientReader { line: 1, ..LenientReader::default() };
    let mut values = Vec::new();
    let mut in_string = false;
    let mut escaped = false;
    for character in text.chars() {
        meter::tick();
        reader.column += character.len_utf8();
        if character == '\n' {
            reader.line += 1;
            reader.column = 0;
        }
        let step = if !in_string {
            match character {
                '"' => {
                    in_string = true;
                    reader.literal()
                }
                ' ' | '\t' | '\r' | '\n' => reader.literal(),
                '[' | ']' | '{' | '}' | ':' | ',' => reader.literal().and_then(|()| reader.structure(character)),
                _ => {
                    reader.token.push(character);
                    Ok(())
                }
            }
        } else if character == '"' && !escaped {
            in_string = false;
            reader.string()
        } else {
            reader.token.push(character);
            escaped = character == '\\' && !escaped;
            Ok(())
        };
        step.map_err(|message| format!("{message} at line {}, column {}", reader.line, reader.column))?;
        if reader.stack.is_empty() && !in_string {
            values.extend(reader.next.take());
        }
    }
    let end = format!("at EOF at line {}, column {}", reader.line, reader.column);
    if in_string {
        return Err(format!("Unfinished string {end}"));
    }
    reader.literal().map_err(|message| format!("{message} {end}"))?;
    if !reader.stack.is_empty() {
        return Err(format!("Unfinished JSON term {end}"));
    }
    values.extend(reader.next.take());
    Ok(values)
}

impl LenientReader {
    fn value(&mut self, value: Val) -> LenientResult<()> {
        if self.next.is_some() {
            return Err("Expected separator between values");
        }
        self.next = Some(value);
        Ok(())
    }

    fn literal(&mut self) -> LenientResult<()> {
        if self.token.is_empty() {
            return Ok(());
        }
        let token = std::mem::take(&mut self.token);
        let value = match token.as_bytes()[0] {
            b'\'' => return Err("Invalid string literal; expected \", but got '"),
            b't' if token == "true" => Val::Bool(true),
            b'f' if token == "false" => Val::Bool(false),
            b'n' if token == "null" => Val::Null,
            b't' | b'f' => return Err("Invalid literal"),
            b'n' if token.as_bytes().get(1) != Some(&b'a') => return Err("Invalid literal"),
            _ => Val::Number(Number::parse_leniently(&token).ok_or("Invalid numeric literal")?),
        };
        self.value(value)
    }

    fn string(&mut self) -> LenientResult<()> {
        let token = std::mem::take(&mut self.token);
        let text = unescaped(&token)?;
        self.value(Val::String(text))
    }

    fn structure(&mut self, character: char) -> LenientResult<()> {
        match character {
            '[' | '{' => {
                if self.stack.len() >= DEPTH {
                    return Err("Exceeds depth limit for parsing");
                }
                if self.next.is_some() {
                    return Err("Expected separator between values");
                }
                let open = if character == '[' { Open::Array(Vec::new()) } else { Open::Object(Map::default()) };
                self.stack.push(open);
            }
            ':' => {
                let key = self.next.take().ok_or("Expected string key before ':'")?;
                if !matches!(self.stack.last(), Some(Open::Object(_))) {
                    return Err("':' not as part of an object");
                }
                let Val::String(key) = key else {
                    return Err("Object keys must be strings");
                };
                self.stack.push(Open::Key(key));
            }
            ',' => {
                let value = self.next.take().ok_or("Expected value before ','")?;
                self.separate(value)?;
            }
            ']' => {
                let Some(Open::Array(mut items)) = self.stack.pop() else {
                    return Err("Unmatched ']'");
                };
                match self.next.take() {
                    Some(value) => items.push(value),
                    None if items.is_empty() => {}
                    None => return Err("Expected another array element"),
                }
                self.next = Some(Val::array(items));
            }
            _ => {
                if let Some(value) = self.next.take() {
                    if !matches!(self.stack.last(), Some(Open::Key(_))) {
                        let message =
                            if self.stack.is_empty() { "Unmatched '}'" } else { "Objects must consist of key:value pairs" };
                        return Err(message);
                    }
                    self.separate(value)?;
                } else if matches!(self.stack.last(), Some(Open::Object(map)) if !map.is_empty()) {
                    return Err("Expected another key-value pair");
                }
                let Some(Open::Object(map)) = self.stack.pop() else {
                    return Err("Unmatched '}'");
                };
                self.next = Some(Val::object(map));
            }
        }
        Ok(())
    }

    /// Adds a complete value to the open array or object, or makes it the result.
    fn separate(&mut self, value: Val) -> LenientResult<()> {
        match self.stack.pop() {
            Some(Open::Array(mut items)) => {
                items.push(value);
                self.stack.push(Open::Array(items));
                Ok(())
            }
            Some(Open::Key(key)) => match self.stack.last_mut() {
                Some(Open::Object(map)) => {
                    map.insert(key, value);
                    Ok(())
                }
                _ => Err("Objects must consist of key:value pairs"),
            },
            Some(Open::Object(_)) => Err("Objects must consist of key:value pairs"),
            None => Err("',' not as part of an object or array"),
        }
    }
}

/// The text between two quotes, unescaped.
pub(crate) fn unescaped(token: &str) -> LenientResult<Text> {
    if token.bytes().any(|byte| byte < 32) {
        return Err("Invalid string: control characters from U+0000 through U+001F must be escaped");
    }
    if !token.contains('\\') {
        return Ok(Text::new(token));
    }
    let mut text = String::with_capacity(token.len());
    let mut rest = token;
    while let Some(at) = rest.find('\\') {
        text.push_str(&rest[..at]);
        let escaped = rest.as_bytes().get(at + 1).copied();
        rest = rest.get(at + 2..).ok_or("Invalid escape")?;
        text.push(match escaped {
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => {
                let (character, after) = unicode(rest)?;
                rest = after;
                character
            }
            _ => return Err("Invalid escape"),
        });
    }
    text.push_str(rest);
    Ok(Text::from(text))
}

fn unicode(rest: &str) -> LenientResult<(char, &str)> {
    const BROKEN: &str = "Invalid \\uXXXX\\uXXXX surrogate pair escape";
    let unit = |text: &str| {
        let digits = text.get(..4).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
        u32::from_str_radix(digits, 16).ok()
    };
    let first = unit(rest).ok_or("Invalid escape")?;
    let rest = &rest[4..];
    if !(0xD800..=0xDFFF).contains(&first) {
        return Ok((char::from_u32(first).ok_or(BROKEN)?, rest));
    }
    let second = rest.strip_prefix("\\u").and_then(unit).ok_or(BROKEN)?;
    if first > 0xDBFF || !(0xDC00..=0xDFFF).contains(&second) {
        return Err(BROKEN);
    }
    let code = 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00);
    Ok((char::from_u32(code).ok_or(BROKEN)?, &rest[6..]))
}

//! Text from elsewhere, made fit to be read. Servers, files and whoever edits a mapping can write what moves a cursor, hides or
//! turns letters round, ends a line early, or begins a line that a program obeys. Pure.
//!
//! | for | function |
//! | --- | --- |
//! | a value within a line | [`text`] |
//! | a whole line | [`line()`] |
//! | several lines, whose line feeds are ours | [`page`] |
//! | JSON that is made already | [`json`] |
//! | a fenced block of Markdown | [`fenced`] |
//! | a workflow command of GitHub Actions | [`command_data`], [`command_property`] |
//!
//! Every renderer writes its lines with [`line()`] or its values with [`text`]; what is printed goes through [`page`] or [`json`]
//! once more, so that a renderer that forgets can still move no cursor.

use std::borrow::Cow;
use std::fmt::Write;

/// What ends an old-style workflow command's name; such a command may stand anywhere in a line.
const OLD_COMMAND: &str = "##[";

/// Whether a character does something to a page other than stand on it: control characters (C0, DEL, C1), line and paragraph
/// separators, marks and overrides of direction, and characters without a width of their own.
pub fn is_hostile(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}'
        )
}

/// A value within a line: each hostile character as an escape (`\n`, `\u{202e}`), and nothing that reads as a workflow command.
pub fn text(text: &str) -> Cow<'_, str> {
    if !text.contains(is_hostile) && !text.contains(OLD_COMMAND) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        if is_hostile(character) {
            // Writing to a text cannot fail. The short forms are those that everybody knows.
            let _ = match character {
                '\n' | '\r' | '\t' => write!(escaped, "{}", character.escape_default()),
                other => write!(escaped, "{}", other.escape_unicode()),
            };
        } else {
            escaped.push(character);
        }
    }
    Cow::Owned(escaped.replace(OLD_COMMAND, "#\\#["))
}

/// A whole line, without its end. One that begins with `::`, which GitHub Actions would obey, gets a backslash before it.
pub fn line(line: &str) -> Cow<'_, str> {
    let escaped = text(line);
    // The runner looks past white space.
    let start = escaped.len() - escaped.trim_start().len();
    if escaped[start..].starts_with("::") {
        return Cow::Owned(format!("{}\\{}", &escaped[..start], &escaped[start..]));
    }
    escaped
}

/// Several lines, each escaped as a [`line()`]. A line feed ends a line, so values with line feeds must be escaped before.
pub fn page(page: &str) -> Cow<'_, str> {
    let is_clean = !page.contains(|character| is_hostile(character) && character != '\n')
        && !page.contains(OLD_COMMAND)
        && !page.lines().any(|line| line.trim_start().starts_with("::"));
    if is_clean {
        return Cow::Borrowed(page);
    }
    let mut escaped = String::with_capacity(page.len() + 8);
    for (number, one) in page.split('\n').enumerate() {
        if number > 0 {
            escaped.push('\n');
        }
        escaped.push_str(&line(one));
    }
    Cow::Owned(escaped)
}

/// JSON, compact or pretty, that means the same: hostile characters inside its texts become `\u` escapes. White space between its
/// tokens stays.
pub fn json(json: &str) -> Cow<'_, str> {
    let is_hostile = |character: char| is_hostile(character) && character != '\n';
    if !json.contains(is_hostile) && !json.contains(OLD_COMMAND) {
        return Cow::Borrowed(json);
    }
    let mut escaped = String::with_capacity(json.len() + 8);
    for character in json.chars() {
        if is_hostile(character) {
            for unit in character.encode_utf16(&mut [0; 2]) {
                // Writing to a text cannot fail.
                let _ = write!(escaped, "\\u{unit:04x}");
            }
        } else {
            escaped.push(character);
        }
    }
    Cow::Owned(escaped.replace(OLD_COMMAND, "#\\u0023["))
}

/// The first characters of a text, and a sign when there are more: what others write may have any length.
pub fn shortened(text: &str, characters: usize) -> Cow<'_, str> {
    match text.char_indices().nth(characters) {
        Some((end, _)) => Cow::Owned(format!("{}…", &text[..end])),
        None => Cow::Borrowed(text),
    }
}

/// Text that stands in a fenced block of Markdown and cannot end it.
pub fn fenced(text: &str) -> String {
    text.replace("```", "'''").replace("~~~", "---")
}

/// The message of a workflow command: one line, whose line feeds the runner shows as such.
pub fn command_data(text: &str) -> String {
    let lines: Vec<_> = text.split('\n').map(self::text).collect();
    // A carriage return is among the escapes already.
    lines.join("\n").replace('%', "%25").replace('\n', "%0A")
}

/// A property of a workflow command.
pub fn command_property(text: &str) -> String {
    command_data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_moves_hides_or_commands_is_shown_as_an_escape() {
        let table = [
            ("plain, ünïcode 東京 🚀", "plain, ünïcode 東京 🚀"),
            ("a\nb\r\tc", "a\\nb\\r\\tc"),
            ("\u{1b}[2J\u{9b}31m\u{7f}", "\\u{1b}[2J\\u{9b}31m\\u{7f}"),
            ("eli\u{202e}fdp\u{2066}x\u{2069}", "eli\\u{202e}fdp\\u{2066}x\\u{2069}"),
            ("a\u{200b}b\u{feff}c\u{2028}d\u{200f}", "a\\u{200b}b\\u{feff}c\\u{2028}d\\u{200f}"),
            ("see ##[add-path]/tmp", "see #\\#[add-path]/tmp"),
            ("::set-output name=a::b", "::set-output name=a::b"),
        ];
        for (hostile, expected) in table {
            assert_eq!(text(hostile), expected);
        }
    }

    #[test]
    fn a_line_is_no_workflow_command() {
        assert_eq!(line("::add-path::/tmp"), "\\::add-path::/tmp");
        assert_eq!(line("  ::stop-commands::x"), "  \\::stop-commands::x");
        assert_eq!(line("a::b"), "a::b");
        assert_eq!(page("good\n::add-path::/tmp\n\u{1b}c\n"), "good\n\\::add-path::/tmp\n\\u{1b}c\n");
        assert_eq!(command_data("100 %\n::x\r"), "100 %25%0A::x\\r");
        assert_eq!(command_property("C:\\a,b\n"), "C%3A\\a%2Cb%0A");
        assert_eq!(fenced("a\n```\n~~~"), "a\n'''\n---");
    }

    /// Texts in which hostile characters are frequent.
    pub(crate) fn hostile() -> impl Strategy<Value = String> {
        let piece = prop_oneof![
            any::<char>().prop_map(String::from),
            (0_u32..0x20).prop_filter_map("a character", char::from_u32).prop_map(String::from),
            prop::sample::select(vec![
                "\u{7f}",
                "\u{85}",
                "\u{9b}",
                "\u{202e}",
                "\u{2069}",
                "\u{e0041}",
                "::",
                "##[",
                "%",
                "```",
                "\n"
            ])
            .prop_map(str::to_owned),
        ];
        prop::collection::vec(piece, 0..20).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn no_form_lets_anything_hostile_through(foreign in hostile()) {
            let line = line(&foreign);
            prop_assert!(!line.contains(is_hostile) && !line.contains(OLD_COMMAND) && !line.trim_start().starts_with("::"));
            let page = page(&foreign);
            prop_assert_eq!(page.matches('\n').count(), foreign.matches('\n').count());
            for line in page.split('\n') {
                prop_assert!(!line.contains(is_hostile) && !line.contains(OLD_COMMAND) && !line.trim_start().starts_with("::"));
            }
            for command in [command_data(&foreign), command_property(&foreign)] {
                prop_assert!(!command.contains(is_hostile));
            }
        }

        #[test]
        fn escaped_json_means_the_same(foreign in hostile()) {
            let value = serde_json::json!({ foreign.as_str(): [foreign.as_str()] });
            for written in [value.to_string(), format!("{value:#}")] {
                let escaped = json(&written);
                prop_assert!(!escaped.contains(|character| is_hostile(character) && character != '\n'), "{escaped:?}");
                prop_assert_eq!(serde_json::from_str::<serde_json::Value>(&escaped).unwrap(), value.clone());
            }
        }

        #[test]
        fn escaping_again_changes_nothing(foreign in hostile()) {
            let once = page(&foreign).into_owned();
            prop_assert_eq!(page(&once), once.as_str());
            let once = line(&foreign).into_owned();
            prop_assert_eq!(line(&once), once.as_str());
        }
    }
}

//! Escapes text from servers, files and mappings. Such text could move the cursor, hide or reorder characters, end a line early,
//! or begin a line that a program executes. Pure.
//!
//! | for | function |
//! | --- | --- |
//! | a value within a line | [`text`] |
//! | a whole line | [`line()`] |
//! | several lines that end with line feeds of this program | [`page`] |
//! | JSON text | [`json`] |
//! | a fenced block of Markdown | [`fenced`] |
//! | a workflow command of GitHub Actions | [`command_data`], [`command_property`] |
//!
//! Every renderer escapes its lines with [`line()`] or its values with [`text`]. The whole output is escaped again with [`page`]
//! or [`json`], so that a missing escape in a renderer does no harm.

use std::borrow::Cow;
use std::fmt::Write;

/// Mark of an old-style workflow command; it may stand anywhere in a line.
const OLD_COMMAND: &str = "##[";

/// Tells whether a character is not plainly visible: control characters (C0, DEL, C1), line and paragraph separators, direction
/// marks and overrides, and characters without width.
pub fn is_hostile(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}'
        )
}

/// Escapes a value within a line: hostile characters become escapes (`\n`, `\u{202e}`), and workflow commands are broken up.
pub fn text(text: &str) -> Cow<'_, str> {
    if !text.contains(is_hostile) && !text.contains(OLD_COMMAND) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        if is_hostile(character) {
            // Writing to a text cannot fail. The short forms are the usual ones.
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

/// Escapes a whole line, without its end. A line that begins with `::`, a workflow command for GitHub Actions, gets a backslash
/// in front.
pub fn line(line: &str) -> Cow<'_, str> {
    let escaped = text(line);
    // The runner ignores white space before a command.
    let start = escaped.len() - escaped.trim_start().len();
    if escaped[start..].starts_with("::") {
        return Cow::Owned(format!("{}\\{}", &escaped[..start], &escaped[start..]));
    }
    escaped
}

/// Escapes several lines, each as with [`line()`]. A line feed ends a line, so line feeds within values must be escaped before.
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

/// Escapes JSON, compact or pretty, without changing its meaning: hostile characters inside texts become `\u` escapes. White
/// space between tokens stays.
pub fn json(json: &str) -> Cow<'_, str> {
    let is_hostile = |character: char| is_hostile(character) && character != '\n';
    // Most of what is printed is plain, and a table of teams is tens of megabytes.
    let is_plain = |byte: u8| (b' '..0x7f).contains(&byte) && byte != b'#' || byte == b'\n';
    if json.as_bytes().chunks(4096).all(|bytes| bytes.iter().fold(true, |all, byte| all & is_plain(*byte))) {
        return Cow::Borrowed(json);
    }
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

/// The first `characters` characters of a text, with `…` when there are more. Text of servers may have any length.
pub fn shortened(text: &str, characters: usize) -> Cow<'_, str> {
    match text.char_indices().nth(characters) {
        Some((end, _)) => Cow::Owned(format!("{}…", &text[..end])),
        None => Cow::Borrowed(text),
    }
}

/// Escapes text for a fenced block of Markdown, so that it cannot end the block.
pub fn fenced(text: &str) -> String {
    text.replace("```", "'''").replace("~~~", "---")
}

/// Escapes the message of a workflow command. It stays one line; the runner shows its line feeds as such.
pub fn command_data(text: &str) -> String {
    let lines: Vec<_> = text.split('\n').map(self::text).collect();
    // A carriage return is among the escapes already.
    lines.join("\n").replace('%', "%25").replace('\n', "%0A")
}

/// Escapes a property of a workflow command.
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

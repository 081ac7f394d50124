//! Texts of a server for display. Pure.

use crate::model::escape;
use crate::model::secret::Redactor;

/// Text of a server on one line: without secrets, of `longest` characters at most, without control characters.
pub fn shown(redactor: &Redactor, text: &str, longest: usize) -> String {
    // Redacted before it is shortened: half a secret would not be recognized.
    let text = redactor.redact(text);
    escape::text(escape::shortened(&text, longest).trim()).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_one_short_line_without_secrets() {
        let table = [
            ("", ""),
            (" plain ", "plain"),
            ("a\nb\u{1b}[2J", "a\\nb\\u{1b}[2J"),
            ("0123456789 s3cret", "0123456789 [secr…"),
            ("0123456789abcdefg", "0123456789abcdef…"),
        ];
        for (text, expected) in table {
            assert_eq!(shown(&Redactor::new(["s3cret"]), text, 16), expected, "{text:?}");
        }
    }
}

//! Sentences of reasons and remedies, in which backticks stand around code.

use maud::{Markup, html};

/// A sentence with what stands between two backticks as code. A backtick without a second one stays.
pub fn with_code(text: &str) -> Markup {
    let parts: Vec<&str> = text.split('`').collect();
    // Of an even number of parts the last backtick opens what nothing closes.
    let closed = if parts.len().is_multiple_of(2) { parts.len() - 2 } else { parts.len() - 1 };
    html! {
        @for (number, part) in parts.iter().enumerate() {
            @if number > closed { "`" (part) } @else if number.is_multiple_of(2) { (part) } @else { code { (part) } }
        }
    }
}

/// As [`with_code`], beginning with a capital letter, as the first words on a page do.
pub fn sentence(text: &str) -> Markup {
    let mut characters = text.chars();
    match characters.next() {
        Some(first) if first.is_ascii_lowercase() => with_code(&format!("{}{}", first.to_ascii_uppercase(), characters.as_str())),
        _ => with_code(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_between_backticks_is_code() {
        let shown = |text: &str| with_code(text).into_string();
        assert_eq!(shown("name it in `excludeTeams`"), "name it in <code>excludeTeams</code>");
        assert_eq!(shown("`a` and `b`."), "<code>a</code> and <code>b</code>.");
        assert_eq!(shown("a ` alone"), "a ` alone");
        assert_eq!(shown("`a` and ` alone"), "<code>a</code> and ` alone");
        assert_eq!(shown("`<b>`"), "<code>&lt;b&gt;</code>");
        assert_eq!(shown(""), "");
    }

    #[test]
    fn a_sentence_begins_with_a_capital_and_code_stays_as_it_is() {
        let shown = |text: &str| sentence(text).into_string();
        assert_eq!(shown("no team `core`"), "No team <code>core</code>");
        assert_eq!(shown("`since`: not a day"), "<code>since</code>: not a day");
        assert_eq!(shown("2026-11-01 is in the future"), "2026-11-01 is in the future");
    }
}

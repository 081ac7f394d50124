//! Rules for identifiers. Pure.

use std::sync::LazyLock;

use fancy_regex::Regex;
use serde_json::Value;

/// Most characters of an entity's identifier.
const ENTITY_LENGTH: usize = 1000;
/// Most characters of the identifier of a blueprint, property or relation.
const NAME_LENGTH: usize = 100;

/// Checks an entity's identifier: letters of any script, digits and `@_.+:\/='-`, at most 1000; not `.` or `..`.
///
/// # Errors
/// Problem, to follow the word that it is about.
pub(crate) fn check_entity(text: &str) -> Result<(), String> {
    check(text, ENTITY_LENGTH, |character| {
        is_letter(character) || character.is_ascii_digit() || "@_.+:\\/='-".contains(character)
    })
}

/// Checks a blueprint's identifier: letters of any script, digits and `@_.+:\/-`, at most 100; not `.` or `..`.
///
/// # Errors
/// Problem.
pub(crate) fn check_blueprint(text: &str) -> Result<(), String> {
    check(text, NAME_LENGTH, |character| is_letter(character) || character.is_ascii_digit() || "@_.+:\\/-".contains(character))
}

/// Checks the identifier of a property, relation or calculation: letters and digits of ASCII and `@_=\-`, at most 100.
///
/// # Errors
/// Problem.
pub(crate) fn check_property(text: &str) -> Result<(), String> {
    check(text, NAME_LENGTH, |character| character.is_ascii_alphanumeric() || "@_=\\-".contains(character))
}

/// Checks for `\p{L}`. `char::is_alphabetic` also accepts vowel signs, which the API refuses.
fn is_letter(character: char) -> bool {
    static LETTER: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"^\p{L}$").ok());
    if character.is_ascii() {
        return character.is_ascii_alphabetic();
    }
    let is_match = |letter: &Regex| letter.is_match(character.encode_utf8(&mut [0; 4])).unwrap_or(false);
    LETTER.as_ref().is_some_and(is_match)
}

fn check(text: &str, limit: usize, allowed: impl Fn(char) -> bool) -> Result<(), String> {
    if text.is_empty() {
        return Err("must NOT have fewer than 1 characters".to_owned());
    }
    if text.len() > limit && text.chars().count() > limit {
        return Err(format!("must NOT have more than {limit} characters"));
    }
    if matches!(text, "." | "..") {
        return Err("must NOT be \".\" or \"..\"".to_owned());
    }
    match text.chars().find(|character| !allowed(*character)) {
        Some(character) => Err(format!("must NOT have the character {character:?}")),
        None => Ok(()),
    }
}

/// Identifier as the API stores it. Numbers and booleans become JavaScript's text. None for null, lists and objects.
pub(crate) fn as_text(identifier: &Value) -> Option<String> {
    match identifier {
        Value::String(text) => Some(text.clone()),
        Value::Bool(value) => Some(value.to_string()),
        Value::Number(number) => number.as_f64().map(number_text),
        _ => None,
    }
}

/// Number in JavaScript's form: in full up to 10²¹, with an exponent beyond.
fn number_text(number: f64) -> String {
    let size = number.abs();
    if number == 0.0 {
        "0".to_owned()
    } else if (1e-6..1e21).contains(&size) {
        number.to_string()
    } else {
        let text = format!("{number:e}");
        if size >= 1.0 { text.replace('e', "e+") } else { text }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_are_made_of_what_the_api_allows() {
        let good = ["octo-org@2026-08-01", "a/b\\c", "it's", "über", "क", "a=b+c:d", "9007199254740992"];
        let long = "x".repeat(1001);
        let bad = ["", ".", "..", " spaced id ", "a,b", "a\u{0}b", "emoji🚀", long.as_str(), "٣", "कि"];
        for text in good {
            assert_eq!(check_entity(text), Ok(()), "{text}");
        }
        for text in bad {
            assert!(check_entity(text).is_err(), "{text}");
        }
        assert!(check_blueprint("a=b").is_err());
        assert!(check_blueprint("github_copilot_usage").is_ok());
        assert!(check_property("über").is_err());
        assert!(check_property("a.b").is_err());
        assert!(check_property("record_date").is_ok());
    }

    #[test]
    fn numbers_become_the_text_that_javascript_gives_them() {
        let cases = [
            ("42", Some("42")),
            ("1.5", Some("1.5")),
            ("-0", Some("0")),
            ("1e2", Some("100")),
            ("9007199254740992", Some("9007199254740992")),
            ("100000000000000000000", Some("100000000000000000000")),
            ("1e100", Some("1e+100")),
            ("1.5e-7", Some("1.5e-7")),
            ("true", Some("true")),
            ("\"a\"", Some("a")),
            ("null", None),
            ("[\"a\",\"b\"]", None),
        ];
        for (json, text) in cases {
            assert_eq!(as_text(&serde_json::from_str(json).unwrap()).as_deref(), text, "{json}");
        }
    }
}

//! Addresses of pages about things of the catalog.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// Characters that a part of a path keeps.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~').remove(b'@');

/// A text as one part of a path. `.` and `..` alone would lead elsewhere.
fn part(text: &str) -> String {
    match text {
        "." => "%2E".to_owned(),
        ".." => "%2E%2E".to_owned(),
        text => utf8_percent_encode(text, PLAIN).to_string(),
    }
}

/// The page of a blueprint.
pub(crate) fn of_blueprint(blueprint: &str) -> String {
    format!("/catalog/{}", part(blueprint))
}

/// The page of an entity.
pub(crate) fn of_entity(blueprint: &str, identifier: &str) -> String {
    format!("{}/{}", of_blueprint(blueprint), part(identifier))
}

/// A text as the value of a parameter.
pub(crate) fn value(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

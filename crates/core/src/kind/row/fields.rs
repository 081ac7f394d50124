//! Reading of some fields of a record.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::model::day::Day;
use crate::model::json_fields::FieldName;

/// Fields of a refused record that are named in the refusal.
const NAMED_FIELDS: usize = 5;

/// The longest name of a field that is named in a refusal.
const LONGEST_NAME: usize = 40;

/// Description of a record for people: its type and the names of its first fields. It has no values, which may be anything.
pub(super) fn described(text: &str) -> String {
    let kind = match text.trim_start().bytes().next() {
        Some(b'{') => "an object",
        Some(b'[') => return "a list".to_owned(),
        Some(b'"') => return "a text".to_owned(),
        Some(b'n') => return "null".to_owned(),
        Some(b't' | b'f') => return "a boolean".to_owned(),
        _ => return "a number".to_owned(),
    };
    let mut names = Vec::new();
    let _ = each_field(text, |name| {
        let is_plain =
            name.len() <= LONGEST_NAME && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-');
        names.push(if is_plain { format!("`{name}`") } else { "a field of another name".to_owned() });
        names.len() < NAMED_FIELDS
    });
    match names.as_slice() {
        [] => "an empty object".to_owned(),
        names => format!("{kind} with {}", names.join(", ")),
    }
}

pub(super) fn shortened(text: &str) -> String {
    let mut short: String = text.chars().filter(|character| !character.is_control()).take(LONGEST_NAME).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

/// A day in JSON.
pub(super) fn day(json: &str) -> Option<Day> {
    let text: Cow<'_, str> = text(json)?;
    text.parse().ok()
}

/// A whole number from 1 on, or a text that is not blank, as text. A text that is a number is an identity under the same condition.
pub(super) fn identity(json: &str) -> Option<Cow<'_, str>> {
    let is_none = |text: &str| text.trim().is_empty() || text.parse::<i64>().is_ok_and(|number| number < 1);
    match json.bytes().next()? {
        b'"' => text(json).filter(|text| !is_none(text)),
        b'1'..=b'9' => json.bytes().all(|byte| byte.is_ascii_digit()).then_some(Cow::Borrowed(json)),
        _ => None,
    }
}

pub(super) fn text(json: &str) -> Option<Cow<'_, str>> {
    let inner = json.strip_prefix('"')?.strip_suffix('"')?;
    if inner.contains('\\') { serde_json::from_str(json).ok().map(Cow::Owned) } else { Some(Cow::Borrowed(inner)) }
}

/// The days that a record says its report is about, from and to; none where it does not say so.
pub fn report_days(json: &[u8]) -> Option<(Day, Day)> {
    let mut found = [None; 2];
    let text = std::str::from_utf8(json).ok()?;
    read(text, &["report_start_day", "report_end_day"], &mut found, |found| found.iter().all(Option::is_some)).ok()?;
    Some((day(found[0]?)?, day(found[1]?)?))
}

/// Reads the texts of these fields of an object, until it `is_enough`. Of a field that is written twice the last one read counts.
///
/// # Errors
/// Fails when the text is not an object, or the part that is read is not JSON.
pub(super) fn read<'text>(
    text: &'text str,
    fields: &[&str],
    found: &mut [Option<&'text str>],
    is_enough: impl Fn(&[Option<&str>]) -> bool,
) -> Result<(), serde_json::Error> {
    struct Fields<'a, 'text, F> {
        fields: &'a [&'a str],
        found: &'a mut [Option<&'text str>],
        is_enough: F,
        stopped: &'a mut bool,
    }

    impl<'text, F: Fn(&[Option<&str>]) -> bool> Visitor<'text> for Fields<'_, 'text, F> {
        type Value = ();

        fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            formatter.write_str("an object")
        }

        fn visit_map<A: MapAccess<'text>>(self, mut map: A) -> Result<(), A::Error> {
            while let Some(FieldName(name)) = map.next_key::<FieldName<'text>>()? {
                let Some(at) = self.fields.iter().position(|field| *field == name) else {
                    map.next_value::<IgnoredAny>()?;
                    continue;
                };
                self.found[at] = Some(map.next_value::<&RawValue>()?.get());
                if (self.is_enough)(self.found) {
                    *self.stopped = true;
                    return Ok(());
                }
            }
            Ok(())
        }
    }

    let mut stopped = false;
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let visitor = Fields { fields, found, is_enough, stopped: &mut stopped };
    let read = deserializer.deserialize_map(visitor);
    // What follows the last field that matters was not read, which the reader takes for an error.
    if stopped { Ok(()) } else { read.and_then(|()| deserializer.end()) }
}

/// Gives the names of an object's fields, in order, until the callback ends it.
pub(super) fn each_field(text: &str, take: impl FnMut(&str) -> bool) -> Result<(), serde_json::Error> {
    struct Names<F>(F);

    impl<'text, F: FnMut(&str) -> bool> Visitor<'text> for Names<F> {
        type Value = ();

        fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            formatter.write_str("an object")
        }

        fn visit_map<A: MapAccess<'text>>(mut self, mut map: A) -> Result<(), A::Error> {
            while let Some(FieldName(name)) = map.next_key::<FieldName<'text>>()? {
                if !(self.0)(&name) {
                    break;
                }
                map.next_value::<IgnoredAny>()?;
            }
            Ok(())
        }
    }

    serde_json::Deserializer::from_str(text).deserialize_map(Names(take))
}

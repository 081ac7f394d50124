//! JSON of one line of a report, parsed without copies: texts borrow from the line unless they hold escapes.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};

use crate::model::json_fields::FieldName;

/// One JSON value. An object keeps its fields in the order of the text.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Json<'line> {
    Null,
    Bool(bool),
    /// A number without fraction and exponent that fits 64 bits.
    Integer(i64),
    Decimal(f64),
    Text(Cow<'line, str>),
    List(Vec<Json<'line>>),
    Object(Vec<(Cow<'line, str>, Json<'line>)>),
}

impl<'line> Json<'line> {
    /// Parses one whole line. Invalid UTF-8, a lone surrogate and text after the value are errors.
    pub(super) fn parse(line: &'line [u8]) -> Result<Self, serde_json::Error> {
        // One look at the whole line in place of one at each text.
        match simdutf8::basic::from_utf8(line) {
            Ok(line) => serde_json::from_str(line),
            Err(_) => serde_json::from_slice(line),
        }
    }

    /// The field of that name. None for anything but an object.
    pub(super) fn get(&self, name: &str) -> Option<&Json<'line>> {
        let Self::Object(fields) = self else {
            return None;
        };
        fields.iter().find(|(key, _)| key == name).map(|(_, value)| value)
    }

    /// Elements of a list; empty for anything else.
    pub(super) fn elements(&self) -> &[Json<'line>] {
        if let Self::List(elements) = self { elements } else { &[] }
    }

    /// The text; none for anything else.
    pub(super) fn text(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    /// A whole number. `1.0` is accepted as well, although GitHub does not write counters so.
    pub(super) fn integer(&self) -> Option<i64> {
        match self {
            Self::Integer(number) => Some(*number),
            // The range in which a float is exactly the integer it shows.
            Self::Decimal(number) if number.fract() == 0.0 && number.abs() <= 9_007_199_254_740_992.0 => Some(*number as i64),
            _ => None,
        }
    }

    /// An id as text, written as a number or as a text. None for an empty text and null.
    pub(super) fn id_text(&self) -> Option<Cow<'_, str>> {
        match self {
            Self::Text(text) if !text.is_empty() => Some(Cow::Borrowed(text)),
            Self::Integer(number) => Some(Cow::Owned(number.to_string())),
            _ => None,
        }
    }

    /// An id of a user or a team as a number, written as a number or as a text.
    pub(super) fn id_number(&self) -> Option<u64> {
        match self {
            Self::Integer(number) => u64::try_from(*number).ok(),
            Self::Text(text) => text.parse().ok(),
            _ => None,
        }
    }
}

impl<'de> Deserialize<'de> for Json<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(JsonVisitor)
    }
}

/// Fields of most objects of a report, at most: the parts of a row. The row itself has more, and its list grows.
const FIELDS: usize = 12;

struct JsonVisitor;

impl<'de> Visitor<'de> for JsonVisitor {
    type Value = Json<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Json<'de>, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json<'de>, E> {
        Ok(Json::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Json<'de>, E> {
        Ok(Json::Integer(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Json<'de>, E> {
        Ok(i64::try_from(value).map_or(Json::Decimal(value as f64), Json::Integer))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Json<'de>, E> {
        Ok(Json::Decimal(value))
    }

    fn visit_borrowed_str<E>(self, value: &'de str) -> Result<Json<'de>, E> {
        Ok(Json::Text(Cow::Borrowed(value)))
    }

    fn visit_str<E>(self, value: &str) -> Result<Json<'de>, E> {
        Ok(Json::Text(Cow::Owned(value.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Json<'de>, A::Error> {
        let mut elements = Vec::new();
        while let Some(element) = access.next_element()? {
            elements.push(element);
        }
        Ok(Json::List(elements))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Json<'de>, A::Error> {
        let mut fields = Vec::with_capacity(FIELDS);
        while let Some((FieldName(name), value)) = access.next_entry()? {
            fields.push((name, value));
        }
        Ok(Json::Object(fields))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_texts_with_escapes_are_copied() {
        let row = Json::parse(br#"{"plain":"a","\u0065scaped":"\n"}"#).unwrap();
        let Json::Object(fields) = row else { panic!("an object") };
        let is_borrowed = |text: &Cow<'_, str>| matches!(text, Cow::Borrowed(_));
        let found: Vec<_> = fields.iter().map(|(name, value)| (name.as_ref(), is_borrowed(name), value.text())).collect();
        assert_eq!(found, [("plain", true, Some("a")), ("escaped", false, Some("\n"))]);
    }

    #[test]
    fn text_that_is_no_utf8_is_an_error_that_says_where() {
        let error = Json::parse(b"{\"day\":\"\xff\"}").unwrap_err();
        assert_eq!(error.to_string(), "invalid unicode code point at line 1 column 9");
    }

    #[test]
    fn ids_are_read_from_numbers_and_texts() {
        let cases = [("1001", Some(1001), Some("1001")), (r#""1001""#, Some(1001), Some("1001")), (r#""""#, None, None)];
        for (line, number, text) in cases {
            let id = Json::parse(line.as_bytes()).unwrap();
            assert_eq!((id.id_number(), id.id_text().as_deref()), (number, text), "{line}");
        }
        for wrong in ["null", "-1", "1.5", r#""ab""#, "true"] {
            assert_eq!(Json::parse(wrong.as_bytes()).unwrap().id_number(), None, "{wrong}");
        }
    }
}

//! Fields of a JSON object, one level deep, with their values as the text in which they were written: all of them, or one without keeping
//! the others. In this crate because a search reads a field of every entity, and this crate is compiled for speed.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

/// A field's name, borrowed where it has no escapes. Serde's own `Cow` always copies.
#[derive(serde::Deserialize)]
pub struct FieldName<'text>(#[serde(borrow)] pub Cow<'text, str>);

/// The fields of an object in their order. Of a name that is there twice, both are.
pub struct JsonFields<'text>(pub Vec<(Cow<'text, str>, &'text RawValue)>);

impl<'de: 'text, 'text> Deserialize<'de> for JsonFields<'text> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(FieldsVisitor).map(Self)
    }
}

struct FieldsVisitor;

impl<'de> Visitor<'de> for FieldsVisitor {
    type Value = Vec<(Cow<'de, str>, &'de RawValue)>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        // As many as an entity has properties.
        let mut fields = Vec::with_capacity(16);
        while let Some((FieldName(name), value)) = map.next_entry()? {
            fields.push((name, value));
        }
        Ok(fields)
    }
}

/// Text of one field of an object, the last of its name. None when it has none, or is not readable.
pub fn field<'a>(object: &'a str, name: &str) -> Option<&'a str> {
    let bytes = object.as_bytes();
    // Most entities of a search over all blueprints have no such field. A name with an escape may be written in other ways.
    if memchr::memmem::find(bytes, name.as_bytes()).is_none() && memchr::memchr(b'\\', bytes).is_none() {
        return None;
    }
    let mut reader = serde_json::Deserializer::from_str(object);
    let found = reader.deserialize_map(FieldVisitor { name }).ok()?;
    reader.end().ok().and(found)
}

struct FieldVisitor<'n> {
    name: &'n str,
}

impl<'de> Visitor<'de> for FieldVisitor<'_> {
    type Value = Option<&'de str>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut found = None;
        while let Some(FieldName(name)) = map.next_key::<FieldName<'de>>()? {
            if name == self.name {
                found = Some(map.next_value::<&'de RawValue>()?.get());
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_fields_come_in_their_order_and_only_names_with_escapes_are_copied() {
        let JsonFields(fields) = serde_json::from_str(r#"{"b": 1.50,"\u0061":[ ],"b":{}}"#).unwrap();
        let is_borrowed = |name: &Cow<'_, str>| matches!(name, Cow::Borrowed(_));
        let found: Vec<_> = fields.iter().map(|(name, value)| (name.as_ref(), is_borrowed(name), value.get())).collect();
        assert_eq!(found, [("b", true, "1.50"), ("a", false, "[ ]"), ("b", true, "{}")]);
        for damaged in ["[]", "", "{", r#"{"a":1"#, r#"{"a":1} 2"#] {
            assert!(serde_json::from_str::<JsonFields<'_>>(damaged).is_err(), "{damaged}");
        }
    }

    #[test]
    fn the_last_field_of_a_name_is_found_as_it_is_written() {
        let cases = [
            (r#"{"a":1,"b":{"a":2}}"#, Some("1")),
            (r#"{"b":{"a":2}}"#, None),
            (r#"{"\u0061": [1] }"#, Some("[1]")),
            (r#"{"a":1,"a": null}"#, Some("null")),
            ("{}", None),
            ("no object", None),
            (r#"{"a":1"#, None),
        ];
        for (object, expected) in cases {
            assert_eq!(field(object, "a"), expected, "{object}");
        }
    }
}

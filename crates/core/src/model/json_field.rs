//! One field of a JSON object, without keeping the others. In this crate because a search reads it of every entity, and this crate is
//! compiled for speed.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

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

#[derive(serde::Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

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
        while let Some(Name(name)) = map.next_key::<Name<'de>>()? {
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

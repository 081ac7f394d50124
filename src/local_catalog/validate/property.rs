//! Whether a value fits a property's JSON Schema: the keywords that the API lets a blueprint use. Pure.

use std::net::{Ipv4Addr, Ipv6Addr};

use serde_json::{Map, Value};

/// A property's schema, compiled.
#[derive(Debug)]
pub(crate) struct Property {
    kind: Kind,
    format: Option<Format>,
    /// None when type and format are all there is, as for most properties: then nothing is parsed.
    limits: Option<Box<Limits>>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Kind {
    String,
    Number,
    Boolean,
    Object,
    Array,
    Any,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Format {
    DateTime,
    Url,
    Email,
    Ipv4,
    Ipv6,
}

#[derive(Debug, Default)]
struct Limits {
    one_of: Option<Vec<Value>>,
    minimum: Option<f64>,
    maximum: Option<f64>,
    exclusive_minimum: Option<f64>,
    exclusive_maximum: Option<f64>,
    min_length: Option<u64>,
    max_length: Option<u64>,
    pattern: Option<fancy_regex::Regex>,
    min_items: Option<u64>,
    max_items: Option<u64>,
    unique_items: bool,
    items: Option<Property>,
    /// The only keys that an object may have, under `additionalProperties: false`.
    only_keys: Option<Vec<String>>,
}

impl Kind {
    /// The types that a blueprint's property can have.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "string" => Self::String,
            "number" => Self::Number,
            "boolean" => Self::Boolean,
            "object" => Self::Object,
            "array" => Self::Array,
            _ => return None,
        })
    }

    fn name(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Number => "number",
            Self::Boolean => "boolean",
            Self::Object => "object",
            Self::Array => "array",
            Self::Any => "any",
        }
    }

    /// What a JSON text is, by its first character.
    fn of(text: &str) -> Self {
        match text.as_bytes().first() {
            Some(b'"') => Self::String,
            Some(b'{') => Self::Object,
            Some(b'[') => Self::Array,
            Some(b't' | b'f') => Self::Boolean,
            Some(b'-' | b'0'..=b'9') => Self::Number,
            _ => Self::Any,
        }
    }
}

impl Property {
    /// Compiles a property's schema. Keywords and formats that are not known here restrict nothing.
    pub(crate) fn compile(schema: &Value) -> Self {
        let kind = schema.get("type").and_then(Value::as_str).and_then(Kind::named).unwrap_or(Kind::Any);
        let format = schema.get("format").and_then(Value::as_str).and_then(Format::named);
        let limits = schema.as_object().and_then(Limits::compile).map(Box::new);
        Self { kind, format, limits }
    }

    /// Checks a value, given as JSON. Null unsets, so it always fits.
    ///
    /// # Errors
    /// What is wrong, in the words of JSON Schema validators, to follow the property's name.
    pub(crate) fn check(&self, text: &str) -> Result<(), String> {
        if text == "null" {
            return Ok(());
        }
        if self.kind != Kind::Any && Kind::of(text) != self.kind {
            return Err(format!("must be {}", self.kind.name()));
        }
        if self.format.is_none() && self.limits.is_none() {
            return Ok(());
        }
        let value: Value = serde_json::from_str(text).map_err(|error| format!("cannot be read: {error}"))?;
        if let (Some(format), Value::String(text)) = (self.format, &value) {
            format.check(text)?;
        }
        self.limits.as_ref().map_or(Ok(()), |limits| limits.check(&value))
    }
}

impl Format {
    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "date-time" | "timer" => Self::DateTime,
            "url" | "uri" => Self::Url,
            "email" | "idn-email" => Self::Email,
            "ipv4" => Self::Ipv4,
            "ipv6" => Self::Ipv6,
            _ => return None,
        })
    }

    fn check(self, text: &str) -> Result<(), String> {
        let (name, fits) = match self {
            Self::DateTime => ("date-time", is_date_time(text)),
            Self::Url => ("url", url::Url::parse(text).is_ok()),
            Self::Email => ("email", is_email(text)),
            Self::Ipv4 => ("ipv4", text.parse::<Ipv4Addr>().is_ok()),
            Self::Ipv6 => ("ipv6", text.parse::<Ipv6Addr>().is_ok()),
        };
        if fits { Ok(()) } else { Err(format!("must match format \"{name}\"")) }
    }
}

/// RFC 3339: a day, a time and an offset. jiff alone would also read `20260801T00Z` and the like.
fn is_date_time(text: &str) -> bool {
    let bytes = text.as_bytes();
    let separators = bytes.len() >= 20 && matches!(bytes[10], b'T' | b't' | b' ') && bytes[13] == b':' && bytes[16] == b':';
    let date = bytes.first().is_some_and(u8::is_ascii_digit) && bytes.get(4) == Some(&b'-') && bytes.get(7) == Some(&b'-');
    date && separators && !text.ends_with(']') && text.parse::<jiff::Timestamp>().is_ok()
}

fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else { return false };
    let plain = |part: &str| !part.is_empty() && !part.contains(|character: char| character.is_whitespace() || character == '@');
    plain(local) && plain(domain) && domain.split('.').all(|label| !label.is_empty())
}

impl Limits {
    fn compile(schema: &Map<String, Value>) -> Option<Self> {
        let number = |name: &str| schema.get(name).and_then(Value::as_f64);
        let count = |name: &str| schema.get(name).and_then(Value::as_u64);
        let closed = schema.get("additionalProperties") == Some(&Value::Bool(false));
        let keys = || schema.get("properties").and_then(Value::as_object).map(|map| map.keys().cloned().collect());
        let limits = Self {
            one_of: schema.get("enum").and_then(Value::as_array).cloned(),
            minimum: number("minimum"),
            maximum: number("maximum"),
            exclusive_minimum: number("exclusiveMinimum"),
            exclusive_maximum: number("exclusiveMaximum"),
            min_length: count("minLength"),
            max_length: count("maxLength"),
            // A pattern that does not compile was refused with its blueprint.
            pattern: schema.get("pattern").and_then(Value::as_str).and_then(|pattern| fancy_regex::Regex::new(pattern).ok()),
            min_items: count("minItems"),
            max_items: count("maxItems"),
            unique_items: schema.get("uniqueItems") == Some(&Value::Bool(true)),
            items: schema.get("items").filter(|items| items.is_object()).map(Property::compile),
            only_keys: if closed { keys().or_else(|| Some(Vec::new())) } else { None },
        };
        let Self { one_of, minimum, maximum, exclusive_minimum, exclusive_maximum, .. } = &limits;
        let Self { min_length, max_length, pattern, min_items, max_items, unique_items, items, only_keys, .. } = &limits;
        let restricts = one_of.is_some()
            || [minimum, maximum, exclusive_minimum, exclusive_maximum].into_iter().any(Option::is_some)
            || [min_length, max_length, min_items, max_items].into_iter().any(Option::is_some)
            || pattern.is_some()
            || *unique_items
            || items.is_some()
            || only_keys.is_some();
        restricts.then_some(limits)
    }

    fn check(&self, value: &Value) -> Result<(), String> {
        if self.one_of.as_ref().is_some_and(|allowed| !allowed.contains(value)) {
            return Err("must be equal to one of the allowed values".to_owned());
        }
        match value {
            Value::Number(number) => self.check_number(number.as_f64().unwrap_or(f64::NAN)),
            Value::String(text) => self.check_text(text),
            Value::Array(list) => self.check_list(list),
            Value::Object(map) => match &self.only_keys {
                Some(keys) if !map.keys().all(|key| keys.contains(key)) => Err("must NOT have additional properties".to_owned()),
                _ => Ok(()),
            },
            Value::Null | Value::Bool(_) => Ok(()),
        }
    }

    fn check_number(&self, number: f64) -> Result<(), String> {
        let breaks = |limit: Option<f64>, broken: fn(&f64, &f64) -> bool| limit.filter(|limit| broken(&number, limit));
        let broken = [
            ("<=", breaks(self.maximum, f64::gt)),
            (">=", breaks(self.minimum, f64::lt)),
            ("<", breaks(self.exclusive_maximum, f64::ge)),
            (">", breaks(self.exclusive_minimum, f64::le)),
        ];
        match broken.into_iter().find_map(|(sign, limit)| limit.map(|limit| (sign, limit))) {
            Some((sign, limit)) => Err(format!("must be {sign} {limit}")),
            None => Ok(()),
        }
    }

    fn check_text(&self, text: &str) -> Result<(), String> {
        self.check_count(text.chars().count(), (self.min_length, self.max_length), "characters")?;
        match &self.pattern {
            Some(pattern) if !pattern.is_match(text).unwrap_or(false) => {
                Err(format!("must match pattern \"{}\"", pattern.as_str()))
            }
            _ => Ok(()),
        }
    }

    fn check_list(&self, list: &[Value]) -> Result<(), String> {
        self.check_count(list.len(), (self.min_items, self.max_items), "items")?;
        if self.unique_items {
            let mut texts: Vec<String> = list.iter().map(Value::to_string).collect();
            texts.sort_unstable();
            if texts.windows(2).any(|pair| pair[0] == pair[1]) {
                return Err("must NOT have duplicate items".to_owned());
            }
        }
        let Some(items) = &self.items else { return Ok(()) };
        list.iter().enumerate().try_for_each(|(index, item)| {
            // Null has no exemption inside a list: it unsets nothing there.
            let result = if item.is_null() && items.kind != Kind::Any {
                Err(format!("must be {}", items.kind.name()))
            } else {
                items.check(&item.to_string())
            };
            result.map_err(|problem| format!("/{index} {problem}"))
        })
    }

    fn check_count(&self, count: usize, (least, most): (Option<u64>, Option<u64>), what: &str) -> Result<(), String> {
        match (least, most) {
            (Some(least), _) if (count as u64) < least => Err(format!("must NOT have fewer than {least} {what}")),
            (_, Some(most)) if count as u64 > most => Err(format!("must NOT have more than {most} {what}")),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_value_fits_or_the_reason_is_given() {
        let cases = [
            (json!({"type": "string"}), json!("a"), ""),
            (json!({"type": "string"}), json!(null), ""),
            (json!({"type": "string"}), json!(5), "must be string"),
            (json!({"type": "number"}), json!("5"), "must be number"),
            (json!({"type": "number"}), json!(-1.5), ""),
            (json!({"type": "boolean"}), json!(0), "must be boolean"),
            (json!({"type": "object"}), json!({"any": {"thing": 1}}), ""),
            (json!({"type": "object"}), json!([]), "must be object"),
            (json!({"type": "array"}), json!([1, "a"]), ""),
            (json!({"type": "array"}), json!({}), "must be array"),
            (json!({"type": "array", "items": {"type": "string"}}), json!(["a", 1]), "/1 must be string"),
            (json!({"type": "array", "items": {"type": "string"}}), json!([null]), "/0 must be string"),
            (json!({"type": "array", "maxItems": 1}), json!([1, 2]), "must NOT have more than 1 items"),
            (json!({"type": "array", "uniqueItems": true}), json!([1, 1]), "must NOT have duplicate items"),
            (json!({"type": "string", "format": "date-time"}), json!("2026-08-01T00:00:00Z"), ""),
            (json!({"type": "string", "format": "date-time"}), json!("2026-08-01T00:00:00.123+02:00"), ""),
            (json!({"type": "string", "format": "date-time"}), json!("2026-08-01"), "must match format \"date-time\""),
            (json!({"type": "string", "format": "date-time"}), json!("20260801T000000Z"), "must match format \"date-time\""),
            (json!({"type": "string", "format": "date-time"}), json!("2026-02-30T00:00:00Z"), "must match format \"date-time\""),
            (json!({"type": "string", "format": "url"}), json!("https://example.com/a"), ""),
            (json!({"type": "string", "format": "url"}), json!("example"), "must match format \"url\""),
            (json!({"type": "string", "format": "email"}), json!("mona@octo.org"), ""),
            (json!({"type": "string", "format": "email"}), json!("mona"), "must match format \"email\""),
            (json!({"type": "string", "format": "ipv4"}), json!("10.0.0.256"), "must match format \"ipv4\""),
            (json!({"type": "string", "format": "ipv6"}), json!("::1"), ""),
            (json!({"type": "string", "format": "yaml"}), json!(": ["), ""),
            (json!({"type": "string", "enum": ["a", "b"]}), json!("c"), "must be equal to one of the allowed values"),
            (json!({"type": "number", "minimum": 0, "maximum": 10}), json!(11), "must be <= 10"),
            (json!({"type": "number", "exclusiveMinimum": 0}), json!(0), "must be > 0"),
            (json!({"type": "string", "maxLength": 2}), json!("äöü"), "must NOT have more than 2 characters"),
            (json!({"type": "string", "pattern": "^a"}), json!("ba"), "must match pattern \"^a\""),
            (
                json!({"type": "object", "properties": {"a": {}}, "additionalProperties": false}),
                json!({"b": 1}),
                "must NOT have additional properties",
            ),
        ];
        for (schema, value, problem) in cases {
            let result = Property::compile(&schema).check(&value.to_string());
            assert_eq!(result.err().unwrap_or_default(), problem, "{schema} {value}");
        }
    }
}

//! JSON object parsed one level deep: names, and values as their original text.
//!
//! Properties pass through unchanged, so nothing below the first level is parsed unless a rule or a blueprint needs it. This
//! makes bulk upserts fast.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use serde::de::{Deserialize, Deserializer};
use serde_json::Value;

use crate::model::json_fields;

/// Names and JSON texts in their order. Names are unique; the last value counts, as in JavaScript.
#[derive(Clone, Debug, Default)]
pub(crate) struct JsonFields<'a> {
    entries: Vec<(Cow<'a, str>, Cow<'a, str>)>,
}

impl<'a> JsonFields<'a> {
    /// Parses an object.
    pub(crate) fn parse(text: &'a str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Text of a value.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.entries.iter().find(|(key, _)| key == name).map(|(_, text)| text.as_ref())
    }

    /// Parsed value. Null when it is absent or unreadable.
    pub(crate) fn value(&self, name: &str) -> Value {
        self.get(name).and_then(|text| serde_json::from_str(text).ok()).unwrap_or(Value::Null)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.entries.iter().map(|(name, text)| (name.as_ref(), text.as_ref()))
    }

    /// Replaces each value for which `replace` returns a text.
    pub(crate) fn replace_each<E>(&mut self, mut replace: impl FnMut(&str, &str) -> Result<Option<String>, E>) -> Result<(), E> {
        for (name, text) in &mut self.entries {
            if let Some(replacement) = replace(name, text)? {
                *text = Cow::Owned(replacement);
            }
        }
        Ok(())
    }

    /// Overwrites with the fields of `newer` and keeps the others.
    pub(crate) fn merge(&mut self, newer: JsonFields<'a>) {
        let same_names =
            self.entries.len() == newer.entries.len() && self.entries.iter().zip(&newer.entries).all(|(old, new)| old.0 == new.0);
        if same_names || self.is_empty() {
            *self = newer;
            return;
        }
        let places: HashMap<String, usize> =
            self.entries.iter().enumerate().map(|(place, (name, _))| (name.to_string(), place)).collect();
        for (name, text) in newer.entries {
            match places.get(name.as_ref()) {
                Some(&place) => self.entries[place].1 = text,
                None => self.entries.push((name, text)),
            }
        }
    }

    /// Appends the object as JSON on one line.
    pub(crate) fn write(&self, out: &mut String) {
        out.push('{');
        for (count, (name, text)) in self.entries.iter().enumerate() {
            if count > 0 {
                out.push(',');
            }
            write_text(out, name);
            out.push(':');
            write_on_one_line(out, text);
        }
        out.push('}');
    }
}

/// Appends a text as a JSON string.
pub(crate) fn write_text(out: &mut String, text: &str) {
    if text.bytes().any(|byte| byte < 0x20 || byte == b'"' || byte == b'\\') {
        out.push_str(&Value::from(text).to_string());
    } else {
        out.push('"');
        out.push_str(text);
        out.push('"');
    }
}

/// Appends JSON unchanged, except for line breaks between its tokens: a stored entity is one line of an export.
pub(crate) fn write_on_one_line(out: &mut String, json: &str) {
    if memchr::memchr2(b'\n', b'\r', json.as_bytes()).is_none() {
        out.push_str(json);
        return;
    }
    match serde_json::from_str::<Value>(json) {
        Ok(value) => out.push_str(&value.to_string()),
        // Nested too deeply for the parser. JSON strings hold no line breaks, so a blank can replace each.
        Err(_) => out.push_str(&json.replace(['\n', '\r'], " ")),
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for JsonFields<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let json_fields::JsonFields(fields) = Deserialize::deserialize(deserializer)?;
        let entries = fields.into_iter().map(|(name, text)| (name, Cow::Borrowed(text.get())));
        Ok(Self { entries: last_of_each_name(entries.collect()) })
    }
}

fn last_of_each_name<'a>(entries: Vec<(Cow<'a, str>, Cow<'a, str>)>) -> Vec<(Cow<'a, str>, Cow<'a, str>)> {
    let mut seen = HashSet::with_capacity(entries.len());
    if entries.iter().all(|(name, _)| seen.insert(name.as_ref())) {
        return entries;
    }
    let mut places: HashMap<Cow<'a, str>, usize> = HashMap::new();
    let mut kept: Vec<(Cow<'a, str>, Cow<'a, str>)> = Vec::new();
    for (name, text) in entries {
        match places.get(&name) {
            Some(&place) => kept[place].1 = text,
            None => {
                places.insert(name.clone(), kept.len());
                kept.push((name, text));
            }
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(fields: &JsonFields) -> String {
        let mut out = String::new();
        fields.write(&mut out);
        out
    }

    #[test]
    fn values_keep_the_text_they_were_sent_in() {
        for text in [r#"{"a":1.0,"b":1e100,"c":{"d":[1, 2]}}"#, "{}", r#"{"é\"":"\ud800"}"#] {
            assert_eq!(written(&JsonFields::parse(text).unwrap()), text);
        }
    }

    #[test]
    fn a_stored_object_is_one_line() {
        assert_eq!(written(&JsonFields::parse("{\"a\": {\n \"b\": 1\r\n}}").unwrap()), r#"{"a":{"b":1}}"#);
        let deep = format!("{{\"a\":{}\n{}}}", "[".repeat(500), "]".repeat(500));
        assert!(!written(&JsonFields::parse(&deep).unwrap()).contains('\n'));
    }

    #[test]
    fn of_two_values_of_a_name_the_last_counts() {
        assert_eq!(written(&JsonFields::parse(r#"{"a":1,"b":2,"a":3}"#).unwrap()), r#"{"a":3,"b":2}"#);
    }

    #[test]
    fn merging_overwrites_what_is_sent_and_keeps_the_rest() {
        let cases = [
            (r#"{"a":1,"b":2}"#, r#"{"b":3,"c":4}"#, r#"{"a":1,"b":3,"c":4}"#),
            (r#"{"a":1,"b":2}"#, r#"{"a":null,"b":5}"#, r#"{"a":null,"b":5}"#),
            (r#"{"a":1}"#, "{}", r#"{"a":1}"#),
            ("{}", r#"{"a":1}"#, r#"{"a":1}"#),
        ];
        for (current, sent, expected) in cases {
            let mut merged = JsonFields::parse(current).unwrap();
            merged.merge(JsonFields::parse(sent).unwrap());
            assert_eq!(written(&merged), expected);
        }
    }
}

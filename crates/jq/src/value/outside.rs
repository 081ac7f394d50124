//! The public value type.

use std::fmt;

use crate::json::keys;
use crate::json::strict::{self as read, Numbers, ValueError};
use crate::number::Number;
use crate::val::{Fields, Map, Text, Val};

/// A JSON value with jq's equality and order. Cheap to clone, shareable between threads.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Value(pub(crate) Val);

/// Keys of an item that are to be read.
#[derive(Debug, Clone)]
pub struct Keys(keys::KeySet);

impl Keys {
    /// Tells whether the key is among them.
    pub fn contains(&self, key: &str) -> bool {
        self.0.contains(key)
    }
}

impl<'a> FromIterator<&'a str> for Keys {
    fn from_iter<I: IntoIterator<Item = &'a str>>(keys: I) -> Self {
        Self(keys.into_iter().collect())
    }
}

impl Value {
    /// Null.
    pub const NULL: Self = Self(Val::Null);

    /// Reads one strict JSON text with at most [`crate::PARSE_DEPTH`] levels in valid UTF-8. A lone surrogate becomes U+FFFD.
    ///
    /// The last value of a repeated key is kept. Numbers keep their spelling until arithmetic changes them.
    pub fn parse(bytes: &[u8]) -> Result<Self, ValueError> {
        read::read(bytes, Numbers::AsWritten).map(Self)
    }

    /// Like [`Value::parse`], but keeps only the fields of an object under `keys`. It refuses the same texts with the same
    /// errors.
    pub fn parse_keys(bytes: &[u8], keys: &Keys) -> Result<Self, ValueError> {
        read::read_keys(bytes, &keys.0, Numbers::AsWritten).map(Self)
    }

    /// Like [`Value::parse`] or, with `keys`, [`Value::parse_keys`], for a text that Python has read and written before jq.
    pub fn parse_through_python(bytes: &[u8], keys: Option<&Keys>) -> Result<Self, ValueError> {
        let value = match keys {
            None => read::read(bytes, Numbers::ThroughPython),
            Some(keys) => read::read_keys(bytes, &keys.0, Numbers::ThroughPython),
        };
        value.map(Self)
    }

    /// The same value.
    pub fn from_json(value: &serde_json::Value) -> Self {
        use serde_json::Value as Json;
        Self(match value {
            Json::Null => Val::Null,
            Json::Bool(value) => Val::Bool(*value),
            Json::Number(number) => Val::Number(Number::parse(&number.to_string()).unwrap_or(Number::Int(0))),
            Json::String(text) => Val::string(text),
            Json::Array(items) => Val::array(items.iter().map(|item| Self::from_json(item).0).collect()),
            Json::Object(entries) => {
                let entries = entries.iter().map(|(key, value)| (Text::new(key), Self::from_json(value).0));
                Val::object(entries.collect())
            }
        })
    }

    /// The same value as JSON: NaN is null, infinities are the largest numbers, integral floats are integers.
    pub fn to_json(&self) -> serde_json::Value {
        json(&self.0)
    }

    /// The value under a key of an object; `None` for anything else.
    pub fn get(&self, key: &str) -> Option<Self> {
        match &self.0 {
            Val::Object(fields) => fields.map().get(key).cloned().map(Self),
            _ => None,
        }
    }

    /// The object with a key inserted, or overwritten in its position; anything but an object is returned unchanged.
    #[must_use]
    pub fn with(mut self, key: &str, value: Self) -> Self {
        if let Val::Object(fields) = &mut self.0 {
            Fields::edit(fields, value.0.depth(), |map| map.insert(Text::new(key), value.0));
        }
        self
    }

    /// Like [`Value::with`] for each of the fields. Their names are texts, which are shared and not copied.
    pub fn insert_all(&mut self, fields: &[(Self, Self)]) {
        let Val::Object(object) = &mut self.0 else {
            return;
        };
        let depth = fields.iter().map(|(_, value)| value.0.depth()).max().unwrap_or(0);
        Fields::edit(object, depth, |map| {
            for (name, value) in fields {
                if let Val::String(name) = &name.0 {
                    map.insert(name.clone(), value.0.clone());
                }
            }
        });
    }

    /// An object with these fields; the last value of a repeated key is kept.
    pub fn object(entries: impl IntoIterator<Item = (String, Self)>) -> Self {
        let entries = entries.into_iter().map(|(key, value)| (Text::new(&key), value.0));
        Self(Val::object(entries.collect::<Map>()))
    }

    /// An array of these elements.
    pub fn array(elements: impl IntoIterator<Item = Self>) -> Self {
        Self(Val::array(elements.into_iter().map(|element| element.0).collect()))
    }

    /// A text.
    pub fn string(text: &str) -> Self {
        Self(Val::string(text))
    }

    /// Tells whether the value is null.
    pub fn is_null(&self) -> bool {
        matches!(self.0, Val::Null)
    }

    /// The boolean, if it is one.
    pub fn as_bool(&self) -> Option<bool> {
        match self.0 {
            Val::Bool(value) => Some(value),
            _ => None,
        }
    }

    /// The number, if it is one.
    pub fn as_f64(&self) -> Option<f64> {
        self.0.as_number()
    }

    /// The text, if it is one.
    pub fn as_str(&self) -> Option<&str> {
        self.0.as_str()
    }

    /// The elements of an array; `None` for anything else.
    pub fn elements(&self) -> Option<Vec<Self>> {
        self.0.as_items().map(|items| items.iter().cloned().map(Self).collect())
    }

    /// The keys of an object in their order; `None` for anything else.
    pub fn keys(&self) -> Option<Vec<String>> {
        match &self.0 {
            Val::Object(fields) => Some(fields.map().keys().map(|key| key.as_str().to_owned()).collect()),
            _ => None,
        }
    }

    /// jq's name of the type: `null`, `boolean`, `number`, `string`, `array` or `object`.
    pub fn type_name(&self) -> &'static str {
        self.0.type_name()
    }

    /// The value as `jq -c` prints it.
    pub fn to_jq_text(&self) -> String {
        self.0.to_text()
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_jq_text())
    }
}

pub(crate) fn json(value: &Val) -> serde_json::Value {
    use serde_json::Value as Json;
    match value {
        Val::Null => Json::Null,
        Val::Bool(value) => Json::Bool(*value),
        // Beyond 2⁵³ an integer goes through a double, as in Ocean: catalogs are written in JavaScript and would round it.
        Val::Number(Number::Int(value)) if value.unsigned_abs() <= 1 << 53 => Json::from(*value),
        Val::Number(number) => json_number(number.as_f64()),
        Val::String(text) => Json::from(text.as_str()),
        Val::Array(items) => items.values().iter().map(json).collect(),
        Val::Object(fields) => {
            Json::Object(fields.map().iter().map(|(key, value)| (key.as_str().to_owned(), json(value))).collect())
        }
    }
}

fn json_number(value: f64) -> serde_json::Value {
    // Integers of this size and beyond print the same either way, and do not fit.
    const INTEGERS: f64 = 9.2e18;
    if value.is_nan() {
        serde_json::Value::Null
    } else if value.fract() == 0.0 && value.abs() < INTEGERS {
        serde_json::Value::from(value as i64)
    } else {
        serde_json::Value::from(value.clamp(f64::MIN, f64::MAX))
    }
}

//! The value that expressions work on.

use jaq_json::{Num, Val};

/// A JSON value with jq's meaning of equality and order. Cheap to clone, shareable between threads.
#[derive(Debug, Clone, PartialEq)]
pub struct Value(pub(super) Val);

/// Why a text is not a JSON value.
#[derive(Debug, thiserror::Error)]
#[error("cannot read JSON: {0}")]
pub struct ValueError(String);

impl Value {
    /// Null.
    pub const NULL: Self = Self(Val::Null);

    /// Reads one strict JSON text: no more than [`super::PARSE_DEPTH`] levels, valid UTF-8, no lone surrogates.
    pub fn parse(bytes: &[u8]) -> Result<Self, ValueError> {
        serde_json::from_slice(bytes).map(Self).map_err(|error| ValueError(error.to_string()))
    }

    /// The same value.
    pub fn from_json(value: &serde_json::Value) -> Self {
        serde_json::from_value(value.clone()).map_or(Self(Val::Null), Self)
    }

    /// The same value as JSON: not-a-number is null, infinities are the largest numbers, integral floats are integers.
    pub fn to_json(&self) -> serde_json::Value {
        use serde_json::Value as Json;
        match &self.0 {
            Val::Null => Json::Null,
            Val::Bool(bool) => Json::Bool(*bool),
            Val::Num(Num::Int(int)) => Json::from(*int as i64),
            Val::Num(Num::Float(float)) if float.is_nan() => Json::Null,
            Val::Num(Num::Float(float)) if float.fract() == 0.0 && float.abs() < 1e15 => Json::from(*float as i64),
            Val::Num(Num::Float(float)) => Json::from(float.clamp(f64::MIN, f64::MAX)),
            Val::Num(number) => number.to_string().parse::<f64>().map_or(Json::Null, Json::from),
            Val::BStr(text) | Val::TStr(text) => Json::from(String::from_utf8_lossy(text)),
            Val::Arr(items) => items.iter().map(|item| Self(item.clone()).to_json()).collect(),
            Val::Obj(entries) => {
                let entry = |(key, value): (&Val, &Val)| {
                    (Self(key.clone()).as_str().unwrap_or_default().to_owned(), Self(value.clone()).to_json())
                };
                Json::Object(entries.iter().map(entry).collect())
            }
        }
    }

    /// The value under a key of an object; `None` for anything else.
    pub fn get(&self, key: &str) -> Option<Self> {
        match &self.0 {
            Val::Obj(entries) => entries.get(&Val::from(key.to_owned())).cloned().map(Self),
            _ => None,
        }
    }

    /// The object with a key inserted or overwritten; anything but an object stays what it is.
    #[must_use]
    pub fn with(mut self, key: &str, value: Self) -> Self {
        if let Val::Obj(entries) = &mut self.0 {
            std::sync::Arc::make_mut(entries).insert(Val::from(key.to_owned()), value.0);
        }
        self
    }

    /// True for null.
    pub fn is_null(&self) -> bool {
        matches!(self.0, Val::Null)
    }

    /// The boolean, if it is one.
    pub fn as_bool(&self) -> Option<bool> {
        match self.0 {
            Val::Bool(bool) => Some(bool),
            _ => None,
        }
    }

    /// The number, if it is one.
    pub fn as_f64(&self) -> Option<f64> {
        jaq_std::ValT::as_f64(&self.0)
    }

    /// The text, if it is one.
    pub fn as_str(&self) -> Option<&str> {
        match &self.0 {
            Val::TStr(text) => std::str::from_utf8(text).ok(),
            _ => None,
        }
    }

    /// The elements of an array; `None` for anything else.
    pub fn elements(&self) -> Option<Vec<Self>> {
        match &self.0 {
            Val::Arr(items) => Some(items.iter().cloned().map(Self).collect()),
            _ => None,
        }
    }

    /// The keys of an object in their order; `None` for anything else.
    pub fn keys(&self) -> Option<Vec<String>> {
        match &self.0 {
            Val::Obj(entries) => Some(entries.keys().filter_map(|key| Self(key.clone()).as_str().map(str::to_owned)).collect()),
            _ => None,
        }
    }

    /// jq's name of the type: `null`, `boolean`, `number`, `string`, `array` or `object`.
    pub fn type_name(&self) -> &'static str {
        match &self.0 {
            Val::Null => "null",
            Val::Bool(_) => "boolean",
            Val::Num(_) => "number",
            Val::BStr(_) | Val::TStr(_) => "string",
            Val::Arr(_) => "array",
            Val::Obj(_) => "object",
        }
    }

    /// The value as `jq -c` prints it.
    pub fn to_jq_text(&self) -> String {
        self.0.to_string()
    }
}

//! Properties or relations of an entity, by name.
//!
//! All entities of a resource have the same names, so they share one list of names and each holds its values only.

use std::ops::Index;
use std::sync::Arc;

use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

/// Names in the order of the mapping, each with a value. Two are equal when the same names have the same values, in any order.
#[derive(Clone, Debug)]
pub struct Fields {
    names: Arc<[String]>,
    values: Vec<Value>,
}

impl Fields {
    /// Makes fields of these names, which must be distinct. A name without a value is left out.
    pub fn new(names: Arc<[String]>, values: Vec<Value>) -> Self {
        Self { names, values }
    }

    /// Names and values, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&String, &Value)> {
        self.names.iter().zip(&self.values)
    }

    /// The names, in order.
    pub fn names(&self) -> impl Iterator<Item = &String> {
        self.iter().map(|(name, _)| name)
    }

    /// The values, in order.
    pub fn values(&self) -> impl Iterator<Item = &Value> {
        self.iter().map(|(_, value)| value)
    }

    /// The value of a name.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.iter().find_map(|(known, value)| (known == name).then_some(value))
    }

    /// Number of fields.
    pub fn len(&self) -> usize {
        self.names.len().min(self.values.len())
    }

    /// Tells whether there are no fields.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Tells whether both share one list of names in memory. Takes constant time.
    pub fn shares_names_with(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.names, &other.names)
    }
}

impl PartialEq for Fields {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && self.iter().all(|(name, value)| other.get(name) == Some(value))
    }
}

impl Index<&str> for Fields {
    type Output = Value;

    /// Value of a name; null when there is no such name, as in JSON.
    fn index(&self, name: &str) -> &Value {
        static NULL: Value = Value::Null;
        self.get(name).unwrap_or(&NULL)
    }
}

impl From<Map<String, Value>> for Fields {
    fn from(map: Map<String, Value>) -> Self {
        let (names, values): (Vec<String>, Vec<Value>) = map.into_iter().unzip();
        Self { names: names.into(), values }
    }
}

impl FromIterator<(String, Value)> for Fields {
    /// Collects fields. If a name occurs twice, the last value is kept.
    fn from_iter<I: IntoIterator<Item = (String, Value)>>(fields: I) -> Self {
        fields.into_iter().collect::<Map<_, _>>().into()
    }
}

impl Serialize for Fields {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn fields_are_equal_whatever_their_order_and_are_written_in_it() {
        let fields = |all: &[(&str, u32)]| all.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect::<Fields>();
        assert_eq!(fields(&[("b", 1), ("a", 2)]), fields(&[("a", 2), ("b", 1)]));
        assert_ne!(fields(&[("a", 1)]), fields(&[("a", 2)]));
        assert_ne!(fields(&[("a", 1)]), fields(&[("a", 1), ("b", 2)]));
        assert_eq!(serde_json::to_string(&fields(&[("b", 1), ("a", 2)])).unwrap(), r#"{"b":1,"a":2}"#);
        assert_eq!(fields(&[("a", 1), ("a", 2)]), fields(&[("a", 2)]));
    }
}

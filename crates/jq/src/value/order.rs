//! Equality and order of values: null, booleans, numbers, texts by code point, arrays, objects by their sorted keys.

use std::cmp::Ordering;
use std::sync::Arc;

use crate::meter;
use crate::val::{Fields, Text, Val};

impl PartialEq for Val {
    fn eq(&self, other: &Self) -> bool {
        meter::tick();
        match (self, other) {
            (Self::Null, Self::Null) => true,
            (Self::Bool(left), Self::Bool(right)) => left == right,
            (Self::Number(left), Self::Number(right)) => left.equals(right),
            (Self::String(left), Self::String(right)) => left == right,
            (Self::Array(left), Self::Array(right)) => left.values() == right.values(),
            (Self::Object(left), Self::Object(right)) => {
                let (left, right) = (left.map(), right.map());
                left.len() == right.len() && left.iter().all(|(key, value)| right.get(key.as_str()) == Some(value))
            }
            _ => false,
        }
    }
}

impl Eq for Val {}

#[allow(clippy::non_canonical_partial_ord_impl, reason = "sorting needs a total order, and jq's operators are none")]
impl PartialOrd for Val {
    /// jq's comparison operators: like [`Ord`], but NaN is less than every number and itself.
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Number(left), Self::Number(right)) if left.is_nan() && right.is_nan() => Some(Ordering::Less),
            (Self::Number(left), Self::Number(right)) if left.equals(right) => Some(Ordering::Equal),
            _ => Some(self.cmp(other)),
        }
    }
}

impl Ord for Val {
    fn cmp(&self, other: &Self) -> Ordering {
        meter::tick();
        match (self, other) {
            (Self::Bool(left), Self::Bool(right)) => left.cmp(right),
            (Self::Number(left), Self::Number(right)) => left.total_order(right),
            (Self::String(left), Self::String(right)) => left.as_str().cmp(right.as_str()),
            (Self::Array(left), Self::Array(right)) => left.values().cmp(right.values()),
            (Self::Object(left), Self::Object(right)) => {
                let (left_keys, right_keys) = (sorted_keys(left), sorted_keys(right));
                let values = |fields: &Arc<Fields>, keys: &[&Text]| -> Vec<Val> {
                    keys.iter().filter_map(|key| fields.map().get(key.as_str()).cloned()).collect()
                };
                let texts = |keys: &[&Text]| -> Vec<String> { keys.iter().map(|key| key.as_str().to_owned()).collect() };
                let by_keys = texts(&left_keys).cmp(&texts(&right_keys));
                by_keys.then_with(|| values(left, &left_keys).cmp(&values(right, &right_keys)))
            }
            _ => rank(self).cmp(&rank(other)),
        }
    }
}

/// The keys in the order that `keys` and comparison use.
pub(crate) fn sorted_keys(fields: &Arc<Fields>) -> Vec<&Text> {
    let mut keys: Vec<&Text> = fields.map().keys().collect();
    meter::work(keys.len());
    keys.sort_unstable_by(|left, right| left.as_str().cmp(right.as_str()));
    keys
}

fn rank(value: &Val) -> u8 {
    match value {
        Val::Null => 0,
        Val::Bool(_) => 1,
        Val::Number(_) => 2,
        Val::String(_) => 3,
        Val::Array(_) => 4,
        Val::Object(_) => 5,
    }
}

//! The value inside the engine, counted by the [meter](crate::meter).
//!
//! A clone costs one reference count. Arrays and objects know their depth, so that it is known before a recursion, and deep ones
//! are dropped without recursion.

use std::borrow::Borrow;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

pub(crate) use super::map::Map;
use crate::meter;
use crate::number::Number;

/// Values deeper than this are dropped by a loop.
const RECURSIVE_DROP_DEPTH: u32 = 64;

/// Size of a value in an output without its text, in bytes.
const VALUE_BYTES: u64 = 32;

/// One JSON value.
#[derive(Debug, Clone, Default)]
pub(crate) enum Val {
    #[default]
    Null,
    Bool(bool),
    Number(Number),
    String(Text),
    Array(Arc<Items>),
    Object(Arc<Fields>),
}

/// A text. The second form grows in place while it has one owner.
#[derive(Debug, Clone)]
pub(crate) enum Text {
    Fixed(Arc<str>),
    Growing(Arc<String>),
}

const TEXT_BYTES: usize = 24;

impl Text {
    pub(crate) fn new(text: &str) -> Self {
        meter::charge(TEXT_BYTES + text.len());
        Self::Fixed(text.into())
    }

    pub(crate) fn as_str(&self) -> &str {
        match self {
            Self::Fixed(text) => text,
            Self::Growing(text) => text,
        }
    }

    /// This text followed by another.
    pub(crate) fn followed_by(mut self, more: &str) -> Self {
        meter::touch(more.len());
        if let Self::Growing(text) = &mut self
            && let Some(text) = Arc::get_mut(text)
        {
            let before = text.capacity();
            if text.len() + more.len() > before {
                meter::afford(before + more.len());
            }
            text.push_str(more);
            meter::charge(text.capacity() - before);
            return self;
        }
        let capacity = (self.as_str().len() + more.len()).next_power_of_two();
        meter::afford(capacity);
        meter::touch(self.as_str().len());
        let mut text = String::with_capacity(capacity);
        text.push_str(self.as_str());
        text.push_str(more);
        Self::from(text)
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        meter::charge(TEXT_BYTES + text.capacity());
        Self::Growing(Arc::new(text))
    }
}

impl Drop for Text {
    fn drop(&mut self) {
        match self {
            Self::Fixed(text) if Arc::strong_count(text) == 1 => meter::release(TEXT_BYTES + text.len()),
            Self::Growing(text) if Arc::strong_count(text) == 1 => meter::release(TEXT_BYTES + text.capacity()),
            _ => {}
        }
    }
}

impl PartialEq for Text {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for Text {}

impl Hash for Text {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_str().hash(state);
    }
}

impl Borrow<str> for Text {
    fn borrow(&self) -> &str {
        self.as_str()
    }
}

/// Elements of an array.
#[derive(Debug)]
pub(crate) struct Items {
    values: Vec<Val>,
    depth: u32,
    charged: usize,
}

/// Fields of an object.
#[derive(Debug)]
pub(crate) struct Fields {
    map: Map,
    depth: u32,
    charged: usize,
}

const NODE_BYTES: usize = 64;
const FIELD_BYTES: usize = size_of::<Val>() + size_of::<Text>() + 16;

fn bytes_of_items(values: &Vec<Val>) -> usize {
    NODE_BYTES + values.capacity() * size_of::<Val>()
}

fn bytes_of_fields(map: &Map) -> usize {
    NODE_BYTES + map.capacity() * FIELD_BYTES
}

impl Items {
    fn new(values: Vec<Val>) -> Self {
        let depth = 1 + values.iter().map(Val::depth).max().unwrap_or(0);
        meter::limit_depth(depth);
        let charged = bytes_of_items(&values);
        meter::charge(charged);
        Self { values, depth, charged }
    }

    /// A shared node of these elements, counted by the meter.
    pub(crate) fn shared(values: Vec<Val>) -> Arc<Self> {
        Arc::new(Self::new(values))
    }

    pub(crate) fn values(&self) -> &[Val] {
        &self.values
    }

    /// Changes the elements in place, or in a copy if they have another owner. `incoming` is the greatest depth of a value that
    /// the change adds.
    pub(crate) fn edit<T>(this: &mut Arc<Self>, incoming: u32, change: impl FnOnce(&mut Vec<Val>) -> T) -> T {
        let items = Arc::make_mut(this);
        let outcome = change(&mut items.values);
        items.depth = items.depth.max(incoming + 1);
        meter::limit_depth(items.depth);
        let bytes = bytes_of_items(&items.values);
        meter::release(items.charged);
        items.charged = bytes;
        meter::charge(bytes);
        outcome
    }

    /// The elements, moved out if they have no other owner.
    pub(crate) fn take(this: Arc<Self>) -> Vec<Val> {
        match Arc::try_unwrap(this) {
            Ok(mut items) => std::mem::take(&mut items.values),
            Err(shared) => {
                meter::work(shared.values.len());
                meter::afford(bytes_of_items(&shared.values));
                shared.values.clone()
            }
        }
    }
}

impl Clone for Items {
    fn clone(&self) -> Self {
        meter::work(self.values.len());
        let charged = NODE_BYTES + self.values.len() * size_of::<Val>();
        meter::charge(charged);
        Self { values: self.values.clone(), depth: self.depth, charged }
    }
}

impl Fields {
    fn new(map: Map) -> Self {
        let depth = 1 + map.values().map(Val::depth).max().unwrap_or(0);
        meter::limit_depth(depth);
        let charged = bytes_of_fields(&map);
        meter::charge(charged);
        Self { map, depth, charged }
    }

    /// A shared node of these fields, counted by the meter.
    pub(crate) fn shared(map: Map) -> Arc<Self> {
        Arc::new(Self::new(map))
    }

    pub(crate) fn map(&self) -> &Map {
        &self.map
    }

    /// Changes the fields in place, or in a copy if they have another owner. `incoming` is the greatest depth of a value that the
    /// change adds.
    pub(crate) fn edit<T>(this: &mut Arc<Self>, incoming: u32, change: impl FnOnce(&mut Map) -> T) -> T {
        let fields = Arc::make_mut(this);
        let outcome = change(&mut fields.map);
        fields.depth = fields.depth.max(incoming + 1);
        meter::limit_depth(fields.depth);
        let bytes = bytes_of_fields(&fields.map);
        meter::release(fields.charged);
        fields.charged = bytes;
        meter::charge(bytes);
        outcome
    }

    /// The fields, moved out if they have no other owner.
    pub(crate) fn take(this: Arc<Self>) -> Map {
        match Arc::try_unwrap(this) {
            Ok(mut fields) => std::mem::take(&mut fields.map),
            Err(shared) => {
                meter::work(shared.map.len());
                shared.map.clone()
            }
        }
    }
}

impl Clone for Fields {
    fn clone(&self) -> Self {
        meter::work(self.map.len());
        let charged = bytes_of_fields(&self.map);
        meter::charge(charged);
        Self { map: self.map.clone(), depth: self.depth, charged }
    }
}

impl Drop for Items {
    fn drop(&mut self) {
        meter::release(self.charged);
        if self.depth > RECURSIVE_DROP_DEPTH {
            dismantle(std::mem::take(&mut self.values));
        }
    }
}

impl Drop for Fields {
    fn drop(&mut self) {
        meter::release(self.charged);
        if self.depth > RECURSIVE_DROP_DEPTH {
            dismantle(std::mem::take(&mut self.map).into_values().collect());
        }
    }
}

/// Drops values without recursion: children without another owner wait in a list instead of on the stack.
fn dismantle(mut waiting: Vec<Val>) {
    while let Some(value) = waiting.pop() {
        match value {
            Val::Array(items) => {
                if let Ok(mut items) = Arc::try_unwrap(items) {
                    waiting.append(&mut items.values);
                }
            }
            Val::Object(fields) => {
                if let Ok(mut fields) = Arc::try_unwrap(fields) {
                    waiting.extend(std::mem::take(&mut fields.map).into_values());
                }
            }
            _ => {}
        }
    }
}

impl Val {
    pub(crate) fn array(values: Vec<Val>) -> Self {
        Self::Array(Items::shared(values))
    }

    pub(crate) fn object(map: Map) -> Self {
        Self::Object(Fields::shared(map))
    }

    pub(crate) fn string(text: &str) -> Self {
        Self::String(Text::new(text))
    }

    pub(crate) fn number(value: f64) -> Self {
        Self::Number(Number::from_f64(value))
    }

    pub(crate) fn int(value: usize) -> Self {
        Self::Number(Number::from_usize(value))
    }

    /// Depth of nested arrays and objects; 0 for a scalar.
    pub(crate) fn depth(&self) -> u32 {
        match self {
            Self::Array(items) => items.depth,
            Self::Object(fields) => fields.depth,
            _ => 0,
        }
    }

    /// Approximate size of the value with everything that is shared in it counted each time, in bytes; at least `enough` if it is
    /// larger. A value that holds itself twice, and so on, takes few bytes in memory, but its text would fit in none.
    pub(crate) fn bytes_unshared(&self, enough: u64) -> u64 {
        let within = |all: &mut dyn Iterator<Item = (u64, &Self)>| {
            let mut bytes = VALUE_BYTES;
            for (key, value) in all {
                if bytes >= enough {
                    break;
                }
                bytes = bytes.saturating_add(key + value.bytes_unshared(enough - bytes));
            }
            bytes
        };
        match self {
            Self::Null | Self::Bool(_) | Self::Number(_) => VALUE_BYTES,
            Self::String(text) => VALUE_BYTES + text.as_str().len() as u64,
            Self::Array(items) => within(&mut items.values().iter().map(|value| (0, value))),
            Self::Object(fields) => {
                within(&mut fields.map().iter().map(|(key, value)| (VALUE_BYTES + key.as_str().len() as u64, value)))
            }
        }
    }

    pub(crate) fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text.as_str()),
            _ => None,
        }
    }

    pub(crate) fn as_number(&self) -> Option<f64> {
        match self {
            Self::Number(number) => Some(number.as_f64()),
            _ => None,
        }
    }

    pub(crate) fn is_true(&self) -> bool {
        !matches!(self, Self::Null | Self::Bool(false))
    }

    pub(crate) fn type_name(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "boolean",
            Self::Number(_) => "number",
            Self::String(_) => "string",
            Self::Array(_) => "array",
            Self::Object(_) => "object",
        }
    }
}

//! The traits that the jq library requires of values.
//!
//! Updates never reach the library: [`super::lower`] turns them into calls of natives, which work on paths as jq does.

use std::cell::Cell;
use std::sync::Arc;

use jaq_core::box_iter::{BoxIter, box_once};
use jaq_core::data::HasLut;
use jaq_core::path::Opt;
use jaq_core::val::Range;
use jaq_core::{DataT, Lut, ValT, ValX};

use super::access::slice_value;
use super::meter;
use super::number::Number;
use super::val::{Fields, Items, Map, Text, Val};
use super::{Fault, ValResult, fault};

/// Type parameters of the library: the value and the data of a run.
pub(super) struct Engine;

/// Data of a run that natives read.
pub(super) struct RunData<'a> {
    pub(super) lut: &'a Lut<Engine>,
    /// Seconds since 1970.
    pub(super) now: f64,
    /// Local time zone.
    pub(super) zone: &'a jiff::tz::TimeZone,
    pub(super) environment: &'a Val,
    /// Number of contexts on the waiting list, each with the iterators around it; see [`RunData::limit_contexts`].
    pub(super) contexts: Cell<usize>,
    /// Maximum of `contexts`.
    pub(super) most_contexts: usize,
    /// Number of calls that kept the variables of their caller; see [`RunData::count_capture`].
    pub(super) captures: Cell<usize>,
}

/// Maximum number of calls of recursive filters that take filters. Each may keep its caller's variables, and freeing a chain of
/// them takes about a kilobyte of stack for each without optimization.
const CAPTURES: usize = 20_000;

/// Approximate memory of a waiting context with its iterators, in bytes.
pub(super) const CONTEXT_BYTES: u64 = 256;

/// A counted reference to a [`RunData`].
pub(super) struct RunHandle<'a>(&'a RunData<'a>);

impl<'a> RunHandle<'a> {
    pub(super) fn new(world: &'a RunData<'a>) -> Self {
        world.contexts.set(world.contexts.get() + 1);
        Self(world)
    }
}

impl Clone for RunHandle<'_> {
    fn clone(&self) -> Self {
        Self::new(self.0)
    }
}

impl Drop for RunHandle<'_> {
    fn drop(&mut self) {
        self.0.contexts.set(self.0.contexts.get() - 1);
    }
}

impl<'a> std::ops::Deref for RunHandle<'a> {
    type Target = RunData<'a>;

    fn deref(&self) -> &RunData<'a> {
        self.0
    }
}

impl DataT for Engine {
    type V<'a> = Val;
    type Data<'a> = RunHandle<'a>;
}

impl<'a> HasLut<'a, Engine> for RunHandle<'a> {
    /// The library asks for its table before every term that it evaluates, so steps are counted here.
    fn lut(&self) -> &'a Lut<Engine> {
        meter::tick();
        self.0.limit_contexts();
        self.0.lut
    }
}

impl RunData<'_> {
    /// Limits the iterators that tail calls leave behind. No stack limit covers them, so they count as memory.
    fn limit_contexts(&self) {
        if self.contexts.get() > self.most_contexts {
            meter::out_of_bytes();
        }
    }

    /// Counts a call that keeps its caller's variables.
    pub(super) fn count_capture(&self) {
        self.captures.set(self.captures.get() + 1);
        if self.captures.get() > CAPTURES {
            meter::out_of_stack();
        }
    }
}

fn not_iterable(value: &Val) -> Fault {
    fault(format!("Cannot iterate over {}", value.described()))
}

struct Elements {
    items: Arc<Items>,
    at: usize,
}

impl Iterator for Elements {
    type Item = ValResult;

    fn next(&mut self) -> Option<ValResult> {
        meter::tick();
        let value = self.items.values().get(self.at)?.clone();
        self.at += 1;
        Some(Ok(value))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.items.values().len() - self.at.min(self.items.values().len());
        (left, Some(left))
    }
}

struct Entries {
    fields: Arc<Fields>,
    at: usize,
}

impl Iterator for Entries {
    type Item = (Text, Val);

    fn next(&mut self) -> Option<(Text, Val)> {
        meter::tick();
        let (key, value) = self.fields.map().get_index(self.at)?;
        self.at += 1;
        Some((key.clone(), value.clone()))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.fields.map().len() - self.at.min(self.fields.map().len());
        (left, Some(left))
    }
}

impl ValT for Val {
    fn from_num(text: &str) -> ValResult {
        Number::parse(text).map(Self::Number).ok_or_else(|| fault(format!("Invalid numeric literal {text}")))
    }

    fn from_map<I: IntoIterator<Item = (Self, Self)>>(entries: I) -> ValResult {
        let mut map = Map::default();
        for (key, value) in entries {
            match key {
                Self::String(key) => map.insert(key, value),
                other => {
                    return Err(fault(format!("Cannot use {} as object key", other.described())));
                }
            };
        }
        Ok(Self::object(map))
    }

    fn key_values(self) -> BoxIter<'static, Result<(Self, Self), Fault>> {
        match self {
            Self::Array(items) => Box::new(Elements { items, at: 0 }.enumerate().map(|(at, value)| Ok((Self::int(at), value?)))),
            Self::Object(fields) => Box::new(Entries { fields, at: 0 }.map(|(key, value)| Ok((Self::String(key), value)))),
            other => box_once(Err(not_iterable(&other))),
        }
    }

    fn values(self) -> Box<dyn Iterator<Item = ValResult>> {
        match self {
            Self::Array(items) => Box::new(Elements { items, at: 0 }),
            Self::Object(fields) => Box::new(Entries { fields, at: 0 }.map(|(_, value)| Ok(value))),
            other => box_once(Err(not_iterable(&other))),
        }
    }

    fn index(self, index: &Self) -> ValResult {
        self.member(index)
    }

    fn range(self, range: Range<&Self>) -> ValResult {
        let bound = |bound: Option<&Self>| bound.cloned().unwrap_or_default();
        self.slice(&bound(range.start), &bound(range.end))
    }

    fn map_values<'a, I: Iterator<Item = ValX<'a, Self>>>(self, _: Opt, _: impl Fn(Self) -> I) -> ValX<'a, Self> {
        Err(never_rewritten().into())
    }

    fn map_index<'a, I: Iterator<Item = ValX<'a, Self>>>(self, _: &Self, _: Opt, _: impl Fn(Self) -> I) -> ValX<'a, Self> {
        Err(never_rewritten().into())
    }

    fn map_range<'a, I: Iterator<Item = ValX<'a, Self>>>(self, _: Range<&Self>, _: Opt, _: impl Fn(Self) -> I) -> ValX<'a, Self> {
        Err(never_rewritten().into())
    }

    fn as_bool(&self) -> bool {
        self.is_true()
    }

    fn into_string(self) -> Self {
        match self {
            Self::String(_) => self,
            other => Self::String(Text::from(other.to_text())),
        }
    }
}

fn never_rewritten() -> Fault {
    fault("an update reached the library, which is a mistake in the engine")
}

impl From<bool> for Val {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<isize> for Val {
    fn from(value: isize) -> Self {
        Self::Number(Number::Int(value as i64))
    }
}

impl From<usize> for Val {
    fn from(value: usize) -> Self {
        Self::int(value)
    }
}

impl From<f64> for Val {
    fn from(value: f64) -> Self {
        Self::number(value)
    }
}

impl From<String> for Val {
    fn from(text: String) -> Self {
        Self::string(&text)
    }
}

impl From<Range<Self>> for Val {
    fn from(range: Range<Self>) -> Self {
        slice_value(range.start.unwrap_or_default(), range.end.unwrap_or_default())
    }
}

impl FromIterator<Self> for Val {
    fn from_iter<I: IntoIterator<Item = Self>>(values: I) -> Self {
        let mut items = Vec::new();
        for value in values {
            meter::tick();
            if items.len() == items.capacity() {
                meter::afford(2 * items.capacity() * size_of::<Self>());
            }
            items.push(value);
        }
        Self::array(items)
    }
}

/// Required by the mathematical filters of the standard library.
impl jaq_std::ValT for Val {
    fn into_seq<S: FromIterator<Self>>(self) -> Result<S, Self> {
        match self {
            Self::Array(items) => Ok(Items::take(items).into_iter().collect()),
            other => Err(other),
        }
    }

    fn is_int(&self) -> bool {
        self.as_number().is_some_and(|number| number.fract() == 0.0)
    }

    fn as_isize(&self) -> Option<isize> {
        self.as_number().filter(|number| number.fract() == 0.0).map(|number| number as isize)
    }

    fn as_f64(&self) -> Option<f64> {
        self.as_number()
    }

    fn is_utf8_str(&self) -> bool {
        matches!(self, Self::String(_))
    }

    fn as_bytes(&self) -> Option<&[u8]> {
        self.as_str().map(str::as_bytes)
    }

    fn as_sub_str(&self, part: &[u8]) -> Self {
        Self::string(&String::from_utf8_lossy(part))
    }

    fn from_utf8_bytes(bytes: impl AsRef<[u8]> + Send + 'static) -> Self {
        Self::string(&String::from_utf8_lossy(bytes.as_ref()))
    }
}

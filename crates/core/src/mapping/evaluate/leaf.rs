//! One expression of a mapping: its program, its value for an item, and the reason for a null.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::Value as Json;

use super::Observer;
use crate::mapping::program::{Failure, Program, Run, Value};

/// Path and text of an expression, beside its program.
#[derive(Clone, Debug)]
pub(super) struct LeafText {
    pub(super) path: String,
    pub(super) text: String,
}

/// A compiled expression.
#[derive(Clone, Debug)]
pub(super) struct Leaf {
    /// None when it does not compile: it is then null for every item.
    pub(super) program: Option<Program>,
    /// Its number among the expressions of the resource.
    pub(super) index: usize,
    /// Number of times a limit stopped it in this run, over all workers.
    pub(super) stops: Arc<AtomicU32>,
}

/// An expression that was stopped so often is given up: what needs all that an evaluation may use on every item, such as
/// `def f: f; f`, would otherwise take seconds for each.
const STOPS: u32 = 20;

/// Reasons for the null of an expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::mapping) enum Null {
    Given,
    NoOutput,
    DoesNotCompile,
    Failure(Failure),
    /// It was stopped [`STOPS`] times and is not evaluated any more.
    GivenUp,
}

impl std::fmt::Display for Null {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Given => formatter.write_str("the expression gives null"),
            Self::NoOutput => formatter.write_str("the expression gives no output"),
            Self::DoesNotCompile => formatter.write_str("the expression does not compile"),
            Self::Failure(failure @ Failure::Error(_)) => write!(formatter, "jq error: {failure}"),
            Self::Failure(failure) => write!(formatter, "{failure}"),
            Self::GivenUp => write!(formatter, "given up in this run, after its limits stopped it {STOPS} times"),
        }
    }
}

/// The run was cancelled: nothing that came of the item may be used.
#[derive(Debug)]
pub(in crate::mapping) struct Cancelled;

impl Leaf {
    pub(super) fn evaluate(&self, item: &Value, run: &Run) -> Result<Result<Value, Null>, Cancelled> {
        let Some(program) = &self.program else {
            return Ok(Err(Null::DoesNotCompile));
        };
        if self.stops.load(Ordering::Relaxed) >= STOPS {
            return Ok(Err(Null::GivenUp));
        }
        match program.first(item, run) {
            Ok(Some(value)) if value.is_null() => Ok(Err(Null::Given)),
            Ok(Some(value)) => Ok(Ok(value)),
            Ok(None) => Ok(Err(Null::NoOutput)),
            Err(Failure::Cancelled) => Err(Cancelled),
            Err(failure @ Failure::Budget { .. }) => {
                self.stops.fetch_add(1, Ordering::Relaxed);
                Ok(Err(Null::Failure(failure)))
            }
            Err(failure) => Ok(Err(Null::Failure(failure))),
        }
    }

    /// Its value as JSON, when it is quickly had and not null.
    fn quick(&self, item: &Value, run: &Run) -> Option<Json> {
        self.program.as_ref()?.quick_json(item, run)
    }

    /// The value as JSON; the observer gets a null with its reason.
    pub(super) fn value(&self, item: &Value, run: &Run, seen: &mut impl Observer) -> Result<Json, Cancelled> {
        if let Some(value) = self.quick(item, run) {
            seen.saw(self.index, &value, None);
            return Ok(value);
        }
        let (value, null) = match self.evaluate(item, run)? {
            // Not-a-number is null as JSON.
            Ok(value) => match value.to_json() {
                Json::Null => (Json::Null, Some(Null::Given)),
                value => (value, None),
            },
            Err(null) => (Json::Null, Some(null)),
        };
        seen.saw(self.index, &value, null.as_ref());
        Ok(value)
    }

    /// The value, unless it is empty as Python sees it: then the item is skipped.
    pub(super) fn needed(&self, item: &Value, run: &Run, seen: &mut impl Observer) -> Result<Result<Json, Null>, Cancelled> {
        let evaluated = match self.quick(item, run) {
            Some(value) => Ok(value),
            None => self.evaluate(item, run)?.map(|value| value.to_json()),
        };
        let null = Json::Null;
        seen.saw(self.index, evaluated.as_ref().unwrap_or(&null), evaluated.as_ref().err());
        Ok(evaluated.and_then(|value| if is_empty(&value) { Err(Null::Given) } else { Ok(value) }))
    }
}

/// True for a value that is false in Python; Ocean skips such an identifier or blueprint.
fn is_empty(value: &Json) -> bool {
    match value {
        Json::Null => true,
        Json::Bool(value) => !value,
        Json::Number(number) => number.as_f64() == Some(0.0),
        Json::String(text) => text.is_empty(),
        Json::Array(list) => list.is_empty(),
        Json::Object(map) => map.is_empty(),
    }
}

//! What an evaluation may use, what it takes from outside, and how it ends without a value.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::meter::Stop;

/// Stack of a thread that evaluates or compiles, in bytes of address space; only pages that were touched are memory.
///
/// An optimized build needs a fifth of it for values ten thousand levels deep.
pub const EVALUATION_STACK_BYTES: usize = 128 << 20;

/// How deep a JSON text may nest before [`crate::Value::parse`] refuses it.
pub const PARSE_DEPTH: usize = 128;

/// Outputs nested deeper than this are refused, so that whoever gets them may recurse on any stack.
pub const OUTPUT_DEPTH: u32 = 512;

/// Limits of one evaluation of one expression on one item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Budget {
    /// Steps of the interpreter, and of native functions by the size of what they work on.
    pub steps: u64,
    /// Live bytes of values made by the evaluation.
    pub bytes: u64,
    /// Deepest value.
    pub depth: u32,
    /// Longest time; only watched when [`Run::stopwatch`] is given.
    pub time: Duration,
    /// Bytes of stack that the calling thread has; at most [`EVALUATION_STACK_BYTES`] are used.
    pub stack: usize,
}

impl Default for Budget {
    fn default() -> Self {
        Self { steps: 5_000_000, bytes: 256 << 20, depth: 10_050, time: Duration::from_secs(10), stack: EVALUATION_STACK_BYTES }
    }
}

/// Reads a monotonic clock: the time since any fixed moment.
pub type Stopwatch = fn() -> Duration;

/// Everything an evaluation takes from outside.
#[derive(Debug, Clone)]
pub struct Run {
    /// Limits.
    pub budget: Budget,
    /// What `now` answers.
    pub now: jiff::Timestamp,
    /// What `localtime`, `strflocaltime` and `%s` take for local.
    pub zone: jiff::tz::TimeZone,
    /// Ends the evaluation soon after it becomes true.
    pub cancel: Option<Arc<AtomicBool>>,
    /// Measures [`Budget::time`]; without one only steps limit the time.
    pub stopwatch: Option<Stopwatch>,
}

impl Run {
    /// A run with default limits that nothing can cancel, in UTC.
    pub fn new(now: jiff::Timestamp) -> Self {
        Self { budget: Budget::default(), now, zone: jiff::tz::TimeZone::UTC, cancel: None, stopwatch: None }
    }

    pub(crate) fn is_cancelled(&self) -> bool {
        self.cancel.as_ref().is_some_and(|flag| flag.load(Ordering::Relaxed))
    }
}

/// Which limit an evaluation ran into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// [`Budget::steps`].
    Steps,
    /// [`Budget::bytes`].
    Bytes,
    /// [`Budget::depth`].
    Depth,
    /// [`Budget::stack`].
    Stack,
    /// [`Budget::time`].
    Time,
}

impl std::fmt::Display for Limit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Steps => "steps",
            Self::Bytes => "bytes",
            Self::Depth => "levels of nesting",
            Self::Stack => "bytes of stack",
            Self::Time => "milliseconds",
        })
    }
}

/// Why an evaluation gave no (further) value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// The expression raised an error; the text is jq's.
    #[error("{0}")]
    Error(String),
    /// The expression wanted more than [`Budget`] allows.
    #[error("stopped after {limit} {what}")]
    Budget {
        /// Which limit.
        what: Limit,
        /// Its value, in the unit of `what`.
        limit: u64,
    },
    /// The run was cancelled.
    #[error("cancelled")]
    Cancelled,
}

impl From<Stop> for Failure {
    fn from(stop: Stop) -> Self {
        match stop {
            Stop::Budget(what, limit) => Self::Budget { what, limit },
            Stop::Cancelled => Self::Cancelled,
            Stop::Broken(message) => Self::Error(format!("the engine failed on this expression: {message}")),
        }
    }
}

//! Limits and inputs of an evaluation, and its failures.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::meter::Stop;

/// Stack of a thread that evaluates or compiles, in bytes of address space; only used pages take memory.
///
/// An optimized build needs a fifth of it for values ten thousand levels deep.
pub const EVALUATION_STACK_BYTES: usize = 128 << 20;

/// Maximum depth of a JSON text for [`crate::Value::parse`].
pub const PARSE_DEPTH: usize = 128;

/// Maximum depth of an output, so that a caller may recurse over it on any stack.
pub const OUTPUT_DEPTH: u32 = 512;

/// Limits of one evaluation of one expression on one item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Budget {
    /// Interpreter steps; native functions count steps by the size of their data.
    pub steps: u64,
    /// Live bytes of values made by the evaluation.
    pub bytes: u64,
    /// Maximum depth of a value.
    pub depth: u32,
    /// Maximum time; only checked when [`Run::stopwatch`] is given.
    pub time: Duration,
    /// Stack of the calling thread, in bytes; at most [`EVALUATION_STACK_BYTES`] are used.
    pub stack: usize,
}

impl Default for Budget {
    fn default() -> Self {
        Self { steps: 5_000_000, bytes: 256 << 20, depth: 10_050, time: Duration::from_secs(10), stack: EVALUATION_STACK_BYTES }
    }
}

/// Monotonic clock: the time since any fixed moment.
pub type Stopwatch = fn() -> Duration;

/// Inputs of an evaluation beside the item.
#[derive(Debug, Clone)]
pub struct Run {
    /// Limits.
    pub budget: Budget,
    /// Result of `now`.
    pub now: jiff::Timestamp,
    /// Local time zone of `localtime`, `strflocaltime` and `%s`.
    pub zone: jiff::tz::TimeZone,
    /// Stops the evaluation soon after it becomes true.
    pub cancel: Option<Arc<AtomicBool>>,
    /// Clock for [`Budget::time`]; without one only steps limit the time.
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

/// Limit that an evaluation reached.
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

/// Reason for which an evaluation gave no further value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// The expression raised an error; the text is jq's message.
    #[error("{0}")]
    Error(String),
    /// The expression needs more than [`Budget`] allows.
    #[error("stopped after {limit} {what}")]
    Budget {
        /// The limit.
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

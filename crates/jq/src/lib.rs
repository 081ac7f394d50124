//! The jq engine: one value type, one compiled expression, budgets that end every evaluation.
//!
//! Users see [`Value`], [`Program`], [`Run`], [`Failure`] and the tree of [`syntax`], and never the jq library behind them. Pure:
//! the time of day, the stopwatch, the cancel flag and the stack to run on are arguments. `README.md` says what is the library's
//! and what is ours.
//!
//! | file | subject |
//! | --- | --- |
//! | `program` | the compiled expression |
//! | `syntax/` | text to tree, with places |
//! | `names` | what the names of a tree stand for |
//! | `lower/` | our tree to the library's, with jq's meaning; the filters that are written in jq |
//! | `compile`, `interpreter` | the two sides on which we meet the library |
//! | `fast/` | expressions that need no interpreter; what an expression can look at |
//! | `natives/` | the filters in Rust |
//! | `value/` | values outside and inside; what jq means by numbers, `<`, `+` and `.[k]` |
//! | `json/` | JSON in, some keys of it, `fromjson`, JSON out |
//! | `budget/` | steps, bytes, depth, stack, time: what they are, and counting them |
//! | `pattern/` | regular expressions of Oniguruma's, for the engine that runs them |
//! | `time/` | broken down time, its text, time zones |
//! | `suite` | jq's own test format |

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

#[cfg(panic = "abort")]
compile_error!("pilotage-jq ends an evaluation that has used up its budget by unwinding: build it with `panic = \"unwind\"`");

mod budget;
mod compile;
mod fast;
mod interpreter;
mod json;
mod lower;
mod names;
mod natives;
mod pattern;
mod program;
mod suite;
pub mod syntax;
mod time;
mod value;

#[cfg(test)]
mod tests;

pub use budget::limits::{Budget, EVALUATION_STACK_BYTES, Failure, Limit, OUTPUT_DEPTH, PARSE_DEPTH, Run, Stopwatch};
pub use json::ValueError;
pub use natives::check_pattern;
pub use program::{CompileError, CompileOptions, Program, read};
pub use suite::{SuiteFailure, SuiteReport, run_suite};
pub use value::{Keys, Value};

// What nearly every file names.
use budget::meter;
use json::lenient as read_leniently;
use value::{access, arithmetic, number, order, val};

use val::Val;

/// An error that an expression raises and may catch.
type Fault = jaq_core::Error<Val>;

/// A value or an error.
type Outcome = Result<Val, Fault>;

fn fault(message: impl AsRef<str>) -> Fault {
    Fault::new(Val::string(message.as_ref()))
}

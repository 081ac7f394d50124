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
//! | `value`, `val` | the value outside, and inside with its counters |
//! | `number`, `order`, `arithmetic`, `access` | what jq means by numbers, `<`, `+` and `.[k]` |
//! | `read`, `keys`, `read_leniently`, `output` | JSON in, some keys of it, `fromjson`, JSON out |
//! | `limits`, `meter` | steps, bytes, depth, stack, time: what they are, and counting them |
//! | `suite` | jq's own test format |

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

#[cfg(panic = "abort")]
compile_error!(
    "pilotage-jq ends an evaluation that has used up its budget by unwinding: build it with `panic = \"unwind\"`"
);

mod access;
mod arithmetic;
mod compile;
mod fast;
mod interpreter;
mod keys;
mod limits;
mod lower;
mod map;
mod meter;
mod names;
mod natives;
mod number;
mod order;
mod output;
mod program;
mod read;
mod read_leniently;
mod suite;
pub mod syntax;
mod time;
mod val;
mod value;

#[cfg(test)]
mod tests;

pub use limits::{
    Budget, EVALUATION_STACK_BYTES, Failure, Limit, OUTPUT_DEPTH, PARSE_DEPTH, Run, Stopwatch,
};
pub use program::{CompileError, CompileOptions, Program, read};
pub use read::ValueError;
pub use suite::{SuiteFailure, SuiteReport, run_suite};
pub use value::{Keys, Value};

use val::Val;

/// An error that an expression raises and may catch.
type Fault = jaq_core::Error<Val>;

/// A value or an error.
type Outcome = Result<Val, Fault>;

fn fault(message: impl AsRef<str>) -> Fault {
    Fault::new(Val::string(message.as_ref()))
}

//! The jq engine: values, compiled expressions, and budgets that end every evaluation.
//!
//! The interface is [`Value`], [`Program`], [`Run`], [`Failure`] and the tree of [`syntax`]; it does not show the jq library
//! inside. Pure: the time, the stopwatch, the cancel flag and the stack are arguments. `README.md` says which parts are the
//! library's and which are written here.
//!
//! | file | subject |
//! | --- | --- |
//! | `program` | compiled expression |
//! | `syntax/` | text to tree, with positions |
//! | `names` | resolution of the names of a tree |
//! | `lower/` | tree to the library's terms, with jq's meaning; filters written in jq |
//! | `compile`, `interpreter` | calls of the library, and traits that it requires |
//! | `fast/` | expressions that need no interpreter; the keys of an item that an expression can read |
//! | `natives/` | filters written in Rust |
//! | `value/` | public and inner values; numbers, `<`, `+` and `.[k]` of jq |
//! | `json/` | strict JSON, some keys of it, `fromjson`, output |
//! | `budget/` | limits of steps, bytes, depth, stack and time |
//! | `pattern/` | Oniguruma's regular expressions for the engine that runs them |
//! | `time/` | broken-down time, its text, time zones |
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

// Names that nearly every file uses.
use budget::meter;
use json::lenient as read_leniently;
use value::{access, arithmetic, number, order, val};

use val::Val;

/// An error that an expression raises and may catch.
type Fault = jaq_core::Error<Val>;

/// A value or an error.
type ValResult = Result<Val, Fault>;

fn fault(message: impl AsRef<str>) -> Fault {
    Fault::new(Val::string(message.as_ref()))
}

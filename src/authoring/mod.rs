//! Writing a mapping: what it is tried on before anything is written, and what can be said about it.
//!
//! | subject | file |
//! | --- | --- |
//! | items of a simulated GitHub, or of a text that a person hands in | [`sample`] |
//! | findings of a mapping, and the changes that they are certain of | [`findings`] |
//! | both, for whoever asks while a mapping is written | [`playground`] |
//! | a run that ends in time | this one |

pub mod findings;
#[cfg(any(feature = "mcp", feature = "web"))]
pub mod playground;
pub mod sample;

use std::sync::OnceLock;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use crate::door::zone;
use crate::mapping::program::Run;

/// Value of `now` in test cases, in seconds since 1970: 2026-01-01T00:00:00Z. A fixed value gives the same result on every day.
pub const CASE_NOW: i64 = 1_767_225_600;

/// A run that ends in time, with that `now`, in the zone of the process.
pub fn run_at(now: Timestamp) -> Run {
    Run { stopwatch: Some(since_start), zone: zone::local(), ..Run::new(now) }
}

fn since_start() -> Duration {
    static START: OnceLock<Instant> = OnceLock::new();
    START.get_or_init(Instant::now).elapsed()
}

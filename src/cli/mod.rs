//! The command line: one file per verb. Data goes to stdout, talk to stderr.

pub mod flags;
pub mod log;
pub mod progress;

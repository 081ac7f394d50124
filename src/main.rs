//! The program: arguments to [`pilotage::cli::run`], its result to an exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(pilotage::cli::run(std::env::args_os()))
}

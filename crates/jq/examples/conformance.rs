//! Runs suites in jq's own test format, and compares the failures with a list of known ones: `conformance KNOWN SUITE…`.
//!
//! A line of the list has the name of a suite, a line number, and the reason of the failure. A failure that is not listed is an
//! error, and so is a listed case that passes, so that the list stays true. The exit code is 1 then.

// A command-line program prints to the terminal.
#![allow(clippy::print_stdout, clippy::print_stderr)]

use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;

use pilotage_jq::{CompileOptions, EVALUATION_STACK_BYTES, Run, SuiteReport, run_suite};

fn main() -> ExitCode {
    let thread = std::thread::Builder::new().stack_size(EVALUATION_STACK_BYTES).spawn(work);
    let outcome = thread.map(std::thread::JoinHandle::join);
    match outcome {
        Ok(Ok(Ok(true))) => ExitCode::SUCCESS,
        Ok(Ok(Ok(false))) => ExitCode::FAILURE,
        Ok(Ok(Err(message))) => {
            eprintln!("error: {message}");
            ExitCode::from(2)
        }
        _ => ExitCode::from(2),
    }
}

/// Known failures, by suite and program, each with the reason.
type Known = BTreeMap<(String, String), String>;

fn work() -> Result<bool, String> {
    let mut arguments = std::env::args().skip(1);
    let known = arguments.next().ok_or("usage: conformance KNOWN SUITE…")?;
    let mut known = read_known(&read(&known)?)?;
    let run = Run::new("2024-06-24T10:11:12Z".parse().map_err(|_| "no such time")?);
    let (mut passed, mut listed, mut broken) = (0, 0, 0);
    for file in arguments {
        let name = Path::new(&file).file_name().unwrap_or_default();
        let name = name.to_string_lossy().into_owned();
        let SuiteReport { passed: right, failed } = run_suite(&read(&file)?, &CompileOptions::default(), &run);
        passed += right;
        for failure in failed {
            let key = (name.clone(), failure.program.clone());
            if known.remove(&key).is_some() {
                listed += 1;
                continue;
            }
            broken += 1;
            println!("{name}:{}: {}\n    {}", failure.line, failure.program, failure.reason);
        }
    }
    for ((suite, program), reason) in &known {
        println!("{suite}: {program}\n    passes or is gone, but is listed as failing: {reason}");
    }
    let all = passed + listed + broken;
    println!("{passed} of {all} cases pass, {listed} fail as listed, {broken} fail and are not listed");
    Ok(broken == 0 && known.is_empty())
}

fn read(file: &str) -> Result<String, String> {
    std::fs::read_to_string(file).map_err(|error| format!("{file}: {error}"))
}

/// Reads the list: a reason after `#`, then its cases, as `suite: program`.
fn read_known(text: &str) -> Result<Known, String> {
    let mut known = Known::new();
    let mut reason = String::new();
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        if let Some(why) = line.strip_prefix('#') {
            reason = why.trim().to_owned();
            continue;
        }
        let (suite, program) = line.split_once(": ").ok_or_else(|| format!("neither a reason nor a case: {line}"))?;
        known.insert((suite.to_owned(), program.to_owned()), reason.clone());
    }
    Ok(known)
}

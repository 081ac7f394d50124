//! Test suites in jq's own format: program, input and outputs on a line each, with blank lines between cases.
//!
//! Lines that begin with `#` are comments. A case under `%%FAIL` is a program that must not compile; the lines after it are
//! another engine's message and are not compared. Pure: the caller reads the file.

use super::{CompileOptions, Failure, Program, Run, Value, read_leniently};

/// Result of a suite.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SuiteReport {
    /// Number of cases with the expected result.
    pub passed: usize,
    /// Other cases, in the order of the file.
    pub failed: Vec<SuiteFailure>,
}

/// A case with another result than expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SuiteFailure {
    /// Line of the program, counted from 1.
    pub line: usize,
    /// The program.
    pub program: String,
    /// Expected and actual result.
    pub reason: String,
}

/// Maximum number of outputs of a case; the largest case of jq's own suite has a few dozen.
const OUTPUTS: usize = 10_000;

/// Runs every case of `text`. Must run on a thread with the stack of an evaluation.
pub fn run_suite(text: &str, options: &CompileOptions, run: &Run) -> SuiteReport {
    let mut report = SuiteReport::default();
    let mut lines = text.lines().enumerate().map(|(at, line)| (at + 1, line));
    let skipped = |line: &str| line.trim().is_empty() || line.trim_start().starts_with('#');
    while let Some((_, line)) = lines.find(|(_, line)| !skipped(line)) {
        let must_fail = line.starts_with("%%FAIL");
        let program = if must_fail { lines.next() } else { None };
        let (line, program) = program.unwrap_or_else(|| (report_line(text, line), line));
        let verdict = if must_fail {
            let compiled = Program::compile(program, options);
            lines.find(|(_, line)| skipped(line));
            if compiled.is_ok() { Err("compiles, but must not".to_owned()) } else { Ok(()) }
        } else {
            let input = lines.next().map_or("", |(_, input)| input);
            let expected: Vec<&str> = lines.by_ref().map(|(_, line)| line).take_while(|line| !skipped(line)).collect();
            case(program, input, &expected, options, run)
        };
        match verdict {
            Ok(()) => report.passed += 1,
            Err(reason) => report.failed.push(SuiteFailure { line, program: program.to_owned(), reason }),
        }
    }
    report
}

/// The number of a line that is a slice of `text`.
fn report_line(text: &str, line: &str) -> usize {
    let at = (line.as_ptr() as usize).saturating_sub(text.as_ptr() as usize);
    1 + text.get(..at).map_or(0, |before| before.matches('\n').count())
}

fn case(program: &str, input: &str, expected: &[&str], options: &CompileOptions, run: &Run) -> Result<(), String> {
    let program = Program::compile(program, options).map_err(|errors| {
        let errors: Vec<String> = errors.iter().map(|error| error.message.clone()).collect();
        format!("does not compile: {}", errors.join("; "))
    })?;
    let read = |text: &str| read_leniently::read(text).map(Value);
    let input = read(input).map_err(|message| format!("the input cannot be read: {message}"))?;
    let (outputs, failure) = program.all(&input, run, OUTPUTS);
    let ended = failure.as_ref().map_or(String::new(), |failure| format!(", then failed: {failure}"));
    let shown = |outputs: &[Value]| outputs.iter().map(Value::to_jq_text).collect::<Vec<_>>().join(" ");
    for (at, text) in expected.iter().enumerate() {
        let wanted = read(text).map_err(|message| format!("an expected output cannot be read: {message}"))?;
        match outputs.get(at) {
            Some(output) if *output == wanted => {}
            _ => {
                return Err(format!("expected {}, got {}{ended}", expected.join(" "), shown(&outputs)));
            }
        }
    }
    if outputs.len() > expected.len() {
        return Err(format!("expected {} outputs, got {}", expected.len(), shown(&outputs)));
    }
    // Some cases end with an error after the last output, but none with a budget.
    match failure {
        Some(failure @ (Failure::Budget { .. } | Failure::Cancelled)) => Err(failure.to_string()),
        _ => Ok(()),
    }
}

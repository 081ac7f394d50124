//! `pilotage eval`: one expression, as a mapping would run it; or a file of cases in jq's own test format.

use std::path::Path;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::time::Duration;

use jiff::Timestamp;

use super::console::{Written, data, talk};
use super::failure::{Failure, exit};
use super::flags::EvalFlags;
use super::kinds;
use super::mapping_file::{compile_options, read_text};
use super::process::Process;
use crate::authoring::run_at;
use crate::authoring::sample::Sampler;
use crate::door::stack::{evaluation_thread, on_evaluation_stack};
use crate::mapping::evaluate::compile_expression;
use crate::mapping::program::{Budget, CompileOptions, Program, Run, Value, run_suite};
use crate::mapping::sample;
use crate::model::escape;
use crate::model::item::Enrichment;
use crate::render;

/// Longest time of one evaluation. With compiling and dropping what came of it, an expression ends within ten seconds.
const EVALUATION_TIME: Duration = Duration::from_secs(6);
/// So long is waited for the evaluation to compile, or to give the outputs of the next item.
const PATIENCE: Duration = Duration::from_secs(9);
/// Name in place of a file in findings about the expression.
const NAME: &str = "the expression";

pub(super) fn run(process: &Process, flags: &EvalFlags) -> Result<u8, Failure> {
    let options = compile_options(process)?;
    if let Some(file) = &flags.run_tests {
        return run_tests(file, &options);
    }
    // clap sees to it that there is one.
    let expression = flags.expression.clone().unwrap_or_default();
    let (inputs, now) = inputs(flags)?;
    let run = Run { budget: Budget { time: EVALUATION_TIME, ..Budget::default() }, ..run_at(now) };
    evaluate(expression, inputs, options, run)
}

/// An item, or why it is none.
type Input = Result<Value, String>;

/// Inputs in their order, and the value of `now`.
fn inputs(flags: &EvalFlags) -> Result<(Vec<Input>, Timestamp), Failure> {
    let item = |json: &[u8]| Value::parse(json).map_err(|error| format!("not JSON: {error}"));
    if let Some(kind) = &flags.kind {
        let sampler = Sampler::new()?;
        let batches = sampler.batches(kinds::find(kind)?, flags.limit)?;
        let items = batches.iter().flat_map(|batch| batch.items.iter().map(|raw| (raw, &*batch.enrichment)));
        let items = items.map(|(raw, enrichment)| item(&raw.json).map(|value| enriched(value, enrichment)));
        return Ok((items.collect(), sampler.now()));
    }
    let inputs = match &flags.input {
        Some(file) => sample::items(&read_text(file)?).iter().map(|raw| item(&raw.json)).collect(),
        None => vec![Ok(Value::NULL)],
    };
    Ok((inputs, Timestamp::now()))
}

fn enriched(value: Value, enrichment: &Enrichment) -> Value {
    enrichment.0.iter().fold(value, |value, (name, added)| value.with(name, Value::from_json(added)))
}

/// Messages of the evaluation thread.
enum ThreadMessage {
    /// The expression does not compile.
    Findings(String),
    /// The outputs of an input, a line each, and what ended them if it was a failure.
    Outputs(String, Option<String>),
}

/// Runs the expression on one thread and prints what it tells. The thread is not waited for when it takes too long: the program
/// ends, and the thread with it.
fn evaluate(expression: String, inputs: Vec<Input>, options: CompileOptions, run: Run) -> Result<u8, Failure> {
    let (sender, told) = mpsc::channel();
    let work = move || match compile_expression(&expression, NAME, &options) {
        Ok(program) => each(&program, inputs, &run, &sender),
        Err(findings) => {
            let text: Vec<_> = findings.iter().map(render::finding::text).collect();
            // Who does not listen any more has given up waiting.
            let _ = sender.send(ThreadMessage::Findings(text.join("\n")));
        }
    };
    evaluation_thread("evaluation")
        .spawn(work)
        .map_err(|error| Failure::failed(format!("cannot start a thread to evaluate: {error}")))?;
    let mut code = exit::DONE;
    loop {
        match told.recv_timeout(PATIENCE) {
            Ok(ThreadMessage::Findings(text)) => {
                talk(text.trim_end());
                return Ok(exit::WRONG);
            }
            Ok(ThreadMessage::Outputs(outputs, failure)) => {
                data(Written::Json, &outputs)?;
                if let Some(failure) = failure {
                    talk(&format!("error: {failure}"));
                    code = exit::FAILED;
                }
            }
            Err(RecvTimeoutError::Disconnected) => return Ok(code),
            Err(RecvTimeoutError::Timeout) => {
                let seconds = PATIENCE.as_secs();
                return Err(Failure::failed(format!("gave up on the expression after {seconds} seconds")));
            }
        }
    }
}

fn each(program: &Program, inputs: Vec<Input>, run: &Run, out: &Sender<ThreadMessage>) {
    let several = inputs.len() > 1;
    for (index, input) in inputs.into_iter().enumerate() {
        let named = |failure: String| if several { format!("item {}: {failure}", index + 1) } else { failure };
        let told = match input {
            Ok(input) => {
                let (outputs, failure) = program.all(&input, run, usize::MAX);
                let lines = outputs.iter().map(|output| format!("{}\n", output.to_jq_text())).collect();
                ThreadMessage::Outputs(lines, failure.map(|failure| named(failure.to_string())))
            }
            Err(reason) => ThreadMessage::Outputs(String::new(), Some(named(reason))),
        };
        if out.send(told).is_err() {
            return;
        }
    }
}

fn run_tests(file: &Path, options: &CompileOptions) -> Result<u8, Failure> {
    let text = read_text(file)?;
    let report = on_evaluation_stack(|| run_suite(&text, options, &run_at(Timestamp::now())))?;
    let name = file.display();
    let mut page = String::new();
    for failure in &report.failed {
        let (program, reason) = (escape::text(&failure.program), escape::text(&failure.reason));
        page.push_str(&format!("{name}:{}: {program}\n  {reason}\n", failure.line));
    }
    page.push_str(&format!("{} passed, {} failed\n", report.passed, report.failed.len()));
    data(Written::Page, &page)?;
    Ok(if report.failed.is_empty() { exit::DONE } else { exit::WRONG })
}

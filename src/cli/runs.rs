//! `pilotage runs`: the reports that resyncs have left, listed or shown.

use serde_json::Value;

use super::console::{self, Written, talk};
use super::demo;
use super::failure::{Failure, exit};
use super::flags::{RunFormat, RunsFlags};
use super::process::Process;
use super::runs_markdown;
use super::style::Style;
use crate::model::escape;
use crate::render::counts::CountTable;
use crate::render::number::{self, count, counted};
use crate::runs::{KeptRun, KeptSlice, Runs, RunsError};

/// Characters of the name of a run.
const ID_CHARACTERS: usize = 23;

/// Slices that are named of one run; the rest is counted here and found in JSON.
const LISTED_SLICES: usize = 20;

pub(super) fn run(process: &Process, flags: &RunsFlags) -> Result<u8, Failure> {
    let settings = process.settings(process.common.overrides(None, false))?;
    let folder = demo::folder(settings.data.clone(), flags.demo);
    let runs = Runs::in_data_folder(&folder);
    let text = match &flags.id {
        None => list(&runs, flags.output)?,
        Some(id) => {
            let (report, run) = runs.find(id).map_err(failure)?;
            match flags.output {
                RunFormat::Json => json(&report)?,
                RunFormat::Text => shown(&run),
                RunFormat::Markdown => {
                    let text = runs_markdown::text(&run, &folder, &settings.figures);
                    text.map_err(|error| Failure::from_error(exit::FAILED, &error))?
                }
            }
        }
    };
    let written = match flags.output {
        RunFormat::Text => Written::Report,
        RunFormat::Json => Written::Json,
        RunFormat::Markdown => Written::File,
    };
    console::data(written, &text)?;
    Ok(exit::DONE)
}

fn failure(error: RunsError) -> Failure {
    let failure = Failure::failed(error.to_string());
    match error {
        RunsError::Missing { .. } => failure.help("`pilotage runs` lists those there are"),
        RunsError::Ambiguous { .. } => failure.help("write more of the name"),
        RunsError::Malformed { .. } => failure.help("remove the file if it is not worth mending"),
        RunsError::Newer { .. } | RunsError::Read { .. } => failure,
    }
}

fn list(runs: &Runs, output: RunFormat) -> Result<String, Failure> {
    let (listed, unreadable) = runs.list().map_err(failure)?;
    for error in unreadable {
        talk(&format!("warning: {error}"));
    }
    if output == RunFormat::Markdown {
        return Err(Failure::wrong("--output markdown is of one run").help("name it, or `last`"));
    }
    if output == RunFormat::Json {
        return json(&Value::Array(listed.iter().map(summary).collect()));
    }
    if listed.is_empty() {
        talk(&format!("no resync has left a report in {} yet", runs.folder().display()));
    }
    let columns = ["state", "exit", "s", "created", "updated", "deleted", "withheld", "refused", "requests"];
    let mut table = CountTable::new("id", columns).with_names_of(ID_CHARACTERS);
    for run in &listed {
        table.row(&run.id, row(run));
    }
    Ok(table.fitted(Style::current().stdout_width))
}

/// Columns of a run beside its id, which says when it began.
fn row(run: &KeptRun) -> Vec<String> {
    let totals = run.totals.unwrap_or_default();
    let requests = run.requests.github.requests + run.requests.catalog.requests;
    let mut row = vec![run.state.name().to_owned(), run.exit_code.to_string(), format!("{:.1}", run.seconds)];
    let counts = [totals.create, totals.update + totals.send, totals.delete, totals.withheld, totals.refused, requests];
    row.extend(counts.map(count));
    row
}

/// Entry of the list in JSON.
fn summary(run: &KeptRun) -> Value {
    let totals = run.totals.unwrap_or_default();
    serde_json::json!({
        "id": run.id,
        "began": run.began,
        "ended": run.ended,
        "seconds": run.seconds,
        "state": run.state,
        "exit_code": run.exit_code,
        "error": run.error,
        "mapping": run.mapping,
        "created": totals.create,
        "updated": totals.update + totals.send,
        "unchanged": totals.unchanged,
        "deleted": totals.delete,
        "withheld": totals.withheld,
        "refused": totals.refused,
        "github_requests": run.requests.github.requests,
        "catalog_requests": run.requests.catalog.requests,
    })
}

fn json(value: &Value) -> Result<String, Failure> {
    let text = serde_json::to_string_pretty(value);
    Ok(text.map_err(|error| Failure::failed(format!("cannot write the report: {error}")))? + "\n")
}

fn moment(moment: jiff::Timestamp) -> String {
    moment.strftime("%Y-%m-%d %H:%M:%SZ").to_string()
}

/// A run as text.
fn shown(run: &KeptRun) -> String {
    let mut lines = vec![
        format!("run          {}", run.id),
        format!("state        {}, exit code {}", run.state.name(), run.exit_code),
        format!("began        {}, took {}", moment(run.began), number::duration(seconds(run.seconds))),
        format!("from         {}", run.github),
        format!("into         {}, as integration {}", run.catalog, run.integration),
        format!("version      {}", run.version),
    ];
    // Older reports lack it.
    let mapping = run.mapping.as_ref().map(|origin| {
        let resources = counted(run.resources.len() as u64, "resource", "resources");
        if run.resources.is_empty() { format!("mapping      {origin}") } else { format!("mapping      {origin} ({resources})") }
    });
    lines.splice(5..5, mapping);
    for (name, cost) in [("github", run.requests.github), ("catalog", run.requests.catalog)] {
        let mut line = format!("{name:<13}{}", counted(cost.requests, "request", "requests"));
        line += &format!(", {} received", number::bytes(cost.received_bytes));
        if cost.sent_bytes > 0 {
            line += &format!(", {} sent", number::bytes(cost.sent_bytes));
        }
        if cost.retries > 0 {
            line += &format!(", {} of them repeated", count(cost.retries));
        }
        if cost.waits > 0 {
            let waits = counted(cost.waits, "wait", "waits");
            line += &format!(", {waits} of {} together", number::duration(seconds(cost.waited_seconds)));
        }
        lines.push(line);
    }
    if let Some(error) = &run.error {
        lines.push(String::new());
        lines.push(format!("error: {error}"));
    }
    if run.problems.is_empty() {
        lines.extend(of_older_report(run));
    } else {
        lines.push(String::new());
        lines.extend(run.problems.lines().map(str::to_owned));
    }
    // What a report quotes from elsewhere stays on its line.
    let page: String = lines.iter().map(|line| format!("{}\n", escape::line(line))).collect();
    if run.resources.is_empty() { page } else { format!("{page}\n{}", table(run)) }
}

/// Problems of a report that does not have them as they were printed.
fn of_older_report(run: &KeptRun) -> Vec<String> {
    let mut lines = Vec::new();
    let troubled: Vec<&KeptSlice> =
        run.slices.iter().filter(|slice| slice.rejected > 0 || !matches!(slice.state.as_str(), "complete" | "empty")).collect();
    if !troubled.is_empty() {
        lines.push(String::new());
        lines.push(format!("{} of {} not read completely", troubled.len(), counted(run.slices.len() as u64, "slice", "slices")));
    }
    for slice in troubled.iter().take(LISTED_SLICES) {
        lines.push(of_slice(slice));
    }
    if troubled.len() > LISTED_SLICES {
        lines.push(format!("  and {} more; --output json has them all", troubled.len() - LISTED_SLICES));
    }
    lines.extend(run.broken_expressions.iter().flat_map(|broken| [String::new(), format!("error: {broken}")]));
    lines.extend(run.warnings.iter().flat_map(|warning| [String::new(), format!("note: {warning}")]));
    lines
}

fn of_slice(slice: &KeptSlice) -> String {
    let day = slice.day.as_ref().map(|day| format!(" on {day}")).unwrap_or_default();
    let scope = if slice.scope.is_empty() { String::new() } else { format!(" of {}", slice.scope) };
    let reason = slice.reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
    let rejected = match slice.rejected {
        0 => String::new(),
        rejected => format!(", {} rejected", counted(rejected, "item", "items")),
    };
    format!("  {}{scope}{day} {}{rejected}{reason}", slice.kind, slice.state)
}

fn table(run: &KeptRun) -> String {
    let headers = ["items", "created", "updated", "same", "s", "extract", "map", "load"];
    let mut table = CountTable::new("kind", headers);
    for resource in run.resources.iter().filter(|resource| !resource.is_left_out) {
        let counts = [resource.items, resource.created, resource.updated + resource.sent, resource.unchanged].map(count);
        let phases = resource.phases;
        let times = [resource.seconds, phases.extract_seconds, phases.transform_seconds, phases.load_seconds];
        let times = times.map(|seconds| format!("{seconds:.2}"));
        table.row(&resource.kind, counts.into_iter().chain(times));
    }
    table.fitted(Style::current().stdout_width)
}

fn seconds(seconds: f64) -> std::time::Duration {
    std::time::Duration::try_from_secs_f64(seconds).unwrap_or_default()
}

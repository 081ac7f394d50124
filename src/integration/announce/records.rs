//! Log records of a run: its failures, then its summary. For the integration's log at the catalog, and for the log of the daemon.
//! Pure.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::catalog::ResyncStatus;
use crate::model::escape;
use crate::model::slice::{Slice, SliceEnd};
use crate::reconcile::outcome::{Examples, Outcome, RefusedEntity, ResourceOutcome};

/// Slices that are named one by one; further ones are counted.
const NAMED_SLICES: usize = 20;

/// Severity of a log record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// Something that was done.
    Info,
    /// Something that is likely wrong.
    Warning,
    /// Something that was not done.
    Error,
}

/// Log record about a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogRecord {
    /// Severity.
    pub level: Level,
    /// Kind that it is about, if any.
    pub kind: Option<String>,
    /// Scope that it is about, if any: `acme`.
    pub scope: Option<String>,
    /// Text, not escaped.
    pub message: String,
}

impl LogRecord {
    /// Record in the catalog's form.
    pub(super) fn json(&self, run: &str, now: Timestamp) -> Value {
        let level = match self.level {
            Level::Info => "INFO",
            Level::Warning => "WARNING",
            Level::Error => "ERROR",
        };
        json!({
            // The reader may use a terminal.
            "message": escape::page(&self.message),
            "level": level,
            "timestamp": now.strftime("%Y-%m-%dT%H:%M:%S%.6fZ").to_string(),
            "extra": {"event_id": run, "resource_kind": self.kind},
        })
    }
}

/// Log record, in the catalog's form, of a mapping that cannot be used: its findings, one per line.
pub fn unusable_mapping_record(findings: &[String], has_last_good: bool, now: Timestamp) -> Value {
    let instead = match has_last_good {
        true => "the last good mapping stays in use, and nothing is deleted until this one is corrected",
        false => "nothing is read or written until it is corrected",
    };
    let message = format!("the mapping cannot be used; {instead}\n{}", findings.join("\n"));
    LogRecord { level: Level::Error, kind: None, scope: None, message }.json("", now)
}

/// Failures of a run, then its summary.
pub fn log_records(outcome: &Outcome, status: ResyncStatus) -> Vec<LogRecord> {
    let mut records = Vec::new();
    // After a stop every unread slice would give the same record, and none of them has failed.
    let failures_matter = status != ResyncStatus::Aborted;
    let matters = |slice: &&Slice| failures_matter && (slice.is_failure() || outcome.leaves_run_partial(slice));
    let mut failures = outcome.slices.iter().filter(matters);
    for slice in failures.by_ref().take(NAMED_SLICES) {
        let reason = slice.end.reason().unwrap_or("some items cannot be mapped");
        let remedy = slice.end.remedy().map(|remedy| format!("; {remedy}")).unwrap_or_default();
        let scope = if slice.scope.is_empty() { String::new() } else { format!("{}: ", slice.scope) };
        records.push(LogRecord {
            level: level_of(&slice.end),
            kind: Some(slice.kind.clone()),
            scope: Some(slice.scope.clone()).filter(|scope| !scope.is_empty()),
            message: format!("{scope}{}: {reason}{remedy}", slice.end.name()),
        });
    }
    let unnamed = failures.count();
    let mut say = |level, kind: Option<&str>, message| {
        records.push(LogRecord { level, kind: kind.map(str::to_owned), scope: None, message });
    };
    if unnamed > 0 {
        say(Level::Error, None, format!("{unnamed} more slices were not read completely"));
    }
    for resource in &outcome.resources {
        for text in named("cannot map", &resource.rejected, Clone::clone) {
            say(Level::Error, Some(&resource.kind), text);
        }
        let refusal = |refused: &RefusedEntity| format!("{} ({})", refused.entity.identifier, refused.reason);
        for text in named("the catalog refused", &resource.refused, refusal) {
            say(Level::Error, Some(&resource.kind), text);
        }
    }
    for text in &outcome.warnings {
        // What was made is news, and the rest is worth a look.
        let is_news = [" was created", " were created"].iter().any(|end| text.ends_with(end));
        say(if is_news { Level::Info } else { Level::Warning }, None, text.clone());
    }
    for text in outcome.broken_expressions.iter().chain(&outcome.deletion.listing_error) {
        say(Level::Error, None, text.clone());
    }
    for blueprint in outcome.deletion.blueprints.iter().filter(|blueprint| blueprint.withheld() > 0) {
        let reason = blueprint.reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
        say(Level::Warning, None, format!("{} of {} are not deleted{reason}", blueprint.withheld(), blueprint.blueprint));
    }
    let sum = |of: fn(&ResourceOutcome) -> u64| outcome.resources.iter().map(of).sum::<u64>();
    let deleted: u64 = outcome.deletion.blueprints.iter().map(|it| it.deleted).sum();
    let withheld: u64 = outcome.deletion.blueprints.iter().map(|it| it.withheld()).sum();
    let summary = format!(
        "resync {}: {} created, {} updated, {} unchanged, {deleted} deleted, {withheld} withheld, in {:.1} s",
        word(status),
        sum(|it| it.created),
        sum(|it| it.updated + it.sent),
        sum(|it| it.unchanged),
        outcome.seconds,
    );
    let level = match status {
        ResyncStatus::Running | ResyncStatus::Completed => Level::Info,
        ResyncStatus::Aborted => Level::Warning,
        ResyncStatus::Failed => Level::Error,
    };
    say(level, None, summary);
    records
}

/// A missing right is a warning, because the run did its part; everything else is an error.
fn level_of(end: &SliceEnd) -> Level {
    match end {
        SliceEnd::Forbidden { .. } | SliceEnd::Unconfirmed { .. } => Level::Warning,
        _ => Level::Error,
    }
}

fn named<T>(what: &str, named: &Examples<T>, text: impl Fn(&T) -> String) -> Vec<String> {
    let mut texts: Vec<String> = named.first.iter().map(|one| format!("{what} {}", text(one))).collect();
    if named.unlisted() > 0 {
        texts.push(format!("{what} {} more", named.unlisted()));
    }
    texts
}

fn word(status: ResyncStatus) -> &'static str {
    match status {
        ResyncStatus::Running => "running",
        ResyncStatus::Completed => "completed",
        ResyncStatus::Failed => "failed",
        ResyncStatus::Aborted => "aborted",
    }
}

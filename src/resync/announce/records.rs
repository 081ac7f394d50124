//! Records for the integration's log at the catalog: what somebody who looks at the portal should read. Pure.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::catalog::ResyncStatus;
use crate::reconcile::outcome::{Named, Outcome};

/// Slices that are named one by one; the rest is counted.
const NAMED_SLICES: usize = 20;

/// Anything that is said about a resync, at a level of Ocean's (`INFO`, `WARNING`, `ERROR`).
pub fn says(level: &str, message: &str, kind: Option<&str>, run: &str, now: Timestamp) -> Value {
    json!({
        "message": message,
        "level": level,
        "timestamp": now.strftime("%Y-%m-%dT%H:%M:%S%.6fZ").to_string(),
        "extra": {"event_id": run, "resource_kind": kind},
    })
}

/// What is said of a mapping that cannot be used, with the findings, each on a line of its own.
pub fn refused_mapping(findings: &[String], goes_on_with_last: bool, now: Timestamp) -> Value {
    let instead = match goes_on_with_last {
        true => "the last good mapping stays in use, and nothing is deleted until this one is corrected",
        false => "nothing is read or written until it is corrected",
    };
    says("ERROR", &format!("the mapping cannot be used; {instead}\n{}", findings.join("\n")), None, "", now)
}

/// The troubles of a run, then its summary.
pub(super) fn of_outcome(outcome: &Outcome, status: ResyncStatus, run: &str, now: Timestamp) -> Vec<Value> {
    let mut records = Vec::new();
    let mut say = |level: &str, message: &str, kind: Option<&str>| records.push(says(level, message, kind, run, now));
    let mut failures = outcome.slices.iter().filter(|slice| slice.is_failure());
    for slice in failures.by_ref().take(NAMED_SLICES) {
        let reason = slice.end.reason().unwrap_or("some items cannot be mapped");
        let remedy = slice.end.remedy().map(|remedy| format!("; {remedy}")).unwrap_or_default();
        say("ERROR", &format!("{}: {}: {reason}{remedy}", slice.scope, slice.end.name()), Some(&slice.kind));
    }
    let unnamed = failures.count();
    if unnamed > 0 {
        say("ERROR", &format!("and {unnamed} more that were not read completely"), None);
    }
    for resource in &outcome.resources {
        let kind = Some(resource.kind.as_str());
        for text in named("cannot map", &resource.rejected, Clone::clone) {
            say("ERROR", &text, kind);
        }
        let refusal =
            |refused: &crate::reconcile::outcome::Refusal| format!("{} ({})", refused.entity.identifier, refused.reason);
        for text in named("the catalog refused", &resource.refused, refusal) {
            say("ERROR", &text, kind);
        }
    }
    for text in outcome.warnings.iter().chain(&outcome.broken_expressions).chain(&outcome.deletion.listing_error) {
        say("WARNING", text, None);
    }
    let sum = |of: fn(&crate::reconcile::outcome::ResourceOutcome) -> u64| outcome.resources.iter().map(of).sum::<u64>();
    let deleted: u64 = outcome.deletion.blueprints.iter().map(|it| it.deleted).sum();
    let withheld: u64 = outcome.deletion.blueprints.iter().map(|it| it.withheld()).sum();
    let summary = format!(
        "resync {}: {} created, {} updated, {} unchanged, {deleted} deleted, {withheld} withheld, in {:.0} s",
        word(status),
        sum(|it| it.created),
        sum(|it| it.updated + it.sent),
        sum(|it| it.unchanged),
        outcome.seconds,
    );
    say("INFO", &summary, None);
    records
}

fn named<T>(what: &str, named: &Named<T>, text: impl Fn(&T) -> String) -> Vec<String> {
    let mut texts: Vec<String> = named.first.iter().map(|one| format!("{what} {}", text(one))).collect();
    if named.unnamed() > 0 {
        texts.push(format!("{what} {} more", named.unnamed()));
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

//! The report that each run leaves: its fields are documented in `docs/observability.md`, which a test holds against this file.
//! [`crate::runs`] keeps the reports.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;

use super::run::Ending;
use crate::catalog::Requests;
use crate::model::day::Day;
use crate::model::mapping_origin::MappingOrigin;
use crate::model::slice::Slice;
use crate::model::usage::{RateLimit, Usage};
use crate::reconcile::outcome::{DeletionOutcome, ResourceOutcome};
use crate::reconcile::totals::Totals;
use crate::render;
use crate::runs::{Cost, FORMAT, Phases, RunId, RunState};

/// Facts about a run that are known before it begins.
#[derive(Clone, Debug, Default)]
pub struct RunFacts {
    /// The integration that owns the entities.
    pub integration: String,
    /// GitHub's address.
    pub github: String,
    /// Description of the catalog.
    pub catalog: String,
    /// Place that the mapping comes from. None before it is known.
    pub mapping: Option<MappingOrigin>,
}

/// Days that a run has read for the history.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct HistoryReport {
    /// Days that were not held before.
    pub new: u64,
    /// Days of which GitHub says something else than before, not being final.
    pub changed: u64,
    /// Days of which GitHub says the same.
    pub unchanged: u64,
    /// Days that were final, and of which GitHub says something else now.
    pub restated: Vec<RestatedReport>,
}

/// A day that was restated.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RestatedReport {
    /// The organization or the enterprise.
    pub scope: String,
    /// The part of the day.
    pub part: &'static str,
    /// The day.
    pub day: Day,
}

/// Report of a whole run. Times are UTC, durations seconds.
#[derive(Debug, Serialize)]
pub struct RunReport<'a> {
    /// Version of the format, [`FORMAT`].
    pub format: u32,
    /// Name of the run.
    pub id: &'a str,
    /// Version of Pilotage.
    pub version: &'a str,
    /// Time of the start.
    pub began: Timestamp,
    /// Time of the end.
    pub ended: Timestamp,
    /// Wall time.
    pub seconds: f64,
    /// State of the run.
    pub state: RunState,
    /// Exit code of the process, or the one that it would have.
    pub exit_code: u8,
    /// Error that ended the run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<&'a str>,
    /// The integration that owns the entities.
    pub integration: &'a str,
    /// GitHub's address.
    pub github: &'a str,
    /// Description of the catalog.
    pub catalog: &'a str,
    /// Place that the mapping comes from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mapping: Option<&'a MappingOrigin>,
    /// Totals in seven numbers; none when the run failed.
    pub totals: Option<Totals>,
    /// Time by phase, of all kinds together.
    pub phases: Phases,
    /// Requests and rate limit.
    pub requests: RequestsReport,
    /// One per resource of the mapping, in its order.
    pub resources: Vec<ResourceReport<'a>>,
    /// Slices that were read, in the order of the run.
    pub slices: &'a [Slice],
    /// Days for the history; 0 of all when it is not kept.
    pub history: HistoryReport,
    /// Deletions, or the reasons against them.
    pub deletion: Option<&'a DeletionOutcome>,
    /// Problems and notes as the resync printed them; empty when there were none.
    pub problems: String,
    /// Warnings about the run as a whole.
    pub warnings: &'a [String],
    /// Expressions that do not compile.
    pub broken_expressions: &'a [String],
}

/// Outcome of one resource, with its time by phase.
#[derive(Debug, Serialize)]
pub struct ResourceReport<'a> {
    /// Outcome of the resource.
    #[serde(flatten)]
    pub outcome: &'a ResourceOutcome,
    /// Time by phase. Phases run in parallel, so their sum can exceed the resource's own `seconds`.
    pub phases: Phases,
}

/// Requests of a run to GitHub and to the catalog.
#[derive(Clone, Debug, Default, Serialize)]
pub struct RequestsReport {
    /// Requests to each source by its code, such as `github`, with the files of reports.
    #[serde(flatten)]
    pub sources: BTreeMap<&'static str, Cost>,
    /// Requests to the catalog.
    pub catalog: Cost,
    /// Rate limit of the sources, as last received; of several the one with less left.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rate_limit: Option<RateLimit>,
}

impl Cost {
    /// Cost of reading from a source between two measurements. Requests to it have no bodies worth counting.
    pub(super) fn of_source(before: &Usage, after: &Usage) -> Self {
        Self {
            requests: after.requests.saturating_sub(before.requests),
            retries: after.retries.saturating_sub(before.retries),
            waits: after.waits.saturating_sub(before.waits),
            waited_seconds: after.waited.saturating_sub(before.waited).as_secs_f64(),
            sent_bytes: 0,
            received_bytes: after.bytes.saturating_sub(before.bytes),
        }
    }

    /// Cost of the catalog between two measurements.
    pub(super) fn of_catalog(before: &Requests, after: &Requests, received_bytes: u64) -> Self {
        let waited = after.waited_milliseconds.saturating_sub(before.waited_milliseconds);
        Self {
            requests: after.requests.saturating_sub(before.requests),
            retries: after.retries.saturating_sub(before.retries),
            waits: after.waits.saturating_sub(before.waits),
            waited_seconds: Duration::from_millis(waited).as_secs_f64(),
            sent_bytes: after.bytes_sent.saturating_sub(before.bytes_sent),
            received_bytes,
        }
    }
}

/// All facts of a report but the end of the run.
pub(super) struct Measured {
    pub(super) began: Timestamp,
    pub(super) ended: Timestamp,
    pub(super) seconds: f64,
    pub(super) phases: Vec<Phases>,
    pub(super) delete_seconds: f64,
    pub(super) requests: RequestsReport,
    pub(super) history: HistoryReport,
}

impl<'a> RunReport<'a> {
    pub(super) fn new(id: &'a RunId, facts: &'a RunFacts, measured: &Measured, ending: Ending<'a>, exit_code: u8) -> Self {
        let outcome = ending.outcome();
        let resource =
            |(number, outcome)| ResourceReport { outcome, phases: measured.phases.get(number).copied().unwrap_or_default() };
        let deletion = Phases { delete_seconds: measured.delete_seconds, ..Phases::default() };
        Self {
            format: FORMAT,
            id: id.as_str(),
            version: env!("CARGO_PKG_VERSION"),
            began: measured.began,
            ended: measured.ended,
            seconds: measured.seconds,
            state: ending.state(),
            exit_code,
            error: ending.error(),
            integration: &facts.integration,
            github: &facts.github,
            catalog: &facts.catalog,
            mapping: facts.mapping.as_ref(),
            totals: outcome.map(Totals::of),
            phases: measured.phases.iter().copied().fold(deletion, Phases::plus),
            requests: measured.requests.clone(),
            resources: outcome.map_or_else(Vec::new, |outcome| outcome.resources.iter().enumerate().map(resource).collect()),
            slices: outcome.map_or(&[], |outcome| &outcome.slices),
            history: measured.history.clone(),
            deletion: outcome.map(|outcome| &outcome.deletion),
            problems: outcome.map_or_else(String::new, |outcome| render::outcome::problems(outcome).trim().to_owned()),
            warnings: outcome.map_or(&[], |outcome| &outcome.warnings),
            broken_expressions: outcome.map_or(&[], |outcome| &outcome.broken_expressions),
        }
    }
}

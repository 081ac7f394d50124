//! The report that each run leaves: its fields are documented in `docs/observability.md`, which a test holds against this file.
//! Where reports are kept is [`crate::runs`].

use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;

use super::run::Ending;
use crate::catalog::Requests;
use crate::github::{RateLimit, Usage};
use crate::model::slice::Slice;
use crate::reconcile::outcome::{DeletionOutcome, ResourceOutcome};
use crate::reconcile::totals::Totals;
use crate::runs::{Cost, FORMAT, Phases, RunId, RunState};

/// What is known of a run before it begins.
#[derive(Clone, Debug, Default)]
pub struct RunFacts {
    /// The integration that owns the entities.
    pub integration: String,
    /// GitHub's address.
    pub github: String,
    /// Where entities go, in words.
    pub catalog: String,
}

/// A whole run, for programs. Times are UTC, durations seconds.
#[derive(Debug, Serialize)]
pub struct RunReport<'a> {
    /// [`FORMAT`].
    pub format: u32,
    /// The run's name.
    pub id: &'a str,
    /// Our version.
    pub version: &'a str,
    /// When it began.
    pub began: Timestamp,
    /// When it ended.
    pub ended: Timestamp,
    /// Wall time.
    pub seconds: f64,
    /// How it ended.
    pub state: RunState,
    /// What the process answers, or would answer.
    pub exit_code: u8,
    /// Why there was nothing to go on with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<&'a str>,
    /// The integration that owns the entities.
    pub integration: &'a str,
    /// GitHub's address.
    pub github: &'a str,
    /// Where entities went.
    pub catalog: &'a str,
    /// The run in seven numbers; none when it could not go on.
    pub totals: Option<Totals>,
    /// Time by phase, all kinds together.
    pub phases: Phases,
    /// What it cost.
    pub requests: RequestsReport,
    /// One per resource of the mapping, in its order.
    pub resources: Vec<ResourceReport<'a>>,
    /// What was read, in the order of the run.
    pub slices: &'a [Slice],
    /// What was deleted, or why not.
    pub deletion: Option<&'a DeletionOutcome>,
    /// Sentences about the run as a whole.
    pub warnings: &'a [String],
    /// Expressions that do not compile.
    pub broken_expressions: &'a [String],
}

/// What became of one resource, and how long it took.
#[derive(Debug, Serialize)]
pub struct ResourceReport<'a> {
    /// What became of it.
    #[serde(flatten)]
    pub outcome: &'a ResourceOutcome,
    /// Time by phase. Phases run side by side, so they may add up to more than the resource's own `seconds`.
    pub phases: Phases,
}

/// What a run asked of both sides.
#[derive(Clone, Debug, Default, Serialize)]
pub struct RequestsReport {
    /// GitHub, the files of its reports included.
    pub github: Cost,
    /// The catalog.
    pub catalog: Cost,
    /// GitHub's rate limit, as last told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rate_limit: Option<RateLimit>,
}

impl Cost {
    /// What reading from GitHub has cost between two looks. Requests to it have no bodies worth counting.
    pub(super) fn of_github(before: &Usage, after: &Usage) -> Self {
        Self {
            requests: after.requests.saturating_sub(before.requests),
            retries: after.retries.saturating_sub(before.retries),
            waits: after.waits.saturating_sub(before.waits),
            waited_seconds: after.waited.saturating_sub(before.waited).as_secs_f64(),
            sent_bytes: 0,
            received_bytes: after.bytes.saturating_sub(before.bytes),
        }
    }

    /// What the catalog has cost between two looks.
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

/// Everything that a report is made of beside the run's end.
pub(super) struct Measured {
    pub(super) began: Timestamp,
    pub(super) ended: Timestamp,
    pub(super) seconds: f64,
    pub(super) phases: Vec<Phases>,
    pub(super) delete_seconds: f64,
    pub(super) requests: RequestsReport,
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
            totals: outcome.map(Totals::of),
            phases: measured.phases.iter().copied().fold(deletion, Phases::plus),
            requests: measured.requests.clone(),
            resources: outcome.map_or_else(Vec::new, |outcome| outcome.resources.iter().enumerate().map(resource).collect()),
            slices: outcome.map_or(&[], |outcome| &outcome.slices),
            deletion: outcome.map(|outcome| &outcome.deletion),
            warnings: outcome.map_or(&[], |outcome| &outcome.warnings),
            broken_expressions: outcome.map_or(&[], |outcome| &outcome.broken_expressions),
        }
    }
}

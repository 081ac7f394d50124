//! The report that each run leaves: its fields are documented in `docs/observability.md`, which a test holds against this file.
//! Where reports are kept is [`super::runs`].

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;

use super::run::{Ending, RunId, RunState};
use crate::catalog::Requests;
use crate::model::slice::Slice;
use crate::model::usage::{RateLimit, Usage};
use crate::reconcile::outcome::{DeletionOutcome, ResourceOutcome};
use crate::reconcile::totals::Totals;

/// The version of the report's form. It grows when a field goes away or changes its meaning, not when one is added.
pub const FORMAT: u32 = 1;

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

/// Time by phase, in seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, serde::Deserialize)]
#[serde(default)]
pub struct Phases {
    /// Requests to GitHub, added up where they ran side by side.
    pub extract_seconds: f64,
    /// Mapping, added up over the workers.
    pub transform_seconds: f64,
    /// Requests to the catalog, added up where they ran side by side.
    pub load_seconds: f64,
    /// After the last resource: trying refused entities again, listing what is ours, deleting. Wall time.
    pub delete_seconds: f64,
}

impl Phases {
    pub(super) fn plus(self, other: Self) -> Self {
        Self {
            extract_seconds: self.extract_seconds + other.extract_seconds,
            transform_seconds: self.transform_seconds + other.transform_seconds,
            load_seconds: self.load_seconds + other.load_seconds,
            delete_seconds: self.delete_seconds + other.delete_seconds,
        }
    }
}

/// What a run asked of both sides.
#[derive(Clone, Debug, Default, Serialize)]
pub struct RequestsReport {
    /// Each source by its code, such as `github`, files of reports included.
    #[serde(flatten)]
    pub sources: BTreeMap<&'static str, Cost>,
    /// The catalog.
    pub catalog: Cost,
    /// The rate limit of the sources, as last told; of several the one with less left.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rate_limit: Option<RateLimit>,
}

/// What a run asked of one side.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, serde::Deserialize)]
#[serde(default)]
pub struct Cost {
    /// Requests, repetitions included.
    pub requests: u64,
    /// How many of them repeated one that had failed.
    pub retries: u64,
    /// How often something was waited for.
    pub waits: u64,
    /// How long that took, added up where requests waited side by side.
    pub waited_seconds: f64,
    /// Bytes of requests' bodies.
    pub sent_bytes: u64,
    /// Bytes of answers' bodies.
    pub received_bytes: u64,
}

impl Cost {
    /// The cost of reading from a source between two looks. Requests to it have no bodies worth counting.
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

//! Metrics of a run's kinds in the catalog's form. Pure.
//!
//! Names and nesting are Ocean's: a count is at `metrics.phase.<phase>.object_count_type.<type>.object_count`.

use serde_json::{Map, Value, json};

use crate::catalog::ResyncStatus;
use crate::reconcile::outcome::{Outcome, ResourceOutcome};

/// The kind that stands for deletion.
const RECONCILIATION: &str = "__reconciliation__";
/// The kind that stands for the run as a whole.
const RUNTIME: &str = "__runtime__";

/// Events about the kinds of one run.
pub(super) struct KindEvents {
    pub(super) integration: String,
    pub(super) integration_type: String,
    pub(super) version: String,
    pub(super) run: String,
}

/// Progress of one kind.
#[derive(Clone, Debug, Default)]
pub(super) struct KindProgress {
    pub(super) items: u64,
    pub(super) entities: u64,
    pub(super) failed: bool,
}

/// The catalog's name of a kind's state.
fn state(status: ResyncStatus) -> &'static str {
    match status {
        ResyncStatus::Running => "syncing",
        ResyncStatus::Completed => "completed",
        ResyncStatus::Failed => "failed",
        ResyncStatus::Aborted => "aborted",
    }
}

/// Counts of one phase.
fn counts(counts: &[(&str, u64)]) -> Value {
    let one = |(name, count): &(&str, u64)| ((*name).to_owned(), json!({"object_count": count}));
    json!({"object_count_type": counts.iter().map(one).collect::<Map<String, Value>>()})
}

impl KindEvents {
    /// Events of all kinds before the run reads anything.
    pub(super) fn pending(&self, kinds: &[(String, Option<String>)]) -> Vec<Value> {
        let event = |(index, (kind, blueprint)): (usize, &(String, Option<String>))| {
            self.event(&identifier(kind, index), kind, Some(index), blueprint.as_deref(), "pending", json!({}))
        };
        let mut events: Vec<Value> = kinds.iter().enumerate().map(event).collect();
        events.push(self.event(RUNTIME, RUNTIME, None, None, "syncing", json!({})));
        events
    }

    /// Event of one kind during the run, with the kind's identifier at the catalog.
    pub(super) fn kind(
        &self,
        index: usize,
        kind: &str,
        blueprint: Option<&str>,
        status: ResyncStatus,
        progress: &KindProgress,
    ) -> (String, Value) {
        let phases = json!({
            "extract": counts(&[("raw_extracted", progress.items)]),
            "transform": counts(&[("transformed", progress.entities)]),
        });
        let identifier = identifier(kind, index);
        let event = self.event(&identifier, kind, Some(index), blueprint, state(status), json!({"phase": phases}));
        (identifier, event)
    }

    /// Events of all kinds, of deletion and of the whole run at its end. Without an outcome every kind gets the run's state.
    pub(super) fn ended(
        &self,
        kinds: &[(String, Option<String>)],
        status: ResyncStatus,
        outcome: Option<&Outcome>,
    ) -> Vec<Value> {
        let mut events = Vec::new();
        for (index, (kind, blueprint)) in kinds.iter().enumerate() {
            let resource = outcome.and_then(|outcome| outcome.resources.get(index));
            let (ended, metrics) = match (outcome, resource) {
                (Some(outcome), Some(resource)) => (end_of(index, resource, outcome, status), metrics_of(resource)),
                _ => (status, json!({})),
            };
            events.push(self.event(&identifier(kind, index), kind, Some(index), blueprint.as_deref(), state(ended), metrics));
        }
        let deleted: u64 = outcome.iter().flat_map(|outcome| &outcome.deletion.blueprints).map(|it| it.deleted).sum();
        let refused = outcome.map_or(0, |outcome| outcome.deletion.refused.count);
        let deletion = json!({"phase": {"delete": counts(&[("deleted", deleted), ("failed", refused)])}});
        events.push(self.event(RECONCILIATION, RECONCILIATION, None, None, state(status), deletion));
        let seconds = outcome.map_or(0.0, |outcome| outcome.seconds);
        let success = u8::from(status == ResyncStatus::Completed);
        let whole = json!({"phase": {"resync": {"duration_seconds": seconds, "success": success}}});
        events.push(self.event(RUNTIME, RUNTIME, None, None, state(status), whole));
        events
    }

    fn event(
        &self,
        identifier: &str,
        kind: &str,
        index: Option<usize>,
        blueprint: Option<&str>,
        state: &str,
        metrics: Value,
    ) -> Value {
        json!({
            "integrationType": self.integration_type,
            "installationType": "OnPrem",
            "integrationIdentifier": self.integration,
            "integrationVersion": self.version,
            "oceanVersion": self.version,
            "kindIdentifier": identifier,
            "kind": kind,
            "kindIndex": index,
            "eventId": self.run,
            "syncState": state,
            "blueprint": blueprint,
            "metrics": metrics,
        })
    }
}

fn identifier(kind: &str, index: usize) -> String {
    format!("{kind}-{index}")
}

/// State of one kind at the end of a run with `status`.
fn end_of(index: usize, resource: &ResourceOutcome, outcome: &Outcome, status: ResyncStatus) -> ResyncStatus {
    let has_failed = resource.rejected.count > 0
        || resource.refused.count > 0
        || outcome.slices.iter().any(|slice| slice.resource == index && slice.is_failure());
    match status {
        ResyncStatus::Aborted => ResyncStatus::Aborted,
        _ if has_failed => ResyncStatus::Failed,
        _ => ResyncStatus::Completed,
    }
}

fn metrics_of(resource: &ResourceOutcome) -> Value {
    let loaded = resource.created + resource.updated + resource.sent;
    let transformed = loaded + resource.unchanged + resource.refused.count + resource.duplicates.count;
    json!({"phase": {
        "extract": counts(&[("raw_extracted", resource.items)]),
        "transform": counts(&[
            ("transformed", transformed),
            ("filtered_out", resource.filtered),
            ("failed", resource.rejected.count + resource.unparsed),
        ]),
        "load": counts(&[("loaded", loaded), ("skipped", resource.unchanged), ("failed", resource.refused.count)]),
        "resync": {"duration_seconds": resource.seconds},
    }})
}

//! Metrics of one run.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::http::Service;
use super::metric;
use super::registry::Registry;
use super::report::{HistoryReport, Measured};
use super::run::Ending;
use crate::kind::{self, Kind, KindNames};
use crate::model::slice::Slice;
use crate::reconcile::deletion::WithheldReason;
use crate::reconcile::outcome::{BlueprintDeletion, Outcome, ResourceOutcome};
use crate::runs::{Phases, RunState};
use crate::source::Source;

/// The label of a kind that no source reads: what a mapping misspells must not become a label.
const UNKNOWN_KIND: &str = "unknown";

/// Deletions belong to blueprints; this kind has those of blueprints that no resource yields any more.
const NO_KIND: &str = "none";

/// Reasons for withheld deletions, as label values.
const WITHHELD_REASONS: [&str; 10] = [
    "unproven",
    "missing-days",
    "beyond-report",
    "protected",
    "threshold",
    "dependents",
    "restricted",
    "not-reviewed",
    "no-resources",
    "aborted",
];

/// All states of slices, as label values.
const STATES: [&str; 7] = ["complete", "empty", "not-ready", "suppressed", "unconfirmed", "forbidden", "failed"];

/// States of slices that need an action of the user.
const ALARMING_STATES: [&str; 3] = ["unconfirmed", "forbidden", "failed"];

/// Notes what alerts look at before the first resync has ended: what is not there alarms nobody, and a counter that begins at one
/// was never seen to grow.
pub(super) fn begin(registry: &Registry) {
    registry.note(&metric::BUILD_INFO, &[env!("CARGO_PKG_VERSION")], 1.0);
    for metric in [&metric::RESYNC_RUNNING, &metric::LAST_RESYNC, &metric::LAST_SUCCESS] {
        registry.note(metric, &[], 0.0);
    }
    RunState::ALL.iter().for_each(|state| registry.note(&metric::RESYNCS, &[state.name()], 0.0));
    WITHHELD_REASONS.iter().for_each(|reason| registry.note(&metric::DELETIONS_WITHHELD, &[reason], 0.0));
    for service in [Service::GitHub, Service::Catalog] {
        registry.note(&metric::RETRIES, &[service.name()], 0.0);
        registry.note(&metric::WAIT_SECONDS, &[service.name()], 0.0);
    }
    note_history(registry, &HistoryReport::default());
    note_slices(registry, &kind::ALL.iter().map(Kind::names).collect::<Vec<_>>(), &[]);
}

fn note_history(registry: &Registry, history: &HistoryReport) {
    let HistoryReport { new, changed, unchanged, restated } = history;
    let counts = [("new", *new), ("changed", *changed), ("unchanged", *unchanged), ("restated", restated.len() as u64)];
    counts.into_iter().for_each(|(result, count)| registry.note(&metric::HISTORY_DAYS, &[result], count as f64));
}

/// Notes what a run did. One that is not whole leaves what earlier runs told of the kinds that it did not read.
pub(super) fn note(registry: &Registry, measured: &Measured, ending: Ending<'_>, sources: &[Arc<dyn Source>], is_whole: bool) {
    let kinds: Vec<KindNames> = sources.iter().flat_map(|source| source.kinds()).collect();
    let ended = measured.ended.as_duration().as_secs_f64();
    registry.note(&metric::BUILD_INFO, &[env!("CARGO_PKG_VERSION")], 1.0);
    registry.note(&metric::RESYNC_RUNNING, &[], 0.0);
    registry.note(&metric::RESYNCS, &[ending.state().name()], 1.0);
    registry.note(&metric::RESYNC_DURATION, &[], measured.seconds);
    registry.note(&metric::LAST_RESYNC, &[], ended);
    if is_whole && ending.state() == RunState::Completed {
        registry.note(&metric::LAST_SUCCESS, &[], ended);
    }
    if is_whole {
        for metric in [
            &metric::SLICES,
            &metric::DELETIONS_WITHHELD,
            &metric::OCEAN_DURATION,
            &metric::OCEAN_COUNT,
            &metric::OCEAN_SUCCESS,
            &metric::OCEAN_WAIT,
        ] {
            registry.clear(metric);
        }
    }
    match ending.outcome() {
        Some(outcome) => {
            note_resources(registry, &kinds, outcome, measured);
            let read = if is_whole { kinds.clone() } else { kinds_read(&kinds, outcome) };
            for (kind, state) in read.iter().flat_map(|kind| STATES.map(|state| (kind.name, state))) {
                registry.remove(&metric::SLICES, &[kind, state]);
            }
            note_slices(registry, &read, &outcome.slices);
            note_deletions(registry, &kinds, outcome, is_whole);
        }
        None if is_whole => registry.withheld.forget(),
        None => {}
    }
    note_history(registry, &measured.history);
    note_as_ocean(registry, &kinds, measured, ending, is_whole);
}

/// The kinds that a run has read.
fn kinds_read(kinds: &[KindNames], outcome: &Outcome) -> Vec<KindNames> {
    let is_read =
        |kind: &&KindNames| outcome.resources.iter().any(|resource| !resource.is_left_out && kind.is_called(&resource.kind));
    kinds.iter().filter(is_read).copied().collect()
}

/// A kind's own name, whatever alias the mapping uses.
fn kind_label(kinds: &[KindNames], name: &str) -> &'static str {
    kinds.iter().find(|kind| kind.is_called(name)).map_or(UNKNOWN_KIND, |kind| kind.name)
}

fn note_resources(registry: &Registry, kinds: &[KindNames], outcome: &Outcome, measured: &Measured) {
    for (number, resource) in outcome.resources.iter().enumerate() {
        let kind = kind_label(kinds, &resource.kind);
        let ResourceOutcome { items, filtered, unparsed, rejected, .. } = resource;
        let gone = filtered + unparsed + rejected.count;
        for (result, count) in [
            ("mapped", items.saturating_sub(gone)),
            ("filtered", *filtered),
            ("unparsed", *unparsed),
            ("rejected", rejected.count),
        ] {
            registry.note(&metric::ITEMS, &[kind, result], count as f64);
        }
        for (action, count) in [
            ("created", resource.created),
            ("updated", resource.updated),
            ("sent", resource.sent),
            ("unchanged", resource.unchanged),
            ("duplicate", resource.duplicates.count),
            ("refused", resource.refused.count),
            // Added below; they are there from the first run on, so that what grows can be told from what appears.
            ("deleted", 0),
            ("withheld", 0),
        ] {
            registry.note(&metric::ENTITIES, &[kind, action], count as f64);
        }
        let Phases { extract_seconds, transform_seconds, load_seconds, .. } = phases(measured, number);
        for (phase, seconds) in [("extract", extract_seconds), ("transform", transform_seconds), ("load", load_seconds)] {
            registry.note(&metric::PHASE_SECONDS, &[kind, phase], seconds);
        }
    }
    registry.note(&metric::PHASE_SECONDS, &[NO_KIND, "delete"], measured.delete_seconds);
}

fn phases(measured: &Measured, number: usize) -> Phases {
    measured.phases.get(number).copied().unwrap_or_default()
}

fn note_slices(registry: &Registry, kinds: &[KindNames], slices: &[Slice]) {
    let every = kinds.iter().flat_map(|kind| ALARMING_STATES.map(|state| ((kind.name, state), 0)));
    let mut counts: BTreeMap<(&str, &str), u64> = every.collect();
    for slice in slices {
        *counts.entry((kind_label(kinds, &slice.kind), slice.end.name())).or_default() += 1;
    }
    for ((kind, state), count) in counts {
        registry.note(&metric::SLICES, &[kind, state], count as f64);
    }
}

fn note_deletions(registry: &Registry, kinds: &[KindNames], outcome: &Outcome, is_whole: bool) {
    let mut entities: BTreeMap<(&str, &str), u64> = BTreeMap::new();
    for deletion in &outcome.deletion.blueprints {
        // As in the closing table: the first resource that yields a blueprint has its deletions.
        let owner = outcome.resources.iter().find(|resource| resource.blueprint.as_ref() == Some(&deletion.blueprint));
        let kind = owner.map_or(NO_KIND, |resource| kind_label(kinds, &resource.kind));
        *entities.entry((kind, "deleted")).or_default() += deletion.deleted;
        *entities.entry((kind, "withheld")).or_default() += deletion.withheld();
    }
    for ((kind, what), count) in entities {
        registry.note(&metric::ENTITIES, &[kind, what], count as f64);
    }
    // Each reason is there from the first run on, so that an alert on it has something to look at.
    let mut withheld: BTreeMap<&str, u64> = WITHHELD_REASONS.map(|reason| (reason, 0)).into();
    withheld.extend(registry.withheld.after(outcome, is_whole, reason_label));
    for (reason, count) in withheld {
        registry.note(&metric::DELETIONS_WITHHELD, &[reason], count as f64);
    }
}

fn reason_label(reason: &WithheldReason) -> &'static str {
    match reason {
        WithheldReason::Unproven { .. } => "unproven",
        WithheldReason::Protected { .. } => "protected",
        WithheldReason::Threshold { .. } => "threshold",
        WithheldReason::MissingDays { .. } => "missing-days",
        WithheldReason::BeyondReport { .. } => "beyond-report",
        WithheldReason::Dependents => "dependents",
        WithheldReason::Restricted => "restricted",
        WithheldReason::NotReviewed => "not-reviewed",
        WithheldReason::NoResources => "no-resources",
        WithheldReason::Aborted => "aborted",
    }
}

/// The names and labels that Ocean's dashboards read. `kind` is the resource's kind and number.
fn note_as_ocean(registry: &Registry, kinds: &[KindNames], measured: &Measured, ending: Ending<'_>, is_whole_run: bool) {
    let is_whole = |whole: bool| if whole { 1.0 } else { 0.0 };
    let resources = ending.outcome().map_or(&[][..], |outcome| &outcome.resources);
    for (number, resource) in resources.iter().enumerate().filter(|(_, resource)| is_whole_run || !resource.is_left_out) {
        let kind = format!("{}-{number}", kind_label(kinds, &resource.kind));
        let Phases { extract_seconds, transform_seconds, load_seconds, .. } = phases(measured, number);
        for (phase, seconds) in
            [("extract", extract_seconds), ("transform", transform_seconds), ("load", load_seconds), ("resync", resource.seconds)]
        {
            registry.note(&metric::OCEAN_DURATION, &[&kind, phase], seconds);
        }
        let written = resource.created + resource.updated + resource.sent;
        let entities = written + resource.unchanged + resource.duplicates.count + resource.refused.count;
        for (phase, what, count) in [
            ("extract", "raw_extracted", resource.items),
            ("transform", "transformed", entities),
            ("transform", "filtered_out", resource.filtered),
            ("transform", "failed", resource.rejected.count + resource.unparsed),
            ("load", "loaded", written),
            ("load", "skipped", resource.unchanged + resource.duplicates.count),
            ("load", "failed", resource.refused.count),
        ] {
            registry.note(&metric::OCEAN_COUNT, &[&kind, phase, what], count as f64);
        }
        let slices = ending.outcome().map_or(&[][..], |outcome| &outcome.slices);
        let went_well = resource.rejected.count == 0
            && resource.refused.count == 0
            && !slices.iter().any(|slice| slice.resource == number && slice.is_failure());
        registry.note(&metric::OCEAN_SUCCESS, &[&kind, "resync"], is_whole(went_well));
    }
    let deletions = ending.outcome().map_or(&[][..], |outcome| &outcome.deletion.blueprints);
    let deleted: u64 = deletions.iter().map(|deletion: &BlueprintDeletion| deletion.deleted).sum();
    registry.note(&metric::OCEAN_COUNT, &["__reconciliation__", "delete", "deleted"], deleted as f64);
    registry.note(&metric::OCEAN_DURATION, &["__reconciliation__", "delete"], measured.delete_seconds);
    registry.note(&metric::OCEAN_DURATION, &["__resync__", "resync"], measured.seconds);
    registry.note(&metric::OCEAN_SUCCESS, &["__resync__", "resync"], is_whole(ending.state() == RunState::Completed));
    for (source, cost) in &measured.requests.sources {
        registry.note(&metric::OCEAN_WAIT, &["__resync__", "extract", source], cost.waited_seconds);
    }
}

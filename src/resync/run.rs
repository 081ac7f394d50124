//! One run from the first request to the last deletion.

use std::sync::Arc;

use jiff::Timestamp;
use tracing::Instrument;

use super::blueprints::Blueprints;
use super::delete::Deletion;
use super::inputs::{Resync, ResyncError};
use super::load::{Ledger, Loader};
use super::observe::Observer;
use super::resend::Resend;
use super::resource::Progress;
use crate::catalog::UpsertFlags;
use crate::door::clock::Clock;
use crate::mapping::evaluate::CompiledResource;
use crate::model::slice::Slice;
use crate::reconcile::completeness::ResourceYield;
use crate::reconcile::deletion::{DeletionThreshold, WithheldReason};
use crate::reconcile::outcome::{DeletionOutcome, Mode, Outcome, ResourceOutcome};
use crate::source;

/// Runs a resync or a plan once.
///
/// # Flow
/// Checks the choices; prepares blueprints; reads, maps and loads the resources of the mapping one after the other; sends refused
/// entities again; lists owned entities and deletes what is proven gone; lets the sources keep what they learned.
///
/// # Guarantees
/// - The same input gives the same writes in the same order.
/// - A plan writes nothing, at the catalog or in the data folder, and shares every line up to the write.
/// - Nothing is deleted whose slices were not read completely, see [`crate::reconcile::completeness`]. Days before every window are
///   gone although a team is suppressed, see [`crate::reconcile::past_days`].
/// - Memory does not grow with the number of items, apart from 16 bytes for each key.
///
/// # Cancellation
/// When `options.stop` is cancelled, slices end at their next batch, requests in flight are finished, nothing more is deleted, and
/// the outcome is marked as aborted. Dropping the future at any point leaves a state that the next run completes.
///
/// # Errors
/// Fails only when there is nothing to go on with, see [`ResyncError`]. A part that fails is a fact in the outcome.
pub async fn run(resync: &Resync, observer: &dyn Observer) -> Result<Outcome, ResyncError> {
    let began = resync.clock.now();
    let Resync { mapping, resources, .. } = resync;
    let integration = resync.catalog.integration_identifier();
    let runs: Vec<_> = resync.sources.iter().map(|source| source.begin(integration, &resync.options.stop)).collect();
    resync.check_choices(&runs).await?;
    let blueprints = Arc::new(Blueprints::default());
    let needed = constants(resources);
    let defaults = resync.blueprints_to_create();
    let warnings = blueprints.prepare(&resync.catalog, &needed, &defaults, resync.options.mode).await?;
    if resync.options.mode == Mode::Plan {
        let is_created = |name: &&String| blueprints.is_missing(name) && defaults.iter().any(|known| known.identifier == **name);
        needed.iter().filter(is_created).for_each(|name| observer.blueprint_missing(name));
    }
    let flags =
        UpsertFlags { merge: mapping.enable_merge_entity, create_missing_related: mapping.create_missing_related_entities };
    let loader = Loader {
        catalog: Arc::clone(&resync.catalog),
        flags,
        mode: resync.options.mode,
        blueprints,
        reviewed: resync.options.reviewed.clone(),
    };
    let (ledger, slices) = (Ledger::default(), Vec::new());
    let (resources_read, computed_blueprints) = (Vec::new(), Vec::new());
    let mut this =
        Progress { resync, runs, observer, loader, ledger, slices, resources: resources_read, warnings, computed_blueprints };
    for (number, resource) in resources.iter().enumerate() {
        let outcome = ResourceOutcome {
            kind: resource.kind().to_owned(),
            blueprint: resource.blueprint_constant().map(str::to_owned),
            is_left_out: !resync.wants_kind(resource.kind()),
            ..ResourceOutcome::default()
        };
        let is_left_out = outcome.is_left_out;
        this.resources.push(outcome);
        if !is_left_out && !resync.options.stop.is_cancelled() {
            let resource_began = resync.clock.now();
            observer.resource_began(number, resource.kind());
            // The level is that of the least talkative log, so that no line goes without its kind. Nothing fails here.
            let span = tracing::error_span!("kind", kind = resource.kind());
            this.run_resource(number, resource).instrument(span).await?;
            this.resources[number].seconds = seconds_since(resource_began, &resync.clock);
            this.resources[number].is_left_out = this.has_chosen_none(number, resource.kind());
            observer.resource_ended(number);
        }
    }
    this.warnings.extend(this.runs.iter().flat_map(|run| run.warnings()));
    this.warnings.extend(this.mixed_blueprints());
    this.send_refused_again().await?;
    let deletion = this.delete(began).await;
    this.read_further().await;
    if resync.options.mode == Mode::Resync {
        this.runs.iter().for_each(|run| run.keep());
    }
    let Progress { slices, resources, warnings, .. } = this;
    Ok(Outcome {
        mode: resync.options.mode,
        aborted: resync.options.stop.is_cancelled(),
        resources,
        slices,
        deletion,
        warnings,
        broken_expressions: resync.broken_expressions.clone(),
        seconds: seconds_since(began, &resync.clock),
    })
}

fn constants(resources: &[Arc<CompiledResource>]) -> Vec<String> {
    let mut constants: Vec<String> = Vec::new();
    for blueprint in resources.iter().filter_map(|resource| resource.blueprint_constant()) {
        if !constants.iter().any(|known| known == blueprint) {
            constants.push(blueprint.to_owned());
        }
    }
    constants
}

fn seconds_since(began: Timestamp, clock: &Clock) -> f64 {
    (clock.now() - began).total(jiff::Unit::Second).unwrap_or_default()
}

impl Progress<'_> {
    /// Sends refused entities again, see [`Resend`].
    async fn send_refused_again(&mut self) -> Result<(), ResyncError> {
        let resend = Resend { loader: &self.loader, observer: self.observer, stop: &self.resync.options.stop };
        Ok(resend.send(&mut self.ledger, &mut self.resources).await?)
    }

    /// What must not stand together in a blueprint, and does: blueprints that are computed from items are known only now.
    fn mixed_blueprints(&self) -> Vec<String> {
        if self.computed_blueprints.is_empty() {
            return Vec::new();
        }
        let constants = self.resources.iter();
        let constants = constants.filter_map(|resource| Some((resource.kind.as_str(), resource.blueprint.as_deref()?)));
        let computed = self.computed_blueprints.iter().map(|(of, name)| (self.resources[*of].kind.as_str(), name.as_str()));
        let given: Vec<(&str, &str)> = constants.chain(computed).collect();
        let refused = self.resync.sources.iter().filter_map(|source| source.check_blueprints(&given).err());
        refused.map(|refused| format!("{}; {}", refused.sentence, refused.help)).collect()
    }

    /// True when nothing was read of a resource because of a choice of scopes or files that has none of its kind.
    fn has_chosen_none(&self, number: usize, kind: &str) -> bool {
        let sources = &self.resync.sources;
        let is_restricted = source::find(sources, kind).is_some_and(|(source, _)| sources[source].is_restricted());
        is_restricted && !self.slices.iter().any(|slice| slice.resource == number)
    }

    /// True when each identifier of a resource holds the day of its item.
    fn names_day(&self, resource: &CompiledResource) -> bool {
        let Some((source, kind)) = source::find(&self.resync.sources, resource.kind()) else { return false };
        self.resync.sources[source].day_field(kind.name).is_some_and(|field| resource.identifier_holds(field))
    }

    async fn delete(&self, began: Timestamp) -> DeletionOutcome {
        let mapping = &self.resync.mapping;
        let options = &self.resync.options;
        let yields = self.resync.resources.iter().enumerate().map(|(number, resource)| ResourceYield {
            blueprint: resource.blueprint_constant().map(str::to_owned),
            enable_delete: mapping.resources.get(number).is_none_or(|resource| resource.enable_delete),
            names_day: self.names_day(resource),
        });
        let yields: Vec<ResourceYield> = yields.collect();
        let whole_run = match () {
            () if options.stop.is_cancelled() => Some(WithheldReason::Aborted),
            () if self.resync.is_without_deletion() => Some(WithheldReason::Restricted),
            () if yields.is_empty() => Some(WithheldReason::NoResources),
            () => None,
        };
        // Listing can take long, and whoever asked to stop is waiting. A run of some kinds or scopes tells of what it read, and
        // nothing of the rest.
        if matches!(whole_run, Some(WithheldReason::Aborted | WithheldReason::Restricted)) {
            return DeletionOutcome::default();
        }
        let left_out: Vec<Slice> = self.resync.left_out().collect();
        let slices: Vec<Slice> = self.slices.iter().chain(&left_out).cloned().collect();
        let deletion = Deletion {
            catalog: &self.loader.catalog,
            ledger: &self.ledger,
            blueprints: &self.loader.blueprints,
            yields: &yields,
            slices: &slices,
            left_out: &left_out,
            threshold: options.deletion_threshold.unwrap_or(DeletionThreshold::of(mapping.entity_deletion_threshold)),
            dependents: mapping.delete_dependent_entities,
            spare_related: mapping.create_missing_related_entities,
            // What changed after a review was not reviewed.
            began: options.reviewed.as_ref().map_or(began, |reviewed| reviewed.began.min(began)),
            reviewed: options.reviewed.as_deref().filter(|_| options.mode == Mode::Resync),
            whole_run,
            mode: options.mode,
            stop: &options.stop,
        };
        deletion.carry_out(self.observer).await
    }
}

//! One run from the first request to the last deletion.

use std::sync::Arc;

use jiff::Timestamp;
use tokio_util::sync::CancellationToken;
use tracing::Instrument;

use super::blueprints::Blueprints;
use super::delete::Deletion;
use super::load::{Ledger, Loader};
use super::observe::Observer;
use super::resend::Resend;
use super::resource::Progress;
use super::workers::{WorkerLost, Workers};
use crate::catalog::{Catalog, CatalogError, UpsertFlags};
use crate::door::clock::Clock;
use crate::mapping::evaluate::CompiledResource;
use crate::mapping::file::Mapping;
use crate::model::blueprint::Blueprint;
use crate::reconcile::completeness::ResourceYield;
use crate::reconcile::deletion::{DeletionThreshold, WithheldReason};
use crate::reconcile::outcome::{DeletionOutcome, Mode, Outcome, ResourceOutcome};
use crate::source::{self, Source, SourceError, SourceRun, WrongChoice};

/// Everything that a run needs.
pub struct Resync {
    /// The systems that are read.
    pub sources: Vec<Arc<dyn Source>>,
    /// The catalog that entities go to.
    pub catalog: Arc<Catalog>,
    /// The mapping in use.
    pub mapping: Mapping,
    /// The mapping's resources, compiled, in its order.
    pub resources: Vec<Arc<CompiledResource>>,
    /// A sentence for each expression that does not compile.
    pub broken_expressions: Vec<String>,
    /// Blueprints that may be created when they are missing; none when this run may not create blueprints.
    pub default_blueprints: Vec<Blueprint>,
    /// Mapping threads.
    pub workers: Arc<Workers>,
    /// The clock.
    pub clock: Clock,
    /// Mode, choices and the signal to stop.
    pub options: ResyncOptions,
}

/// Mode and choices of a run.
#[derive(Clone, Debug)]
pub struct ResyncOptions {
    /// Whether anything is written.
    pub mode: Mode,
    /// Only these kinds; when empty, all.
    pub only_kinds: Vec<String>,
    /// Overrides the mapping's threshold.
    pub deletion_threshold: Option<DeletionThreshold>,
    /// Tells to stop: what is in flight is finished, nothing is deleted.
    pub stop: CancellationToken,
}

impl Resync {
    /// Checks that whom flags and settings choose is met by somebody. Told to stop, it looks no further.
    async fn check_choices(&self, runs: &[Arc<dyn SourceRun>]) -> Result<(), WrongChoice> {
        let wanted = self.resources.iter().filter(|resource| self.wants_kind(resource.kind()));
        let read: Vec<_> = wanted.filter_map(|resource| source::find(&self.sources, resource.kind())).collect();
        for (number, run) in runs.iter().enumerate() {
            let kinds: Vec<_> = read.iter().filter(|(source, _)| *source == number).map(|(_, kind)| kind.name).collect();
            tokio::select! {
                biased;
                () = self.options.stop.cancelled() => return Ok(()),
                checked = run.check(&kinds) => checked?,
            }
        }
        Ok(())
    }

    fn is_restricted(&self) -> bool {
        !self.options.only_kinds.is_empty() || self.sources.iter().any(|source| source.is_restricted())
    }

    fn wants_kind(&self, name: &str) -> bool {
        let kind = |name: &str| source::find(&self.sources, name);
        let same = |only: &String| only == name || kind(only).is_some_and(|only| kind(name) == Some(only));
        self.options.only_kinds.is_empty() || self.options.only_kinds.iter().any(same)
    }
}

/// Why a run could not go on.
#[derive(Debug, thiserror::Error)]
pub enum ResyncError {
    /// A source refused the credential, or cannot be reached at all.
    #[error("cannot read from {}", .0.what.title)]
    Source(#[source] SourceError),
    /// The catalog refused the credentials, or cannot be reached at all.
    #[error("cannot use the catalog")]
    Catalog(#[from] CatalogError),
    /// What was chosen to be read meets nobody. Nothing was written.
    #[error(transparent)]
    Choice(#[from] WrongChoice),
    /// A bug, or a machine without memory.
    #[error("cannot map")]
    Workers(#[from] WorkerLost),
}

/// Runs once.
///
/// # Errors
/// Only when there is nothing to go on with, see [`ResyncError`]. A part that fails is a fact in the outcome.
pub async fn run(resync: &Resync, observer: &dyn Observer) -> Result<Outcome, ResyncError> {
    let began = resync.clock.now();
    let Resync { mapping, resources, .. } = resync;
    let integration = resync.catalog.integration_identifier();
    let runs: Vec<_> = resync.sources.iter().map(|source| source.begin(integration, &resync.options.stop)).collect();
    resync.check_choices(&runs).await?;
    let blueprints = Arc::new(Blueprints::default());
    let needed = constants(resources);
    let warnings = blueprints.prepare(&resync.catalog, &needed, &resync.default_blueprints, resync.options.mode).await?;
    let flags =
        UpsertFlags { merge: mapping.enable_merge_entity, create_missing_related: mapping.create_missing_related_entities };
    let loader = Loader { catalog: Arc::clone(&resync.catalog), flags, mode: resync.options.mode, blueprints };
    let (ledger, slices) = (Ledger::default(), Vec::new());
    let mut this = Progress { resync, runs, observer, loader, ledger, slices, resources: Vec::new(), warnings };
    for (number, resource) in resources.iter().enumerate() {
        let outcome = ResourceOutcome {
            kind: resource.kind().to_owned(),
            blueprint: resource.blueprint_constant().map(str::to_owned),
            ..ResourceOutcome::default()
        };
        this.resources.push(outcome);
        if resync.wants_kind(resource.kind()) && !resync.options.stop.is_cancelled() {
            let resource_began = resync.clock.now();
            observer.resource_began(number, resource.kind());
            // The level is that of the least talkative log, so that no line goes without its kind. Nothing fails here.
            let span = tracing::error_span!("kind", kind = resource.kind());
            this.run_resource(number, resource).instrument(span).await?;
            this.resources[number].seconds = seconds_since(resource_began, &resync.clock);
            observer.resource_ended(number);
        }
    }
    this.warnings.extend(this.runs.iter().flat_map(|run| run.warnings()));
    this.send_refused_again().await?;
    let deletion = this.delete(began).await;
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

    async fn delete(&self, began: Timestamp) -> DeletionOutcome {
        let mapping = &self.resync.mapping;
        let options = &self.resync.options;
        let yields = self.resync.resources.iter().enumerate().map(|(number, resource)| ResourceYield {
            blueprint: resource.blueprint_constant().map(str::to_owned),
            enable_delete: mapping.resources.get(number).is_none_or(|resource| resource.enable_delete),
        });
        let yields: Vec<ResourceYield> = yields.collect();
        let whole_run = match () {
            () if options.stop.is_cancelled() => Some(WithheldReason::Aborted),
            () if self.resync.is_restricted() => Some(WithheldReason::Restricted),
            () if yields.is_empty() => Some(WithheldReason::NoResources),
            () => None,
        };
        if whole_run == Some(WithheldReason::Aborted) {
            // Listing can take long, and whoever asked to stop is waiting.
            return DeletionOutcome::default();
        }
        let deletion = Deletion {
            catalog: &self.loader.catalog,
            ledger: &self.ledger,
            blueprints: &self.loader.blueprints,
            yields: &yields,
            slices: &self.slices,
            threshold: options.deletion_threshold.unwrap_or(DeletionThreshold::of(mapping.entity_deletion_threshold)),
            dependents: mapping.delete_dependent_entities,
            spare_related: mapping.create_missing_related_entities,
            began,
            whole_run,
            mode: options.mode,
            stop: &options.stop,
        };
        deletion.carry_out(self.observer).await
    }
}

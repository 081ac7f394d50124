//! One run from the first request to the last deletion.

use std::sync::Arc;

use futures_util::stream::{FuturesOrdered, StreamExt, poll_fn};
use jiff::Timestamp;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;
use tracing::Instrument;

use super::blueprints::Blueprints;
use super::delete::Deletion;
use super::load::{Ledger, Loaded, Loader};
use super::observe::Observer;
use super::remarks;
use super::resend::Resend;
use super::workers::{WorkerLost, Workers};
use crate::catalog::{Catalog, CatalogError, UpsertFlags};
use crate::door::clock::Clock;
use crate::github::{GitHub, GitHubError, Usage};
use crate::kind::{self, Kind};
use crate::mapping::evaluate::{CompiledResource, MappedBatch};
use crate::mapping::file::Mapping;
use crate::mapping::program::Run;
use crate::model::blueprint::Blueprint;
use crate::model::day::Day;
use crate::model::entity::Entity;
use crate::model::slice::{Slice, SliceEnd};
use crate::reconcile::completeness::ResourceYield;
use crate::reconcile::deletion::{DeletionThreshold, WithheldReason};
use crate::reconcile::outcome::{DeletionOutcome, Examples, Mode, Outcome, ResourceOutcome};
use crate::source::copilot::choices::{self, WrongChoice};
use crate::source::copilot::{Directory, Extracted, Extraction, Scopes};

/// Events that may wait between reading and mapping.
const EVENTS_AHEAD: usize = 4;

/// Batches that may be on their way into the catalog at the same time.
const LOADS_AT_ONCE: usize = 4;

/// Everything that a run needs.
pub struct Resync {
    /// Where records come from.
    pub github: GitHub,
    /// Where entities go.
    pub catalog: Arc<Catalog>,
    /// How the one becomes the other.
    pub mapping: Mapping,
    /// The mapping's resources, compiled, in its order.
    pub resources: Vec<Arc<CompiledResource>>,
    /// A sentence for each expression that does not compile.
    pub broken_expressions: Vec<String>,
    /// Blueprints that may be created when they are missing; none when this run may not create blueprints.
    pub default_blueprints: Vec<Blueprint>,
    /// Who maps.
    pub workers: Arc<Workers>,
    /// The time.
    pub clock: Clock,
    /// The rest.
    pub options: ResyncOptions,
}

/// How a run goes.
#[derive(Clone, Debug)]
pub struct ResyncOptions {
    /// Whether anything is written.
    pub mode: Mode,
    /// Who is read.
    pub scopes: Scopes,
    /// Only these kinds; when empty, all.
    pub only_kinds: Vec<String>,
    /// Overrides the mapping's threshold.
    pub deletion_threshold: Option<DeletionThreshold>,
    /// Tells to stop: what is in flight is finished, nothing is deleted.
    pub stop: CancellationToken,
}

impl Resync {
    /// What was spent at GitHub so far, with all credentials together.
    pub fn github_usage(&self) -> Usage {
        self.github_clients().into_iter().map(GitHub::usage).fold(Usage::default(), Usage::plus)
    }

    /// Every client that is read with, each once.
    pub fn github_clients(&self) -> Vec<&GitHub> {
        let mut clients: Vec<&GitHub> = vec![&self.github];
        for elsewhere in &self.options.scopes.elsewhere {
            if !clients.iter().any(|known| known.is_clone_of(&elsewhere.github)) {
                clients.push(&elsewhere.github);
            }
        }
        clients
    }
}

impl Resync {
    /// Whether whom the flags and the settings choose is met by anybody. Told to stop, it looks no further.
    async fn check_choices(&self, directory: &Directory) -> Result<(), WrongChoice> {
        let wanted = self.resources.iter().filter(|resource| self.options.wants_kind(resource.kind()));
        let kinds: Vec<&'static Kind> = wanted.filter_map(|resource| kind::find(resource.kind())).collect();
        tokio::select! {
            biased;
            () = self.options.stop.cancelled() => Ok(()),
            checked = choices::check(&self.github, &self.options.scopes, directory, &kinds) => checked,
        }
    }

    /// Keeps what was listed for the runs to come. A plan writes nothing.
    fn remember_listings(&self, directory: &Directory) {
        let Some(file) = self.options.scopes.listings.as_ref().filter(|_| self.options.mode == Mode::Resync) else { return };
        if let Err(error) = file.write(self.catalog.integration_identifier(), &directory.memory()) {
            tracing::warn!(%error, "what this run saw listed cannot be kept: the next run does not know it");
        }
    }
}

impl ResyncOptions {
    fn is_restricted(&self) -> bool {
        !self.only_kinds.is_empty() || !self.scopes.only.is_empty()
    }

    fn wants_kind(&self, name: &str) -> bool {
        let same = |only: &String| only == name || kind::find(only).is_some() && kind::find(only) == kind::find(name);
        self.only_kinds.is_empty() || self.only_kinds.iter().any(same)
    }
}

/// Why a run could not go on.
#[derive(Debug, thiserror::Error)]
pub enum ResyncError {
    /// GitHub refused the credential, or cannot be reached at all.
    #[error("cannot read from GitHub")]
    GitHub(#[source] GitHubError),
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
    let elsewhere = resync.options.scopes.elsewhere.iter().map(|elsewhere| &elsewhere.github);
    std::iter::once(&resync.github).chain(elsewhere).for_each(GitHub::begin_run);
    let blueprints = Arc::new(Blueprints::default());
    let Resync { mapping, resources, .. } = resync;
    let scopes = &resync.options.scopes;
    let integration = resync.catalog.integration_identifier();
    let (listed_before, damaged) = scopes.listings.as_ref().map(|file| file.read(integration)).unwrap_or_default();
    let directory = Arc::new(Directory::new(integration, scopes, listed_before));
    resync.check_choices(&directory).await?;
    let needed = constants(resources);
    let mut warnings = blueprints.prepare(&resync.catalog, &needed, &resync.default_blueprints, resync.options.mode).await?;
    warnings.extend(damaged);
    let flags =
        UpsertFlags { merge: mapping.enable_merge_entity, create_missing_related: mapping.create_missing_related_entities };
    let loader = Loader { catalog: Arc::clone(&resync.catalog), flags, mode: resync.options.mode, blueprints };
    let mut this =
        Progress { resync, observer, loader, ledger: Ledger::default(), slices: Vec::new(), resources: Vec::new(), warnings };
    for (number, resource) in resources.iter().enumerate() {
        let outcome = ResourceOutcome {
            kind: resource.kind().to_owned(),
            blueprint: resource.blueprint_constant().map(str::to_owned),
            ..ResourceOutcome::default()
        };
        this.resources.push(outcome);
        if resync.options.wants_kind(resource.kind()) && !resync.options.stop.is_cancelled() {
            let resource_began = resync.clock.now();
            observer.resource_began(number, resource.kind());
            // The level is that of the least talkative log, so that no line goes without its kind. Nothing fails here.
            let span = tracing::error_span!("kind", kind = resource.kind());
            this.run_resource(number, resource, &directory).instrument(span).await?;
            this.resources[number].seconds = seconds_since(resource_began, &resync.clock);
            remarks::add(&mut this.resources[number], resource);
            observer.resource_ended(number);
        }
    }
    this.warnings.extend(directory.unmet(&resync.options.scopes));
    this.send_refused_again().await?;
    let deletion = this.delete(began).await;
    resync.remember_listings(&directory);
    resync.github.prune_kept_reports();
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

/// A run that is going on.
struct Progress<'a> {
    resync: &'a Resync,
    observer: &'a dyn Observer,
    loader: Loader,
    ledger: Ledger,
    slices: Vec<Slice>,
    resources: Vec<ResourceOutcome>,
    warnings: Vec<String>,
}

/// What leaves the mapping station, in order.
enum Mapped {
    Note(String),
    Began(Slice),
    Items { source: Arc<str>, count: u64, mapped: MappedBatch },
    Ended { end: SliceEnd, window: Option<(Day, Day)>, rejected: Examples<String> },
}

impl Progress<'_> {
    /// Reads, maps and loads one resource.
    async fn run_resource(
        &mut self,
        number: usize,
        resource: &Arc<CompiledResource>,
        directory: &Arc<Directory>,
    ) -> Result<(), ResyncError> {
        if let Some(reason) = resource.skipped() {
            self.skip(number, resource, reason, "correct the expression; `pilotage validate` shows the place");
            return Ok(());
        }
        let Some(kind) = kind::find(resource.kind()) else {
            let near = kind::nearest(resource.kind()).map(|kind| format!("; did you mean `{}`?", kind.name));
            let reason = format!("there is no kind `{}`{}", resource.kind(), near.unwrap_or_default());
            self.skip(number, resource, &reason, "`pilotage kinds` lists the kinds there are");
            return Ok(());
        };
        let extraction = Extraction {
            github: self.resync.github.clone(),
            kind,
            kind_name: resource.kind().to_owned(),
            selector: self.resync.mapping.resources.get(number).map(|it| it.selector.other.clone()).unwrap_or_default(),
            resource: number,
            scopes: self.resync.options.scopes.clone(),
            directory: Arc::clone(directory),
            looks_at: resource.looks_at().cloned(),
            today: Day::of(self.resync.clock.now()),
            stop: self.resync.options.stop.clone(),
        };
        let (sender, receiver) = mpsc::channel(EVENTS_AHEAD);
        let read = async { extraction.read(sender).await.map_err(ResyncError::GitHub) };
        let ((), ()) = tokio::try_join!(read, self.load_resource(number, resource, receiver))?;
        let ResourceOutcome { items, unparsed, .. } = self.resources[number];
        if items > 0 && unparsed == items {
            let reason =
                format!("`itemsToParse` gives no list for any of the {items} items that were read, so nothing comes of them");
            self.skip(number, resource, &reason, "correct it, or leave it out; `pilotage preview --explain` shows what it gives");
        }
        Ok(())
    }

    /// A resource that cannot run is a slice that failed, so that nothing it could have produced is deleted.
    fn skip(&mut self, number: usize, resource: &CompiledResource, reason: &str, remedy: &str) {
        let end = SliceEnd::Failed { reason: reason.to_owned(), remedy: remedy.to_owned() };
        let kind = resource.kind().to_owned();
        self.slices.push(Slice {
            resource: number,
            kind,
            scope: String::new(),
            day: None,
            window: None,
            end,
            items: 0,
            rejected: 0,
        });
        if let Some(slice) = self.slices.last() {
            self.observer.slice_ended(slice);
        }
    }

    async fn load_resource(
        &mut self,
        number: usize,
        resource: &Arc<CompiledResource>,
        mut extracted: mpsc::Receiver<Extracted>,
    ) -> Result<(), ResyncError> {
        let workers = Arc::clone(&self.resync.workers);
        let now = self.resync.clock.now();
        let observer = self.observer;
        let mut mapped = poll_fn(move |context| extracted.poll_recv(context))
            .inspect(|event| {
                if let Extracted::Items(batch) = event {
                    observer.items_read(number, batch);
                }
            })
            .map(|event| map_event(Arc::clone(&workers), Arc::clone(resource), event, now))
            .buffered(self.resync.workers.count() * 2);
        let mut loads: FuturesOrdered<AbortOnDropHandle<Result<Loaded, CatalogError>>> = FuturesOrdered::new();
        let mut more = true;
        while more || !loads.is_empty() {
            tokio::select! {
                biased;
                Some(loaded) = loads.next(), if !loads.is_empty() => self.settle(loaded)?,
                event = mapped.next(), if more && loads.len() < LOADS_AT_ONCE => match event {
                    None => more = false,
                    Some(event) => {
                        if let Some(entities) = self.take(number, event?) {
                            let load = self.loader.clone().load(number, entities);
                            loads.push_back(AbortOnDropHandle::new(tokio::spawn(load.in_current_span())));
                        }
                    }
                },
            }
        }
        Ok(())
    }

    fn settle(&mut self, loaded: Result<Result<Loaded, CatalogError>, tokio::task::JoinError>) -> Result<(), ResyncError> {
        // A load can only be lost by a panic or by the end of the runtime; both mean that nothing more can be done.
        let loaded = loaded.map_err(|_| WorkerLost)??;
        let outcome = &mut self.resources[loaded.resource];
        loaded.settle(&self.loader, outcome, &mut self.ledger, self.observer);
        Ok(())
    }

    /// Takes what was mapped into the counts, and gives the entities that are to be loaded.
    fn take(&mut self, number: usize, event: Mapped) -> Option<Vec<Entity>> {
        let outcome = &mut self.resources[number];
        match event {
            Mapped::Note(note) => {
                if !self.warnings.contains(&note) {
                    self.warnings.push(note);
                }
                None
            }
            Mapped::Began(slice) => {
                self.slices.push(slice);
                None
            }
            Mapped::Ended { end, window, rejected } => {
                let slice = self.slices.last_mut()?;
                slice.rejected += rejected.count;
                slice.end = end;
                slice.window = window.or(slice.window);
                outcome.rejected.append(rejected);
                self.observer.slice_ended(slice);
                None
            }
            Mapped::Items { source, count, mapped } => {
                if let Some(slice) = self.slices.last_mut() {
                    slice.items += count;
                    slice.rejected += mapped.rejected.len() as u64;
                }
                self.observer.items_mapped(number, count);
                outcome.items += count;
                outcome.filtered += mapped.filtered;
                outcome.unparsed += mapped.unparsed.len() as u64;
                for rejected in mapped.rejected {
                    outcome.rejected.add(format!("{source} line {}: {}", rejected.line, rejected.reason));
                }
                remarks::count(outcome, mapped.entities.len() as u64, mapped.nulls);
                let admitted = self.ledger.admit(mapped.entities, outcome);
                (!admitted.is_empty()).then_some(admitted)
            }
        }
    }

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
            () if options.is_restricted() => Some(WithheldReason::Restricted),
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

async fn map_event(
    workers: Arc<Workers>,
    resource: Arc<CompiledResource>,
    event: Extracted,
    now: Timestamp,
) -> Result<Mapped, ResyncError> {
    Ok(match event {
        Extracted::Fatal(error) => return Err(ResyncError::GitHub(error)),
        Extracted::Note(note) => Mapped::Note(note),
        Extracted::Began(slice) => Mapped::Began(slice),
        Extracted::Ended { end, window, rejected } => Mapped::Ended { end, window, rejected },
        Extracted::Items(batch) => {
            let source = Arc::clone(&batch.source);
            let count = batch.items.len() as u64;
            let mapped = workers.map(resource, batch, Run::new(now)).await?;
            Mapped::Items { source, count, mapped }
        }
    })
}

//! One resource of the mapping: read from its source, mapped, loaded, all three at the same time.

use std::sync::Arc;

use futures_util::stream::{FuturesOrdered, StreamExt, poll_fn};
use jiff::Timestamp;
use tokio::sync::mpsc;
use tokio_util::task::AbortOnDropHandle;
use tracing::Instrument;

use super::inputs::{Resync, ResyncError};
use super::load::{Ledger, Loaded, Loader};
use super::observe::Observer;
use super::remarks;
use super::workers::{WorkerLost, Workers};
use crate::catalog::CatalogError;
use crate::mapping::evaluate::{CompiledResource, MappedBatch};
use crate::mapping::program::Run;
use crate::model::day::Day;
use crate::model::entity::Entity;
use crate::model::slice::{Slice, SliceEnd};
use crate::reconcile::outcome::ResourceOutcome;
use crate::source::{self, Event, ReadRequest, SourceRun};

/// Events that may wait between reading and mapping.
const EVENTS_AHEAD: usize = 4;

/// Batches that may be on their way into the catalog at the same time.
const LOADS_AT_ONCE: usize = 4;

/// Blueprints that are remembered of resources whose blueprint is no constant. A portal has fewer.
const COMPUTED_BLUEPRINTS_AT_MOST: usize = 1000;

/// A run that is going on.
pub(super) struct Progress<'a> {
    pub(super) resync: &'a Resync,
    /// Readers, one for each source.
    pub(super) runs: Vec<Arc<dyn SourceRun>>,
    pub(super) observer: &'a dyn Observer,
    pub(super) loader: Loader,
    pub(super) ledger: Ledger,
    pub(super) slices: Vec<Slice>,
    pub(super) resources: Vec<ResourceOutcome>,
    pub(super) warnings: Vec<String>,
    /// Blueprints of entities of resources whose blueprint is no constant, with the number of the resource.
    pub(super) computed_blueprints: Vec<(usize, String)>,
}

/// The items of a batch, mapped.
struct MappedItems {
    source: Arc<str>,
    count: u64,
    mapped: MappedBatch,
}

impl Progress<'_> {
    /// Reads, maps and loads one resource.
    pub(super) async fn run_resource(&mut self, number: usize, resource: &Arc<CompiledResource>) -> Result<(), ResyncError> {
        if let Some(reason) = resource.skipped() {
            self.skip(number, resource, reason, "correct the expression; `pilotage validate` shows the place");
            return Ok(());
        }
        let sources = &self.resync.sources;
        let Some((source, kind)) = source::find(sources, resource.kind()) else {
            let near = source::nearest(sources, resource.kind()).map(|kind| format!("; did you mean `{}`?", kind.name));
            let reason = format!("there is no kind `{}`{}", resource.kind(), near.unwrap_or_default());
            self.skip(number, resource, &reason, "`pilotage kinds` lists the kinds there are");
            return Ok(());
        };
        let request = ReadRequest {
            kind: resource.kind().to_owned(),
            selector: self.resync.mapping.resources.get(number).map(|it| it.selector.other.clone()).unwrap_or_default(),
            resource: number,
            looks_at: resource.looks_at().cloned(),
            today: Day::of(self.resync.clock.now()),
            days: None,
        };
        let run = Arc::clone(&self.runs[source]);
        let fields = sources[source].item_fields(kind.name);
        let (sender, receiver) = mpsc::channel(EVENTS_AHEAD);
        let read = async { run.read(request, sender).await.map_err(ResyncError::Source) };
        let ((), ()) = tokio::try_join!(read, self.load_resource(number, resource, receiver))?;
        remarks::add(&mut self.resources[number], resource, &fields);
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
        self.slices.push(Slice::new(number, kind, "", end));
        if let Some(slice) = self.slices.last() {
            self.observer.slice_ended(slice);
        }
    }

    async fn load_resource(
        &mut self,
        number: usize,
        resource: &Arc<CompiledResource>,
        mut events: mpsc::Receiver<Event>,
    ) -> Result<(), ResyncError> {
        let workers = Arc::clone(&self.resync.workers);
        let now = self.resync.clock.now();
        let observer = self.observer;
        let mut mapped = poll_fn(move |context| events.poll_recv(context))
            .inspect(|event| match event {
                Event::Began(slice) => observer.slice_began(slice),
                Event::Cached(read_at) => observer.items_are_cached(*read_at),
                Event::Rows(rows) => observer.rows_read(rows),
                Event::Items(batch) => observer.items_read(number, batch),
                Event::Ended { end, rejected, .. } => observer.slice_read(number, end, rejected.count),
                Event::Note(_) | Event::Fatal(_) => {}
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
                        if let Some(entities) = self.take(number, event?)? {
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

    /// Counts what was mapped, and gives the entities that are to be loaded.
    fn take(&mut self, number: usize, event: Event<MappedItems>) -> Result<Option<Vec<Entity>>, ResyncError> {
        match event {
            Event::Fatal(error) => return Err(ResyncError::Source(error)),
            Event::Note(note) if self.warnings.contains(&note) => {}
            Event::Note(note) => self.warnings.push(note),
            // What never ends proves nothing, whatever a source says at the beginning.
            Event::Cached(_) | Event::Rows(_) => {}
            Event::Began(slice) => self.slices.push(Slice { end: without_end(), ..slice }),
            Event::Ended { end, window, missing_days, rejected } => {
                let Some(slice) = self.slices.last_mut() else { return Ok(None) };
                slice.missing_days = missing_days;
                slice.rejected += rejected.count;
                slice.end = end;
                slice.window = window.or(slice.window);
                self.resources[number].rejected.append(rejected);
                self.observer.slice_ended(slice);
            }
            Event::Items(items) => return Ok(Some(self.take_items(number, items)).filter(|entities| !entities.is_empty())),
        }
        Ok(None)
    }

    fn take_items(&mut self, number: usize, MappedItems { source, count, mapped }: MappedItems) -> Vec<Entity> {
        if let Some(slice) = self.slices.last_mut() {
            slice.items += count;
            slice.rejected += mapped.rejected.len() as u64;
        }
        self.observer.items_mapped(number, count);
        let outcome = &mut self.resources[number];
        outcome.items += count;
        outcome.filtered += mapped.filtered;
        outcome.unparsed += mapped.unparsed.len() as u64;
        for rejected in mapped.rejected {
            outcome.rejected.add(format!("{source} line {}: {}", rejected.line, rejected.reason));
        }
        remarks::count(outcome, mapped.entities.len() as u64, mapped.nulls);
        if outcome.blueprint.is_none() {
            for Entity { blueprint, .. } in &mapped.entities {
                let known = &mut self.computed_blueprints;
                if known.len() < COMPUTED_BLUEPRINTS_AT_MOST && !known.iter().any(|(of, name)| *of == number && name == blueprint)
                {
                    known.push((number, blueprint.clone()));
                }
            }
        }
        self.ledger.admit(mapped.entities, outcome)
    }
}

/// The end of a slice until its source says how it ended.
fn without_end() -> SliceEnd {
    let reason = "the source did not say how reading it ended".to_owned();
    SliceEnd::Failed { reason, remedy: "report this: it is a fault of the program".to_owned() }
}

async fn map_event(
    workers: Arc<Workers>,
    resource: Arc<CompiledResource>,
    event: Event,
    now: Timestamp,
) -> Result<Event<MappedItems>, ResyncError> {
    Ok(match event {
        Event::Items(batch) => {
            let source = Arc::clone(&batch.source);
            let count = batch.items.len() as u64;
            let mapped = workers.map(resource, batch, Run::new(now)).await?;
            Event::Items(MappedItems { source, count, mapped })
        }
        Event::Note(note) => Event::Note(note),
        Event::Cached(read_at) => Event::Cached(read_at),
        // Observers have had them; nobody behind the mapping threads wants them.
        Event::Rows(_) => Event::Cached(None),
        Event::Began(slice) => Event::Began(slice),
        Event::Ended { end, window, missing_days, rejected } => Event::Ended { end, window, missing_days, rejected },
        Event::Fatal(error) => Event::Fatal(error),
    })
}

//! What a run tells the catalog beside its entities, as a portal shows it: metrics of each kind, signs of life, examples of raw
//! items, what it has to say. All of it is a courtesy: it is sent in the background, once, and what is refused is a warning.
//!
//! | what | file |
//! | --- | --- |
//! | outcome to metrics of kinds | `events` |
//! | outcome to what there is to say about it | `records` |
//! | raw items to examples without persons | `mask` |

mod events;
mod mask;
mod records;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::Value;
use tokio::sync::mpsc;
use tokio_util::task::AbortOnDropHandle;

pub use records::{Level, Record, records, refused_mapping};

use crate::catalog::{Catalog, CatalogError, IngestUrl, ResyncStatus};
use crate::door::clock::Clock;
use crate::model::item::Batch;
use crate::model::slice::Slice;
use crate::reconcile::outcome::Outcome;
use crate::resync::Resync;
use crate::resync::observe::Observer;
use events::{Live, Teller};

/// From one sign of life to the next.
const HEARTBEAT: Duration = Duration::from_secs(10);

/// Words that may wait for the catalog. A run says two per resource and a few at its end; what is more is dropped, because a run
/// must not wait for a courtesy.
const WORDS_AHEAD: usize = 256;

/// Examples of each kind.
const EXAMPLES: usize = 5;

/// Where the catalog takes what a run tells.
#[derive(Clone, Debug, Default)]
pub struct Addresses {
    /// Metrics and signs of life.
    pub metrics: Option<IngestUrl>,
    /// Log records.
    pub logs: Option<IngestUrl>,
}

/// What is told beyond metrics.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Courtesies {
    /// A few raw items of each kind, with persons masked.
    pub examples: bool,
    /// The troubles and the summary of the run, into the integration's log.
    pub logs: bool,
}

enum Word {
    Kinds(Vec<Value>),
    Kind(String, Value),
    Examples(String, Vec<Value>),
    Logs(Vec<Value>),
}

/// Tells in the background. Dropped, it falls silent at once.
pub(super) struct Announcer {
    sender: mpsc::Sender<Word>,
    speaking: AbortOnDropHandle<()>,
    teller: Teller,
    kinds: Vec<(String, Option<String>)>,
    courtesies: Courtesies,
    has_logs: bool,
    clock: Clock,
    current: Mutex<Current>,
}

/// The run as far as it is.
#[derive(Default)]
struct Current {
    live: BTreeMap<usize, Live>,
    examples: BTreeMap<String, Vec<Value>>,
}

impl Announcer {
    /// Begins with every kind pending.
    pub(super) fn begin(resync: &Resync, addresses: &Addresses, courtesies: Courtesies) -> Self {
        let (sender, receiver) = mpsc::channel(WORDS_AHEAD);
        let catalog = &resync.catalog;
        let teller = Teller {
            integration: catalog.integration_identifier().to_owned(),
            integration_type: catalog.integration_type().to_owned(),
            version: catalog.version().to_owned(),
            run: catalog.resync_id().unwrap_or_default().to_owned(),
        };
        let voice = Voice {
            catalog: Arc::clone(catalog),
            addresses: addresses.clone(),
            run: teller.run.clone(),
            clock: resync.clock.clone(),
            has_warned: AtomicBool::new(false),
        };
        let kinds = resync.resources.iter().map(|it| (it.kind().to_owned(), it.blueprint_constant().map(str::to_owned)));
        let this = Self {
            sender,
            speaking: AbortOnDropHandle::new(tokio::spawn(voice.speak(receiver))),
            teller,
            kinds: kinds.collect(),
            courtesies,
            has_logs: addresses.logs.is_some(),
            clock: resync.clock.clone(),
            current: Mutex::default(),
        };
        this.say(Word::Kinds(this.teller.pending(&this.kinds)));
        this
    }

    /// Tells how the run ended, and lets what was said be sent for as long as `at_most`.
    pub(super) async fn end(self, status: ResyncStatus, outcome: Option<&Outcome>, at_most: Duration) {
        self.say(Word::Kinds(self.teller.ended(&self.kinds, status, outcome)));
        if let Some(outcome) = outcome.filter(|_| self.courtesies.logs && self.has_logs) {
            let now = self.clock.now();
            self.say(Word::Logs(records(outcome, status).iter().map(|it| it.json(&self.teller.run, now)).collect()));
        }
        let Self { sender, speaking, clock, .. } = self;
        // The voice ends when it has said everything.
        drop(sender);
        tokio::select! {
            biased;
            _ = speaking => {}
            () = clock.sleep(at_most) => tracing::debug!("the catalog did not take all that was told about this resync"),
        }
    }

    fn say(&self, word: Word) {
        if self.sender.try_send(word).is_err() {
            tracing::debug!("the catalog is slow: something about this resync is not told");
        }
    }

    fn current(&self) -> MutexGuard<'_, Current> {
        // A panic elsewhere leaves numbers that are at worst a little old.
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tell_kind(&self, resource: usize, status: ResyncStatus) {
        let Some((kind, blueprint)) = self.kinds.get(resource) else { return };
        let live = self.current().live.get(&resource).cloned().unwrap_or_default();
        let (identifier, event) = self.teller.kind(resource, kind, blueprint.as_deref(), status, &live);
        self.say(Word::Kind(identifier, event));
    }
}

impl Observer for Announcer {
    fn resource_began(&self, resource: usize, _: &str) {
        self.tell_kind(resource, ResyncStatus::Running);
    }

    fn items_read(&self, resource: usize, batch: &Batch) {
        if !self.courtesies.examples {
            return;
        }
        let Some((kind, _)) = self.kinds.get(resource) else { return };
        let mut current = self.current();
        let examples = current.examples.entry(kind.clone()).or_default();
        let missing = EXAMPLES.saturating_sub(examples.len());
        examples.extend(batch.items.iter().take(missing).filter_map(|item| mask::example(item, &batch.enrichment)));
    }

    fn slice_ended(&self, slice: &Slice) {
        self.current().live.entry(slice.resource).or_default().failed |= slice.is_failure();
    }

    fn items_mapped(&self, resource: usize, count: u64) {
        self.current().live.entry(resource).or_default().items += count;
    }

    fn entities_loaded(&self, resource: usize, count: u64) {
        self.current().live.entry(resource).or_default().entities += count;
    }

    fn resource_ended(&self, resource: usize) {
        let failed = self.current().live.get(&resource).is_some_and(|live| live.failed);
        self.tell_kind(resource, if failed { ResyncStatus::Failed } else { ResyncStatus::Completed });
        let Some((kind, _)) = self.kinds.get(resource) else { return };
        // What was sent is not kept, and its place stays, so that a second resource of the kind sends none.
        let examples = self.current().examples.get_mut(kind).map(std::mem::take).unwrap_or_default();
        if !examples.is_empty() {
            self.current().examples.insert(kind.clone(), vec![Value::Null; EXAMPLES]);
            self.say(Word::Examples(kind.clone(), examples));
        }
    }
}

/// What carries words to the catalog.
struct Voice {
    catalog: Arc<Catalog>,
    addresses: Addresses,
    run: String,
    clock: Clock,
    has_warned: AtomicBool,
}

impl Voice {
    /// Until nobody speaks any more and everything is said.
    async fn speak(self, mut words: mpsc::Receiver<Word>) {
        let mut beat = std::pin::pin!(self.clock.sleep(HEARTBEAT));
        loop {
            tokio::select! {
                biased;
                word = words.recv() => match word {
                    Some(word) => self.send(word).await,
                    None => return,
                },
                () = &mut beat => {
                    if let Some(to) = &self.addresses.metrics {
                        self.judge("a sign of life", self.catalog.post_heartbeat(to, &self.run).await);
                    }
                    beat.set(self.clock.sleep(HEARTBEAT));
                }
            }
        }
    }

    async fn send(&self, word: Word) {
        let Addresses { metrics, logs } = &self.addresses;
        match (word, metrics, logs) {
            (Word::Kinds(events), Some(to), _) => {
                self.judge("the metrics of its kinds", self.catalog.post_sync_metrics(to, &events).await);
            }
            (Word::Kind(identifier, event), Some(to), _) => {
                let told = self.catalog.put_kind_metrics(to, &self.run, &identifier, &event).await;
                self.judge("the metrics of a kind", told);
            }
            (Word::Logs(records), _, Some(to)) => self.judge("what it has to say", self.catalog.post_logs(to, &records).await),
            (Word::Examples(kind, examples), ..) => {
                self.judge("examples of raw items", self.catalog.post_kind_examples(&kind, &examples).await);
            }
            _ => {}
        }
    }

    /// Warns of the first that is refused; the others of a run say nothing new.
    fn judge(&self, what: &str, told: Result<(), CatalogError>) {
        match told {
            Ok(()) => {}
            Err(error) if !self.has_warned.swap(true, Ordering::Relaxed) => {
                tracing::warn!(%error, "the catalog did not take {what} of this resync; the resync goes on");
            }
            Err(error) => tracing::debug!(%error, "the catalog did not take {what} of this resync"),
        }
    }
}

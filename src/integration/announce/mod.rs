//! Reports to the catalog about a run, as a portal shows them: metrics of each kind, heartbeats, examples of raw items, log
//! records. All of them are optional: each is sent once, in the background, and a refusal is a warning.
//!
//! | subject | file |
//! | --- | --- |
//! | outcome to metrics of kinds | `events` |
//! | outcome to log records | `records` |
//! | raw items to examples without personal data | `mask` |

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

pub use records::{Level, LogRecord, log_records, unusable_mapping_record};

use crate::catalog::{Catalog, CatalogError, IngestUrl, ResyncStatus};
use crate::door::clock::Clock;
use crate::model::item::Batch;
use crate::model::slice::Slice;
use crate::reconcile::outcome::Outcome;
use crate::resync::Resync;
use crate::resync::observe::Observer;
use events::{KindEvents, KindProgress};

/// Interval of heartbeats.
const HEARTBEAT_INTERVAL: Duration = Duration::from_secs(10);

/// Messages that may wait to be sent. A run has two per resource and a few at its end. Further ones are dropped, because a run must
/// not wait for optional reports.
const MESSAGE_CAPACITY: usize = 256;

/// Examples per kind.
const EXAMPLES: usize = 5;

/// Addresses for reports. None: the catalog takes no such reports.
#[derive(Clone, Debug, Default)]
pub struct IngestAddresses {
    /// Metrics and heartbeats.
    pub metrics: Option<IngestUrl>,
    /// Log records.
    pub logs: Option<IngestUrl>,
}

/// Reports to the catalog beyond metrics.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CatalogReporting {
    /// A few raw items of each kind, with personal data masked.
    pub examples: bool,
    /// Failures and the summary of the run, for the integration's log.
    pub logs: bool,
}

enum Message {
    Kinds(Vec<Value>),
    Kind(String, Value),
    Examples(String, Vec<Value>),
    Logs(Vec<Value>),
}

/// Reporter of one run. It sends in the background; dropping it stops that at once.
pub(super) struct CatalogReporter {
    sender: mpsc::Sender<Message>,
    sending: AbortOnDropHandle<()>,
    events: KindEvents,
    kinds: Vec<(String, Option<String>)>,
    reporting: CatalogReporting,
    has_logs: bool,
    clock: Clock,
    current: Mutex<RunProgress>,
}

/// Progress of the run, by number of the resource; examples by kind.
#[derive(Default)]
struct RunProgress {
    kinds: BTreeMap<usize, KindProgress>,
    examples: BTreeMap<String, Vec<Value>>,
}

impl CatalogReporter {
    /// Starts the reporter, and reports every kind as pending.
    pub(super) fn begin(resync: &Resync, addresses: &IngestAddresses, reporting: CatalogReporting) -> Self {
        let (sender, receiver) = mpsc::channel(MESSAGE_CAPACITY);
        let catalog = &resync.catalog;
        let events = KindEvents {
            integration: catalog.integration_identifier().to_owned(),
            integration_type: catalog.integration_type().to_owned(),
            version: catalog.version().to_owned(),
            run: catalog.resync_id().unwrap_or_default().to_owned(),
        };
        let message_sender = MessageSender {
            catalog: Arc::clone(catalog),
            addresses: addresses.clone(),
            run: events.run.clone(),
            clock: resync.clock.clone(),
            has_warned: AtomicBool::new(false),
        };
        let kinds = resync.resources.iter().map(|it| (it.kind().to_owned(), it.blueprint_constant().map(str::to_owned)));
        let this = Self {
            sender,
            sending: AbortOnDropHandle::new(tokio::spawn(message_sender.run(receiver))),
            events,
            kinds: kinds.collect(),
            reporting,
            has_logs: addresses.logs.is_some(),
            clock: resync.clock.clone(),
            current: Mutex::default(),
        };
        this.queue(Message::Kinds(this.events.pending(&this.kinds)));
        this
    }

    /// Reports the end of the run, and waits at most `at_most` until all messages are sent.
    pub(super) async fn end(self, status: ResyncStatus, outcome: Option<&Outcome>, at_most: Duration) {
        self.queue(Message::Kinds(self.events.ended(&self.kinds, status, outcome)));
        if let Some(outcome) = outcome.filter(|_| self.reporting.logs && self.has_logs) {
            let now = self.clock.now();
            self.queue(Message::Logs(log_records(outcome, status).iter().map(|it| it.json(&self.events.run, now)).collect()));
        }
        let Self { sender, sending, clock, .. } = self;
        // Closing the channel ends the task after the last message.
        drop(sender);
        tokio::select! {
            biased;
            _ = sending => {}
            () = clock.sleep(at_most) => tracing::debug!("not all reports about this resync reached the catalog in time"),
        }
    }

    fn queue(&self, message: Message) {
        if self.sender.try_send(message).is_err() {
            tracing::debug!("a report about this resync is dropped, because the catalog is slow");
        }
    }

    fn current(&self) -> MutexGuard<'_, RunProgress> {
        // A panic elsewhere leaves numbers that are at worst a little old.
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn report_kind(&self, resource: usize, status: ResyncStatus) {
        let Some((kind, blueprint)) = self.kinds.get(resource) else { return };
        let progress = self.current().kinds.get(&resource).cloned().unwrap_or_default();
        let (identifier, event) = self.events.kind(resource, kind, blueprint.as_deref(), status, &progress);
        self.queue(Message::Kind(identifier, event));
    }
}

impl Observer for CatalogReporter {
    fn resource_began(&self, resource: usize, _: &str) {
        self.report_kind(resource, ResyncStatus::Running);
    }

    fn items_read(&self, resource: usize, batch: &Batch) {
        if !self.reporting.examples {
            return;
        }
        let Some((kind, _)) = self.kinds.get(resource) else { return };
        let mut current = self.current();
        let examples = current.examples.entry(kind.clone()).or_default();
        let missing = EXAMPLES.saturating_sub(examples.len());
        examples.extend(batch.items.iter().take(missing).filter_map(|item| mask::example(item, &batch.enrichment)));
    }

    fn slice_ended(&self, slice: &Slice) {
        self.current().kinds.entry(slice.resource).or_default().failed |= slice.is_failure();
    }

    fn items_mapped(&self, resource: usize, count: u64) {
        self.current().kinds.entry(resource).or_default().items += count;
    }

    fn entities_loaded(&self, resource: usize, count: u64) {
        self.current().kinds.entry(resource).or_default().entities += count;
    }

    fn resource_ended(&self, resource: usize) {
        let failed = self.current().kinds.get(&resource).is_some_and(|progress| progress.failed);
        self.report_kind(resource, if failed { ResyncStatus::Failed } else { ResyncStatus::Completed });
        let Some((kind, _)) = self.kinds.get(resource) else { return };
        // Nulls take the place of the sent examples, so that a second resource of the kind sends none.
        let examples = self.current().examples.get_mut(kind).map(std::mem::take).unwrap_or_default();
        if !examples.is_empty() {
            self.current().examples.insert(kind.clone(), vec![Value::Null; EXAMPLES]);
            self.queue(Message::Examples(kind.clone(), examples));
        }
    }
}

/// Sender of messages to the catalog.
struct MessageSender {
    catalog: Arc<Catalog>,
    addresses: IngestAddresses,
    run: String,
    clock: Clock,
    has_warned: AtomicBool,
}

impl MessageSender {
    /// Sends messages and heartbeats until the channel is closed and empty.
    async fn run(self, mut messages: mpsc::Receiver<Message>) {
        let mut heartbeat = std::pin::pin!(self.clock.sleep(HEARTBEAT_INTERVAL));
        loop {
            tokio::select! {
                biased;
                message = messages.recv() => match message {
                    Some(message) => self.send(message).await,
                    None => return,
                },
                () = &mut heartbeat => {
                    if let Some(to) = &self.addresses.metrics {
                        self.log_failure("a heartbeat", self.catalog.post_heartbeat(to, &self.run).await);
                    }
                    heartbeat.set(self.clock.sleep(HEARTBEAT_INTERVAL));
                }
            }
        }
    }

    async fn send(&self, message: Message) {
        let IngestAddresses { metrics, logs } = &self.addresses;
        match (message, metrics, logs) {
            (Message::Kinds(events), Some(to), _) => {
                self.log_failure("the metrics of its kinds", self.catalog.post_sync_metrics(to, &events).await);
            }
            (Message::Kind(identifier, event), Some(to), _) => {
                let sent = self.catalog.put_kind_metrics(to, &self.run, &identifier, &event).await;
                self.log_failure("the metrics of a kind", sent);
            }
            (Message::Logs(records), _, Some(to)) => {
                self.log_failure("the log records", self.catalog.post_logs(to, &records).await)
            }
            (Message::Examples(kind, examples), ..) => {
                self.log_failure("examples of raw items", self.catalog.post_kind_examples(&kind, &examples).await);
            }
            _ => {}
        }
    }

    /// Warns of the first failure of a run only; further ones have the same cause.
    fn log_failure(&self, what: &str, sent: Result<(), CatalogError>) {
        match sent {
            Ok(()) => {}
            Err(error) if !self.has_warned.swap(true, Ordering::Relaxed) => {
                tracing::warn!(%error, "cannot report {what} of this resync to the catalog; the resync goes on");
            }
            Err(error) => tracing::debug!(%error, "cannot report {what} of this resync to the catalog"),
        }
    }
}

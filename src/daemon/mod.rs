//! `serve`: resyncs that start by themselves, for as long as the process lives.
//!
//! ```text
//!   check of the catalog, every minute ──┐
//!   schedule ────────────────────────────┼─► queue (one runs, one waits) ──► one resync ──► readiness ──► /health/ready
//!   POST /resync ────────────────────────┘
//! ```
//!
//! | subject | file |
//! | --- | --- |
//! | queue: one resync runs, one waits | [`queue`] |
//! | time of the next scheduled resync | [`schedule`] |
//! | changes at the catalog since the last check | [`watch`] |
//! | readiness and the reasons against it | [`readiness`] |
//! | class of a failure, safe to publish | `failure_class` |
//! | HTTP routes | [`health`], `webhook` |
//! | what the daemon is told to do | `options` |
//! | one resync: its mapping, its run, its state at the catalog | `one_resync` |
//!
//! All of it runs in one task, which the caller drives. Time, seed and clients are arguments.

mod failure_class;
pub mod health;
mod one_resync;
mod options;
pub mod queue;
pub mod readiness;
pub mod schedule;
pub mod watch;
mod webhook;

use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use futures_util::future::LocalBoxFuture;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::catalog::{CatalogError, CatalogRefusal, ResyncProgress, ResyncState};
use crate::door::clock::Clock;
use crate::integration::guard::NextRun;
use crate::integration::mapping::{FoundMapping, MappingSource};
use crate::integration::{RunRequest, RunResult};
use crate::mapping::file::Mapping;
use crate::mapping::finding::Finding;
use crate::model::mapping_origin::MappingOrigin;
use crate::resync::Resync;
use crate::resync::context::RunContext;
use crate::resync::observe::Observer;
use failure_class::FailureClass;
use one_resync::ResyncEnd;
pub use options::{DaemonOptions, KIND_SCHEDULES_AT_MOST, KindSchedule, Listener};
use queue::{QueueAnswer, ResyncQueue, Trigger};
use readiness::{ClockReading, Readiness};
use schedule::Schedule;
use watch::{CatalogChange, CatalogWatch};

/// Capacity of the trigger channel: room for the schedule of each kind beside the triggers of everything. So a full channel always holds
/// a trigger of everything, which covers any later one.
const TRIGGER_CAPACITY: usize = 8 + KIND_SCHEDULES_AT_MOST;

/// First wait before a resync that could not begin is tried again. Doubled after each further failure.
const FIRST_RETRY: Duration = Duration::from_secs(60);

/// Upper limit of that wait.
const LONGEST_RETRY: Duration = Duration::from_secs(60 * 60);

/// Time limit of one check of the catalog, signing in included. A slower catalog counts as unreachable.
const CATALOG_CHECK_TIMEOUT: Duration = Duration::from_secs(60);

/// Time limit of one report to the catalog outside a resync. A report that fails is sent again after a later check.
const REPORT_TIMEOUT: Duration = Duration::from_secs(5);

/// Time limit of a running resync after the daemon was told to stop. The run itself stops within nine seconds; containers are killed after ten.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_millis(9_500);

/// Interval of clock checks while the schedule waits. A clock that was set, or a machine that slept, is noticed after it.
const CLOCK_CHECK_INTERVAL: Duration = Duration::from_secs(60);

/// Difference between the time of day and the time passed from which the clock counts as set. Time servers correct by less at a time.
const CLOCK_SET_TOLERANCE: SignedDuration = SignedDuration::from_secs(2);

/// Observer of the daemon's runs.
pub trait DaemonObserver: Send + Sync {
    /// A resync of that name begins. The answer listens to it until it has ended.
    fn resync_began(&self, run: &str, trigger: Trigger) -> Box<dyn Observer>;
    /// Attends to it: calls [`attend`](crate::integration::attend) once, and does whatever else a run of this program takes, such
    /// as recording it.
    fn attend<'a>(
        &'a self,
        resync: &'a Resync,
        visit: RunRequest<'a>,
        end: &'a CancellationToken,
    ) -> LocalBoxFuture<'a, RunResult>;
    /// It has ended; `next` is when the schedule has the next one.
    fn resync_ended(&self, run: &str, result: &RunResult, next: Option<Timestamp>);
    /// Reports mistakes of a mapping, by which it cannot be used or gives other results than meant.
    fn mapping_checked(&self, findings: &[Finding]);
}

/// Daemon: starts resyncs by its triggers and answers health checks.
pub struct Daemon {
    context: RunContext,
    source: MappingSource,
    options: DaemonOptions,
    readiness: Arc<Readiness>,
    triggers: mpsc::Receiver<Trigger>,
    trigger_sender: mpsc::Sender<Trigger>,
    state: Mutex<DaemonState>,
}

#[derive(Default)]
struct DaemonState {
    watch: CatalogWatch,
    /// Last mapping that could be used, and the place that it came from.
    good: Option<(Mapping, MappingOrigin)>,
    /// Content of the current mapping when it cannot be used, so that it is reported once.
    unusable: Option<Value>,
    /// State that the catalog did not accept yet.
    unsent_state: Option<ResyncProgress>,
    /// Last heartbeat of another process by the catalog's clock, and the [`Clock::elapsed`] at which it was first read.
    other_heartbeat: Option<(Timestamp, Duration)>,
    /// Schedule, shifted with the clock.
    schedule: Option<Schedule>,
    is_running: bool,
    /// The mapping was compared with the one at the catalog.
    has_compared_mapping: bool,
}

impl Daemon {
    /// Creates a daemon. Sends nothing and starts nothing.
    pub fn new(context: RunContext, source: MappingSource, options: DaemonOptions) -> Self {
        let now = context.clock.now();
        let by_schedule = options.schedule.as_ref().and_then(|schedule| schedule.default_ready_within(now));
        // Without resyncs there is no age to check.
        let resyncs = !matches!(options.listener, Listener::Never);
        let ready_within = options.ready_within.or(by_schedule).filter(|_| resyncs);
        let readiness = Arc::new(Readiness::new(ClockReading::now(&context.clock), ready_within));
        let (trigger_sender, triggers) = mpsc::channel(TRIGGER_CAPACITY);
        Self { context, source, options, readiness, triggers, trigger_sender, state: Mutex::default() }
    }

    /// HTTP routes: health checks, and `POST /resync` with the webhook listener.
    pub fn router(&self) -> Router {
        let health = health::router(Arc::clone(&self.readiness), self.context.clock.clone());
        match &self.options.listener {
            Listener::Polling | Listener::Never => health,
            Listener::Webhook { secret, .. } => {
                health.merge(webhook::router(self.trigger_sender.clone(), secret.clone(), self.context.clock.clone()))
            }
        }
    }

    /// Sends triggers from outside. A full channel holds one of everything already.
    pub fn trigger_sender(&self) -> mpsc::Sender<Trigger> {
        self.trigger_sender.clone()
    }

    /// Shared readiness.
    pub fn readiness(&self) -> Arc<Readiness> {
        Arc::clone(&self.readiness)
    }

    /// Runs until `end` is cancelled. A running resync then finishes its open requests, deletes nothing more and ends within nine
    /// seconds.
    pub async fn run(mut self, end: CancellationToken, observer: &dyn DaemonObserver) {
        if matches!(self.options.listener, Listener::Never) {
            tracing::info!("no resyncs, because the event listener is set to never; health checks are answered");
            return end.cancelled().await;
        }
        let mut triggers = std::mem::replace(&mut self.triggers, mpsc::channel(1).1);
        let this = &self;
        let mut queue = ResyncQueue::default();
        let mut running: Option<LocalBoxFuture<'_, (Trigger, ResyncEnd)>> = None;
        let mut retry: Option<LocalBoxFuture<'_, ()>> = None;
        let (mut number, mut failures) = (0_u64, 0_u32);
        let mut begin = |trigger: Trigger| -> LocalBoxFuture<'_, (Trigger, ResyncEnd)> {
            number += 1;
            this.state().is_running = true;
            this.readiness.resync_began(ClockReading::now(&this.context.clock));
            let (run, end) = (number, &end);
            Box::pin(async move { (trigger, this.one_resync(run, trigger, end, observer).await) })
        };
        let mut watching = pin!(this.watch_catalog(observer));
        let mut scheduling = pin!(this.run_schedules());
        if this.options.resync_on_start
            && let QueueAnswer::Begin(trigger) = queue.ask(Trigger::Start)
        {
            running = Some(begin(trigger));
        }
        loop {
            let trigger = tokio::select! {
                biased;
                () = end.cancelled() => break,
                (trigger, ended) = finished(&mut running) => {
                    this.state().is_running = false;
                    // Some kinds neither make up for a failed resync of everything nor are a reason to repeat one.
                    if trigger.is_of_everything() {
                        failures = if ended == ResyncEnd::RetryLater { failures + 1 } else { 0 };
                        retry = (failures > 0).then(|| {
                            let wait = retry_after(failures);
                            tracing::info!(seconds = wait.as_secs(), "the resync is retried after a wait");
                            Box::pin(this.context.clock.sleep(wait)) as LocalBoxFuture<'_, ()>
                        });
                    }
                    let next = queue.ended();
                    if next.is_some_and(Trigger::is_of_everything) {
                        retry = None;
                    }
                    running = next.map(&mut begin);
                    continue;
                }
                Some(trigger) = triggers.recv() => trigger,
                () = finished(&mut retry) => {
                    retry = None;
                    Trigger::Retry
                }
                () = &mut watching => break,
                () = &mut scheduling => break,
            };
            match queue.ask(trigger) {
                QueueAnswer::Begin(trigger) => {
                    if trigger.is_of_everything() {
                        retry = None;
                    }
                    running = Some(begin(trigger));
                }
                QueueAnswer::Queued => {
                    tracing::info!(because = %trigger, "resync queued: it begins when the running one has ended")
                }
                QueueAnswer::Joined => tracing::info!(because = %trigger, "resync already queued"),
                QueueAnswer::Closed => {}
            }
        }
        queue.close();
        if let Some(run) = running {
            tracing::info!("stopping: open requests are finished, nothing more is deleted");
            within(SHUTDOWN_TIMEOUT, &this.context.clock, run).await;
        }
        tracing::info!("shut down cleanly");
    }

    /// Sends triggers for all schedules. Never returns.
    async fn run_schedules(&self) {
        let of_kinds = self.options.kind_schedules.iter().zip(0..).map(|(of_kinds, number)| {
            let trigger = Trigger::Kinds(1_u64.checked_shl(number).unwrap_or_default());
            self.run_schedule(Some(of_kinds.schedule.clone()), trigger)
        });
        let all = of_kinds.chain([self.run_schedule(self.options.schedule.clone(), Trigger::Schedule)]);
        futures_util::future::join_all(all).await;
    }

    /// Sends a trigger for each time of a schedule. Never returns.
    ///
    /// Elapsed time decides, not the time of day. A clock that is set back delays nothing. After a clock was set forward, or the
    /// machine slept, an overdue resync is triggered at once.
    async fn run_schedule(&self, schedule: Option<Schedule>, trigger: Trigger) {
        let clock = &self.context.clock;
        let Some(mut schedule) = schedule else { return std::future::pending().await };
        loop {
            let mut seen = (clock.now(), clock.elapsed());
            let Some(mut due) = schedule.next(seen.0) else { return std::future::pending().await };
            self.set_schedule(&schedule, due, trigger);
            match trigger {
                Trigger::Kinds(_) => tracing::debug!(at = %due, "the next scheduled resync of some kinds"),
                _ => tracing::info!(at = %due, "the next scheduled resync"),
            }
            let mut at = seen.1.saturating_add(between(seen.0, due));
            loop {
                let left = at.saturating_sub(clock.elapsed());
                if left.is_zero() || clock.now() >= due {
                    break;
                }
                clock.sleep(left.clamp(Duration::from_millis(1), CLOCK_CHECK_INTERVAL)).await;
                let now = (clock.now(), clock.elapsed());
                let passed = SignedDuration::try_from(now.1.saturating_sub(seen.1)).unwrap_or_default();
                let set = now.0.duration_since(seen.0) - passed;
                seen = now;
                if set >= -CLOCK_SET_TOLERANCE {
                    continue;
                }
                schedule = schedule.set_forward(set);
                if schedule.is_of_calendar() {
                    let Some(next) = schedule.next(now.0) else { return std::future::pending().await };
                    (due, at) = (next, now.1.saturating_add(between(now.0, next)));
                } else {
                    due = due.saturating_add(set).unwrap_or(due);
                }
                self.set_schedule(&schedule, due, trigger);
                tracing::warn!(at = %due, "the clock was set back by {:#}; the next scheduled resync", set.abs());
            }
            // A full channel already holds a trigger of everything.
            let _ = self.trigger_sender.try_send(trigger);
            // Without this step a clock set back could give the same due time again.
            clock.sleep(Duration::from_millis(1)).await;
        }
    }

    /// Notes the next resync of everything. Those of some kinds are in between, and nobody waits for them.
    fn set_schedule(&self, schedule: &Schedule, due: Timestamp, trigger: Trigger) {
        if trigger != Trigger::Schedule {
            return;
        }
        self.state().schedule = Some(schedule.clone());
        self.readiness.set_next(Some(due));
    }

    /// Next scheduled resync in the catalog's form.
    fn next_run(&self) -> Option<NextRun> {
        let schedule = self.state().schedule.clone().or_else(|| self.options.schedule.clone());
        schedule.and_then(|schedule| schedule.next_run(self.context.clock.now()))
    }

    /// Checks the catalog at each polling interval. Never returns.
    async fn watch_catalog(&self, observer: &dyn DaemonObserver) {
        let clock = &self.context.clock;
        let mut next = clock.elapsed();
        loop {
            self.check_catalog(observer).await;
            // Counted from start to start, so that a slow answer does not lower the frequency.
            next = next.saturating_add(self.options.polling_interval).max(clock.elapsed());
            clock.sleep(next.saturating_sub(clock.elapsed())).await;
        }
    }

    /// Checks the catalog once: availability, resync request, mapping. Then sends a state that it did not accept before.
    async fn check_catalog(&self, observer: &dyn DaemonObserver) {
        let view = within(CATALOG_CHECK_TIMEOUT, &self.context.clock, self.read_catalog()).await;
        let view = view.map(|view| view.map_err(|error| (chain(&error), FailureClass::of_catalog(&error))));
        let late = || Err((format!("it did not answer within {} s", CATALOG_CHECK_TIMEOUT.as_secs()), FailureClass::NO_ANSWER));
        let CatalogView { request, exists, found, state } = match view.unwrap_or_else(late) {
            Ok(view) => view,
            Err((why, failure)) => {
                if self.readiness.catalog_failed(self.context.clock.now(), failure) {
                    tracing::warn!("cannot check the catalog: {why}");
                }
                return;
            }
        };
        self.readiness.catalog_answered();
        let Some(found) = found else { return };
        let is_new = self.state().watch.is_new(&found.content);
        // Without a record nobody can have requested a resync, and the catalog counts its creation as a request.
        let change = if exists { self.state().watch.compare(request, &found.content) } else { CatalogChange::Unchanged };
        match &found.mapping {
            Some(_) => self.mapping_is_usable(),
            None => self.report_unusable_mapping(&found, observer).await,
        }
        let wanted = match change {
            CatalogChange::Unchanged => None,
            CatalogChange::Requested => Some(Trigger::Request),
            // A mapping that cannot be used triggers nothing.
            CatalogChange::Edited => (is_new && found.mapping.is_some()).then_some(Trigger::Mapping),
        };
        if let (Some(trigger), Listener::Polling) = (wanted, &self.options.listener) {
            let _ = self.trigger_sender.try_send(trigger);
        }
        self.send_unsent_state(state.as_ref()).await;
    }

    async fn read_catalog(&self) -> Result<CatalogView, CatalogError> {
        let catalog = &self.context.catalog;
        let (request, existed) = match catalog.resync_request().await {
            Ok(request) => (request.and_then(|request| request.updated_at), true),
            // The integration does not exist yet, but may exist at the next request.
            Err(error) if error.refusal().is_some_and(CatalogRefusal::is_missing) => (None, false),
            Err(error) => return Err(error),
        };
        let integration = catalog.integration_once().await?;
        let found = match self.source.read_file() {
            Ok(Some(found)) => Some(found),
            Ok(None) => Some(self.source.of_integration(integration.as_ref())),
            Err(error) => {
                if self.readiness.set_mapping_problem(Some("the mapping file cannot be read; the log says why".to_owned())) {
                    tracing::error!("{}", chain(&error));
                }
                None
            }
        };
        let exists = existed && integration.is_some();
        Ok(CatalogView { request, exists, found, state: integration.and_then(|integration| integration.resync_state) })
    }

    fn state(&self) -> MutexGuard<'_, DaemonState> {
        // The fields are independent, so a panic elsewhere leaves no harmful mixture.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Logs that a due resync waits for the guard.
pub fn log_waiting(wait: Duration) {
    let seconds = wait.as_secs();
    tracing::info!(seconds, "another resync of this integration seems to be running; waiting for its heartbeat");
}

/// Runs `work` for at most `at_most`. None: it did not finish.
async fn within<T>(at_most: Duration, clock: &Clock, work: impl Future<Output = T>) -> Option<T> {
    tokio::select! {
        biased;
        done = work => Some(done),
        () = clock.sleep(at_most) => None,
    }
}

/// Waits for the future and removes it. Waits for ever when there is none.
async fn finished<T>(future: &mut Option<LocalBoxFuture<'_, T>>) -> T {
    let output = match future.as_mut() {
        Some(future) => future.await,
        None => std::future::pending().await,
    };
    *future = None;
    output
}

fn between(earlier: Timestamp, later: Timestamp) -> Duration {
    Duration::try_from(later.duration_since(earlier)).unwrap_or_default()
}

/// Result of one check of the catalog.
struct CatalogView {
    request: Option<Timestamp>,
    exists: bool,
    found: Option<FoundMapping>,
    state: Option<ResyncState>,
}

/// Wait before the next try, after that many failures in a row.
fn retry_after(failures: u32) -> Duration {
    FIRST_RETRY.saturating_mul(1 << failures.saturating_sub(1).min(16)).min(LONGEST_RETRY)
}

/// An error with all its causes.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text = format!("{text}: {inner}");
        cause = inner.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_before_another_try_doubles_to_an_hour() {
        let minutes: Vec<u64> = (1..=9).map(|failures| retry_after(failures).as_secs() / 60).collect();
        assert_eq!(minutes, [1, 2, 4, 8, 16, 32, 60, 60, 60]);
        assert_eq!(retry_after(u32::MAX), LONGEST_RETRY);
    }
}

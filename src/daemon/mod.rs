//! `serve`: resyncs that start by themselves, for as long as the process lives.
//!
//! ```text
//!   look at the catalog, every minute ──┐
//!   schedule ───────────────────────────┼─► turns (one runs, one waits) ──► resync::attend ──► vitals ──► /health/ready
//!   POST /resync ───────────────────────┘
//! ```
//!
//! | what | file |
//! | --- | --- |
//! | one resync at a time, never interrupted by the next | [`turns`] |
//! | when the next one is due | [`schedule`] |
//! | what has changed at the catalog since the last look | [`watch`] |
//! | how the daemon is, and whether that makes it ready | [`vitals`] |
//! | the class of what went wrong, for everybody to see | `trouble` |
//! | the routes | [`health`], `webhook` |
//! | one turn: the mapping, the run, the word of its end | `turn` |
//!
//! Everything of it happens in one task, which the caller drives; time, seed and clients are arguments.

pub mod health;
pub mod schedule;
mod trouble;
mod turn;
pub mod turns;
pub mod vitals;
pub mod watch;
mod webhook;

use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::catalog::{CatalogError, Refusal, ResyncProgress, ResyncState};
use crate::door::clock::Clock;
use crate::integration::announce::Courtesies;
use crate::integration::guard::{Entry, NextRun};
use crate::integration::mapping::{Found, MappingSource};
use crate::integration::{Attendance, Creates, Visit};
use crate::mapping::file::Mapping;
use crate::mapping::finding::Finding;
use crate::model::secret::Secret;
use crate::resync::Resync;
use crate::resync::ground::Ground;
use crate::resync::observe::Observer;
use schedule::Schedule;
use trouble::Trouble;
use turn::Ended;
use turns::{Reason, Turn, Turns};
use vitals::{Moment, Vitals};
use watch::{Sight, Watch};

/// Wishes that may wait to be heard. They are heard at once, and one that waits does for many.
const ASKS_AHEAD: usize = 8;

/// From a resync that had nothing to go on with to the next try. Doubled each time it happens again.
const FIRST_RETRY: Duration = Duration::from_secs(60);

/// Where the doubling ends.
const LONGEST_RETRY: Duration = Duration::from_secs(60 * 60);

/// How long one look at the catalog may take, signing in included. What takes longer is a catalog that cannot be looked at.
const LOOK_AT_MOST: Duration = Duration::from_secs(60);

/// How long the catalog may take to be told one thing outside a resync. What it does not take is told at a later look.
const WORD_AT_MOST: Duration = Duration::from_secs(5);

/// How long what runs may take to end. It keeps to nine seconds by itself; containers are killed after ten.
const END_AT_MOST: Duration = Duration::from_millis(9_500);

/// From one look at the clock to the next while the schedule waits: a clock that is set, or a machine that slept, is noticed so soon.
const CLOCK_LOOK: Duration = Duration::from_secs(60);

/// How far the time of day may go from the time that passed until somebody must have set it: time servers correct by less, a
/// little at a time.
const CLOCK_DRIFT: SignedDuration = SignedDuration::from_secs(2);

/// What starts resyncs, besides the start and the schedule.
#[derive(Clone, Debug)]
pub enum Listener {
    /// A request for a resync, or an edit of the mapping, that is found at the catalog.
    Polling,
    /// A call of `POST /resync`.
    Webhook {
        /// Where the catalog reaches us, without `/resync`; none leaves it to others to call.
        app_host: Option<String>,
        /// What callers have to know; none lets everybody in.
        secret: Option<Secret>,
    },
    /// Nothing: neither the start nor the schedule nor anybody. The daemon only answers whether it lives.
    Nobody,
}

/// How the daemon goes.
#[derive(Clone, Debug)]
pub struct DaemonOptions {
    /// What starts resyncs.
    pub listener: Listener,
    /// From one look at the catalog to the next.
    pub polling_interval: Duration,
    /// Whether it resyncs at the start.
    pub resync_on_start: bool,
    /// When it resyncs by itself.
    pub schedule: Option<Schedule>,
    /// How old the last good resync may be. None: as the schedule says.
    pub ready_within: Option<Duration>,
    /// Whether a resync that did a part is a good one.
    pub partial_ok: bool,
    /// What the catalog is told beyond metrics.
    pub courtesies: Courtesies,
    /// What may be created at the catalog beside entities.
    pub creates: Creates,
    /// How resyncs are let in.
    pub entry: Entry,
    /// Where the names of runs come from.
    pub seed: u64,
}

/// Who hears what the daemon does.
pub trait Audience: Send + Sync {
    /// A resync of that name begins. The answer listens to it until it has ended.
    fn resync_began(&self, run: &str, reason: Reason) -> Box<dyn Observer>;
    /// Attends to it: calls [`attend`](crate::integration::attend) once, and does whatever else a run of this program takes, such
    /// as recording it.
    fn attend<'a>(&'a self, resync: &'a Resync, visit: Visit<'a>, end: &'a CancellationToken) -> Later<'a, Attendance>;
    /// It has ended; `next` is when the schedule has the next one.
    fn resync_ended(&self, run: &str, attendance: &Attendance, next: Option<Timestamp>);
    /// A mapping has faults, by which it cannot be used or not as it is meant.
    fn mapping_has(&self, findings: &[Finding]);
}

/// A daemon that is ready to run.
pub struct Daemon {
    ground: Ground,
    source: MappingSource,
    options: DaemonOptions,
    vitals: Arc<Vitals>,
    asks: mpsc::Receiver<Reason>,
    asking: mpsc::Sender<Reason>,
    known: Mutex<Known>,
}

/// What is known of the catalog's side.
#[derive(Default)]
struct Known {
    watch: Watch,
    /// The last mapping that could be used.
    good: Option<Mapping>,
    /// The content of the last mapping that could not, so that it is told once.
    refused: Option<Value>,
    /// A state that the catalog did not take yet.
    untold: Option<ResyncProgress>,
    /// When another process, as it says, was last resyncing, and since when (see [`Clock::elapsed`]) it has said nothing newer.
    other_seen: Option<(Timestamp, Duration)>,
    /// The schedule, which moves with the clock.
    schedule: Option<Schedule>,
    is_running: bool,
}

impl Daemon {
    /// Makes a daemon. Nothing is asked or started yet.
    pub fn new(ground: Ground, source: MappingSource, options: DaemonOptions) -> Self {
        let now = ground.clock.now();
        let by_schedule = options.schedule.as_ref().and_then(|schedule| schedule.good_for(now));
        // Who never resyncs has none that could get too old.
        let resyncs = !matches!(options.listener, Listener::Nobody);
        let ready_within = options.ready_within.or(by_schedule).filter(|_| resyncs);
        let vitals = Arc::new(Vitals::new(Moment::now(&ground.clock), ready_within));
        let (asking, asks) = mpsc::channel(ASKS_AHEAD);
        Self { ground, source, options, vitals, asks, asking, known: Mutex::default() }
    }

    /// What it answers over HTTP.
    pub fn router(&self) -> Router {
        let health = health::router(Arc::clone(&self.vitals), self.ground.clock.clone());
        match &self.options.listener {
            Listener::Polling | Listener::Nobody => health,
            Listener::Webhook { secret, .. } => {
                health.merge(webhook::router(self.asking.clone(), secret.clone(), self.ground.clock.clone()))
            }
        }
    }

    /// How it is.
    pub fn vitals(&self) -> Arc<Vitals> {
        Arc::clone(&self.vitals)
    }

    /// Runs until `end` is called for. Then a resync that runs finishes what is in flight, deletes nothing more and is over within
    /// nine seconds.
    pub async fn run(mut self, end: CancellationToken, audience: &dyn Audience) {
        if matches!(self.options.listener, Listener::Nobody) {
            tracing::info!("nothing is resynced: the event listener says so; health checks are answered");
            return end.cancelled().await;
        }
        let mut asks = std::mem::replace(&mut self.asks, mpsc::channel(1).1);
        let this = &self;
        let mut turns = Turns::default();
        let (mut running, mut retry): (Option<Later<'_, Ended>>, Option<Later<'_, ()>>) = (None, None);
        let (mut number, mut failures) = (0_u64, 0_u32);
        let mut begin = |reason: Reason| -> Later<'_, Ended> {
            number += 1;
            this.known().is_running = true;
            this.vitals.resync_began(Moment::now(&this.ground.clock));
            Box::pin(this.turn(number, reason, &end, audience))
        };
        let mut watching = pin!(this.watch_catalog(audience));
        let mut scheduling = pin!(this.keep_schedule());
        if this.options.resync_on_start
            && let Turn::Begin(reason) = turns.ask(Reason::Start)
        {
            running = Some(begin(reason));
        }
        loop {
            let asked = tokio::select! {
                biased;
                () = end.cancelled() => break,
                ended = outcome_of(&mut running) => {
                    this.known().is_running = false;
                    failures = if ended == Ended::HadNothing { failures + 1 } else { 0 };
                    retry = (failures > 0).then(|| {
                        let wait = retry_after(failures);
                        tracing::info!(seconds = wait.as_secs(), "the resync is tried again after a while");
                        Box::pin(this.ground.clock.sleep(wait)) as Later<'_, ()>
                    });
                    running = turns.ended().map(&mut begin);
                    continue;
                }
                Some(reason) = asks.recv() => reason,
                () = outcome_of(&mut retry) => {
                    retry = None;
                    Reason::Retry
                }
                () = &mut watching => break,
                () = &mut scheduling => break,
            };
            let turn = turns.ask(asked);
            match turn {
                Turn::Begin(reason) => {
                    retry = None;
                    running = Some(begin(reason));
                }
                Turn::Queued => tracing::info!(because = %asked, "a resync is wanted: it begins when the running one has ended"),
                Turn::Joined => tracing::info!(because = %asked, "a resync is wanted: the one that waits already will do"),
                Turn::Closed => {}
            }
        }
        turns.close();
        if let Some(run) = running {
            tracing::info!("stopping: what is in flight is finished, nothing more is deleted");
            within(END_AT_MOST, &this.ground.clock, run).await;
        }
        tracing::info!("ended as it was told to");
    }

    /// Asks for resyncs by the schedule, for ever. The time that passes decides, not the time of day: a clock that is set back holds
    /// nothing up, and one that is set forward, or a machine that slept, has the next resync at once when its moment is past.
    async fn keep_schedule(&self) {
        let clock = &self.ground.clock;
        let Some(mut schedule) = self.options.schedule.clone() else { return std::future::pending().await };
        loop {
            let mut seen = (clock.now(), clock.elapsed());
            let Some(mut due) = schedule.next(seen.0) else { return std::future::pending().await };
            self.schedule_is(&schedule, due);
            tracing::info!(at = %due, "the next scheduled resync");
            let mut at = seen.1.saturating_add(between(seen.0, due));
            loop {
                let left = at.saturating_sub(clock.elapsed());
                if left.is_zero() || clock.now() >= due {
                    break;
                }
                clock.sleep(left.clamp(Duration::from_millis(1), CLOCK_LOOK)).await;
                let now = (clock.now(), clock.elapsed());
                let passed = SignedDuration::try_from(now.1.saturating_sub(seen.1)).unwrap_or_default();
                let set = now.0.duration_since(seen.0) - passed;
                seen = now;
                if set >= -CLOCK_DRIFT {
                    continue;
                }
                schedule = schedule.set_forward(set);
                if schedule.is_of_calendar() {
                    let Some(next) = schedule.next(now.0) else { return std::future::pending().await };
                    (due, at) = (next, now.1.saturating_add(between(now.0, next)));
                } else {
                    due = due.saturating_add(set).unwrap_or(due);
                }
                self.schedule_is(&schedule, due);
                tracing::warn!(at = %due, "the clock was set back by {:#}; the next scheduled resync", set.abs());
            }
            // Full means that one waits to be heard already.
            let _ = self.asking.try_send(Reason::Schedule);
            // The moment itself is past, also where its time of day comes once more.
            clock.sleep(Duration::from_millis(1)).await;
        }
    }

    fn schedule_is(&self, schedule: &Schedule, due: Timestamp) {
        self.known().schedule = Some(schedule.clone());
        self.vitals.next_is_due(Some(due));
    }

    /// The next resync of the schedule, as the catalog is told of it.
    fn next_run(&self) -> Option<NextRun> {
        let schedule = self.known().schedule.clone().or_else(|| self.options.schedule.clone());
        schedule.and_then(|schedule| schedule.next_run(self.ground.clock.now()))
    }

    /// Looks at the catalog every so often, for ever.
    async fn watch_catalog(&self, audience: &dyn Audience) {
        let clock = &self.ground.clock;
        let mut next = clock.elapsed();
        loop {
            self.look(audience).await;
            // Counted from look to look, so that a slow answer does not make the looks rarer.
            next = next.saturating_add(self.options.polling_interval).max(clock.elapsed());
            clock.sleep(next.saturating_sub(clock.elapsed())).await;
        }
    }

    /// One look: what is asked for, what the mapping says, whether the catalog answers at all. A word that it did not take before
    /// is told again.
    async fn look(&self, audience: &dyn Audience) {
        let seen = within(LOOK_AT_MOST, &self.ground.clock, self.see()).await;
        let seen = seen.map(|seen| seen.map_err(|error| (chain(&error), Trouble::of_catalog(&error))));
        let late = || Err((format!("it did not answer within {} s", LOOK_AT_MOST.as_secs()), Trouble::NO_ANSWER));
        let Seen { request, exists, found, state } = match seen.unwrap_or_else(late) {
            Ok(seen) => seen,
            Err((why, trouble)) => {
                if self.vitals.catalog_failed(self.ground.clock.now(), trouble) {
                    tracing::warn!("the catalog cannot be looked at: {why}");
                }
                return;
            }
        };
        self.vitals.catalog_answered();
        let Some(found) = found else { return };
        let is_new = self.known().watch.is_new(&found.content);
        // Before there is a record nobody can have asked, and its creation counts as a request at the catalog.
        let sight = if exists { self.known().watch.look(request, &found.content) } else { Sight::Nothing };
        match &found.mapping {
            Some(_) => self.mapping_is_good(),
            None => self.refuse(&found, audience).await,
        }
        let wanted = match sight {
            Sight::Nothing => None,
            Sight::Asked => Some(Reason::Request),
            // A mapping that cannot be used starts nothing.
            Sight::Edited => (is_new && found.mapping.is_some()).then_some(Reason::Mapping),
        };
        if let (Some(reason), Listener::Polling) = (wanted, &self.options.listener) {
            let _ = self.asking.try_send(reason);
        }
        self.tell_untold(state.as_ref()).await;
    }

    async fn see(&self) -> Result<Seen, CatalogError> {
        let catalog = &self.ground.catalog;
        let (request, existed) = match catalog.resync_request().await {
            Ok(request) => (request.and_then(|request| request.updated_at), true),
            // There is no integration yet, though there may be one by the next request.
            Err(error) if error.refusal().is_some_and(Refusal::is_missing) => (None, false),
            Err(error) => return Err(error),
        };
        let integration = catalog.glance_at_integration().await?;
        let found = match self.source.in_file() {
            Ok(Some(found)) => Some(found),
            Ok(None) => Some(self.source.at(integration.as_ref())),
            Err(error) => {
                if self.vitals.mapping_is(Some("the mapping file cannot be read; the log says why".to_owned())) {
                    tracing::error!("{}", chain(&error));
                }
                None
            }
        };
        let exists = existed && integration.is_some();
        Ok(Seen { request, exists, found, state: integration.and_then(|integration| integration.resync_state) })
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        // A panic elsewhere cannot leave it half changed in a way that matters.
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Says why a resync that is due does not begin yet.
pub fn tell_waiting(wait: Duration) {
    let seconds = wait.as_secs();
    tracing::info!(seconds, "a resync of this integration is said to be running; watching whether it is alive");
}

/// Something that is going on.
pub type Later<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

/// Does something for as long as `at_most`; none when that was not enough.
async fn within<T>(at_most: Duration, clock: &Clock, work: impl Future<Output = T>) -> Option<T> {
    tokio::select! {
        biased;
        done = work => Some(done),
        () = clock.sleep(at_most) => None,
    }
}

/// Waits for what is going on, and for ever when nothing is. It is taken away when it has ended.
async fn outcome_of<T>(going_on: &mut Option<Later<'_, T>>) -> T {
    let outcome = match going_on.as_mut() {
        Some(going_on) => going_on.await,
        None => std::future::pending().await,
    };
    *going_on = None;
    outcome
}

/// From one moment to a later one.
fn between(earlier: Timestamp, later: Timestamp) -> Duration {
    Duration::try_from(later.duration_since(earlier)).unwrap_or_default()
}

/// What one look saw.
struct Seen {
    request: Option<Timestamp>,
    exists: bool,
    found: Option<Found>,
    state: Option<ResyncState>,
}

/// How long to wait before a resync that had nothing to go on with is tried again, after so many of them in a row.
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

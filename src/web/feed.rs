//! The run that goes on in this process: its state, for the live page, and the wishes of whoever looks at it.
//!
//! A run's observer changes one state; readers are told that it changed and take a snapshot when they are ready. A slow reader sees
//! fewer snapshots, and costs the run nothing. Memory is bounded by the limits below.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use serde::Serialize;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, watch};
use tokio_util::sync::CancellationToken;

use super::plans::Plans;
use crate::door::clock::Clock;
use crate::model::entity::EntityKey;
use crate::model::slice::Slice;
use crate::reconcile::decision::Decision;
use crate::resync::observe::Observer;
use crate::runs::{RunId, RunState};

/// Changes that the live page lists.
pub(super) const CHANGES_AT_MOST: usize = 20;

/// Troubled slices that the live page lists.
const TROUBLES_AT_MOST: usize = 20;

/// Readers that are told of changes at a time. Each has a connection, and others need some too.
const READERS_AT_MOST: usize = 16;

/// Scopes that the live page lists.
const SCOPES_AT_MOST: usize = 50;

/// Runs of this process, for pages.
pub struct Feed {
    clock: Clock,
    state: Mutex<State>,
    revision: watch::Sender<u64>,
    run_wanted: Notify,
    readers: Arc<Semaphore>,
    plans: Plans,
}

#[derive(Default)]
struct State {
    run: Option<LiveRun>,
    /// Why the next run begins.
    because: Option<String>,
    stop: CancellationToken,
    is_run_wanted: bool,
}

/// The run that goes on, or the last one.
#[derive(Clone, Debug, Serialize)]
pub(super) struct LiveRun {
    pub(super) id: String,
    pub(super) because: Option<String>,
    pub(super) began: Timestamp,
    pub(super) seconds: f64,
    /// State in which it ended; none while it goes on.
    pub(super) ended: Option<&'static str>,
    pub(super) is_stopping: bool,
    pub(super) resources: Vec<LiveResource>,
    pub(super) totals: LiveTotals,
    /// Slices by scope and state.
    pub(super) scopes: BTreeMap<String, BTreeMap<&'static str, u64>>,
    /// Slices that did not end well, the first ones.
    pub(super) troubles: Vec<LiveTrouble>,
    pub(super) trouble_count: u64,
    /// The newest changes, newest last.
    #[serde(skip)]
    pub(super) changes: VecDeque<LiveChange>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(super) struct LiveResource {
    pub(super) kind: String,
    pub(super) slices: u64,
    pub(super) items: u64,
    pub(super) mapped: u64,
    pub(super) loaded: u64,
    pub(super) has_ended: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(super) struct LiveTotals {
    pub(super) create: u64,
    pub(super) update: u64,
    pub(super) unchanged: u64,
    pub(super) delete: u64,
    pub(super) withheld: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct LiveTrouble {
    pub(super) kind: String,
    pub(super) scope: String,
    pub(super) state: &'static str,
    pub(super) reason: String,
    pub(super) remedy: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct LiveChange {
    pub(super) action: &'static str,
    pub(super) blueprint: String,
    pub(super) identifier: String,
}

impl Feed {
    /// A feed before the first run.
    pub fn new(clock: Clock) -> Arc<Self> {
        let readers = Arc::new(Semaphore::new(READERS_AT_MOST));
        Arc::new(Self {
            clock,
            state: Mutex::default(),
            revision: watch::Sender::new(0),
            run_wanted: Notify::new(),
            readers,
            plans: Plans::default(),
        })
    }

    /// The plans that pages ask for.
    pub fn plans(&self) -> &Plans {
        &self.plans
    }

    /// Says why the next run begins.
    pub fn because(&self, reason: &str) {
        self.state().because = Some(reason.to_owned());
    }

    /// A run begins. What is returned observes it.
    pub fn begin(self: &Arc<Self>, id: &RunId) -> FeedObserver {
        let mut state = self.state();
        state.stop = CancellationToken::new();
        state.is_run_wanted = false;
        state.run = Some(LiveRun {
            id: id.to_string(),
            because: state.because.take(),
            began: self.clock.now(),
            seconds: 0.0,
            ended: None,
            is_stopping: false,
            resources: Vec::new(),
            totals: LiveTotals::default(),
            scopes: BTreeMap::new(),
            troubles: Vec::new(),
            trouble_count: 0,
            changes: VecDeque::with_capacity(CHANGES_AT_MOST),
        });
        drop(state);
        self.tell();
        FeedObserver { feed: Arc::clone(self) }
    }

    /// The run has ended, and its report is written.
    pub fn ended(&self, how: RunState) {
        let now = self.clock.now();
        if let Some(run) = &mut self.state().run {
            run.seconds = seconds(run.began, now);
            run.ended = Some(how.name());
            run.is_stopping = false;
        }
        self.tell();
    }

    /// Waits until somebody wants the run that goes on to stop.
    pub async fn stop_wanted(&self) {
        let stop = self.state().stop.clone();
        stop.cancelled().await;
    }

    /// Waits until somebody wants a run.
    pub async fn run_wanted(&self) {
        self.run_wanted.notified().await;
    }

    /// Asks for a run. False when one goes on or is asked for already.
    pub(super) fn ask_for_run(&self) -> bool {
        let mut state = self.state();
        let goes_on = state.run.as_ref().is_some_and(|run| run.ended.is_none());
        if goes_on || state.is_run_wanted {
            return false;
        }
        state.is_run_wanted = true;
        drop(state);
        self.run_wanted.notify_one();
        self.tell();
        true
    }

    /// Asks the run that goes on to stop. False when none goes on.
    pub(super) fn ask_to_stop(&self) -> bool {
        let mut state = self.state();
        let stop = state.stop.clone();
        let Some(run) = state.run.as_mut().filter(|run| run.ended.is_none()) else { return false };
        run.is_stopping = true;
        drop(state);
        stop.cancel();
        self.tell();
        true
    }

    /// The run as it is now; none before the first. The second value tells whether another is asked for.
    pub(super) fn snapshot(&self) -> (Option<LiveRun>, bool) {
        let now = self.clock.now();
        let state = self.state();
        let run = state.run.clone().map(|run| match run.ended {
            None => LiveRun { seconds: seconds(run.began, now), ..run },
            Some(_) => run,
        });
        (run, state.is_run_wanted)
    }

    /// Whether a run goes on.
    pub(super) fn is_running(&self) -> bool {
        self.state().run.as_ref().is_some_and(|run| run.ended.is_none())
    }

    /// A place among the readers, until it is dropped. None when all are taken.
    pub(super) fn reader(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.readers).try_acquire_owned().ok()
    }

    /// Tells of changes from now on.
    pub(super) fn changes(&self) -> watch::Receiver<u64> {
        self.revision.subscribe()
    }

    fn change(&self, change: impl FnOnce(&mut LiveRun)) {
        if let Some(run) = &mut self.state().run {
            change(run);
        }
        self.tell();
    }

    fn tell(&self) {
        self.revision.send_modify(|revision| *revision = revision.wrapping_add(1));
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A panic elsewhere leaves numbers that are at worst a little old.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn seconds(began: Timestamp, now: Timestamp) -> f64 {
    now.duration_since(began).as_secs_f64().max(0.0)
}

/// Observes one run for the pages.
pub struct FeedObserver {
    feed: Arc<Feed>,
}

impl FeedObserver {
    fn change_resource(&self, resource: usize, change: impl FnOnce(&mut LiveResource)) {
        self.feed.change(|run| {
            if let Some(resource) = run.resources.get_mut(resource) {
                change(resource);
            }
        });
    }
}

impl Observer for FeedObserver {
    fn resource_began(&self, resource: usize, kind: &str) {
        self.feed.change(|run| {
            if run.resources.len() <= resource {
                run.resources.resize_with(resource + 1, LiveResource::default);
            }
            run.resources[resource].kind = kind.to_owned();
        });
    }

    fn slice_ended(&self, slice: &Slice) {
        self.feed.change(|run| {
            if let Some(resource) = run.resources.get_mut(slice.resource) {
                resource.slices += 1;
                resource.items += slice.items;
            }
            let state = slice.end.name();
            if run.scopes.len() < SCOPES_AT_MOST || run.scopes.contains_key(&slice.scope) {
                *run.scopes.entry(slice.scope.clone()).or_default().entry(state).or_default() += 1;
            }
            if slice.is_failure() {
                run.trouble_count += 1;
                if run.troubles.len() < TROUBLES_AT_MOST {
                    run.troubles.push(LiveTrouble {
                        kind: slice.kind.clone(),
                        scope: slice.scope.clone(),
                        state,
                        reason: slice.end.reason().unwrap_or("items that could not be read or mapped").to_owned(),
                        remedy: slice.end.remedy().unwrap_or_default().to_owned(),
                    });
                }
            }
        });
    }

    fn items_mapped(&self, resource: usize, count: u64) {
        self.change_resource(resource, |resource| resource.mapped += count);
    }

    fn entities_loaded(&self, resource: usize, count: u64) {
        self.change_resource(resource, |resource| resource.loaded += count);
    }

    fn decided(&self, key: &EntityKey, decision: &Decision) {
        self.feed.change(|run| {
            let (count, action) = match decision {
                Decision::Create => (&mut run.totals.create, "create"),
                Decision::Update(_) | Decision::Sent => (&mut run.totals.update, "update"),
                Decision::Unchanged => {
                    run.totals.unchanged += 1;
                    return;
                }
                Decision::Delete(_) => (&mut run.totals.delete, "delete"),
                Decision::Withheld(_) => (&mut run.totals.withheld, "withheld"),
            };
            *count += 1;
            if run.changes.len() == CHANGES_AT_MOST {
                run.changes.pop_front();
            }
            let EntityKey { blueprint, identifier } = key;
            run.changes.push_back(LiveChange { action, blueprint: blueprint.clone(), identifier: identifier.clone() });
        });
    }

    fn resource_ended(&self, resource: usize) {
        self.change_resource(resource, |resource| resource.has_ended = true);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::slice::SliceEnd;

    fn feed() -> Arc<Feed> {
        Feed::new(Clock::starting_at("2026-11-01T00:00:00Z".parse().unwrap()))
    }

    fn id() -> RunId {
        RunId::new("2026-11-01T00:00:00Z".parse().unwrap(), "7")
    }

    #[tokio::test(start_paused = true)]
    async fn a_run_is_seen_while_it_goes_on_and_stays_when_it_has_ended() {
        let feed = feed();
        assert!(feed.snapshot().0.is_none());
        feed.because("the start");
        let observer = feed.begin(&id());
        observer.resource_began(0, "copilot-seats");
        let forbidden = SliceEnd::Forbidden { reason: "no right".into(), remedy: "give it".into() };
        observer.slice_ended(&Slice::new(0, "copilot-seats", "beta", forbidden));
        observer.slice_ended(&Slice { items: 3, ..Slice::new(0, "copilot-seats", "acme", SliceEnd::Complete) });
        for number in 0..30 {
            let key = EntityKey { blueprint: "b".to_owned(), identifier: number.to_string() };
            observer.decided(&key, &Decision::Create);
        }
        tokio::time::advance(std::time::Duration::from_secs(2)).await;
        let run = feed.snapshot().0.unwrap();
        assert_eq!((run.seconds, run.ended, run.because.as_deref()), (2.0, None, Some("the start")));
        assert_eq!((run.resources[0].slices, run.resources[0].items, run.totals.create), (2, 3, 30));
        assert_eq!((run.troubles[0].scope.as_str(), run.troubles[0].remedy.as_str()), ("beta", "give it"));
        assert_eq!((run.changes.len(), run.changes[0].identifier.as_str()), (CHANGES_AT_MOST, "10"));
        feed.ended(RunState::Partial);
        assert_eq!(feed.snapshot().0.unwrap().ended, Some("partial"));
    }

    #[tokio::test(start_paused = true)]
    async fn one_run_can_be_wanted_and_the_one_that_goes_on_can_be_stopped() {
        let feed = feed();
        assert!(!feed.ask_to_stop());
        assert!(feed.ask_for_run() && !feed.ask_for_run());
        feed.run_wanted().await;
        let _observer = feed.begin(&id());
        assert!(!feed.ask_for_run(), "one goes on");
        assert!(feed.ask_to_stop());
        feed.stop_wanted().await;
        feed.ended(RunState::Aborted);
        assert!(!feed.ask_to_stop() && feed.ask_for_run());
        let _observer = feed.begin(&id());
        let waiting = tokio::time::timeout(std::time::Duration::from_secs(1), feed.stop_wanted());
        assert!(waiting.await.is_err(), "the wish was for the run before");
    }
}

//! Limit of concurrent requests: halved after a 429, raised slowly by good answers. Also the pause that the catalog asks for, which
//! holds for all requests, so that not each of them gets a 429 of its own.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::Notify;

/// Concurrent requests at the start: enough to hide the latency, and far below the catalog's rate limit.
const AT_THE_START: usize = 8;
/// Highest number of concurrent requests.
const AT_MOST: usize = 16;
/// Good answers in a row, per allowed request, before the limit is raised by one.
const ANSWERS_TO_GROW: usize = 8;

/// ConcurrencyGate that admits a bounded number of requests at a time.
#[derive(Debug)]
pub(super) struct ConcurrencyGate {
    state: Mutex<GateState>,
    released: Notify,
}

/// RequestPermit for one request. Dropping it returns it, also when a task is cancelled.
#[derive(Debug)]
pub(super) struct RequestPermit {
    gate: Arc<ConcurrencyGate>,
    window: u64,
}

#[derive(Debug)]
struct GateState {
    in_flight: usize,
    limit: ConcurrencyLimit,
    paused_until: Option<Timestamp>,
}

/// Limit of concurrent requests, without the waiting tasks. Pure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct ConcurrencyLimit {
    size: usize,
    answers: usize,
    /// Number of reductions. An answer to a request from before the last reduction says nothing about the current size.
    window: u64,
}

impl ConcurrencyLimit {
    const START: Self = Self { size: AT_THE_START, answers: 0, window: 0 };

    fn answered(&mut self, window: u64) {
        if window != self.window {
            return;
        }
        self.answers += 1;
        if self.answers >= self.size * ANSWERS_TO_GROW {
            self.size = (self.size + 1).min(AT_MOST);
            self.answers = 0;
        }
    }

    fn throttled(&mut self, window: u64) {
        if window != self.window {
            return;
        }
        *self = Self { size: (self.size / 2).max(1), answers: 0, window: self.window + 1 };
    }
}

impl ConcurrencyGate {
    pub(super) fn new() -> Arc<Self> {
        let state = GateState { in_flight: 0, limit: ConcurrencyLimit::START, paused_until: None };
        Arc::new(Self { state: Mutex::new(state), released: Notify::new() })
    }

    /// Waits for a permit.
    pub(super) async fn enter(self: &Arc<Self>) -> RequestPermit {
        loop {
            let released = self.released.notified();
            tokio::pin!(released);
            // The notification is enabled before the check, because a permit may be returned in between.
            released.as_mut().enable();
            {
                let mut state = self.lock();
                if state.in_flight < state.limit.size {
                    state.in_flight += 1;
                    return RequestPermit { gate: Arc::clone(self), window: state.limit.window };
                }
            }
            released.await;
        }
    }

    /// Time left of the pause.
    pub(super) fn pause_left(&self, now: Timestamp) -> Option<Duration> {
        let until = self.lock().paused_until?;
        Duration::try_from(until.duration_since(now)).ok().filter(|left| !left.is_zero())
    }

    /// Starts a pause for all requests. True when it ends later than any pause before.
    pub(super) fn pause(&self, wait: Duration, now: Timestamp) -> bool {
        let Ok(until) = now.checked_add(wait) else { return false };
        let mut state = self.lock();
        let is_news = state.paused_until.is_none_or(|known| known < until);
        if is_news {
            state.paused_until = Some(until);
        }
        is_news
    }

    fn lock(&self) -> MutexGuard<'_, GateState> {
        // After a panic elsewhere the numbers are still valid.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl RequestPermit {
    /// Counts an answer other than 429.
    pub(super) fn answered(self) {
        self.gate.lock().limit.answered(self.window);
    }

    /// Counts a 429.
    pub(super) fn throttled(self) {
        self.gate.lock().limit.throttled(self.window);
    }
}

impl Drop for RequestPermit {
    fn drop(&mut self) {
        let mut state = self.gate.lock();
        state.in_flight -= 1;
        let room = state.limit.size.saturating_sub(state.in_flight);
        drop(state);
        // Usually one; two after the limit was raised, none after it was reduced.
        for _ in 0..room.min(2) {
            self.gate.released.notify_one();
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    #[test]
    fn a_429_halves_the_limit_once_for_all_that_were_in_flight() {
        let mut limit = ConcurrencyLimit::START;
        for _ in 0..AT_THE_START {
            limit.throttled(0);
        }
        assert_eq!(limit.size, AT_THE_START / 2);
        limit.throttled(1);
        assert_eq!(limit.size, AT_THE_START / 4);
        for window in 2..10 {
            limit.throttled(window);
        }
        assert_eq!(limit.size, 1);
    }

    #[test]
    fn the_limit_grows_slowly_and_not_for_ever() {
        let mut limit = ConcurrencyLimit::START;
        for _ in 0..AT_THE_START * ANSWERS_TO_GROW - 1 {
            limit.answered(0);
        }
        assert_eq!(limit.size, AT_THE_START);
        limit.answered(0);
        assert_eq!(limit.size, AT_THE_START + 1);
        for _ in 0..100_000 {
            limit.answered(0);
        }
        assert_eq!(limit.size, AT_MOST);
    }

    #[test]
    fn an_answer_to_a_request_from_before_the_cut_does_not_count() {
        let mut limit = ConcurrencyLimit::START;
        limit.throttled(0);
        let cut = limit;
        limit.answered(0);
        limit.throttled(0);
        assert_eq!(limit, cut);
    }

    #[tokio::test]
    async fn no_more_requests_enter_than_the_limit_and_a_cancelled_one_makes_room() {
        let gate = ConcurrencyGate::new();
        let mut inside = Vec::new();
        for _ in 0..AT_THE_START {
            inside.push(gate.enter().now_or_never().unwrap());
        }
        let mut waiting = Box::pin(gate.enter());
        assert!(waiting.as_mut().now_or_never().is_none());
        drop(inside.pop());
        assert!(waiting.now_or_never().is_some());
    }

    #[tokio::test]
    async fn after_a_cut_permits_given_back_make_no_room_until_the_limit_is_met() {
        let gate = ConcurrencyGate::new();
        let mut inside = Vec::new();
        for _ in 0..AT_THE_START {
            inside.push(gate.enter().await);
        }
        inside.pop().unwrap().throttled();
        for _ in 0..AT_THE_START / 2 - 1 {
            assert!(gate.enter().now_or_never().is_none());
            inside.pop().unwrap().answered();
        }
        assert!(gate.enter().now_or_never().is_none());
        inside.pop().unwrap().answered();
        assert!(gate.enter().now_or_never().is_some());
    }

    #[test]
    fn a_pause_is_never_cut_short_by_another() {
        let gate = ConcurrencyGate::new();
        let now: Timestamp = "2026-08-01T00:00:00Z".parse().unwrap();
        assert!(gate.pause(Duration::from_secs(600), now));
        assert!(!gate.pause(Duration::from_secs(5), now));
        assert_eq!(gate.pause_left(now), Some(Duration::from_secs(600)));
        assert_eq!(gate.pause_left(now + Duration::from_secs(600)), None);
    }
}

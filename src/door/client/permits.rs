//! Limit of concurrent requests: halved after a 429, raised slowly by good answers.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use http::StatusCode;
use tokio::sync::Notify;

/// Good answers in a row, per allowed request, before the limit is raised by one.
const ANSWERS_TO_GROW: usize = 8;

/// Numbers of concurrent requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Concurrency {
    /// Requests at the start.
    pub at_the_start: usize,
    /// Highest number of requests.
    pub at_most: usize,
}

/// Gate that admits a bounded number of requests at a time.
#[derive(Debug)]
pub struct ConcurrencyGate {
    state: Mutex<GateState>,
    released: Notify,
}

/// Permit for one request. Dropping it returns it, also when a task is cancelled.
#[derive(Debug)]
pub struct RequestPermit {
    gate: Arc<ConcurrencyGate>,
    window: u64,
}

#[derive(Debug)]
struct GateState {
    in_flight: usize,
    limit: ConcurrencyLimit,
}

/// Limit of concurrent requests, without the waiting tasks. Pure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct ConcurrencyLimit {
    size: usize,
    at_most: usize,
    answers: usize,
    /// Number of reductions. An answer to a request from before the last reduction says nothing about the current size.
    window: u64,
}

impl ConcurrencyLimit {
    fn new(numbers: Concurrency) -> Self {
        Self { size: numbers.at_the_start, at_most: numbers.at_most, answers: 0, window: 0 }
    }

    fn answered(&mut self, window: u64) {
        if window != self.window {
            return;
        }
        self.answers += 1;
        if self.answers >= self.size * ANSWERS_TO_GROW {
            self.size = (self.size + 1).min(self.at_most);
            self.answers = 0;
        }
    }

    fn throttled(&mut self, window: u64) {
        if window != self.window {
            return;
        }
        *self = Self { size: (self.size / 2).max(1), answers: 0, window: self.window + 1, ..*self };
    }
}

impl ConcurrencyGate {
    /// Gate with nobody inside.
    pub fn new(numbers: Concurrency) -> Arc<Self> {
        let state = GateState { in_flight: 0, limit: ConcurrencyLimit::new(numbers) };
        Arc::new(Self { state: Mutex::new(state), released: Notify::new() })
    }

    /// Waits for a permit.
    pub async fn enter(self: &Arc<Self>) -> RequestPermit {
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

    fn lock(&self) -> MutexGuard<'_, GateState> {
        // After a panic elsewhere the numbers are still valid.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl RequestPermit {
    /// Returns the permit, and counts the answer by its status. None without an answer, which counts for nothing.
    pub fn give_back(self, status: Option<StatusCode>) {
        match status {
            Some(StatusCode::TOO_MANY_REQUESTS) => self.gate.lock().limit.throttled(self.window),
            Some(_) => self.gate.lock().limit.answered(self.window),
            None => {}
        }
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

    const NUMBERS: Concurrency = Concurrency { at_the_start: 8, at_most: 16 };

    #[test]
    fn a_429_halves_the_limit_once_for_all_that_were_in_flight() {
        let mut limit = ConcurrencyLimit::new(NUMBERS);
        for _ in 0..NUMBERS.at_the_start {
            limit.throttled(0);
        }
        assert_eq!(limit.size, NUMBERS.at_the_start / 2);
        limit.throttled(1);
        assert_eq!(limit.size, NUMBERS.at_the_start / 4);
        for window in 2..10 {
            limit.throttled(window);
        }
        assert_eq!(limit.size, 1);
    }

    #[test]
    fn the_limit_grows_slowly_and_not_for_ever() {
        let mut limit = ConcurrencyLimit::new(NUMBERS);
        for _ in 0..NUMBERS.at_the_start * ANSWERS_TO_GROW - 1 {
            limit.answered(0);
        }
        assert_eq!(limit.size, NUMBERS.at_the_start);
        limit.answered(0);
        assert_eq!(limit.size, NUMBERS.at_the_start + 1);
        for _ in 0..100_000 {
            limit.answered(0);
        }
        assert_eq!(limit.size, NUMBERS.at_most);
    }

    #[test]
    fn an_answer_to_a_request_from_before_the_cut_does_not_count() {
        let mut limit = ConcurrencyLimit::new(NUMBERS);
        limit.throttled(0);
        let cut = limit;
        limit.answered(0);
        limit.throttled(0);
        assert_eq!(limit, cut);
    }

    #[tokio::test]
    async fn no_more_requests_enter_than_the_limit_and_a_cancelled_one_makes_room() {
        let gate = ConcurrencyGate::new(NUMBERS);
        let mut inside = Vec::new();
        for _ in 0..NUMBERS.at_the_start {
            inside.push(gate.enter().now_or_never().unwrap());
        }
        let mut waiting = Box::pin(gate.enter());
        assert!(waiting.as_mut().now_or_never().is_none());
        drop(inside.pop());
        assert!(waiting.now_or_never().is_some());
    }

    #[tokio::test]
    async fn after_a_cut_permits_given_back_make_no_room_until_the_limit_is_met() {
        let gate = ConcurrencyGate::new(NUMBERS);
        let mut inside = Vec::new();
        for _ in 0..NUMBERS.at_the_start {
            inside.push(gate.enter().await);
        }
        inside.pop().unwrap().give_back(Some(StatusCode::TOO_MANY_REQUESTS));
        for _ in 0..NUMBERS.at_the_start / 2 - 1 {
            assert!(gate.enter().now_or_never().is_none());
            inside.pop().unwrap().give_back(Some(StatusCode::OK));
        }
        assert!(gate.enter().now_or_never().is_none());
        inside.pop().unwrap().give_back(Some(StatusCode::OK));
        assert!(gate.enter().now_or_never().is_some());
    }
}

//! Rate limits: after GitHub has reported one, all its requests pause until its end.
//!
//! Requests while limited extend the limit, and can get the credential banned. A token has one limit for everything. Each
//! installation of an App has its own, so that organizations do not block each other.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;

use super::client::RetryState;
use super::credential::Owner;
use crate::door::client::pause::Pause;
use crate::door::client::retry::GaveUp;
use crate::door::client::usage::UsageCounters;
use crate::door::client::wait::end_of;
use crate::door::clock::Clock;
use crate::model::usage::RateLimit;

/// Longest accepted time to the next window, from an answer with data. A window is an hour; the rest is for clocks and delays.
const LONGEST_WINDOW: Duration = Duration::from_secs(65 * 60);

/// Answers that are too few to use up a window.
const FEW_ANSWERS: u32 = 10;

/// Limit of windows in a row that are believed to be used up after [`FEW_ANSWERS`]. Other programs may share the limit, so it
/// can be true; then GitHub refuses the next request, which has a limit of its own.
const WINDOWS_BELIEVED: u32 = 3;

/// Gates of a client by owner of the limit. The key none is for a limit of all owners.
#[derive(Debug, Default)]
pub(super) struct RateLimitGates(Mutex<HashMap<Option<Owner>, Arc<RateLimitGate>>>);

impl RateLimitGates {
    /// Gate of a limit.
    pub(super) fn of(&self, whose: Option<Owner>) -> Arc<RateLimitGate> {
        Arc::clone(self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(whose).or_default())
    }

    /// Time at which the first gate opens, while all of them are closed.
    pub(super) fn opens(&self, clock: &Clock) -> Option<Timestamp> {
        let gates = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let opens: Option<Vec<Timestamp>> = gates.values().map(|gate| gate.opens(clock)).collect();
        opens?.into_iter().min()
    }
}

/// Gate that requests pass.
#[derive(Debug, Default)]
pub(super) struct RateLimitGate {
    pause: Pause,
    answers: Mutex<Answers>,
    limit: Mutex<Option<RateLimit>>,
}

#[derive(Debug, Default)]
struct Answers {
    /// Answers since it was last closed.
    count: u32,
    /// Times in a row that it was closed after few answers.
    in_a_row: u32,
}

impl RateLimitGate {
    /// Closes the gate for `wait`, unless it is closed for longer already. Logs each longer wait once.
    pub(super) fn close(&self, clock: &Clock, wait: Duration) {
        if self.pause.extend(clock, wait) {
            let until = end_of(wait, clock.now());
            tracing::warn!(seconds = wait.as_secs(), %until, "GitHub's rate limit is reached: waiting until it resets");
        }
    }

    /// Counts an answer with data. When the limit is used up, `used_up` is the time to its next window, and the gate closes:
    /// the next request would be refused, and count against the limit.
    pub(super) fn answered(&self, clock: &Clock, used_up: Option<Duration>) {
        let is_believed = {
            let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
            answers.count = answers.count.saturating_add(1);
            if used_up.is_some() && self.pause.left(clock).is_none() {
                answers.in_a_row = if answers.count <= FEW_ANSWERS { answers.in_a_row + 1 } else { 1 };
                answers.count = 0;
            }
            answers.in_a_row <= WINDOWS_BELIEVED
        };
        if let Some(wait) = used_up.filter(|wait| *wait <= LONGEST_WINDOW && is_believed) {
            self.close(clock, wait);
        }
    }

    /// Time of day at which the gate opens. None while it is open.
    pub(super) fn opens(&self, clock: &Clock) -> Option<Timestamp> {
        self.pause.ends(clock)
    }

    /// Stores the rest of the limit.
    pub(super) fn set_limit(&self, limit: RateLimit) {
        *self.limit.lock().unwrap_or_else(PoisonError::into_inner) = Some(limit);
    }

    /// Rest of the limit in the latest answer.
    pub(super) fn limit(&self) -> Option<RateLimit> {
        *self.limit.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until the gate is open. Waits count for the request, except the first `counted`, which it has counted already.
    ///
    /// # Errors
    /// The request would wait longer than its limit.
    pub(super) async fn pass(
        &self,
        clock: &Clock,
        counters: &UsageCounters,
        retries: &mut RetryState,
        mut counted: Duration,
    ) -> Result<(), GaveUp> {
        let allow = |wait: Duration| -> Result<(), GaveUp> {
            retries.also_waits(wait.saturating_sub(counted))?;
            counted = counted.saturating_sub(wait);
            Ok(())
        };
        self.pause.pass(clock, counters, allow).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::github::scripted::{ScriptedServer, github};

    fn retries() -> RetryState {
        let server = ScriptedServer::default();
        github(&server, &server).retry_state("GET /a", "GET /a")
    }

    fn clock_at(start: &str) -> Clock {
        Clock::starting_at(start.parse().unwrap())
    }

    #[tokio::test(start_paused = true)]
    async fn waits_at_the_gate_count_against_the_request_unless_they_have_been_counted() {
        let clock = clock_at("2026-08-01T00:00:00Z");
        let (gate, counters, mut retries) = (RateLimitGate::default(), UsageCounters::default(), retries());
        let hour = Duration::from_secs(3600);
        gate.close(&clock, hour);
        gate.pass(&clock, &counters, &mut retries, hour).await.unwrap();
        gate.close(&clock, hour);
        gate.pass(&clock, &counters, &mut retries, Duration::ZERO).await.unwrap();
        gate.close(&clock, hour);
        let gave_up = gate.pass(&clock, &counters, &mut retries, Duration::ZERO).await.unwrap_err();
        assert_eq!((gave_up.waited, gave_up.refused_wait), (hour, Some(hour)));
        assert_eq!(clock.now().to_string(), "2026-08-01T02:00:00Z");
    }

    /// For each answer the minutes to the next window, and true when the gate is closed by it.
    #[tokio::test(start_paused = true)]
    async fn a_window_that_seems_used_up_again_and_again_is_not_believed_for_ever() {
        let table: [(&str, u64, u32, &[bool]); 4] = [
            ("a whole window was used", 60, 4_999, &[true, true, true, true, true]),
            ("one request a window", 60, 0, &[true, true, true, false, false]),
            ("a few requests a window", 60, 8, &[true, true, true, false, false]),
            ("further away than any window", 80, 4_999, &[false, false]),
        ];
        for (name, minutes, answers, expected) in table {
            let (clock, gate) = (clock_at("2026-08-01T00:00:00Z"), RateLimitGate::default());
            for (round, expected) in expected.iter().enumerate() {
                (0..answers).for_each(|_| gate.answered(&clock, None));
                let used_up = Duration::from_secs(minutes * 60);
                gate.answered(&clock, Some(used_up));
                assert_eq!(gate.opens(&clock).is_some(), *expected, "{name}, round {round}");
                clock.sleep(used_up).await;
            }
        }
    }
}

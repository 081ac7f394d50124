//! The wait that requests share: once GitHub has said that a limit is reached, nobody asks before it is over.
//!
//! Going on while limited makes the limit longer, and can get the credential banned. A token has one limit, whatever it asks for;
//! each installation of a GitHub App has its own, so that one organization's requests hold up no other's.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::credential::Owner;
use super::usage::{Counters, RateLimit};
use crate::door::clock::Clock;

/// The gates of a client, by whose limit it is; none is everybody's.
#[derive(Debug, Default)]
pub(super) struct Gates(Mutex<HashMap<Option<Owner>, Arc<Gate>>>);

impl Gates {
    /// The gate of a limit.
    pub(super) fn of(&self, whose: Option<Owner>) -> Arc<Gate> {
        Arc::clone(self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(whose).or_default())
    }

    /// When the first of them opens, while all of them are closed.
    pub(super) fn opens(&self, clock: &Clock) -> Option<Timestamp> {
        let gates = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let opens: Option<Vec<Timestamp>> = gates.values().map(|gate| gate.opens(clock)).collect();
        opens?.into_iter().min()
    }
}

/// Open until somebody closes it for a while.
#[derive(Debug, Default)]
pub(super) struct Gate {
    until: Mutex<Option<Timestamp>>,
    limit: Mutex<Option<RateLimit>>,
}

impl Gate {
    /// Closes it for `wait`, unless it is closed for longer already. Says so, once for each longer wait.
    pub(super) fn close(&self, clock: &Clock, wait: Duration) {
        let until = SignedDuration::try_from(wait).ok().and_then(|wait| clock.now().checked_add(wait).ok());
        let until = until.unwrap_or(Timestamp::MAX);
        let mut closed = self.until.lock().unwrap_or_else(PoisonError::into_inner);
        if closed.is_none_or(|closed| closed < until) {
            *closed = Some(until);
            tracing::warn!(seconds = wait.as_secs(), %until, "GitHub's rate limit is reached: waiting for it to pass");
        }
    }

    /// When it opens. None while it is open.
    pub(super) fn opens(&self, clock: &Clock) -> Option<Timestamp> {
        self.until.lock().unwrap_or_else(PoisonError::into_inner).filter(|until| clock.now() < *until)
    }

    /// Remembers what is left of the limit.
    pub(super) fn set_limit(&self, limit: RateLimit) {
        *self.limit.lock().unwrap_or_else(PoisonError::into_inner) = Some(limit);
    }

    /// What was left of the limit, as the latest answer gave it.
    pub(super) fn limit(&self) -> Option<RateLimit> {
        *self.limit.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until it is open.
    pub(super) async fn pass(&self, clock: &Clock, counters: &Counters) {
        while let Some(until) = self.opens(clock) {
            let wait = Duration::try_from(until.duration_since(clock.now())).unwrap_or_default();
            // Timers of the runtime tick in milliseconds.
            let wait = wait.max(Duration::from_millis(1));
            counters.wait(wait);
            clock.sleep(wait).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_longer_wait_prolongs_and_a_shorter_one_does_not() {
        let clock = Clock::starting_at("2026-08-01T00:00:00Z".parse().unwrap());
        let (gate, counters) = (Gate::default(), Counters::default());
        gate.close(&clock, Duration::from_secs(600));
        gate.close(&clock, Duration::from_secs(60));
        gate.pass(&clock, &counters).await;
        assert_eq!(clock.now().to_string(), "2026-08-01T00:10:00Z");
        assert_eq!(gate.opens(&clock), None);
        assert_eq!(counters.read().waited, Duration::from_secs(600));
    }
}

//! Pace of requests to a server that counts them by the minute: a request waits while as many as the limit were sent within a minute.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::door::clock::Clock;

/// The time over which servers count.
const MINUTE: Duration = Duration::from_secs(60);

/// Requests of the last minute.
#[derive(Debug)]
pub struct MinuteRate {
    at_most: usize,
    sent: Mutex<VecDeque<Instant>>,
}

impl MinuteRate {
    /// At most that many requests in a minute, and at least one.
    pub fn new(at_most: usize) -> Self {
        Self { at_most: at_most.max(1), sent: Mutex::default() }
    }

    /// Counts a request that is sent now. Else the wait until there is room for one.
    ///
    /// # Errors
    /// There is no room yet.
    pub fn take(&self, clock: &Clock) -> Result<(), Duration> {
        let now = clock.instant();
        let mut sent = self.sent();
        while sent.front().is_some_and(|first| now.saturating_duration_since(*first) >= MINUTE) {
            sent.pop_front();
        }
        match sent.front() {
            Some(first) if sent.len() >= self.at_most => Err(MINUTE.saturating_sub(now.saturating_duration_since(*first))),
            _ => {
                sent.push_back(now);
                Ok(())
            }
        }
    }

    fn sent(&self) -> MutexGuard<'_, VecDeque<Instant>> {
        // After a panic elsewhere the moments are still valid.
        self.sent.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_minute_has_room_for_so_many_requests_and_the_next_waits_for_the_oldest() {
        let clock = Clock::starting_at("2026-11-01T00:00:00Z".parse().unwrap());
        let rate = MinuteRate::new(3);
        for seconds in [0, 10, 10] {
            clock.sleep(Duration::from_secs(seconds)).await;
            assert_eq!(rate.take(&clock), Ok(()));
        }
        assert_eq!(rate.take(&clock), Err(Duration::from_secs(40)));
        clock.sleep(Duration::from_secs(40)).await;
        assert_eq!(rate.take(&clock), Ok(()));
        assert_eq!(rate.take(&clock), Err(Duration::from_secs(10)));
    }
}

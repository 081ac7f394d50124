//! Pause of all requests: after a server has reported a limit, no request is sent before its end.
//!
//! Times are monotonic, because the time of day may be set back.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

use super::retry::WAIT_AT_MOST;
use super::usage::UsageCounters;
use crate::door::clock::Clock;
use crate::model::usage::WaitReason;

/// Shortest wait. Timers of tokio have a resolution of a millisecond.
const SHORTEST_WAIT: Duration = Duration::from_millis(1);

/// Pause that all requests keep.
#[derive(Debug, Default)]
pub struct Pause(Mutex<Option<Instant>>);

impl Pause {
    /// Extends the pause to `wait` from now. True when it ends later than before; a shorter wait does not cut it.
    pub fn extend(&self, clock: &Clock, wait: Duration) -> bool {
        let now = clock.instant();
        let end = now.checked_add(wait).unwrap_or(now + WAIT_AT_MOST);
        let mut known = self.end();
        let is_news = known.is_none_or(|known| known < end);
        if is_news {
            *known = Some(end);
        }
        is_news
    }

    /// Time left. None when there is no pause.
    pub fn left(&self, clock: &Clock) -> Option<Duration> {
        let end = (*self.end())?;
        Some(end.saturating_duration_since(clock.instant())).filter(|left| !left.is_zero())
    }

    /// Time of day at which it ends. None when there is no pause.
    pub fn ends(&self, clock: &Clock) -> Option<Timestamp> {
        self.left(clock).map(|left| clock.now().saturating_add(left).unwrap_or(Timestamp::MAX))
    }

    /// Waits until there is no pause. Each wait is counted for the request by `allow`, which may refuse it.
    ///
    /// # Errors
    /// The refusal of `allow`.
    pub async fn pass<E>(
        &self,
        clock: &Clock,
        counters: &UsageCounters,
        mut allow: impl FnMut(Duration) -> Result<(), E>,
    ) -> Result<(), E> {
        while let Some(left) = self.left(clock) {
            let wait = left.max(SHORTEST_WAIT);
            allow(wait)?;
            counters.wait(clock, wait, WaitReason::RateLimit).await;
        }
        Ok(())
    }

    fn end(&self) -> MutexGuard<'_, Option<Instant>> {
        // After a panic elsewhere the moment is still valid.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use jiff::SignedDuration;

    use super::*;

    const TEN_MINUTES: Duration = Duration::from_secs(600);

    fn clock() -> Clock {
        Clock::starting_at("2026-08-01T00:00:00Z".parse().unwrap())
    }

    async fn pass(pause: &Pause, clock: &Clock) -> Duration {
        let counters = UsageCounters::default();
        let Ok(()) = pause.pass(clock, &counters, |_| Ok::<(), Infallible>(())).await;
        counters.read().waited
    }

    #[tokio::test(start_paused = true)]
    async fn a_pause_lasts_as_long_as_the_longest_wait() {
        // Waits in seconds, whether each ends later than all before, and the seconds that a request then waits.
        let table: [(&[u64], &[bool], u64); 5] = [
            (&[], &[], 0),
            (&[0], &[true], 0),
            (&[600, 60], &[true, false], 600),
            (&[60, 600, 600], &[true, true, false], 600),
            (&[u64::MAX], &[true], WAIT_AT_MOST.as_secs()),
        ];
        for (waits, news, expected) in table {
            let (clock, pause) = (clock(), Pause::default());
            let extended: Vec<bool> = waits.iter().map(|wait| pause.extend(&clock, Duration::from_secs(*wait))).collect();
            assert_eq!(extended, news, "{waits:?}");
            assert_eq!(pass(&pause, &clock).await, Duration::from_secs(expected), "{waits:?}");
            assert_eq!((pause.left(&clock), pause.ends(&clock)), (None, None), "{waits:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_clock_that_is_set_back_or_forward_changes_the_end_but_not_the_wait() {
        for (hours, ends) in [(0, "2026-08-01T00:10:00Z"), (-24, "2026-07-31T00:10:00Z"), (24, "2026-08-02T00:10:00Z")] {
            let (clock, pause) = (clock(), Pause::default());
            pause.extend(&clock, TEN_MINUTES);
            clock.set_forward(SignedDuration::from_hours(hours));
            assert_eq!(pause.ends(&clock).unwrap().to_string(), ends, "{hours}");
            assert_eq!(pass(&pause, &clock).await, TEN_MINUTES, "{hours}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_refused_wait_is_not_waited() {
        let (clock, pause, counters) = (clock(), Pause::default(), UsageCounters::default());
        pause.extend(&clock, TEN_MINUTES);
        assert_eq!(pause.pass(&clock, &counters, Err).await, Err(TEN_MINUTES));
        assert_eq!((pause.left(&clock), counters.read().waits), (Some(TEN_MINUTES), 0));
    }
}

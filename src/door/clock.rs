//! Clock: time of day, elapsed time, and waiting.
//!
//! The time of day is for users, records and times that others name. Users, time servers and a machine that wakes up may set it
//! back or forward. Durations and deadlines are therefore measured with [`Clock::elapsed`], which only increases.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

/// Clock that tells the time and waits. It is passed as an argument, so that a test with paused time can pass a day in a
/// millisecond.
#[derive(Clone, Debug)]
pub struct Clock(Source);

#[derive(Clone, Debug)]
enum Source {
    System,
    Simulated {
        start: Timestamp,
        origin: Instant,
        /// Milliseconds by which the time of day was set forward, in all clones.
        set: Arc<AtomicI64>,
    },
}

/// Origin of elapsed time on the machine's clock.
static ORIGIN: LazyLock<Instant> = LazyLock::new(Instant::now);

impl Clock {
    /// Clock of the machine.
    pub fn system() -> Self {
        Self(Source::System)
    }

    /// Clock that starts at `start` and advances with tokio's time, paused or not. Needs a runtime.
    pub fn starting_at(start: Timestamp) -> Self {
        Self(Source::Simulated { start, origin: Instant::now(), set: Arc::default() })
    }

    /// Time of day.
    pub fn now(&self) -> Timestamp {
        match &self.0 {
            Source::System => Timestamp::now(),
            Source::Simulated { start, origin, set } => {
                *start + origin.elapsed() + SignedDuration::from_millis(set.load(Ordering::Relaxed))
            }
        }
    }

    /// Time since a fixed moment of this process. Not affected by setting the time of day.
    pub fn elapsed(&self) -> Duration {
        match &self.0 {
            Source::System => ORIGIN.elapsed(),
            Source::Simulated { origin, .. } => origin.elapsed(),
        }
    }

    /// Sets the time of day of a simulated clock and of its clones forward, or back. No effect on the machine's clock.
    pub fn set_forward(&self, by: SignedDuration) {
        if let Source::Simulated { set, .. } = &self.0 {
            set.fetch_add(i64::try_from(by.as_millis()).unwrap_or_default(), Ordering::Relaxed);
        }
    }

    /// Monotonic time, for durations and deadlines.
    pub fn instant(&self) -> Instant {
        Instant::now()
    }

    /// Waits for the duration.
    pub async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }
}

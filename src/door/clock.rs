//! The clock: what time it is, how long ago something was, and waiting.
//!
//! The time of day is for people, records and moments that others name. It may be set back or forward at any moment, by people, by
//! a time server, by a machine that wakes up. How long something takes, and when to go on, is therefore measured with [`Clock::elapsed`],
//! which only ever goes on.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

/// Tells the time and waits. An argument everywhere, so that a test with paused time can make a day pass in a millisecond.
#[derive(Clone, Debug)]
pub struct Clock(Source);

#[derive(Clone, Debug)]
enum Source {
    System,
    Simulated {
        start: Timestamp,
        origin: Instant,
        /// Milliseconds by which the time of day was set forward, all clones alike.
        set: Arc<AtomicI64>,
    },
}

/// When the machine's clock was first looked at.
static ORIGIN: LazyLock<Instant> = LazyLock::new(Instant::now);

impl Clock {
    /// The machine's clock.
    pub fn system() -> Self {
        Self(Source::System)
    }

    /// A clock that shows `start` now and goes on with tokio's time, paused or not. Must be called in a runtime.
    pub fn starting_at(start: Timestamp) -> Self {
        Self(Source::Simulated { start, origin: Instant::now(), set: Arc::default() })
    }

    /// Now.
    pub fn now(&self) -> Timestamp {
        match &self.0 {
            Source::System => Timestamp::now(),
            Source::Simulated { start, origin, set } => {
                *start + origin.elapsed() + SignedDuration::from_millis(set.load(Ordering::Relaxed))
            }
        }
    }

    /// Since some moment of this process, by a clock that nobody sets.
    pub fn elapsed(&self) -> Duration {
        match &self.0 {
            Source::System => ORIGIN.elapsed(),
            Source::Simulated { origin, .. } => origin.elapsed(),
        }
    }

    /// Sets the time of day of a simulated clock and of all its clones forward, or back. The machine's clock is not ours to set.
    pub fn set_forward(&self, by: SignedDuration) {
        if let Source::Simulated { set, .. } = &self.0 {
            set.fetch_add(i64::try_from(by.as_millis()).unwrap_or_default(), Ordering::Relaxed);
        }
    }

    /// A moment that nobody can set: for how long something took, or has still to wait. The time of day may be set back.
    pub fn instant(&self) -> Instant {
        Instant::now()
    }

    /// Waits.
    pub async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }
}

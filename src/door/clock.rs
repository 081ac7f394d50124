//! The clock: what time it is, and waiting.

use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

/// Tells the time and waits. An argument everywhere, so that a test with paused time can make a day pass in a millisecond.
#[derive(Clone, Debug)]
pub struct Clock(Source);

#[derive(Clone, Debug)]
enum Source {
    System,
    Simulated { start: Timestamp, origin: Instant },
}

impl Clock {
    /// The machine's clock.
    pub fn system() -> Self {
        Self(Source::System)
    }

    /// A clock that shows `start` now and goes on with tokio's time, paused or not. Must be called in a runtime.
    pub fn starting_at(start: Timestamp) -> Self {
        Self(Source::Simulated { start, origin: Instant::now() })
    }

    /// Now.
    pub fn now(&self) -> Timestamp {
        match &self.0 {
            Source::System => Timestamp::now(),
            Source::Simulated { start, origin } => *start + origin.elapsed(),
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

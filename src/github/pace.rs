//! Speed of a download: a slow file is accepted, a stalled one is not.
//!
//! Only time waiting for bytes counts. A slow consumer is not the server's fault, and a file of many gigabytes may take hours.

use std::time::Duration;

use crate::door::clock::Clock;
use crate::door::http::{TransportError, TransportErrorKind};

/// Time in which [`LEAST_BYTES`] must arrive. A stalled connection recovers sooner, or breaks.
pub(super) const WINDOW: Duration = Duration::from_secs(60);

/// Bytes that must arrive in each window of waiting: 1 KiB a second. Four files at once pass over a modem.
const LEAST_BYTES: u64 = 60 << 10;

/// Speed of one connection.
#[derive(Debug, Default)]
pub(super) struct Pace {
    /// Waiting since the window began.
    waited: Duration,
    /// Bytes in this window.
    bytes: u64,
    /// Waiting without enough bytes: the time that counts as failed if the connection breaks now.
    lost: Duration,
}

impl Pace {
    /// Pace of a file that took that long to open.
    pub(super) fn after_opening(took: Duration) -> Self {
        Self { lost: took, ..Self::default() }
    }

    /// Waits for the next piece. `window` is [`WINDOW`], or less with a smaller budget.
    ///
    /// # Errors
    /// Too few bytes arrive.
    pub(super) async fn of<T>(
        &mut self,
        window: Duration,
        clock: &Clock,
        next: impl Future<Output = T>,
    ) -> Result<T, TransportError> {
        let mut next = std::pin::pin!(next);
        loop {
            let began = clock.instant();
            let piece = tokio::time::timeout(window.saturating_sub(self.waited), &mut next).await;
            let took = began.elapsed();
            self.waited += took;
            self.lost += took;
            if let Ok(piece) = piece {
                return Ok(piece);
            }
            let least = LEAST_BYTES * window.as_secs() / WINDOW.as_secs();
            if self.bytes < least {
                let message = format!("{} bytes came in {} s, fewer than {least}", self.bytes, self.waited.as_secs());
                return Err(TransportError::new(TransportErrorKind::Timeout, message));
            }
            (self.waited, self.bytes) = (Duration::ZERO, 0);
        }
    }

    /// Counts received bytes.
    pub(super) fn add_bytes(&mut self, bytes: u64) {
        self.bytes += bytes;
        if self.bytes >= LEAST_BYTES {
            self.lost = Duration::ZERO;
        }
    }

    /// Time that was lost with a broken connection.
    pub(super) fn lost(&self) -> Duration {
        self.lost
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads pieces of that many bytes that come that many milliseconds apart. How many bytes arrive, and after how long.
    async fn read(bytes: u64, milliseconds: u64, pieces: u64) -> (u64, Option<TransportError>, Duration) {
        let clock = Clock::starting_at("2026-08-01T00:00:00Z".parse().unwrap());
        let (began, mut pace, mut arrived) = (clock.instant(), Pace::default(), 0);
        for _ in 0..pieces {
            let piece = tokio::time::sleep(Duration::from_millis(milliseconds));
            match pace.of(WINDOW, &clock, piece).await {
                Ok(()) => pace.add_bytes(bytes),
                Err(error) => return (arrived, Some(error), began.elapsed()),
            }
            arrived += bytes;
        }
        (arrived, None, began.elapsed())
    }

    #[tokio::test(start_paused = true)]
    async fn what_drips_ends_after_a_window_and_what_is_slow_is_read_for_hours() {
        // Bytes a piece, milliseconds between pieces, how many pieces; whether it is read to its end.
        let table = [
            (1, 1_000, 100_000, false),
            (1_000, 1_000, 100_000, false),
            (1_100, 1_000, 30_000, true),
            (70_000, 59_000, 500, true),
        ];
        for (bytes, milliseconds, pieces, expected) in table {
            let (arrived, error, took) = read(bytes, milliseconds, pieces).await;
            assert_eq!(error.is_none(), expected, "{bytes} every {milliseconds}: {error:?}");
            assert!(expected == (arrived == bytes * pieces) && (expected || took <= WINDOW * 2), "{took:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn time_in_which_nobody_reads_does_not_count() {
        let clock = Clock::starting_at("2026-08-01T00:00:00Z".parse().unwrap());
        let mut pace = Pace::default();
        for _ in 0..100 {
            pace.of(WINDOW, &clock, std::future::ready(())).await.unwrap();
            clock.sleep(WINDOW).await;
        }
        assert_eq!(pace.lost(), Duration::ZERO);
    }
}

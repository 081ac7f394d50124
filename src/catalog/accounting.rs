//! What a run cost: requests, repetitions, bytes and waits, counted as they happen and read at the end.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// What has been asked of the catalog since the client was made. Clones of a client count together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Requests {
    /// Requests that were sent, repetitions and sign-ins included.
    pub requests: u64,
    /// Those of them that repeated one that had failed.
    pub retries: u64,
    /// Times an access token was fetched.
    pub sign_ins: u64,
    /// Answers of 429: the catalog asked us to slow down.
    pub throttled: u64,
    /// Bytes of request bodies, repetitions included.
    pub bytes_sent: u64,
    /// Waits of single requests, whatever for.
    pub waits: u64,
    /// All those waits together, in milliseconds. Requests wait side by side, so this can exceed the run's own time.
    pub waited_milliseconds: u64,
}

/// The counters behind [`Requests`].
#[derive(Debug, Default)]
pub(super) struct Counters {
    requests: AtomicU64,
    retries: AtomicU64,
    sign_ins: AtomicU64,
    throttled: AtomicU64,
    bytes_sent: AtomicU64,
    waits: AtomicU64,
    waited_milliseconds: AtomicU64,
}

impl Counters {
    pub(super) fn sent(&self, body_bytes: usize, is_repetition: bool) {
        self.requests.fetch_add(1, Ordering::Relaxed);
        self.retries.fetch_add(u64::from(is_repetition), Ordering::Relaxed);
        self.bytes_sent.fetch_add(body_bytes as u64, Ordering::Relaxed);
    }

    pub(super) fn signed_in(&self) {
        self.sign_ins.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn throttled(&self) {
        self.throttled.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn waited(&self, wait: Duration) {
        self.waits.fetch_add(1, Ordering::Relaxed);
        let milliseconds = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
        self.waited_milliseconds.fetch_add(milliseconds, Ordering::Relaxed);
    }

    pub(super) fn read(&self) -> Requests {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Requests {
            requests: read(&self.requests),
            retries: read(&self.retries),
            sign_ins: read(&self.sign_ins),
            throttled: read(&self.throttled),
            bytes_sent: read(&self.bytes_sent),
            waits: read(&self.waits),
            waited_milliseconds: read(&self.waited_milliseconds),
        }
    }
}

//! Counts of requests, retries, bytes and waits of a client.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Counts since the client was made. Clones of a client count together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Requests {
    /// Requests sent, retries and sign-ins included.
    pub requests: u64,
    /// Requests that repeated a failed one.
    pub retries: u64,
    /// Access tokens fetched.
    pub sign_ins: u64,
    /// Answers with status 429.
    pub throttled: u64,
    /// Bytes of request bodies, retries included.
    pub bytes_sent: u64,
    /// Waits of single requests, for any reason.
    pub waits: u64,
    /// Sum of those waits in milliseconds. Requests wait in parallel, so it can exceed the duration of the run.
    pub waited_milliseconds: u64,
}

/// RequestCounters behind [`Requests`].
#[derive(Debug, Default)]
pub(super) struct RequestCounters {
    requests: AtomicU64,
    retries: AtomicU64,
    sign_ins: AtomicU64,
    throttled: AtomicU64,
    bytes_sent: AtomicU64,
    waits: AtomicU64,
    waited_milliseconds: AtomicU64,
}

impl RequestCounters {
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

//! Counters of what reading from GitHub costs, see [`Usage`].

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use http::HeaderMap;
use jiff::Timestamp;

use crate::door::wait::{RATE_LIMIT_REMAINING, RATE_LIMIT_RESET};
pub use crate::model::usage::{RateLimit, Usage};

/// Rate limit in the headers of an answer. None when a part is missing.
pub(super) fn rate_limit_of(headers: &HeaderMap) -> Option<RateLimit> {
    let number = |name: &str| headers.get(name)?.to_str().ok()?.trim().parse::<i64>().ok();
    Some(RateLimit {
        limit: u64::try_from(number("x-ratelimit-limit")?).ok()?,
        remaining: u64::try_from(number(RATE_LIMIT_REMAINING)?).ok()?,
        reset: Timestamp::from_second(number(RATE_LIMIT_RESET)?).ok()?,
    })
}

/// Counters of [`Usage`].
#[derive(Debug, Default)]
pub(super) struct UsageCounters {
    requests: AtomicU64,
    retries: AtomicU64,
    waits: AtomicU64,
    waited_milliseconds: AtomicU64,
    bytes: AtomicU64,
    rate_limit: Mutex<Option<RateLimit>>,
}

impl UsageCounters {
    pub(super) fn request(&self) {
        self.requests.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn retry(&self) {
        self.retries.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn wait(&self, wait: Duration) {
        self.waits.fetch_add(1, Ordering::Relaxed);
        let milliseconds = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
        self.waited_milliseconds.fetch_add(milliseconds, Ordering::Relaxed);
    }

    pub(super) fn bytes(&self, count: usize) {
        self.bytes.fetch_add(count as u64, Ordering::Relaxed);
    }

    pub(super) fn headers(&self, headers: &HeaderMap) {
        if let Some(limit) = rate_limit_of(headers) {
            *self.rate_limit.lock().unwrap_or_else(PoisonError::into_inner) = Some(limit);
        }
    }

    pub(super) fn read(&self) -> Usage {
        Usage {
            requests: self.requests.load(Ordering::Relaxed),
            retries: self.retries.load(Ordering::Relaxed),
            waits: self.waits.load(Ordering::Relaxed),
            waited: Duration::from_millis(self.waited_milliseconds.load(Ordering::Relaxed)),
            bytes: self.bytes.load(Ordering::Relaxed),
            rate_limit: *self.rate_limit.lock().unwrap_or_else(PoisonError::into_inner),
        }
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn the_rate_limit_is_kept_as_last_seen_and_half_of_one_is_not() {
        let counters = UsageCounters::default();
        let mut headers = HeaderMap::new();
        headers.insert("x-ratelimit-limit", HeaderValue::from_static("5000"));
        headers.insert("x-ratelimit-remaining", HeaderValue::from_static("4999"));
        counters.headers(&headers);
        assert_eq!(counters.read().rate_limit, None);
        headers.insert("x-ratelimit-reset", HeaderValue::from_static("1800000000"));
        counters.headers(&headers);
        counters.headers(&HeaderMap::new());
        assert_eq!(counters.read().rate_limit.map(|limit| (limit.limit, limit.remaining)), Some((5000, 4999)));
    }
}

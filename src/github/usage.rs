//! Usage of GitHub: requests, retries, waits, bytes, and the rest of the rate limit.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use http::HeaderMap;
use jiff::Timestamp;
use serde::Serialize;

use crate::door::wait::{RATE_LIMIT_REMAINING, RATE_LIMIT_RESET};

/// Usage so far.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Usage {
    /// Requests sent, with redirections and retries.
    pub requests: u64,
    /// Requests that repeated a failed one.
    pub retries: u64,
    /// Waits for a rate limit or before a retry.
    pub waits: u64,
    /// Sum of the waits. Requests may have waited at the same time.
    #[serde(skip)]
    pub waited: Duration,
    /// Bytes of answers, as received.
    pub bytes: u64,
    /// Rate limit in the latest answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rate_limit: Option<RateLimit>,
}

/// Primary rate limit of GitHub.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct RateLimit {
    /// Requests allowed in an hour.
    pub limit: u64,
    /// Requests left.
    pub remaining: u64,
    /// Beginning of the next hour.
    #[serde(serialize_with = "as_text")]
    pub reset: Timestamp,
}

impl Usage {
    /// Sum of two clients. Of their rate limits the one with less left is kept.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        let limits = self.rate_limit.into_iter().chain(other.rate_limit);
        Self {
            requests: self.requests + other.requests,
            retries: self.retries + other.retries,
            waits: self.waits + other.waits,
            waited: self.waited + other.waited,
            bytes: self.bytes + other.bytes,
            rate_limit: limits.min_by_key(|limit| limit.remaining),
        }
    }
}

impl RateLimit {
    /// Rate limit in the headers of an answer. None when a part is missing.
    pub(super) fn of(headers: &HeaderMap) -> Option<Self> {
        let number = |name: &str| headers.get(name)?.to_str().ok()?.trim().parse::<i64>().ok();
        Some(Self {
            limit: u64::try_from(number("x-ratelimit-limit")?).ok()?,
            remaining: u64::try_from(number(RATE_LIMIT_REMAINING)?).ok()?,
            reset: Timestamp::from_second(number(RATE_LIMIT_RESET)?).ok()?,
        })
    }
}

fn as_text<S: serde::Serializer>(moment: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(moment)
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
        if let Some(limit) = RateLimit::of(headers) {
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
    fn two_clients_have_spent_the_sum_and_the_scarcer_limit_is_told() {
        let limit = |remaining| Some(RateLimit { limit: 5000, remaining, reset: Timestamp::UNIX_EPOCH });
        let one = Usage { requests: 3, bytes: 10, rate_limit: limit(7), ..Usage::default() };
        let other = Usage { requests: 2, retries: 1, rate_limit: limit(9), ..Usage::default() };
        let both = one.plus(other);
        assert_eq!((both.requests, both.retries, both.bytes, both.rate_limit), (5, 1, 10, limit(7)));
    }

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

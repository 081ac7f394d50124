//! Counters of what a client spends, see [`Usage`].

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use http::HeaderMap;
use jiff::Timestamp;

use super::wait::{RATE_LIMIT_REMAINING, RATE_LIMIT_RESET};
use crate::door::clock::Clock;
use crate::model::usage::{RateLimit, Usage, WaitReason, Waiting};

/// Rate limit in the headers of an answer. None when a part is missing.
pub fn rate_limit_of(headers: &HeaderMap) -> Option<RateLimit> {
    let number = |name: &str| headers.get(name)?.to_str().ok()?.trim().parse::<i64>().ok();
    Some(RateLimit {
        limit: u64::try_from(number("x-ratelimit-limit")?).ok()?,
        remaining: u64::try_from(number(RATE_LIMIT_REMAINING)?).ok()?,
        reset: Timestamp::from_second(number(RATE_LIMIT_RESET)?).ok()?,
    })
}

/// Counters of [`Usage`].
#[derive(Debug, Default)]
pub struct UsageCounters {
    requests: AtomicU64,
    retries: AtomicU64,
    waits: AtomicU64,
    waited_milliseconds: AtomicU64,
    waiting: Mutex<Option<Waiting>>,
    bytes: AtomicU64,
    rate_limit: Mutex<Option<RateLimit>>,
}

impl UsageCounters {
    /// Counts a request, before it is sent.
    pub fn request(&self) {
        self.requests.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts a request that repeats a failed one.
    pub fn retry(&self) {
        self.retries.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts a wait, and waits.
    pub async fn wait(&self, clock: &Clock, wait: Duration, reason: WaitReason) {
        self.waits.fetch_add(1, Ordering::Relaxed);
        let milliseconds = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
        self.waited_milliseconds.fetch_add(milliseconds, Ordering::Relaxed);
        {
            let until = clock.now().saturating_add(wait).unwrap_or(Timestamp::MAX);
            let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
            *waiting = (*waiting).max(Some(Waiting { until, reason }));
        }
        clock.sleep(wait).await;
    }

    /// Counts bytes of an answer.
    pub fn bytes(&self, count: usize) {
        self.bytes.fetch_add(count as u64, Ordering::Relaxed);
    }

    /// Keeps the rate limit in the headers of an answer.
    pub fn headers(&self, headers: &HeaderMap) {
        if let Some(limit) = rate_limit_of(headers) {
            *self.rate_limit.lock().unwrap_or_else(PoisonError::into_inner) = Some(limit);
        }
    }

    /// The counts so far.
    pub fn read(&self) -> Usage {
        Usage {
            requests: self.requests.load(Ordering::Relaxed),
            retries: self.retries.load(Ordering::Relaxed),
            waits: self.waits.load(Ordering::Relaxed),
            waited: Duration::from_millis(self.waited_milliseconds.load(Ordering::Relaxed)),
            waiting: *self.waiting.lock().unwrap_or_else(PoisonError::into_inner),
            bytes: self.bytes.load(Ordering::Relaxed),
            rate_limit: *self.rate_limit.lock().unwrap_or_else(PoisonError::into_inner),
        }
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_wait_is_waited_and_counted() {
        let (clock, counters) = (Clock::starting_at(Timestamp::UNIX_EPOCH), UsageCounters::default());
        for milliseconds in [1500, 500] {
            counters.wait(&clock, Duration::from_millis(milliseconds), WaitReason::Retry).await;
        }
        assert_eq!((counters.read().waits, counters.read().waited), (2, Duration::from_secs(2)));
        assert_eq!(clock.now().as_second(), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn of_several_waits_the_one_that_ends_last_is_told() {
        let (clock, counters) = (Clock::starting_at(Timestamp::UNIX_EPOCH), UsageCounters::default());
        assert_eq!(counters.read().waiting, None);
        let wait = |seconds, reason| counters.wait(&clock, Duration::from_secs(seconds), reason);
        tokio::join!(wait(60, WaitReason::RateLimit), wait(2, WaitReason::Retry));
        let told = counters.read().waiting.map(|waiting| (waiting.until.as_second(), waiting.reason));
        assert_eq!(told, Some((60, WaitReason::RateLimit)));
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

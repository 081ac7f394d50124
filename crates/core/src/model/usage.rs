//! The cost of reading: requests, retries, waits, bytes, and the rest of a rate limit.

use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;

/// Usage of one client since it was made.
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
    /// The wait that ends last, of those that were begun. It may have ended.
    #[serde(skip)]
    pub waiting: Option<Waiting>,
    /// Bytes of answers, as received.
    pub bytes: u64,
    /// Rate limit in the latest answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rate_limit: Option<RateLimit>,
}

/// A wait of a client, until its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Waiting {
    /// Time of day at which it ends.
    pub until: Timestamp,
    /// Why the client waits.
    pub reason: WaitReason,
}

/// Reasons for which a client waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum WaitReason {
    /// A request failed and is sent again then.
    Retry,
    /// The server allows no request before then.
    RateLimit,
}

/// Rate limit of a source.
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
            waiting: self.waiting.max(other.waiting),
            bytes: self.bytes + other.bytes,
            rate_limit: limits.min_by_key(|limit| limit.remaining),
        }
    }
}

fn as_text<S: serde::Serializer>(moment: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(moment)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_clients_have_spent_the_sum_and_the_scarcer_limit_is_told() {
        let limit = |remaining| Some(RateLimit { limit: 5000, remaining, reset: Timestamp::UNIX_EPOCH });
        let one = Usage { requests: 3, bytes: 10, rate_limit: limit(7), ..Usage::default() };
        let other = Usage { requests: 2, retries: 1, rate_limit: limit(9), ..Usage::default() };
        let both = one.plus(other);
        assert_eq!((both.requests, both.retries, both.bytes, both.rate_limit), (5, 1, 10, limit(7)));
    }
}

//! The cost of reading: requests, repetitions, waits, bytes, and the rest of a rate limit.

use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;

/// What one client has spent since it was made.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Usage {
    /// Requests sent, redirections and repetitions included.
    pub requests: u64,
    /// How many of them repeated one that had failed.
    pub retries: u64,
    /// How often something was waited for: a rate limit, or a while before a repetition.
    pub waits: u64,
    /// How long that took, added up over requests that may have waited side by side.
    #[serde(skip)]
    pub waited: Duration,
    /// Bytes of answers, as they came out of the connection.
    pub bytes: u64,
    /// The rate limit, as the latest answer gave it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rate_limit: Option<RateLimit>,
}

/// The requests that a source allows in an hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct RateLimit {
    /// Requests allowed in an hour.
    pub limit: u64,
    /// How many of them are left.
    pub remaining: u64,
    /// When the next hour begins.
    #[serde(serialize_with = "as_text")]
    pub reset: Timestamp,
}

impl Usage {
    /// What two clients have spent together. Of their limits the one that has less left is told.
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

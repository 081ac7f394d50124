//! Retries of a request or a file: waiting after a failed attempt, or giving up.

use std::hash::Hasher;
use std::sync::Arc;
use std::time::Duration;

use siphasher::sip::SipHasher13;

use super::GitHub;
use crate::door::client::retry::{GaveUp, Retry, RetryPolicy};
use crate::door::client::wait::is_announced;
use crate::door::http::TransportError;
use crate::github::error::GitHubError;
use crate::github::outage::{Outages, RetryBudget};
use crate::model::usage::WaitReason;

/// State of one request, or of one file, across its attempts.
#[derive(Debug)]
pub(in crate::github) struct RetryState {
    what: Arc<str>,
    endpoint: Arc<str>,
    outages: Outages,
    retry: Retry,
    /// Time of failed attempts and of waits that no server asked for.
    spent: Duration,
}

/// An attempt that failed.
pub(in crate::github) struct FailedAttempt {
    /// Cause in words: `GitHub answered 500`.
    pub(in crate::github) cause: String,
    /// Duration of the attempt.
    pub(in crate::github) took: Duration,
    /// Wait that the server asks for.
    pub(in crate::github) asked: Option<Duration>,
    /// Limit of attempts for this cause, where it is below the usual one.
    pub(in crate::github) attempts_at_most: Option<u32>,
}

impl FailedAttempt {
    /// A failed attempt with no other details.
    pub(in crate::github) fn new(cause: String, took: Duration) -> Self {
        Self { cause, took, asked: None, attempts_at_most: None }
    }
}

impl RetryState {
    /// Time limit of the head of the next answer, and of each window of a file, see [`RetryBudget::answer_within`].
    pub(in crate::github) fn answer_within(&self) -> Duration {
        self.outages.budget(&self.endpoint).answer_within
    }

    /// Counts a rate limit, which is no failure of the endpoint. Returns the wait.
    pub(super) fn limited(&mut self, asked: Duration) -> Result<Duration, GaveUp> {
        self.retry.after_failure(Some(asked))
    }

    /// Counts a wait at the gate of all requests.
    pub(in crate::github) fn also_waits(&mut self, wait: Duration) -> Result<(), GaveUp> {
        self.retry.also_waits(wait)
    }

    /// Wait after a failure, by the budget of the endpoint.
    fn after(&mut self, failure: &FailedAttempt) -> Result<Duration, GaveUp> {
        let budget: RetryBudget = self.outages.budget(&self.endpoint);
        self.spent += failure.took;
        let attempts = self.retry.attempts() + 1;
        let gave_up = GaveUp { attempts, waited: self.retry.waited(), refused_wait: None };
        if attempts >= budget.attempts.min(failure.attempts_at_most.unwrap_or(u32::MAX)) || self.spent >= budget.time {
            return Err(gave_up);
        }
        if failure.asked.is_some_and(|asked| asked > budget.longest_asked) {
            return Err(GaveUp { refused_wait: failure.asked, ..gave_up });
        }
        let wait = self.retry.after_failure(failure.asked)?;
        self.spent += if failure.asked.is_none() { wait } else { Duration::ZERO };
        Ok(wait)
    }
}

impl GitHub {
    /// State of a request that is about to be sent.
    pub(in crate::github) fn retry_state(&self, what: &str, endpoint: &str) -> RetryState {
        // The seed comes from the request's name, so that waits do not depend on the order of requests.
        let mut hasher = SipHasher13::new_with_keys(self.inner.options.seed, 0);
        hasher.write(what.as_bytes());
        RetryState {
            what: what.into(),
            // Clients of several hosts may share the state of endpoints.
            endpoint: format!("{endpoint} at {}", self.host()).into(),
            outages: self.outages.clone(),
            retry: Retry::new(RetryPolicy::STANDARD, hasher.finish()),
            spent: Duration::ZERO,
        }
    }

    /// Records that the endpoint of a request has answered, with any status.
    pub(in crate::github) fn endpoint_answered(&self, retries: &RetryState) {
        if self.outages.answered(&retries.endpoint) {
            tracing::warn!(endpoint = %retries.endpoint, "this endpoint answers again");
        }
    }

    /// Waits after a failed attempt, or gives up.
    pub(in crate::github) async fn wait_after(&self, retries: &mut RetryState, failure: FailedAttempt) -> Result<(), GaveUp> {
        let (attempt, of) = (retries.retry.attempts() + 1, self.outages.budget(&retries.endpoint).attempts);
        let RetryState { what, endpoint, .. } = &*retries;
        let (what, endpoint, cause) = (Arc::clone(what), Arc::clone(endpoint), &failure.cause);
        let wait = match retries.after(&failure) {
            Ok(wait) => wait,
            Err(gave_up) => {
                if failure.attempts_at_most.is_none() && self.outages.gave_up(&endpoint) {
                    let (attempts, seconds) = (gave_up.attempts, retries.spent.as_secs());
                    tracing::warn!(
                        %endpoint, %cause, attempts, seconds,
                        "this endpoint fails: until it answers again, each further request to it in this run gets {} attempts",
                        RetryBudget::IN_OUTAGE.attempts
                    );
                }
                return Err(gave_up);
            }
        };
        let seconds = wait.as_secs_f64();
        let seconds = (seconds * 10.0).round() / 10.0;
        if is_announced(attempt, wait) {
            tracing::warn!(request = %what, %cause, attempt, of, seconds, "waiting before the next attempt");
        } else {
            tracing::info!(request = %what, %cause, attempt, of, seconds, "waiting before the next attempt");
        }
        self.counters().retry();
        self.counters().wait(self.clock(), wait, WaitReason::Retry).await;
        Ok(())
    }

    /// Waits after a connection that failed or broke, or gives up. `took` is the duration of the attempt.
    pub(in crate::github) async fn wait_after_break(
        &self,
        retries: &mut RetryState,
        error: TransportError,
        took: Duration,
    ) -> Result<(), GitHubError> {
        let attempts_at_most = self.inner.contact.attempts_at_most(error.kind);
        let failure = FailedAttempt { attempts_at_most, ..FailedAttempt::new(error.to_string(), took) };
        let waited = self.wait_after(retries, failure).await;
        waited.map_err(|gave_up| GitHubError::Transport { what: retries.what.to_string(), source: error, gave_up: Some(gave_up) })
    }
}

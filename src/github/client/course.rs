//! What comes after an attempt that failed: a wait that is announced, or giving up. Files are fetched by the same rules.

use std::hash::Hasher;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use siphasher::sip::SipHasher13;

use super::GitHub;
use crate::door::http::{TransportError, TransportErrorKind};
use crate::door::retry::{GaveUp, Retry, RetryPolicy};
use crate::github::error::GitHubError;
use crate::github::outage::{Outages, Patience};

/// Attempts to connect to a host that has never answered: most often its name is wrong, and nobody wants to wait for that.
const ATTEMPTS_BEFORE_FIRST_CONTACT: u32 = 3;

/// Attempts at an answer that turns out to be a page of somebody in between: a load balancer's may be gone in a second, a web
/// filter's stays.
const ATTEMPTS_AT_A_PAGE: u32 = 3;

/// Waits from here on are announced where only warnings are shown: whoever watches should know what is being waited for.
const ANNOUNCED_WAIT: Duration = Duration::from_secs(5);

/// The course of one request, or of one file: its attempts, and what they have cost.
#[derive(Debug)]
pub(in crate::github) struct Course {
    what: Arc<str>,
    endpoint: Arc<str>,
    outages: Outages,
    retry: Retry,
    /// How long failed attempts have taken, and waits that no server asked for.
    spent: Duration,
}

/// An attempt that failed.
pub(in crate::github) struct Failure {
    /// What happened, for people: `GitHub answered 500`.
    pub(in crate::github) cause: String,
    /// How long the attempt took.
    pub(in crate::github) took: Duration,
    /// The wait that the server asks for, if it does.
    pub(in crate::github) asked: Option<Duration>,
    /// Attempts that are worth it for this cause, where they are fewer than usual.
    pub(in crate::github) attempts_at_most: Option<u32>,
}

impl Failure {
    /// A failure of which nothing else is known.
    pub(in crate::github) fn new(cause: String, took: Duration) -> Self {
        Self { cause, took, asked: None, attempts_at_most: None }
    }
}

impl Course {
    /// How long the head of the next answer may take, and each window of a file, see [`Patience::answer_within`].
    pub(in crate::github) fn answer_within(&self) -> Duration {
        self.outages.patience(&self.endpoint).answer_within
    }

    /// Takes note of a rate limit, which is no failure of the endpoint, and says how long to wait.
    pub(super) fn limited(&mut self, asked: Duration) -> Result<Duration, GaveUp> {
        self.retry.after_failure(Some(asked))
    }

    /// Takes note of a wait that all requests keep.
    pub(in crate::github) fn also_waits(&mut self, wait: Duration) -> Result<(), GaveUp> {
        self.retry.also_waits(wait)
    }

    /// How long to wait after a failure, by what the endpoint still gets.
    fn after(&mut self, failure: &Failure) -> Result<Duration, GaveUp> {
        let patience: Patience = self.outages.patience(&self.endpoint);
        self.spent += failure.took;
        let attempts = self.retry.attempts() + 1;
        let gave_up = GaveUp { attempts, waited: self.retry.waited(), refused_wait: None };
        if attempts >= patience.attempts.min(failure.attempts_at_most.unwrap_or(u32::MAX)) || self.spent >= patience.time {
            return Err(gave_up);
        }
        if failure.asked.is_some_and(|asked| asked > patience.longest_asked) {
            return Err(GaveUp { refused_wait: failure.asked, ..gave_up });
        }
        let wait = self.retry.after_failure(failure.asked)?;
        self.spent += if failure.asked.is_none() { wait } else { Duration::ZERO };
        Ok(wait)
    }
}

impl GitHub {
    /// The course of a request that is about to be made.
    pub(in crate::github) fn course(&self, what: &str, endpoint: &str) -> Course {
        // A seed from the request's name: waits do not depend on which request comes first.
        let mut hasher = SipHasher13::new_with_keys(self.inner.options.seed, 0);
        hasher.write(what.as_bytes());
        Course {
            what: what.into(),
            // Clients of several hosts may share what they know.
            endpoint: format!("{endpoint} at {}", self.host()).into(),
            outages: self.outages.clone(),
            retry: Retry::new(RetryPolicy::STANDARD, hasher.finish()),
            spent: Duration::ZERO,
        }
    }

    /// Takes note that the endpoint of a request has answered, whatever it said.
    pub(in crate::github) fn endpoint_answered(&self, course: &Course) {
        if self.outages.answered(&course.endpoint) {
            tracing::warn!(endpoint = %course.endpoint, "this endpoint answers again");
        }
    }

    /// Waits after an attempt that failed, or gives up.
    pub(in crate::github) async fn wait_after(&self, course: &mut Course, failure: Failure) -> Result<(), GaveUp> {
        let (attempt, of) = (course.retry.attempts() + 1, self.outages.patience(&course.endpoint).attempts);
        let Course { what, endpoint, .. } = &*course;
        let (what, endpoint, cause) = (Arc::clone(what), Arc::clone(endpoint), &failure.cause);
        let wait = match course.after(&failure) {
            Ok(wait) => wait,
            Err(gave_up) => {
                if failure.attempts_at_most.is_none() && self.outages.gave_up(&endpoint) {
                    let (attempts, seconds) = (gave_up.attempts, course.spent.as_secs());
                    tracing::warn!(
                        %endpoint, %cause, attempts, seconds,
                        "this endpoint is out: until it answers again, each further request to it in this run gets {} attempts",
                        Patience::IN_OUTAGE.attempts
                    );
                }
                return Err(gave_up);
            }
        };
        let seconds = wait.as_secs_f64();
        let seconds = (seconds * 10.0).round() / 10.0;
        if wait >= ANNOUNCED_WAIT {
            tracing::warn!(request = %what, %cause, attempt, of, seconds, "waiting before the next attempt");
        } else {
            tracing::info!(request = %what, %cause, attempt, of, seconds, "waiting before the next attempt");
        }
        self.counters().wait(wait);
        self.counters().retry();
        self.clock().sleep(wait).await;
        Ok(())
    }

    /// Waits after a connection that failed or broke, or gives up. `took` is how long the attempt lasted.
    pub(in crate::github) async fn wait_after_break(
        &self,
        course: &mut Course,
        error: TransportError,
        took: Duration,
    ) -> Result<(), GitHubError> {
        let attempts_at_most = match error.kind {
            // Asking again changes none of these.
            TransportErrorKind::Certificate
            | TransportErrorKind::TooLarge
            | TransportErrorKind::PrivateAddress
            | TransportErrorKind::Unsendable => Some(1),
            TransportErrorKind::Page => Some(ATTEMPTS_AT_A_PAGE),
            TransportErrorKind::Connect if !self.inner.has_answered.load(Ordering::Relaxed) => {
                Some(ATTEMPTS_BEFORE_FIRST_CONTACT)
            }
            TransportErrorKind::Connect | TransportErrorKind::Timeout | TransportErrorKind::Broken => None,
        };
        let failure = Failure { attempts_at_most, ..Failure::new(error.to_string(), took) };
        let waited = self.wait_after(course, failure).await;
        waited.map_err(|gave_up| GitHubError::Transport { what: course.what.to_string(), source: error, gave_up: Some(gave_up) })
    }
}

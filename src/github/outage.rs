//! Attempts and time for an endpoint in a run, by its failures so far. Pure: waits nowhere.
//!
//! A failing server gets two minutes once, but not for each of fifty organizations: after the first request that is given up,
//! other requests to the same endpoint get two short attempts, until one is answered.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::door::retry::{ATTEMPTS_AT_MOST, WAIT_AT_MOST};

/// Limits of one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct RetryBudget {
    /// Attempts, the first one included.
    pub(super) attempts: u32,
    /// Time of failed attempts and of waits that no server asked for. No attempt begins after it.
    pub(super) time: Duration,
    /// Longest wait that a failing server may ask for.
    pub(super) longest_asked: Duration,
    /// Time until the head of an answer. The network's own limit on silence is usually shorter.
    pub(super) answer_within: Duration,
}

impl RetryBudget {
    /// Budget for an endpoint without failures. Ten attempts wait 137 seconds at most; fewer fit where each attempt takes long.
    pub(super) const FULL: Self = Self {
        attempts: ATTEMPTS_AT_MOST,
        time: Duration::from_secs(150),
        longest_asked: WAIT_AT_MOST,
        answer_within: Duration::from_secs(120),
    };

    /// Budget for an endpoint that failed more than once in this run and answers again: half of the attempts. Full budgets
    /// would add up to hours where every second organization fails.
    pub(super) const AFTER_OUTAGES: Self = Self { attempts: 5, time: Duration::from_secs(20), ..Self::FULL };

    /// Budget for a failing endpoint: one more attempt after a short wait, so that a recovery is noticed. GitHub answers within
    /// ten seconds or not at all.
    pub(super) const IN_OUTAGE: Self = Self {
        attempts: 2,
        time: Duration::from_secs(5),
        longest_asked: Duration::from_secs(5),
        answer_within: Duration::from_secs(10),
    };
}

/// Outages after which an endpoint still gets a full budget when it answers again.
const OUTAGES_WITH_FULL_BUDGET: u32 = 1;

/// State of one endpoint in a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Outage {
    /// Number of outages.
    times: u32,
    /// A request was given up, and none has been answered since.
    is_out: bool,
}

impl Outage {
    /// Budget of the next attempt.
    pub(super) fn budget(self) -> RetryBudget {
        match self {
            Self { is_out: true, .. } => RetryBudget::IN_OUTAGE,
            Self { times, .. } if times > OUTAGES_WITH_FULL_BUDGET => RetryBudget::AFTER_OUTAGES,
            _ => RetryBudget::FULL,
        }
    }

    /// Records a request that was given up. True for the first of an outage.
    pub(super) fn gave_up(&mut self) -> bool {
        let is_news = !self.is_out;
        self.times += u32::from(is_news);
        self.is_out = true;
        is_news
    }

    /// Records an answer, with any status. True at the end of an outage.
    pub(super) fn answered(&mut self) -> bool {
        std::mem::take(&mut self.is_out)
    }
}

/// Endpoints of one run, by [`endpoint`]. Clones share their state.
#[derive(Clone, Debug, Default)]
pub(super) struct Outages(Arc<Mutex<HashMap<Arc<str>, Outage>>>);

impl Outages {
    /// Budget of the next attempt at an endpoint.
    pub(super) fn budget(&self, endpoint: &str) -> RetryBudget {
        self.lock().get(endpoint).copied().unwrap_or_default().budget()
    }

    /// See [`Outage::gave_up`].
    pub(super) fn gave_up(&self, endpoint: &Arc<str>) -> bool {
        self.lock().entry(Arc::clone(endpoint)).or_default().gave_up()
    }

    /// See [`Outage::answered`].
    pub(super) fn answered(&self, endpoint: &str) -> bool {
        self.lock().get_mut(endpoint).is_some_and(Outage::answered)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Arc<str>, Outage>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Segments of a path that are followed by a name.
const BEFORE_NAMES: [&str; 6] = ["orgs", "organizations", "enterprises", "teams", "installations", "users"];

/// Endpoint of a path, the same for all organizations: `/orgs/*/copilot/billing/seats`.
pub(super) fn endpoint(path: &str) -> String {
    let path = path.split_once('?').map_or(path, |(path, _)| path);
    let mut is_name = false;
    let segments = path.split('/').map(|segment| {
        let is_number = !segment.is_empty() && segment.bytes().all(|byte| byte.is_ascii_digit());
        let shown = if is_name || is_number { "*" } else { segment };
        // The name after `orgs` may itself be `teams`.
        is_name = !is_name && BEFORE_NAMES.contains(&segment);
        shown
    });
    segments.collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Clone, Copy, Debug)]
    enum Event {
        GaveUp,
        Answered,
    }
    use Event::{Answered, GaveUp};

    #[test]
    fn patience_ends_with_the_first_request_that_is_given_up_and_comes_back_with_an_answer() {
        let table: &[(&[Event], RetryBudget)] = &[
            (&[], RetryBudget::FULL),
            (&[Answered, Answered], RetryBudget::FULL),
            (&[GaveUp], RetryBudget::IN_OUTAGE),
            (&[GaveUp, GaveUp, GaveUp, GaveUp], RetryBudget::IN_OUTAGE),
            (&[GaveUp, Answered], RetryBudget::FULL),
            (&[GaveUp, GaveUp, GaveUp, GaveUp, Answered], RetryBudget::FULL),
            (&[GaveUp, Answered, GaveUp], RetryBudget::IN_OUTAGE),
            (&[GaveUp, Answered, GaveUp, Answered], RetryBudget::AFTER_OUTAGES),
            (&[GaveUp, Answered, GaveUp, Answered, GaveUp], RetryBudget::IN_OUTAGE),
        ];
        for (events, expected) in table {
            let mut outage = Outage::default();
            for event in *events {
                match event {
                    GaveUp => outage.gave_up(),
                    Answered => outage.answered(),
                };
            }
            assert_eq!(outage.budget(), *expected, "{events:?}");
        }
    }

    #[test]
    fn an_outage_and_its_end_are_news_once() {
        let mut outage = Outage::default();
        let news = [outage.answered(), outage.gave_up(), outage.gave_up(), outage.answered(), outage.answered()];
        assert_eq!(news, [false, true, false, true, false]);
    }

    #[test]
    fn endpoints_know_nothing_of_each_other_and_a_run_nothing_of_the_last_one() {
        let outages = Outages::default();
        let (one, other) = (Arc::from("GET /a"), Arc::from("GET /b"));
        outages.gave_up(&one);
        assert_eq!((outages.budget(&one), outages.budget(&other)), (RetryBudget::IN_OUTAGE, RetryBudget::FULL));
        assert_eq!((outages.clone().budget(&one), Outages::default().budget(&one)), (RetryBudget::IN_OUTAGE, RetryBudget::FULL));
    }

    #[test]
    fn an_endpoint_is_the_same_for_everybody() {
        let table = [
            ("/user/orgs?per_page=100", "/user/orgs"),
            ("/orgs/acme", "/orgs/*"),
            ("/orgs/acme/teams?per_page=100", "/orgs/*/teams"),
            ("/orgs/teams/teams/orgs/members", "/orgs/*/teams/*/members"),
            ("/enterprises/fleet/teams/core/memberships", "/enterprises/*/teams/*/memberships"),
            ("/orgs/acme/copilot/metrics/reports/users-28-day/latest", "/orgs/*/copilot/metrics/reports/users-28-day/latest"),
            ("/orgs/1/copilot/metrics/reports/users-1-day?day=2026-08-01", "/orgs/*/copilot/metrics/reports/users-1-day"),
            ("/app/installations/17/access_tokens", "/app/installations/*/access_tokens"),
            ("/organizations/17/copilot/billing", "/organizations/*/copilot/billing"),
        ];
        for (path, expected) in table {
            assert_eq!(endpoint(path), expected);
        }
    }
}

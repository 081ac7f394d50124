//! How much patience an endpoint still gets in a run. Pure: says how often and how long to try, waits nowhere.
//!
//! A server that fails is worth two minutes once. It is not worth two minutes for each of fifty organizations: after the first
//! request that was given up, the others of the same endpoint are asked briefly, until one of them is answered.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::door::retry::{ATTEMPTS_AT_MOST, WAIT_AT_MOST};

/// How often and how long one request is tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Patience {
    /// Attempts at most, the first one included.
    pub(super) attempts: u32,
    /// Once failed attempts and waits of our own choice have taken so long, no further attempt begins. What a server asks us to
    /// wait does not count.
    pub(super) time: Duration,
    /// The longest wait that a failing server may ask for.
    pub(super) longest_asked: Duration,
    /// How long the head of an answer may take. The network's own limit, on silence, is usually shorter.
    pub(super) answer_within: Duration,
}

impl Patience {
    /// What a request gets of an endpoint about which nothing bad is known. Ten attempts wait 137 seconds at most; where each
    /// attempt itself takes long, fewer fit.
    pub(super) const FULL: Self = Self {
        attempts: ATTEMPTS_AT_MOST,
        time: Duration::from_secs(150),
        longest_asked: WAIT_AT_MOST,
        answer_within: Duration::from_secs(120),
    };

    /// What a request gets of an endpoint that has been out more than once in this run and answers again: half of the attempts,
    /// because full patience every time would add up to hours where every second organization fails.
    pub(super) const AFTER_OUTAGES: Self = Self { attempts: 5, time: Duration::from_secs(20), ..Self::FULL };

    /// What a request gets of an endpoint that is out: one more attempt after a moment, so that an endpoint which is well again
    /// is noticed. GitHub answers within ten seconds or not at all.
    pub(super) const IN_OUTAGE: Self = Self {
        attempts: 2,
        time: Duration::from_secs(5),
        longest_asked: Duration::from_secs(5),
        answer_within: Duration::from_secs(10),
    };
}

/// How often an endpoint may go out and still get full patience when it answers again.
const OUTAGES_FORGIVEN: u32 = 1;

/// What is known of one endpoint in a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Outage {
    /// How often it went out.
    times: u32,
    /// Whether it is out: a request was given up, and none has been answered since.
    is_out: bool,
}

impl Outage {
    /// What the next attempt gets.
    pub(super) fn patience(self) -> Patience {
        match self {
            Self { is_out: true, .. } => Patience::IN_OUTAGE,
            Self { times, .. } if times > OUTAGES_FORGIVEN => Patience::AFTER_OUTAGES,
            _ => Patience::FULL,
        }
    }

    /// Takes note of a request that was given up. Says whether that is news.
    pub(super) fn gave_up(&mut self) -> bool {
        let is_news = !self.is_out;
        self.times += u32::from(is_news);
        self.is_out = true;
        is_news
    }

    /// Takes note of an answer, whatever it says. Says whether the endpoint was out.
    pub(super) fn answered(&mut self) -> bool {
        std::mem::take(&mut self.is_out)
    }
}

/// The endpoints of one run, see [`endpoint`]. Clones share what they know.
#[derive(Clone, Debug, Default)]
pub(super) struct Outages(Arc<Mutex<HashMap<Arc<str>, Outage>>>);

impl Outages {
    /// What the next attempt at an endpoint gets.
    pub(super) fn patience(&self, endpoint: &str) -> Patience {
        self.known().get(endpoint).copied().unwrap_or_default().patience()
    }

    /// See [`Outage::gave_up`].
    pub(super) fn gave_up(&self, endpoint: &Arc<str>) -> bool {
        self.known().entry(Arc::clone(endpoint)).or_default().gave_up()
    }

    /// See [`Outage::answered`].
    pub(super) fn answered(&self, endpoint: &str) -> bool {
        self.known().get_mut(endpoint).is_some_and(Outage::answered)
    }

    fn known(&self) -> MutexGuard<'_, HashMap<Arc<str>, Outage>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Segments of a path after which somebody's name stands.
const BEFORE_NAMES: [&str; 6] = ["orgs", "organizations", "enterprises", "teams", "installations", "users"];

/// The endpoint of a path, which is the same for all organizations: `/orgs/*/copilot/billing/seats`.
pub(super) fn endpoint(path: &str) -> String {
    let path = path.split_once('?').map_or(path, |(path, _)| path);
    let mut is_name = false;
    let segments = path.split('/').map(|segment| {
        let is_number = !segment.is_empty() && segment.bytes().all(|byte| byte.is_ascii_digit());
        let shown = if is_name || is_number { "*" } else { segment };
        // An organization may be called `teams`.
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
        let table: &[(&[Event], Patience)] = &[
            (&[], Patience::FULL),
            (&[Answered, Answered], Patience::FULL),
            (&[GaveUp], Patience::IN_OUTAGE),
            (&[GaveUp, GaveUp, GaveUp, GaveUp], Patience::IN_OUTAGE),
            (&[GaveUp, Answered], Patience::FULL),
            (&[GaveUp, GaveUp, GaveUp, GaveUp, Answered], Patience::FULL),
            (&[GaveUp, Answered, GaveUp], Patience::IN_OUTAGE),
            (&[GaveUp, Answered, GaveUp, Answered], Patience::AFTER_OUTAGES),
            (&[GaveUp, Answered, GaveUp, Answered, GaveUp], Patience::IN_OUTAGE),
        ];
        for (events, expected) in table {
            let mut outage = Outage::default();
            for event in *events {
                match event {
                    GaveUp => outage.gave_up(),
                    Answered => outage.answered(),
                };
            }
            assert_eq!(outage.patience(), *expected, "{events:?}");
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
        assert_eq!((outages.patience(&one), outages.patience(&other)), (Patience::IN_OUTAGE, Patience::FULL));
        assert_eq!((outages.clone().patience(&one), Outages::default().patience(&one)), (Patience::IN_OUTAGE, Patience::FULL));
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

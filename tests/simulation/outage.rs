//! An endpoint that is out: for a whole run, or until patience with it has ended once.

use std::collections::BTreeMap;

use super::github_wire::LogKey;

/// Attempts of a request while nothing bad is known of its endpoint.
const ATTEMPTS: u64 = 10;
/// Attempts of a request while its endpoint is out.
const ATTEMPTS_IN_OUTAGE: u64 = 2;
/// Failures that a request survives whose endpoint has answered since it was out.
const SURVIVED: u64 = 3;

/// The endpoint of a path: the same for all organizations and teams.
pub(crate) fn endpoint(path: &str) -> String {
    let mut is_name = false;
    let segments = path.split('/').map(|segment| {
        let shown = if is_name { "*" } else { segment };
        is_name = !is_name && matches!(segment, "orgs" | "enterprises" | "team" | "teams");
        shown
    });
    segments.collect::<Vec<_>>().join("/")
}

/// An endpoint that answers 500.
#[derive(Debug)]
pub(crate) struct Outage {
    pub(crate) endpoint: String,
    /// Tells whether it comes back once a request was given up, although not at once for everybody.
    comes_back: bool,
    /// Requests that failed, by what was asked for.
    failed: BTreeMap<LogKey, u64>,
    /// The first request that was answered after that.
    first_answered: Option<LogKey>,
    is_over: bool,
}

/// The answer that a request gets.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Met {
    Answer,
    Failure,
    /// The first of a few failures, after which the answer comes.
    FailureForNow,
}

impl Outage {
    pub(crate) fn of(endpoint: String, comes_back: bool) -> Self {
        Self { endpoint, comes_back, failed: BTreeMap::new(), first_answered: None, is_over: false }
    }

    /// Decides the answer to a request to the endpoint.
    pub(crate) fn meets(&mut self, key: &LogKey) -> Met {
        if self.is_over && self.first_answered.get_or_insert_with(|| key.clone()) == key {
            return Met::Answer;
        }
        let failed = self.failed.entry(key.clone()).or_default();
        if self.is_over && *failed >= SURVIVED {
            return Met::Answer;
        }
        *failed += 1;
        let is_new = *failed == 1;
        let met = if self.is_over && is_new { Met::FailureForNow } else { Met::Failure };
        self.is_over |= self.comes_back && *failed >= ATTEMPTS;
        met
    }

    /// The request that it got more often than the budget allows, and how often, when it never came back.
    pub(crate) fn overspent(&self) -> Option<(&LogKey, u64)> {
        let (first, _) = self.failed.keys().next()?;
        // Requests that are under way when it goes out have had their attempts. A list may be asked for again for another resource.
        let allowed = |key: &LogKey| 2 * ATTEMPTS_IN_OUTAGE + if key.0 == *first { ATTEMPTS } else { 0 };
        let is_too_much = |(key, times): &(&LogKey, &u64)| **times > allowed(key);
        self.failed.iter().filter(|_| !self.comes_back).find(is_too_much).map(|(key, times)| (key, *times))
    }
}

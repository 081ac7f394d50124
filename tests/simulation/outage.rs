//! An endpoint that is out: for a whole run, or until patience with it has ended once.

use std::collections::BTreeMap;

use super::github_wire::LogKey;

/// How often a request is tried of whose endpoint nothing bad is known.
const ATTEMPTS: u64 = 10;
/// How often it is tried while its endpoint is out.
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
    /// Whether it comes back once a request was given up, although not at once for everybody.
    comes_back: bool,
    /// Requests that failed, by what was asked for.
    failed: BTreeMap<LogKey, u64>,
    /// What was answered first after that.
    first_answered: Option<LogKey>,
    is_over: bool,
}

/// What a request meets.
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

    /// What a request to the endpoint meets.
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

    /// Whether more was asked of it than a budget allows, when it never came back: what was asked for, and how often.
    pub(crate) fn overspent(&self) -> Option<(&LogKey, u64)> {
        let (first, _) = self.failed.keys().next()?;
        // Requests that are under way when it goes out have had their attempts. A list may be asked for again for another resource.
        let allowed = |key: &LogKey| 2 * ATTEMPTS_IN_OUTAGE + if key.0 == *first { ATTEMPTS } else { 0 };
        let is_too_much = |(key, times): &(&LogKey, &u64)| **times > allowed(key);
        self.failed.iter().filter(|_| !self.comes_back).find(is_too_much).map(|(key, times)| (key, *times))
    }
}

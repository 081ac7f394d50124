//! What it proves that a list of organizations or teams is empty, or that somebody is on it no more. Pure: takes what the answer
//! said and what earlier runs saw, touches nothing. Where that is kept between runs: `resync::listings`.
//!
//! A list can be empty because there is nobody, and because the credential is shown nobody: GitHub answers both with `[]`.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// How far apart two runs are that confirm each other. What passes by itself, such as a list that GitHub is rebuilding, is over
/// by then; and an hour is the shortest usual interval between runs.
pub const CONFIRMED_AFTER: SignedDuration = SignedDuration::from_hours(1);

/// Whether an answer shows that its credential may list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ListingRight {
    /// Its scopes or permissions, which the answer names, allow it.
    Shown,
    /// The answer does not say so.
    #[default]
    NotShown,
}

/// Somebody, or everybody, is missing from a list.
#[derive(Clone, Copy, Debug)]
pub struct Absence {
    /// Whether the credential may list.
    pub right: ListingRight,
    /// Whether the user has said that nobody is there.
    pub is_accepted: bool,
    /// When an earlier run saw it first; none when no run did, or one in between saw otherwise.
    pub since: Option<Timestamp>,
    /// The time of this run.
    pub now: Timestamp,
}

/// What an absence proves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AbsenceProof {
    /// Nobody is there.
    Proven,
    /// Nothing: the credential may be shown nobody.
    MayNotList,
    /// Nothing yet.
    Unconfirmed {
        /// From when on another run proves it that sees the same.
        proven_from: Timestamp,
    },
}

impl Absence {
    /// Decides what it proves: what the user says holds at once; else the credential must be seen to be allowed to list, in two
    /// runs at least [`CONFIRMED_AFTER`] apart. A moment that is not past yet was written by a wrong clock, and counts for nothing.
    pub fn judge(self) -> AbsenceProof {
        let Self { right, is_accepted, since, now } = self;
        if is_accepted {
            return AbsenceProof::Proven;
        }
        if right == ListingRight::NotShown {
            return AbsenceProof::MayNotList;
        }
        let since = since.filter(|since| *since <= now).unwrap_or(now);
        if now.duration_since(since) >= CONFIRMED_AFTER {
            return AbsenceProof::Proven;
        }
        AbsenceProof::Unconfirmed { proven_from: since + CONFIRMED_AFTER }
    }
}

/// Which list, of those that an integration reads.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ListName {
    /// The integration, whose entities are at stake.
    pub integration: String,
    /// The host, and what the settings call the source there.
    pub place: String,
    /// `organizations`, or `acme/*` for the teams and `acme/reports` for the reports of an organization or an enterprise.
    pub list: String,
}

/// What earlier runs saw of one list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Remembered {
    /// Since when it is empty, with a credential that may list.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub empty_since: Option<Timestamp>,
    /// Who was on it, in lower case; with a moment, who has been missing since then.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub names: BTreeMap<String, Option<Timestamp>>,
    /// GitHub's ids of those names, as far as they are known.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub ids: BTreeMap<String, u64>,
    /// The owner's id in the rows of its reports, by the field that holds it, see [`super::report_owner`].
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub report_ids: BTreeMap<String, String>,
}

/// What one run saw of one list that it read to its end.
#[derive(Clone, Copy, Debug)]
pub enum SeenList<'a> {
    /// These are on it, at least one.
    Names(&'a [String]),
    /// Some are on it, and it does not matter who.
    Somebody,
    /// It is empty.
    Nobody(ListingRight),
}

/// What earlier runs saw of every list.
pub type ListMemory = BTreeMap<ListName, Remembered>;

impl Remembered {
    /// Who was on the list and is not among `names`, and since when that is known; none when this is the first time.
    pub fn missing(&self, names: &[String]) -> Vec<(String, Option<Timestamp>)> {
        let is_listed = |known: &str| names.iter().any(|name| name.eq_ignore_ascii_case(known));
        let missing = self.names.iter().filter(|(known, _)| !is_listed(known));
        missing.map(|(known, since)| (known.clone(), *since)).collect()
    }

    /// What is to be remembered after a run.
    #[must_use]
    pub fn after(&self, seen: SeenList<'_>, now: Timestamp) -> Self {
        let passed = |since: &Timestamp| *since <= now;
        match seen {
            SeenList::Names(listed) => {
                let mut names: BTreeMap<String, Option<Timestamp>> =
                    listed.iter().map(|name| (name.to_ascii_lowercase(), None)).collect();
                for (name, since) in self.missing(listed) {
                    names.insert(name, Some(since.filter(passed).unwrap_or(now)));
                }
                let mut ids = self.ids.clone();
                ids.retain(|name, _| names.contains_key(name));
                Self { names, ids, ..Self::default() }
            }
            SeenList::Somebody => Self::default(),
            // Who was there is remembered on: when some come back, the others are still missing.
            SeenList::Nobody(right) => Self {
                empty_since: match right {
                    ListingRight::Shown => Some(self.empty_since.filter(passed).unwrap_or(now)),
                    ListingRight::NotShown => None,
                },
                names: self.names.clone(),
                ids: self.ids.clone(),
                report_ids: BTreeMap::new(),
            },
        }
    }

    /// Remembers whose name that is.
    pub fn identify(&mut self, name: &str, id: u64) {
        self.ids.insert(name.to_ascii_lowercase(), id);
    }

    /// Forgets somebody who is gone, or is not to be read any more.
    pub fn forget(&mut self, name: &str) {
        let name = name.to_ascii_lowercase();
        self.names.remove(&name);
        self.ids.remove(&name);
    }

    /// Whether what has that id now is who had that name: only then was it renamed. A name alone may have been given to somebody else.
    pub fn is_same(&self, name: &str, id: Option<u64>) -> bool {
        self.ids.get(&name.to_ascii_lowercase()).is_some_and(|known| Some(*known) == id)
    }

    /// Whether there is nothing to remember.
    pub fn is_blank(&self) -> bool {
        *self == Self::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: &str = "2026-11-20T10:00:00Z";

    fn moment(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn an_absence_is_proven_by_two_runs_an_hour_apart_or_by_the_user() {
        use AbsenceProof::{MayNotList, Proven};
        use ListingRight::{NotShown, Shown};
        let unconfirmed = |from: &str| AbsenceProof::Unconfirmed { proven_from: moment(from) };
        let first = || unconfirmed("2026-11-20T11:00:00Z");
        // The right, whether the user says so, since when it was seen, and what that proves.
        let table = [
            (Shown, false, None, first()),
            (Shown, false, Some("2026-11-20T10:00:00Z"), first()),
            (Shown, false, Some("2026-11-20T09:00:01Z"), unconfirmed("2026-11-20T10:00:01Z")),
            (Shown, false, Some("2026-11-20T09:00:00Z"), Proven),
            (Shown, false, Some("2026-11-01T00:00:00Z"), Proven),
            // A clock that was wrong has seen nothing.
            (Shown, false, Some("2026-11-20T10:00:01Z"), first()),
            (Shown, false, Some("2030-01-01T00:00:00Z"), first()),
            (NotShown, false, None, MayNotList),
            (NotShown, false, Some("2026-11-01T00:00:00Z"), MayNotList),
            (NotShown, true, None, Proven),
            (Shown, true, None, Proven),
        ];
        for (right, is_accepted, since, expected) in table {
            let absence = Absence { right, is_accepted, since: since.map(moment), now: moment(NOW) };
            assert_eq!(absence.judge(), expected, "{absence:?}");
        }
    }

    #[test]
    fn only_runs_that_may_list_confirm_each_other_and_one_that_sees_somebody_begins_anew() {
        use ListingRight::{NotShown, Shown};
        let (first, later) = (moment("2026-11-20T08:00:00Z"), moment(NOW));
        let empty = Remembered::default().after(SeenList::Nobody(Shown), first);
        assert_eq!(empty.empty_since, Some(first));
        assert_eq!(empty.after(SeenList::Nobody(Shown), later).empty_since, Some(first));
        assert_eq!(empty.after(SeenList::Nobody(NotShown), later).empty_since, None);
        assert_eq!(empty.after(SeenList::Somebody, later).empty_since, None);
        assert_eq!(empty.after(SeenList::Names(&names(&["a"])), later).empty_since, None);
        assert!(empty.after(SeenList::Somebody, later).is_blank());
        // The clock was set back in between.
        assert_eq!(
            Remembered { empty_since: Some(later), ..Remembered::default() }.after(SeenList::Nobody(Shown), first).empty_since,
            Some(first)
        );
    }

    #[test]
    fn who_was_listed_is_missed_from_the_first_run_without_them_until_they_are_back() {
        let (first, second, third) = (moment("2026-11-20T08:00:00Z"), moment("2026-11-20T09:00:00Z"), moment(NOW));
        let all = Remembered::default().after(SeenList::Names(&names(&["Acme", "beta"])), first);
        assert_eq!(all.missing(&names(&["acme", "BETA", "new"])), []);
        let listed = names(&["ACME"]);
        assert_eq!(all.missing(&listed), [("beta".to_owned(), None)]);
        let without = all.after(SeenList::Names(&listed), second);
        assert_eq!(without.missing(&listed), [("beta".to_owned(), Some(second))]);
        let still = without.after(SeenList::Nobody(ListingRight::Shown), third);
        assert_eq!(still.missing(&listed), [("beta".to_owned(), Some(second))]);
        // An id proves who somebody is as long as the name is remembered; without one nobody is known.
        let mut known = all.clone();
        known.identify("Beta", 7);
        let mut known = known.after(SeenList::Names(&listed), second).after(SeenList::Nobody(ListingRight::Shown), third);
        let same = [known.is_same("beta", Some(7)), known.is_same("beta", Some(8)), known.is_same("beta", None)];
        assert_eq!((same, known.is_same("acme", Some(7))), ([true, false, false], false));
        known.forget("BETA");
        assert!(!known.is_same("beta", Some(7)) && known.missing(&listed).is_empty());
        let back = still.after(SeenList::Names(&names(&["acme", "beta"])), third);
        assert_eq!(back.missing(&listed), [("beta".to_owned(), None)]);
    }
}

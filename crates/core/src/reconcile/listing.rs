//! Proof by an empty list of organizations or teams, or by a name that is missing from one. Pure: takes the answer and what
//! earlier runs read, and changes nothing. `resync::listings` keeps the history between runs.
//!
//! A list can be empty because nothing is there, or because the credential may see nothing: GitHub answers both with `[]`.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// Shortest time between two runs that confirm each other. A list that GitHub is rebuilding is complete again by then, and an
/// hour is the shortest usual interval between runs.
pub const CONFIRMED_AFTER: SignedDuration = SignedDuration::from_hours(1);

/// Evidence in an answer that its credential may list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ListingRight {
    /// The answer names scopes or permissions that allow it.
    Shown,
    /// The answer does not name them.
    #[default]
    NotShown,
}

/// Facts about an empty list or a missing name.
#[derive(Clone, Copy, Debug)]
pub struct Absence {
    /// Evidence of the right to list.
    pub right: ListingRight,
    /// Set if the user confirmed in the settings that the list is empty.
    pub is_accepted: bool,
    /// Time of the first run that found the absence; none if no run did, or if a later run found otherwise.
    pub since: Option<Timestamp>,
    /// The time of this run.
    pub now: Timestamp,
}

/// Proof given by an absence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AbsenceProof {
    /// The absence is proven.
    Proven,
    /// Nothing is proven: the credential may lack the right to list.
    MayNotList,
    /// Nothing is proven until another run confirms it.
    Unconfirmed {
        /// Earliest time at which another run with the same answer is a proof.
        proven_from: Timestamp,
    },
}

impl Absence {
    /// Decides on the proof. The user's confirmation counts at once. Otherwise the credential must have the right to list, in two
    /// runs at least [`CONFIRMED_AFTER`] apart. A time in the future comes from a wrong clock and is ignored.
    pub fn proof(self) -> AbsenceProof {
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

/// Name of a list.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ListName {
    /// The integration that owns the entities.
    pub integration: String,
    /// The host, and the source's name in the settings.
    pub place: String,
    /// `organizations`, or `acme/*` for the teams and `acme/reports` for the reports of an organization or an enterprise. A kind of answers
    /// about one day each, such as `acme/ai-credit-usage`, has the days without lines as its names.
    pub list: String,
}

/// History of one list, from earlier runs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ListHistory {
    /// Time since which it is empty, as seen with the right to list.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub empty_since: Option<Timestamp>,
    /// Names that were on it, in lower case; a missing one has the time since which it is missing.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub names: BTreeMap<String, Option<Timestamp>>,
    /// GitHub's ids of those names, where they are known.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub ids: BTreeMap<String, u64>,
    /// The owner's id in the rows of its reports, by the field that holds it, see [`super::report_owner`].
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub report_ids: BTreeMap<String, String>,
}

/// Result of one complete read of a list.
#[derive(Clone, Copy, Debug)]
pub enum ReadList<'a> {
    /// The list has these names, at least one.
    Names(&'a [String]),
    /// The list has names that do not matter.
    Somebody,
    /// The list is empty.
    Nobody(ListingRight),
}

/// History of every list.
pub type ListHistories = BTreeMap<ListName, ListHistory>;

impl ListHistory {
    /// Names of earlier runs that are not among `names`, each with the time since which it is missing; none when it is new.
    pub fn missing(&self, names: &[String]) -> Vec<(String, Option<Timestamp>)> {
        let is_listed = |known: &str| names.iter().any(|name| name.eq_ignore_ascii_case(known));
        let missing = self.names.iter().filter(|(known, _)| !is_listed(known));
        missing.map(|(known, since)| (known.clone(), *since)).collect()
    }

    /// The history after a run.
    #[must_use]
    pub fn after(&self, seen: ReadList<'_>, now: Timestamp) -> Self {
        let passed = |since: &Timestamp| *since <= now;
        match seen {
            ReadList::Names(listed) => {
                let mut names: BTreeMap<String, Option<Timestamp>> =
                    listed.iter().map(|name| (name.to_ascii_lowercase(), None)).collect();
                for (name, since) in self.missing(listed) {
                    names.insert(name, Some(since.filter(passed).unwrap_or(now)));
                }
                let mut ids = self.ids.clone();
                ids.retain(|name, _| names.contains_key(name));
                Self { names, ids, ..Self::default() }
            }
            ReadList::Somebody => Self::default(),
            // Names are kept: when some come back, the others are still missing.
            ReadList::Nobody(right) => Self {
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

    /// Records the id of a name.
    pub fn identify(&mut self, name: &str, id: u64) {
        self.ids.insert(name.to_ascii_lowercase(), id);
    }

    /// Removes a name that is gone or no longer read.
    pub fn forget(&mut self, name: &str) {
        let name = name.to_ascii_lowercase();
        self.names.remove(&name);
        self.ids.remove(&name);
    }

    /// Tells whether the holder of that id had that name before: only then was it renamed. A name alone may have been given to
    /// somebody else.
    pub fn is_same(&self, name: &str, id: Option<u64>) -> bool {
        self.ids.get(&name.to_ascii_lowercase()).is_some_and(|known| Some(*known) == id)
    }

    /// Tells whether there is no history.
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
        // The right to list, the confirmation by the user, the time of the first absence, and the expected proof.
        let table = [
            (Shown, false, None, first()),
            (Shown, false, Some("2026-11-20T10:00:00Z"), first()),
            (Shown, false, Some("2026-11-20T09:00:01Z"), unconfirmed("2026-11-20T10:00:01Z")),
            (Shown, false, Some("2026-11-20T09:00:00Z"), Proven),
            (Shown, false, Some("2026-11-01T00:00:00Z"), Proven),
            // A time of a wrong clock does not count.
            (Shown, false, Some("2026-11-20T10:00:01Z"), first()),
            (Shown, false, Some("2030-01-01T00:00:00Z"), first()),
            (NotShown, false, None, MayNotList),
            (NotShown, false, Some("2026-11-01T00:00:00Z"), MayNotList),
            (NotShown, true, None, Proven),
            (Shown, true, None, Proven),
        ];
        for (right, is_accepted, since, expected) in table {
            let absence = Absence { right, is_accepted, since: since.map(moment), now: moment(NOW) };
            assert_eq!(absence.proof(), expected, "{absence:?}");
        }
    }

    #[test]
    fn only_runs_that_may_list_confirm_each_other_and_one_that_sees_somebody_begins_anew() {
        use ListingRight::{NotShown, Shown};
        let (first, later) = (moment("2026-11-20T08:00:00Z"), moment(NOW));
        let empty = ListHistory::default().after(ReadList::Nobody(Shown), first);
        assert_eq!(empty.empty_since, Some(first));
        assert_eq!(empty.after(ReadList::Nobody(Shown), later).empty_since, Some(first));
        assert_eq!(empty.after(ReadList::Nobody(NotShown), later).empty_since, None);
        assert_eq!(empty.after(ReadList::Somebody, later).empty_since, None);
        assert_eq!(empty.after(ReadList::Names(&names(&["a"])), later).empty_since, None);
        assert!(empty.after(ReadList::Somebody, later).is_blank());
        // The clock was set back in between.
        assert_eq!(
            ListHistory { empty_since: Some(later), ..ListHistory::default() }.after(ReadList::Nobody(Shown), first).empty_since,
            Some(first)
        );
    }

    #[test]
    fn who_was_listed_is_missed_from_the_first_run_without_them_until_they_are_back() {
        let (first, second, third) = (moment("2026-11-20T08:00:00Z"), moment("2026-11-20T09:00:00Z"), moment(NOW));
        let all = ListHistory::default().after(ReadList::Names(&names(&["Acme", "beta"])), first);
        assert_eq!(all.missing(&names(&["acme", "BETA", "new"])), []);
        let listed = names(&["ACME"]);
        assert_eq!(all.missing(&listed), [("beta".to_owned(), None)]);
        let without = all.after(ReadList::Names(&listed), second);
        assert_eq!(without.missing(&listed), [("beta".to_owned(), Some(second))]);
        let still = without.after(ReadList::Nobody(ListingRight::Shown), third);
        assert_eq!(still.missing(&listed), [("beta".to_owned(), Some(second))]);
        // An id identifies a name as long as the name is kept; without an id it cannot be identified.
        let mut known = all.clone();
        known.identify("Beta", 7);
        let mut known = known.after(ReadList::Names(&listed), second).after(ReadList::Nobody(ListingRight::Shown), third);
        let same = [known.is_same("beta", Some(7)), known.is_same("beta", Some(8)), known.is_same("beta", None)];
        assert_eq!((same, known.is_same("acme", Some(7))), ([true, false, false], false));
        known.forget("BETA");
        assert!(!known.is_same("beta", Some(7)) && known.missing(&listed).is_empty());
        let back = still.after(ReadList::Names(&names(&["acme", "beta"])), third);
        assert_eq!(back.missing(&listed), [("beta".to_owned(), None)]);
    }
}

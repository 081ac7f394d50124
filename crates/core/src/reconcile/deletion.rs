//! Decision about deletions: takes the proofs and the mapping's policy, returns decisions with reasons, and changes nothing.
//! `resync::delete` carries them out.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::completeness::Unproven;
use super::protection::Protection;
use crate::model::day::Day;

/// Days that are named in a reason.
const NAMED_DAYS: usize = 3;

/// Largest share of the integration's entities that one run may delete, from 0 (never delete) to 1 (no limit).
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct DeletionThreshold(f64);

impl DeletionThreshold {
    /// Makes a threshold; none if `share` is not between 0 and 1.
    pub fn new(share: f64) -> Option<Self> {
        (0.0..=1.0).contains(&share).then_some(Self(share))
    }

    /// The threshold nearest to `share`, for a value that was checked earlier. NaN gives 0.
    pub fn of(share: f64) -> Self {
        Self(if share.is_nan() { 0.0 } else { share.clamp(0.0, 1.0) })
    }

    /// Tells whether `deleted` of `owned` entities may be deleted. Zero deletions are always allowed.
    ///
    /// The share is `deleted / owned`, not rounded, so 0 forbids every deletion.
    pub fn allows(self, deleted: u64, owned: u64) -> bool {
        deleted == 0 || share(deleted, owned) <= self.0
    }

    /// The share, from 0 to 1.
    pub fn share(self) -> f64 {
        self.0
    }
}

/// `deleted / owned`, and 1 when something is deleted although nothing is owned.
pub fn share(deleted: u64, owned: u64) -> f64 {
    // Counts stay far below 2⁵³, up to which a double is exact.
    if owned == 0 { 1.0 } else { deleted as f64 / owned as f64 }
}

/// Reason for withholding the deletion of a blueprint's entities.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "withheld", rename_all = "kebab-case")]
pub enum WithheldReason {
    /// A slice that could have produced them was not read completely.
    Unproven {
        /// The slices.
        because: Unproven,
    },
    /// A resource that could have produced them never deletes (`enableDelete: false`).
    Protected {
        /// The resources.
        because: Protection,
    },
    /// Too many would be deleted at once.
    Threshold {
        /// Entities that would be deleted, over all blueprints.
        deleted: u64,
        /// Entities that the integration owns.
        owned: u64,
        /// Largest share that the mapping allows, from 0 to 1.
        threshold: f64,
    },
    /// A report that could have produced them has days before and after theirs, and not theirs; or an answer about their day is empty for
    /// the first time.
    MissingDays {
        /// The reports, as `kind of scope`.
        reports: Vec<String>,
        /// The days, oldest first.
        days: Vec<Day>,
    },
    /// A report that could have produced them does not cover their days, although the last report of 28 days would.
    BeyondReport {
        /// The report, as `kind of scope`.
        report: String,
        /// Its first day.
        first: Day,
        /// Its last day.
        last: Day,
    },
    /// The catalog does not delete them, because entities that stay relate to them.
    Dependents,
    /// The run covered only part of the mapping (`--only`, `--org`).
    Restricted,
    /// The run applies a plan that somebody reviewed, and that does not delete them.
    NotReviewed,
    /// The mapping has no resources. That is more likely a mistake than the intention to delete everything.
    NoResources,
    /// The run was stopped before its end.
    Aborted,
}

impl std::fmt::Display for WithheldReason {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unproven { because } => write!(formatter, "not everything was read ({because})"),
            Self::Protected { because } => because.fmt(formatter),
            Self::Threshold { threshold, .. } if *threshold == 0.0 => {
                formatter.write_str("entityDeletionThreshold is 0, which never deletes")
            }
            Self::Threshold { deleted, owned, threshold } => write!(
                formatter,
                "{deleted} of {owned} owned entities would be deleted ({:.1} %), more than entityDeletionThreshold {threshold} allows",
                share(*deleted, *owned) * 100.0
            ),
            Self::MissingDays { reports, days } => {
                let named: Vec<String> = days.iter().take(NAMED_DAYS).map(Day::to_string).collect();
                let more = match days.len().saturating_sub(NAMED_DAYS) {
                    0 => String::new(),
                    more => format!(" and {more} more"),
                };
                write!(
                    formatter,
                    "the report of {} leaves out {}{more}, which alone does not prove that there is nothing; run again later",
                    reports.first().map_or("a scope", String::as_str),
                    named.join(", ")
                )
            }
            Self::BeyondReport { report, first, last } => write!(
                formatter,
                "the report of {report} covers {first} to {last} and not their days: it is older or shorter than the last 28 days; run \
                 again later, and check that no proxy keeps answers"
            ),
            Self::Dependents => formatter.write_str(
                "entities that stay relate to them; set `deleteDependentEntities: true` in the mapping, or delete those first",
            ),
            Self::Restricted => formatter.write_str("only part of the mapping was run (--only, --org)"),
            Self::NotReviewed => formatter.write_str("the plan that is applied does not delete them"),
            Self::NoResources => formatter.write_str("the mapping has no resources, so nothing is deleted"),
            Self::Aborted => formatter.write_str("the run was stopped before the end"),
        }
    }
}

/// Facts at the end of a run that the decision needs.
#[derive(Clone, Debug)]
pub struct DeletionFacts<'a> {
    /// Number of entities by blueprint that the integration owned before the run and that no desired entity is or relates to.
    pub candidates: &'a BTreeMap<String, u64>,
    /// Number of entities that the integration owns, without those that this run created.
    pub owned: u64,
    /// Blueprints that were not read completely.
    pub unproven: &'a BTreeMap<String, Unproven>,
    /// Blueprints of which nothing is ever deleted.
    pub protected: &'a BTreeMap<String, Protection>,
    /// The mapping's threshold, or the one that overrides it.
    pub threshold: DeletionThreshold,
    /// A reason that withholds every deletion of the run.
    pub whole_run: Option<WithheldReason>,
}

/// Decides for each blueprint with candidates. None means that they are deleted.
///
/// # Flow
/// A reason of the whole run comes first, then protection, then missing proof, then the threshold, which counts what would be
/// deleted over all blueprints together, without those that are protected or unproven.
///
/// # Guarantees
/// Total and synchronous: every blueprint with candidates gets exactly one decision, whatever the input. Equal inputs give equal
/// decisions. More proof never withholds more.
/// # Examples
/// ```
/// use std::collections::BTreeMap;
///
/// use pilotage_core::model::slice::{Slice, SliceEnd};
/// use pilotage_core::reconcile::completeness::{ResourceYield, unproven};
/// use pilotage_core::reconcile::deletion::{DeletionFacts, DeletionThreshold, decide};
///
/// let resource = |blueprint: &str| ResourceYield { blueprint: Some(blueprint.to_owned()), enable_delete: true, names_day: true };
/// let resources = [resource("seat"), resource("usage")];
/// let refused = SliceEnd::Forbidden { reason: "403".to_owned(), remedy: "ask an owner".to_owned() };
/// let slices = [Slice::new(0, "copilot-seats", "acme", SliceEnd::Complete), Slice::new(1, "organization-usage-metrics", "acme", refused)];
/// let candidates = BTreeMap::from([("seat".to_owned(), 3), ("usage".to_owned(), 28)]);
/// let decisions = decide(&DeletionFacts {
///     candidates: &candidates,
///     owned: 100,
///     unproven: &unproven(&["seat".to_owned(), "usage".to_owned()], &resources, &slices),
///     protected: &BTreeMap::new(),
///     threshold: DeletionThreshold::of(0.5),
///     whole_run: None,
/// });
/// assert_eq!(decisions["seat"], None);
/// let reason = decisions["usage"].as_ref().unwrap().to_string();
/// assert_eq!(reason, "not everything was read (organization-usage-metrics of acme: forbidden)");
/// ```
pub fn decide(case: &DeletionFacts<'_>) -> BTreeMap<String, Option<WithheldReason>> {
    let mut decisions = BTreeMap::new();
    let mut deleted = 0;
    for (blueprint, count) in case.candidates.iter().filter(|(_, count)| **count > 0) {
        let protected = || case.protected.get(blueprint).cloned();
        let unproven = || case.unproven.get(blueprint).cloned();
        // A permanent reason comes before one that may be gone in the next run.
        let withheld = match (&case.whole_run, protected()) {
            (Some(reason), _) => Some(reason.clone()),
            (None, Some(because)) => Some(WithheldReason::Protected { because }),
            (None, None) => unproven().map(|because| WithheldReason::Unproven { because }),
        };
        if withheld.is_none() {
            deleted += count;
        }
        decisions.insert(blueprint.clone(), withheld);
    }
    if !case.threshold.allows(deleted, case.owned) {
        let threshold = case.threshold.share();
        for decision in decisions.values_mut().filter(|decision| decision.is_none()) {
            *decision = Some(WithheldReason::Threshold { deleted, owned: case.owned, threshold });
        }
    }
    decisions
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn counts(counts: &[(&str, u64)]) -> BTreeMap<String, u64> {
        counts.iter().map(|(blueprint, count)| ((*blueprint).to_owned(), *count)).collect()
    }

    fn because() -> Unproven {
        Unproven { slices: vec!["kind of acme: forbidden".into()], count: 1 }
    }

    fn decisions(candidates: &[(&str, u64)], owned: u64, unproven: &[&str], threshold: f64) -> Vec<(String, bool)> {
        let case = DeletionFacts {
            candidates: &counts(candidates),
            owned,
            unproven: &unproven.iter().map(|blueprint| ((*blueprint).to_owned(), because())).collect(),
            protected: &BTreeMap::new(),
            threshold: DeletionThreshold::new(threshold).unwrap(),
            whole_run: None,
        };
        decide(&case).into_iter().map(|(blueprint, withheld)| (blueprint, withheld.is_none())).collect()
    }

    #[test]
    fn the_threshold_looks_at_the_share_of_what_is_owned() {
        let table = [(5, 20, 0.25, true), (6, 20, 0.25, false), (1, 1000, 0.0, false), (20, 20, 1.0, true), (1, 0, 0.9, false)];
        for (deleted, owned, threshold, goes) in table {
            assert_eq!(decisions(&[("a", deleted)], owned, &[], threshold), [("a".into(), goes)], "{deleted} of {owned}");
        }
    }

    #[test]
    fn what_is_unproven_stays_and_does_not_count_for_the_threshold() {
        let decided = decisions(&[("a", 90), ("b", 5)], 100, &["a"], 0.1);
        assert_eq!(decided, [("a".into(), false), ("b".into(), true)]);
    }

    #[test]
    fn a_reason_for_the_whole_run_withholds_everything() {
        let case = DeletionFacts {
            candidates: &counts(&[("a", 1)]),
            owned: 100,
            unproven: &BTreeMap::new(),
            protected: &BTreeMap::new(),
            threshold: DeletionThreshold::new(1.0).unwrap(),
            whole_run: Some(WithheldReason::Restricted),
        };
        assert_eq!(decide(&case)["a"], Some(WithheldReason::Restricted));
    }

    #[test]
    fn what_is_protected_stays_whatever_was_proven_and_does_not_count_for_the_threshold() {
        let protection = Protection { resources: vec![1], is_orphan: false };
        let case = DeletionFacts {
            candidates: &counts(&[("a", 90), ("b", 5)]),
            owned: 100,
            unproven: &BTreeMap::from([("a".to_owned(), because())]),
            protected: &BTreeMap::from([("a".to_owned(), protection.clone())]),
            threshold: DeletionThreshold::new(0.1).unwrap(),
            whole_run: None,
        };
        let decided = decide(&case);
        let because = protection;
        assert_eq!(decided["a"], Some(WithheldReason::Protected { because }));
        assert_eq!(decided["b"], None);
        assert_eq!(decided["a"].clone().unwrap().to_string(), "resources[1] says enableDelete: false");
    }

    #[test]
    fn a_threshold_is_a_share() {
        assert!(DeletionThreshold::new(1.01).is_none());
        assert!(DeletionThreshold::new(-0.1).is_none());
        assert!(DeletionThreshold::new(f64::NAN).is_none());
    }

    proptest! {
        #[test]
        fn never_more_goes_than_the_threshold_allows(
            candidates in proptest::collection::vec(0..50_u64, 0..5),
            owned in 0..300_u64,
            unproven in proptest::collection::vec(any::<bool>(), 5),
            protected in proptest::collection::vec(any::<bool>(), 5),
            threshold in 0.0..=1.0_f64,
        ) {
            let names: Vec<String> = (0..candidates.len()).map(|index| format!("blueprint-{index}")).collect();
            let candidates: BTreeMap<_, _> = names.iter().cloned().zip(candidates).collect();
            let open: BTreeMap<_, _> =
                names.iter().zip(&unproven).filter(|(_, open)| **open).map(|(name, _)| (name.clone(), because())).collect();
            let protection = || Protection { resources: vec![0], is_orphan: false };
            let safe: BTreeMap<_, _> =
                names.iter().zip(&protected).filter(|(_, safe)| **safe).map(|(name, _)| (name.clone(), protection())).collect();
            let case = DeletionFacts {
                candidates: &candidates, owned, unproven: &open, protected: &safe, threshold: DeletionThreshold::new(threshold).unwrap(), whole_run: None,
            };
            let going: Vec<_> = decide(&case).into_iter().filter(|(_, withheld)| withheld.is_none()).map(|(name, _)| name).collect();
            let deleted: u64 = going.iter().map(|name| candidates[name]).sum();
            prop_assert!(deleted == 0 || share(deleted, owned) <= threshold);
            prop_assert!(going.iter().all(|name| !open.contains_key(name) && !safe.contains_key(name)));
        }
    }
}

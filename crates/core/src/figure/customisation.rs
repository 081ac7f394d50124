//! Uses of customisations of the command line by name: skills, MCP servers, custom agents, slash commands and plug-ins. One fold; each figure
//! says which breakdown it counts.

use super::Fold;
use super::aggregate::{AggregateRow, Breakdown};
use super::bucket::Bucket;
use super::facts::DayFacts;
use super::series::Series;
use super::sums::{Sums, groups};
use crate::model::day::Day;

/// The first day of which GitHub has them.
pub(super) const FIRST_DAY: &str = "2026-09-17";

pub(super) const FIVE_OF_EACH: &str = "GitHub reports the five with most uses of each person and day, so there are more.";
pub(super) const MASKED_NAMES: &str = "GitHub writes `other` or `custom` in place of names that customers have given.";
pub(super) const NOT_ADDITIVE: &str = "People who used two are in both, so people cannot be derived.";

/// Limits that all of them have.
pub(super) const CAVEATS: &[&str] = &[FIVE_OF_EACH, MASKED_NAMES, NOT_ADDITIVE];

/// Groups with a series of their own.
const MOST: usize = 12;

/// Counts the uses of one breakdown.
pub(super) struct CustomisationUses {
    breakdown: Breakdown,
    sums: Sums<String>,
}

impl CustomisationUses {
    pub(super) fn new(breakdown: Breakdown, by: Bucket) -> Self {
        Self { breakdown, sums: Sums::new(by) }
    }
}

impl Fold for CustomisationUses {
    fn day(&mut self, facts: &DayFacts<'_>) {
        let row = facts.aggregate.and_then(AggregateRow::read);
        let entries = row.as_ref().and_then(|row| row.entries(self.breakdown));
        // GitHub leaves the list out when nobody used any, and did not have it before.
        let is_nobody = row.is_some() && FIRST_DAY.parse::<Day>().is_ok_and(|first| first <= facts.day);
        if self.sums.begin(facts, entries.is_some() || is_nobody) {
            for entry in entries.into_iter().flatten() {
                let uses = entry.interaction_count.unwrap_or_default();
                self.sums.add(entry.name.unwrap_or_else(|| "unknown".to_owned()), uses, 0.0);
            }
        }
    }

    fn finish(self: Box<Self>) -> Vec<Series> {
        groups::series(self.sums, MOST, false)
    }
}

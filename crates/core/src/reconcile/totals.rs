//! Totals of a run in seven numbers.

use serde::{Deserialize, Serialize};

use super::outcome::{Outcome, ResourceOutcome};

/// Numbers of entities by decision, over all resources and blueprints; in a plan: what a resync would do. Of those that are read
/// back, a number that an older version did not write is zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Totals {
    /// Entities that the catalog did not have.
    pub create: u64,
    /// Entities of which the catalog had other values.
    pub update: u64,
    /// Entities that were sent without a comparison, because only the catalog can find the one that is meant.
    pub send: u64,
    /// Deleted entities that were no longer desired.
    pub delete: u64,
    /// Entities that are no longer desired and stay.
    pub withheld: u64,
    /// Entities of which the catalog has the same values.
    pub unchanged: u64,
    /// Entities that the catalog refused.
    pub refused: u64,
}

impl Totals {
    /// Adds up the outcome of a run.
    pub fn of(outcome: &Outcome) -> Self {
        let sum = |of: fn(&ResourceOutcome) -> u64| outcome.resources.iter().map(of).sum();
        let deletions = &outcome.deletion.blueprints;
        Self {
            create: sum(|resource| resource.created),
            update: sum(|resource| resource.updated),
            send: sum(|resource| resource.sent),
            delete: deletions.iter().map(|deletion| deletion.deleted).sum(),
            withheld: deletions.iter().map(|deletion| deletion.withheld()).sum(),
            unchanged: sum(|resource| resource.unchanged),
            refused: sum(|resource| resource.refused.count) + outcome.deletion.refused.count,
        }
    }
}

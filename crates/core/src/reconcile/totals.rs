//! A run in seven numbers.

use serde::Serialize;

use super::outcome::{Outcome, ResourceOutcome};

/// How many entities were dealt with in each way, over all resources and blueprints; in a plan: would be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Totals {
    /// The catalog did not have them.
    pub create: u64,
    /// The catalog held other values.
    pub update: u64,
    /// Sent uncompared, because only the catalog can find out which entity is meant.
    pub send: u64,
    /// Nothing desires them any more.
    pub delete: u64,
    /// Nothing desires them any more, and they stay.
    pub withheld: u64,
    /// The catalog holds the same.
    pub unchanged: u64,
    /// The catalog refused them.
    pub refused: u64,
}

impl Totals {
    /// Adds up a run.
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

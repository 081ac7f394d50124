//! Entities that runs kept though nothing desires them, by blueprint and reason. A run of some kinds tells of their blueprints only, so
//! what the run before told of the others is remembered.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use crate::reconcile::deletion::WithheldReason;
use crate::reconcile::outcome::{Outcome, ResourceOutcome};

/// Counts by reason.
type Counts = BTreeMap<&'static str, u64>;

/// What is kept, as far as runs have told.
#[derive(Debug, Default)]
pub(super) struct Withheld(Mutex<BTreeMap<String, Counts>>);

impl Withheld {
    /// Takes what a run tells, of everything when it `is_whole`, and gives the counts of all blueprints together. `label` names a reason.
    pub(super) fn after(&self, outcome: &Outcome, is_whole: bool, label: impl Fn(&WithheldReason) -> &'static str) -> Counts {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // A run that looked for nothing to delete, or could not, leaves what is known.
        let has_looked = outcome.deletion.owned > 0 || !outcome.deletion.blueprints.is_empty();
        if is_whole {
            known.clear();
        } else if has_looked && outcome.deletion.listing_error.is_none() {
            known.retain(|blueprint, _| !is_settled(blueprint, &outcome.resources));
        }
        for deletion in &outcome.deletion.blueprints {
            if let Some(reason) = &deletion.reason {
                *known.entry(deletion.blueprint.clone()).or_default().entry(label(reason)).or_default() += deletion.withheld();
            }
        }
        known.values().flatten().fold(Counts::new(), |mut sums, (reason, count)| {
            *sums.entry(*reason).or_default() += count;
            sums
        })
    }

    /// Forgets everything, after a run of everything that told nothing.
    pub(super) fn forget(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

/// True for a blueprint of which a run of some kinds has read all that may give it.
fn is_settled(blueprint: &str, resources: &[ResourceOutcome]) -> bool {
    let gives = |resource: &&ResourceOutcome| resource.blueprint.as_deref().is_none_or(|given| given == blueprint);
    let mut giving = resources.iter().filter(gives).peekable();
    giving.peek().is_some() && giving.all(|resource| !resource.is_left_out)
}

//! What a run did: the facts that the closing table, the run's report and the exit code are made from.

use std::collections::BTreeMap;

use serde::Serialize;

use super::completeness::{ResourceYield, could_produce};
use super::deletion::Withheld;
use crate::model::entity::EntityKey;
use crate::model::slice::{Slice, SliceEnd};

/// How many of a kind of trouble are named one by one; the rest is counted.
pub const NAMED_PER_TROUBLE: usize = 20;

/// Things of which all are counted and the first few are named, so that a million troubles cost no more memory than twenty.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Named<T> {
    /// How many there are.
    pub count: u64,
    /// The first [`NAMED_PER_TROUBLE`] of them.
    pub first: Vec<T>,
}

impl<T> Default for Named<T> {
    fn default() -> Self {
        Self { count: 0, first: Vec::new() }
    }
}

impl<T> Named<T> {
    /// Counts one more, and names it while there is room.
    pub fn add(&mut self, one: T) {
        self.count += 1;
        if self.first.len() < NAMED_PER_TROUBLE {
            self.first.push(one);
        }
    }

    /// Adds all of `more`.
    pub fn append(&mut self, more: Self) {
        self.count += more.count;
        let room = NAMED_PER_TROUBLE - self.first.len();
        self.first.extend(more.first.into_iter().take(room));
    }

    /// How many are counted but not named.
    pub fn unnamed(&self) -> u64 {
        self.count - self.first.len() as u64
    }
}

/// Whether the run wrote anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// It made the catalog agree with GitHub.
    Resync,
    /// It only said what a resync would do.
    Plan,
}

/// A whole run.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Outcome {
    /// Resync or plan.
    pub mode: Mode,
    /// Whether it was told to stop before it was done.
    pub aborted: bool,
    /// One per resource of the mapping, in its order.
    pub resources: Vec<ResourceOutcome>,
    /// What was read, in the order of the run.
    pub slices: Vec<Slice>,
    /// What was deleted, or why not.
    pub deletion: DeletionOutcome,
    /// Sentences about the run as a whole, such as a blueprint that is missing at the catalog.
    pub warnings: Vec<String>,
    /// Expressions that do not compile: each is null everywhere, or its resource was skipped.
    pub broken_expressions: Vec<String>,
    /// Wall time, in seconds.
    pub seconds: f64,
}

/// What became of one resource of the mapping.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ResourceOutcome {
    /// The kind, as the mapping wrote it.
    pub kind: String,
    /// The blueprint, when its expression is a constant.
    pub blueprint: Option<String>,
    /// Raw items read.
    pub items: u64,
    /// Items that the selector filtered out.
    pub filtered: u64,
    /// Items whose `itemsToParse` gave no list.
    pub unparsed: u64,
    /// Items that could not be read or mapped, each with its place and reason.
    pub rejected: Named<String>,
    /// Entities that have the key of an earlier one; they were not sent.
    pub duplicates: Named<EntityKey>,
    /// Entities that the catalog did not have.
    pub created: u64,
    /// Entities of which the catalog held other values.
    pub updated: u64,
    /// Entities that were not sent, because the catalog holds the same.
    pub unchanged: u64,
    /// Entities that were sent uncompared, because only the catalog can find out which one is meant.
    pub sent: u64,
    /// Entities that the catalog refused.
    pub refused: Named<Refusal>,
    /// Entities that came of the items, duplicates included.
    pub mapped: u64,
    /// Path in the mapping to how often it came out null, and why the first time.
    pub nulls: BTreeMap<String, NullCount>,
    /// From the first request to the last write of this resource, in seconds.
    pub seconds: f64,
}

impl ResourceOutcome {
    /// Items and entities that went no further, for the closing table.
    pub fn skipped(&self) -> u64 {
        self.filtered + self.unparsed + self.rejected.count + self.duplicates.count
    }
}

/// An entity that the catalog refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Refusal {
    /// Which.
    pub entity: EntityKey,
    /// The catalog's own words.
    pub reason: String,
}

/// How often an expression came out null.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct NullCount {
    /// How often.
    pub count: u64,
    /// How often of these the expression raised an error.
    pub failed: u64,
    /// How often of these a limit stopped it.
    pub stopped: u64,
    /// Why the first time.
    pub reason: String,
    /// The first error or limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
    /// The first path that the first such item lacks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub missing: Option<String>,
    /// What is worth telling a person of it; none when null is as it should be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remark: Option<String>,
}

/// What a run deleted.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct DeletionOutcome {
    /// How many entities we owned before the run.
    pub owned: u64,
    /// Blueprint by blueprint, those that had something to delete.
    pub blueprints: Vec<BlueprintDeletion>,
    /// Entities whose deletion the catalog refused.
    pub refused: Named<Refusal>,
    /// Why the entities that we own could not be listed, when they could not. Then nothing is deleted.
    pub listing_error: Option<String>,
}

/// What was deleted of one blueprint.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BlueprintDeletion {
    /// The blueprint.
    pub blueprint: String,
    /// Entities that nothing desires any more.
    pub candidates: u64,
    /// How many of them are gone now (in a plan: would go).
    pub deleted: u64,
    /// Why they stay, when they do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<Withheld>,
}

impl BlueprintDeletion {
    /// How many are kept although nothing desires them.
    pub fn withheld(&self) -> u64 {
        if self.reason.is_some() { self.candidates.saturating_sub(self.deleted) } else { 0 }
    }
}

impl Outcome {
    /// Entities that were created, updated, sent or deleted (in a plan: would be).
    pub fn changes(&self) -> u64 {
        let written: u64 = self.resources.iter().map(|resource| resource.created + resource.updated + resource.sent).sum();
        written + self.deletion.blueprints.iter().map(|deletion| deletion.deleted).sum::<u64>()
    }

    /// Whether everything was read, mapped and written. Reports that are not ready and suppressed teams are no failure.
    pub fn is_whole(&self) -> bool {
        let resource_is_whole = |resource: &ResourceOutcome| resource.rejected.count == 0 && resource.refused.count == 0;
        self.broken_expressions.is_empty()
            && self.deletion.listing_error.is_none()
            && self.deletion.refused.count == 0
            && self.resources.iter().all(resource_is_whole)
            && !self.slices.iter().any(|slice| slice.is_failure() || self.is_open(slice))
    }

    /// Whether a slice is unconfirmed, and that matters: its resource has read nobody else, or entities are kept because of it.
    /// An organization that never had teams is no trouble beside others that have some.
    pub fn is_open(&self, slice: &Slice) -> bool {
        if !matches!(slice.end, SliceEnd::Unconfirmed { .. }) {
            return false;
        }
        let is_read = |other: &Slice| {
            other.resource == slice.resource && !other.scope.is_empty() && !matches!(other.end, SliceEnd::Unconfirmed { .. })
        };
        let yields: Vec<ResourceYield> = self
            .resources
            .iter()
            .map(|resource| ResourceYield { blueprint: resource.blueprint.clone(), enable_delete: true })
            .collect();
        let keeps = |deletion: &BlueprintDeletion| {
            deletion.withheld() > 0
                && matches!(deletion.reason, Some(Withheld::Unproven { .. }))
                && could_produce(&deletion.blueprint, &yields, slice)
        };
        !self.slices.iter().any(is_read) || self.deletion.blueprints.iter().any(keeps)
    }

    /// The exit code of the documented table: 1 aborted, 5 done in part, 0 done. With `partial_ok`, 5 becomes 0.
    pub fn exit_code(&self, partial_ok: bool) -> u8 {
        match (self.aborted, self.is_whole() || partial_ok) {
            (true, _) => 1,
            (false, true) => 0,
            (false, false) => 5,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::slice::SliceEnd;

    fn run(change: impl FnOnce(&mut Outcome)) -> u8 {
        let mut outcome = Outcome {
            mode: Mode::Resync,
            aborted: false,
            resources: vec![ResourceOutcome::default()],
            slices: Vec::new(),
            deletion: DeletionOutcome::default(),
            warnings: Vec::new(),
            broken_expressions: Vec::new(),
            seconds: 0.0,
        };
        change(&mut outcome);
        outcome.exit_code(false)
    }

    fn with_slice(end: SliceEnd, rejected: u64) -> u8 {
        let slice =
            Slice { resource: 0, kind: "k".into(), scope: "acme".into(), day: None, window: None, end, items: 1, rejected };
        run(|outcome| outcome.slices = vec![slice])
    }

    #[test]
    fn the_exit_code_says_whether_everything_was_done() {
        let text = || "x".to_owned();
        let key = EntityKey { blueprint: text(), identifier: text() };
        assert_eq!(run(|_| ()), 0);
        assert_eq!(run(|outcome| outcome.aborted = true), 1);
        assert_eq!(with_slice(SliceEnd::NotReady { reason: text() }, 0), 0);
        assert_eq!(with_slice(SliceEnd::Suppressed { reason: text() }, 0), 0);
        assert_eq!(with_slice(SliceEnd::Forbidden { reason: text(), remedy: text() }, 0), 5);
        assert_eq!(with_slice(SliceEnd::Complete, 1), 5);
        assert_eq!(run(|outcome| outcome.resources[0].refused.add(Refusal { entity: key, reason: text() })), 5);
        assert_eq!(run(|outcome| outcome.resources[0].rejected.add(text())), 5);
        assert_eq!(run(|outcome| outcome.broken_expressions.push(text())), 5);
        assert_eq!(run(|outcome| outcome.deletion.listing_error = Some(text())), 5);
    }

    #[test]
    fn a_list_that_is_not_confirmed_matters_when_nobody_else_was_read_or_entities_are_kept_because_of_it() {
        let slice = |resource, scope: &str, end| Slice {
            resource,
            kind: "k".into(),
            scope: scope.into(),
            day: None,
            window: None,
            end,
            items: 0,
            rejected: 0,
        };
        let unconfirmed = || SliceEnd::Unconfirmed { reason: "nobody".into(), remedy: "wait".into() };
        let not_ready = || SliceEnd::NotReady { reason: "only chosen days".into() };
        let kept = |blueprint: &str, slices: &[Slice]| {
            let because = crate::reconcile::completeness::Unproven { slices: Vec::new(), count: slices.len() };
            BlueprintDeletion {
                blueprint: blueprint.into(),
                candidates: 2,
                deleted: 0,
                reason: Some(Withheld::Unproven { because }),
            }
        };
        let code = |slices: Vec<Slice>, kept_of: Option<&str>| {
            run(|outcome| {
                outcome.resources = ["a", "b"]
                    .map(|blueprint| ResourceOutcome { blueprint: Some(blueprint.into()), ..ResourceOutcome::default() })
                    .into();
                outcome.deletion.blueprints = kept_of.iter().map(|name| kept(name, &slices)).collect();
                outcome.slices = slices;
            })
        };
        let alone = vec![slice(0, "", unconfirmed())];
        assert_eq!(code(alone, None), 5);
        // What holds for the kind as a whole has read nobody.
        let chosen_days = vec![slice(0, "", unconfirmed()), slice(0, "", not_ready())];
        assert_eq!(code(chosen_days, None), 5);
        // Another resource's reading is no help.
        let other = vec![slice(0, "x/*", unconfirmed()), slice(1, "acme", SliceEnd::Complete)];
        assert_eq!(code(other, None), 5);
        let beside = || vec![slice(0, "x/*", unconfirmed()), slice(0, "acme", SliceEnd::Complete)];
        assert_eq!(code(beside(), None), 0);
        assert_eq!(code(beside(), Some("a")), 5);
        assert_eq!(code(beside(), Some("b")), 0);
        // Of a blueprint that nothing yields any more, anything could have been the origin.
        assert_eq!(code(beside(), Some("old")), 5);
    }

    #[test]
    fn trouble_is_counted_without_end_and_named_to_a_limit() {
        let mut named = Named::default();
        (0..100).for_each(|number| named.add(number));
        assert_eq!((named.count, named.first.len(), named.unnamed()), (100, NAMED_PER_TROUBLE, 80));
    }
}

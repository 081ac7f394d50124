//! Outcome of a run: the facts behind the closing table, the run report and the exit code.

use std::collections::BTreeMap;

use serde::Serialize;

use super::completeness::{ResourceYield, could_produce};
use super::deletion::WithheldReason;
use crate::model::entity::EntityKey;
use crate::model::slice::{Slice, SliceEnd};

/// Number of examples that are kept of one problem; the rest is only counted.
pub const EXAMPLES_LIMIT: usize = 20;

/// A count of all cases and the first few of them as examples. Memory stays limited however many there are.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Examples<T> {
    /// Number of all cases.
    pub count: u64,
    /// The first [`EXAMPLES_LIMIT`] cases.
    pub first: Vec<T>,
}

impl<T> Default for Examples<T> {
    fn default() -> Self {
        Self { count: 0, first: Vec::new() }
    }
}

impl<T> Examples<T> {
    /// Counts one more, and keeps it while there is room.
    pub fn add(&mut self, one: T) {
        self.count += 1;
        if self.first.len() < EXAMPLES_LIMIT {
            self.first.push(one);
        }
    }

    /// Adds all of `more`.
    pub fn append(&mut self, more: Self) {
        self.count += more.count;
        let room = EXAMPLES_LIMIT - self.first.len();
        self.first.extend(more.first.into_iter().take(room));
    }

    /// Number of cases that are counted but not kept.
    pub fn unlisted(&self) -> u64 {
        self.count - self.first.len() as u64
    }
}

/// Mode of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// The run changed the catalog.
    Resync,
    /// The run only listed what a resync would do.
    Plan,
}

/// Outcome of a run.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Outcome {
    /// Resync or plan.
    pub mode: Mode,
    /// Set if the run was stopped before its end.
    pub aborted: bool,
    /// One outcome for each resource of the mapping, in its order.
    pub resources: Vec<ResourceOutcome>,
    /// Slices that were read, in the order of the run.
    pub slices: Vec<Slice>,
    /// Deletions, or the reasons against them.
    pub deletion: DeletionOutcome,
    /// Warnings about the run as a whole, such as a blueprint that is missing in the catalog.
    pub warnings: Vec<String>,
    /// Expressions that do not compile. Each gives null everywhere, or its resource was left out.
    pub broken_expressions: Vec<String>,
    /// Duration, in seconds of wall time.
    pub seconds: f64,
}

/// Outcome of one resource of the mapping.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ResourceOutcome {
    /// The kind, as written in the mapping.
    pub kind: String,
    /// The blueprint, when its expression is a constant.
    pub blueprint: Option<String>,
    /// Raw items read.
    pub items: u64,
    /// Items that the selector left out.
    pub filtered: u64,
    /// Items whose `itemsToParse` is not a list.
    pub unparsed: u64,
    /// Items that could not be read or mapped, each with its position and reason.
    pub rejected: Examples<String>,
    /// Entities with the key of an earlier one. They were not sent.
    pub duplicates: Examples<EntityKey>,
    /// Entities that the catalog did not have.
    pub created: u64,
    /// Entities of which the catalog had other values.
    pub updated: u64,
    /// Entities that were not sent, because the catalog has the same values.
    pub unchanged: u64,
    /// Entities that were sent without a comparison, because only the catalog can find the one that is meant.
    pub sent: u64,
    /// Entities that the catalog refused.
    pub refused: Examples<RefusedEntity>,
    /// Entities of the items, duplicates included.
    pub mapped: u64,
    /// Null results by path in the mapping.
    pub nulls: BTreeMap<String, NullCount>,
    /// Seconds from the first request to the last write of this resource.
    pub seconds: f64,
    /// Set if the run was to leave this kind out, or its choice of scopes or files has none of it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub is_left_out: bool,
}

impl ResourceOutcome {
    /// Number of items and entities that were left out, for the closing table.
    pub fn skipped(&self) -> u64 {
        self.filtered + self.unparsed + self.rejected.count + self.duplicates.count
    }
}

/// An entity that the catalog refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RefusedEntity {
    /// Key of the entity.
    pub entity: EntityKey,
    /// Message of the catalog.
    pub reason: String,
}

/// Null results of one expression.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct NullCount {
    /// Number of null results.
    pub count: u64,
    /// Number of these for which the expression raised an error.
    pub failed: u64,
    /// Number of these for which a limit stopped it.
    pub stopped: u64,
    /// Reason of the first one.
    pub reason: String,
    /// First error or limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
    /// First path that the first such item lacks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub missing: Option<String>,
    /// Remark for people; none when null is the normal value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remark: Option<String>,
}

/// Deletions of a run.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct DeletionOutcome {
    /// Number of entities that the integration owned before the run.
    pub owned: u64,
    /// Blueprints that had candidates for deletion.
    pub blueprints: Vec<BlueprintDeletion>,
    /// Entities whose deletion the catalog refused.
    pub refused: Examples<RefusedEntity>,
    /// Error of the list of owned entities. If there is one, nothing is deleted.
    pub listing_error: Option<String>,
}

/// Deletions of one blueprint. Its entities that are kept for a reason of their own have a part of their own.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BlueprintDeletion {
    /// The blueprint.
    pub blueprint: String,
    /// Entities that are no longer desired.
    pub candidates: u64,
    /// Number of candidates that were deleted (in a plan: would be).
    pub deleted: u64,
    /// Reason for withholding them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<WithheldReason>,
}

impl BlueprintDeletion {
    /// Number of candidates that were not deleted.
    pub fn withheld(&self) -> u64 {
        if self.reason.is_some() { self.candidates.saturating_sub(self.deleted) } else { 0 }
    }

    /// Tells whether some are kept because a report leaves out their days or ends before them: the answer was not complete.
    fn is_of_missing_days(&self) -> bool {
        let is_missing =
            |reason: &WithheldReason| matches!(reason, WithheldReason::MissingDays { .. } | WithheldReason::BeyondReport { .. });
        self.withheld() > 0 && self.reason.as_ref().is_some_and(is_missing)
    }
}

impl Outcome {
    /// Number of entities that were created, updated, sent or deleted (in a plan: would be).
    pub fn changes(&self) -> u64 {
        let written: u64 = self.resources.iter().map(|resource| resource.created + resource.updated + resource.sent).sum();
        written + self.deletion.blueprints.iter().map(|deletion| deletion.deleted).sum::<u64>()
    }

    /// Tells whether everything was read, mapped and written. Reports that are not ready and suppressed teams are not failures.
    pub fn is_complete(&self) -> bool {
        let resource_is_whole = |resource: &ResourceOutcome| resource.rejected.count == 0 && resource.refused.count == 0;
        self.broken_expressions.is_empty()
            && self.deletion.listing_error.is_none()
            && self.deletion.refused.count == 0
            && !self.deletion.blueprints.iter().any(BlueprintDeletion::is_of_missing_days)
            && self.resources.iter().all(resource_is_whole)
            && !self.slices.iter().any(|slice| slice.is_failure() || self.leaves_run_partial(slice))
    }

    /// Tells whether an unconfirmed slice makes the run partial: its resource read no other scope, or entities are kept because
    /// of it. An organization that never had teams does not count beside others that have some.
    pub fn leaves_run_partial(&self, slice: &Slice) -> bool {
        if !matches!(slice.end, SliceEnd::Unconfirmed { .. }) {
            return false;
        }
        let is_read = |other: &Slice| {
            other.resource == slice.resource && !other.scope.is_empty() && !matches!(other.end, SliceEnd::Unconfirmed { .. })
        };
        let yields: Vec<ResourceYield> = self
            .resources
            .iter()
            .map(|resource| ResourceYield { blueprint: resource.blueprint.clone(), enable_delete: true, names_day: false })
            .collect();
        let keeps = |deletion: &BlueprintDeletion| {
            deletion.withheld() > 0
                && matches!(deletion.reason, Some(WithheldReason::Unproven { .. }))
                && could_produce(&deletion.blueprint, &yields, slice)
        };
        !self.slices.iter().any(is_read) || self.deletion.blueprints.iter().any(keeps)
    }

    /// Exit code: 1 aborted, 5 partial, 0 complete. With `partial_ok`, 5 becomes 0.
    pub fn exit_code(&self, partial_ok: bool) -> u8 {
        match (self.aborted, self.is_complete() || partial_ok) {
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
        let slice = Slice { items: 1, rejected, ..Slice::new(0, "k", "acme", end) };
        run(|outcome| outcome.slices = vec![slice])
    }

    #[test]
    fn the_exit_code_says_whether_everything_was_done() {
        let text = || "x".to_owned();
        let key = EntityKey { blueprint: text(), identifier: text() };
        assert_eq!(run(|_| ()), 0);
        assert_eq!(run(|outcome| outcome.aborted = true), 1);
        assert_eq!(with_slice(SliceEnd::NotReady { reason: text() }, 0), 0);
        assert_eq!(with_slice(SliceEnd::Suppressed { reason: text(), remedy: text() }, 0), 0);
        assert_eq!(with_slice(SliceEnd::Forbidden { reason: text(), remedy: text() }, 0), 5);
        assert_eq!(with_slice(SliceEnd::Complete, 1), 5);
        assert_eq!(run(|outcome| outcome.resources[0].refused.add(RefusedEntity { entity: key, reason: text() })), 5);
        assert_eq!(run(|outcome| outcome.resources[0].rejected.add(text())), 5);
        assert_eq!(run(|outcome| outcome.broken_expressions.push(text())), 5);
        assert_eq!(run(|outcome| outcome.deletion.listing_error = Some(text())), 5);
    }

    #[test]
    fn a_list_that_is_not_confirmed_matters_when_nobody_else_was_read_or_entities_are_kept_because_of_it() {
        let slice = |resource, scope: &str, end| Slice::new(resource, "k", scope, end);
        let unconfirmed = || SliceEnd::Unconfirmed { reason: "nobody".into(), remedy: "wait".into() };
        let not_ready = || SliceEnd::NotReady { reason: "only chosen days".into() };
        let kept = |blueprint: &str, slices: &[Slice]| {
            let because = crate::reconcile::completeness::Unproven { slices: Vec::new(), count: slices.len() };
            BlueprintDeletion {
                blueprint: blueprint.into(),
                candidates: 2,
                deleted: 0,
                reason: Some(WithheldReason::Unproven { because }),
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
        // A slice of the whole kind has read no scope.
        let chosen_days = vec![slice(0, "", unconfirmed()), slice(0, "", not_ready())];
        assert_eq!(code(chosen_days, None), 5);
        // Slices of another resource do not count.
        let other = vec![slice(0, "x/*", unconfirmed()), slice(1, "acme", SliceEnd::Complete)];
        assert_eq!(code(other, None), 5);
        let beside = || vec![slice(0, "x/*", unconfirmed()), slice(0, "acme", SliceEnd::Complete)];
        assert_eq!(code(beside(), None), 0);
        assert_eq!(code(beside(), Some("a")), 5);
        assert_eq!(code(beside(), Some("b")), 0);
        // Any resource could have produced a blueprint that no resource produces now.
        assert_eq!(code(beside(), Some("old")), 5);
    }

    #[test]
    fn trouble_is_counted_without_end_and_named_to_a_limit() {
        let mut named = Examples::default();
        (0..100).for_each(|number| named.add(number));
        assert_eq!((named.count, named.first.len(), named.unlisted()), (100, EXAMPLES_LIMIT, 80));
    }
}

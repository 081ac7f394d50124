//! Counts the nulls of a resource, and adds remarks about likely mistakes ([`crate::mapping::nulls`]).

use crate::mapping::evaluate::{CompiledResource, Nulls};
use crate::mapping::nulls::{KnownItems, SeenNulls, remark};
use crate::model::field::Field;
use crate::reconcile::outcome::{NullCount, ResourceOutcome};

/// Takes what came of a batch.
pub(super) fn count(outcome: &mut ResourceOutcome, entities: u64, nulls: Vec<Nulls>) {
    outcome.mapped += entities;
    for null in nulls {
        let counted = outcome.nulls.entry(null.path).or_insert_with(|| NullCount {
            reason: null.reason,
            missing: null.missing.map(|missing| missing.path),
            ..NullCount::default()
        });
        counted.count += null.count;
        counted.failed += null.failed;
        counted.stopped += null.stopped;
        counted.failure = counted.failure.take().or(null.failure);
    }
}

/// Adds the remarks, once the whole resource is read.
pub(super) fn add(outcome: &mut ResourceOutcome, resource: &CompiledResource, fields: &[&Field]) {
    let items = KnownItems { fields, element: resource.element_name() };
    for counted in outcome.nulls.values_mut() {
        let seen = SeenNulls {
            count: counted.count,
            failed: counted.failed,
            stopped: counted.stopped,
            failure: counted.failure.as_deref(),
            missing: counted.missing.as_deref(),
        };
        counted.remark = remark(&seen, outcome.mapped, &items);
    }
}

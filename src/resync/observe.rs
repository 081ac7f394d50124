//! What a run tells while it goes: progress for people, decisions for a plan.

use crate::model::entity::EntityKey;
use crate::model::slice::Slice;
use crate::reconcile::decision::Decision;

/// Listens to a run. Every method has a default that does nothing. Calls come from one task, in the run's fixed order.
#[allow(unused_variables, reason = "the names of the defaults are documentation")]
pub trait Observer: Send + Sync {
    /// A resource of the mapping begins.
    fn resource_began(&self, resource: usize, kind: &str) {}
    /// A slice was read to its end, whatever that was.
    fn slice_ended(&self, slice: &Slice) {}
    /// So many raw items were mapped.
    fn items_mapped(&self, resource: usize, count: u64) {}
    /// So many entities were compared, and sent where they differ.
    fn entities_loaded(&self, resource: usize, count: u64) {}
    /// Something was decided about an entity.
    fn decided(&self, key: &EntityKey, decision: &Decision) {}
    /// A resource is done.
    fn resource_ended(&self, resource: usize) {}
}

/// Listens to nothing.
pub struct Silent;

impl Observer for Silent {}

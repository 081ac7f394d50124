//! Observers of a run: progress for people, decisions for a plan.

use jiff::Timestamp;
use tracing::Span;

use crate::model::day::Day;
use crate::model::entity::{Entity, EntityKey};
use crate::model::item::Batch;
use crate::model::slice::{Slice, SliceEnd};
use crate::reconcile::decision::Decision;
use crate::source::{Event, ReadRequest, ReportRows};

/// Observer of a run. Every method does nothing by default. Calls come from one task, in the run's fixed order.
#[allow(unused_variables, reason = "the names of the defaults are documentation")]
pub trait Observer: Send + Sync {
    /// Span of the run, which adds its identifier to each log line.
    fn span(&self) -> Span {
        Span::none()
    }
    /// Called before a resource of the mapping is read.
    fn resource_began(&self, resource: usize, kind: &str) {}
    /// Called when a slice has ended, in any state.
    fn slice_ended(&self, slice: &Slice) {}
    /// Called when a slice begins to be read. Its [`Slice::end`] counts for nothing yet.
    fn slice_began(&self, slice: &Slice) {}
    /// Called when a slice was read, before its last items are mapped; `rejected` counts records that were no items.
    fn slice_read(&self, resource: usize, end: &SliceEnd, rejected: u64) {}
    /// Called within a slice when its items were read by an earlier run, at that time where it is known.
    fn items_are_cached(&self, read_at: Option<Timestamp>) {}
    /// Called within a slice with rows of a report from which its items are made.
    fn rows_read(&self, rows: &ReportRows) {}
    /// Called with raw items before they are mapped, between `slice_began` and `slice_read` of their slice.
    fn items_read(&self, resource: usize, batch: &Batch) {}
    /// Called after `count` more raw items were mapped.
    fn items_mapped(&self, resource: usize, count: u64) {}
    /// Called after `count` more entities were compared, and sent where they differ.
    fn entities_loaded(&self, resource: usize, count: u64) {}
    /// Called in a plan with each blueprint that a resync would create, before anything is read.
    fn blueprint_missing(&self, blueprint: &str) {}
    /// Called with an entity and the decision about it, before `decided`, unless it was sent a second time.
    fn compared(&self, entity: &Entity, decision: &Decision) {}
    /// Called with each decision about an entity.
    fn decided(&self, key: &EntityKey, decision: &Decision) {}
    /// Called after a resource was read, mapped and loaded.
    fn resource_ended(&self, resource: usize) {}
    /// What the observer wants to have read besides, at the end of a run that reads everything. Nobody else sees it.
    fn further(&self) -> Option<&dyn FurtherReading> {
        None
    }
}

/// Further reading for one observer: it becomes no entity.
pub trait FurtherReading: Send + Sync {
    /// What is to be read, in this order, as long as there is time.
    fn requests(&self, today: Day) -> Vec<ReadRequest>;
    /// Takes a step of reading.
    fn take(&self, event: &Event);
}

/// Observer that does nothing.
pub struct NoObserver;

impl Observer for NoObserver {}

/// Calls two observers, one after the other. A new method of [`Observer`] needs a line here.
pub struct TwoObservers<'a>(pub &'a dyn Observer, pub &'a dyn Observer);

impl Observer for TwoObservers<'_> {
    fn span(&self) -> Span {
        let span = self.0.span();
        if span.is_none() { self.1.span() } else { span }
    }

    fn resource_began(&self, resource: usize, kind: &str) {
        self.0.resource_began(resource, kind);
        self.1.resource_began(resource, kind);
    }

    fn slice_began(&self, slice: &Slice) {
        self.0.slice_began(slice);
        self.1.slice_began(slice);
    }

    fn slice_read(&self, resource: usize, end: &SliceEnd, rejected: u64) {
        self.0.slice_read(resource, end, rejected);
        self.1.slice_read(resource, end, rejected);
    }

    fn slice_ended(&self, slice: &Slice) {
        self.0.slice_ended(slice);
        self.1.slice_ended(slice);
    }

    fn items_are_cached(&self, read_at: Option<Timestamp>) {
        self.0.items_are_cached(read_at);
        self.1.items_are_cached(read_at);
    }

    fn rows_read(&self, rows: &ReportRows) {
        self.0.rows_read(rows);
        self.1.rows_read(rows);
    }

    fn items_read(&self, resource: usize, batch: &Batch) {
        self.0.items_read(resource, batch);
        self.1.items_read(resource, batch);
    }

    fn items_mapped(&self, resource: usize, count: u64) {
        self.0.items_mapped(resource, count);
        self.1.items_mapped(resource, count);
    }

    fn entities_loaded(&self, resource: usize, count: u64) {
        self.0.entities_loaded(resource, count);
        self.1.entities_loaded(resource, count);
    }

    fn blueprint_missing(&self, blueprint: &str) {
        self.0.blueprint_missing(blueprint);
        self.1.blueprint_missing(blueprint);
    }

    fn compared(&self, entity: &Entity, decision: &Decision) {
        self.0.compared(entity, decision);
        self.1.compared(entity, decision);
    }

    fn decided(&self, key: &EntityKey, decision: &Decision) {
        self.0.decided(key, decision);
        self.1.decided(key, decision);
    }

    fn resource_ended(&self, resource: usize) {
        self.0.resource_ended(resource);
        self.1.resource_ended(resource);
    }

    fn further(&self) -> Option<&dyn FurtherReading> {
        self.0.further().or(self.1.further())
    }
}

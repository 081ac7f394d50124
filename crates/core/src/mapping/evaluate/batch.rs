//! Result of a batch, and the counting of its nulls.

use serde::Serialize;
use serde_json::Value as Json;

use super::{LeafText, Null, Observer, Outcome};
use crate::mapping::missing::{Missing, missing};
use crate::mapping::program::{Failure, Value};
use crate::model::entity::Entity;

/// Result of a batch.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MappedBatch {
    /// The entities, in the order of the items. One item gives several with `itemsToParse`.
    pub entities: Vec<Entity>,
    /// For each entity, the line of its item.
    pub lines: Vec<u64>,
    /// Items, or elements of `itemsToParse`, that the selector left out.
    pub filtered: u64,
    /// Items that became no entity although the selector did not leave them out.
    pub rejected: Vec<Rejected>,
    /// Items whose `itemsToParse` gave no list. As in Ocean, they are skipped, and that is no failure.
    pub unparsed: Vec<Rejected>,
    /// Expressions that gave null for at least one entity, in the order of the mapping.
    pub nulls: Vec<Nulls>,
    /// True when the run was cancelled, so that the rest of the batch is missing.
    pub cancelled: bool,
}

/// An item that became no entity.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Rejected {
    /// The item's line, see [`RawItem::line`](crate::model::item::RawItem::line).
    pub line: u64,
    /// Cause.
    pub cause: Cause,
    /// The reason, a clause for people.
    pub reason: String,
}

/// Causes of a rejected item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cause {
    /// Its text is not a JSON object.
    Unreadable,
    /// The selector gave neither true nor false.
    Selector,
    /// The identifier came out null or empty: the mapping says so, and nothing failed.
    NoIdentifier,
    /// The blueprint came out null or empty.
    NoBlueprint,
    /// Evaluating identifier or blueprint raised an error or ran into a limit.
    Failed,
    /// A value has a type that an entity cannot hold there.
    WrongType,
    /// `itemsToParse` gave no list.
    NotAList,
}

/// Nulls of one expression in a batch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Nulls {
    /// Path under `mappings`: `properties.loc_added_sum`, `title`, `relations.team.rules[0].value`.
    pub path: String,
    /// Entities for which it was null.
    pub count: u64,
    /// Number of those with an error.
    pub failed: u64,
    /// Number of those that a limit stopped.
    pub stopped: u64,
    /// The first error or limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
    /// The first path of the expression that the first such item lacks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub missing: Option<Missing>,
    /// Reason of the first null.
    pub reason: String,
    /// The first such item's line.
    pub line: u64,
}

impl Rejected {
    pub(super) fn new(line: u64, cause: Cause, reason: String) -> Self {
        Self { line, cause, reason }
    }
}

impl MappedBatch {
    /// An empty one, with room for so many entities.
    pub(super) fn of_about(entities: usize) -> Self {
        Self { entities: Vec::with_capacity(entities), lines: Vec::with_capacity(entities), ..Self::default() }
    }

    pub(super) fn take(&mut self, line: u64, outcome: Outcome) {
        match outcome {
            Outcome::Entity(entity) => {
                self.entities.push(*entity);
                self.lines.push(line);
            }
            Outcome::Filtered => self.filtered += 1,
            Outcome::Rejected(cause, reason) => self.rejected.push(Rejected::new(line, cause, reason)),
        }
    }
}

/// Counts nulls of a batch. Those of an item that becomes no entity do not count.
pub(super) struct Tally {
    /// The line of the item at hand.
    pub(super) line: u64,
    counts: Vec<Option<Count>>,
    pending: Vec<(usize, Null)>,
}

/// Nulls of one expression.
#[derive(Clone, Debug)]
struct Count {
    count: u64,
    failed: u64,
    stopped: u64,
    failure: Option<String>,
    missing: Option<Missing>,
    reason: String,
    line: u64,
}

impl Tally {
    pub(super) fn new(expressions: usize) -> Self {
        Self { line: 0, counts: vec![None; expressions], pending: Vec::new() }
    }

    /// Counts what was seen of an item that became an entity.
    pub(super) fn keep(&mut self, item: &Value, expressions: &[LeafText]) {
        let line = self.line;
        for (index, null) in self.pending.drain(..) {
            let Some(slot) = self.counts.get_mut(index) else { continue };
            let count = slot.get_or_insert_with(|| {
                // Once for each expression of a batch: the path is read and followed anew.
                let missing = expressions.get(index).and_then(|leaf| missing(&leaf.text, &item.to_json()));
                Count { count: 0, failed: 0, stopped: 0, failure: None, missing, reason: null.to_string(), line }
            });
            count.count += 1;
            match &null {
                Null::Failure(Failure::Error(_)) => count.failed += 1,
                Null::Failure(_) | Null::GivenUp => count.stopped += 1,
                Null::Given | Null::NoOutput | Null::DoesNotCompile => continue,
            }
            count.failure.get_or_insert_with(|| null.to_string());
        }
    }

    pub(super) fn forget(&mut self) {
        self.pending.clear();
    }

    pub(super) fn into_nulls(self, expressions: &[LeafText]) -> Vec<Nulls> {
        let counted = self.counts.into_iter().zip(expressions);
        let nulls = counted.filter_map(|(slot, leaf)| {
            let Count { count, failed, stopped, failure, missing, reason, line } = slot?;
            Some(Nulls { path: leaf.path.clone(), count, failed, stopped, failure, missing, reason, line })
        });
        nulls.collect()
    }
}

impl Observer for Tally {
    fn saw(&mut self, index: usize, _: &Json, null: Option<&Null>) {
        if let Some(null) = null {
            self.pending.push((index, null.clone()));
        }
    }
}

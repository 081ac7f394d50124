//! Explanations of values: for `preview` and `test`, and for anyone who looks for the cause of a null.
//!
//! Evaluates with the code of [`super::evaluate`] through an observer, and adds the path that the item does not have.

use serde::Serialize;
use serde_json::Value as Json;

use super::evaluate::{Cancelled, Cause, CompiledResource, Elements, Enriched, Null, Observer, Outcome};
pub use super::missing::Missing;
use super::missing::missing;
use super::program::{Run, Value};
use crate::model::entity::Entity;
use crate::model::item::Batch;

/// Result of one item, or of one element of its `itemsToParse`, with the values of its expressions.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Explained {
    /// The item's line.
    pub line: u64,
    /// Result of the item.
    pub end: End,
    /// The value of each expression that was evaluated, in the order of evaluation.
    pub values: Vec<Explanation>,
}

/// Results of an item.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum End {
    /// An entity.
    Entity(Box<Entity>),
    /// Nothing: the selector leaves it out.
    Filtered,
    /// No entity, for a reason.
    Rejected {
        /// Cause.
        cause: Cause,
        /// The reason, a clause for people.
        reason: String,
    },
}

/// The value of one expression.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Explanation {
    /// Path under `mappings`: `properties.loc_added_sum`, `title`.
    pub path: String,
    /// The jq text.
    pub expression: String,
    /// The value.
    pub value: Json,
    /// Reason for null; none for another value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub null: Option<WhyNull>,
}

/// Reason for a null.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct WhyNull {
    /// End of the evaluation: the expression gives null, gives no output, raises an error, does not compile.
    pub reason: String,
    /// The first path of the expression that leads nowhere, when there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub missing: Option<Missing>,
}

impl std::fmt::Display for WhyNull {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.reason)?;
        if let Some(missing) = &self.missing {
            write!(formatter, ": {}", missing.found)?;
            if let Some(nearest) = &missing.nearest {
                write!(formatter, "; did you mean `{nearest}`?")?;
            }
        }
        Ok(())
    }
}

impl CompiledResource {
    /// Maps a batch as [`CompiledResource::map_batch`] does, and gives the result of each item with the values of its expressions.
    ///
    /// Much slower, and holds every value of every item: meant for samples. A run that is cancelled ends the list.
    pub fn explain(&self, batch: &Batch, run: &Run) -> Vec<Explained> {
        let enriched = Enriched::new(&batch.enrichment, None);
        let mut all = Vec::new();
        for raw in &batch.items {
            let Ok(elements) = self.elements(&enriched, raw, run) else {
                break;
            };
            let explained = match elements {
                Elements::Item(item) => vec![self.explain_element(raw.line, &item, run)],
                Elements::List { item, name, list } => list
                    .into_iter()
                    .map(|element| self.explain_element(raw.line, &item.clone().with(name, element), run))
                    .collect(),
                Elements::Unparsed(reason) => {
                    vec![Ok(Explained::rejected(raw.line, Cause::NotAList, reason))]
                }
                Elements::Rejected(cause, reason) => {
                    vec![Ok(Explained::rejected(raw.line, cause, reason))]
                }
            };
            for one in explained {
                let Ok(one) = one else { return all };
                all.push(one);
            }
        }
        all
    }

    fn explain_element(&self, line: u64, item: &Value, run: &Run) -> Result<Explained, Cancelled> {
        let mut recorder = Recorder { resource: self, item: item.to_json(), values: Vec::new() };
        let outcome = self.map_element(item, run, &mut recorder)?;
        let end = match outcome {
            Outcome::Entity(entity) => End::Entity(entity),
            Outcome::Filtered => End::Filtered,
            Outcome::Rejected(cause, reason) => End::Rejected { cause, reason },
        };
        Ok(Explained { line, end, values: recorder.values })
    }
}

impl Explained {
    fn rejected(line: u64, cause: Cause, reason: String) -> Self {
        Self { line, end: End::Rejected { cause, reason }, values: Vec::new() }
    }
}

struct Recorder<'a> {
    resource: &'a CompiledResource,
    item: Json,
    values: Vec<Explanation>,
}

impl Observer for Recorder<'_> {
    fn saw(&mut self, index: usize, value: &Json, null: Option<&Null>) {
        let (path, expression) = self.resource.expression(index);
        let null = null.map(|null| WhyNull { reason: null.to_string(), missing: missing(expression, &self.item) });
        self.values.push(Explanation { path: path.to_owned(), expression: expression.to_owned(), value: value.clone(), null });
    }
}

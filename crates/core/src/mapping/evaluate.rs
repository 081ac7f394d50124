//! Items to entities: the one evaluation that `validate`, `test`, `preview` and `resync` call.
//!
//! A mapping is compiled once. Each expression is a program of its own, so that one that fails takes nothing else with it.
//! Everything here runs on the caller's thread, which must have the stack that [`Budget::stack`](super::program::Budget)
//! says. Why a value is null is told in detail by [`super::explain`].

mod batch;
mod compile;
mod held;
mod items;
mod leaf;
mod template;

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::Value as Json;

use self::batch::Tally;
pub use self::batch::{Cause, MappedBatch, Nulls, Rejected};
pub use self::compile::{compile_expression, text_constant};
use self::items::ItemsToParse;
pub(super) use self::items::{Elements, deletion_path};
pub(super) use self::leaf::{Cancelled, Null};
use self::leaf::{Leaf, LeafText};
use self::template::Compiled;
use super::finding::Finding;
use super::program::{Keys, Run, Value};
use crate::model::entity::{Entity, normal_identifier};
use crate::model::fields::Fields;
use crate::model::item::{Batch, Enrichment, RawItem};

/// A mapping ready to be evaluated.
#[derive(Clone, Debug)]
pub struct CompiledMapping {
    resources: Vec<CompiledResource>,
    findings: Vec<Finding>,
}

impl CompiledMapping {
    /// The resources, in the order of the mapping, skipped ones included.
    pub fn resources(&self) -> &[CompiledResource] {
        &self.resources
    }

    /// Expressions that do not compile, in the order of the mapping. Each is an error of code `mapping-syntax`.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }
}

/// A resource ready to be evaluated.
#[derive(Clone, Debug)]
pub struct CompiledResource {
    kind: String,
    skipped: Option<String>,
    selector: Leaf,
    /// True when the selector is not applied.
    takes_every_item: bool,
    items: Option<ItemsToParse>,
    identifier: Compiled,
    /// Top-level fields of an item that every identifier holds whole, see [`held`].
    identifier_fields: BTreeSet<String>,
    blueprint: Leaf,
    blueprint_constant: Option<String>,
    title: Option<Leaf>,
    icon: Option<Leaf>,
    team: Option<Compiled>,
    properties: Option<Named<Leaf>>,
    relations: Option<Named<Compiled>>,
    /// Keys of an item that its expressions can read; none when they can read any key.
    keys: Option<Keys>,
    /// Names of those keys.
    looks_at: Option<BTreeSet<String>>,
    /// Short path and text of each expression, by [`Leaf::index`].
    expressions: Vec<LeafText>,
}

/// Values by name, with one list of names for all entities.
#[derive(Clone, Debug)]
struct Named<T> {
    names: Arc<[String]>,
    all: Vec<T>,
}

impl<T> Named<T> {
    fn fields(&self, value: impl FnMut(&T) -> Result<Json, Cancelled>) -> Result<Fields, Cancelled> {
        let values = self.all.iter().map(value).collect::<Result<_, _>>()?;
        Ok(Fields::new(Arc::clone(&self.names), values))
    }
}

impl<T> FromIterator<(String, T)> for Named<T> {
    fn from_iter<I: IntoIterator<Item = (String, T)>>(named: I) -> Self {
        let (names, all): (Vec<String>, Vec<T>) = named.into_iter().unzip();
        Self { names: names.into(), all }
    }
}

/// Result of one item or element.
#[derive(Debug)]
pub(super) enum Outcome {
    Entity(Box<Entity>),
    Filtered,
    Rejected(Cause, String),
}

/// Sees every expression's value.
pub(super) trait Observer {
    /// The value is null for the reason, or is there.
    fn saw(&mut self, index: usize, value: &Json, null: Option<&Null>);
}

/// Enrichment of a batch's items, read once, and the keys of an item that are read.
pub(super) struct Enriched<'a> {
    fields: Vec<(Value, Value)>,
    keys: Option<&'a Keys>,
}

impl<'a> Enriched<'a> {
    /// With `keys`, only these keys of items and enrichment are read.
    pub(super) fn new(enrichment: &Enrichment, keys: Option<&'a Keys>) -> Self {
        let all = enrichment.0.iter().filter(|(name, _)| keys.is_none_or(|keys| keys.contains(name)));
        Self { fields: all.map(|(name, value)| (Value::string(name), Value::from_json(value))).collect(), keys }
    }

    /// The item with what it is enriched with, or why its text is none.
    pub(super) fn read(&self, item: &RawItem) -> Result<Value, String> {
        // Ocean reads an item in Python and hands jq what Python writes, so identifiers are made of numbers as Python has them.
        let value = Value::parse_through_python(&item.json, self.keys);
        let mut value = value.map_err(|error| format!("not JSON: {error}"))?;
        if value.type_name() != "object" {
            return Err(format!("not an object but {}", with_article(value.type_name())));
        }
        value.insert_all(&self.fields);
        Ok(value)
    }
}

fn with_article(type_name: &str) -> String {
    match type_name {
        "null" => "null".to_owned(),
        "array" | "object" => format!("an {type_name}"),
        other => format!("a {other}"),
    }
}

impl CompiledResource {
    /// The fields of an item that its expressions can look at, those that are added included; none when that can be any.
    pub fn looks_at(&self) -> Option<&BTreeSet<String>> {
        self.looks_at.as_ref()
    }

    /// The kind, as the mapping writes it.
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// Reason for which the resource is skipped: its selector, identifier, blueprint or `itemsToParse` does not compile.
    pub fn skipped(&self) -> Option<&str> {
        self.skipped.as_deref()
    }

    /// The blueprint, when its expression is a text constant.
    pub fn blueprint_constant(&self) -> Option<&str> {
        self.blueprint_constant.as_deref()
    }

    /// True when every identifier has the text of that top-level field of its item in it as it is, provided that it is a text.
    /// False where that cannot be told.
    pub fn identifier_holds(&self, field: &str) -> bool {
        self.identifier_fields.contains(field)
    }

    /// The key under which an element of `itemsToParse` is put into its item.
    pub fn element_name(&self) -> Option<&str> {
        self.items.as_ref().map(|items| items.name.as_str())
    }

    /// A copy that maps every item, also those that the selector leaves out.
    #[must_use]
    pub fn taking_every_item(&self) -> Self {
        Self { takes_every_item: true, ..self.clone() }
    }

    /// The names of the mapped properties, in the order of the mapping.
    pub fn properties(&self) -> impl Iterator<Item = &str> {
        self.properties.iter().flat_map(|all| all.names.iter()).map(String::as_str)
    }

    /// The names of the mapped relations, in the order of the mapping.
    pub fn relations(&self) -> impl Iterator<Item = &str> {
        self.relations.iter().flat_map(|all| all.names.iter()).map(String::as_str)
    }

    /// Path under `mappings` (or `selector.query`, `itemsToParse`) and text of the expression with that number.
    pub(super) fn expression(&self, index: usize) -> (&str, &str) {
        let found = self.expressions.get(index);
        found.map_or(("", ""), |leaf| (&leaf.path, &leaf.text))
    }

    /// Maps a batch.
    ///
    /// # Flow
    /// Enriches each item, evaluates the selector, takes the list of `itemsToParse` apart, and evaluates every expression of the
    /// entity.
    ///
    /// # Guarantees
    /// - Each item ends as one or more entities, as filtered, or in [`MappedBatch::rejected`] with its line and reason. None is lost.
    /// - One item cannot stop another: an expression that fails or hits a limit concerns its own item.
    /// - The order of entities is that of the items. A resource that is [skipped](Self::skipped) rejects every item.
    ///
    /// # Cancellation
    /// Synchronous. Memory and time of each evaluation are limited; the caller provides the stack.
    /// # Examples
    /// A mapping is read and compiled once; then batches of items become entities.
    /// ```
    /// use std::sync::Arc;
    ///
    /// use pilotage_core::mapping::evaluate::CompiledMapping;
    /// use pilotage_core::mapping::file::Mapping;
    /// use pilotage_core::mapping::program::{CompileOptions, Run};
    /// use pilotage_core::model::item::{Batch, Enrichment, RawItem};
    ///
    /// let text = r#"
    /// resources:
    ///   - kind: organization-usage-metrics
    ///     selector: {query: .daily_active_users > 0}
    ///     port:
    ///       entity:
    ///         mappings:
    ///           identifier: .__organization.login + "@" + .day
    ///           blueprint: '"copilot_organization_usage"'
    ///           properties: {daily_active_users: .daily_active_users}
    /// "#;
    /// let (mapping, findings) = Mapping::read(text, "mapping.yaml");
    /// assert!(findings.is_empty());
    /// let compiled = CompiledMapping::compile(&mapping.unwrap(), &CompileOptions::default());
    ///
    /// let item = |json: &'static str, line| RawItem { json: json.into(), line };
    /// let batch = Batch {
    ///     source: "organization-1-day".into(),
    ///     enrichment: Arc::new(Enrichment(vec![("__organization", serde_json::json!({"login": "acme"}))])),
    ///     items: vec![
    ///         item(r#"{"day": "2026-08-01", "daily_active_users": 5}"#, 1),
    ///         item(r#"{"day": "2026-08-02", "daily_active_users": 0}"#, 2),
    ///         item(r#"{"day": null, "daily_active_users": 3}"#, 3),
    ///     ],
    /// };
    /// let run = Run::new("2026-08-04T00:00:00Z".parse().unwrap());
    /// let mapped = compiled.resources()[0].map_batch(&batch, &run);
    /// assert_eq!(mapped.entities[0].key().to_string(), "copilot_organization_usage/acme@2026-08-01");
    /// assert_eq!((mapped.entities.len(), mapped.filtered, mapped.rejected.len()), (2, 1, 0));
    /// // As in jq, null adds nothing to a text.
    /// assert_eq!(mapped.entities[1].key().identifier, "acme@");
    /// ```
    pub fn map_batch(&self, batch: &Batch, run: &Run) -> MappedBatch {
        let enriched = Enriched::new(&batch.enrichment, self.keys.as_ref());
        let mut mapped = MappedBatch::of_about(batch.items.len());
        let mut nulls = Tally::new(self.expressions.len());
        for raw in &batch.items {
            let each = |mapped: &mut MappedBatch, element: &Value| {
                nulls.line = raw.line;
                let outcome = self.map_element(element, run, &mut nulls)?;
                if matches!(outcome, Outcome::Entity(_)) {
                    nulls.keep(element, &self.expressions);
                } else {
                    nulls.forget();
                }
                mapped.take(raw.line, outcome);
                Ok(())
            };
            if self.map_item(&enriched, raw, run, &mut mapped, each).is_err() {
                mapped.cancelled = true;
                break;
            }
        }
        mapped.nulls = nulls.into_nulls(&self.expressions);
        mapped
    }

    /// Reads one item and hands its elements (itself, without `itemsToParse`) to `each`.
    fn map_item(
        &self,
        enriched: &Enriched<'_>,
        raw: &RawItem,
        run: &Run,
        mapped: &mut MappedBatch,
        mut each: impl FnMut(&mut MappedBatch, &Value) -> Result<(), Cancelled>,
    ) -> Result<(), Cancelled> {
        match self.elements(enriched, raw, run)? {
            Elements::Item(item) => each(mapped, &item),
            Elements::List { item, name, list } => {
                list.into_iter().try_for_each(|element| each(mapped, &item.clone().with(name, element)))
            }
            Elements::Unparsed(reason) => {
                mapped.unparsed.push(Rejected::new(raw.line, Cause::NotAList, reason));
                Ok(())
            }
            Elements::Rejected(cause, reason) => {
                mapped.rejected.push(Rejected::new(raw.line, cause, reason));
                Ok(())
            }
        }
    }

    /// The elements of an item.
    pub(super) fn elements(&self, enriched: &Enriched<'_>, raw: &RawItem, run: &Run) -> Result<Elements<'_>, Cancelled> {
        if let Some(reason) = &self.skipped {
            return Ok(Elements::Rejected(Cause::Failed, reason.clone()));
        }
        match (enriched.read(raw), &self.items) {
            (Err(reason), _) => Ok(Elements::Rejected(Cause::Unreadable, reason)),
            (Ok(item), None) => Ok(Elements::Item(item)),
            (Ok(item), Some(items)) => items.elements(item, run),
        }
    }

    /// Result of an item by the selector alone; none when it passes.
    fn select(&self, item: &Value, run: &Run) -> Result<Option<Outcome>, Cancelled> {
        match self.selector.evaluate(item, run)? {
            Ok(value) => match value.as_bool() {
                Some(true) => Ok(None),
                Some(false) => Ok(Some(Outcome::Filtered)),
                None => {
                    let reason = format!(
                        "selector `{}` gives {}, not true or false",
                        self.expression(self.selector.index).1,
                        with_article(value.type_name()),
                    );
                    Ok(Some(Outcome::Rejected(Cause::Selector, reason)))
                }
            },
            Err(null) => {
                let text = self.expression(self.selector.index).1;
                let reason = format!("selector `{text}` does not give true or false: {null}");
                let cause = match null {
                    Null::GivenUp => Cause::Failed,
                    _ => Cause::Selector,
                };
                Ok(Some(Outcome::Rejected(cause, reason)))
            }
        }
    }

    /// Maps one item, or one element with its item around it.
    pub(super) fn map_element(&self, item: &Value, run: &Run, seen: &mut impl Observer) -> Result<Outcome, Cancelled> {
        if !self.takes_every_item
            && let Some(left_out) = self.select(item, run)?
        {
            return Ok(left_out);
        }
        let identifier = match self.identifier.needed(item, run, seen)? {
            Ok(identifier) => identifier,
            Err(null) => return Ok(Outcome::without("identifier", Cause::NoIdentifier, null)),
        };
        let blueprint = match self.blueprint.needed(item, run, seen)? {
            Ok(Json::String(blueprint)) => blueprint,
            Ok(other) => {
                let reason = format!("the blueprint is {other}, not a text");
                return Ok(Outcome::Rejected(Cause::WrongType, reason));
            }
            Err(null) => return Ok(Outcome::without("blueprint", Cause::NoBlueprint, null)),
        };
        let mut one = |leaf: &Option<Leaf>| leaf.as_ref().map(|leaf| leaf.value(item, run, seen)).transpose();
        let title = one(&self.title)?;
        let icon = match one(&self.icon)?.map(icon).transpose() {
            Ok(icon) => icon,
            Err(reason) => return Ok(Outcome::Rejected(Cause::WrongType, reason)),
        };
        let team = self.team.as_ref().map(|team| team.value(item, run, seen)).transpose()?.map(team);
        let properties = self.properties.as_ref().map(|all| all.fields(|leaf| leaf.value(item, run, seen))).transpose()?;
        let relations = self.relations.as_ref().map(|all| all.fields(|template| template.value(item, run, seen))).transpose()?;
        Ok(Outcome::Entity(Box::new(Entity { identifier, blueprint, title, icon, team, properties, relations })))
    }
}

impl Outcome {
    fn without(what: &str, cause: Cause, null: Null) -> Self {
        match null {
            Null::Given => Self::Rejected(cause, format!("no {what}")),
            Null::NoOutput => Self::Rejected(cause, format!("no {what}: {null}")),
            Null::DoesNotCompile | Null::Failure(_) | Null::GivenUp => {
                Self::Rejected(Cause::Failed, format!("no {what}: {null}"))
            }
        }
    }
}

/// An icon is a text; numbers and booleans are written as one, as in Ocean.
fn icon(value: Json) -> Result<Json, String> {
    match value {
        Json::Array(_) | Json::Object(_) => Err(format!("the icon is {value}, not a text")),
        Json::Number(_) | Json::Bool(_) => Ok(Json::from(normal_identifier(&value).into_owned())),
        Json::Null | Json::String(_) => Ok(value),
    }
}

/// A team is a text, a list or a query; numbers and booleans are written as a text, as in Ocean.
fn team(value: Json) -> Json {
    match value {
        Json::Number(_) | Json::Bool(_) => Json::from(normal_identifier(&value).into_owned()),
        other => other,
    }
}

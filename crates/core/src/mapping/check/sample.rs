//! Findings that need a sample: `type-mismatch` of the entities of sample items against their blueprint, and `no-entity` when no
//! item becomes one.

use serde_json::Value;

use super::Role;
use super::blueprint::types_of;
use super::entity::help;
use super::infer::Types;
use crate::mapping::codes;
use crate::mapping::evaluate::{Cause, CompiledResource, MappedBatch};
use crate::mapping::file::{Expression, Named, Resource, Template};
use crate::mapping::finding::{Finding, Location};
use crate::mapping::program::syntax::{Literal, Term, TermKind};
use crate::mapping::program::{CompileOptions, Run, read};
use crate::mapping::quotes::quote_rewriting;
use crate::model::blueprint::Blueprint;
use crate::model::item::Batch;

/// Maps sample items and tells each property that gets a value of another type than its blueprint's, once, with the first
/// such value, whatever the selector says of the item. `compiled` is what the resource compiles to.
pub fn check_sample(
    resource: &Resource,
    compiled: &CompiledResource,
    batches: &[Batch],
    run: &Run,
    blueprints: &[Blueprint],
) -> Vec<Finding> {
    let every = compiled.taking_every_item();
    let mapped: Vec<MappedBatch> = batches.iter().map(|batch| every.map_batch(batch, run)).collect();
    let mut findings = Vec::new();
    for (name, expression) in resource.port.entity.mappings.properties.iter().flat_map(|Named(all)| all) {
        let entities = mapped.iter().flat_map(|batch| batch.entities.iter().zip(&batch.lines));
        let wrong = entities.into_iter().find_map(|(entity, line)| {
            let blueprint = blueprints.iter().find(|blueprint| blueprint.identifier == entity.blueprint)?;
            let wanted = blueprint.schema.properties.get(name)?.get("type")?.as_str()?;
            let value = entity.properties.as_ref()?.get(name)?;
            let fits = value.is_null() || types_of(wanted)?.meets(type_of(value));
            (!fits).then(|| (wanted.to_owned(), value, line))
        });
        let Some((wanted, value, line)) = wrong else {
            continue;
        };
        let given = type_of(value).words();
        let message = format!("the property `{name}` is of type {wanted}, but item {line} of the sample gives {given}");
        let finding = Finding::error(codes::TYPE_MISMATCH, message)
            .at(expression.location())
            .label(short(value))
            .help("change the expression, or the property's type in the blueprint");
        findings.push(finding);
    }
    findings
}

/// Result of a sample: entities, or none with a reason.
#[derive(Clone, Debug)]
pub enum Survival {
    /// At least one entity.
    Some,
    /// No entity, for any item.
    Never(Finding),
    /// The selector leaves all of it out. That is no mistake where it looks for what the sample does not have.
    LeftOut {
        /// A note or a warning that says so.
        finding: Finding,
        /// True when the selector compares with texts or numbers, which other items may have.
        depends_on_items: bool,
    },
}

/// Looks whether anything of the sample of a resource's kind becomes an entity, and why nothing does.
pub fn survival(resource: &Resource, compiled: &CompiledResource, batches: &[Batch], run: &Run) -> Survival {
    let items: usize = batches.iter().map(|batch| batch.items.len()).sum();
    // What does not compile has a finding of its own.
    if items == 0 || compiled.skipped().is_some() {
        return Survival::Some;
    }
    let map = |compiled: &CompiledResource| -> Vec<MappedBatch> {
        batches.iter().map(|batch| compiled.map_batch(batch, run)).collect()
    };
    let has_entity = |mapped: &[MappedBatch]| mapped.iter().any(|batch| !batch.entities.is_empty());
    let selected = map(compiled);
    if has_entity(&selected) {
        return Survival::Some;
    }
    let all = map(&compiled.taking_every_item());
    if !has_entity(&all) {
        return match first_reason(&all) {
            Some((cause, reason)) => Survival::Never(nothing(resource, items, cause, reason)),
            // Lists without an element are no mistake.
            None => Survival::Some,
        };
    }
    let query = &resource.selector.query;
    let is_filtered = selected.iter().any(|batch| batch.filtered > 0);
    if let (false, Some((cause, reason))) = (is_filtered, first_reason(&selected)) {
        return Survival::Never(nothing(resource, items, cause, reason));
    }
    let message = format!("the selector leaves out all {items} items of the sample");
    let depends_on_items = compares(query);
    let finding = match depends_on_items {
        true => Finding::note(codes::NO_ENTITY, message),
        false => Finding::warning(codes::NO_ENTITY, message),
    };
    let finding = finding
        .at(query.location())
        .help("if it looks for what only your own items have, try it on them: `pilotage preview --input`");
    Survival::LeftOut { finding, depends_on_items }
}

/// Reason of the first rejected item.
fn first_reason(mapped: &[MappedBatch]) -> Option<(Cause, &str)> {
    let rejected = mapped.iter().flat_map(|batch| batch.rejected.iter().chain(&batch.unparsed));
    rejected.map(|rejected| (rejected.cause, rejected.reason.as_str())).next()
}

fn nothing(resource: &Resource, items: usize, cause: Cause, reason: &str) -> Finding {
    let mappings = &resource.port.entity.mappings;
    let query = &resource.selector.query;
    let (code, at, help) = match cause {
        Cause::Selector => (
            codes::SELECTOR_NOT_BOOLEAN,
            query.location(),
            "a selector must give true or false, as `true` and `.day > \"2026-01-01\"` do",
        ),
        Cause::NotAList => (
            codes::NO_ENTITY,
            resource.port.items_to_parse.as_ref().map_or_else(|| query.location(), Expression::location),
            "`itemsToParse` must give a list",
        ),
        Cause::WrongType if reason.starts_with("the icon") => {
            (codes::NO_ENTITY, mappings.icon.as_ref().map_or_else(|| query.location(), Expression::location), "an icon is a text")
        }
        Cause::NoBlueprint | Cause::WrongType => (codes::NO_ENTITY, mappings.blueprint.location(), help(Role::Blueprint)),
        Cause::Failed if reason.starts_with("no blueprint") => {
            (codes::NO_ENTITY, mappings.blueprint.location(), help(Role::Blueprint))
        }
        Cause::NoIdentifier | Cause::Failed | Cause::Unreadable => {
            (codes::NO_ENTITY, place(&mappings.identifier).unwrap_or_else(|| query.location()), help(Role::Identifier))
        }
    };
    let message = format!("none of the {items} items of the sample becomes an entity: {reason}");
    Finding::error(code, message).at(at).help(help)
}

fn place(template: &Template) -> Option<Location> {
    match template {
        Template::Expression(expression) => Some(expression.location()),
        Template::Object(Named(entries)) => entries.iter().find_map(|(_, value)| place(value)),
        Template::List(list) => list.iter().find_map(place),
    }
}

/// True for an expression with a text or a number to compare with, and for one that does not compile.
fn compares(expression: &Expression) -> bool {
    fn holds(term: &Term) -> bool {
        let is_constant = matches!(term.kind, TermKind::Literal(Literal::Text(_) | Literal::Number(_)) | TermKind::Text { .. });
        is_constant || term.parts().into_iter().any(holds)
    }
    read(&quote_rewriting(&expression.text), &CompileOptions::default()).map_or(true, |term| holds(&term))
}

fn type_of(value: &Value) -> Types {
    match value {
        Value::Null => Types::NULL,
        Value::Bool(_) => Types::BOOLEAN,
        Value::Number(_) => Types::NUMBER,
        Value::String(_) => Types::TEXT,
        Value::Array(_) => Types::LIST,
        Value::Object(_) => Types::OBJECT,
    }
}

/// The value, cut to what fits on a line.
fn short(value: &Value) -> String {
    let text = value.to_string();
    let cut: String = text.chars().take(40).collect();
    if cut.len() < text.len() { format!("{cut}…") } else { cut }
}

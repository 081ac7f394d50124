//! One entity: its properties with what they mean, what is calculated of them, its relations both ways, and its writes.

use std::ops::ControlFlow;

use maud::{Markup, html};
use serde_json::{Value, json};

use crate::door::stack::on_evaluation_stack;
use crate::local_catalog::{CalculatedProperty, Calculator, LocalCatalogReader, RelatedEntity, StoredEntity};
use crate::model::blueprint::Blueprint;
use crate::reconcile::kept_change::KeptChange;
use crate::render::code::with_code;
use crate::render::number::counted;
use crate::web::answer::Shown;
use crate::web::ask::Ask;
use crate::web::layout::{Page, Section};
use crate::web::part::explanation::{self, Explanation};
use crate::web::part::{address, changes, mark, updated};
use crate::web::people::{Visible, not_for_viewers};
use crate::web::site::Site;
use crate::web::trouble::Trouble;

/// Entities that relate to this one and are listed.
const RELATED_AT_MOST: usize = 50;

/// Newest runs whose changes are searched for this entity.
const RUNS_SEARCHED: usize = 20;

/// Changes that are looked at in all of them.
const CHANGES_SEARCHED: u64 = 200_000;

pub(in crate::web) fn show(site: &Site, ask: &Ask) -> Shown {
    let (blueprint, identifier) = (ask.part("blueprint"), ask.part("entity"));
    let visible = site.visible(ask.roles())?;
    // Asked first, so that whoever may not see it does not learn whether it is there.
    if !visible.has(blueprint) {
        return Err(not_for_viewers(blueprint));
    }
    let missing = || {
        let message = format!("the local catalog has no entity `{identifier}` of `{blueprint}`");
        Trouble::missing(message).or_see(address::of_blueprint(blueprint), "the entities that it has")
    };
    let failed = |error| Trouble::failed(&error);
    let reader = site.own_catalog()?.ok_or_else(missing)?;
    let schema = reader.blueprint(blueprint).map_err(failed)?.ok_or_else(missing)?;
    let entity = reader.get(blueprint, identifier).map_err(failed)?.ok_or_else(missing)?;
    // Whatever is shown, raw JSON and calculations too, is made of what the visitor may see.
    let entity = visible.part_of(&schema, entity);
    let now = site.clock.now();
    let calculated = on_evaluation_stack(|| Calculator::compile(&schema).values(&json!(entity), now));
    let calculated = calculated.map_err(|error| Trouble::failed(&error))?;
    let explanation = explanation::of_entity(site, &reader, &entity)?;
    let body = html! {
        p.lead { a href=(address::of_blueprint(blueprint)) { code { (blueprint) } } " · written " (updated(&entity.updated_at)) " UTC by " (entity.updated_by) }
        (properties(&schema, &entity, explanation.as_ref()))
        @if let Some(explanation) = &explanation { (expressions(site, explanation)) }
        (calculations(&schema, &calculated))
        (relations(&reader, &schema, &entity, &visible)?)
        (history(site, &entity, ask.roles().people)?)
        details { summary { "Raw JSON" } pre { code { (format!("{:#}", json!(entity))) } } }
        p.aside { "In a terminal: " code { "pilotage catalog get " (blueprint) " '" (identifier) "'" (site.flags) } }
    };
    Ok(Page::of(Section::Catalog, title(&entity), body).into())
}

fn title(entity: &StoredEntity) -> String {
    let title = entity.title.as_ref().and_then(Value::as_str).filter(|title| !title.is_empty());
    title.unwrap_or(&entity.identifier).to_owned()
}

/// A word of a property's schema.
fn word<'a>(schema: &'a Value, name: &str) -> &'a str {
    schema.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn value(value: &Value) -> Markup {
    html! {
        @match value {
            Value::Null => span.zero { "null" },
            Value::String(text) if text.starts_with("https://") => a href=(text) rel="noreferrer" { (text) },
            Value::String(text) => (text),
            Value::Array(items) if items.is_empty() => "[]",
            Value::Array(items) => details { summary { (counted(items.len() as u64, "element", "elements")) } pre { code { (format!("{value:#}")) } } },
            Value::Object(fields) => details { summary { (counted(fields.len() as u64, "field", "fields")) } pre { code { (format!("{value:#}")) } } },
            other => (other),
        }
    }
}

fn properties(blueprint: &Blueprint, entity: &StoredEntity, explanation: Option<&Explanation>) -> Markup {
    let others = entity.properties.keys().filter(|name| !blueprint.schema.properties.contains_key(*name));
    let none = Value::Null;
    html! {
        h2 { "Properties" }
        div.scroll tabindex="0" role="region" aria-label="Properties" {
            table.pairs {
                caption.unseen { "Properties" }
                thead.unseen { tr { th scope="col" { "Property" } th scope="col" { "Value" } th scope="col" { "Meaning" } } }
                tbody {
                    tr { th scope="row" { "Identifier" } td { (entity.identifier) } td {} }
                    @for name in blueprint.schema.properties.keys().chain(others) {
                        @let schema = blueprint.schema.properties.get(name).unwrap_or(&none);
                        @let held = entity.properties.get(name).unwrap_or(&none);
                        @let explained = explanation.and_then(|explanation| explanation.of(name));
                        tr {
                            th scope="row" { @if word(schema, "title").is_empty() { (name) } @else { (word(schema, "title")) br; code { (name) } } }
                            td { (value(held)) @if let Some(why) = explained.and_then(|explained| explained.null.as_ref()).filter(|_| held.is_null()) { p.reason { (with_code(why)) } } }
                            td.aside { (word(schema, "description")) }
                        }
                    }
                }
            }
        }
    }
}

/// The expressions that the values come of.
fn expressions(site: &Site, explanation: &Explanation) -> Markup {
    html! {
        details {
            summary { "Expressions of the mapping" }
            p {
                "From items of the kind " code { (explanation.kind) } ". "
                @if explanation.is_of_item { "Nulls are explained by this entity's own item, which the history keeps." }
                @else { "Its own item is not kept: " code { "pilotage preview --kind " (explanation.kind) " --explain" (site.flags) } " tries the expressions on others." }
            }
            div.scroll tabindex="0" role="region" aria-label="Expressions" {
                table.pairs {
                    caption.unseen { "Expressions" }
                    thead { tr { th scope="col" { "Property" } th scope="col" { "Expression" } } }
                    tbody { @for explained in &explanation.properties {
                        tr { th scope="row" { code { (explained.name) } } td { code { (explained.expression.trim_end()) } } }
                    } }
                }
            }
        }
    }
}

fn calculations(blueprint: &Blueprint, calculated: &[CalculatedProperty]) -> Markup {
    let schemas = blueprint.other.get("calculationProperties").unwrap_or(&Value::Null);
    html! {
        @if !calculated.is_empty() {
            h2 { "Calculated" }
            div.scroll tabindex="0" role="region" aria-label="Calculated properties" {
                table.pairs {
                    caption.unseen { "Calculated properties" }
                    thead.unseen { tr { th scope="col" { "Property" } th scope="col" { "Value" } th scope="col" { "Meaning" } } }
                    tbody {
                        @for property in calculated {
                            @let schema = schemas.get(&property.name).unwrap_or(&Value::Null);
                            tr {
                                th scope="row" { (word(schema, "title")) br; code { (property.name) } }
                                td { (value(&property.value)) @if let Some(failure) = &property.failure { p.reason { (with_code(failure)) } } }
                                td.aside { (word(schema, "description")) br; code { (word(schema, "calculation")) } }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn relations(
    reader: &LocalCatalogReader,
    blueprint: &Blueprint,
    entity: &StoredEntity,
    visible: &Visible,
) -> Result<Markup, Trouble> {
    let found =
        reader.related_to(&entity.blueprint, &entity.identifier, RELATED_AT_MOST + 1).map_err(|error| Trouble::failed(&error))?;
    let has_more = found.len() > RELATED_AT_MOST;
    let (shown, hidden): (Vec<RelatedEntity>, Vec<RelatedEntity>) =
        found.into_iter().take(RELATED_AT_MOST).partition(|related| visible.has(&related.blueprint));
    let outgoing: Vec<(&String, Vec<&str>)> =
        blueprint.relations.keys().map(|name| (name, targets(entity.relations.get(name)))).collect();
    Ok(html! {
        @if !outgoing.is_empty() || !shown.is_empty() || !hidden.is_empty() {
            h2 { "Relations" }
            dl {
                @for (name, identifiers) in &outgoing {
                    dt { code { (name) } }
                    dd { @if identifiers.is_empty() { span.zero { "none" } } @for (number, identifier) in identifiers.iter().enumerate() {
                        @if number > 0 { ", " }
                        @match blueprint.relation(name) {
                            Some(relation) if visible.has_relation(blueprint, name) => a href=(address::of_entity(&relation.target, identifier)) { (identifier) },
                            _ => span.zero { (identifier) },
                        }
                    } }
                }
                @if !shown.is_empty() || !hidden.is_empty() {
                    dt { "Related to this one" }
                    dd {
                        ul.plain { @for related in &shown { li { a href=(address::of_entity(&related.blueprint, &related.identifier)) { (related.identifier) } " " code { (related.blueprint) } } } }
                        @if !hidden.is_empty() { p.aside { (hidden.len()) " about people, not shown" } }
                        @if has_more { p.aside { "and more: the first " (RELATED_AT_MOST) } }
                    }
                }
            }
        }
    })
}

/// Identifiers of a relation.
fn targets(value: Option<&Value>) -> Vec<&str> {
    match value {
        Some(Value::String(identifier)) => vec![identifier],
        Some(Value::Array(identifiers)) => identifiers.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

/// Writes of this entity by the newest runs, newest first.
fn history(site: &Site, entity: &StoredEntity, has_people: bool) -> Result<Markup, Trouble> {
    let runs = site.runs();
    let ids = runs.ids().map_err(|error| Trouble::failed(&error))?;
    let (mut writes, mut looked): (Vec<(String, KeptChange)>, u64) = (Vec::new(), 0);
    for id in ids.iter().take(RUNS_SEARCHED) {
        let visit = |change: KeptChange| {
            looked += 1;
            if change.blueprint == entity.blueprint && change.identifier == entity.identifier {
                writes.push((id.to_string(), change));
                return ControlFlow::Break(());
            }
            if looked >= CHANGES_SEARCHED { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        // A damaged file hides the writes of one run, not the entity.
        if let Err(error) = runs.each_change(id, visit) {
            tracing::warn!(%error, "changes of a run cannot be read");
        }
        if looked >= CHANGES_SEARCHED {
            break;
        }
    }
    Ok(html! {
        h2 { "Writes" }
        @if writes.is_empty() { p.aside { "The kept changes of the newest " (RUNS_SEARCHED) " runs do not have it." } } @else {
            ul.plain { @for (run, change) in &writes {
                li {
                    (mark(&change.action)) " by " a href={ "/runs/" (run) } { code { (run) } }
                    @if !change.fields.is_empty() { (changes::fields(&change.fields, has_people)) }
                    @if let Some(reason) = &change.reason { p.reason { (with_code(reason)) } }
                }
            } }
        }
    })
}

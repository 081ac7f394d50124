//! Entities of a blueprint, page by page in the order of their identifiers.

use std::time::Duration;

use maud::{Markup, html};
use serde_json::Value;
use url::form_urlencoded;

use crate::local_catalog::{BrowsePage, BrowseRequest, BrowseRule, LocalCatalogError, PageStart, StoredEntity};
use crate::model::blueprint::Blueprint;
use crate::render::number::{self, counted};
use crate::web::answer::{Answer, Shown};
use crate::web::ask::Ask;
use crate::web::counts::Counted;
use crate::web::layout::{Page, Section};
use crate::web::part::{address, updated};
use crate::web::people::not_for_viewers;
use crate::web::site::Site;
use crate::web::trouble::Trouble;

/// Entities on a page.
const ON_A_PAGE: usize = 50;

/// Entities of a page for programs.
const ON_A_PAGE_OF_DATA: usize = 1_000;

/// Time after which a page says how far it looked.
const LOOKING: Duration = Duration::from_millis(900);

/// Columns that are shown when none are named.
const COLUMNS: usize = 5;

/// Columns that may be shown.
const COLUMNS_AT_MOST: usize = 12;

/// Longest text in a cell, in characters.
const CELL_CHARACTERS: usize = 60;

/// Operators that the page offers, with words. Those of the catalog's API.
const OPERATORS: [(&str, &str); 11] = [
    ("=", "is"),
    ("!=", "is not"),
    (">", "is more than"),
    (">=", "is at least"),
    ("<", "is less than"),
    ("<=", "is at most"),
    ("contains", "contains"),
    ("beginsWith", "begins with"),
    ("endsWith", "ends with"),
    ("isEmpty", "is empty"),
    ("isNotEmpty", "is not empty"),
];

/// What is asked for.
struct Selection<'a> {
    prefix: &'a str,
    start: PageStart<'a>,
    property: Option<&'a str>,
    operator: &'a str,
    value: &'a str,
    columns: Vec<&'a str>,
}

pub(in crate::web) fn show(site: &Site, ask: &Ask) -> Shown {
    let identifier = ask.part("blueprint");
    let nowhere =
        || Trouble::missing(format!("the local catalog has no blueprint `{identifier}`")).or_see("/catalog", "all blueprints");
    let reader = site.own_catalog()?.ok_or_else(nowhere)?;
    let blueprint = reader.blueprint(identifier).map_err(|error| Trouble::failed(&error))?.ok_or_else(nowhere)?;
    let visible = site.visible(ask.roles())?;
    if !visible.has(identifier) {
        return Err(not_for_viewers(identifier));
    }
    let selection = selection(ask, &blueprint)?;
    // A rule could be used to guess what is not shown.
    let is_hidden = |name: &str| blueprint.relations.contains_key(name) && !visible.has_relation(&blueprint, name);
    if let Some(name) = selection.property.filter(|name| is_hidden(name)) {
        return Err(not_for_viewers(&format!("{identifier}.{name}")));
    }
    let is_data = ask.query("as") == Some("ndjson");
    let value = selection.property.map(|property| typed(&blueprint, property, selection.value));
    let takes_value = !matches!(selection.operator, "isEmpty" | "isNotEmpty");
    let rule = selection.property.map(|property| BrowseRule {
        property,
        operator: selection.operator,
        value: value.as_ref().filter(|_| takes_value),
    });
    let request = BrowseRequest {
        blueprint: identifier,
        prefix: selection.prefix,
        start: selection.start,
        limit: if is_data { ON_A_PAGE_OF_DATA } else { ON_A_PAGE },
        rule,
        time: LOOKING,
        now: site.clock.now(),
    };
    let page = reader.browse(&request).map_err(|error| match error {
        LocalCatalogError::Query { message } => {
            Trouble::bad(message).or_see(address::of_blueprint(identifier), "the entities without that rule")
        }
        error => Trouble::failed(&error),
    })?;
    let mut page = page.ok_or_else(nowhere)?;
    page.entities = page.entities.into_iter().map(|entity| visible.part_of(&blueprint, entity)).collect();
    if is_data {
        let lines: String = page.entities.iter().map(|entity| format!("{}\n", serde_json::json!(entity))).collect();
        return Ok(Answer::Data {
            content_type: "application/x-ndjson",
            text: lines,
            file_name: Some(format!("{}.ndjson", file_name(identifier))),
        });
    }
    let count = site.count(&reader, identifier)?;
    let body = html! {
        (facts(&blueprint, count))
        (form(&blueprint, &selection))
        (table(&blueprint, &selection, &page))
        (pages(ask, &selection, &page))
        (schema(&blueprint))
    };
    let title = blueprint.title.clone().unwrap_or_else(|| identifier.to_owned());
    Ok(Page::of(Section::Catalog, title, body).into())
}

fn selection<'a>(ask: &'a Ask, blueprint: &Blueprint) -> Result<Selection<'a>, Trouble> {
    let start = match (ask.query("from"), ask.query("before")) {
        (Some(from), _) => PageStart::After(from),
        (None, Some(before)) => PageStart::Before(before),
        (None, None) => PageStart::First,
    };
    let operator = ask.query("is").unwrap_or("=");
    if !OPERATORS.iter().any(|(known, _)| *known == operator) {
        return Err(Trouble::bad(format!("`{operator}` is no operator of this page"))
            .or_see(address::of_blueprint(&blueprint.identifier), "the entities without that rule"));
    }
    let named: Vec<&str> =
        ask.query.iter().filter(|(name, value)| name == "column" && !value.is_empty()).map(|(_, value)| value.as_str()).collect();
    if let Some(unknown) =
        named.iter().find(|name| !blueprint.schema.properties.contains_key(**name) && !blueprint.relations.contains_key(**name))
    {
        let message = format!("`{}` has no property or relation `{unknown}`", blueprint.identifier);
        return Err(Trouble::bad(message).or_see(address::of_blueprint(&blueprint.identifier), "its entities"));
    }
    let columns = named.into_iter().take(COLUMNS_AT_MOST).collect();
    let (property, value) = (ask.query("property"), ask.query("value").unwrap_or_default());
    Ok(Selection { prefix: ask.query("prefix").unwrap_or_default(), start, property, operator, value, columns })
}

/// A value as the blueprint types it: `9000` of a number is a number.
fn typed(blueprint: &Blueprint, property: &str, value: &str) -> Value {
    let kind = blueprint.schema.properties.get(property).and_then(|schema| schema.get("type")).and_then(Value::as_str);
    match kind {
        Some("number" | "boolean" | "array" | "object") => serde_json::from_str(value).unwrap_or_else(|_| Value::from(value)),
        _ => Value::from(value),
    }
}

fn file_name(identifier: &str) -> String {
    identifier.chars().filter(|character| character.is_ascii_alphanumeric() || matches!(character, '_' | '-')).collect()
}

fn facts(blueprint: &Blueprint, count: Counted) -> Markup {
    html! {
        p.lead {
            code { (blueprint.identifier) } " · "
            @match count {
                Counted::Exactly(count) => (counted(count, "entity", "entities")),
                Counted::MoreThan(count) => { "more than " (number::count(count)) " entities; they are being counted" }
            }
        }
    }
}

fn form(blueprint: &Blueprint, selection: &Selection<'_>) -> Markup {
    let properties = || blueprint.schema.properties.keys().chain(blueprint.relations.keys());
    html! {
        form.line method="get" action=(address::of_blueprint(&blueprint.identifier)) role="search" {
            label for="prefix" { "Identifier begins with" }
            input id="prefix" name="prefix" value=(selection.prefix) autocomplete="off" spellcheck="false";
            label for="property" { "and" }
            select id="property" name="property" {
                option value="" { "any property" }
                @for name in properties() { option value=(name) selected[selection.property == Some(name.as_str())] { (name) } }
            }
            label.unseen for="is" { "Comparison" }
            select id="is" name="is" {
                @for (operator, words) in OPERATORS { option value=(operator) selected[operator == selection.operator] { (words) } }
            }
            label.unseen for="value" { "Value" }
            input id="value" name="value" value=(selection.value) autocomplete="off" spellcheck="false";
            @for column in &selection.columns { input type="hidden" name="column" value=(column); }
            button type="submit" { "Look" }
        }
        details.columns {
            summary { "Columns" }
            form method="get" action=(address::of_blueprint(&blueprint.identifier)) {
                @if !selection.prefix.is_empty() { input type="hidden" name="prefix" value=(selection.prefix); }
                @if let Some(property) = selection.property {
                    input type="hidden" name="property" value=(property);
                    input type="hidden" name="is" value=(selection.operator);
                    input type="hidden" name="value" value=(selection.value);
                }
                fieldset {
                    legend { "At most " (COLUMNS_AT_MOST) }
                    @for name in properties() {
                        label { input type="checkbox" name="column" value=(name) checked[shown_columns(blueprint, selection).contains(&name.as_str())]; " " (name) }
                    }
                }
                button type="submit" { "Show" }
            }
        }
    }
}

/// Names of the shown columns: the chosen ones, or the first properties.
fn shown_columns<'a>(blueprint: &'a Blueprint, selection: &Selection<'a>) -> Vec<&'a str> {
    if selection.columns.is_empty() {
        blueprint.schema.properties.keys().take(COLUMNS).map(String::as_str).collect()
    } else {
        selection.columns.clone()
    }
}

fn table(blueprint: &Blueprint, selection: &Selection<'_>, page: &BrowsePage) -> Markup {
    let columns = shown_columns(blueprint, selection);
    html! {
        @if !page.entities.is_empty() {
            div.scroll tabindex="0" role="region" aria-label="Entities" {
                table {
                    caption { "Entities, by identifier" }
                    thead { tr {
                        th scope="col" { "Identifier" }
                        @for column in &columns { th scope="col" class=[is_number(blueprint, column).then_some("number")] { (column) } }
                        th scope="col" { "Updated" }
                    } }
                    tbody { @for entity in &page.entities { (row(blueprint, &columns, entity)) } }
                }
            }
        }
        @if let Some(property) = selection.property {
            p role="status" {
                "Rule on " code { (property) } ": looked at " (counted(page.looked, "entity", "entities")) ", "
                @if page.entities.is_empty() { "none" } @else { (number::count(page.entities.len() as u64)) } " found"
                @if page.is_cut { ", and stopped after " (LOOKING.as_millis()) " ms" } @else if page.next.is_none() { ", to the end" }
                "."
            }
        } @else if page.entities.is_empty() {
            p { @if selection.prefix.is_empty() { "There are no entities here." } @else { "No identifier begins with " code { (selection.prefix) } "." } }
        }
    }
}

fn row(blueprint: &Blueprint, columns: &[&str], entity: &StoredEntity) -> Markup {
    html! {
        tr {
            th scope="row" { a href=(address::of_entity(&entity.blueprint, &entity.identifier)) { (entity.identifier) } }
            @for column in columns {
                @let value = entity.properties.get(*column).or_else(|| entity.relations.get(*column)).unwrap_or(&Value::Null);
                td class=[is_number(blueprint, column).then_some("number")] { (cell(value)) }
            }
            td { (updated(&entity.updated_at)) }
        }
    }
}

fn is_number(blueprint: &Blueprint, column: &str) -> bool {
    blueprint.schema.properties.get(column).and_then(|schema| schema.get("type")) == Some(&Value::from("number"))
}

/// A value in short. The whole is on the page of its entity.
fn cell(value: &Value) -> Markup {
    let text = match value {
        Value::Null => return html! { span.zero { "null" } },
        // A day is written as its first moment.
        Value::String(text) => text.strip_suffix("T00:00:00Z").unwrap_or(text).to_owned(),
        Value::Array(elements) => counted(elements.len() as u64, "element", "elements"),
        Value::Object(fields) => counted(fields.len() as u64, "field", "fields"),
        other => other.to_string(),
    };
    let short = text.char_indices().nth(CELL_CHARACTERS).map(|(end, _)| format!("{}…", &text[..end]));
    html! { (short.unwrap_or(text)) }
}

fn pages(ask: &Ask, selection: &Selection<'_>, page: &BrowsePage) -> Markup {
    let identifier = ask.part("blueprint");
    let link = |name: &str, value: &str| {
        let kept =
            ask.query.iter().filter(|(name, value)| !matches!(name.as_str(), "from" | "before" | "as") && !value.is_empty());
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(kept).append_pair(name, value);
        format!("{}?{}", address::of_blueprint(identifier), query.finish())
    };
    html! {
        nav.pages aria-label="Pages of entities" {
            @if selection.start != PageStart::First { a href=(link("from", "").trim_end_matches("from=").trim_end_matches(['&', '?'])) { "« first" } }
            @if let Some(previous) = &page.previous { a href=(link("before", previous)) rel="prev" { "‹ previous" } }
            @if let Some(next) = &page.next {
                a href=(link("from", next)) rel="next" { @if page.is_cut { "look further ›" } @else { "next ›" } }
            }
            @if !page.entities.is_empty() { a href=(link("as", "ndjson")) download { "this page, up to " (number::count(ON_A_PAGE_OF_DATA as u64)) " entities, as NDJSON" } }
        }
    }
}

fn schema(blueprint: &Blueprint) -> Markup {
    let calculated = blueprint.other.get("calculationProperties").and_then(Value::as_object);
    let text = |schema: &Value, name: &str| schema.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let properties = blueprint.schema.properties.iter().map(|(name, schema)| (name, schema, false));
    let calculated = calculated.into_iter().flatten().map(|(name, schema)| (name, schema, true));
    html! {
        details {
            summary { "Schema of this blueprint" }
            div.scroll tabindex="0" role="region" aria-label="Schema" {
                table.wrap {
                    caption { "Properties and relations" }
                    thead { tr { th scope="col" { "Name" } th scope="col" { "Type" } th scope="col" { "Title" } th scope="col" { "Meaning" } } }
                    tbody {
                        @for (name, schema, is_calculated) in properties.chain(calculated) {
                            tr {
                                th scope="row" { code { (name) } }
                                td { (text(schema, "type")) @if is_calculated { ", calculated" } }
                                td { (text(schema, "title")) }
                                td { (text(schema, "description")) @if is_calculated { br; code { (text(schema, "calculation")) } } }
                            }
                        }
                        @for name in blueprint.relations.keys() {
                            @let relation = blueprint.relation(name);
                            tr {
                                th scope="row" { code { (name) } }
                                td { "relation" @if relation.as_ref().is_some_and(|relation| relation.many) { " to many" } }
                                td {}
                                td { @if let Some(relation) = &relation { "to " a href=(address::of_blueprint(&relation.target)) { code { (relation.target) } } } }
                            }
                        }
                    }
                }
            }
        }
    }
}

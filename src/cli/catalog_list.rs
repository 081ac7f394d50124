//! `pilotage catalog list`: blueprints with their counts, or entities with columns of their properties.

use serde_json::{Value, json};

use super::choices;
use super::console::{self, Written, talk};
use super::failure::{Failure, exit};
use super::flags::{CatalogListFlags, ListFormat};
use super::style;
use crate::local_catalog::{
    BlueprintSummary, EntityPage, EntityPageRequest, LocalCatalogError, LocalCatalogReader, StoredEntity,
};
use crate::render::csv;
use crate::render::number::{count, counted};
use crate::render::table::{Align, Table};

/// Columns of entities when none are named.
const COLUMNS: [&str; 3] = ["identifier", "title", "updated"];

pub(super) fn run(reader: &LocalCatalogReader, flags: &CatalogListFlags) -> Result<u8, Failure> {
    match &flags.blueprint {
        None => list_blueprints(reader, flags.output)?,
        Some(blueprint) => list_entities(reader, blueprint, flags)?,
    }
    Ok(exit::DONE)
}

fn list_blueprints(reader: &LocalCatalogReader, output: ListFormat) -> Result<(), Failure> {
    let blueprints = reader.blueprints().map_err(|error| failure(&error))?;
    let title = |summary: &BlueprintSummary| summary.blueprint.title.clone().unwrap_or_default();
    let text = match output {
        ListFormat::Text => {
            let table = Table::new([("blueprint", Align::Left), ("title", Align::Left), ("entities", Align::Right)]);
            let row =
                |summary: &BlueprintSummary| [summary.blueprint.identifier.clone(), title(summary), count(summary.entities)];
            style::fitted(&blueprints.iter().fold(table, |table, summary| table.row(row(summary))))
        }
        ListFormat::Json => {
            let one = |summary: &BlueprintSummary| json!({ "identifier": summary.blueprint.identifier, "title": title(summary), "entities": summary.entities });
            format!("{:#}\n", blueprints.iter().map(one).collect::<Value>())
        }
        ListFormat::Csv => {
            let row = |summary: &BlueprintSummary| {
                let texts = [summary.blueprint.identifier.clone(), title(summary)].map(|text| csv::field(&text));
                csv::line(&[texts.as_slice(), &[summary.entities.to_string()]].concat())
            };
            "blueprint,title,entities\n".to_owned() + &blueprints.iter().map(row).collect::<String>()
        }
    };
    console::data(written(output), &text)?;
    Ok(())
}

fn list_entities(reader: &LocalCatalogReader, blueprint: &str, flags: &CatalogListFlags) -> Result<(), Failure> {
    check_columns(reader, blueprint, &flags.columns)?;
    let limit = if flags.limit == 0 { usize::MAX } else { flags.limit };
    let request = EntityPageRequest { after: None, limit, query: None, text: "", now: jiff::Timestamp::now() };
    let page = reader.page(blueprint, &request).map_err(|error| failure(&error))?;
    let EntityPage { entities: shown, next } = page.ok_or_else(|| no_blueprint(blueprint))?;
    let unshown = match next {
        Some(_) => reader.count(blueprint).map_err(|error| failure(&error))?.saturating_sub(shown.len() as u64),
        None => 0,
    };
    let text = match flags.output {
        ListFormat::Text => {
            let table = Table::new(headers(&flags.columns).into_iter().map(|header| (header, Align::Left)));
            style::fitted(&shown.iter().fold(table, |table, entity| table.row(cells(entity, &flags.columns))))
        }
        ListFormat::Json if flags.columns.is_empty() => format!("{:#}\n", json!(shown)),
        ListFormat::Json => {
            let one = |entity: &StoredEntity| -> Value {
                let named = flags.columns.iter().map(|name| (name.clone(), value(entity, name).clone()));
                std::iter::once(("identifier".to_owned(), json!(entity.identifier))).chain(named).collect()
            };
            format!("{:#}\n", shown.iter().map(one).collect::<Value>())
        }
        ListFormat::Csv => {
            let line = |fields: Vec<String>| csv::line(&fields.iter().map(|text| csv::field(text)).collect::<Vec<_>>());
            let header = line(headers(&flags.columns).into_iter().map(str::to_owned).collect());
            header + &shown.iter().map(|entity| line(cells(entity, &flags.columns))).collect::<String>()
        }
    };
    console::data(written(flags.output), &text)?;
    if unshown > 0 {
        talk(&format!("and {} more; --limit 0 shows all", counted(unshown, "entity", "entities")));
    }
    Ok(())
}

/// Refuses a column that no entity of the blueprint can have.
fn check_columns(reader: &LocalCatalogReader, blueprint: &str, columns: &[String]) -> Result<(), Failure> {
    let blueprints = reader.blueprints().map_err(|error| failure(&error))?;
    let found = blueprints.into_iter().map(|summary| summary.blueprint).find(|found| found.identifier == blueprint);
    let found = found.ok_or_else(|| no_blueprint(blueprint))?;
    let known: Vec<&str> = found.schema.properties.keys().chain(found.relations.keys()).map(String::as_str).collect();
    let Some(unknown) = columns.iter().find(|column| !known.contains(&column.as_str())) else { return Ok(()) };
    let failure = Failure::wrong(format!("blueprint `{blueprint}` has no property or relation `{unknown}`"));
    Err(match choices::nearest(unknown, known.iter().copied()) {
        Some(near) => failure.help(format!("did you mean `{near}`?")),
        None => failure.help(format!("it has {}", known.join(", "))),
    })
}

fn headers(columns: &[String]) -> Vec<&str> {
    if columns.is_empty() {
        COLUMNS.to_vec()
    } else {
        std::iter::once("identifier").chain(columns.iter().map(String::as_str)).collect()
    }
}

fn cells(entity: &StoredEntity, columns: &[String]) -> Vec<String> {
    let identifier = entity.identifier.clone();
    if columns.is_empty() {
        return vec![identifier, entity.title.as_ref().map(plain).unwrap_or_default(), entity.updated_at.clone()];
    }
    std::iter::once(identifier).chain(columns.iter().map(|name| plain(value(entity, name)))).collect()
}

fn value<'a>(entity: &'a StoredEntity, name: &str) -> &'a Value {
    entity.properties.get(name).or_else(|| entity.relations.get(name)).unwrap_or(&Value::Null)
}

/// A value in a cell: a text as it is, nothing for null, everything else as JSON.
fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn written(output: ListFormat) -> Written {
    match output {
        ListFormat::Text => Written::Page,
        ListFormat::Json => Written::Json,
        ListFormat::Csv => Written::File,
    }
}

pub(super) fn failure(error: &LocalCatalogError) -> Failure {
    Failure::from_error(exit::FAILED, error)
}

pub(super) fn no_blueprint(blueprint: &str) -> Failure {
    Failure::failed(format!("the catalog has no blueprint `{blueprint}`")).help("`pilotage catalog list` shows those it has")
}

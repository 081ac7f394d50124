//! Explanation of an entity: the expressions of its properties, and why one is null. Where the history has the item that the entity
//! came of, the expressions are evaluated on it once more; else the newest run's report says what it met.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::authoring::run_at;
use crate::door::stack::on_evaluation_stack;
use crate::history::fact::Part;
use crate::history::reader::KeptFact;
use crate::kind::{self, Kind, ScopeLevel};
use crate::local_catalog::{LocalCatalogReader, StoredEntity};
use crate::mapping::bundled;
use crate::mapping::evaluate::{CompiledMapping, CompiledResource, text_constant};
use crate::mapping::explain::End;
use crate::mapping::file::{Mapping, Resource};
use crate::mapping::program::CompileOptions;
use crate::model::day::Day;
use crate::model::item::{Batch, RawItem};
use crate::model::mapping_origin::MappingOrigin;
use crate::runs::{KeptResource, KeptRun};
use crate::web::site::Site;
use crate::web::trouble::Trouble;

/// Characters of a text in which a day is looked for.
const DAY_CHARACTERS: usize = 10;

/// Days that an entity may name, and that are looked for in the history.
const DAYS_AT_MOST: usize = 4;

/// What is known of how a blueprint's entities are made.
#[derive(Debug, Default)]
pub(crate) struct Explanation {
    /// The kind whose items become the entities.
    pub(crate) kind: String,
    /// One for each property of the mapping, in its order.
    pub(crate) properties: Vec<PropertyExplanation>,
    /// True when the item itself was looked at again.
    pub(crate) is_of_item: bool,
}

/// One property.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PropertyExplanation {
    pub(crate) name: String,
    /// The jq text.
    pub(crate) expression: String,
    /// Reason for null, if it is null and the reason is known.
    pub(crate) null: Option<String>,
}

impl Explanation {
    /// The explanation of a property.
    pub(crate) fn of(&self, property: &str) -> Option<&PropertyExplanation> {
        self.properties.iter().find(|explained| explained.name == property)
    }
}

/// Explains an entity. None without a mapping that fills its blueprint.
///
/// # Errors
/// The reports, the catalog or the history cannot be read.
pub(crate) fn of_entity(site: &Site, reader: &LocalCatalogReader, entity: &StoredEntity) -> Result<Option<Explanation>, Trouble> {
    let runs = site.runs();
    let ids = runs.ids().map_err(|error| Trouble::failed(&error))?;
    let Some(run) = runs.of(&ids[..ids.len().min(1)]).0.into_iter().next() else { return Ok(None) };
    let Some(mapping) = mapping_of(&run, reader)? else { return Ok(None) };
    let is_filled = |resource: &&Resource| {
        text_constant(&resource.port.entity.mappings.blueprint.text).as_deref() == Some(entity.blueprint.as_str())
    };
    let resources: Vec<Resource> = mapping.resources.iter().filter(is_filled).cloned().collect();
    let Some(first) = resources.first() else { return Ok(None) };
    let of_item = kept_items(site, &resources, entity)?;
    let evaluated =
        on_evaluation_stack(|| of_item.iter().find_map(|(resource, batch)| evaluated(&mapping, resource, batch, entity)));
    if let Some(explanation) = evaluated.map_err(|error| Trouble::failed(&error))? {
        return Ok(Some(explanation));
    }
    let report = run.resources.iter().find(|one| kind_is(&one.kind, &first.kind.text));
    Ok(Some(of_report(first, report)))
}

/// The mapping of a run: the one that the integration keeps, else the bundled one of its name. That of a file is not at hand, but
/// the integration keeps a copy of the first.
fn mapping_of(run: &KeptRun, reader: &LocalCatalogReader) -> Result<Option<Mapping>, Trouble> {
    let stored = reader.integration_mapping(&run.integration).map_err(|error| Trouble::failed(&error))?;
    let bundled = |origin: &MappingOrigin| match origin {
        MappingOrigin::Bundled(name) => bundled::ALL.iter().find(|bundled| bundled.file == name),
        MappingOrigin::File(_) | MappingOrigin::Catalog => None,
    };
    Ok(match (stored, run.mapping.as_ref().and_then(bundled)) {
        (_, Some(bundled)) => Mapping::read(bundled.text, bundled.file).0,
        (Some(stored), None) => Mapping::from_json(&stored).0,
        (None, None) => None,
    })
}

fn kind_is(one: &str, other: &str) -> bool {
    one == other || kind::find(one).is_some_and(|kind| kind::find(other) == Some(kind))
}

/// Items in the history that the entity may have come of, with the resource that maps each: rows of the days that it names.
fn kept_items<'a>(site: &Site, resources: &'a [Resource], entity: &StoredEntity) -> Result<Vec<(&'a Resource, Batch)>, Trouble> {
    let failed = |error| Trouble::failed(&error);
    let of_days: Vec<(&Resource, &'static Kind)> = resources
        .iter()
        .filter_map(|resource| Some((resource, kind::find(&resource.kind.text)?)))
        .filter(|(_, kind)| Part::of_kind(kind) == Some(Part::Aggregate) && kind.has_day_rows())
        .collect();
    let Some(history) = site.history()?.filter(|_| !of_days.is_empty()) else { return Ok(Vec::new()) };
    let mut items = Vec::new();
    for scope in history.scopes().map_err(failed)? {
        for day in days_of(entity) {
            let mut rows = Vec::new();
            let take = |fact: KeptFact| rows.push(fact.content);
            history.days(&scope, Part::Aggregate, (day, day), take).map_err(failed)?;
            for (resource, kind) in of_days.iter().filter(|(_, kind)| kind.scope.is_enterprise() == scope.is_enterprise()) {
                items.extend(rows.iter().map(|row| (*resource, batch(kind.scope, &scope.name, row))));
            }
        }
    }
    Ok(items)
}

/// Days that an entity names in its identifier and its properties.
fn days_of(entity: &StoredEntity) -> Vec<Day> {
    let texts = std::iter::once(entity.identifier.as_str()).chain(entity.properties.values().filter_map(Value::as_str));
    let mut days: Vec<Day> = Vec::new();
    for text in texts {
        for (start, _) in text.char_indices() {
            let Some(part) = text.get(start..start + DAY_CHARACTERS) else { continue };
            days.extend(part.parse::<Day>().ok().filter(|day| !days.contains(day)));
            if days.len() == DAYS_AT_MOST {
                return days;
            }
        }
    }
    days
}

/// A row as the item that a mapping sees. What a resync adds of the owner is made of the row itself.
fn batch(level: ScopeLevel, owner: &str, row: &[u8]) -> Batch {
    let parsed: Value = serde_json::from_slice(row).unwrap_or_default();
    let (name, id) = if level.is_enterprise() { ("slug", "enterprise_id") } else { ("login", "organization_id") };
    let id = parsed.get(id).cloned().unwrap_or_default();
    Batch {
        source: Arc::from("the history"),
        enrichment: Arc::new(level.enrichment(json!({ name: owner, "id": id }), None)),
        items: vec![RawItem { json: row.to_vec().into(), line: 1 }],
    }
}

/// The expressions, evaluated on an item; none when another entity comes of it.
fn evaluated(mapping: &Mapping, resource: &Resource, batch: &Batch, entity: &StoredEntity) -> Option<Explanation> {
    let alone = Mapping { resources: vec![resource.clone()], ..mapping.clone() };
    let compiled = CompiledMapping::compile(&alone, &CompileOptions::default());
    let of_resource: &CompiledResource = compiled.resources().first()?;
    let run = run_at(jiff::Timestamp::UNIX_EPOCH);
    let is_meant = |end: &End| matches!(end, End::Entity(made) if made.identifier.as_str().is_some_and(|made| made.eq_ignore_ascii_case(&entity.identifier)));
    let explained = of_resource.explain(batch, &run).into_iter().find(|explained| is_meant(&explained.end))?;
    let properties = explained.values.into_iter().filter_map(|value| {
        let name = value.path.strip_prefix("properties.")?.to_owned();
        Some(PropertyExplanation { name, expression: value.expression, null: value.null.map(|why| why.to_string()) })
    });
    Some(Explanation { kind: resource.kind.text.clone(), properties: properties.collect(), is_of_item: true })
}

/// The expressions with what the newest run met.
fn of_report(resource: &Resource, report: Option<&KeptResource>) -> Explanation {
    let properties = resource.port.entity.mappings.properties.iter().flat_map(|properties| &properties.0);
    let properties = properties.map(|(name, expression)| {
        let null = report.and_then(|report| report.nulls.get(&format!("properties.{name}")));
        let null = null.map(|null| {
            let remark = null.remark.as_ref().map_or(&null.reason, |remark| remark);
            format!("null for {} of the newest run's items: {remark}", null.count)
        });
        PropertyExplanation { name: name.clone(), expression: expression.text.to_string(), null }
    });
    Explanation { kind: resource.kind.text.clone(), properties: properties.collect(), is_of_item: false }
}

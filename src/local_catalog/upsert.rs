//! Creating and updating one entity: identifier, merging with the current one, relations.

use jiff::Timestamp;
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use serde_json::value::RawValue;

use super::error::ApiError;
use super::fields::JsonFields;
use super::rules::Query;
use super::search;
use super::storage::entities::{self, Content, EntityView, RelationTarget, Stamp};
use super::storage::store::Store;
use super::storage::stored_blueprint::StoredBlueprint;
use super::storage::walk::{self, Columns, Direction};
use super::validate::{self, identifier};

/// Most entities that a query in a relation may find.
const RELATION_LIMIT: usize = 100;

/// Sent entity. Other keys are ignored, as is `blueprint`: the path has it.
#[derive(Deserialize)]
pub(crate) struct SentEntity<'a> {
    #[serde(borrow, default, deserialize_with = "sent")]
    identifier: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "sent")]
    title: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "sent")]
    icon: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "sent")]
    team: Option<&'a RawValue>,
    #[serde(borrow)]
    properties: Option<JsonFields<'a>>,
    #[serde(borrow)]
    relations: Option<JsonFields<'a>>,
}

/// Tells null from a missing key.
fn sent<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<&'de RawValue>, D::Error> {
    <&RawValue>::deserialize(deserializer).map(Some)
}

/// Options of a write.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct WriteOptions {
    /// An existing entity may be written.
    pub(crate) upsert: bool,
    /// Fields that were not sent are kept.
    pub(crate) merge: bool,
    /// A missing entity may be created. Only updates do not.
    pub(crate) create: bool,
    pub(crate) create_missing_related: bool,
    pub(crate) validation_only: bool,
}

/// Checks that the catalog makes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ValidationOptions {
    /// Entities must match their blueprints.
    pub(crate) validation: bool,
    /// Properties that a blueprint does not have are stored.
    pub(crate) accept_unknown_properties: bool,
}

/// Values that are the same for all entities of one request.
pub(crate) struct WriteContext<'a> {
    pub(crate) blueprint: &'a StoredBlueprint,
    pub(crate) write_options: WriteOptions,
    pub(crate) validation_options: ValidationOptions,
    pub(crate) stamp: Stamp,
    pub(crate) now: Timestamp,
}

/// Result of a write.
#[derive(Debug)]
pub(crate) struct Upserted {
    pub(crate) identifier: String,
    pub(crate) created: bool,
}

/// Refusal, with the identifier of the entity as far as it is known.
#[derive(Debug)]
pub(crate) struct RefusedWrite {
    pub(crate) identifier: String,
    pub(crate) error: ApiError,
}

/// Identifier of an entity in the API's answers when a query was to find it.
pub(crate) const UNKNOWN: &str = "unknown";

/// Creates or updates an entity. A refusal writes nothing.
pub(crate) fn upsert(store: &mut Store, context: &WriteContext<'_>, text: &str) -> Result<Upserted, RefusedWrite> {
    // The problem need not be the identifier.
    let name = || identifier::as_text(&JsonFields::parse(text).ok()?.value("identifier"));
    let sent: SentEntity<'_> = serde_json::from_str(text).map_err(|error| RefusedWrite {
        identifier: name().unwrap_or_else(|| UNKNOWN.to_owned()),
        error: ApiError::invalid(format!("entity {error}")),
    })?;
    let identifier = identifier_of(store, context, sent.identifier)?;
    write(store, context, sent, &identifier)
        .map_err(|error| RefusedWrite { identifier: identifier.clone(), error })
        .map(|created| Upserted { identifier, created })
}

/// Updates the entity of this identifier. An identifier in the text is ignored.
pub(crate) fn update(store: &mut Store, context: &WriteContext<'_>, identifier: &str, text: &str) -> Result<(), ApiError> {
    let sent: SentEntity<'_> = serde_json::from_str(text).map_err(|error| ApiError::invalid(format!("entity {error}")))?;
    if let Some(other) =
        sent.identifier.filter(|json| serde_json::from_str::<String>(json.get()).ok().as_deref() != Some(identifier))
    {
        return Err(ApiError::invalid(format!("renaming \"{identifier}\" to {other} is not supported by the local catalog")));
    }
    write(store, context, sent, identifier).map(|_| ())
}

/// Identifier as text, or that of the only entity that a query finds.
fn identifier_of(store: &Store, context: &WriteContext<'_>, json: Option<&RawValue>) -> Result<String, RefusedWrite> {
    let refused = |identifier: &str, error| RefusedWrite { identifier: identifier.to_owned(), error };
    let json = json.map_or("null", RawValue::get);
    let value: Value = serde_json::from_str(json).unwrap_or_default();
    if value.is_object() {
        return find_by_query(store, context, &value).map_err(|error| refused(UNKNOWN, error));
    }
    let wrong = |problem: &str| refused(json, ApiError::invalid(format!("\"identifier\" {problem}")));
    let text = identifier::as_text(&value).ok_or_else(|| wrong("must be string"))?;
    if context.validation_options.validation {
        identifier::check_entity(&text)
            .map_err(|problem| refused(&text, ApiError::invalid(format!("\"identifier\" {problem}"))))?;
    }
    Ok(text)
}

fn find_by_query(store: &Store, context: &WriteContext<'_>, value: &Value) -> Result<String, ApiError> {
    let query = plain_query(value)?;
    let mut found = search::identifiers(&store.connection, context.blueprint.number, &query, 2, context.now)?;
    match (found.pop(), found.len()) {
        (Some(identifier), 0) => Ok(identifier),
        (Some(_), _) => Err(ApiError::invalid("the query in \"identifier\" matches more than one entity")),
        (None, _) => Err(ApiError::new(404, "not_found", "the query in \"identifier\" matches no entity")),
    }
}

fn plain_query(value: &Value) -> Result<Query, ApiError> {
    let query = Query::parse(value).map_err(ApiError::invalid)?;
    if query.is_plain() {
        Ok(query)
    } else {
        Err(ApiError::invalid("a query in an entity may only use the operators =, in, contains and containsAny"))
    }
}

/// Writes the entity. True when it is new.
fn write(store: &mut Store, context: &WriteContext<'_>, sent: SentEntity<'_>, identifier: &str) -> Result<bool, ApiError> {
    let WriteContext { blueprint, write_options, validation_options, stamp, .. } = context;
    let current = entities::find(&store.connection, blueprint.number, identifier)?;
    match &current {
        Some(_) if !write_options.upsert => return Err(ApiError::taken("Entity", identifier)),
        None if !write_options.create => return Err(ApiError::not_found("Entity", identifier)),
        _ => {}
    }
    let properties = sent.properties.unwrap_or_default();
    let mut relations = sent.relations.unwrap_or_default();
    resolve_queries(store, context, &mut relations)?;
    let text = |json: Option<&RawValue>| json.map(|json| json.get().to_owned());
    let (mut title, mut icon, team) = (text(sent.title), text(sent.icon), text(sent.team));
    if validation_options.validation {
        for (name, label) in [("title", &mut title), ("icon", &mut icon)] {
            if let Some(json) = label {
                *json = validate::label(name, json)?;
            }
        }
        team.as_deref().map_or(Ok(()), validate::team)?;
        blueprint.rules.check_properties(&properties, validation_options.accept_unknown_properties)?;
        blueprint.rules.check_relations(&relations)?;
    }
    let missing = missing(store, context, identifier, &relations)?;
    let kept = current.as_ref().filter(|_| write_options.merge).map(|entity| &entity.content);
    let properties = merged(kept.map(|content| content.properties.as_str()), properties);
    let relations = merged(kept.map(|content| content.relations.as_str()), relations);
    if validation_options.validation {
        blueprint.rules.check_required(&properties, &relations)?;
    }
    if write_options.validation_only {
        return Ok(current.is_none());
    }
    for target in &missing {
        create_bare(store, target, *stamp)?;
    }
    let or_kept =
        |sent: Option<String>, part: fn(&Content) -> &Option<String>| sent.or_else(|| kept.and_then(|kept| part(kept).clone()));
    let content = Content {
        title: or_kept(title, |content| &content.title),
        icon: or_kept(icon, |content| &content.icon),
        team: or_kept(team, |content| &content.team),
        properties: written(&properties),
        relations: written(&relations),
    };
    let number = match &current {
        Some(entity) => {
            entities::update(&store.connection, entity.number, &content, *stamp)?;
            entity.number
        }
        None => entities::insert(&store.connection, blueprint.number, identifier, &content, *stamp)?,
    };
    // Most entities have no relations, and most updates change none.
    if content.relations != current.as_ref().map_or("{}", |entity| &entity.content.relations) {
        let targets = targets(store, blueprint, &relations)?;
        entities::set_related(&store.connection, number, &targets)?;
    }
    Ok(current.is_none())
}

fn merged<'a>(kept: Option<&'a str>, sent: JsonFields<'a>) -> JsonFields<'a> {
    let mut fields = kept.map(|kept| JsonFields::parse(kept).unwrap_or_default()).unwrap_or_default();
    fields.merge(sent);
    fields
}

fn written(fields: &JsonFields<'_>) -> String {
    let mut text = String::new();
    fields.write(&mut text);
    text
}

/// Replaces queries in relations by the entities that they find. Relations that the blueprint does not have stay as sent.
fn resolve_queries(store: &mut Store, context: &WriteContext<'_>, relations: &mut JsonFields<'_>) -> Result<(), ApiError> {
    relations.replace_each(|name, json| {
        let Some(relation) = context.blueprint.rules.relations.get(name).filter(|_| json.starts_with('{')) else {
            return Ok(None);
        };
        let query = plain_query(&serde_json::from_str(json).unwrap_or_default())?;
        let found = match store.blueprint(&relation.target)? {
            Some(target) => search::identifiers(&store.connection, target.number, &query, RELATION_LIMIT + 1, context.now)?,
            None => Vec::new(),
        };
        match found.as_slice() {
            _ if found.len() > RELATION_LIMIT => {
                Err(ApiError::invalid(format!("the query in relation \"{name}\" matches more than {RELATION_LIMIT} entities")))
            }
            _ if relation.many => Ok(Some(Value::from(found).to_string())),
            [one] => Ok(Some(Value::from(one.as_str()).to_string())),
            [] => Err(ApiError::new(404, "not_found", format!("the query in relation \"{name}\" matches no entity"))),
            _ => Err(ApiError::invalid(format!("the query in relation \"{name}\" matches more than one entity"))),
        }
    })
}

/// Targets of the relations that the blueprint has and whose blueprint exists.
fn targets(store: &mut Store, blueprint: &StoredBlueprint, relations: &JsonFields<'_>) -> Result<Vec<RelationTarget>, ApiError> {
    let mut targets = Vec::new();
    for (name, json) in relations.iter() {
        let Some(relation) = blueprint.rules.relations.get(name).filter(|_| json != "null") else { continue };
        let Some(target) = store.blueprint(&relation.target)? else { continue };
        match serde_json::from_str(json).unwrap_or_default() {
            Value::String(identifier) => targets.push((target.number, identifier)),
            Value::Array(list) => {
                let identifiers = list.into_iter().filter_map(|value| value.as_str().map(str::to_owned));
                targets.extend(identifiers.map(|identifier| (target.number, identifier)));
            }
            _ => {}
        }
    }
    Ok(targets)
}

/// Related entities that do not exist and must be created first.
fn missing(
    store: &mut Store,
    context: &WriteContext<'_>,
    identifier: &str,
    relations: &JsonFields<'_>,
) -> Result<Vec<RelationTarget>, ApiError> {
    let WriteContext { blueprint, write_options, validation_options, .. } = context;
    let mut missing = Vec::new();
    for target in targets(store, blueprint, relations)? {
        let is_itself = target.0 == blueprint.number && target.1 == identifier;
        if is_itself || missing.contains(&target) || entities::number(&store.connection, target.0, &target.1)?.is_some() {
            continue;
        }
        // Port's own users and teams are not created here.
        let is_system = ["_user", "_team"]
            .into_iter()
            .any(|name| store.blueprint(name).ok().flatten().is_some_and(|system| system.number == target.0));
        if write_options.create_missing_related && !is_system {
            if validation_options.validation {
                identifier::check_entity(&target.1)
                    .map_err(|problem| ApiError::invalid(format!("related identifier \"{}\" {problem}", target.1)))?;
            }
            missing.push(target);
        } else if validation_options.validation {
            return Err(ApiError::not_found("Entity", &target.1));
        }
    }
    Ok(missing)
}

/// Creates an entity with an identifier only, because another one relates to it.
fn create_bare(store: &Store, target: &RelationTarget, stamp: Stamp) -> Result<(), ApiError> {
    let (blueprint, identifier) = target;
    let content = Content {
        title: Some(Value::from(identifier.as_str()).to_string()),
        properties: "{}".to_owned(),
        relations: "{}".to_owned(),
        ..Content::default()
    };
    entities::insert(&store.connection, *blueprint, identifier, &content, stamp).map(|_| ())
}

/// Stores the relations of each entity of a blueprint again, after its relations have changed.
pub(crate) fn update_all_relations(store: &mut Store, blueprint: &StoredBlueprint) -> Result<(), ApiError> {
    let mut all: Vec<(i64, String)> = Vec::new();
    walk::each_in_order(&store.connection, blueprint.number, Direction::From(""), Columns::All, |entity| {
        if entity.relations() != "{}" {
            all.push((entity.number(), entity.relations().to_owned()));
        }
        Ok(std::ops::ControlFlow::Continue(()))
    })?;
    for (number, relations) in all {
        let targets = targets(store, blueprint, &JsonFields::parse(&relations).unwrap_or_default())?;
        entities::set_related(&store.connection, number, &targets)?;
    }
    Ok(())
}

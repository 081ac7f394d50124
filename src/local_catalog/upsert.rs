//! Creating and updating one entity: who is meant, what is kept of the current one, what it relates to.

use jiff::Timestamp;
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use serde_json::value::RawValue;

use super::error::ApiError;
use super::fields::Fields;
use super::rules::Query;
use super::search;
use super::storage::entities::{self, Content, EntityRow, Stamp, Target};
use super::storage::store::Store;
use super::storage::stored_blueprint::StoredBlueprint;
use super::validate::{self, identifier};

/// Most entities that a relation given as a query may find.
const RELATION_LIMIT: usize = 100;

/// The parts of an entity that have a meaning. Others are allowed and ignored, as is `blueprint`: the path says it.
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
    properties: Option<Fields<'a>>,
    #[serde(borrow)]
    relations: Option<Fields<'a>>,
}

/// Keeps null apart from absent.
fn sent<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<&'de RawValue>, D::Error> {
    <&RawValue>::deserialize(deserializer).map(Some)
}

/// How a write treats what is there.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Flags {
    /// Whether an entity that exists may be written.
    pub(crate) upsert: bool,
    /// Whether what was not sent is kept.
    pub(crate) merge: bool,
    /// Whether an entity that does not exist may be created. Only updates say no.
    pub(crate) create: bool,
    pub(crate) create_missing_related: bool,
    pub(crate) validation_only: bool,
}

/// What the catalog checks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Strictness {
    /// Whether entities must fit their blueprints at all.
    pub(crate) validation: bool,
    /// Whether properties that a blueprint does not know are stored.
    pub(crate) accept_unknown_properties: bool,
}

/// All that is the same for the entities of one request.
pub(crate) struct Context<'a> {
    pub(crate) blueprint: &'a StoredBlueprint,
    pub(crate) flags: Flags,
    pub(crate) strictness: Strictness,
    pub(crate) stamp: Stamp,
    pub(crate) now: Timestamp,
}

/// What came of it.
#[derive(Debug)]
pub(crate) struct Upserted {
    pub(crate) identifier: String,
    pub(crate) created: bool,
}

/// A refusal, with the identifier that it is about as far as it is known.
#[derive(Debug)]
pub(crate) struct Refused {
    pub(crate) identifier: String,
    pub(crate) error: ApiError,
}

/// What the API calls an entity whose identifier was to be found by a query.
pub(crate) const UNKNOWN: &str = "unknown";

/// Creates or updates an entity. Writes nothing when it refuses.
pub(crate) fn upsert(store: &mut Store, context: &Context<'_>, text: &str) -> Result<Upserted, Refused> {
    // What is wrong with it need not be its identifier.
    let name = || identifier::as_text(&Fields::parse(text).ok()?.value("identifier"));
    let sent: SentEntity<'_> = serde_json::from_str(text).map_err(|error| Refused {
        identifier: name().unwrap_or_else(|| UNKNOWN.to_owned()),
        error: ApiError::invalid(format!("entity {error}")),
    })?;
    let identifier = who(store, context, sent.identifier)?;
    write(store, context, sent, &identifier)
        .map_err(|error| Refused { identifier: identifier.clone(), error })
        .map(|created| Upserted { identifier, created })
}

/// Updates the entity of this identifier, whatever identifier the text has.
pub(crate) fn update(store: &mut Store, context: &Context<'_>, identifier: &str, text: &str) -> Result<(), ApiError> {
    let sent: SentEntity<'_> = serde_json::from_str(text).map_err(|error| ApiError::invalid(format!("entity {error}")))?;
    if let Some(other) =
        sent.identifier.filter(|json| serde_json::from_str::<String>(json.get()).ok().as_deref() != Some(identifier))
    {
        return Err(ApiError::invalid(format!("renaming \"{identifier}\" to {other} is not served by the local catalog")));
    }
    write(store, context, sent, identifier).map(|_| ())
}

/// The identifier as text, or that of the one entity that a query finds.
fn who(store: &Store, context: &Context<'_>, json: Option<&RawValue>) -> Result<String, Refused> {
    let refused = |identifier: &str, error| Refused { identifier: identifier.to_owned(), error };
    let json = json.map_or("null", RawValue::get);
    let value: Value = serde_json::from_str(json).unwrap_or_default();
    if value.is_object() {
        return searched(store, context, &value).map_err(|error| refused(UNKNOWN, error));
    }
    let wrong = |problem: &str| refused(json, ApiError::invalid(format!("\"identifier\" {problem}")));
    let text = identifier::as_text(&value).ok_or_else(|| wrong("must be string"))?;
    if context.strictness.validation {
        identifier::check_entity(&text)
            .map_err(|problem| refused(&text, ApiError::invalid(format!("\"identifier\" {problem}"))))?;
    }
    Ok(text)
}

fn searched(store: &Store, context: &Context<'_>, value: &Value) -> Result<String, ApiError> {
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

/// Writes the entity and says whether it is new.
fn write(store: &mut Store, context: &Context<'_>, sent: SentEntity<'_>, identifier: &str) -> Result<bool, ApiError> {
    let Context { blueprint, flags, strictness, stamp, .. } = context;
    let current = entities::find(&store.connection, blueprint.number, identifier)?;
    match &current {
        Some(_) if !flags.upsert => return Err(ApiError::taken("Entity", identifier)),
        None if !flags.create => return Err(ApiError::not_found("Entity", identifier)),
        _ => {}
    }
    let properties = sent.properties.unwrap_or_default();
    let mut relations = sent.relations.unwrap_or_default();
    resolve_queries(store, context, &mut relations)?;
    let text = |json: Option<&RawValue>| json.map(|json| json.get().to_owned());
    let (mut title, mut icon, team) = (text(sent.title), text(sent.icon), text(sent.team));
    if strictness.validation {
        for (name, label) in [("title", &mut title), ("icon", &mut icon)] {
            if let Some(json) = label {
                *json = validate::label(name, json)?;
            }
        }
        team.as_deref().map_or(Ok(()), validate::team)?;
        blueprint.rules.check_properties(&properties, strictness.accept_unknown_properties)?;
        blueprint.rules.check_relations(&relations)?;
    }
    let missing = missing(store, context, identifier, &relations)?;
    let kept = current.as_ref().filter(|_| flags.merge).map(|entity| &entity.content);
    let properties = merged(kept.map(|content| content.properties.as_str()), properties);
    let relations = merged(kept.map(|content| content.relations.as_str()), relations);
    if strictness.validation {
        blueprint.rules.check_required(&properties, &relations)?;
    }
    if flags.validation_only {
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
    // Most entities relate to nothing, and most updates change no relation.
    if content.relations != current.as_ref().map_or("{}", |entity| &entity.content.relations) {
        let targets = targets(store, blueprint, &relations)?;
        entities::set_related(&store.connection, number, &targets)?;
    }
    Ok(current.is_none())
}

fn merged<'a>(kept: Option<&'a str>, sent: Fields<'a>) -> Fields<'a> {
    let mut fields = kept.map(|kept| Fields::parse(kept).unwrap_or_default()).unwrap_or_default();
    fields.merge(sent);
    fields
}

fn written(fields: &Fields<'_>) -> String {
    let mut text = String::new();
    fields.write(&mut text);
    text
}

/// Puts what they find in place of the relations that are queries. Relations that the blueprint does not know stay as sent.
fn resolve_queries(store: &mut Store, context: &Context<'_>, relations: &mut Fields<'_>) -> Result<(), ApiError> {
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

/// Whom the relations point at, as far as blueprint and catalog know the relation and its target.
fn targets(store: &mut Store, blueprint: &StoredBlueprint, relations: &Fields<'_>) -> Result<Vec<Target>, ApiError> {
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

/// The related entities that must be created first because they do not exist.
fn missing(store: &mut Store, context: &Context<'_>, identifier: &str, relations: &Fields<'_>) -> Result<Vec<Target>, ApiError> {
    let Context { blueprint, flags, strictness, .. } = context;
    let mut missing = Vec::new();
    for target in targets(store, blueprint, relations)? {
        let is_itself = target.0 == blueprint.number && target.1 == identifier;
        if is_itself || missing.contains(&target) || entities::number(&store.connection, target.0, &target.1)?.is_some() {
            continue;
        }
        // The portal's own users and teams come from elsewhere.
        let is_system = ["_user", "_team"]
            .into_iter()
            .any(|name| store.blueprint(name).ok().flatten().is_some_and(|system| system.number == target.0));
        if flags.create_missing_related && !is_system {
            if strictness.validation {
                identifier::check_entity(&target.1)
                    .map_err(|problem| ApiError::invalid(format!("related identifier \"{}\" {problem}", target.1)))?;
            }
            missing.push(target);
        } else if strictness.validation {
            return Err(ApiError::not_found("Entity", &target.1));
        }
    }
    Ok(missing)
}

/// An entity of which only the identifier is known, because another one relates to it.
fn create_bare(store: &Store, target: &Target, stamp: Stamp) -> Result<(), ApiError> {
    let (blueprint, identifier) = target;
    let content = Content {
        title: Some(Value::from(identifier.as_str()).to_string()),
        properties: "{}".to_owned(),
        relations: "{}".to_owned(),
        ..Content::default()
    };
    entities::insert(&store.connection, *blueprint, identifier, &content, stamp).map(|_| ())
}

/// Notes anew whom each entity of a blueprint relates to, after its relations have changed.
pub(crate) fn relate_again(store: &mut Store, blueprint: &StoredBlueprint) -> Result<(), ApiError> {
    let mut all: Vec<(i64, String)> = Vec::new();
    entities::each_of_blueprint(&store.connection, blueprint.number, None, |entity: EntityRow| {
        if entity.content.relations != "{}" {
            all.push((entity.number, entity.content.relations));
        }
        Ok(std::ops::ControlFlow::Continue(()))
    })?;
    for (number, relations) in all {
        let targets = targets(store, blueprint, &Fields::parse(&relations).unwrap_or_default())?;
        entities::set_related(&store.connection, number, &targets)?;
    }
    Ok(())
}

//! Single entities, and all of a blueprint.

use std::ops::ControlFlow;
use std::sync::Arc;

use axum::extract::{Extension, Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use jiff::Timestamp;
use rusqlite::Connection;

use super::request::{self, Caller, LimitedBody, Parameters};
use super::{ApiState, HandlerResult};
use crate::local_catalog::calculation;
use crate::local_catalog::delete;
use crate::local_catalog::error::ApiError;
use crate::local_catalog::projection::{Projection, write_entity};
use crate::local_catalog::storage::blueprints;
use crate::local_catalog::storage::entities::{self, Stamp, StoredNames};
use crate::local_catalog::storage::store::Store;
use crate::local_catalog::storage::walk::{self, Columns, Direction};
use crate::local_catalog::upsert::{self, ValidationOptions, WriteContext, WriteOptions};

/// Options of a write, from the query.
pub(super) fn write_options(parameters: &Parameters) -> Result<WriteOptions, ApiError> {
    Ok(WriteOptions {
        upsert: parameters.flag("upsert")?,
        merge: parameters.flag("merge")?,
        create: true,
        create_missing_related: parameters.flag("create_missing_related_entities")?,
        validation_only: parameters.flag("validation_only")?,
    })
}

/// Calls `work` with the values that are the same for all entities of a request.
pub(super) fn with_context<T>(
    store: &mut Store,
    blueprint: &str,
    caller: &Caller,
    write_options: WriteOptions,
    validation_options: ValidationOptions,
    now: Timestamp,
    work: impl FnOnce(&mut Store, &WriteContext<'_>) -> Result<T, ApiError>,
) -> Result<T, ApiError> {
    let found = store.blueprint(blueprint)?.ok_or_else(|| ApiError::not_found("Blueprint", blueprint))?;
    let (datasource, client) = (store.agent(&caller.datasource)?, store.agent(&caller.client)?);
    let stamp = Stamp { datasource, client, now: now.as_millisecond() };
    work(store, &WriteContext { blueprint: &found, write_options, validation_options, stamp, now })
}

/// `POST /v1/blueprints/{blueprint}/entities`
pub(super) async fn upsert(
    State(app): State<Arc<ApiState>>,
    Extension(caller): Extension<Caller>,
    Path(blueprint): Path<String>,
    parameters: Parameters,
    LimitedBody(body): LimitedBody,
) -> HandlerResult {
    let write_options = write_options(&parameters)?;
    let (now, validation_options) = (app.now(), app.shared.validation_options);
    let work = move |store: &mut Store| {
        with_context(store, &blueprint, &caller, write_options, validation_options, now, |store, context| {
            let done = upsert::upsert(store, context, object_text(&body)?).map_err(|refused| refused.error)?;
            if write_options.validation_only {
                let entity = serde_json::json!({"ok": true, "entity": {"identifier": done.identifier, "blueprint": &blueprint}});
                return Ok((false, entity.to_string()));
            }
            Ok((done.created, answer(&store.connection, context.blueprint.number, &done.identifier, None)?))
        })
    };
    let (created, text) = app.shared.database.write(work).await?;
    Ok(super::json(if created { StatusCode::CREATED } else { StatusCode::OK }, text))
}

/// `PATCH /v1/blueprints/{blueprint}/entities/{entity}`
pub(super) async fn merge(
    state: State<Arc<ApiState>>,
    caller: Extension<Caller>,
    path: Path<(String, String)>,
    parameters: Parameters,
    body: LimitedBody,
) -> HandlerResult {
    update(state, caller, path, parameters, body, true).await
}

/// `PUT /v1/blueprints/{blueprint}/entities/{entity}`
pub(super) async fn overwrite(
    state: State<Arc<ApiState>>,
    caller: Extension<Caller>,
    path: Path<(String, String)>,
    parameters: Parameters,
    body: LimitedBody,
) -> HandlerResult {
    update(state, caller, path, parameters, body, false).await
}

async fn update(
    State(app): State<Arc<ApiState>>,
    Extension(caller): Extension<Caller>,
    Path((blueprint, entity)): Path<(String, String)>,
    parameters: Parameters,
    LimitedBody(body): LimitedBody,
    merge: bool,
) -> HandlerResult {
    let create_missing_related = parameters.flag("create_missing_related_entities")?;
    let write_options = WriteOptions { upsert: true, merge, create_missing_related, ..WriteOptions::default() };
    let (now, validation_options) = (app.now(), app.shared.validation_options);
    let work = move |store: &mut Store| {
        with_context(store, &blueprint, &caller, write_options, validation_options, now, |store, context| {
            upsert::update(store, context, &entity, object_text(&body)?)?;
            answer(&store.connection, context.blueprint.number, &entity, None)
        })
    };
    Ok(super::json(StatusCode::OK, app.shared.database.write(work).await?))
}

/// `GET /v1/blueprints/{blueprint}/entities/{entity}`
pub(super) async fn one(
    State(app): State<Arc<ApiState>>,
    Path((blueprint, entity)): Path<(String, String)>,
    parameters: Parameters,
) -> HandlerResult {
    let calculates = calculates(&app, &parameters)?;
    let work = move |connection: &Connection| {
        let blueprint = blueprints::require(connection, &blueprint)?;
        answer(connection, blueprint.number, &entity, calculates)
    };
    Ok(super::json(StatusCode::OK, app.shared.database.read(work).await?))
}

/// `GET /v1/blueprints/{blueprint}/entities`
pub(super) async fn list(
    State(app): State<Arc<ApiState>>,
    Path(blueprint): Path<String>,
    parameters: Parameters,
) -> HandlerResult {
    let (projection, calculates) = (parameters.projection(), calculates(&app, &parameters)?);
    let work = move |connection: &Connection| {
        let blueprint = blueprints::require(connection, &blueprint)?;
        let names = StoredNames::read(connection)?;
        let mut list = EntityList::new(projection, calculates);
        walk::each_in_order(connection, blueprint.number, Direction::From(""), Columns::All, |entity| {
            list.push(&entity.whole()?, &names, connection)?;
            Ok(ControlFlow::Continue(()))
        })?;
        list.calculate(&names, connection)?;
        Ok(list)
    };
    Ok(app.shared.database.read(work).await?.answer(None, None))
}

/// `GET /v1/blueprints/{blueprint}/entities-count`
pub(super) async fn count(State(app): State<Arc<ApiState>>, Path(blueprint): Path<String>) -> HandlerResult {
    let work = move |connection: &Connection| {
        let blueprint = blueprints::require(connection, &blueprint)?;
        entities::count(connection, blueprint.number)
    };
    Ok(super::ok("count", app.shared.database.read(work).await?))
}

/// `DELETE /v1/blueprints/{blueprint}/entities/{entity}`
pub(super) async fn delete(
    State(app): State<Arc<ApiState>>,
    Path((blueprint, entity)): Path<(String, String)>,
    parameters: Parameters,
) -> HandlerResult {
    let dependents = parameters.flag("delete_dependents")?;
    let work = move |store: &mut Store| {
        let found = store.blueprint(&blueprint)?.ok_or_else(|| ApiError::not_found("Blueprint", &blueprint))?;
        let deleted = delete::delete(store, found.number, std::slice::from_ref(&entity), dependents)?;
        if deleted.is_empty() { Err(ApiError::not_found("Entity", &entity)) } else { Ok(()) }
    };
    app.shared.database.write(work).await?;
    Ok(super::json(StatusCode::OK, r#"{"ok":true}"#))
}

fn object_text(body: &bytes::Bytes) -> Result<&str, ApiError> {
    let text = request::text(body)?;
    // Invalid JSON and JSON that is no entity are different refusals.
    let _: &serde_json::value::RawValue = serde_json::from_str(text).map_err(request::not_json)?;
    Ok(text)
}

/// Time of calculations, unless the request does without calculated properties.
pub(super) fn calculates(app: &ApiState, parameters: &Parameters) -> Result<Option<Timestamp>, ApiError> {
    Ok(if parameters.flag("exclude_calculated_properties")? { None } else { Some(app.now()) })
}

fn answer(connection: &Connection, blueprint: i64, identifier: &str, calculates: Option<Timestamp>) -> Result<String, ApiError> {
    let entity = entities::find(connection, blueprint, identifier)?.ok_or_else(|| ApiError::not_found("Entity", identifier))?;
    let (names, mut entity) = (StoredNames::read(connection)?, [entity]);
    if let Some(now) = calculates {
        calculation::calculate(connection, &names, &mut entity, now)?;
    }
    let mut text = r#"{"ok":true,"entity":"#.to_owned();
    write_entity(&mut text, &entity[0], &names, &Projection::default());
    text.push('}');
    Ok(text)
}

/// Answer of a search, written entity by entity.
pub(super) struct EntityList {
    text: String,
    empty: bool,
    projection: Projection,
    /// Time of calculations; none when calculated properties are not wanted.
    calculates: Option<Timestamp>,
    /// Entities that are calculated together.
    waiting: Vec<entities::EntityRow>,
}

/// Entities that are calculated together: enough to share the cost of a thread.
const CALCULATED_TOGETHER: usize = 500;

impl EntityList {
    /// A list of these parts of entities, with calculated properties when they are wanted.
    pub(super) fn new(projection: Projection, calculates: Option<Timestamp>) -> Self {
        let text = r#"{"ok":true,"entities":["#.to_owned();
        Self { text, empty: true, projection, calculates, waiting: Vec::new() }
    }

    pub(super) fn push(
        &mut self,
        entity: &entities::EntityRow,
        names: &StoredNames,
        connection: &Connection,
    ) -> Result<(), ApiError> {
        if self.calculates.is_none() {
            self.write(entity, names);
            return Ok(());
        }
        self.waiting.push(entity.clone());
        if self.waiting.len() < CALCULATED_TOGETHER { Ok(()) } else { self.calculate(names, connection) }
    }

    /// Writes what waits. Must be called after the last entity.
    pub(super) fn calculate(&mut self, names: &StoredNames, connection: &Connection) -> Result<(), ApiError> {
        let mut rows = std::mem::take(&mut self.waiting);
        if let Some(now) = self.calculates {
            calculation::calculate(connection, names, &mut rows, now)?;
        }
        rows.iter().for_each(|row| self.write(row, names));
        Ok(())
    }

    fn write(&mut self, entity: &entities::EntityRow, names: &StoredNames) {
        if !self.empty {
            self.text.push(',');
        }
        self.empty = false;
        write_entity(&mut self.text, entity, names, &self.projection);
    }

    pub(super) fn answer(mut self, next: Option<String>, looked: Option<u64>) -> Response {
        self.text.push(']');
        if let Some(next) = next {
            self.text.push_str(r#","next":"#);
            crate::local_catalog::fields::write_text(&mut self.text, &next);
        }
        if let Some(looked) = looked {
            self.text.push_str(&format!(r#","looked":{looked}"#));
        }
        self.text.push('}');
        super::json(StatusCode::OK, self.text)
    }
}

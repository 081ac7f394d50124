//! Single entities, and all of a blueprint.

use std::ops::ControlFlow;
use std::sync::Arc;

use axum::extract::{Extension, Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use jiff::Timestamp;
use rusqlite::Connection;

use super::request::{self, Body, Caller, Parameters};
use super::{Answer, App};
use crate::local_catalog::delete;
use crate::local_catalog::error::ApiError;
use crate::local_catalog::projection::{Projection, write_entity};
use crate::local_catalog::storage::blueprints;
use crate::local_catalog::storage::entities::{self, Names, Stamp};
use crate::local_catalog::storage::store::Store;
use crate::local_catalog::upsert::{self, Context, Flags, Strictness};

/// Options of a write, from the query.
pub(super) fn flags(parameters: &Parameters) -> Result<Flags, ApiError> {
    Ok(Flags {
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
    flags: Flags,
    strictness: Strictness,
    now: Timestamp,
    work: impl FnOnce(&mut Store, &Context<'_>) -> Result<T, ApiError>,
) -> Result<T, ApiError> {
    let found = store.blueprint(blueprint)?.ok_or_else(|| ApiError::not_found("Blueprint", blueprint))?;
    let (datasource, client) = (store.agent(&caller.datasource)?, store.agent(&caller.client)?);
    let stamp = Stamp { datasource, client, now: now.as_millisecond() };
    work(store, &Context { blueprint: &found, flags, strictness, stamp, now })
}

/// `POST /v1/blueprints/{blueprint}/entities`
pub(super) async fn upsert(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Path(blueprint): Path<String>,
    parameters: Parameters,
    Body(body): Body,
) -> Answer {
    let flags = flags(&parameters)?;
    let (now, strictness) = (app.now(), app.shared.strictness);
    let work = move |store: &mut Store| {
        with_context(store, &blueprint, &caller, flags, strictness, now, |store, context| {
            let done = upsert::upsert(store, context, object_text(&body)?).map_err(|refused| refused.error)?;
            if flags.validation_only {
                let entity = serde_json::json!({"ok": true, "entity": {"identifier": done.identifier, "blueprint": &blueprint}});
                return Ok((false, entity.to_string()));
            }
            Ok((done.created, answer(&store.connection, context.blueprint.number, &done.identifier)?))
        })
    };
    let (created, text) = app.shared.database.write(work).await?;
    Ok(super::json(if created { StatusCode::CREATED } else { StatusCode::OK }, text))
}

/// `PATCH /v1/blueprints/{blueprint}/entities/{entity}`
pub(super) async fn merge(
    state: State<Arc<App>>,
    caller: Extension<Caller>,
    path: Path<(String, String)>,
    parameters: Parameters,
    body: Body,
) -> Answer {
    update(state, caller, path, parameters, body, true).await
}

/// `PUT /v1/blueprints/{blueprint}/entities/{entity}`
pub(super) async fn overwrite(
    state: State<Arc<App>>,
    caller: Extension<Caller>,
    path: Path<(String, String)>,
    parameters: Parameters,
    body: Body,
) -> Answer {
    update(state, caller, path, parameters, body, false).await
}

async fn update(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Path((blueprint, entity)): Path<(String, String)>,
    parameters: Parameters,
    Body(body): Body,
    merge: bool,
) -> Answer {
    let create_missing_related = parameters.flag("create_missing_related_entities")?;
    let flags = Flags { upsert: true, merge, create_missing_related, ..Flags::default() };
    let (now, strictness) = (app.now(), app.shared.strictness);
    let work = move |store: &mut Store| {
        with_context(store, &blueprint, &caller, flags, strictness, now, |store, context| {
            upsert::update(store, context, &entity, object_text(&body)?)?;
            answer(&store.connection, context.blueprint.number, &entity)
        })
    };
    Ok(super::json(StatusCode::OK, app.shared.database.write(work).await?))
}

/// `GET /v1/blueprints/{blueprint}/entities/{entity}`
pub(super) async fn one(State(app): State<Arc<App>>, Path((blueprint, entity)): Path<(String, String)>) -> Answer {
    let work = move |connection: &Connection| {
        let blueprint = blueprints::require(connection, &blueprint)?;
        answer(connection, blueprint.number, &entity)
    };
    Ok(super::json(StatusCode::OK, app.shared.database.read(work).await?))
}

/// `GET /v1/blueprints/{blueprint}/entities`
pub(super) async fn list(State(app): State<Arc<App>>, Path(blueprint): Path<String>, parameters: Parameters) -> Answer {
    let projection = parameters.projection();
    let work = move |connection: &Connection| {
        let blueprint = blueprints::require(connection, &blueprint)?;
        let names = Names::read(connection)?;
        let mut list = EntityList::new(projection);
        entities::each_of_blueprint(connection, blueprint.number, None, |entity| {
            list.push(&entity, &names);
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(list)
    };
    Ok(app.shared.database.read(work).await?.answer(None))
}

/// `GET /v1/blueprints/{blueprint}/entities-count`
pub(super) async fn count(State(app): State<Arc<App>>, Path(blueprint): Path<String>) -> Answer {
    let work = move |connection: &Connection| {
        let blueprint = blueprints::require(connection, &blueprint)?;
        entities::count(connection, blueprint.number)
    };
    Ok(super::ok("count", app.shared.database.read(work).await?))
}

/// `DELETE /v1/blueprints/{blueprint}/entities/{entity}`
pub(super) async fn delete(
    State(app): State<Arc<App>>,
    Path((blueprint, entity)): Path<(String, String)>,
    parameters: Parameters,
) -> Answer {
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

fn answer(connection: &Connection, blueprint: i64, identifier: &str) -> Result<String, ApiError> {
    let entity = entities::find(connection, blueprint, identifier)?.ok_or_else(|| ApiError::not_found("Entity", identifier))?;
    let mut text = r#"{"ok":true,"entity":"#.to_owned();
    write_entity(&mut text, &entity, &Names::read(connection)?, &Projection::default());
    text.push('}');
    Ok(text)
}

/// Answer of a search, written entity by entity.
pub(super) struct EntityList {
    text: String,
    empty: bool,
    projection: Projection,
}

impl EntityList {
    pub(super) fn new(projection: Projection) -> Self {
        Self { text: r#"{"ok":true,"entities":["#.to_owned(), empty: true, projection }
    }

    pub(super) fn push(&mut self, entity: &entities::EntityRow, names: &Names) {
        if !self.empty {
            self.text.push(',');
        }
        self.empty = false;
        write_entity(&mut self.text, entity, names, &self.projection);
    }

    pub(super) fn answer(mut self, next: Option<String>) -> Response {
        self.text.push(']');
        if let Some(next) = next {
            self.text.push_str(r#","next":"#);
            crate::local_catalog::fields::write_text(&mut self.text, &next);
        }
        self.text.push('}');
        super::json(StatusCode::OK, self.text)
    }
}

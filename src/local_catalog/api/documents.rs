//! Pages, actions, scorecards and the organization: stored and returned unchanged.
//!
//! `PUT` replaces a document as a whole, `PATCH` its top keys, as at Port.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use rusqlite::Connection;
use serde_json::{Map, Value, json};

use super::request::{self, LimitedBody};
use super::{ApiState, HandlerResult};
use crate::local_catalog::error::ApiError;
use crate::local_catalog::storage::blueprints;
use crate::local_catalog::storage::documents::{self, DocumentKey};
use crate::local_catalog::storage::store::Store;

/// Type of a document: its stored name, and its names in refusals and answers.
#[derive(Clone, Copy)]
struct DocumentType {
    stored: &'static str,
    resource: &'static str,
    one: &'static str,
    many: &'static str,
}

const PAGE: DocumentType = DocumentType { stored: "page", resource: "Page", one: "page", many: "pages" };
const ACTION: DocumentType = DocumentType { stored: "action", resource: "Action", one: "action", many: "actions" };
const SCORECARD: DocumentType = DocumentType { stored: "scorecard", resource: "Scorecard", one: "scorecard", many: "scorecards" };

/// `GET /v1/pages`
pub(super) async fn pages(State(app): State<Arc<ApiState>>) -> HandlerResult {
    list(&app, PAGE, String::new()).await
}

/// `POST /v1/pages`
pub(super) async fn create_page(State(app): State<Arc<ApiState>>, LimitedBody(body): LimitedBody) -> HandlerResult {
    create(&app, PAGE, String::new(), request::value(&body)?).await
}

/// `GET /v1/pages/{page}`
pub(super) async fn page(State(app): State<Arc<ApiState>>, Path(page): Path<String>) -> HandlerResult {
    one(&app, PAGE, String::new(), page).await
}

/// `PUT /v1/pages/{page}`
pub(super) async fn replace_page(
    State(app): State<Arc<ApiState>>,
    Path(page): Path<String>,
    LimitedBody(body): LimitedBody,
) -> HandlerResult {
    change(&app, PAGE, String::new(), page, Change::Replace, request::value(&body)?).await
}

/// `PATCH /v1/pages/{page}`
pub(super) async fn patch_page(
    State(app): State<Arc<ApiState>>,
    Path(page): Path<String>,
    LimitedBody(body): LimitedBody,
) -> HandlerResult {
    change(&app, PAGE, String::new(), page, Change::Patch, request::value(&body)?).await
}

/// `DELETE /v1/pages/{page}`
pub(super) async fn delete_page(State(app): State<Arc<ApiState>>, Path(page): Path<String>) -> HandlerResult {
    delete(&app, PAGE, String::new(), page).await
}

/// `GET /v1/actions`
pub(super) async fn actions(State(app): State<Arc<ApiState>>) -> HandlerResult {
    list(&app, ACTION, String::new()).await
}

/// `POST /v1/actions`
pub(super) async fn create_action(State(app): State<Arc<ApiState>>, LimitedBody(body): LimitedBody) -> HandlerResult {
    create(&app, ACTION, String::new(), request::value(&body)?).await
}

/// `GET /v1/blueprints/{blueprint}/scorecards`
pub(super) async fn scorecards(State(app): State<Arc<ApiState>>, Path(blueprint): Path<String>) -> HandlerResult {
    list(&app, SCORECARD, blueprint).await
}

/// `POST /v1/blueprints/{blueprint}/scorecards`
pub(super) async fn create_scorecard(
    State(app): State<Arc<ApiState>>,
    Path(blueprint): Path<String>,
    LimitedBody(body): LimitedBody,
) -> HandlerResult {
    create(&app, SCORECARD, blueprint, request::value(&body)?).await
}

/// `GET /v1/blueprints/{blueprint}/scorecards/{scorecard}`
pub(super) async fn scorecard(
    State(app): State<Arc<ApiState>>,
    Path((blueprint, scorecard)): Path<(String, String)>,
) -> HandlerResult {
    one(&app, SCORECARD, blueprint, scorecard).await
}

/// `PUT /v1/blueprints/{blueprint}/scorecards/{scorecard}`
pub(super) async fn replace_scorecard(
    State(app): State<Arc<ApiState>>,
    Path((blueprint, scorecard)): Path<(String, String)>,
    LimitedBody(body): LimitedBody,
) -> HandlerResult {
    change(&app, SCORECARD, blueprint, scorecard, Change::Replace, request::value(&body)?).await
}

/// `DELETE /v1/blueprints/{blueprint}/scorecards/{scorecard}`
pub(super) async fn delete_scorecard(
    State(app): State<Arc<ApiState>>,
    Path((blueprint, scorecard)): Path<(String, String)>,
) -> HandlerResult {
    delete(&app, SCORECARD, blueprint, scorecard).await
}

/// `GET /v1/organization`. No feature flags: with two of them Ocean would send raw data and leave mapping to the server.
pub(super) async fn organization() -> HandlerResult {
    Ok(super::ok("organization", json!({"id": "org_local", "name": "Local catalog", "featureFlags": []})))
}

async fn list(app: &ApiState, kind: DocumentType, blueprint: String) -> HandlerResult {
    let work = move |connection: &Connection| {
        check_blueprint(connection, &blueprint)?;
        documents::all(connection, kind.stored, &blueprint)
    };
    Ok(super::ok(kind.many, app.shared.database.read(work).await?))
}

async fn create(app: &ApiState, kind: DocumentType, blueprint: String, document: Value) -> HandlerResult {
    let Some(identifier) = document.get("identifier").and_then(Value::as_str).map(str::to_owned) else {
        return Err(ApiError::invalid("body must have required property 'identifier'"));
    };
    let work = move |store: &mut Store| {
        check_blueprint(&store.connection, &blueprint)?;
        let key = DocumentKey { kind: kind.stored, owner: &blueprint, identifier: &identifier };
        if documents::find(&store.connection, key)?.is_some() {
            return Err(ApiError::taken(kind.resource, &identifier));
        }
        documents::put(&store.connection, key, &document)?;
        Ok(document)
    };
    let document = app.shared.database.write(work).await?;
    Ok(super::json(StatusCode::CREATED, json!({"ok": true, kind.one: document}).to_string()))
}

async fn one(app: &ApiState, kind: DocumentType, blueprint: String, identifier: String) -> HandlerResult {
    let work = move |connection: &Connection| {
        check_blueprint(connection, &blueprint)?;
        let key = DocumentKey { kind: kind.stored, owner: &blueprint, identifier: &identifier };
        documents::find(connection, key)?.ok_or_else(|| ApiError::not_found(kind.resource, &identifier))
    };
    Ok(super::ok(kind.one, app.shared.database.read(work).await?))
}

/// Ways to change a document.
#[derive(Clone, Copy)]
enum Change {
    /// The body is the new document.
    Replace,
    /// The body's keys are set, the others stay.
    Patch,
}

/// Changes a document under its name. A body with another identifier renames it, unless that one is taken.
async fn change(
    app: &ApiState,
    kind: DocumentType,
    blueprint: String,
    identifier: String,
    change: Change,
    body: Value,
) -> HandlerResult {
    let Value::Object(keys) = body else { return Err(ApiError::invalid("body must be object")) };
    let work = move |store: &mut Store| {
        check_blueprint(&store.connection, &blueprint)?;
        let key = DocumentKey { kind: kind.stored, owner: &blueprint, identifier: &identifier };
        let Some(held) = documents::find(&store.connection, key)? else {
            return Err(ApiError::not_found(kind.resource, &identifier));
        };
        let mut document = match (change, held) {
            (Change::Patch, Value::Object(held)) => held,
            _ => Map::new(),
        };
        document.extend(keys);
        let name =
            document.entry("identifier").or_insert_with(|| identifier.clone().into()).as_str().unwrap_or_default().to_owned();
        if name.is_empty() {
            return Err(ApiError::invalid("body/identifier must be string"));
        }
        let renamed = DocumentKey { identifier: &name, ..key };
        if name != identifier {
            if documents::find(&store.connection, renamed)?.is_some() {
                return Err(ApiError::taken(kind.resource, &name));
            }
            documents::delete(&store.connection, key)?;
        }
        let document = Value::Object(document);
        documents::put(&store.connection, renamed, &document)?;
        Ok(document)
    };
    Ok(super::ok(kind.one, app.shared.database.write(work).await?))
}

async fn delete(app: &ApiState, kind: DocumentType, blueprint: String, identifier: String) -> HandlerResult {
    let work = move |store: &mut Store| {
        check_blueprint(&store.connection, &blueprint)?;
        let key = DocumentKey { kind: kind.stored, owner: &blueprint, identifier: &identifier };
        match documents::delete(&store.connection, key)? {
            true => Ok(()),
            false => Err(ApiError::not_found(kind.resource, &identifier)),
        }
    };
    app.shared.database.write(work).await?;
    Ok(super::json(StatusCode::OK, r#"{"ok":true}"#))
}

fn check_blueprint(connection: &Connection, blueprint: &str) -> Result<(), ApiError> {
    if blueprint.is_empty() { Ok(()) } else { blueprints::require(connection, blueprint).map(|_| ()) }
}

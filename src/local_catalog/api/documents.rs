//! Pages, actions, scorecards and the organization: stored and returned unchanged.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use rusqlite::Connection;
use serde_json::{Value, json};

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
    let work = move |connection: &Connection| {
        documents::find(connection, DocumentKey::of(PAGE.stored, &page))?.ok_or_else(|| ApiError::not_found(PAGE.resource, &page))
    };
    Ok(super::ok(PAGE.one, app.shared.database.read(work).await?))
}

/// `DELETE /v1/pages/{page}`
pub(super) async fn delete_page(State(app): State<Arc<ApiState>>, Path(page): Path<String>) -> HandlerResult {
    let work = move |store: &mut Store| match documents::delete(&store.connection, DocumentKey::of(PAGE.stored, &page))? {
        true => Ok(()),
        false => Err(ApiError::not_found(PAGE.resource, &page)),
    };
    app.shared.database.write(work).await?;
    Ok(super::json(StatusCode::OK, r#"{"ok":true}"#))
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

fn check_blueprint(connection: &Connection, blueprint: &str) -> Result<(), ApiError> {
    if blueprint.is_empty() { Ok(()) } else { blueprints::require(connection, blueprint).map(|_| ()) }
}

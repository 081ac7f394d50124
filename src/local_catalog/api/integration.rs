//! Integration: its settings and mapping, the state of its resyncs, and requests for a resync.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use rusqlite::Connection;
use serde_json::{Map, Value, json};

use super::request::{self, LimitedBody, Parameters};
use super::{ApiState, HandlerResult, ingest};
use crate::local_catalog::error::ApiError;
use crate::local_catalog::storage::documents::{self, DocumentKey, INTEGRATION};
use crate::local_catalog::storage::store::Store;
use crate::local_catalog::timestamp;

const RESYNC_REQUEST: &str = "resync-request";
const EXAMPLES: &str = "examples";
const CURSOR: &str = "cursor";

/// Type of the documents that are reports of probes.
const PROBE: &str = "probe";

/// Stored examples of each kind.
const EXAMPLES_LIMIT: usize = 5;
/// Log records in one answer: default and limit.
const LOG_DEFAULT: usize = 100;
const LOG_LIMIT: usize = 300;

/// States of a resync.
const STATES: [&str; 4] = ["running", "completed", "failed", "aborted"];

fn key(identifier: &str) -> DocumentKey<'_> {
    DocumentKey::of(INTEGRATION, identifier)
}

fn owned<'a>(kind: &'a str, integration: &'a str, identifier: &'a str) -> DocumentKey<'a> {
    DocumentKey { kind, owner: integration, identifier }
}

fn require(connection: &Connection, identifier: &str) -> Result<Value, ApiError> {
    documents::find(connection, key(identifier))?.ok_or_else(|| ApiError::not_found("Integration", identifier))
}

/// Adds the URLs for metrics and logs of this server.
fn shown(app: &ApiState, mut integration: Value) -> Value {
    let identifier = integration.get("installationId").and_then(Value::as_str).unwrap_or_default().to_owned();
    for (name, subject) in [("logAttributes", "logs"), ("metricAttributes", "metrics"), ("ingestAttributes", "lake")] {
        let url = ingest::url(&app.public_url, subject, &identifier);
        integration[name] = json!({"ingestId": identifier, "ingestUrl": url});
    }
    integration
}

fn answer(app: &ApiState, integration: Value) -> HandlerResult {
    Ok(super::ok("integration", shown(app, integration)))
}

/// `GET /v1/integration`
pub(super) async fn list(State(app): State<Arc<ApiState>>) -> HandlerResult {
    let all = app.shared.database.read(|connection| documents::all(connection, INTEGRATION, "")).await?;
    Ok(super::ok("integrations", all.into_iter().map(|integration| shown(&app, integration)).collect::<Vec<_>>()))
}

/// `GET /v1/integration/{integration}`
pub(super) async fn one(State(app): State<Arc<ApiState>>, Path(identifier): Path<String>) -> HandlerResult {
    let found = app.shared.database.read(move |connection| require(connection, &identifier)).await?;
    answer(&app, found)
}

/// `GET /v1/integration/provision-enabled`: the server sets up no type of integration.
pub(super) async fn provision_enabled() -> HandlerResult {
    Ok(super::ok("integrations", json!([])))
}

/// `POST /v1/integration`
pub(super) async fn create(
    State(app): State<Arc<ApiState>>,
    headers: HeaderMap,
    LimitedBody(body): LimitedBody,
) -> HandlerResult {
    let sent = request::object(&body)?;
    let Some(identifier) = sent.get("installationId").and_then(Value::as_str).map(str::to_owned) else {
        return Err(ApiError::invalid("body must have required property 'installationId'"));
    };
    let now = timestamp::text(app.now().as_millisecond());
    let mut integration = json!({
        "_id": format!("integration_{identifier}"),
        "_orgId": "org_local",
        "identifier": identifier,
        "installationId": identifier,
        "installationType": "OnPrem",
        "config": null,
        "changelogDestination": {},
        "actionsProcessingEnabled": false,
        "incrementalSyncEnabled": false,
        "arePortResourcesInitialized": false,
        "createdAt": now,
        "updatedAt": now,
    });
    overwrite(&mut integration, sent);
    let resync = !skips_resync(&headers);
    let work = move |store: &mut Store| {
        if documents::find(&store.connection, key(&identifier))?.is_some() {
            return Err(ApiError::taken("Integration", &identifier));
        }
        documents::put(&store.connection, key(&identifier), &integration)?;
        if resync {
            request_resync(&store.connection, &identifier, &now)?;
        }
        Ok(integration)
    };
    let integration = app.shared.database.write(work).await?;
    let body = json!({"ok": true, "integration": shown(&app, integration)});
    Ok(super::json(StatusCode::CREATED, body.to_string()))
}

/// `PATCH /v1/integration/{integration}`
pub(super) async fn patch(
    State(app): State<Arc<ApiState>>,
    Path(identifier): Path<String>,
    headers: HeaderMap,
    LimitedBody(body): LimitedBody,
) -> HandlerResult {
    change(&app, identifier, request::object(&body)?, skips_resync(&headers)).await
}

/// `PATCH /v1/integration/{integration}/config`
pub(super) async fn patch_config(
    State(app): State<Arc<ApiState>>,
    Path(identifier): Path<String>,
    headers: HeaderMap,
    LimitedBody(body): LimitedBody,
) -> HandlerResult {
    let mut sent = request::object(&body)?;
    sent.retain(|name, _| name == "config");
    if sent.is_empty() {
        return Err(ApiError::invalid("body must have required property 'config'"));
    }
    change(&app, identifier, sent, skips_resync(&headers)).await
}

/// Changes an integration. Sent values are returned unchanged, `processingMode` too: Ocean sends again at every start what it
/// misses.
async fn change(app: &ApiState, identifier: String, sent: Map<String, Value>, skip_resync: bool) -> HandlerResult {
    let now = timestamp::text(app.now().as_millisecond());
    let work = move |store: &mut Store| {
        let mut integration = require(&store.connection, &identifier)?;
        let resync = sent.contains_key("config") && !skip_resync;
        overwrite(&mut integration, sent);
        integration["updatedAt"] = now.as_str().into();
        documents::put(&store.connection, key(&identifier), &integration)?;
        if resync {
            request_resync(&store.connection, &identifier, &now)?;
        }
        Ok(integration)
    };
    let integration = app.shared.database.write(work).await?;
    answer(app, integration)
}

/// Overwrites an integration, except its identifier and the times that the catalog sets.
fn overwrite(integration: &mut Value, sent: Map<String, Value>) {
    let ours = ["_id", "_orgId", "identifier", "installationId", "createdAt", "updatedAt", "resyncState"];
    if let Some(integration) = integration.as_object_mut() {
        integration.extend(sent.into_iter().filter(|(name, _)| !ours.contains(&name.as_str())));
    }
}

fn skips_resync(headers: &HeaderMap) -> bool {
    headers.get("x-skip-resync").is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"true"))
}

/// Stores a request for a resync. It stays after it is read; a reader tells a new one by its time.
fn request_resync(connection: &Connection, identifier: &str, now: &str) -> Result<(), ApiError> {
    let body = json!({"integrationIdentifier": identifier, "status": "pending", "createdAt": now, "updatedAt": now});
    documents::put(connection, owned(RESYNC_REQUEST, identifier, "last"), &body)
}

/// `GET /v1/integration/{integration}/resync-request`
pub(super) async fn resync_request(State(app): State<Arc<ApiState>>, Path(identifier): Path<String>) -> HandlerResult {
    let work = move |connection: &Connection| {
        require(connection, &identifier)?;
        documents::find(connection, owned(RESYNC_REQUEST, &identifier, "last"))
    };
    Ok(super::ok("request", app.shared.database.read(work).await?.unwrap_or_default()))
}

/// `PATCH /v1/integration/{integration}/resync-state`
pub(super) async fn patch_resync_state(
    State(app): State<Arc<ApiState>>,
    Path(identifier): Path<String>,
    LimitedBody(body): LimitedBody,
) -> HandlerResult {
    let sent = request::object(&body)?;
    match sent.get("status").and_then(Value::as_str) {
        Some(status) if STATES.contains(&status) => {}
        _ => return Err(ApiError::invalid(format!("body/status must be one of {}", STATES.join(", ")))),
    }
    let now = timestamp::text(app.now().as_millisecond());
    let work = move |store: &mut Store| {
        let mut integration = require(&store.connection, &identifier)?;
        let mut state = match integration.get_mut("resyncState").map(Value::take) {
            Some(Value::Object(state)) => state,
            _ => Map::new(),
        };
        state.extend(sent);
        state.insert("updatedAt".to_owned(), now.into());
        integration["resyncState"] = Value::Object(state);
        documents::put(&store.connection, key(&identifier), &integration)?;
        Ok(integration)
    };
    let integration = app.shared.database.write(work).await?;
    answer(&app, integration)
}

/// `POST /v1/integration/{integration}/kinds/{kind}/examples`: keeps the last five.
pub(super) async fn put_examples(
    State(app): State<Arc<ApiState>>,
    Path((identifier, kind)): Path<(String, String)>,
    LimitedBody(body): LimitedBody,
) -> HandlerResult {
    let Some(Value::Array(mut examples)) = request::object(&body)?.remove("examples") else {
        return Err(ApiError::invalid("body/examples must be array"));
    };
    examples.truncate(EXAMPLES_LIMIT);
    let work = move |store: &mut Store| {
        require(&store.connection, &identifier)?;
        documents::put(&store.connection, owned(EXAMPLES, &identifier, &kind), &Value::Array(examples))
    };
    app.shared.database.write(work).await?;
    Ok(super::json(StatusCode::OK, r#"{"ok":true}"#))
}

/// `GET /v1/integration/{integration}/kinds/{kind}/examples`
pub(super) async fn examples(
    State(app): State<Arc<ApiState>>,
    Path((identifier, kind)): Path<(String, String)>,
) -> HandlerResult {
    let work = move |connection: &Connection| {
        require(connection, &identifier)?;
        documents::find(connection, owned(EXAMPLES, &identifier, &kind))
    };
    Ok(super::ok("examples", app.shared.database.read(work).await?.unwrap_or_else(|| json!([]))))
}

/// `GET /v1/integration/{integration}/logs`: newest first. `levels` and `kinds` are separated by commas.
pub(super) async fn logs(
    State(app): State<Arc<ApiState>>,
    Path(identifier): Path<String>,
    parameters: Parameters,
) -> HandlerResult {
    let limit = match parameters.get("limit") {
        None => LOG_DEFAULT,
        Some(text) => text
            .parse()
            .ok()
            .filter(|limit| (1..=LOG_LIMIT).contains(limit))
            .ok_or_else(|| ApiError::invalid(format!("querystring/limit must be between 1 and {LOG_LIMIT}")))?,
    };
    let list = |name| parameters.get(name).map(|text| text.split(',').map(str::to_lowercase).collect::<Vec<_>>());
    let (levels, kinds) = (list("levels"), list("kinds"));
    let event = parameters.get("event_id").map(str::to_lowercase);
    let is_in = |wanted: &Option<Vec<String>>, actual: Option<&Value>| {
        let actual = actual.and_then(Value::as_str).map(str::to_lowercase);
        wanted.as_ref().is_none_or(|wanted| actual.is_some_and(|actual| wanted.contains(&actual)))
    };
    let work = move |connection: &Connection| {
        require(connection, &identifier)?;
        documents::logs(connection, &identifier, limit, |record| {
            let extra = |name: &str| record.get("extra").and_then(|extra| extra.get(name)).and_then(Value::as_str);
            is_in(&levels, record.get("level"))
                && is_in(&kinds, record.pointer("/extra/resource_kind"))
                && event.as_deref().is_none_or(|event| extra("event_id").is_some_and(|actual| actual.eq_ignore_ascii_case(event)))
        })
    };
    Ok(super::ok("data", app.shared.database.read(work).await?))
}

/// `GET /v1/integration/{integration}/cursor`
pub(super) async fn cursor(
    State(app): State<Arc<ApiState>>,
    Path(identifier): Path<String>,
    parameters: Parameters,
) -> HandlerResult {
    let name = cursor_name(&parameters)?;
    let work = move |connection: &Connection| documents::find(connection, owned(CURSOR, &identifier, &name));
    let cursor = app.shared.database.read(work).await?.unwrap_or_else(|| json!({"primary": null}));
    Ok(super::json(StatusCode::OK, cursor.to_string()))
}

/// `PUT` or `POST /v1/integration/{integration}/cursor`
pub(super) async fn put_cursor(
    State(app): State<Arc<ApiState>>,
    Path(identifier): Path<String>,
    parameters: Parameters,
    LimitedBody(body): LimitedBody,
) -> HandlerResult {
    let name = cursor_name(&parameters)?;
    let sent = Value::Object(request::object(&body)?);
    let work = move |store: &mut Store| {
        require(&store.connection, &identifier)?;
        documents::put(&store.connection, owned(CURSOR, &identifier, &name), &sent)?;
        Ok(sent)
    };
    Ok(super::json(StatusCode::OK, app.shared.database.write(work).await?.to_string()))
}

fn cursor_name(parameters: &Parameters) -> Result<String, ApiError> {
    let required =
        |name| parameters.get(name).ok_or_else(|| ApiError::invalid(format!("querystring must have required property '{name}'")));
    Ok(format!("{}-{}", required("kind")?, required("index")?))
}

/// `GET /v1/org/{organization}/integration/probe/{probe}`
pub(super) async fn probe(State(app): State<Arc<ApiState>>, Path((_, probe)): Path<(String, String)>) -> HandlerResult {
    let work = move |connection: &Connection| documents::find(connection, DocumentKey::of(PROBE, &probe));
    let found = app.shared.database.read(work).await?;
    let found = found.ok_or_else(|| ApiError::new(404, "not_found", "no such probe".to_owned()))?;
    Ok(super::ok("probe", found))
}

/// `PATCH /v1/org/{organization}/integration/probe/{probe}`: the last report stands. A probe is not asked for here, so any is taken.
pub(super) async fn patch_probe(
    State(app): State<Arc<ApiState>>,
    Path((_, probe)): Path<(String, String)>,
    LimitedBody(body): LimitedBody,
) -> HandlerResult {
    let sent = Value::Object(request::object(&body)?);
    let work = move |store: &mut Store| {
        documents::put(&store.connection, DocumentKey::of(PROBE, &probe), &sent)?;
        Ok(sent)
    };
    Ok(super::ok("probe", app.shared.database.write(work).await?))
}

/// `DELETE /v1/integration/{integration}`: its entities are kept.
pub(super) async fn delete(State(app): State<Arc<ApiState>>, Path(identifier): Path<String>) -> HandlerResult {
    let work = move |store: &mut Store| {
        require(&store.connection, &identifier)?;
        documents::delete_owned(&store.connection, &identifier)?;
        documents::delete(&store.connection, key(&identifier)).map(|_| ())
    };
    app.shared.database.write(work).await?;
    Ok(super::json(StatusCode::OK, r#"{"ok":true}"#))
}

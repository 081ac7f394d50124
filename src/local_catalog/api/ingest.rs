//! Metrics, heartbeats and logs of an integration. Kept: the last metrics of each kind, the last heartbeat, the last thousand
//! log records.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Map, Value};
use url::form_urlencoded::byte_serialize;

use super::request::{self, IngestBody};
use super::{ApiState, HandlerResult};
use crate::local_catalog::error::ApiError;
use crate::local_catalog::storage::documents::{self, DocumentKey};
use crate::local_catalog::storage::store::Store;
use crate::local_catalog::timestamp;

/// Path of these routes.
pub(super) const PATH: &str = "/ingest";

const METRICS: &str = "sync-metrics";
const HEARTBEAT: &str = "heartbeat";

/// URL that the integration is given for one subject: `logs`, `metrics` or `lake`.
pub(super) fn url(public_url: &str, subject: &str, integration: &str) -> String {
    // In a path a blank is `%20`; a plus is a plus.
    let integration = byte_serialize(integration.as_bytes()).collect::<String>().replace('+', "%20");
    format!("{public_url}{PATH}/{subject}/{integration}")
}

fn accepted() -> Response {
    super::json(StatusCode::OK, r#"{"ok":true}"#)
}

fn list(mut body: Map<String, Value>, name: &str) -> Result<Vec<Value>, ApiError> {
    match body.remove(name) {
        Some(Value::Array(list)) => Ok(list),
        _ => Err(ApiError::invalid(format!("body/{name} must be array"))),
    }
}

/// `POST {logs}`
pub(super) async fn logs(
    State(app): State<Arc<ApiState>>,
    Path(integration): Path<String>,
    IngestBody(body): IngestBody,
) -> HandlerResult {
    let records = list(request::object(&body)?, "logs")?;
    app.shared.database.write(move |store: &mut Store| documents::append_logs(&store.connection, &integration, &records)).await?;
    Ok(accepted())
}

/// `POST {metrics}/syncMetrics`
pub(super) async fn sync_metrics(
    State(app): State<Arc<ApiState>>,
    Path(integration): Path<String>,
    IngestBody(body): IngestBody,
) -> HandlerResult {
    let events = list(request::object(&body)?, "syncKindsMetrics")?;
    let work = move |store: &mut Store| {
        events.iter().try_for_each(|event| {
            let kind = event.get("kindIdentifier").and_then(Value::as_str).unwrap_or_default();
            documents::put(&store.connection, DocumentKey { kind: METRICS, owner: &integration, identifier: kind }, event)
        })
    };
    app.shared.database.write(work).await?;
    Ok(accepted())
}

/// `PUT {metrics}/syncMetrics/resync/{event}/kind/{kind}`
pub(super) async fn kind_metrics(
    State(app): State<Arc<ApiState>>,
    Path((integration, _, kind)): Path<(String, String, String)>,
    IngestBody(body): IngestBody,
) -> HandlerResult {
    let Some(event) = request::object(&body)?.remove("syncKindMetrics") else {
        return Err(ApiError::invalid("body must have required property 'syncKindMetrics'"));
    };
    let work = move |store: &mut Store| {
        documents::put(&store.connection, DocumentKey { kind: METRICS, owner: &integration, identifier: &kind }, &event)
    };
    app.shared.database.write(work).await?;
    Ok(accepted())
}

/// `POST {metrics}/heartbeat`
pub(super) async fn heartbeat(
    State(app): State<Arc<ApiState>>,
    Path(integration): Path<String>,
    IngestBody(body): IngestBody,
) -> HandlerResult {
    let mut sent = request::object(&body)?;
    sent.insert("receivedAt".to_owned(), timestamp::text(app.now().as_millisecond()).into());
    let work = move |store: &mut Store| {
        documents::put(
            &store.connection,
            DocumentKey { kind: HEARTBEAT, owner: &integration, identifier: "last" },
            &Value::Object(sent),
        )
    };
    app.shared.database.write(work).await?;
    Ok(accepted())
}

/// `POST {lake}/…`: refused, because raw data are not mapped here.
pub(super) async fn lake_write() -> ApiError {
    ApiError::new(404, "not_found", "the local catalog accepts entities, not raw data")
}

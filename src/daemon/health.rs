//! Health checks over HTTP: liveness, and readiness with its reasons.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde_json::{Value, json};

use super::readiness::{ClockReading, Readiness, liveness};
use crate::door::clock::Clock;

struct Health {
    readiness: Arc<Readiness>,
    clock: Clock,
}

/// Routes `GET /health/live` and `GET /health/ready`. The second answers 503 with the reasons while the daemon is not ready. Other
/// routes of the process, such as its metrics, are merged with these.
pub fn router(readiness: Arc<Readiness>, clock: Clock) -> Router {
    Router::new()
        .route("/health/live", get(|| async { answer(StatusCode::OK, &liveness()) }))
        .route("/health/ready", get(ready))
        .with_state(Arc::new(Health { readiness, clock }))
        .fallback(|| async { answer(StatusCode::NOT_FOUND, &json!({"ok": false, "error": "not_found"})) })
}

async fn ready(State(health): State<Arc<Health>>) -> Response {
    let (is_ready, body) = health.readiness.read().answer(ClockReading::now(&health.clock));
    answer(if is_ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE }, &body)
}

pub(super) fn answer(status: StatusCode, body: &Value) -> Response {
    (status, [(header::CONTENT_TYPE, "application/json")], body.to_string()).into_response()
}

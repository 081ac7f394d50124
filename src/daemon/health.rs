//! What the daemon answers over HTTP: whether it lives, whether it is ready and why not, and `POST /resync` where that is what
//! starts resyncs.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde_json::{Value, json};

use super::vitals::{Moment, Vitals, liveness};
use crate::door::clock::Clock;

/// What the answers are made from.
struct Health {
    vitals: Arc<Vitals>,
    clock: Clock,
}

/// `GET /health/live` and `GET /health/ready`, which answers 503 with the reasons when it is not. What else the process answers,
/// such as its metrics, is merged with it.
pub fn router(vitals: Arc<Vitals>, clock: Clock) -> Router {
    Router::new()
        .route("/health/live", get(|| async { answer(StatusCode::OK, &liveness()) }))
        .route("/health/ready", get(ready))
        .with_state(Arc::new(Health { vitals, clock }))
        .fallback(|| async { answer(StatusCode::NOT_FOUND, &json!({"ok": false, "error": "not_found"})) })
}

async fn ready(State(health): State<Arc<Health>>) -> Response {
    let (is_ready, body) = health.vitals.read().readiness(Moment::now(&health.clock));
    answer(if is_ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE }, &body)
}

pub(super) fn answer(status: StatusCode, body: &Value) -> Response {
    (status, [(header::CONTENT_TYPE, "application/json")], body.to_string()).into_response()
}

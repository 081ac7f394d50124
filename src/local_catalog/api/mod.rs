//! Routes. A handler reads the request, passes the work on, and writes the answer. It decides nothing else.
//!
//! Every route needs a token, except the one that issues tokens and the document of the routes. The ingest routes need one too.

mod auth;
mod blueprints;
mod bulk;
mod documents;
mod entities;
mod ingest;
mod integration;
mod request;
mod search;

use std::sync::Arc;

use axum::Router;
use axum::http::{Method, StatusCode, Uri, header};
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, patch, post, put};
use jiff::Timestamp;
use serde_json::Value;

use super::CatalogState;
use super::error::ApiError;

/// State of the handlers.
pub(super) struct ApiState {
    pub(super) shared: Arc<CatalogState>,
    /// Without a slash at its end.
    pub(super) public_url: String,
}

/// Result of a handler.
pub(super) type HandlerResult = Result<Response, ApiError>;

impl ApiState {
    fn now(&self) -> Timestamp {
        self.shared.clock.now()
    }
}

pub(super) fn router(shared: Arc<CatalogState>, public_url: &str) -> Router {
    let app = Arc::new(ApiState { shared, public_url: public_url.trim_end_matches('/').to_owned() });
    let entities = Router::new()
        .route("/blueprints/{blueprint}/entities", get(entities::list).post(entities::upsert))
        .route("/blueprints/{blueprint}/entities/bulk", post(bulk::upsert))
        .route("/blueprints/{blueprint}/bulk/entities/delete", post(bulk::delete))
        .route(
            "/blueprints/{blueprint}/entities/{entity}",
            get(entities::one).patch(entities::merge).put(entities::overwrite).delete(entities::delete),
        )
        .route("/blueprints/{blueprint}/entities-count", get(entities::count))
        .route("/blueprints/{blueprint}/entities/search", post(search::page))
        .route("/entities/search", post(search::all))
        .route("/blueprints/entities/datasource-entities", post(search::owned));
    let blueprints = Router::new()
        .route("/blueprints", get(blueprints::list).post(blueprints::create))
        .route(
            "/blueprints/{blueprint}",
            get(blueprints::one).patch(blueprints::patch).put(blueprints::overwrite).delete(blueprints::delete),
        )
        .route("/blueprints/{blueprint}/all-entities", axum::routing::delete(blueprints::delete_entities))
        .route("/migrations/{migration}", get(blueprints::migration));
    let integration = Router::new()
        .route("/integration", get(integration::list).post(integration::create))
        .route("/integration/provision-enabled", get(integration::provision_enabled))
        .route("/integration/{integration}", get(integration::one).patch(integration::patch).delete(integration::delete))
        .route("/integration/{integration}/config", patch(integration::patch_config))
        .route("/integration/{integration}/resync-state", patch(integration::patch_resync_state))
        .route("/integration/{integration}/resync-request", get(integration::resync_request))
        .route("/integration/{integration}/kinds/{kind}/examples", get(integration::examples).post(integration::put_examples))
        .route("/org/{organization}/integration/probe/{probe}", get(integration::probe).patch(integration::patch_probe))
        .route("/integration/{integration}/logs", get(integration::logs))
        .route(
            "/integration/{integration}/cursor",
            get(integration::cursor).put(integration::put_cursor).post(integration::put_cursor),
        );
    let documents = Router::new()
        .route("/pages", get(documents::pages).post(documents::create_page))
        .route(
            "/pages/{page}",
            get(documents::page).put(documents::replace_page).patch(documents::patch_page).delete(documents::delete_page),
        )
        .route("/actions", get(documents::actions).post(documents::create_action))
        .route("/blueprints/{blueprint}/scorecards", get(documents::scorecards).post(documents::create_scorecard))
        .route(
            "/blueprints/{blueprint}/scorecards/{scorecard}",
            get(documents::scorecard).put(documents::replace_scorecard).delete(documents::delete_scorecard),
        )
        .route("/organization", get(documents::organization));
    let guarded = entities.merge(blueprints).merge(integration).merge(documents);
    let guarded = guarded.route_layer(from_fn_with_state(Arc::clone(&app), auth::require_token));
    let ingest = Router::new()
        .route("/logs/{integration}", post(ingest::logs))
        .route("/metrics/{integration}/syncMetrics", post(ingest::sync_metrics))
        .route("/metrics/{integration}/syncMetrics/resync/{event}/kind/{kind}", put(ingest::kind_metrics))
        .route("/metrics/{integration}/heartbeat", post(ingest::heartbeat))
        .route("/lake/{integration}/{*rest}", post(ingest::lake_write));
    Router::new()
        .route("/openapi.json", get(openapi))
        .nest("/v1", guarded.route("/auth/access_token", post(auth::access_token)))
        .nest(ingest::PATH, ingest.route_layer(from_fn_with_state(Arc::clone(&app), auth::require_token)))
        .fallback(no_route)
        .method_not_allowed_fallback(no_route)
        .with_state(app)
}

/// The routes in the form of OpenAPI 3.1. A test holds it against the router.
const OPENAPI: &str = include_str!("openapi.json");

/// `GET /openapi.json`
async fn openapi() -> Response {
    json(StatusCode::OK, OPENAPI)
}

async fn no_route(method: Method, uri: Uri) -> ApiError {
    ApiError::new(404, "not_found", format!("Route {method}:{} not found", uri.path()))
}

/// Answer with this JSON.
fn json(status: StatusCode, body: impl Into<String>) -> Response {
    (status, [(header::CONTENT_TYPE, "application/json; charset=utf-8")], body.into()).into_response()
}

/// `{"ok": true}` with one more key.
fn ok(name: &str, value: impl Into<Value>) -> Response {
    json(StatusCode::OK, format!(r#"{{"ok":true,"{name}":{}}}"#, value.into()))
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        json(status, self.envelope().to_string())
    }
}

//! Access tokens: issuing and checking.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::request::{self, Caller, LimitedBody};
use super::{ApiState, HandlerResult};
use crate::local_catalog::datasource;
use crate::local_catalog::error::ApiError;
use crate::model::secret::Secret;

/// `POST /v1/auth/access_token`
pub(super) async fn access_token(State(app): State<Arc<ApiState>>, LimitedBody(body): LimitedBody) -> HandlerResult {
    let body = request::object(&body)?;
    let text = |name: &str| match body.get(name) {
        Some(Value::String(text)) => Ok(text.as_str()),
        Some(_) => Err(ApiError::invalid(format!("body/{name} must be string"))),
        None => Err(ApiError::invalid(format!("body must have required property '{name}'"))),
    };
    let (client, secret) = (text("clientId")?, text("clientSecret")?);
    if app.shared.credentials.as_ref().is_some_and(|(id, known)| id != client || !is_equal(known, secret)) {
        return Err(ApiError::unauthorized("client id or client secret is wrong"));
    }
    let tokens = &app.shared.tokens;
    let answer = json!({
        "ok": true,
        "accessToken": tokens.issue(client, app.now()),
        "expiresIn": tokens.lifetime_seconds(),
        "tokenType": "Bearer",
    });
    Ok(super::json(StatusCode::OK, answer.to_string()))
}

/// Compares secrets in a time that does not depend on the position of the first difference.
fn is_equal(known: &Secret, given: &str) -> bool {
    let (known, given) = (known.expose().as_bytes(), given.as_bytes());
    known.len() == given.len() && known.iter().zip(given).fold(0, |differs, (left, right)| differs | (left ^ right)) == 0
}

/// Middleware: identifies the caller, or refuses the request.
pub(super) async fn require_token(State(app): State<Arc<ApiState>>, mut request: Request, next: Next) -> Response {
    match caller(&app, request.headers()) {
        Ok(caller) => {
            request.extensions_mut().insert(caller);
            next.run(request).await
        }
        Err(refusal) => refusal.into_response(),
    }
}

fn caller(app: &ApiState, headers: &HeaderMap) -> Result<Caller, ApiError> {
    let header = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let without = || ApiError::unauthorized("the request has no bearer token; POST /v1/auth/access_token gives one");
    let token = header(header::AUTHORIZATION).and_then(bearer).ok_or_else(without)?;
    let stale = || ApiError::unauthorized("the access token is unknown or has expired");
    let client = app.shared.tokens.client(token, app.now()).ok_or_else(stale)?;
    let datasource = datasource::of_user_agent(header(header::USER_AGENT));
    Ok(Caller { client: client.into(), datasource: datasource.into() })
}

fn bearer(header: &str) -> Option<&str> {
    let (kind, token) = header.split_once(' ')?;
    kind.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

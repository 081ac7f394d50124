//! Parts of requests: limited bodies, query parameters, and the caller.

use std::sync::Arc;

use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use serde_json::Value;

use crate::local_catalog::error::ApiError;
use crate::local_catalog::projection::Projection;

/// Bytes of the largest body of the API: 1 MiB.
const BODY_LIMIT: usize = 1_048_576;

/// Bytes of the largest body of metrics and logs.
const INGEST_LIMIT: usize = 1_258_291;

/// Bytes of a too large body that are still read, so that the client gets the answer and not a broken connection.
const DRAIN_LIMIT: usize = 64 * 1_048_576;

/// Body of at most 1 MiB.
pub(super) struct LimitedBody(pub(super) Bytes);

/// Body of metrics or logs, of at most 1.2 MiB.
pub(super) struct IngestBody(pub(super) Bytes);

impl<S: Sync> FromRequest<S> for LimitedBody {
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &S) -> Result<Self, ApiError> {
        read(request, BODY_LIMIT).await.map(Self)
    }
}

impl<S: Sync> FromRequest<S> for IngestBody {
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &S) -> Result<Self, ApiError> {
        read(request, INGEST_LIMIT).await.map(Self)
    }
}

async fn read(request: Request, limit: usize) -> Result<Bytes, ApiError> {
    let mut body = request.into_body();
    let mut whole = BytesMut::new();
    let mut length = 0;
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| ApiError::new(400, "bad_request", format!("the body is incomplete: {error}")))?;
        let Ok(data) = frame.into_data() else { continue };
        length += data.len();
        if length > DRAIN_LIMIT {
            break;
        }
        if length <= limit {
            whole.extend_from_slice(&data);
        }
    }
    if length <= limit {
        return Ok(whole.freeze());
    }
    let size = if limit == BODY_LIMIT { "1MiB".to_owned() } else { format!("{limit} bytes") };
    Err(ApiError::new(413, "bad_request", format!("Request body is too large (limit is {size})")))
}

/// Body as text.
pub(super) fn text(body: &Bytes) -> Result<&str, ApiError> {
    std::str::from_utf8(body).map_err(|error| ApiError::new(400, "bad_request", format!("the body is not UTF-8: {error}")))
}

/// Body as JSON.
pub(super) fn value(body: &Bytes) -> Result<Value, ApiError> {
    serde_json::from_slice(body).map_err(not_json)
}

/// Body as a JSON object.
pub(super) fn object(body: &Bytes) -> Result<serde_json::Map<String, Value>, ApiError> {
    match value(body)? {
        Value::Object(object) => Ok(object),
        _ => Err(ApiError::invalid("body must be object")),
    }
}

/// Refusal of a body that is not JSON, or does not have the form of its route.
pub(super) fn not_json(error: serde_json::Error) -> ApiError {
    match error.classify() {
        serde_json::error::Category::Data => ApiError::invalid(format!("body {error}")),
        _ => ApiError::new(400, "bad_request", format!("Body is not valid JSON: {error}")),
    }
}

/// Query parameters in their order.
pub(super) struct Parameters(Vec<(String, String)>);

impl<S: Sync> FromRequestParts<S> for Parameters {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let query = parts.uri.query().unwrap_or("");
        Ok(Self(url::form_urlencoded::parse(query.as_bytes()).into_owned().collect()))
    }
}

impl Parameters {
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// All values of a repeated name.
    pub(super) fn all(&self, name: &str) -> Vec<String> {
        self.0.iter().filter(|(key, _)| key == name).map(|(_, value)| value.clone()).collect()
    }

    /// Boolean parameter, false when absent.
    pub(super) fn flag(&self, name: &str) -> Result<bool, ApiError> {
        match self.get(name) {
            None => Ok(false),
            Some(word) if word.eq_ignore_ascii_case("true") || word == "1" => Ok(true),
            Some(word) if word.eq_ignore_ascii_case("false") || word == "0" => Ok(false),
            Some(other) => Err(ApiError::invalid(format!("querystring/{name} must be boolean, not \"{other}\""))),
        }
    }

    /// Value of `include` and `exclude`.
    pub(super) fn projection(&self) -> Projection {
        Projection::new(self.all("include"), self.all("exclude"))
    }
}

/// Caller of a request, from [`super::auth::require_token`].
#[derive(Clone, Debug)]
pub(super) struct Caller {
    /// Client id of the token.
    pub(super) client: Arc<str>,
    /// Value for `$datasource`.
    pub(super) datasource: Arc<str>,
}

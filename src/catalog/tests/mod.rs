//! Client against a scripted catalog, called in memory, in paused time.

mod blueprints;
mod credentials;
mod deletion;
mod integration;
mod quoting;
mod reading;
mod retries;
mod upserts;
mod waits;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use serde_json::{Map, Value, json};
use tokio::time::Instant;
use tower::ServiceExt;

use super::*;
use crate::door::http::{Request, TransportError, TransportErrorKind, in_memory};
use crate::model::bulk::UpsertResult;
use crate::model::entity::Entity;

pub(super) const START: &str = "2026-08-01T00:00:00Z";

/// Request that the scripted catalog received.
#[derive(Clone, Debug)]
pub(super) struct RecordedRequest {
    pub(super) method: String,
    pub(super) path: String,
    pub(super) query: String,
    pub(super) headers: HeaderMap,
    pub(super) body: Value,
    /// Time since the start of the test.
    pub(super) at: Duration,
    /// Number of earlier requests with the same method and path.
    pub(super) before: usize,
}

impl RecordedRequest {
    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }

    pub(super) fn is_sign_in(&self) -> bool {
        self.path == "/v1/auth/access_token"
    }

    pub(super) fn is_bulk(&self) -> bool {
        self.path.ends_with("/entities/bulk")
    }

    /// Identifiers in the body of an upsert or a deletion.
    pub(super) fn identifiers(&self) -> Vec<Value> {
        let entities = self.body["entities"].as_array().unwrap().iter();
        entities.map(|entity| entity.get("identifier").unwrap_or(entity).clone()).collect()
    }
}

/// Answer of the scripted catalog.
#[derive(Clone, Debug)]
pub(super) enum Reply {
    Json(u16, Value),
    WithHeaders(u16, Vec<(&'static str, String)>, Value),
    Text(u16, &'static str),
    /// Answer after a delay.
    Late(Duration, Box<Reply>),
    /// Beginning of an answer, then a broken connection.
    Cut(&'static str),
    /// No answer.
    Fault(TransportErrorKind),
}

/// This body after a delay.
pub(super) fn late(seconds: u64, body: Value) -> Reply {
    Reply::Late(Duration::from_secs(seconds), Box::new(Reply::Json(200, body)))
}

pub(super) fn refusal(status: u16, code: &str) -> Reply {
    Reply::Json(status, json!({"ok": false, "error": code, "message": format!("about {code}")}))
}

/// Answer to a bulk in which every entity is new.
pub(super) fn all_created(seen: &RecordedRequest) -> Reply {
    let identifiers = seen.identifiers().into_iter().enumerate();
    let entities: Vec<_> =
        identifiers.map(|(index, identifier)| json!({"created": true, "identifier": identifier, "index": index})).collect();
    Reply::Json(200, json!({"ok": true, "entities": entities, "errors": []}))
}

/// Client with its scripted catalog.
pub(super) struct Scripted {
    pub(super) catalog: Catalog,
    log: Arc<Mutex<Vec<RecordedRequest>>>,
    started: Instant,
}

impl Scripted {
    /// Creates a catalog that answers by `script`. By default sign-ins get a token, bulks are created, and nothing else exists.
    pub(super) fn new(script: impl Fn(&RecordedRequest) -> Option<Reply> + Send + Sync + 'static) -> Self {
        let log: Arc<Mutex<Vec<RecordedRequest>>> = Arc::default();
        let started = Instant::now();
        let (script, written) = (Arc::new(script), Arc::clone(&log));
        let router = axum::Router::new().fallback(move |request: http::Request<Body>| {
            let (script, log) = (Arc::clone(&script), Arc::clone(&written));
            async move {
                let (parts, body) = request.into_parts();
                let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
                let (method, path) = (parts.method.to_string(), parts.uri.path().to_owned());
                let seen = {
                    let mut log = log.lock().unwrap();
                    let before = log.iter().filter(|seen| seen.method == method && seen.path == path).count();
                    let seen = RecordedRequest {
                        method,
                        path,
                        query: parts.uri.query().unwrap_or_default().to_owned(),
                        headers: parts.headers,
                        body: if body.is_empty() { Value::Null } else { serde_json::from_slice(&body).unwrap() },
                        at: started.elapsed(),
                        before,
                    };
                    log.push(seen.clone());
                    seen
                };
                answer(script(&seen).unwrap_or_else(|| usual(&seen))).await
            }
        });
        let http = HttpService::new(tower::service_fn(move |request: Request| {
            let server = in_memory(router.clone());
            async move {
                let response = server.oneshot(request).await?;
                match response.extensions().get::<TransportErrorKind>() {
                    Some(kind) => Err(TransportError::new(*kind, "as scripted")),
                    None => Ok(response),
                }
            }
        }));
        let catalog = Catalog::new(options(http)).unwrap();
        Self { catalog, log, started }
    }

    pub(super) fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    /// All requests but the sign-ins.
    pub(super) fn calls(&self) -> Vec<RecordedRequest> {
        self.log.lock().unwrap().iter().filter(|seen| !seen.is_sign_in()).cloned().collect()
    }

    pub(super) fn sign_ins(&self) -> usize {
        self.log.lock().unwrap().iter().filter(|seen| seen.is_sign_in()).count()
    }

    /// Methods and paths of all requests but the sign-ins.
    pub(super) fn paths(&self) -> Vec<String> {
        self.calls().iter().map(|seen| format!("{} {}", seen.method, seen.path)).collect()
    }
}

pub(super) fn options(http: HttpService) -> CatalogOptions {
    CatalogOptions {
        http,
        base_url: "https://catalog.test/".into(),
        client_id: "id".into(),
        client_secret: Secret::new("cl13nt-s3cret"),
        integration_identifier: "my-copilot".into(),
        integration_type: "github-copilot".into(),
        version: "1.2.3".into(),
        clock: Clock::starting_at(START.parse().unwrap()),
        seed: 7,
    }
}

async fn answer(reply: Reply) -> Response {
    match reply {
        Reply::Json(status, body) => (StatusCode::from_u16(status).unwrap(), body.to_string()).into_response(),
        Reply::WithHeaders(status, headers, body) => {
            let mut response = (StatusCode::from_u16(status).unwrap(), body.to_string()).into_response();
            for (name, value) in headers {
                response.headers_mut().insert(name, value.parse().unwrap());
            }
            response
        }
        Reply::Text(status, text) => (StatusCode::from_u16(status).unwrap(), text).into_response(),
        Reply::Late(wait, reply) => {
            tokio::time::sleep(wait).await;
            Box::pin(answer(*reply)).await
        }
        Reply::Cut(beginning) => {
            let frames = [Ok(Bytes::from_static(beginning.as_bytes())), Err(std::io::Error::other("reset"))];
            Body::from_stream(futures_util::stream::iter(frames)).into_response()
        }
        Reply::Fault(kind) => {
            let mut response = StatusCode::IM_A_TEAPOT.into_response();
            response.extensions_mut().insert(kind);
            response
        }
    }
}

fn usual(seen: &RecordedRequest) -> Reply {
    match () {
        () if seen.is_sign_in() => token(seen.before + 1, 10_800),
        () if seen.is_bulk() => all_created(seen),
        () => refusal(404, "not_found"),
    }
}

pub(super) fn token(number: usize, expires_in: u64) -> Reply {
    let body = json!({"ok": true, "accessToken": format!("t0ken-{number}"), "expiresIn": expires_in, "tokenType": "Bearer"});
    Reply::Json(200, body)
}

pub(super) fn organization() -> Reply {
    Reply::Json(200, json!({"ok": true, "organization": {"id": "org_1", "featureFlags": []}}))
}

pub(super) fn entity(identifier: impl Into<Value>) -> Entity {
    Entity {
        identifier: identifier.into(),
        blueprint: "service".into(),
        title: None,
        icon: None,
        team: None,
        properties: Some(Map::new().into()),
        relations: None,
    }
}

pub(super) fn entities(count: usize) -> Vec<Entity> {
    (0..count).map(|number| entity(format!("e{number}"))).collect()
}

pub(super) const MERGE: UpsertFlags = UpsertFlags { merge: true, create_missing_related: true };

#[test]
fn a_base_url_is_an_address_and_may_end_in_v1() {
    for (given, used) in [
        ("https://api.port.io", "https://api.port.io"),
        (" https://api.port.io/v1/ ", "https://api.port.io"),
        ("http://127.0.0.1:8080/catalog/", "http://127.0.0.1:8080/catalog"),
    ] {
        assert_eq!(base_url(given).unwrap(), used);
    }
    for wrong in ["api.port.io", "ftp://api.port.io", "https://me:s3cret@api.port.io", "https://api.port.io/?a=b", ""] {
        let error = base_url(wrong).unwrap_err().to_string();
        assert!(error.contains("base URL") && !error.contains("s3cret"), "{error}");
    }
}

#[tokio::test]
async fn what_cannot_stand_in_a_user_agent_is_refused_before_anything_is_sent() {
    let change = |change: &dyn Fn(&mut CatalogOptions)| {
        let mut options = options(in_memory(axum::Router::new()));
        change(&mut options);
        Catalog::new(options).map(drop).map_err(|error| error.to_string())
    };
    assert_eq!(change(&|_| ()), Ok(()));
    assert!(change(&|options| options.version = "1/2".into()).unwrap_err().contains("version `1/2`"));
    assert!(change(&|options| options.integration_identifier = "a\nb".into()).unwrap_err().contains(r"`a\nb`"));
}

#[tokio::test]
async fn every_call_can_be_made_from_a_task_that_moves_between_threads() {
    fn movable<F: Future + Send>(_: F) {}
    let catalog = Catalog::new(options(in_memory(axum::Router::new()))).unwrap();
    let progress = ResyncProgress {
        status: ResyncStatus::Running,
        last_resync_end: None,
        last_resync_start: None,
        next_resync: None,
        interval_minutes: None,
    };
    movable(catalog.upsert("service", &[], MERGE));
    movable(catalog.search_owned("service", &[], &[]));
    movable(catalog.owned(None).next());
    movable(catalog.delete("service", &[], false));
    movable(catalog.blueprint("service"));
    movable(catalog.create_missing_blueprints(&[]));
    movable(catalog.create_integration(Some(&Value::Null), "Default"));
    movable(catalog.put_resync_state(&progress));
}

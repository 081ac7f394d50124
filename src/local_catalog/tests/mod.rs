//! The catalog from outside: through the real wire format, called in memory.

mod blueprints;
mod bulk;
mod calculated;
mod entities;
mod folder;
mod integration;
mod life_of_an_integration;
mod peer_use;
mod search;
mod validation;

use std::time::Duration;

use bytes::Bytes;
use serde_json::{Value, json};
use tower::ServiceExt;

use super::*;
use crate::door::http::{HttpService, Request, in_memory, read_whole};

/// Query that an integration of Ocean sends with requests about entities.
const OCEAN: &str = "port-ocean/github-copilot/0.3.104/mine/exporter";
/// The query of its upserts.
const UPSERT: &str = "upsert=true&merge=true&create_missing_related_entities=true&validation_only=false";
const PUBLIC_URL: &str = "http://127.0.0.1:4000";

/// A client of the catalog, with a token.
struct Peer {
    service: HttpService,
    token: String,
    agent: String,
    headers: Vec<(&'static str, &'static str)>,
}

/// A catalog in memory at the start of 2026-08-01. Needs a runtime with paused time.
fn options() -> LocalCatalogOptions {
    LocalCatalogOptions::new(Storage::Memory, Clock::starting_at("2026-08-01T00:00:00Z".parse().unwrap()))
}

/// A client of an empty catalog.
async fn peer() -> Peer {
    peer_of(options()).await
}

async fn peer_of(options: LocalCatalogOptions) -> Peer {
    Peer::new(&LocalCatalog::open(options).unwrap()).await
}

impl Peer {
    async fn new(catalog: &LocalCatalog) -> Self {
        let service = in_memory(catalog.router(PUBLIC_URL));
        let mut peer = Self { service, token: String::new(), agent: OCEAN.to_owned(), headers: Vec::new() };
        peer.sign_in().await;
        peer
    }

    async fn sign_in(&mut self) {
        let (status, answer) = self.post("/v1/auth/access_token", &json!({"clientId": "me", "clientSecret": "secret"})).await;
        assert_eq!(status, 200, "{answer}");
        self.token = answer["accessToken"].as_str().unwrap().to_owned();
    }

    async fn send(&self, method: &str, path: &str, body: impl Into<Bytes>) -> (u16, Value) {
        let mut request = http::Request::builder().method(method).uri(format!("{PUBLIC_URL}{path}"));
        request = request.header("authorization", format!("Bearer {}", self.token)).header("user-agent", &self.agent);
        for (name, value) in &self.headers {
            request = request.header(*name, *value);
        }
        let request: Request = request.body(body.into()).unwrap();
        let response = self.service.clone().oneshot(request).await.unwrap();
        let status = response.status().as_u16();
        let body = read_whole(response.into_body(), 1 << 24).await.unwrap();
        let answer: Value = serde_json::from_slice(&body).unwrap_or_else(|_| panic!("{method} {path}: {body:?}"));
        assert_eq!(answer.get("ok").and_then(Value::as_bool), Some(status < 300 && status != 207), "{method} {path}: {answer}");
        (status, answer)
    }

    async fn get(&self, path: &str) -> (u16, Value) {
        self.send("GET", path, "").await
    }

    async fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        self.send("POST", path, body.to_string()).await
    }

    async fn patch(&self, path: &str, body: &Value) -> (u16, Value) {
        self.send("PATCH", path, body.to_string()).await
    }

    async fn delete(&self, path: &str) -> (u16, Value) {
        self.send("DELETE", path, "").await
    }

    /// Makes a blueprint `name` with properties `text`, `number` and `when`, and the given relations.
    async fn blueprint(&self, name: &str, relations: Value) {
        let properties = json!({
            "text": {"type": "string"}, "number": {"type": "number"}, "when": {"type": "string", "format": "date-time"},
        });
        let schema = json!({"properties": properties, "required": []});
        let blueprint = json!({"identifier": name, "title": name, "schema": schema, "relations": relations});
        let (status, answer) = self.post("/v1/blueprints", &blueprint).await;
        assert_eq!(status, 201, "{answer}");
    }

    /// Upserts in bulk as Ocean does.
    async fn bulk(&self, blueprint: &str, entities: Value) -> (u16, Value) {
        self.post(&format!("/v1/blueprints/{blueprint}/entities/bulk?{UPSERT}"), &json!({"entities": entities})).await
    }

    /// The entity as stored; null when there is none.
    async fn entity(&self, blueprint: &str, identifier: &str) -> Value {
        self.get(&format!("/v1/blueprints/{blueprint}/entities/{identifier}")).await.1["entity"].take()
    }

    /// The identifiers that a search finds, by blueprint and identifier.
    async fn found(&self, rules: Value) -> Vec<String> {
        let (status, answer) = self.post("/v1/entities/search", &json!({"combinator": "and", "rules": rules})).await;
        assert_eq!(status, 200, "{answer}");
        identifiers(&answer)
    }
}

/// The identifiers in an answer's `entities`.
fn identifiers(answer: &Value) -> Vec<String> {
    answer["entities"].as_array().unwrap().iter().map(|entity| entity["identifier"].as_str().unwrap().to_owned()).collect()
}

/// Status and code of a refusal.
fn refusal((status, answer): (u16, Value)) -> (u16, String) {
    (status, answer["error"].as_str().unwrap_or_default().to_owned())
}

fn refused(status: u16, code: &str) -> (u16, String) {
    (status, code.to_owned())
}

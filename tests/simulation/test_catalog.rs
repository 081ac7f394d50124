//! A catalog in memory, with entities in it that are not ours, and snapshots of it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use bytes::Bytes;
use pilotage::door::clock::Clock;
use pilotage::door::http::{HttpService, Request, in_memory, read_whole};
use pilotage::local_catalog::{LocalCatalog, LocalCatalogOptions, Storage, TokenOptions};
use pilotage::model::secret::Secret;
use serde_json::{Map, Value, json};
use tower::ServiceExt;

use super::generated_mapping::BLUEPRINTS;
use super::random::{Concern, RandomStream};

pub(crate) const URL: &str = "http://catalog.test";
pub(crate) const CLIENT_SECRET: &str = "canary-of-the-catalog";
pub(crate) const IDENTIFIER: &str = "simulated";
const OURS: &str = "port-ocean/github-copilot/1.0.0/simulated/exporter";

/// Blueprint and identifier.
pub(crate) type Key = (String, String);

/// An entity as far as a mapping decides about it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Held {
    pub(crate) title: Value,
    pub(crate) properties: Map<String, Value>,
    pub(crate) relations: Map<String, Value>,
}

/// Contents of a catalog.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Snapshot {
    pub(crate) entities: BTreeMap<Key, Held>,
    /// Those of them that are ours.
    pub(crate) owned: BTreeSet<Key>,
}

pub(crate) struct TestCatalog {
    pub(crate) service: HttpService,
}

impl TestCatalog {
    /// A catalog with blueprints, and in each of them an entity that somebody else wrote.
    pub(crate) async fn open(seed: u64, clock: &Clock, blueprints: &BTreeSet<String>) -> Self {
        let mut options = LocalCatalogOptions::new(Storage::Memory, clock.clone());
        options.credentials = Some(("id".into(), Secret::new(CLIENT_SECRET)));
        let mut stream = RandomStream::new(seed, Concern::World, 1);
        options.tokens = match stream.below(4) {
            0 => TokenOptions { uses: Some(stream.between(3, 9)), ..TokenOptions::default() },
            1 => TokenOptions { lifetime: Duration::from_secs(stream.between(1, 90)), uses: None },
            _ => TokenOptions::default(),
        };
        let place = Self { service: in_memory(LocalCatalog::open(options).unwrap().router(URL)) };
        for (name, relations) in BLUEPRINTS.iter().filter(|(name, _)| blueprints.contains(*name)) {
            let relation = |(name, target): &(&str, &str)| ((*name).to_owned(), json!({"target": target, "many": false}));
            let relations: Map<String, Value> = relations.iter().map(relation).collect();
            let number = json!({"type": "number"});
            let properties = json!({
                "count": number, "extra": number, "scope": {"type": "string"}, "moment": {"type": "string", "format": "date-time"}});
            let schema = json!({"properties": properties, "required": []});
            let blueprint = json!({"identifier": name, "title": name, "schema": schema, "relations": relations});
            place.ask("POST", "/v1/blueprints", OURS, &blueprint).await;
        }
        let others =
            ["curl/8.0", "port-ocean/github-copilot/1.0.0/another/exporter", "port-ocean/github-copilot/1.0.0/simulated"];
        for (number, blueprint) in blueprints.iter().enumerate() {
            let entity = json!({"identifier": format!("foreign-{number}"), "title": "not ours", "properties": {"count": number}});
            let path = format!("/v1/blueprints/{blueprint}/entities?upsert=true");
            place.ask("POST", &path, others[number % others.len()], &entity).await;
        }
        place
    }

    /// Reads all entities, and which of them are ours.
    pub(crate) async fn snapshot(&self) -> Snapshot {
        let all = self.ask("POST", "/v1/entities/search", OURS, &json!({"combinator": "and", "rules": []})).await;
        let text = |entity: &Value, name: &str| entity[name].as_str().unwrap().to_owned();
        let key = |entity: &Value| (text(entity, "blueprint"), text(entity, "identifier"));
        let held = |entity: &Value| Held {
            title: entity["title"].clone(),
            properties: entity["properties"].as_object().cloned().unwrap_or_default(),
            relations: entity["relations"].as_object().cloned().unwrap_or_default(),
        };
        let entities = all["entities"].as_array().unwrap().iter().map(|entity| (key(entity), held(entity))).collect();
        let body =
            json!({"datasource_prefix": "port-ocean/github-copilot/", "datasource_suffix": format!("/{IDENTIFIER}/exporter")});
        let owned = self.ask("POST", "/v1/blueprints/entities/datasource-entities", OURS, &body).await;
        Snapshot { entities, owned: owned["entities"].as_array().unwrap().iter().map(key).collect() }
    }

    /// Asks with a token of its own, so that tokens of few uses do not matter.
    async fn ask(&self, method: &str, path: &str, agent: &str, body: &Value) -> Value {
        let credentials = json!({"clientId": "id", "clientSecret": CLIENT_SECRET});
        let token = self.send("POST", "/v1/auth/access_token", agent, "", &credentials).await;
        let authorization = format!("Bearer {}", token["accessToken"].as_str().unwrap());
        self.send(method, path, agent, &authorization, body).await
    }

    async fn send(&self, method: &str, path: &str, agent: &str, authorization: &str, body: &Value) -> Value {
        let request = Request::new(Bytes::from(body.to_string()));
        let (mut parts, body) = request.into_parts();
        parts.method = method.parse().unwrap();
        parts.uri = format!("{URL}{path}").parse().unwrap();
        for (name, value) in [("user-agent", agent), ("authorization", authorization), ("content-type", "application/json")] {
            parts.headers.insert(name, value.parse().unwrap());
        }
        let response = self.service.clone().oneshot(Request::from_parts(parts, body)).await.unwrap();
        let status = response.status();
        let body = read_whole(response.into_body(), 64 << 20).await.unwrap();
        assert!(status.is_success(), "{method} {path}: {status} {}", String::from_utf8_lossy(&body));
        serde_json::from_slice(&body).unwrap()
    }
}

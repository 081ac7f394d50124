//! A catalog that answers at once: what is sent is kept in a map as it came, and nothing is checked. It shows what a resync
//! costs by itself. All but the three routes that a resync lives on are the local catalog's, in memory.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::IntoResponse;
use axum::routing::{get, post};
use axum::serve::ListenerExt;
use pilotage::door::clock::Clock;
use pilotage::local_catalog::{LocalCatalog, LocalCatalogOptions, Storage};
use serde::Deserialize;
use serde_json::value::RawValue;

/// Entities on a page of the listing.
const PAGE: usize = 5000;

#[derive(Default)]
struct Kept {
    entities: HashMap<String, (Bytes, u64)>,
    order: Vec<String>,
    requests: u64,
    upserts: u64,
}

type Shared = Arc<Mutex<Kept>>;

/// Serves until it is killed; prints its address first.
pub(crate) fn serve() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let catalog = LocalCatalog::open(LocalCatalogOptions::new(Storage::Memory, Clock::system())).expect("a catalog");
        let kept = Shared::default();
        let count = |State(kept): State<Shared>, request: axum::extract::Request, next: Next| async move {
            kept.lock().expect("nobody panics").requests += 1;
            next.run(request).await
        };
        let quick = Router::new()
            .route("/v1/blueprints/{blueprint}/entities/bulk", post(upsert))
            .route("/v1/entities/search", post(search))
            .route("/v1/blueprints/entities/datasource-entities", post(owned))
            .route("/counts", get(counts))
            .with_state(Arc::clone(&kept));
        let router = quick.fallback_service(catalog.router(&url)).layer(from_fn_with_state(kept, count));
        println!("{url}");
        // An answer's head and body are two writes; waiting for the acknowledgement of the first costs 40 ms a request.
        let listener = listener.tap_io(|connection| drop(connection.set_nodelay(true)));
        axum::serve(listener, router).await.expect("served");
    });
}

fn json(text: String) -> impl IntoResponse {
    ([(CONTENT_TYPE, "application/json")], text)
}

async fn counts(State(kept): State<Shared>) -> impl IntoResponse {
    let kept = kept.lock().expect("nobody panics");
    // The question itself does not count.
    json(format!("{} {}", kept.requests - 1, kept.upserts))
}

async fn upsert(State(kept): State<Shared>, body: Bytes) -> impl IntoResponse {
    #[derive(Deserialize)]
    struct Bulk<'a> {
        #[serde(borrow)]
        entities: Vec<&'a RawValue>,
    }
    #[derive(Deserialize)]
    struct Named {
        identifier: String,
    }
    let bulk: Bulk<'_> = serde_json::from_slice(&body).expect("a bulk");
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_millis() as u64;
    let mut answer = r#"{"ok":true,"entities":["#.to_owned();
    let mut kept = kept.lock().expect("nobody panics");
    for (index, entity) in bulk.entities.iter().enumerate() {
        let Named { identifier } = serde_json::from_str(entity.get()).expect("an entity");
        let text = body.slice_ref(entity.get().as_bytes());
        let created = kept.entities.insert(identifier.clone(), (text, now)).is_none();
        let comma = if index > 0 { "," } else { "" };
        let name = serde_json::to_string(&identifier).expect("a text");
        answer.push_str(&format!(r#"{comma}{{"created":{created},"identifier":{name},"index":{index}}}"#));
        if created {
            kept.order.push(identifier);
        }
        kept.upserts += 1;
    }
    answer.push_str(r#"],"errors":[],"maxBulkSize":20}"#);
    json(answer)
}

async fn search(State(kept): State<Shared>, body: Bytes) -> impl IntoResponse {
    let query: serde_json::Value = serde_json::from_slice(&body).expect("a query");
    let kept = kept.lock().expect("nobody panics");
    let mut answer = r#"{"ok":true,"entities":["#.to_owned();
    let wanted = query["rules"][0]["value"].as_array().expect("identifiers");
    let found = wanted.iter().filter_map(|identifier| kept.entities.get(identifier.as_str()?));
    for (index, (text, _)) in found.enumerate() {
        if index > 0 {
            answer.push(',');
        }
        answer.push_str(std::str::from_utf8(text).expect("JSON"));
    }
    answer.push_str("]}");
    json(answer)
}

/// What a listing tells of an entity, as it was sent.
#[derive(Deserialize)]
struct Key<'a> {
    #[serde(borrow)]
    identifier: &'a RawValue,
    #[serde(borrow)]
    blueprint: &'a RawValue,
}

async fn owned(State(kept): State<Shared>, body: Bytes) -> impl IntoResponse {
    let asked: serde_json::Value = serde_json::from_slice(&body).expect("a question");
    let from: usize = asked["from"].as_str().and_then(|from| from.parse().ok()).unwrap_or(0);
    let kept = kept.lock().expect("nobody panics");
    let mut answer = r#"{"ok":true,"entities":["#.to_owned();
    for (index, identifier) in kept.order.iter().skip(from).take(PAGE).enumerate() {
        let (text, written) = &kept.entities[identifier];
        let entity: Key<'_> = serde_json::from_slice(text).expect("an entity");
        let moment = jiff::Timestamp::from_millisecond(*written as i64).expect("a moment");
        let comma = if index > 0 { "," } else { "" };
        let (name, blueprint) = (entity.identifier.get(), entity.blueprint.get());
        answer.push_str(&format!(r#"{comma}{{"identifier":{name},"blueprint":{blueprint},"updatedAt":"{moment}"}}"#));
    }
    answer.push(']');
    if from + PAGE < kept.order.len() {
        answer.push_str(&format!(r#","next":"{}""#, from + PAGE));
    }
    answer.push('}');
    json(answer)
}

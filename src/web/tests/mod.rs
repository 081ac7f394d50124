//! The pages over the router in memory: who is let in, what each shows to whom, and what every answer has.

mod guard;
mod pages;

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use axum::body::Body;
use http::{Request, StatusCode};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tempfile::TempDir;
use tower::ServiceExt;

use super::guard::roles::Roles;
use super::guard::{AccessOptions, ProxyOptions};
use super::*;
use crate::door::serving::PeerAddress;
use crate::history::{DayFact, HistoryStore, Part, Reading, ScopeKey, hash};
use crate::local_catalog::{LocalCatalog, LocalCatalogOptions, Storage};
use crate::model::secret::Secret;
use crate::runs::{RunId, Runs};

const HOST: &str = "127.0.0.1:8090";
const ORIGIN: &str = "http://127.0.0.1:8090";
/// A login that stands in the data folder, and that no viewer may see.
const LOGIN: &str = "ada-secretive";

/// An answer, read whole.
struct Got {
    status: StatusCode,
    headers: http::HeaderMap,
    text: String,
}

fn access(listening: &str) -> AccessOptions {
    AccessOptions {
        listening: listening.parse().unwrap(),
        allowed_hosts: Vec::new(),
        token: None,
        token_roles: Roles::default(),
        proxy: None,
    }
}

fn clock() -> Clock {
    Clock::starting_at("2026-11-03T09:00:00Z".parse().unwrap())
}

fn web_over(data: &Path, access: AccessOptions, feed: Option<Arc<Feed>>) -> Web {
    web_at(clock(), data, access, feed)
}

fn web_at(clock: Clock, data: &Path, access: AccessOptions, feed: Option<Arc<Feed>>) -> Web {
    let options = WebOptions {
        data: data.to_owned(),
        flags: " --demo".to_owned(),
        clock,
        catalog: CatalogPlace::Local,
        access,
        embed: crate::web::embed::EmbedOptions::default(),
        rules: crate::figure::FigureRules::default(),
        feed,
        metrics: None,
    };
    Web::new(options).unwrap_or_else(|error| panic!("{error}"))
}

async fn send(web: &Web, request: Request<Body>) -> Got {
    let response = web.router().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let bytes = body.collect().await.unwrap().to_bytes();
    Got { status: parts.status, headers: parts.headers, text: String::from_utf8(bytes.to_vec()).unwrap() }
}

/// A page with backticks around code and in small letters, as messages are written.
fn as_written(page: &str) -> String {
    page.replace("<code>", "`").replace("</code>", "`").to_lowercase()
}

/// A GET with these headers besides the own host.
async fn get(web: &Web, path: &str, headers: &[(&str, &str)]) -> Got {
    let request =
        headers.iter().fold(Request::get(path).header("host", HOST), |request, (name, value)| request.header(*name, *value));
    send(web, request.body(Body::empty()).unwrap()).await
}

/// A POST of JSON from an own page.
async fn post(web: &Web, path: &str, cookie: &str, body: Value) -> Got {
    let request = Request::post(path)
        .header("host", HOST)
        .header("origin", ORIGIN)
        .header("sec-fetch-site", "same-origin")
        .header("content-type", "application/json")
        .header("cookie", cookie);
    send(web, request.body(Body::from(body.to_string())).unwrap()).await
}

/// The cookie of somebody who signed in with those roles by a link.
async fn signed_in(web: &Web, roles: Roles) -> String {
    let link = web.sign_in_link(ORIGIN, roles).unwrap();
    let got = post(web, "/in", "", json!({"token": link.rsplit_once('#').unwrap().1})).await;
    assert_eq!(got.status, StatusCode::OK, "{}", got.text);
    got.headers["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned()
}

fn run_id(second: i64) -> RunId {
    RunId::new(jiff::Timestamp::from_second(1_793_000_000 + second).unwrap(), "7")
}

/// A data folder with a run that had troubles, a catalog, and a history.
async fn folder() -> TempDir {
    let folder = TempDir::new().unwrap();
    let runs = Runs::in_data_folder(folder.path());
    let id = run_id(0);
    let mut changes = runs.begin_changes(&id).unwrap();
    for (action, blueprint, identifier) in [
        ("update", "copilot_organization_usage", "acme@2026-11-01"),
        ("create", "copilot_seat", LOGIN),
        ("withheld", "copilot_team_usage", "beta/core@2026-10-01"),
    ] {
        let fields = match action {
            "update" => json!([{"field": "properties.daily_active_users", "from": 1187, "to": 1204}]),
            _ => json!([]),
        };
        let change = json!({"action": action, "blueprint": blueprint, "identifier": identifier, "fields": fields});
        changes.add(serde_json::from_value(change).unwrap());
    }
    changes.finish().unwrap();
    runs.write(&id, &report(&id)).unwrap();
    catalog(folder.path()).await;
    let scope = ScopeKey::of_slice("acme", false, "api.github.com");
    let fact = |day: &str, people: u32| {
        let row = json!({"day": day, "daily_active_users": people, "weekly_active_users": people + 1, "monthly_active_users": people + 2,
            "loc_added_sum": 10, "loc_deleted_sum": 1, "totals_by_feature": []});
        let content = row.to_string().into_bytes();
        DayFact {
            scope: scope.clone(),
            day: day.parse().unwrap(),
            part: Part::Aggregate,
            hash: hash::of_row(&content),
            content: Some(content),
        }
    };
    let facts = [fact("2026-10-30", 4), fact("2026-11-01", 5)];
    HistoryStore::open(folder.path())
        .unwrap()
        .write(&facts, Reading { at: "2026-11-03T08:00:00Z".parse().unwrap(), is_cached: false })
        .unwrap();
    folder
}

fn report(id: &RunId) -> Value {
    let slice = |kind: &str, scope: &str, state: &str| {
        let reason = (state != "complete").then_some("GitHub answered 403: no right <b>to read</b>");
        json!({"resource": 0, "kind": kind, "scope": scope, "state": state, "items": 3, "rejected": 0, "reason": reason,
            "remedy": reason.map(|_| "give the token the right `read:org`")})
    };
    let resource = |kind: &str, blueprint: &str, refused: Value| json!({"kind": kind, "blueprint": blueprint, "items": 3, "created": 1, "updated": 1, "unchanged": 1, "refused": refused, "seconds": 0.4});
    let refused = json!({"count": 1, "first": [{"entity": {"blueprint": "copilot_seat", "identifier": LOGIN}, "reason": "no"}]});
    let because = json!({"withheld": "unproven", "because": {"slices": ["team-usage-metrics of beta: forbidden"], "count": 1}});
    json!({
        "format": 1, "id": id.as_str(), "version": "0.1.0", "began": "2026-11-03T06:15:02Z", "ended": "2026-11-03T06:15:06Z", "seconds": 4.1,
        "state": "partial", "exit_code": 5, "integration": "test", "github": "https://api.github.com", "catalog": "the embedded catalog",
        "totals": {"create": 1, "update": 1, "send": 0, "delete": 0, "withheld": 28, "unchanged": 1, "refused": 1},
        "resources": [
            resource("organization-usage-metrics", "copilot_organization_usage", json!({"count": 0, "first": []})),
            resource("team-usage-metrics", "copilot_team_usage", json!({"count": 0, "first": []})),
            resource("copilot-seats", "copilot_seat", refused),
        ],
        "slices": [
            slice("organization-usage-metrics", "acme", "complete"),
            slice("team-usage-metrics", "acme", "complete"),
            slice("team-usage-metrics", "beta", "forbidden"),
        ],
        "deletion": {"owned": 100, "blueprints": [{"blueprint": "copilot_team_usage", "candidates": 28, "deleted": 0, "reason": because}]},
        "problems": format!("error: the catalog refused copilot_seat/{LOGIN}"),
    })
}

/// A catalog with an organization's days, and a seat.
async fn catalog(folder: &Path) {
    let catalog = LocalCatalog::open(LocalCatalogOptions::new(Storage::Folder(folder.to_owned()), clock())).unwrap();
    let router = catalog.router("http://catalog.test");
    let call = async |path: &str, token: &str, body: &Value| {
        let request =
            Request::post(path).header("content-type", "application/json").header("authorization", format!("Bearer {token}"));
        let response = router.clone().oneshot(request.body(Body::from(body.to_string())).unwrap()).await.unwrap();
        let status = response.status();
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        assert!(status.is_success(), "{path}: {status} {}", String::from_utf8_lossy(&bytes));
        serde_json::from_slice::<Value>(&bytes).unwrap()
    };
    let token = call("/v1/auth/access_token", "", &json!({"clientId": "me", "clientSecret": "x"})).await;
    let token = token["accessToken"].as_str().unwrap().to_owned();
    let mut day = json!({
        "identifier": "copilot_organization_usage", "title": "Copilot usage of organizations",
        "schema": {"properties": {
            "daily_active_users": {"type": "number", "title": "Active users", "description": "People of a day."},
            "note": {"type": "string"},
        }},
        "calculationProperties": {
            "twice": {"title": "Twice", "type": "number", "calculation": ".properties.daily_active_users * 2"},
        },
        "relations": {"holder": {"target": "copilot_seat", "many": false, "required": false}},
    });
    let seat = json!({"identifier": "copilot_seat", "title": "Seats", "schema": {"properties": {"plan": {"type": "string"}}}});
    for blueprint in [&seat, &day] {
        call("/v1/blueprints", &token, blueprint).await;
    }
    day["identifier"] = json!("service_of_somebody");
    call("/v1/blueprints", &token, &day).await;
    call("/v1/blueprints/copilot_seat/entities", &token, &json!({"identifier": LOGIN, "properties": {"plan": "business"}})).await;
    for number in 0..60 {
        let entity = json!({"identifier": format!("acme@{number:03}"), "properties": {"daily_active_users": number, "note": "<script>alert(1)</script>"},
            "relations": {"holder": if number == 7 { json!(LOGIN) } else { Value::Null }}});
        call("/v1/blueprints/copilot_organization_usage/entities", &token, &entity).await;
    }
}

fn of(address: &str) -> SocketAddr {
    address.parse().unwrap()
}

/// Stores the mapping of the integration `test`, and two entities whose note is null.
async fn put_mapping(folder: &Path, mapping: &Value) {
    let catalog = LocalCatalog::open(LocalCatalogOptions::new(Storage::Folder(folder.to_owned()), clock())).unwrap();
    let router = catalog.router("http://catalog.test");
    let call = async |path: &str, token: &str, body: &Value| {
        let request =
            Request::post(path).header("content-type", "application/json").header("authorization", format!("Bearer {token}"));
        let response = router.clone().oneshot(request.body(Body::from(body.to_string())).unwrap()).await.unwrap();
        assert!(response.status().is_success(), "{path}: {}", response.status());
        serde_json::from_slice::<Value>(&response.into_body().collect().await.unwrap().to_bytes()).unwrap()
    };
    let token = call("/v1/auth/access_token", "", &json!({"clientId": "me", "clientSecret": "x"})).await;
    let token = token["accessToken"].as_str().unwrap().to_owned();
    let integration =
        json!({"installationId": "test", "installationAppType": "github-copilot", "version": "1", "config": mapping});
    call("/v1/integration", &token, &integration).await;
    for day in ["2026-11-01", "100"] {
        let entity = json!({"identifier": format!("acme@{day}"), "properties": {"daily_active_users": 5, "note": null}});
        call("/v1/blueprints/copilot_organization_usage/entities", &token, &entity).await;
    }
}

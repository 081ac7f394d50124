//! The document of the routes for programs: it names each of them and no other, and every answer is as it says.

use std::collections::BTreeSet;

use axum::Router;
use axum::body::Body;
use fancy_regex::Regex;
use http::{Request, header};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::deploy::schema::errors;
use crate::web_figures::{data_folder, options};

/// The router's source. Routers cannot be asked for their routes.
const SOURCE: &str = include_str!("../../../src/web/routes.rs");

fn router() -> Router {
    pilotage::web::Web::new(options(data_folder())).unwrap().router()
}

/// Sends a request, and gives status, media type and body.
async fn send(router: &Router, method: &str, address: &str, body: Option<Value>) -> (u16, String, String) {
    let request = Request::builder().method(method).uri(address).header(header::HOST, "127.0.0.1:8090");
    let request = match body {
        Some(_) => request.header(header::CONTENT_TYPE, "application/json").header(header::ORIGIN, "http://127.0.0.1:8090"),
        None => request,
    };
    let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
    let response = router.clone().oneshot(request.body(body).unwrap()).await.unwrap();
    let status = response.status().as_u16();
    let media_type = response.headers()[header::CONTENT_TYPE].to_str().unwrap().split(';').next().unwrap().to_owned();
    let text = response.into_body().collect().await.unwrap().to_bytes();
    (status, media_type, String::from_utf8(text.to_vec()).unwrap())
}

async fn document(router: &Router) -> Value {
    serde_json::from_str(&send(router, "GET", "/openapi.json", None).await.2).unwrap()
}

/// A schema with what it refers to in place of the references.
fn whole(document: &Value, schema: &Value) -> Value {
    match schema {
        Value::Object(keys) => match keys.get("$ref").and_then(Value::as_str) {
            Some(reference) => {
                let found = document.pointer(reference.trim_start_matches('#')).unwrap_or_else(|| panic!("{reference}"));
                whole(document, found)
            }
            None => keys.iter().map(|(key, value)| (key.clone(), whole(document, value))).collect(),
        },
        Value::Array(values) => values.iter().map(|value| whole(document, value)).collect(),
        other => other.clone(),
    }
}

#[tokio::test]
async fn every_route_for_programs_is_in_the_document_and_no_other() {
    let route = Regex::new(r#"\.route\("([^"]+)", (page|get|post)\("#).unwrap();
    let served = route.captures_iter(SOURCE).map(Result::unwrap).map(|found| (found[1].to_owned(), found[2].to_owned()));
    let is_for_programs = |path: &str| path.starts_with("/api") || path == "/metrics" || path == "/openapi.json";
    let method = |word: &str| if word == "post" { "post" } else { "get" };
    let all: Vec<(String, String)> = served.collect();
    assert!(all.len() > 25, "{all:?}");
    let served: BTreeSet<String> =
        all.iter().filter(|(path, _)| is_for_programs(path)).map(|(path, word)| format!("{} {path}", method(word))).collect();
    let document = document(&router()).await;
    let mut documented = BTreeSet::new();
    for (path, operations) in document["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap().iter().filter(|(key, _)| *key != "parameters") {
            assert!(operation["summary"].is_string(), "{method} {path}");
            documented.insert(format!("{method} {path}"));
        }
    }
    assert_eq!(served, documented);
}

#[tokio::test]
async fn every_answer_is_as_the_document_says() {
    let router = router();
    let document = document(&router).await;
    let mapping = pilotage::mapping::bundled::COPILOT.text;
    let kind = "organization-usage-metrics";
    let mut asked: Vec<(&str, String, &str, Option<Value>, u16)> = vec![
        ("GET", "/openapi.json".to_owned(), "/openapi.json", None, 200),
        ("GET", "/metrics".to_owned(), "/metrics", None, 200),
        ("GET", "/api/figures".to_owned(), "/api/figures", None, 200),
        ("GET", "/api/figures/lines.csv?scope=harbor".to_owned(), "/api/figures/{figure}", None, 200),
        ("GET", "/api/figures/lines".to_owned(), "/api/figures/{figure}", None, 400),
        ("GET", "/api/figures/lnes".to_owned(), "/api/figures/{figure}", None, 404),
        ("GET", "/api/figures/lines?scope=harbor&team=search&by=week".to_owned(), "/api/figures/{figure}", None, 200),
        ("GET", "/api/mapping/words".to_owned(), "/api/mapping/words", None, 200),
        ("POST", "/api/mapping/check".to_owned(), "/api/mapping/check", Some(json!({"mapping": mapping})), 200),
        ("POST", "/api/mapping/check".to_owned(), "/api/mapping/check", Some(json!({"mapping": "a: ["})), 200),
        ("POST", "/api/mapping/check".to_owned(), "/api/mapping/check", Some(json!({})), 400),
        ("POST", "/api/mapping/preview".to_owned(), "/api/mapping/preview", Some(json!({"mapping": mapping, "kind": kind})), 200),
        ("POST", "/api/mapping/preview".to_owned(), "/api/mapping/preview", Some(json!({"mapping": "a: [", "kind": kind})), 200),
        ("POST", "/api/mapping/preview".to_owned(), "/api/mapping/preview", Some(json!({"mapping": "", "kind": "no"})), 400),
        ("POST", "/api/mapping/eval".to_owned(), "/api/mapping/eval", Some(json!({"expression": ".day", "kind": kind})), 200),
        ("POST", "/api/mapping/eval".to_owned(), "/api/mapping/eval", Some(json!({"expression": ".a | b", "kind": kind})), 200),
    ];
    let cases = json!({"mapping": mapping, "cases": "cases: []"});
    asked.push(("POST", "/api/mapping/test".to_owned(), "/api/mapping/test", Some(cases), 200));
    for figure in pilotage::figure::ALL {
        let address = format!("/api/figures/{}?scope=harbor", figure.definition.id);
        asked.push(("GET", address, "/api/figures/{figure}", None, 200));
    }
    let mut answered = BTreeSet::new();
    for (method, address, path, body, expected) in asked {
        let (status, media_type, text) = send(&router, method, &address, body).await;
        assert_eq!(status, expected, "{method} {address}: {text}");
        let responses = &document["paths"][path][method.to_lowercase()]["responses"];
        let described = responses.get(status.to_string()).or(responses.get(format!("{}XX", status / 100)));
        let described = whole(&document, described.unwrap_or_else(|| panic!("{address}: {status} is not described")));
        let content = described["content"].get(&media_type).unwrap_or_else(|| panic!("{address}: {media_type} is not described"));
        let value = if media_type == "application/json" { serde_json::from_str(&text).unwrap() } else { Value::from(text) };
        // What an example looks like is no rule; the validator knows rules only.
        assert_eq!(errors(&content["schema"], &value), [""; 0], "{address}");
        answered.insert(format!("{} {path}", method.to_lowercase()));
    }
    let operations = document["paths"].as_object().unwrap().iter();
    let all = operations.flat_map(|(path, of)| of.as_object().unwrap().keys().map(move |method| format!("{method} {path}")));
    assert_eq!(answered, all.filter(|operation| !operation.starts_with("parameters ")).collect(), "every operation was asked");
}

//! The document of the routes names each route of the router, and no other.

use std::collections::BTreeSet;

use fancy_regex::Regex;
use serde_json::Value;

/// The router's source. Routers cannot be asked for their routes.
const SOURCE: &str = include_str!("../api/mod.rs");
const DOCUMENT: &str = include_str!("../api/openapi.json");

fn prefix(path: &str) -> &'static str {
    match path {
        "/openapi.json" => "",
        _ if ["/logs/", "/metrics/", "/lake/"].iter().any(|ingest| path.starts_with(ingest)) => "/ingest",
        _ => "/v1",
    }
}

#[test]
fn every_route_is_in_the_document_and_no_other() {
    let route = Regex::new(r#"\.route\(\s*"([^"]+)",\s*([^;]*?)\)\s*(?=\.route\(|;|\.nest|\.fallback|\))"#).unwrap();
    let method = Regex::new(r"(?<![a-z_])(get|post|put|patch|delete)\(").unwrap();
    let mut served = BTreeSet::new();
    for found in route.captures_iter(SOURCE).map(Result::unwrap) {
        let (path, handlers) = (&found[1], &found[2]);
        for method in method.captures_iter(handlers).map(Result::unwrap) {
            served.insert(format!("{} {}{}", &method[1], prefix(path), path.replace("{*rest}", "{rest}")));
        }
    }
    let document: Value = serde_json::from_str(DOCUMENT).unwrap();
    let mut documented = BTreeSet::new();
    for (path, operations) in document["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap().iter().filter(|(key, _)| *key != "parameters") {
            assert!(operation["summary"].is_string(), "{method} {path}");
            documented.insert(format!("{method} {path}"));
        }
        let named: Vec<&str> = path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}')).collect();
        let parameters: Vec<&str> = operations["parameters"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|parameter| parameter["name"].as_str().unwrap())
            .collect();
        assert_eq!(parameters, named, "{path}");
    }
    assert!(served.len() > 40, "{served:?}");
    assert_eq!(served, documented);
}

#[test]
fn every_reference_of_the_document_leads_somewhere() {
    fn references(value: &Value, found: &mut Vec<String>) {
        match value {
            Value::Array(values) => values.iter().for_each(|value| references(value, found)),
            Value::Object(keys) => {
                found.extend(keys.get("$ref").and_then(Value::as_str).map(str::to_owned));
                keys.values().for_each(|value| references(value, found));
            }
            _ => {}
        }
    }
    let document: Value = serde_json::from_str(DOCUMENT).unwrap();
    let mut found = Vec::new();
    references(&document, &mut found);
    assert!(!found.is_empty());
    for reference in found {
        assert!(document.pointer(reference.trim_start_matches('#')).is_some(), "{reference}");
    }
}

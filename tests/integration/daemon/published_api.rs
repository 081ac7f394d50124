//! Local catalog as other programs use it: Port's published calls by a plain HTTP client over a real connection.

use pilotage::door::clock::Clock;
use pilotage::local_catalog::{LocalCatalog, LocalCatalogOptions, Storage};
use serde_json::{Value, json};

use super::process::serve_on_loopback;

struct Client {
    http: reqwest::Client,
    url: String,
    token: String,
}

impl Client {
    async fn new(url: &str) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut client = Self { http: reqwest::Client::new(), url: url.to_owned(), token: String::new() };
        let sign_in = json!({"clientId": "someone", "clientSecret": "something"});
        let (status, answer) = client.call("POST", "/v1/auth/access_token", &sign_in).await;
        assert_eq!((status, &answer["tokenType"], &answer["expiresIn"]), (200, &json!("Bearer"), &json!(10_800)));
        client.token = answer["accessToken"].as_str().unwrap().to_owned();
        client
    }

    async fn call(&self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        let request = self.http.request(method.parse().unwrap(), format!("{}{path}", self.url));
        let request = request.header("authorization", format!("Bearer {}", self.token)).header("user-agent", "a-script/1.0");
        let request = match body {
            Value::Null => request,
            body => request.header("content-type", "application/json").body(body.to_string()),
        };
        let answer = request.send().await.unwrap();
        let status = answer.status().as_u16();
        assert!(answer.headers()["content-type"].to_str().unwrap().starts_with("application/json"));
        (status, serde_json::from_str(&answer.text().await.unwrap()).unwrap())
    }

    async fn refused(&self, method: &str, path: &str, body: Value, status: u16, code: &str) -> Value {
        let (answered, answer) = self.call(method, path, &body).await;
        assert_eq!(
            (answered, &answer["ok"], &answer["error"]),
            (status, &json!(false), &json!(code)),
            "{method} {path}: {answer}"
        );
        assert!(answer["message"].is_string(), "{answer}");
        answer
    }
}

#[test]
fn a_script_creates_a_blueprint_upserts_twenty_entities_searches_and_deletes_them() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let catalog = LocalCatalog::open(LocalCatalogOptions::new(Storage::Memory, Clock::system())).unwrap();
    runtime.block_on(async {
        let url = serve_on_loopback(|url| catalog.router(url)).await;
        let client = Client::new(&url).await;

        let properties = json!({"number": {"type": "number"}, "name": {"type": "string"}});
        let blueprint =
            json!({"identifier": "service", "title": "Service", "schema": {"properties": properties, "required": []}});
        let (status, created) = client.call("POST", "/v1/blueprints", &blueprint).await;
        assert_eq!((status, &created["blueprint"]["identifier"]), (201, &json!("service")));
        client.refused("POST", "/v1/blueprints", blueprint.clone(), 409, "identifier_taken").await;
        let missing = client.refused("GET", "/v1/blueprints/k8s_cluster", Value::Null, 404, "not_found").await;
        assert_eq!(missing["message"], "Blueprint with identifier \"k8s_cluster\" was not found");
        assert_eq!(missing["details"], json!({"resource": "Blueprint", "byField": "identifier", "withValue": "k8s_cluster"}));

        let entity = |n: u32| json!({"identifier": format!("s{n:02}"), "title": format!("S {n}"), "properties": {"number": n}});
        let bulk = "/v1/blueprints/service/entities/bulk?upsert=true&merge=true";
        let twenty: Vec<Value> = (0..20).map(entity).collect();
        let (status, answer) = client.call("POST", bulk, &json!({"entities": twenty})).await;
        assert_eq!((status, answer["entities"].as_array().unwrap().len(), &answer["errors"]), (200, 20, &json!([])));
        assert_eq!(answer["entities"][7], json!({"created": true, "identifier": "s07", "index": 7}));
        let more: Vec<Value> = (0..21).map(entity).collect();
        client.refused("POST", bulk, json!({"entities": more}), 422, "invalid_request").await;
        let mixed = json!({"entities": [entity(3), {"identifier": "bad", "properties": {"number": "three"}}]});
        let (status, partly) = client.call("POST", bulk, &mixed).await;
        assert_eq!((status, &partly["ok"], &partly["entities"][0]["created"]), (207, &json!(false), &json!(false)));
        let error = &partly["errors"][0];
        assert_eq!((&error["identifier"], &error["index"], &error["statusCode"]), (&json!("bad"), &json!(1), &json!(422)));
        let large = json!({"entities": [{"identifier": "large", "properties": {"name": "x".repeat(1 << 20)}}]});
        client.refused("POST", bulk, large, 413, "bad_request").await;

        let query = json!({"combinator": "and", "rules": [
            {"property": "$blueprint", "operator": "=", "value": "service"},
            {"property": "number", "operator": ">=", "value": 17}]});
        let (status, found) = client.call("POST", "/v1/entities/search?include=identifier", &query).await;
        assert_eq!((status, found["entities"].as_array().unwrap().len()), (200, 3));
        client.refused("POST", "/v1/entities/search", json!({"rules": []}), 422, "invalid_request").await;

        let all: Vec<String> = (0..20).map(|n| format!("s{n:02}")).collect();
        let delete = "/v1/blueprints/service/bulk/entities/delete?delete_dependents=false";
        let (status, deleted) = client.call("POST", delete, &json!({"entities": all})).await;
        assert_eq!((status, deleted["deletedEntities"].as_array().unwrap().len()), (200, 20));
        let (status, count) = client.call("GET", "/v1/blueprints/service/entities-count", &Value::Null).await;
        assert_eq!((status, &count["count"]), (200, &json!(0)));
        client.refused("GET", "/v1/blueprints/service/entities/s00", Value::Null, 404, "not_found").await;

        let stranger = Client { http: client.http.clone(), url: client.url.clone(), token: "none".to_owned() };
        stranger.refused("GET", "/v1/blueprints", Value::Null, 401, "unauthorized").await;
    });
}

//! Servers that quote whatever they were sent: a GitHub and catalogs.

use std::sync::{Arc, Mutex};

use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Response, StatusCode, Uri};
use axum::middleware::{self, Next};
use axum::routing::any;
use axum::{Json, Router};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use pilotage::door::clock::Clock;
use pilotage::local_catalog::{LocalCatalog, LocalCatalogOptions, Storage};
use serde_json::json;

use super::{CLIENT_SECRET, INSTALLATION_TOKEN, SIGNATURE};

/// A text in every form that an error could quote it in.
fn quoted(secret: &str) -> String {
    let address: String = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
    format!("{secret} {address} {} {}", STANDARD.encode(secret), STANDARD.encode(format!("user:{secret}")))
}

fn credentials(headers: &HeaderMap) -> String {
    let sent = headers.get("authorization").map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default();
    sent.split_once(' ').map(|(_, token)| token.to_owned()).unwrap_or_default()
}

fn answer(status: u16, body: impl Into<Body>) -> axum::http::response::Builder {
    let _ = body;
    Response::builder().status(StatusCode::from_u16(status).unwrap())
}

/// A GitHub that quotes. `acme` has reports whose links quote, `evil` refuses everything, `text` answers with texts.
pub(crate) fn github(own: String) -> Router {
    async fn ask(State(own): State<String>, uri: Uri, headers: HeaderMap) -> Response<Body> {
        let sent = credentials(&headers);
        let json = |value: serde_json::Value| Response::new(Body::from(value.to_string()));
        let links = |file: &str| {
            let signature: String = url::form_urlencoded::byte_serialize(SIGNATURE.as_bytes()).collect();
            format!("{own}/file/{file}?sig={signature}&again={signature}")
        };
        let path = uri.path().to_owned();
        let text = path.trim_start_matches('/').split('/').collect::<Vec<_>>();
        match text.as_slice() {
            ["user", "orgs"] => json(json!([{"login": "acme"}, {"login": "evil"}, {"login": "text"}, {"login": "shape"}])),
            ["orgs", login] if *login != "evil" => json(json!({"login": login, "id": 1})),
            ["app", "installations"] => json(json!([{"id": 1, "account": {"login": "acme"}, "target_type": "Organization"}])),
            ["app", "installations", _, "access_tokens"] => {
                json(json!({"token": INSTALLATION_TOKEN, "expires_at": "2099-01-01T00:00:00Z"}))
            }
            ["orgs", _, "installation"] => json(json!({"id": 1, "account": {"login": "acme"}, "target_type": "Organization"})),
            ["orgs", "acme", .., "reports", report, "latest"] if report.starts_with("organization") => {
                json(json!({"download_links": [links("good"), links("lines"), links("moved"), links("refused")],
                    "report_start_day": "2026-08-01", "report_end_day": "2026-08-28"}))
            }
            ["orgs", "acme", .., "latest"] => json(json!({"download_links": [links("away")],
                    "report_start_day": "2026-08-01", "report_end_day": "2026-08-28"})),
            ["orgs", "text", .., "latest"] => json(format!("sorry, {}", quoted(&sent)).into()),
            ["orgs", "shape", .., "latest"] => json(json!({"download_links": links("shape"), "report_day": quoted(&sent)})),
            ["file", "good"] => {
                Response::new("{\"day\":\"2026-08-01\",\"organization_id\":\"1\",\"daily_active_users\":3}\n".into())
            }
            ["file", "lines"] => Response::new("{\"day\":\n\"2026-08-02\n[1]\n{}\n".into()),
            ["file", "moved"] => answer(302, "").header("location", links("broken")).body(Body::empty()).unwrap(),
            ["file", "away"] => {
                let elsewhere = links("good").replace("http://127.0.0.1", "http://files.example");
                answer(302, "").header("location", elsewhere).body(Body::empty()).unwrap()
            }
            // More is announced than comes.
            ["file", "broken"] => answer(410, "").body(Body::from(format!("{uri}"))).unwrap(),
            ["file", _] => answer(403, "").header("x-ms-error", uri.to_string()).body(Body::from(format!("{uri}"))).unwrap(),
            _ => {
                let body = json!({"message": format!("Bad credentials: {}", quoted(&sent)), "documentation_url": quoted(&sent)});
                let header = sent.clone();
                answer(403, "")
                    .header("x-accepted-github-permissions", format!("organization_copilot_metrics={header}"))
                    .header("x-github-sso", format!("required; url=https://github.com/orgs/evil/sso?token={header}"))
                    .header("x-github-request-id", format!("0A:{header}"))
                    .header("x-oauth-scopes", header.clone())
                    .header("x-accepted-oauth-scopes", header.clone())
                    .header("sunset", header.clone())
                    .header("deprecation", "true")
                    .body(Body::from(body.to_string()))
                    .unwrap()
            }
        }
    }
    Router::new().fallback(any(ask)).with_state(own)
}

/// A catalog whose refusals quote what they were sent. The first upserts fail with a 500, and deletions are refused.
pub(crate) fn catalog(own: String) -> Router {
    let options = LocalCatalogOptions::new(Storage::Memory, Clock::system());
    let catalog = LocalCatalog::open(options).unwrap();
    let router = catalog.router(&own);
    let failures = Arc::new(Mutex::new(2_u32));
    let quote = move |request: Request, next: Next| {
        let failures = Arc::clone(&failures);
        async move {
            let sent = credentials(request.headers());
            let path = request.uri().path().to_owned();
            let message = |what: &str| format!("{what} {} {}", quoted(&sent), quoted(CLIENT_SECRET));
            let refuse = |status: u16, what: &str| {
                let body = json!({"ok": false, "error": message("code"), "message": message(what)});
                let status = StatusCode::from_u16(status).unwrap();
                Response::builder()
                    .status(status)
                    .header("x-trace-id", message("trace"))
                    .body(Body::from(body.to_string()))
                    .unwrap()
            };
            if path.ends_with("/bulk") {
                let mut left = failures.lock().unwrap();
                if *left > 0 {
                    *left -= 1;
                    return if *left == 0 { refuse(422, "no") } else { refuse(500, "broken") };
                }
            }
            if path.ends_with("/resync-state") {
                return refuse(403, "not yours");
            }
            next.run(request).await
        }
    };
    // The folder-less catalog is kept by its router.
    let _ = catalog;
    router.layer(middleware::from_fn(quote))
}

/// Another catalog: it refuses to sign in, or answers a sign-in with something else, quoting.
pub(crate) fn refusing_catalog(status: u16) -> impl FnOnce(String) -> Router {
    move |_| {
        let refuse = move |body: Bytes| async move {
            let sent = String::from_utf8_lossy(&body).into_owned();
            let secret = quoted(CLIENT_SECRET);
            let status = StatusCode::from_u16(status).unwrap();
            (status, Json(json!({"ok": false, "error": sent, "message": secret, "expiresIn": secret, "accessToken": secret})))
        };
        Router::new().fallback(any(refuse))
    }
}

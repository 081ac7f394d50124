//! Checks before each answer: user agent, API version, credentials, limits; and the headers on each answer.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use jiff::Timestamp;
use serde_json::json;

use super::super::access::AccessRefusal;
use super::answer::{ApiAnswer, DOCUMENTATION, error, ok, with_body};
use super::{RequestLimit, SharedState, SimulatorState};

/// Versions of the API. The last one is the default.
pub(super) const VERSIONS: [&str; 2] = ["2026-03-10", "2022-11-28"];
const VERSION_HEADER: &str = "x-github-api-version";
/// Default limit of requests in an hour.
const USUAL_LIMIT: u64 = 15_000;
pub(in super::super) const HOUR_SECONDS: i64 = 3600;

/// Counts of requests.
#[derive(Debug, Default)]
pub(in super::super) struct Counts {
    all: AtomicU64,
    /// Beginning of the current window of the limit, and requests since then.
    window: Mutex<Option<(Timestamp, u64)>>,
}

/// Rest of a window's limit.
#[derive(Clone, Copy, Debug)]
struct Budget {
    limit: u64,
    used: u64,
    reset: i64,
    is_exceeded: bool,
}

impl Budget {
    fn remaining(self) -> u64 {
        self.limit.saturating_sub(self.used)
    }
}

/// Middleware: checks a request, and adds headers to its answer.
pub(in super::super) async fn check(State(server): State<Arc<SimulatorState>>, mut request: Request, next: Next) -> ApiAnswer {
    let number = server.front.all.fetch_add(1, Ordering::Relaxed) + 1;
    let is_free = request.uri().path() == "/rate_limit";
    let budget = budget(&server, u64::from(!is_free));
    let version = version(request.headers());
    let mut answer = match admit(&server, &request, budget) {
        Ok(granted) => {
            request.extensions_mut().insert(granted.visible);
            let mut answer = next.run(request).await;
            say(answer.headers_mut(), &granted.headers);
            answer
        }
        Err(answer) => *answer,
    };
    let headers = answer.headers_mut();
    let mut add = |name: &'static str, value: String| {
        if let (Ok(value), false) = (HeaderValue::from_str(&value), headers.contains_key(name)) {
            headers.insert(HeaderName::from_static(name), value);
        }
    };
    add("x-github-request-id", format!("51AD:{:04X}:{number:07X}:{:07X}:6560", number % 0xffff, number * 7 % 0xfff_ffff));
    add("x-github-media-type", "github.v3; format=json".to_owned());
    if let Ok(version) = version {
        add("x-github-api-version-selected", version);
    }
    add("x-ratelimit-limit", budget.limit.to_string());
    add("x-ratelimit-remaining", budget.remaining().to_string());
    add("x-ratelimit-used", budget.used.to_string());
    add("x-ratelimit-reset", budget.reset.to_string());
    add("x-ratelimit-resource", "core".to_owned());
    answer
}

fn admit(server: &SimulatorState, request: &Request, budget: Budget) -> Result<super::super::access::Granted, Box<ApiAnswer>> {
    let headers = request.headers();
    if headers.get(header::USER_AGENT).is_none_or(HeaderValue::is_empty) {
        let text = "Request forbidden by administrative rules. Please make sure your request has a User-Agent header";
        return Err(Box::new(with_body(StatusCode::FORBIDDEN, "text/plain; charset=utf-8", text)));
    }
    version(headers).map_err(|wrong| {
        let message = format!("The API version {wrong} is not supported");
        Box::new(error(StatusCode::BAD_REQUEST, &message, "https://docs.github.com/rest/overview/api-versions"))
    })?;
    let authorization = headers.get(header::AUTHORIZATION).map(|value| value.to_str().unwrap_or_default());
    let decision = server.access_control.decide(authorization, request.uri().path(), server.now());
    let granted = decision.map_err(|AccessRefusal { status, message, headers }| {
        let mut answer = error(status, &message, DOCUMENTATION);
        say(answer.headers_mut(), &headers);
        Box::new(answer)
    })?;
    if budget.is_exceeded {
        let documentation = "https://docs.github.com/rest/overview/rate-limits-for-the-rest-api";
        return Err(Box::new(error(StatusCode::FORBIDDEN, "API rate limit exceeded for user ID 1000001.", documentation)));
    }
    Ok(granted)
}

fn say(headers: &mut HeaderMap, more: &[(&'static str, String)]) {
    for (name, value) in more {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(HeaderName::from_static(name), value);
        }
    }
}

/// Requested version. The error is the header as written.
fn version(headers: &HeaderMap) -> Result<String, String> {
    let Some(parts) = headers.get(VERSION_HEADER) else { return Ok(VERSIONS[1].to_owned()) };
    let parts = String::from_utf8_lossy(parts.as_bytes()).into_owned();
    if VERSIONS.contains(&parts.as_str()) { Ok(parts) } else { Err(parts) }
}

/// Counts `more` requests, if there is a limit, and returns the rest.
fn budget(server: &SimulatorState, more: u64) -> Budget {
    let now = server.now();
    let Some(RequestLimit { requests: limit, window_seconds }) = server.rate_limit else {
        return Budget { limit: USUAL_LIMIT, used: 1, reset: now.as_second() + HOUR_SECONDS, is_exceeded: false };
    };
    let mut window = server.front.window.lock().unwrap_or_else(PoisonError::into_inner);
    let (start, used) = match *window {
        Some((start, used)) if now.as_second() - start.as_second() < window_seconds => (start, used + more),
        _ => (now, more),
    };
    *window = Some((start, used));
    Budget { limit, used: used.min(limit), reset: start.as_second() + window_seconds, is_exceeded: used > limit && more > 0 }
}

pub(super) async fn rate_limit(State(server): SharedState, headers: HeaderMap) -> ApiAnswer {
    let budget = budget(&server, 0);
    let core = json!({ "limit": budget.limit, "used": budget.used, "remaining": budget.remaining(), "reset": budget.reset });
    let search = json!({ "limit": 30, "used": 0, "remaining": 30, "reset": budget.reset });
    let mut body = json!({ "resources": { "core": core.clone(), "search": search, "graphql": core.clone() } });
    // The newer version does not repeat the core limit.
    if let (Ok(version), Some(body)) = (version(&headers), body.as_object_mut())
        && version == VERSIONS[1]
    {
        body.insert("rate".to_owned(), core);
    }
    ok(&body)
}

pub(super) async fn versions() -> ApiAnswer {
    ok(&VERSIONS)
}

pub(super) async fn meta() -> ApiAnswer {
    ok(&json!({
        "verifiable_password_authentication": false,
        "api": ["192.0.2.0/24"],
        "web": ["192.0.2.0/24"],
        "copilot": ["198.51.100.0/24"],
        "domains": { "website": ["*.github.com"], "copilot": ["*.githubcopilot.com", "copilot-reports.github.com"] },
    }))
}

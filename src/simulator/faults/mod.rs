//! Scripted faults: rules that replace, delay, cut or damage answers.
//!
//! A rule as JSON, every key but `path` optional:
//! ```json
//! [{ "method": "GET", "path": "/orgs/*/teams", "skip": 1, "every": 3, "times": 2, "status": 503,
//!    "body": { "message": "Server Error" }, "headers": { "retry-after": "2" }, "delay_ms": 50, "cut_after_bytes": 100 }]
//! ```
//! The first matching rule that is neither skipping nor used up acts. Without `status`, `body` and `text` the server answers
//! itself, and the rule changes that answer.

mod body;
mod preset;
mod rules_file;
mod transport;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, Response, StatusCode, header};
use axum::middleware::{self, Next};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

pub use preset::NoReport;
pub use rules_file::RulesFileError;
pub use transport::TransportFault;

/// One scripted fault.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Rule {
    /// Method. Any when absent.
    pub method: Option<String>,
    /// Path, in which `*` stands for any text. A pattern with `?` is compared with the query too.
    pub path: String,
    /// Matching requests that pass first.
    pub skip: u64,
    /// Number of times that the rule acts. Without limit when absent.
    pub times: Option<u64>,
    /// Acts on each nth of the requests that are not skipped. On all of them when absent.
    pub every: Option<u64>,
    /// Status of the answer. 200 when only a body is given.
    pub status: Option<u16>,
    /// Answer as JSON.
    #[serde(deserialize_with = "present")]
    pub body: Option<Value>,
    /// Answer as text.
    pub text: Option<String>,
    /// Headers of the answer, also when the server answers itself.
    pub headers: BTreeMap<String, String>,
    /// Milliseconds of delay before the answer.
    pub delay_ms: u64,
    /// Bytes of the body after which the connection breaks.
    pub cut_after_bytes: Option<u64>,
    /// Bytes of the body after which it ends, as if it were complete.
    pub end_after_bytes: Option<u64>,
    /// Line of the body, counted from 1, that is cut after its beginning.
    pub spoil_line: Option<u64>,
    /// No answer at all. Acts in [`Faults::on_the_way_to`], not at the server.
    pub transport: Option<TransportFault>,
    /// Fault of the links to a report.
    pub links: Option<LinkFault>,
}

/// Fault of the links to a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LinkFault {
    /// They expired a second ago.
    Expired,
}

impl Rule {
    /// Number of its turns among that many matching requests, without the limit of times.
    fn turns(&self, requests: u64) -> u64 {
        requests.saturating_sub(self.skip) / self.every.unwrap_or(1).max(1)
    }
}

/// Tells `null` from a missing key.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

/// Rules with their counts. Clones share the counts.
#[derive(Clone, Debug, Default)]
pub struct Faults(Arc<Vec<CountedRule>>);

/// Position at which a rule acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum FaultPosition {
    BeforeServer,
    AtServer,
}

#[derive(Debug)]
struct CountedRule {
    rule: Rule,
    seen: AtomicU64,
}

impl Faults {
    /// Faults of these rules, in this order.
    pub fn new(rules: impl IntoIterator<Item = Rule>) -> Self {
        Self(Arc::new(rules.into_iter().map(|rule| CountedRule { rule, seen: AtomicU64::new(0) }).collect()))
    }

    /// Parses a list of rules.
    ///
    /// # Errors
    /// The text is not a list of rules. The message says where.
    pub fn from_json(text: &str) -> Result<Self, serde_json::Error> {
        Ok(Self::new(serde_json::from_str::<Vec<Rule>>(text)?))
    }

    /// Number of times that the rule at that position has acted.
    pub fn acted(&self, rule: usize) -> u64 {
        let Some(CountedRule { rule, seen }) = self.0.get(rule) else { return 0 };
        rule.turns(seen.load(Ordering::Relaxed)).min(rule.times.unwrap_or(u64::MAX))
    }

    /// Adds these faults to a router.
    pub fn around(&self, router: Router) -> Router {
        if self.0.is_empty() { router } else { router.layer(middleware::from_fn_with_state(self.clone(), act)) }
    }

    /// Rule that acts on a request. Counts it.
    fn rule(&self, place: FaultPosition, method: &str, path: &str, query: Option<&str>) -> Option<&Rule> {
        self.0.iter().find_map(|CountedRule { rule, seen }| {
            if rule.transport.is_some() != (place == FaultPosition::BeforeServer) {
                return None;
            }
            if rule.method.as_deref().is_some_and(|only| !only.eq_ignore_ascii_case(method)) {
                return None;
            }
            let matches = match query {
                Some(query) if rule.path.contains('?') => fits(&rule.path, &format!("{path}?{query}")),
                _ => fits(&rule.path, path),
            };
            if !matches {
                return None;
            }
            let number = seen.fetch_add(1, Ordering::Relaxed) + 1;
            let turn = rule.turns(number);
            let acts = turn > rule.turns(number - 1) && rule.times.is_none_or(|times| turn <= times);
            acts.then_some(rule)
        })
    }
}

/// Checks whether a text matches a pattern in which `*` stands for any text.
fn fits(pattern: &str, text: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else { return pattern == text };
    let Some(mut left) = text.strip_prefix(start) else { return false };
    let mut parts = rest.split('*').peekable();
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return left.ends_with(part);
        }
        let Some(position) = left.find(part) else { return false };
        left = &left[position + part.len()..];
    }
    true
}

async fn act(State(faults): State<Faults>, mut request: Request, next: Next) -> Response<Body> {
    let uri = request.uri();
    let Some(rule) = faults.rule(FaultPosition::AtServer, request.method().as_str(), uri.path(), uri.query()).cloned() else {
        return next.run(request).await;
    };
    if rule.delay_ms > 0 {
        tokio::time::sleep(Duration::from_millis(rule.delay_ms)).await;
    }
    if let Some(links) = rule.links {
        request.extensions_mut().insert(links);
    }
    let mut answer = match scripted(&rule) {
        Some(answer) => answer,
        None => next.run(request).await,
    };
    for (name, value) in &rule.headers {
        if let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), HeaderValue::from_str(value)) {
            answer.headers_mut().insert(name, value);
        }
    }
    if rule.cut_after_bytes.is_some() || rule.end_after_bytes.is_some() || rule.spoil_line.is_some() {
        answer.headers_mut().remove(header::CONTENT_LENGTH);
        return answer.map(|body| self::body::with_faults(body, &rule));
    }
    answer
}

/// Answer that a rule gives instead of the server.
fn scripted(rule: &Rule) -> Option<Response<Body>> {
    let (content_type, text) = match (&rule.body, &rule.text, rule.status) {
        (Some(body), ..) => ("application/json; charset=utf-8", body.to_string()),
        (None, Some(text), _) => ("text/plain; charset=utf-8", text.clone()),
        (None, None, Some(_)) => ("application/json; charset=utf-8", String::new()),
        (None, None, None) => return None,
    };
    let mut answer = Response::new(Body::from(text));
    *answer.status_mut() = rule.status.and_then(|status| StatusCode::from_u16(status).ok()).unwrap_or(StatusCode::OK);
    answer.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    Some(answer)
}

#[cfg(test)]
mod tests;

//! Client of an interface that answers in JSON and takes one credential in a header. Sources that need no more are made of it; the
//! meaning of what is refused is theirs.
//!
//! Flow: a request waits for the pace, for pauses and for a permit, is sent, and is sent again after a failure that may pass: no
//! connection, no answer in time, 429, 5xx. Every other status is an answer. A redirect is followed nowhere: the credential belongs to
//! one host.
//!
//! Guarantees: the credential is in no message, log or address. Answers are read whole, up to a limit.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_TYPE, USER_AGENT};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri};
use serde_json::Value;
use tower::ServiceExt;

use super::answer::{ATTEMPT_AT_MOST, Answer, within};
use super::contact::Contact;
use super::pause::Pause;
use super::permits::{Concurrency, ConcurrencyGate};
use super::rate::MinuteRate;
use super::retry::{GaveUp, Retry, RetryPolicy};
use super::text::shown;
use super::usage::UsageCounters;
use super::wait::{end_of, is_announced, rate_limit_reset, retry_after};
use crate::door::clock::Clock;
use crate::door::http::{HttpService, Request, TransportError, read_whole};
use crate::model::secret::{Redactor, Secret};
use crate::model::usage::{Usage, WaitReason};

/// Characters of a server's message that are shown.
const SHOWN_MESSAGE: usize = 300;

/// Attempts to connect to a server that has never answered: most often its name is wrong.
const ATTEMPTS_TO_CONNECT: u32 = 3;

/// Requests at a time. These interfaces count requests by the minute, so more at once gain nothing.
const CONCURRENCY: Concurrency = Concurrency { at_the_start: 2, at_most: 2 };

/// Everything that a client is made of.
pub struct JsonClientOptions {
    /// The network.
    pub http: HttpService,
    /// Address of the interface, without a slash at its end.
    pub base_url: String,
    /// Header with the credential, and its value.
    pub credential: (HeaderName, Secret),
    /// Other headers of each request.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// Texts that are shown nowhere: the key itself, where the header has another form of it.
    pub secrets: Vec<Secret>,
    /// The name of the program and where it comes from, for the server.
    pub user_agent: String,
    /// Requests that the server takes in a minute.
    pub requests_a_minute: usize,
    /// The largest answer that is read, in bytes.
    pub largest_answer: usize,
    /// Clock.
    pub clock: Clock,
    /// Seed of jitter.
    pub seed: u64,
}

/// A client. Clones share pace, pauses and counts.
#[derive(Clone)]
pub struct JsonClient(Arc<Inner>);

struct Inner {
    http: HttpService,
    base_url: String,
    headers: HeaderMap,
    redactor: Redactor,
    largest_answer: usize,
    clock: Clock,
    seed: u64,
    contact: Contact,
    pause: Pause,
    /// None for a server on this machine, which counts nobody: a simulated one, or a proxy that has limits of its own.
    rate: Option<MinuteRate>,
    gate: Arc<ConcurrencyGate>,
    counters: UsageCounters,
}

/// A request: `GET /teams/members`, or `POST` with a body.
#[derive(Clone, Debug, PartialEq)]
pub struct JsonRequest {
    /// Method.
    pub method: Method,
    /// Path with its query, which begins with a slash.
    pub path: String,
    /// Body; none for a request without.
    pub body: Option<Value>,
}

impl JsonRequest {
    /// A request without a body.
    pub fn get(path: impl Into<String>) -> Self {
        Self { method: Method::GET, path: path.into(), body: None }
    }

    /// A request with a body.
    pub fn post(path: impl Into<String>, body: Value) -> Self {
        Self { method: Method::POST, path: path.into(), body: Some(body) }
    }

    /// Method and path, without its query, for messages: queries hold cursors.
    pub fn what(&self) -> String {
        let path = self.path.split_once('?').map_or(self.path.as_str(), |(path, _)| path);
        format!("{} {path}", self.method)
    }
}

/// Error of a request.
#[derive(Clone, Debug, thiserror::Error)]
pub enum JsonClientError {
    /// The address cannot be used.
    #[error("cannot ask {base_url}: {reason}")]
    Address {
        /// Address.
        base_url: String,
        /// What is wrong with it.
        reason: String,
    },
    /// No answer came.
    #[error("{what}: {source}{given_up}")]
    Transport {
        /// Method and path.
        what: String,
        /// The last failure.
        source: TransportError,
        /// Attempts and waits, when there were several.
        given_up: String,
    },
    /// The server refused.
    #[error("{what}: answered {}{}{given_up}", status.as_u16(), told(message))]
    Refused {
        /// Method and path.
        what: String,
        /// Status.
        status: StatusCode,
        /// The server's message, fit for display. May be empty.
        message: String,
        /// Attempts and waits, when there were several.
        given_up: String,
    },
}

fn told(message: &str) -> String {
    if message.is_empty() { String::new() } else { format!(", {message}") }
}

impl JsonClientError {
    /// The status of a refusal.
    pub fn status(&self) -> Option<StatusCode> {
        match self {
            Self::Refused { status, .. } => Some(*status),
            _ => None,
        }
    }
}

/// Why an attempt is not the last one.
enum Again {
    Transport(TransportError),
    Refused(Answer),
}

impl JsonClient {
    /// Makes a client. Sends nothing.
    ///
    /// # Errors
    /// Fails when the address is none of HTTP, or the credential cannot be sent in a header.
    pub fn new(options: JsonClientOptions) -> Result<Self, JsonClientError> {
        let JsonClientOptions { base_url, credential: (name, credential), secrets, .. } = options;
        let wrong = |reason: &str| JsonClientError::Address { base_url: base_url.clone(), reason: reason.to_owned() };
        let uri: Uri = base_url.parse().map_err(|_| wrong("it is not a URL"))?;
        match (uri.scheme_str(), uri.authority()) {
            (Some("http" | "https"), Some(authority)) if !authority.as_str().contains('@') => {}
            (Some("http" | "https"), Some(_)) => return Err(wrong("it must not contain a user")),
            _ => return Err(wrong("it must begin with https:// or http://")),
        }
        let mut headers = HeaderMap::new();
        let mut value =
            HeaderValue::from_str(credential.expose()).map_err(|_| wrong("the key has characters that no header takes"))?;
        value.set_sensitive(true);
        headers.insert(name, value);
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        headers.insert(USER_AGENT, HeaderValue::from_str(&options.user_agent).map_err(|_| wrong("the user agent is no header"))?);
        headers.extend(options.headers);
        let secrets: Vec<&str> = secrets.iter().map(Secret::expose).chain([credential.expose()]).collect();
        Ok(Self(Arc::new(Inner {
            http: options.http,
            redactor: Redactor::new(secrets),
            base_url: base_url.trim_end_matches('/').to_owned(),
            headers,
            largest_answer: options.largest_answer,
            clock: options.clock,
            seed: options.seed,
            contact: Contact::new(ATTEMPTS_TO_CONNECT),
            pause: Pause::default(),
            rate: (!is_on_this_machine(&base_url)).then(|| MinuteRate::new(options.requests_a_minute)),
            gate: ConcurrencyGate::new(CONCURRENCY),
            counters: UsageCounters::default(),
        })))
    }

    /// Address of the interface.
    pub fn base_url(&self) -> &str {
        &self.0.base_url
    }

    /// Host and port of the interface.
    pub fn host(&self) -> String {
        let uri: Option<Uri> = self.0.base_url.parse().ok();
        uri.and_then(|uri| uri.authority().map(ToString::to_string)).unwrap_or_default()
    }

    /// What was spent so far.
    pub fn usage(&self) -> Usage {
        self.0.counters.read()
    }

    /// True for clones of the same client.
    pub fn is_clone_of(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// Asks until there is an answer with a good status.
    ///
    /// # Errors
    /// The server refuses, or attempts or waits are used up.
    ///
    /// Cancellation: dropping the future ends the request and gives its permit back.
    pub async fn ask(&self, request: &JsonRequest) -> Result<Bytes, JsonClientError> {
        let inner = &*self.0;
        let what = request.what();
        let mut retry = Retry::new(RetryPolicy::STANDARD, inner.seed);
        loop {
            self.wait_for_turn(&mut retry).await.map_err(|gave_up| gave_up_before(&what, gave_up))?;
            let permit = inner.gate.enter().await;
            if inner.pause.left(&inner.clock).is_some() {
                continue;
            }
            let outcome = within(ATTEMPT_AT_MOST, "no answer", self.attempt(request)).await.flatten();
            permit.give_back(outcome.as_ref().ok().map(|answer| answer.status));
            let (again, asked, at_most) = match outcome {
                Ok(answer) if answer.status.is_success() => return Ok(answer.body),
                Ok(answer) if is_passing(answer.status) => {
                    let now = inner.clock.now();
                    let asked = retry_after(&answer.headers, now).or_else(|| rate_limit_reset(&answer.headers, now));
                    (Again::Refused(answer), asked, None)
                }
                Ok(answer) => return Err(self.refused(&what, &answer, String::new())),
                Err(error) => {
                    let at_most = inner.contact.attempts_at_most(error.kind);
                    (Again::Transport(error), None, at_most)
                }
            };
            if at_most.is_some_and(|most| retry.attempts() + 1 >= most) {
                return Err(self.given_up(&what, again, String::new()));
            }
            let wait = match retry.after_failure(asked) {
                Ok(wait) => wait,
                Err(gave_up) => return Err(self.given_up(&what, again, format!("; {gave_up}"))),
            };
            if is_announced(retry.attempts(), wait) {
                let until = end_of(wait, inner.clock.now());
                tracing::info!(what, host = self.host(), seconds = wait.as_secs(), until, "waiting before the next attempt");
            }
            let reason = if asked.is_some() { WaitReason::RateLimit } else { WaitReason::Retry };
            if asked.is_some() {
                inner.pause.extend(&inner.clock, wait);
            }
            inner.counters.retry();
            inner.counters.wait(&inner.clock, wait, reason).await;
        }
    }

    /// Asks once, whatever comes. For checks.
    ///
    /// # Errors
    /// No answer comes.
    pub async fn probe(&self, request: &JsonRequest) -> Result<Probed, JsonClientError> {
        let what = request.what();
        let answer = within(ATTEMPT_AT_MOST, "no answer", self.attempt(request)).await.flatten();
        let answer = answer.map_err(|source| JsonClientError::Transport { what, source, given_up: String::new() })?;
        let message = self.message(&answer);
        Ok(Probed { status: answer.status, message, body: answer.body, headers: answer.headers })
    }

    /// Waits for the pace and for pauses.
    async fn wait_for_turn(&self, retry: &mut Retry) -> Result<(), GaveUp> {
        let inner = &*self.0;
        loop {
            inner.pause.pass(&inner.clock, &inner.counters, |wait| retry.also_waits(wait)).await?;
            let Some(rate) = &inner.rate else { return Ok(()) };
            match rate.take(&inner.clock) {
                Ok(()) => return Ok(()),
                Err(wait) => {
                    let wait = wait.max(Duration::from_millis(1));
                    retry.also_waits(wait)?;
                    inner.counters.wait(&inner.clock, wait, WaitReason::RateLimit).await;
                }
            }
        }
    }

    async fn attempt(&self, request: &JsonRequest) -> Result<Answer, TransportError> {
        let inner = &*self.0;
        inner.counters.request();
        let body = request.body.as_ref().map(Value::to_string).unwrap_or_default();
        let mut sent = Request::new(Bytes::from(body));
        *sent.method_mut() = request.method.clone();
        let unsendable = |_| TransportError::new(crate::door::http::TransportErrorKind::Unsendable, "the address is not valid");
        *sent.uri_mut() = format!("{}{}", inner.base_url, request.path).parse().map_err(unsendable)?;
        *sent.headers_mut() = inner.headers.clone();
        if request.body.is_some() {
            sent.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        let response = inner.http.clone().oneshot(sent).await?;
        inner.contact.answered();
        let (parts, body) = response.into_parts();
        inner.counters.headers(&parts.headers);
        let body = read_whole(body, inner.largest_answer).await?;
        inner.counters.bytes(body.len());
        Ok(Answer { status: parts.status, headers: parts.headers, body })
    }

    fn given_up(&self, what: &str, last: Again, given_up: String) -> JsonClientError {
        match last {
            Again::Transport(source) => JsonClientError::Transport { what: what.to_owned(), source, given_up },
            Again::Refused(answer) => self.refused(what, &answer, given_up),
        }
    }

    fn refused(&self, what: &str, answer: &Answer, given_up: String) -> JsonClientError {
        let (what, status, message) = (what.to_owned(), answer.status, self.message(answer));
        JsonClientError::Refused { what, status, message, given_up }
    }

    /// The server's message: `message`, `error.message` or `error` of a JSON object, else the beginning of the text.
    fn message(&self, answer: &Answer) -> String {
        if answer.status.is_success() {
            return String::new();
        }
        let json: Option<Value> = serde_json::from_slice(&answer.body).ok();
        let of = |json: &Value| {
            let texts = [json.pointer("/error/message"), json.get("message"), json.get("error")];
            texts.into_iter().flatten().find_map(Value::as_str).map(str::to_owned)
        };
        let text = json.as_ref().and_then(of).unwrap_or_else(|| String::from_utf8_lossy(&answer.body).into_owned());
        shown(&self.0.redactor, text.trim(), SHOWN_MESSAGE)
    }
}

impl std::fmt::Debug for JsonClient {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("JsonClient").field("base_url", &self.0.base_url).finish_non_exhaustive()
    }
}

/// An answer to a check, with any status.
#[derive(Debug)]
pub struct Probed {
    /// Status.
    pub status: StatusCode,
    /// The server's message, fit for display; empty for a good status.
    pub message: String,
    /// The body.
    pub body: Bytes,
    /// The headers.
    pub headers: HeaderMap,
}

/// Statuses after which the same request may succeed.
fn is_passing(status: StatusCode) -> bool {
    status == StatusCode::TOO_MANY_REQUESTS || status == StatusCode::REQUEST_TIMEOUT || status.is_server_error()
}

fn gave_up_before(what: &str, gave_up: GaveUp) -> JsonClientError {
    let given_up = format!("; {gave_up}");
    let (what, message) = (what.to_owned(), "the limit of requests is used up".to_owned());
    JsonClientError::Refused { what, status: StatusCode::TOO_MANY_REQUESTS, message, given_up }
}

/// Whether an address is one of this machine.
fn is_on_this_machine(address: &str) -> bool {
    match url::Url::parse(address).ok().as_ref().and_then(url::Url::host) {
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        Some(url::Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::extract::Request as AxumRequest;
    use axum::response::IntoResponse;
    use axum::routing::any;

    use super::*;
    use crate::door::http::in_memory;

    fn client(router: Router, requests_a_minute: usize) -> JsonClient {
        let options = JsonClientOptions {
            http: in_memory(router),
            base_url: "https://tool.test/".to_owned(),
            credential: (HeaderName::from_static("x-api-key"), Secret::new("s3cret-key")),
            headers: Vec::new(),
            secrets: Vec::new(),
            user_agent: "pilotage".to_owned(),
            requests_a_minute,
            largest_answer: 1 << 10,
            clock: Clock::starting_at("2026-11-01T00:00:00Z".parse().unwrap()),
            seed: 7,
        };
        JsonClient::new(options).unwrap()
    }

    fn answering(replies: &'static [(u16, &'static str)]) -> Router {
        let asked = Arc::new(std::sync::atomic::AtomicUsize::new(0));
        let answer = move |request: AxumRequest| {
            let number = asked.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            let (status, body) = replies[number.min(replies.len() - 1)];
            assert_eq!(request.headers()["x-api-key"], "s3cret-key");
            async move { (StatusCode::from_u16(status).unwrap(), body.to_owned()).into_response() }
        };
        Router::new().fallback(any(answer))
    }

    #[tokio::test(start_paused = true)]
    async fn what_may_pass_is_asked_again_and_what_is_refused_is_told_without_the_key() {
        // Replies, what comes of it, and the requests.
        type Case = (&'static [(u16, &'static str)], Result<&'static str, &'static str>, u64);
        let table: [Case; 6] = [
            (&[(200, "{}")], Ok("{}"), 1),
            (&[(503, ""), (429, ""), (200, "[]")], Ok("[]"), 3),
            (
                &[(401, r#"{"error":{"message":"invalid x-api-key s3cret-key"}}"#)],
                Err("GET /a: answered 401, invalid x-api-key [secret]"),
                1,
            ),
            (&[(403, "no")], Err("GET /a: answered 403, no"), 1),
            (&[(302, "")], Err("GET /a: answered 302"), 1),
            (&[(500, r#"{"error":"x"}"#)], Err("GET /a: answered 500, x; gave up after 10 attempts"), 10),
        ];
        for (replies, expected, requests) in table {
            let client = client(answering(replies), 100);
            let outcome = client.ask(&JsonRequest::get("/a?page=secret-cursor")).await;
            match (&outcome, expected) {
                (Ok(body), Ok(expected)) => assert_eq!(body, expected, "{replies:?}"),
                (Err(error), Err(expected)) => assert!(error.to_string().starts_with(expected), "{replies:?}: {error}"),
                _ => panic!("{replies:?}: {outcome:?}"),
            }
            assert_eq!(client.usage().requests, requests, "{replies:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn more_requests_than_a_minute_takes_wait_for_the_next() {
        let client = client(answering(&[(200, "{}")]), 2);
        let began = client.0.clock.elapsed();
        for _ in 0..5 {
            client.ask(&JsonRequest::post("/a", Value::Null)).await.unwrap();
        }
        assert_eq!((client.0.clock.elapsed() - began).as_secs(), 120);
        assert_eq!(client.usage().waits, 2);
    }

    #[test]
    fn an_address_that_is_none_is_told() {
        for (base_url, expected) in
            [("tool.test", "it must begin"), ("https://a@tool.test", "a user"), ("ftp://x", "it must begin")]
        {
            let options = JsonClientOptions {
                http: in_memory(Router::new()),
                base_url: base_url.to_owned(),
                credential: (HeaderName::from_static("x-api-key"), Secret::new("s3cret-key")),
                headers: Vec::new(),
                secrets: Vec::new(),
                user_agent: "pilotage".to_owned(),
                requests_a_minute: 1,
                largest_answer: 1,
                clock: Clock::system(),
                seed: 1,
            };
            let error = JsonClient::new(options).err().unwrap().to_string();
            assert!(error.contains(expected), "{error}");
        }
    }
}

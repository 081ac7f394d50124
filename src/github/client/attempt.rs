//! One attempt of a request: sending, redirections, and reading the answer to its end.

use std::sync::atomic::Ordering;
use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, USER_AGENT};
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use jiff::SignedDuration;
use tower::ServiceExt;
use url::Url;

use super::{GitHub, OutgoingRequest};
use crate::door::http::{
    Body, Framing, HttpService, Request, Response, TransportError, TransportErrorKind, UNPROVEN_END, read_whole,
};
use crate::door::page;
use crate::github::credential::Owner;
use crate::github::error::GitHubError;
use crate::github::headers::{declared_length, expiry, redirection};
use crate::github::response_action::used_up;
use crate::github::usage::rate_limit_of;

const MEDIA_TYPE: HeaderValue = HeaderValue::from_static("application/vnd.github+json");
const API_VERSION: HeaderValue = HeaderValue::from_static("2022-11-28");
/// GitHub refuses requests without a user agent.
const PROGRAM: HeaderValue = HeaderValue::from_static(concat!("pilotage/", env!("CARGO_PKG_VERSION")));

/// Limit of one attempt until its answer is read, redirections included. The network's own limit covers only silence between
/// bytes. The largest answer fits at 35 KB a second.
const ATTEMPT_AT_MOST: Duration = Duration::from_secs(120);

/// Bytes of the largest explanation of a refusal. GitHub's are below a kilobyte; a page of a proxy may be larger.
const LARGEST_REFUSAL: usize = page::PAGE_BYTES;

/// Redirections in a row. A renamed organization takes one.
const REDIRECTIONS_AT_MOST: u32 = 5;

/// Time before expiry from which a token is warned about: two weeks, for somebody to make a new one.
const WARN_OF_EXPIRY_BEFORE: SignedDuration = SignedDuration::from_hours(14 * 24);

/// An answer read to its end, with any status.
pub(in crate::github) struct AttemptResponse {
    pub(in crate::github) status: StatusCode,
    pub(in crate::github) headers: HeaderMap,
    pub(in crate::github) body: Bytes,
}

impl GitHub {
    /// Sends a request once, follows redirections, and reads the answer to its end within [`ATTEMPT_AT_MOST`].
    ///
    /// # Errors
    /// A redirection to an address that is not allowed. An attempt without a complete answer is the inner error.
    pub(super) async fn attempt(
        &self,
        outgoing: &OutgoingRequest,
        authorization: &HeaderValue,
        answer_within: Duration,
        what: &str,
    ) -> Result<Result<AttemptResponse, TransportError>, GitHubError> {
        let attempt = self.attempt_without_end(outgoing, authorization, answer_within, what);
        tokio::time::timeout(ATTEMPT_AT_MOST, attempt).await.unwrap_or_else(|_| Ok(Err(late(ATTEMPT_AT_MOST))))
    }

    async fn attempt_without_end(
        &self,
        outgoing: &OutgoingRequest,
        authorization: &HeaderValue,
        answer_within: Duration,
        what: &str,
    ) -> Result<Result<AttemptResponse, TransportError>, GitHubError> {
        let mut url = outgoing.url.clone();
        for _ in 0..=REDIRECTIONS_AT_MOST {
            let response = match self.send(outgoing, &url, authorization, answer_within, what).await? {
                Ok(response) => response,
                Err(error) => return Ok(Err(error)),
            };
            let framing = Framing::of_response(&response);
            let (parts, body) = response.into_parts();
            self.take_note(&outgoing.owner, &url, parts.status, &parts.headers, authorization);
            if let Some(location) = redirection(parts.status, &parts.headers) {
                url = location.and_then(|location| url.join(location).ok()).ok_or_else(|| GitHubError::Malformed {
                    what: what.to_owned(),
                    problem: format!("status {} without a valid location", parts.status.as_u16()),
                })?;
                continue;
            }
            if outgoing.method == Method::GET && is_other_success(parts.status) {
                let problem = format!("status {} is not a complete answer to a GET request", parts.status.as_u16());
                return Ok(Err(TransportError::new(TransportErrorKind::Broken, problem)));
            }
            let read = self.read(outgoing.largest, parts.status, &parts.headers, (body, framing), authorization).await;
            return Ok(read.map(|body| AttemptResponse { status: parts.status, headers: parts.headers, body }));
        }
        Err(GitHubError::LimitExceeded { what: what.to_owned(), limit: REDIRECTIONS_AT_MOST.into(), unit: "redirections" })
    }

    /// Sends one request. Credentials are sent only to the API itself.
    async fn send(
        &self,
        outgoing: &OutgoingRequest,
        url: &Url,
        authorization: &HeaderValue,
        answer_within: Duration,
        what: &str,
    ) -> Result<Result<Response, TransportError>, GitHubError> {
        let mut service = &self.inner.options.api;
        let mut headers = HeaderMap::from_iter([(USER_AGENT, PROGRAM)]);
        let mut request = Request::new(Bytes::new());
        if self.inner.base.is_same_origin(url) {
            headers.insert(ACCEPT, MEDIA_TYPE);
            headers.insert("x-github-api-version", API_VERSION);
            headers.insert(AUTHORIZATION, authorization.clone());
            request = outgoing.request(&mut headers);
        } else if outgoing.method == Method::GET {
            self.check_download(url, what)?;
            service = &self.inner.options.downloads;
        } else {
            return Err(GitHubError::DisallowedAddress {
                what: what.to_owned(),
                reason: "only GET requests follow a redirection to another host",
            });
        }
        Ok(self.call(service, url, headers, request, answer_within).await)
    }

    /// Fetches a file of a report, following redirections. No credential is sent.
    pub(in crate::github) async fn fetch(
        &self,
        url: &Url,
        range: &[(http::HeaderName, HeaderValue)],
        answer_within: Duration,
        what: &str,
    ) -> Result<Result<Response, TransportError>, GitHubError> {
        let mut url = url.clone();
        for _ in 0..=REDIRECTIONS_AT_MOST {
            self.check_download(&url, what)?;
            let mut headers = HeaderMap::from_iter([(USER_AGENT, PROGRAM)]);
            headers.extend(range.iter().cloned());
            let response =
                match self.call(&self.inner.options.downloads, &url, headers, Request::new(Bytes::new()), answer_within).await {
                    Ok(response) => response,
                    Err(error) => return Ok(Err(error)),
                };
            let Some(location) = redirection(response.status(), response.headers()) else { return Ok(Ok(response)) };
            let malformed =
                || GitHubError::Malformed { what: what.to_owned(), problem: "a redirection without a valid location".to_owned() };
            url = location.and_then(|location| url.join(location).ok()).ok_or_else(malformed)?;
        }
        Err(GitHubError::LimitExceeded { what: what.to_owned(), limit: REDIRECTIONS_AT_MOST.into(), unit: "redirections" })
    }

    fn check_download(&self, url: &Url, what: &str) -> Result<(), GitHubError> {
        let check = self.inner.base.check_download(url, &self.inner.options.download_hosts);
        check.map_err(|reason| GitHubError::DisallowedAddress { what: what.to_owned(), reason })
    }

    async fn call(
        &self,
        service: &HttpService,
        url: &Url,
        headers: HeaderMap,
        mut request: Request,
        answer_within: Duration,
    ) -> Result<Response, TransportError> {
        let address = http::Uri::try_from(url.as_str());
        let address =
            address.map_err(|_| TransportError::new(TransportErrorKind::Connect, "the address is not an HTTP address"))?;
        *request.uri_mut() = address;
        *request.headers_mut() = headers;
        self.counters().request();
        let answer = tokio::time::timeout(answer_within, service.clone().oneshot(request)).await;
        answer.unwrap_or_else(|_| Err(late(answer_within)))
    }

    fn take_note(&self, owner: &Owner, url: &Url, status: StatusCode, headers: &HeaderMap, authorization: &HeaderValue) {
        self.inner.has_answered.store(true, Ordering::Relaxed);
        if !self.inner.base.is_same_origin(url) {
            return;
        }
        if status.is_success() {
            self.inner.is_accepted.store(true, Ordering::Relaxed);
        }
        self.counters().headers(headers);
        let gate = self.gate(owner);
        if let Some(limit) = rate_limit_of(headers) {
            gate.set_limit(limit);
        }
        if status.is_success() {
            gate.answered(self.clock(), used_up(headers, self.clock().now()));
        }
        if let Some(expires) = expiry(headers).filter(|expires| self.inner.expires.set(*expires).is_ok())
            && expires.duration_since(self.clock().now()) < WARN_OF_EXPIRY_BEFORE
        {
            tracing::warn!(%expires, "the token for GitHub expires soon; replace it before then");
        }
        let retires = headers.contains_key("sunset") || headers.contains_key("deprecation");
        if retires && !self.inner.has_warned_of_retirement.swap(true, Ordering::Relaxed) {
            let sunset = headers.get("sunset").and_then(|value| value.to_str().ok()).unwrap_or("a day not named");
            let sunset = self.redactor(authorization).redact(sunset);
            tracing::warn!(path = url.path(), %sunset, "GitHub announces that it will close this endpoint or version");
        }
    }

    async fn read(
        &self,
        largest: usize,
        status: StatusCode,
        headers: &HeaderMap,
        (body, framing): (Body, Framing),
        authorization: &HeaderValue,
    ) -> Result<Bytes, TransportError> {
        if !status.is_success() {
            // The explanation is optional, so its loss is not worth another attempt.
            return Ok(read_whole(body, LARGEST_REFUSAL).await.unwrap_or_default());
        }
        let body = read_whole(body, largest).await?;
        self.counters().bytes(body.len());
        let broken = |problem: String| TransportError::new(TransportErrorKind::Broken, problem);
        if let Some(length) = declared_length(headers).filter(|length| *length != body.len() as u64) {
            return Err(broken(format!("{} of {length} bytes arrived", body.len())));
        }
        let is_empty = body.iter().all(u8::is_ascii_whitespace);
        // Cut JSON does not parse, so it needs no other proof of its end. An empty body does.
        if is_empty && status != StatusCode::NO_CONTENT && framing == Framing::Connection {
            return Err(broken(UNPROVEN_END.to_owned()));
        }
        match serde_json::from_slice::<serde::de::IgnoredAny>(&body) {
            Err(_) if page::is_page(headers, &body) => {
                Err(page::instead_of_answer(&self.host(), status.as_u16(), &body, &self.redactor(authorization)))
            }
            Err(error) if !is_empty => Err(broken(format!("the answer is not complete JSON: {error}"))),
            _ => Ok(body),
        }
    }
}

/// Checks for a success status without data: 202 while data are being prepared, 203 from a proxy that changed them, 206 for a
/// part. GitHub answers reads with 200, or with 204 when there is nothing.
fn is_other_success(status: StatusCode) -> bool {
    status.is_success() && status != StatusCode::OK && status != StatusCode::NO_CONTENT
}

fn late(limit: Duration) -> TransportError {
    TransportError::new(TransportErrorKind::Timeout, format!("not within {} s", limit.as_secs()))
}

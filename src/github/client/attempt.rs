//! One attempt: the request as it goes out, where it is redirected, and its answer read to the end.

use std::sync::atomic::Ordering;
use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, USER_AGENT};
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use jiff::SignedDuration;
use tower::ServiceExt;
use url::Url;

use super::{Asking, GitHub};
use crate::door::http::{
    Body, Framing, HttpService, Request, Response, TransportError, TransportErrorKind, UNPROVEN_END, read_whole,
};
use crate::door::page;
use crate::github::credential::Owner;
use crate::github::error::GitHubError;
use crate::github::headers::{declared_length, expiry, redirection};
use crate::github::usage::rate_limit_of;
use crate::github::verdict::used_up;

const MEDIA_TYPE: HeaderValue = HeaderValue::from_static("application/vnd.github+json");
const API_VERSION: HeaderValue = HeaderValue::from_static("2022-11-28");
/// GitHub refuses requests without a name.
const PROGRAM: HeaderValue = HeaderValue::from_static(concat!("pilotage/", env!("CARGO_PKG_VERSION")));

/// How long one attempt may take until its answer is read, redirections included: the network's own limit is on the silence
/// between bytes only. The largest answer passes at 35 KB a second.
const ATTEMPT_AT_MOST: Duration = Duration::from_secs(120);

/// The largest explanation of a refusal. GitHub's are below a kilobyte; a proxy's page may be more.
const LARGEST_REFUSAL: usize = page::PAGE_BYTES;

/// Redirections in a row. A renamed organization takes one.
const REDIRECTIONS_AT_MOST: u32 = 5;

/// How long before its end a token is warned about: long enough for a request to somebody else to be answered.
const WARN_OF_EXPIRY_BEFORE: SignedDuration = SignedDuration::from_hours(14 * 24);

/// An answer, read to its end, whatever its status.
pub(in crate::github) struct Received {
    pub(in crate::github) status: StatusCode,
    pub(in crate::github) headers: HeaderMap,
    pub(in crate::github) body: Bytes,
}

impl GitHub {
    /// Asks once, following redirections, and reads the answer to its end: within [`ATTEMPT_AT_MOST`], whatever comes how slowly.
    ///
    /// # Errors
    /// When the answer leads where nobody goes. An attempt that brought no whole answer is the inner error.
    pub(super) async fn attempt(
        &self,
        asking: &Asking,
        authorization: &HeaderValue,
        answer_within: Duration,
        what: &str,
    ) -> Result<Result<Received, TransportError>, GitHubError> {
        let attempt = self.attempt_without_end(asking, authorization, answer_within, what);
        tokio::time::timeout(ATTEMPT_AT_MOST, attempt).await.unwrap_or_else(|_| Ok(Err(late(ATTEMPT_AT_MOST))))
    }

    async fn attempt_without_end(
        &self,
        asking: &Asking,
        authorization: &HeaderValue,
        answer_within: Duration,
        what: &str,
    ) -> Result<Result<Received, TransportError>, GitHubError> {
        let mut url = asking.url.clone();
        for _ in 0..=REDIRECTIONS_AT_MOST {
            let response = match self.send(asking, &url, authorization, answer_within, what).await? {
                Ok(response) => response,
                Err(error) => return Ok(Err(error)),
            };
            let framing = Framing::of_response(&response);
            let (parts, body) = response.into_parts();
            self.take_note(&asking.owner, &url, parts.status, &parts.headers, authorization);
            if let Some(location) = redirection(parts.status, &parts.headers) {
                url = location.and_then(|location| url.join(location).ok()).ok_or_else(|| GitHubError::Malformed {
                    what: what.to_owned(),
                    problem: format!("status {} leads nowhere", parts.status.as_u16()),
                })?;
                continue;
            }
            if asking.method == Method::GET && is_other_success(parts.status) {
                let problem = format!("status {} is no whole answer to a request that reads", parts.status.as_u16());
                return Ok(Err(TransportError::new(TransportErrorKind::Broken, problem)));
            }
            let read = self.read(asking.largest, parts.status, &parts.headers, (body, framing), authorization).await;
            return Ok(read.map(|body| Received { status: parts.status, headers: parts.headers, body }));
        }
        Err(GitHubError::Endless { what: what.to_owned(), limit: REDIRECTIONS_AT_MOST.into(), unit: "redirections" })
    }

    /// Sends one request, with credentials only when it goes home.
    async fn send(
        &self,
        asking: &Asking,
        url: &Url,
        authorization: &HeaderValue,
        answer_within: Duration,
        what: &str,
    ) -> Result<Result<Response, TransportError>, GitHubError> {
        let mut service = &self.inner.options.api;
        let mut headers = HeaderMap::from_iter([(USER_AGENT, PROGRAM)]);
        let mut request = Request::new(Bytes::new());
        if self.inner.base.is_home_of(url) {
            headers.insert(ACCEPT, MEDIA_TYPE);
            headers.insert("x-github-api-version", API_VERSION);
            headers.insert(AUTHORIZATION, authorization.clone());
            request = asking.request(&mut headers);
        } else if asking.method == Method::GET {
            self.check_download(url, what)?;
            service = &self.inner.options.downloads;
        } else {
            return Err(GitHubError::Elsewhere {
                what: what.to_owned(),
                reason: "only reading follows an answer to another host",
            });
        }
        Ok(self.call(service, url, headers, request, answer_within).await)
    }

    /// Fetches a file from elsewhere, following redirections; never with a credential.
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
                || GitHubError::Malformed { what: what.to_owned(), problem: "a redirection leads nowhere".to_owned() };
            url = location.and_then(|location| url.join(location).ok()).ok_or_else(malformed)?;
        }
        Err(GitHubError::Endless { what: what.to_owned(), limit: REDIRECTIONS_AT_MOST.into(), unit: "redirections" })
    }

    fn check_download(&self, url: &Url, what: &str) -> Result<(), GitHubError> {
        let check = self.inner.base.check_download(url, &self.inner.options.download_hosts);
        check.map_err(|reason| GitHubError::Elsewhere { what: what.to_owned(), reason })
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
        let address = address.map_err(|_| TransportError::new(TransportErrorKind::Connect, "the address is not one of HTTP"))?;
        *request.uri_mut() = address;
        *request.headers_mut() = headers;
        self.counters().request();
        let answer = tokio::time::timeout(answer_within, service.clone().oneshot(request)).await;
        answer.unwrap_or_else(|_| Err(late(answer_within)))
    }

    fn take_note(&self, owner: &Owner, url: &Url, status: StatusCode, headers: &HeaderMap, authorization: &HeaderValue) {
        self.inner.has_answered.store(true, Ordering::Relaxed);
        if !self.inner.base.is_home_of(url) {
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
            tracing::warn!(%expires, "the token for GitHub expires soon; give a new one before");
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
            // An explanation that does not arrive is not worth another attempt.
            return Ok(read_whole(body, LARGEST_REFUSAL).await.unwrap_or_default());
        }
        let body = read_whole(body, largest).await?;
        self.counters().bytes(body.len());
        let broken = |problem: String| TransportError::new(TransportErrorKind::Broken, problem);
        if let Some(length) = declared_length(headers).filter(|length| *length != body.len() as u64) {
            return Err(broken(format!("{} of {length} bytes arrived", body.len())));
        }
        let is_empty = body.iter().all(u8::is_ascii_whitespace);
        // JSON that is cut is no JSON, so it needs no other proof; of nothing at all, all may be missing.
        if is_empty && status != StatusCode::NO_CONTENT && framing == Framing::Connection {
            return Err(broken(UNPROVEN_END.to_owned()));
        }
        match serde_json::from_slice::<serde::de::IgnoredAny>(&body) {
            Err(_) if page::is_page(headers, &body) => {
                Err(page::instead_of_answer(&self.host(), status.as_u16(), &body, &self.redactor(authorization)))
            }
            Err(error) if !is_empty => Err(broken(format!("the answer is not whole JSON: {error}"))),
            _ => Ok(body),
        }
    }
}

/// Whether a status is a success by which nothing is read: 202 means that the data are being made, 203 that somebody in between changed
/// them, 206 that part of them came. GitHub answers reading with 200, or with 204 where it has nothing to say.
fn is_other_success(status: StatusCode) -> bool {
    status.is_success() && status != StatusCode::OK && status != StatusCode::NO_CONTENT
}

fn late(limit: Duration) -> TransportError {
    TransportError::new(TransportErrorKind::Timeout, format!("not within {} s", limit.as_secs()))
}

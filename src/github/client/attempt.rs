//! One attempt of a request: its headers, where redirections lead, what its answer tells besides its body, and the whole of that.
//! How often it is tried is [`super`]'s.

use std::sync::atomic::Ordering;

use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, USER_AGENT};
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use jiff::SignedDuration;
use tower::ServiceExt;
use url::Url;

use super::{Asking, GitHub};
use crate::door::http::{Body, HttpService, Request, Response, TransportError, TransportErrorKind, read_whole};
use crate::door::retry::WAIT_AT_MOST;
use crate::github::credential::Owner;
use crate::github::error::GitHubError;
use crate::github::headers::{declared_length, expiry, redirection};
use crate::github::usage::RateLimit;
use crate::github::verdict::used_up;

const MEDIA_TYPE: HeaderValue = HeaderValue::from_static("application/vnd.github+json");
const API_VERSION: HeaderValue = HeaderValue::from_static("2022-11-28");
/// GitHub refuses requests without a name.
const PROGRAM: HeaderValue = HeaderValue::from_static(concat!("pilotage/", env!("CARGO_PKG_VERSION")));

/// The largest answer of the API. A hundred days of the legacy form for a large enterprise come to a tenth of it.
const LARGEST_ANSWER: usize = 64 << 20;

/// The largest explanation of a refusal. GitHub's are below a kilobyte; a proxy's page may be more.
const LARGEST_REFUSAL: usize = 64 << 10;

/// Redirections in a row. A renamed organization takes one.
const REDIRECTIONS_AT_MOST: u32 = 5;

/// How long before its end a token is warned about: long enough for a request to somebody else to be answered.
const WARN_OF_EXPIRY_BEFORE: SignedDuration = SignedDuration::from_hours(14 * 24);

/// How an attempt came out when it did not fail for good.
pub(super) enum Attempt {
    Answered { status: StatusCode, headers: HeaderMap, body: Bytes },
    Broken(TransportError),
}

impl Asking {
    fn request(&self, headers: &mut HeaderMap) -> Request {
        let mut request = Request::new(self.body.clone());
        *request.method_mut() = self.method.clone();
        if !self.body.is_empty() {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        request
    }
}

impl GitHub {
    /// Asks once, following redirections.
    pub(super) async fn attempt(&self, asking: &Asking, authorization: &HeaderValue, what: &str) -> Result<Attempt, GitHubError> {
        let mut url = asking.url.clone();
        for _ in 0..=REDIRECTIONS_AT_MOST {
            let response = match self.send(asking, &url, authorization, what).await? {
                Ok(response) => response,
                Err(error) => return Ok(Attempt::Broken(error)),
            };
            let (parts, body) = response.into_parts();
            self.take_note(&asking.owner, &url, parts.status, &parts.headers, authorization);
            if let Some(location) = redirection(parts.status, &parts.headers) {
                url = location.and_then(|location| url.join(location).ok()).ok_or_else(|| GitHubError::Malformed {
                    what: what.to_owned(),
                    problem: format!("status {} leads nowhere", parts.status.as_u16()),
                })?;
                continue;
            }
            return Ok(match self.read(parts.status, &parts.headers, body).await {
                Ok(body) => Attempt::Answered { status: parts.status, headers: parts.headers, body },
                Err(error) => Attempt::Broken(error),
            });
        }
        Err(GitHubError::Endless { what: what.to_owned(), limit: REDIRECTIONS_AT_MOST, unit: "redirections" })
    }

    /// Sends one request, with credentials only when it goes home.
    async fn send(
        &self,
        asking: &Asking,
        url: &Url,
        authorization: &HeaderValue,
        what: &str,
    ) -> Result<Result<Response, TransportError>, GitHubError> {
        let mut headers = HeaderMap::from_iter([(USER_AGENT, PROGRAM)]);
        let mut request = Request::new(Bytes::new());
        if self.0.base.is_home_of(url) {
            headers.insert(ACCEPT, MEDIA_TYPE);
            headers.insert("x-github-api-version", API_VERSION);
            headers.insert(AUTHORIZATION, authorization.clone());
            request = asking.request(&mut headers);
        } else if asking.method == Method::GET {
            self.check_download(url, what)?;
        } else {
            return Err(GitHubError::Elsewhere {
                what: what.to_owned(),
                reason: "only reading follows an answer to another host",
            });
        }
        Ok(self.call(&self.0.options.api, url, headers, request).await)
    }

    /// Fetches a file from elsewhere, following redirections; never with a credential.
    pub(in crate::github) async fn fetch(
        &self,
        url: &Url,
        range: &[(http::HeaderName, HeaderValue)],
        what: &str,
    ) -> Result<Result<Response, TransportError>, GitHubError> {
        let mut url = url.clone();
        for _ in 0..=REDIRECTIONS_AT_MOST {
            self.check_download(&url, what)?;
            let mut headers = HeaderMap::from_iter([(USER_AGENT, PROGRAM)]);
            headers.extend(range.iter().cloned());
            let response = match self.call(&self.0.options.downloads, &url, headers, Request::new(Bytes::new())).await {
                Ok(response) => response,
                Err(error) => return Ok(Err(error)),
            };
            let Some(location) = redirection(response.status(), response.headers()) else { return Ok(Ok(response)) };
            let malformed =
                || GitHubError::Malformed { what: what.to_owned(), problem: "a redirection leads nowhere".to_owned() };
            url = location.and_then(|location| url.join(location).ok()).ok_or_else(malformed)?;
        }
        Err(GitHubError::Endless { what: what.to_owned(), limit: REDIRECTIONS_AT_MOST, unit: "redirections" })
    }

    fn check_download(&self, url: &Url, what: &str) -> Result<(), GitHubError> {
        let check = self.0.base.check_download(url, &self.0.options.download_hosts);
        check.map_err(|reason| GitHubError::Elsewhere { what: what.to_owned(), reason })
    }

    async fn call(
        &self,
        service: &HttpService,
        url: &Url,
        headers: HeaderMap,
        mut request: Request,
    ) -> Result<Response, TransportError> {
        let address = http::Uri::try_from(url.as_str());
        let address = address.map_err(|_| TransportError::new(TransportErrorKind::Connect, "the address is not one of HTTP"))?;
        *request.uri_mut() = address;
        *request.headers_mut() = headers;
        self.counters().request();
        service.clone().oneshot(request).await
    }

    fn take_note(&self, owner: &Owner, url: &Url, status: StatusCode, headers: &HeaderMap, authorization: &HeaderValue) {
        self.0.has_answered.store(true, Ordering::Relaxed);
        if !self.0.base.is_home_of(url) {
            return;
        }
        if status.is_success() {
            self.0.is_accepted.store(true, Ordering::Relaxed);
        }
        self.counters().headers(headers);
        let gate = self.gate(owner);
        if let Some(limit) = RateLimit::of(headers) {
            gate.set_limit(limit);
        }
        // The next request would be refused, and count against us.
        if status.is_success()
            && let Some(wait) = used_up(headers, self.clock().now()).filter(|wait| *wait <= WAIT_AT_MOST)
        {
            gate.close(self.clock(), wait);
        }
        if let Some(expires) = expiry(headers).filter(|expires| self.0.expires.set(*expires).is_ok())
            && expires.duration_since(self.clock().now()) < WARN_OF_EXPIRY_BEFORE
        {
            tracing::warn!(%expires, "the token for GitHub expires soon; give a new one before");
        }
        let retires = headers.contains_key("sunset") || headers.contains_key("deprecation");
        if retires && !self.0.has_warned_of_retirement.swap(true, Ordering::Relaxed) {
            let sunset = headers.get("sunset").and_then(|value| value.to_str().ok()).unwrap_or("a day not named");
            let sunset = self.redactor(authorization).redact(sunset);
            tracing::warn!(path = url.path(), %sunset, "GitHub announces that it will close this endpoint or version");
        }
    }

    async fn read(&self, status: StatusCode, headers: &HeaderMap, body: Body) -> Result<Bytes, TransportError> {
        if !status.is_success() {
            // An explanation that does not arrive is not worth another attempt.
            return Ok(read_whole(body, LARGEST_REFUSAL).await.unwrap_or_default());
        }
        let body = read_whole(body, LARGEST_ANSWER).await?;
        self.counters().bytes(body.len());
        let broken = |problem: String| TransportError::new(TransportErrorKind::Broken, problem);
        if let Some(length) = declared_length(headers).filter(|length| *length != body.len() as u64) {
            return Err(broken(format!("{} of {length} bytes arrived", body.len())));
        }
        let is_empty = body.iter().all(u8::is_ascii_whitespace);
        match serde_json::from_slice::<serde::de::IgnoredAny>(&body) {
            Err(error) if !is_empty => Err(broken(format!("the answer is not whole JSON: {error}"))),
            _ => Ok(body),
        }
    }
}

//! One request to GitHub's API: headers, redirections, and as many attempts as GitHub's rules allow.

use std::hash::Hasher;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_ENCODING, CONTENT_LENGTH, LOCATION, USER_AGENT};
use http::{HeaderMap, HeaderValue, StatusCode};
use siphasher::sip::SipHasher13;
use tower::ServiceExt;
use url::Url;

use super::address::ApiBase;
use super::credential::Credential;
use super::error::{GitHubError, Refusal, message_of};
use super::gate::Gate;
use super::usage::{Counters, Usage};
use super::verdict::{Verdict, judge, used_up};
use crate::door::clock::Clock;
use crate::door::http::{Body, HttpService, Request, Response, TransportError, TransportErrorKind, read_whole};
use crate::door::retry::{GaveUp, Retry, RetryPolicy, WAIT_AT_MOST};

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

/// Attempts to connect to a host that has never answered: most often its name is wrong, and nobody wants to wait for that.
const ATTEMPTS_BEFORE_FIRST_CONTACT: u32 = 3;

/// What a client is made of.
#[derive(Clone, Debug)]
pub struct GitHubOptions {
    /// How the API is reached.
    pub api: HttpService,
    /// How the files of reports are reached. No credential and no header of the API goes there.
    pub downloads: HttpService,
    /// The API's address, see [`ApiBase::parse`].
    pub base_url: String,
    /// Who asks.
    pub credential: Credential,
    /// When set, the only hosts, or endings of hosts, that files are fetched from.
    pub download_hosts: Vec<String>,
    /// What time it is.
    pub clock: Clock,
    /// Where jitter comes from: the same seed gives the same waits.
    pub seed: u64,
}

/// A client of GitHub. Clones share their connections, their rate limit and their counters.
#[derive(Clone, Debug)]
pub struct GitHub(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    options: GitHubOptions,
    base: ApiBase,
    gate: Gate,
    counters: Counters,
    /// Whether GitHub has ever answered, whatever it said.
    has_answered: AtomicBool,
    /// Whether GitHub has ever accepted the credential.
    is_accepted: AtomicBool,
    has_warned_of_retirement: AtomicBool,
}

/// A whole answer whose status is a success. The body is empty or JSON.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

/// How an attempt came out when it did not fail for good.
enum Attempt {
    Answered { status: StatusCode, headers: HeaderMap, body: Bytes },
    Broken(TransportError),
}

impl GitHub {
    /// A client. Asks nothing yet.
    ///
    /// # Errors
    /// When the address cannot be used.
    pub fn new(options: GitHubOptions) -> Result<Self, GitHubError> {
        let base = ApiBase::parse(&options.base_url).map_err(|reason| GitHubError::Address { reason })?;
        Ok(Self(Arc::new(Inner {
            options,
            base,
            gate: Gate::default(),
            counters: Counters::default(),
            has_answered: AtomicBool::new(false),
            is_accepted: AtomicBool::new(false),
            has_warned_of_retirement: AtomicBool::new(false),
        })))
    }

    /// What has been spent so far, by all clones together.
    pub fn usage(&self) -> Usage {
        self.0.counters.read()
    }

    /// When the next request may be made, while a rate limit holds all of them back.
    pub fn waits_until(&self) -> Option<jiff::Timestamp> {
        self.0.gate.opens(&self.0.options.clock)
    }

    pub(super) fn credential(&self) -> &Credential {
        &self.0.options.credential
    }

    pub(super) fn clock(&self) -> &Clock {
        &self.0.options.clock
    }

    pub(super) fn counters(&self) -> &Counters {
        &self.0.counters
    }

    /// The API's own address of a path.
    pub(super) fn address(&self, path: &str) -> Result<Url, GitHubError> {
        let malformed = || GitHubError::Malformed { what: get(path), problem: "the path makes no address".to_owned() };
        self.0.base.join(path).ok_or_else(malformed)
    }

    /// The address of a further page: it must lead home, because the credential goes along.
    pub(super) fn further(&self, link: &str, what: &str) -> Result<Url, GitHubError> {
        let elsewhere = |reason| GitHubError::Elsewhere { what: what.to_owned(), reason };
        let url = Url::parse(link).map_err(|_| elsewhere("the next page has no address"))?;
        if self.0.base.is_home_of(&url) { Ok(url) } else { Err(elsewhere("the next page is not at GitHub's own address")) }
    }

    /// A request as people know it: `GET /orgs/acme/teams?per_page=100`.
    pub(super) fn name_of(&self, url: &Url) -> String {
        get(&self.0.base.path_of(url))
    }

    /// The course of a request that is about to be made.
    pub(super) fn retry(&self, what: &str) -> Retry {
        // A seed from the request's name: waits do not depend on which request comes first.
        let mut hasher = SipHasher13::new_with_keys(self.0.options.seed, 0);
        hasher.write(what.as_bytes());
        Retry::new(RetryPolicy::STANDARD, hasher.finish())
    }

    /// Asks until there is an answer, or none is to be expected.
    pub(super) async fn ask(&self, url: Url) -> Result<Answer, GitHubError> {
        let what = self.name_of(&url);
        let mut retry = self.retry(&what);
        let mut limited = 0;
        loop {
            self.0.gate.pass(self.clock(), self.counters()).await;
            let (status, headers, body) = match self.attempt(&url, &what).await? {
                Attempt::Answered { status, headers, body } => (status, headers, body),
                Attempt::Broken(error) => {
                    self.wait_after_break(&mut retry, error, &what).await?;
                    continue;
                }
            };
            tracing::debug!(%what, status = status.as_u16(), "GitHub answered");
            let message = if status.is_success() { String::new() } else { message_of(&body) };
            let refusal = || Refusal {
                is_first: !self.0.is_accepted.load(Ordering::Relaxed),
                ..Refusal::by_api(what.clone(), status, &headers, message.clone())
            };
            match judge(status, &headers, &message, self.clock().now(), limited) {
                Verdict::Take => return Ok(Answer { status, headers, body }),
                Verdict::Refuse => return Err(GitHubError::Refused(Box::new(refusal()))),
                Verdict::Again(asked) => {
                    let gave_up = |gave_up| GitHubError::Refused(Box::new(Refusal { gave_up: Some(gave_up), ..refusal() }));
                    let wait = retry.after_failure(asked).map_err(gave_up)?;
                    self.wait(wait, &what).await;
                }
                Verdict::Limited(asked) => {
                    limited += 1;
                    let limit = |gave_up| Refusal { gave_up: Some(gave_up), is_limit: true, ..refusal() };
                    let wait =
                        retry.after_failure(Some(asked)).map_err(|gave_up| GitHubError::Refused(Box::new(limit(gave_up))))?;
                    self.counters().retry();
                    self.0.gate.close(self.clock(), wait);
                }
            }
        }
    }

    /// Waits before a request is made again.
    pub(super) async fn wait(&self, wait: Duration, what: &str) {
        tracing::info!(%what, milliseconds = wait.as_millis(), "trying again after a while");
        self.counters().wait(wait);
        self.counters().retry();
        self.clock().sleep(wait).await;
    }

    /// Waits after a connection that failed or broke, or gives up.
    pub(super) async fn wait_after_break(&self, retry: &mut Retry, error: TransportError, what: &str) -> Result<(), GitHubError> {
        let give_up = |gave_up| GitHubError::Transport { what: what.to_owned(), source: error.clone(), gave_up: Some(gave_up) };
        let attempts = retry.attempts() + 1;
        let is_hopeless = match error.kind {
            TransportErrorKind::Certificate | TransportErrorKind::TooLarge => true,
            TransportErrorKind::Connect => {
                !self.0.has_answered.load(Ordering::Relaxed) && attempts >= ATTEMPTS_BEFORE_FIRST_CONTACT
            }
            TransportErrorKind::Timeout | TransportErrorKind::Broken => false,
        };
        if is_hopeless {
            return Err(give_up(GaveUp { attempts, waited: retry.waited(), refused_wait: None }));
        }
        let wait = retry.after_failure(None).map_err(give_up)?;
        tracing::info!(%what, %error, "no whole answer");
        self.wait(wait, what).await;
        Ok(())
    }

    /// Asks once, following redirections.
    async fn attempt(&self, url: &Url, what: &str) -> Result<Attempt, GitHubError> {
        let mut url = url.clone();
        for _ in 0..=REDIRECTIONS_AT_MOST {
            let response = match self.send(&url, what).await? {
                Ok(response) => response,
                Err(error) => return Ok(Attempt::Broken(error)),
            };
            let (parts, body) = response.into_parts();
            self.take_note(&url, parts.status, &parts.headers);
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
    async fn send(&self, url: &Url, what: &str) -> Result<Result<Response, TransportError>, GitHubError> {
        let mut headers = HeaderMap::from_iter([(USER_AGENT, PROGRAM)]);
        if self.0.base.is_home_of(url) {
            let authorization = self.credential().authorization().await;
            let authorization = authorization.map_err(|reason| GitHubError::Credential { what: what.to_owned(), reason })?;
            headers.insert(ACCEPT, MEDIA_TYPE);
            headers.insert("x-github-api-version", API_VERSION);
            headers.insert(AUTHORIZATION, authorization);
        } else {
            self.check_download(url, what)?;
        }
        Ok(self.call(&self.0.options.api, url, headers).await)
    }

    /// Fetches a file from elsewhere, following redirections; never with a credential.
    pub(super) async fn fetch(
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
            let response = match self.call(&self.0.options.downloads, &url, headers).await {
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

    async fn call(&self, service: &HttpService, url: &Url, headers: HeaderMap) -> Result<Response, TransportError> {
        let address = http::Uri::try_from(url.as_str());
        let address = address.map_err(|_| TransportError::new(TransportErrorKind::Connect, "the address is not one of HTTP"))?;
        let mut request = Request::new(Bytes::new());
        *request.uri_mut() = address;
        *request.headers_mut() = headers;
        self.counters().request();
        service.clone().oneshot(request).await
    }

    fn take_note(&self, url: &Url, status: StatusCode, headers: &HeaderMap) {
        self.0.has_answered.store(true, Ordering::Relaxed);
        if !self.0.base.is_home_of(url) {
            return;
        }
        if status.is_success() {
            self.0.is_accepted.store(true, Ordering::Relaxed);
        }
        self.counters().headers(headers);
        // The next request would be refused, and count against us.
        if status.is_success()
            && let Some(wait) = used_up(headers, self.clock().now()).filter(|wait| *wait <= WAIT_AT_MOST)
        {
            self.0.gate.close(self.clock(), wait);
        }
        let retires = headers.contains_key("sunset") || headers.contains_key("deprecation");
        if retires && !self.0.has_warned_of_retirement.swap(true, Ordering::Relaxed) {
            let sunset = headers.get("sunset").and_then(|value| value.to_str().ok()).unwrap_or("a day not named");
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

/// The length that a body must have, where the server says so and nothing has been unpacked since.
pub(super) fn declared_length(headers: &HeaderMap) -> Option<u64> {
    let length = headers.get(CONTENT_LENGTH)?.to_str().ok()?.trim().parse().ok();
    length.filter(|_| !headers.contains_key(CONTENT_ENCODING))
}

/// Where an answer leads, when it is a redirection that keeps the method.
fn redirection(status: StatusCode, headers: &HeaderMap) -> Option<Option<&str>> {
    matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308)
        .then(|| headers.get(LOCATION).and_then(|location| location.to_str().ok()))
}

fn get(path: &str) -> String {
    format!("GET {path}")
}

#[cfg(test)]
mod tests;

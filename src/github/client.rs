//! One request to GitHub's API, with as many attempts as GitHub's rules and the endpoint's state allow.
//!
//! | subject | file |
//! | --- | --- |
//! | one attempt: headers, redirections, limits on time and size | `attempt` |
//! | retries: waiting after a failed attempt, or giving up | `retry_state` |

mod attempt;
mod retry_state;

use std::path::PathBuf;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use jiff::Timestamp;
use url::Url;

pub(super) use self::retry_state::{FailedAttempt, RetryState};

use super::address::ApiBase;
use super::cache::{CacheAccess, ReportCache};
use super::credential::{Credential, Owner};
use super::error::{GitHubError, GitHubRefusal, message_of};
use super::gate::{RateLimitGate, RateLimitGates};
use super::outage::{Outages, RetryBudget, endpoint};
use super::response_action::{ResponseAction, decide};
use crate::door::client::answer::Answer;
use crate::door::client::contact::Contact;
use crate::door::client::usage::UsageCounters;
use crate::door::clock::Clock;
use crate::door::http::{HttpService, Request};
use crate::door::page;
use crate::identity::Ingest;
use crate::model::day::Day;
use crate::model::secret::Redactor;
use crate::model::usage::{RateLimit, Usage};

/// Bytes of the largest list page, manifest or object. A page of a hundred seats is below half a megabyte. Parsed JSON may take
/// ten times as much memory.
pub(super) const LARGEST_ANSWER: usize = 4 << 20;

/// Bytes of the largest answer of the closed endpoints. A hundred days of a large enterprise take less than half of it.
pub(super) const LARGEST_LEGACY_ANSWER: usize = 16 << 20;

/// Attempts to connect to a host that has never answered.
const ATTEMPTS_BEFORE_FIRST_CONTACT: u32 = 3;

/// Parts of a client.
#[derive(Clone, Debug)]
pub struct GitHubOptions {
    /// HTTP for the API.
    pub api: HttpService,
    /// HTTP for the files of reports. No credential and no header of the API is sent there.
    pub downloads: HttpService,
    /// Address of the API, see [`ApiBase::parse`].
    pub base_url: String,
    /// Credential of all requests.
    pub credential: Credential,
    /// Hosts, or endings of hosts, of files besides GitHub's own, see [`ApiBase::check_download`].
    pub download_hosts: Vec<String>,
    /// Clock.
    pub clock: Clock,
    /// Seed of the jitter. The same seed gives the same waits.
    pub seed: u64,
}

/// Client of GitHub. Clones share their connections, their rate limit and their counters.
#[derive(Clone, Debug)]
pub struct GitHub {
    inner: Arc<Inner>,
    reports: Option<Arc<ReportCache>>,
    outages: Outages,
    ingest: Arc<Ingest>,
}

#[derive(Debug)]
struct Inner {
    options: GitHubOptions,
    base: ApiBase,
    gates: RateLimitGates,
    counters: UsageCounters,
    contact: Contact,
    /// GitHub has accepted the credential at least once.
    is_accepted: AtomicBool,
    has_warned_of_retirement: AtomicBool,
    /// Expiry of the credential, once GitHub has named it.
    expires: OnceLock<Timestamp>,
}

/// A complete answer with a success status. The body is empty or JSON.
#[derive(Debug)]
pub(super) struct ApiResponse {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

/// A request with everything that each of its attempts needs.
#[derive(Clone, Debug)]
pub(super) struct OutgoingRequest {
    pub(super) method: Method,
    pub(super) url: Url,
    /// Owner whose token is used. Redirections keep it: they replace names by numbers.
    pub(super) owner: Owner,
    /// JSON, or empty.
    pub(super) body: Bytes,
    /// Bytes of the largest answer that is read.
    pub(super) largest: usize,
}

impl OutgoingRequest {
    /// Request without a body.
    pub(super) fn new(method: Method, url: Url, owner: Owner) -> Self {
        Self { method, url, owner, body: Bytes::new(), largest: LARGEST_ANSWER }
    }

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
    /// Makes a client. Sends no request yet.
    ///
    /// # Errors
    /// The address cannot be used.
    pub fn new(options: GitHubOptions) -> Result<Self, GitHubError> {
        let base = ApiBase::parse(&options.base_url).map_err(|reason| GitHubError::Address { reason })?;
        let inner = Inner {
            options,
            base,
            gates: RateLimitGates::default(),
            counters: UsageCounters::default(),
            contact: Contact::new(ATTEMPTS_BEFORE_FIRST_CONTACT),
            is_accepted: AtomicBool::new(false),
            has_warned_of_retirement: AtomicBool::new(false),
            expires: OnceLock::new(),
        };
        Ok(Self { inner: Arc::new(inner), reports: None, outages: Outages::default(), ingest: Arc::default() })
    }

    /// What becomes of records about people as they come out of this client, before they are cached. Without it they stay as they are.
    #[must_use]
    pub fn taking_people_by(self, ingest: Arc<Ingest>) -> Self {
        Self { ingest, ..self }
    }

    pub(super) fn ingest(&self) -> &Ingest {
        &self.ingest
    }

    /// Keeps reports of finished days in a folder, and reads them from there. See [`super::cache`].
    #[must_use]
    pub fn keeping_reports_in(self, folder: PathBuf) -> Self {
        self.with_reports(folder, CacheAccess::ReadAndWrite)
    }

    /// Reads reports of finished days from a folder, and writes nothing there.
    #[must_use]
    pub fn reading_reports_kept_in(self, folder: PathBuf) -> Self {
        self.with_reports(folder, CacheAccess::Read)
    }

    fn with_reports(self, folder: PathBuf, access: CacheAccess) -> Self {
        // The path alone does not tell the organizations of two hosts apart.
        let cache = ReportCache::new(folder, self.inner.options.base_url.clone(), access);
        Self { reports: Some(Arc::new(cache)), ..self }
    }

    pub(super) fn cache(&self) -> Option<&ReportCache> {
        self.reports.as_deref()
    }

    /// Shares the state of failing endpoints with another client of the same host that has another credential.
    #[must_use]
    pub fn sharing_outages_with(self, other: &Self) -> Self {
        Self { outages: other.outages.clone(), ..self }
    }

    /// A clone for one run: endpoints that failed in an earlier run get all attempts again.
    #[must_use]
    pub fn for_run(&self) -> Self {
        Self { outages: Outages::default(), ..self.clone() }
    }

    /// Checks whether two clients are clones of each other.
    pub fn is_clone_of(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.inner, &other.inner)
    }

    /// Requests, waits and bytes so far, of all clones together.
    pub fn usage(&self) -> Usage {
        self.inner.counters.read()
    }

    /// Time of the next request, while a rate limit blocks all of them.
    pub fn waits_until(&self) -> Option<Timestamp> {
        self.inner.gates.opens(&self.inner.options.clock)
    }

    /// Rest of the rate limit that requests at this path count against, as GitHub last reported it. An App has one for each of
    /// its installations.
    pub fn rate_limit_at(&self, path: &str) -> Option<RateLimit> {
        self.gate(&Owner::of(path)).limit()
    }

    /// Gate of requests for that owner.
    fn gate(&self, owner: &Owner) -> Arc<RateLimitGate> {
        let whose = matches!(self.credential(), Credential::App(_)).then(|| owner.clone());
        self.inner.gates.of(whose)
    }

    /// Host of the API, with its port unless that is the default one: `api.github.com`.
    pub fn host(&self) -> String {
        self.inner.base.host()
    }

    /// Expiry of the token, once GitHub has named it. None for tokens that do not expire, and for Apps, whose tokens are
    /// renewed.
    pub fn token_expires(&self) -> Option<Timestamp> {
        self.inner.expires.get().copied()
    }

    /// Current time.
    pub fn now(&self) -> Timestamp {
        self.clock().now()
    }

    /// Removes cached reports that are no longer needed, see [`super::cache`].
    pub fn prune_kept_reports(&self) {
        if let Some(cache) = self.cache() {
            cache.prune(Day::of(self.now()));
        }
    }

    /// Credential of all requests.
    pub fn credential(&self) -> &Credential {
        &self.inner.options.credential
    }

    /// Clock of all waits.
    pub fn clock(&self) -> &Clock {
        &self.inner.options.clock
    }

    pub(super) fn counters(&self) -> &UsageCounters {
        &self.inner.counters
    }

    /// Address of a path at this API.
    pub(super) fn address(&self, path: &str) -> Result<Url, GitHubError> {
        let malformed = || GitHubError::Malformed { what: get(path), problem: "the path is not valid in an address".to_owned() };
        self.inner.base.join(path).ok_or_else(malformed)
    }

    /// Address of a further page. It must be at this API, because the credential is sent along.
    pub(super) fn next_page_url(&self, link: &str, what: &str) -> Result<Url, GitHubError> {
        let elsewhere = |reason| GitHubError::DisallowedAddress { what: what.to_owned(), reason };
        let url = Url::parse(link).map_err(|_| elsewhere("the next page has no valid address"))?;
        if self.inner.base.is_same_origin(&url) {
            Ok(url)
        } else {
            Err(elsewhere("the next page is not at GitHub's own address"))
        }
    }

    /// Name of a request in messages: `GET /orgs/acme/teams?per_page=100`.
    pub(super) fn name_of(&self, url: &Url) -> String {
        get(&self.inner.base.path_of(url))
    }

    pub(super) fn request_name(&self, outgoing: &OutgoingRequest) -> String {
        format!("{} {}", outgoing.method, self.inner.base.path_of(&outgoing.url))
    }

    /// Sends a GET request until it is answered or given up.
    pub(super) async fn ask(&self, url: Url) -> Result<ApiResponse, GitHubError> {
        self.ask_up_to(LARGEST_ANSWER, url).await
    }

    /// As [`GitHub::ask`], with a limit for the answer in bytes.
    pub(super) async fn ask_up_to(&self, largest: usize, url: Url) -> Result<ApiResponse, GitHubError> {
        let owner = Owner::of(&self.inner.base.path_of(&url));
        self.ask_for(OutgoingRequest { largest, ..OutgoingRequest::new(Method::GET, url, owner) }).await
    }

    /// As [`GitHub::ask_for`], boxed: an App requests a token within a request, so the future contains itself.
    pub(super) fn ask_boxed(
        &self,
        outgoing: OutgoingRequest,
    ) -> Pin<Box<dyn Future<Output = Result<ApiResponse, GitHubError>> + Send + '_>> {
        Box::pin(self.ask_for(outgoing))
    }

    /// Sends a request until it is answered or given up.
    pub(super) async fn ask_for(&self, outgoing: OutgoingRequest) -> Result<ApiResponse, GitHubError> {
        let what = self.request_name(&outgoing);
        let endpoint = format!("{} {}", outgoing.method, endpoint(&self.inner.base.path_of(&outgoing.url)));
        let mut retries = self.retry_state(&what, &endpoint);
        let mut limited = 0;
        // The part of the next wait at the gate that has been counted already.
        let mut counted = Duration::ZERO;
        let mut is_renewed = false;
        let gate = self.gate(&outgoing.owner);
        loop {
            let passed = gate.pass(self.clock(), self.counters(), &mut retries, std::mem::take(&mut counted)).await;
            passed.map_err(|gave_up| GitHubError::RateLimited { what: what.clone(), gave_up })?;
            let authorization = self.authorization(&outgoing.owner, &what).await?;
            let began = self.clock().instant();
            let attempt = self.attempt(&outgoing, &authorization, retries.answer_within(), &what).await?;
            let took = began.elapsed();
            let Answer { status, headers, body } = match attempt {
                Ok(received) => received,
                Err(error) => {
                    self.wait_after_break(&mut retries, error, took).await?;
                    continue;
                }
            };
            tracing::debug!(%what, status = status.as_u16(), "GitHub answered");
            let redactor = if status.is_success() { Redactor::default() } else { self.redactor(&authorization) };
            let message = if status.is_success() { String::new() } else { message_of(&body, &redactor) };
            let refusal = || GitHubRefusal {
                is_first: !self.inner.is_accepted.load(Ordering::Relaxed),
                ..GitHubRefusal::by_api(what.clone(), status, &headers, message.clone(), &redactor)
            };
            match decide(status, &headers, &message, self.clock().now(), limited) {
                ResponseAction::Accept => {
                    self.endpoint_answered(&retries);
                    // Data may be text that is shown to people, so it is redacted as errors are.
                    let is_text = body.trim_ascii_start().first() == Some(&b'"');
                    let redacted = || self.redactor(&authorization).redact(&String::from_utf8_lossy(&body)).into();
                    return Ok(ApiResponse { status, headers, body: if is_text { redacted() } else { body } });
                }
                // GitHub's refusals are JSON. Another page is from a proxy in between, and says nothing about permissions.
                ResponseAction::Refuse if page::is_page(&headers, &body) => {
                    let source = page::instead_of_answer(&self.host(), status.as_u16(), &body, &redactor);
                    return Err(GitHubError::Transport { what, source, gave_up: None });
                }
                // Tokens of installations expire after an hour, or when permissions change.
                ResponseAction::Refuse
                    if status == StatusCode::UNAUTHORIZED
                        && !is_renewed
                        && self.renews_token(&outgoing.owner, &authorization).await =>
                {
                    is_renewed = true;
                    self.counters().retry();
                    tracing::debug!(%what, "asking again with a new token");
                }
                ResponseAction::Refuse => {
                    self.endpoint_answered(&retries);
                    return Err(GitHubError::Refused(Box::new(refusal())));
                }
                ResponseAction::Retry(asked) => {
                    let gave_up = |gave_up| GitHubError::Refused(Box::new(GitHubRefusal { gave_up: Some(gave_up), ..refusal() }));
                    let cause = format!("GitHub answered {}", status.as_u16());
                    self.wait_after(&mut retries, FailedAttempt { asked, ..FailedAttempt::new(cause, took) })
                        .await
                        .map_err(gave_up)?;
                }
                ResponseAction::RateLimited(asked) => {
                    limited += 1;
                    let limit = |gave_up| GitHubRefusal { gave_up: Some(gave_up), is_limit: true, ..refusal() };
                    let wait = retries.limited(asked).map_err(|gave_up| GitHubError::Refused(Box::new(limit(gave_up))))?;
                    self.counters().retry();
                    gate.close(self.clock(), wait);
                    counted = wait;
                }
            }
        }
    }

    /// Secrets of the request, to be removed from an answer that quotes it.
    fn redactor(&self, authorization: &HeaderValue) -> Redactor {
        let sent = authorization.to_str().unwrap_or_default();
        let held = match self.credential() {
            Credential::Token(token) => token.expose(),
            // The key of an App is never sent, only the signed token.
            Credential::App(_) => "",
        };
        Redactor::new([sent.split_once(' ').map_or(sent, |(_, token)| token), held])
    }

    /// Sends a request once, without waiting for limits and without retries. Also returns the redactor of the request's
    /// secrets.
    pub(super) async fn ask_once(
        &self,
        outgoing: &OutgoingRequest,
    ) -> Result<(StatusCode, HeaderMap, Bytes, Redactor), GitHubError> {
        let what = self.request_name(outgoing);
        let authorization = self.authorization(&outgoing.owner, &what).await?;
        match self.attempt(outgoing, &authorization, RetryBudget::FULL.answer_within, &what).await? {
            Ok(Answer { status, headers, body }) => Ok((status, headers, body, self.redactor(&authorization))),
            Err(source) => Err(GitHubError::Transport { what, source, gave_up: None }),
        }
    }
}

fn get(path: &str) -> String {
    format!("GET {path}")
}

#[cfg(test)]
mod tests;

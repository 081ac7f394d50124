//! One request to GitHub's API, with as many attempts as GitHub's rules and the endpoint's state allow.
//!
//! | subject | file |
//! | --- | --- |
//! | one attempt: headers, redirections, limits on time and size | `attempt` |
//! | what comes after an attempt that failed: a wait, or giving up | `course` |

mod attempt;
mod course;

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

pub(super) use self::attempt::Received;
pub(super) use self::course::{Course, Failure};

use super::address::ApiBase;
use super::cache::{Access, ReportCache};
use super::credential::{Credential, Owner};
use super::error::{GitHubError, Refusal, message_of};
use super::gate::{Gate, Gates};
use super::outage::{Outages, Patience, endpoint};
use super::usage::{Counters, RateLimit, Usage};
use super::verdict::{Verdict, judge};
use crate::door::clock::Clock;
use crate::door::http::{HttpService, Request};
use crate::door::page;
use crate::model::day::Day;
use crate::model::secret::Redactor;

/// The largest answer of a list, a manifest or an object. A page of a hundred seats, the largest of them, is below half a megabyte;
/// what is read from it in memory may be ten times as large.
pub(super) const LARGEST_ANSWER: usize = 4 << 20;

/// The largest answer of the closed endpoints. A hundred days of a large enterprise come to less than half of it.
pub(super) const LARGEST_LEGACY_ANSWER: usize = 16 << 20;

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
    /// Hosts, or endings of hosts, that files may be fetched from beside GitHub's own, see [`ApiBase::check_download`].
    pub download_hosts: Vec<String>,
    /// What time it is.
    pub clock: Clock,
    /// Where jitter comes from: the same seed gives the same waits.
    pub seed: u64,
}

/// A client of GitHub. Clones share their connections, their rate limit and their counters.
#[derive(Clone, Debug)]
pub struct GitHub {
    inner: Arc<Inner>,
    reports: Option<Arc<ReportCache>>,
    outages: Outages,
}

#[derive(Debug)]
struct Inner {
    options: GitHubOptions,
    base: ApiBase,
    gates: Gates,
    counters: Counters,
    /// Whether GitHub has ever answered, whatever it said.
    has_answered: AtomicBool,
    /// Whether GitHub has ever accepted the credential.
    is_accepted: AtomicBool,
    has_warned_of_retirement: AtomicBool,
    /// When the credential ends, as far as GitHub has said.
    expires: OnceLock<Timestamp>,
}

/// A whole answer whose status is a success. The body is empty or JSON.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

/// A request that is about to be made, again and again if need be.
#[derive(Clone, Debug)]
pub(super) struct Asking {
    pub(super) method: Method,
    pub(super) url: Url,
    /// On whose behalf. Redirections do not change it: they lead to numbers in place of names.
    pub(super) owner: Owner,
    /// JSON, or nothing.
    pub(super) body: Bytes,
    /// The largest answer that is read, in bytes.
    pub(super) largest: usize,
}

impl Asking {
    /// A request without a body.
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
    /// A client. Asks nothing yet.
    ///
    /// # Errors
    /// When the address cannot be used.
    pub fn new(options: GitHubOptions) -> Result<Self, GitHubError> {
        let base = ApiBase::parse(&options.base_url).map_err(|reason| GitHubError::Address { reason })?;
        let inner = Inner {
            options,
            base,
            gates: Gates::default(),
            counters: Counters::default(),
            has_answered: AtomicBool::new(false),
            is_accepted: AtomicBool::new(false),
            has_warned_of_retirement: AtomicBool::new(false),
            expires: OnceLock::new(),
        };
        Ok(Self { inner: Arc::new(inner), reports: None, outages: Outages::default() })
    }

    /// Keeps the reports of finished days in a folder, and reads them from there. See [`super::cache`].
    #[must_use]
    pub fn keeping_reports_in(self, folder: PathBuf) -> Self {
        self.with_reports(folder, Access::ReadAndWrite)
    }

    /// Reads reports of finished days that are kept in a folder, and writes nothing there.
    #[must_use]
    pub fn reading_reports_kept_in(self, folder: PathBuf) -> Self {
        self.with_reports(folder, Access::Read)
    }

    fn with_reports(self, folder: PathBuf, access: Access) -> Self {
        // One host's organizations are not another's.
        let cache = ReportCache::new(folder, self.inner.options.base_url.clone(), access);
        Self { reports: Some(Arc::new(cache)), ..self }
    }

    pub(super) fn cache(&self) -> Option<&ReportCache> {
        self.reports.as_deref()
    }

    /// Shares with another client what is known of endpoints that are out: both ask the same host, with different credentials.
    #[must_use]
    pub fn sharing_outages_with(self, other: &Self) -> Self {
        Self { outages: other.outages.clone(), ..self }
    }

    /// A clone for one run: endpoints that were out in an earlier run are tried with full patience again.
    #[must_use]
    pub fn for_run(&self) -> Self {
        Self { outages: Outages::default(), ..self.clone() }
    }

    /// Whether another client is a clone of this one, or both of a third.
    pub fn is_clone_of(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.inner, &other.inner)
    }

    /// What has been spent so far, by all clones together.
    pub fn usage(&self) -> Usage {
        self.inner.counters.read()
    }

    /// When the next request may be made, while a rate limit holds all of them back.
    pub fn waits_until(&self) -> Option<Timestamp> {
        self.inner.gates.opens(&self.inner.options.clock)
    }

    /// What is left of the limit that requests at this path count against, as far as GitHub has said: an App has one for each of its
    /// installations.
    pub fn rate_limit_at(&self, path: &str) -> Option<RateLimit> {
        self.gate(&Owner::of(path)).limit()
    }

    /// The gate of requests on that owner's behalf.
    fn gate(&self, owner: &Owner) -> Arc<Gate> {
        let whose = matches!(self.credential(), Credential::App(_)).then(|| owner.clone());
        self.inner.gates.of(whose)
    }

    /// The host that is asked, with its port where that is not the usual one: `api.github.com`.
    pub fn host(&self) -> String {
        self.inner.base.host()
    }

    /// When the token ends, once GitHub has said so. Tokens may also last for ever, and Apps renew theirs.
    pub fn token_expires(&self) -> Option<Timestamp> {
        self.inner.expires.get().copied()
    }

    /// What time it is.
    pub fn now(&self) -> Timestamp {
        self.clock().now()
    }

    /// Clears away what is kept of reports and is of no more use, see [`super::cache`].
    pub fn prune_kept_reports(&self) {
        if let Some(cache) = self.cache() {
            cache.prune(Day::of(self.now()));
        }
    }

    /// Who asks.
    pub fn credential(&self) -> &Credential {
        &self.inner.options.credential
    }

    /// The clock that it waits by.
    pub fn clock(&self) -> &Clock {
        &self.inner.options.clock
    }

    pub(super) fn counters(&self) -> &Counters {
        &self.inner.counters
    }

    /// The API's own address of a path.
    pub(super) fn address(&self, path: &str) -> Result<Url, GitHubError> {
        let malformed = || GitHubError::Malformed { what: get(path), problem: "the path makes no address".to_owned() };
        self.inner.base.join(path).ok_or_else(malformed)
    }

    /// The address of a further page: it must lead home, because the credential goes along.
    pub(super) fn further(&self, link: &str, what: &str) -> Result<Url, GitHubError> {
        let elsewhere = |reason| GitHubError::Elsewhere { what: what.to_owned(), reason };
        let url = Url::parse(link).map_err(|_| elsewhere("the next page has no address"))?;
        if self.inner.base.is_home_of(&url) { Ok(url) } else { Err(elsewhere("the next page is not at GitHub's own address")) }
    }

    /// A request as people know it: `GET /orgs/acme/teams?per_page=100`.
    pub(super) fn name_of(&self, url: &Url) -> String {
        get(&self.inner.base.path_of(url))
    }

    pub(super) fn name_of_asking(&self, asking: &Asking) -> String {
        format!("{} {}", asking.method, self.inner.base.path_of(&asking.url))
    }

    /// Reads, until there is an answer, or none is to be expected.
    pub(super) async fn ask(&self, url: Url) -> Result<Answer, GitHubError> {
        self.ask_up_to(LARGEST_ANSWER, url).await
    }

    /// The same where an answer may have another size, in bytes.
    pub(super) async fn ask_up_to(&self, largest: usize, url: Url) -> Result<Answer, GitHubError> {
        let owner = Owner::of(&self.inner.base.path_of(&url));
        self.ask_for(Asking { largest, ..Asking::new(Method::GET, url, owner) }).await
    }

    /// The same in a box, for an App that has to ask for a token before it can ask.
    pub(super) fn ask_boxed(&self, asking: Asking) -> Pin<Box<dyn Future<Output = Result<Answer, GitHubError>> + Send + '_>> {
        Box::pin(self.ask_for(asking))
    }

    /// Asks until there is an answer, or none is to be expected.
    pub(super) async fn ask_for(&self, asking: Asking) -> Result<Answer, GitHubError> {
        let what = self.name_of_asking(&asking);
        let endpoint = format!("{} {}", asking.method, endpoint(&self.inner.base.path_of(&asking.url)));
        let mut course = self.course(&what, &endpoint);
        let mut limited = 0;
        // What of the coming wait at the gate has been counted already.
        let mut counted = Duration::ZERO;
        let mut is_renewed = false;
        let gate = self.gate(&asking.owner);
        loop {
            let passed = gate.pass(self.clock(), self.counters(), &mut course, std::mem::take(&mut counted)).await;
            passed.map_err(|gave_up| GitHubError::Limit { what: what.clone(), gave_up })?;
            let authorization = self.authorization(&asking.owner, &what).await?;
            let began = self.clock().instant();
            let attempt = self.attempt(&asking, &authorization, course.answer_within(), &what).await?;
            let took = began.elapsed();
            let Received { status, headers, body } = match attempt {
                Ok(received) => received,
                Err(error) => {
                    self.wait_after_break(&mut course, error, took).await?;
                    continue;
                }
            };
            tracing::debug!(%what, status = status.as_u16(), "GitHub answered");
            let redactor = if status.is_success() { Redactor::default() } else { self.redactor(&authorization) };
            let message = if status.is_success() { String::new() } else { message_of(&body, &redactor) };
            let refusal = || Refusal {
                is_first: !self.inner.is_accepted.load(Ordering::Relaxed),
                ..Refusal::by_api(what.clone(), status, &headers, message.clone(), &redactor)
            };
            match judge(status, &headers, &message, self.clock().now(), limited) {
                Verdict::Take => {
                    self.endpoint_answered(&course);
                    // A text in the place of data is shown to people, like an error's.
                    let is_text = body.trim_ascii_start().first() == Some(&b'"');
                    let redacted = || self.redactor(&authorization).redact(&String::from_utf8_lossy(&body)).into();
                    return Ok(Answer { status, headers, body: if is_text { redacted() } else { body } });
                }
                // GitHub refuses in JSON. A page that refuses is somebody's in between, and says nothing about permissions.
                Verdict::Refuse if page::is_page(&headers, &body) => {
                    let source = page::instead_of_answer(&self.host(), status.as_u16(), &body, &redactor);
                    return Err(GitHubError::Transport { what, source, gave_up: None });
                }
                // The token of an installation ends after an hour, and sooner when its permissions change.
                Verdict::Refuse
                    if status == StatusCode::UNAUTHORIZED && !is_renewed && self.forgets(&asking.owner, &authorization).await =>
                {
                    is_renewed = true;
                    self.counters().retry();
                    tracing::debug!(%what, "asking again with a new token");
                }
                Verdict::Refuse => {
                    self.endpoint_answered(&course);
                    return Err(GitHubError::Refused(Box::new(refusal())));
                }
                Verdict::Again(asked) => {
                    let gave_up = |gave_up| GitHubError::Refused(Box::new(Refusal { gave_up: Some(gave_up), ..refusal() }));
                    let cause = format!("GitHub answered {}", status.as_u16());
                    self.wait_after(&mut course, Failure { asked, ..Failure::new(cause, took) }).await.map_err(gave_up)?;
                }
                Verdict::Limited(asked) => {
                    limited += 1;
                    let limit = |gave_up| Refusal { gave_up: Some(gave_up), is_limit: true, ..refusal() };
                    let wait = course.limited(asked).map_err(|gave_up| GitHubError::Refused(Box::new(limit(gave_up))))?;
                    self.counters().retry();
                    gate.close(self.clock(), wait);
                    counted = wait;
                }
            }
        }
    }

    /// What the request was made with, to be blotted out of an answer that quotes it.
    fn redactor(&self, authorization: &HeaderValue) -> Redactor {
        let sent = authorization.to_str().unwrap_or_default();
        let held = match self.credential() {
            Credential::Token(token) => token.expose(),
            // The App's key never leaves this machine; what it signed is what was sent.
            Credential::App(_) => "",
        };
        Redactor::new([sent.split_once(' ').map_or(sent, |(_, token)| token), held])
    }

    /// Asks once, whatever the answer: neither a limit nor a failure is waited for. Also gives what is to be blotted out of it.
    pub(super) async fn ask_once(&self, asking: &Asking) -> Result<(StatusCode, HeaderMap, Bytes, Redactor), GitHubError> {
        let what = self.name_of_asking(asking);
        let authorization = self.authorization(&asking.owner, &what).await?;
        match self.attempt(asking, &authorization, Patience::FULL.answer_within, &what).await? {
            Ok(Received { status, headers, body }) => Ok((status, headers, body, self.redactor(&authorization))),
            Err(source) => Err(GitHubError::Transport { what, source, gave_up: None }),
        }
    }
}

fn get(path: &str) -> String {
    format!("GET {path}")
}

#[cfg(test)]
mod tests;

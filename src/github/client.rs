//! One request to GitHub's API, in as many attempts as GitHub's rules allow.

mod attempt;

use std::hash::Hasher;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use jiff::Timestamp;
use siphasher::sip::SipHasher13;
use url::Url;

use self::attempt::Attempt;
use super::address::ApiBase;
use super::cache::{Access, ReportCache};
use super::credential::{Credential, Owner};
use super::error::{GitHubError, Refusal, message_of};
use super::gate::{Gate, Gates};
use super::usage::{Counters, RateLimit, Usage};
use super::verdict::{Verdict, judge};
use crate::door::clock::Clock;
use crate::door::http::{HttpService, TransportError, TransportErrorKind};
use crate::door::retry::{GaveUp, Retry, RetryPolicy};
use crate::model::day::Day;
use crate::model::secret::Redactor;

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
pub struct GitHub(Arc<Inner>, Option<Arc<ReportCache>>);

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
}

impl Asking {
    /// A request without a body.
    pub(super) fn new(method: Method, url: Url, owner: Owner) -> Self {
        Self { method, url, owner, body: Bytes::new() }
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
        Ok(Self(Arc::new(inner), None))
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
        let cache = ReportCache::new(folder, self.0.options.base_url.clone(), access);
        Self(self.0, Some(Arc::new(cache)))
    }

    pub(super) fn cache(&self) -> Option<&ReportCache> {
        self.1.as_deref()
    }

    /// Whether another client is a clone of this one, or both of a third.
    pub fn is_clone_of(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// What has been spent so far, by all clones together.
    pub fn usage(&self) -> Usage {
        self.0.counters.read()
    }

    /// When the next request may be made, while a rate limit holds all of them back.
    pub fn waits_until(&self) -> Option<Timestamp> {
        self.0.gates.opens(&self.0.options.clock)
    }

    /// What is left of the limit that requests at this path count against, as far as GitHub has said: an App has one for each of its
    /// installations.
    pub fn rate_limit_at(&self, path: &str) -> Option<RateLimit> {
        self.gate(&Owner::of(path)).limit()
    }

    /// The gate of requests on that owner's behalf.
    fn gate(&self, owner: &Owner) -> Arc<Gate> {
        let whose = matches!(self.credential(), Credential::App(_)).then(|| owner.clone());
        self.0.gates.of(whose)
    }

    /// The host that is asked, with its port where that is not the usual one: `api.github.com`.
    pub fn host(&self) -> String {
        self.0.base.host()
    }

    /// When the token ends, once GitHub has said so. Tokens may also last for ever, and Apps renew theirs.
    pub fn token_expires(&self) -> Option<Timestamp> {
        self.0.expires.get().copied()
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

    pub(super) fn name_of_asking(&self, asking: &Asking) -> String {
        format!("{} {}", asking.method, self.0.base.path_of(&asking.url))
    }

    /// The course of a request that is about to be made.
    pub(super) fn retry(&self, what: &str) -> Retry {
        // A seed from the request's name: waits do not depend on which request comes first.
        let mut hasher = SipHasher13::new_with_keys(self.0.options.seed, 0);
        hasher.write(what.as_bytes());
        Retry::new(RetryPolicy::STANDARD, hasher.finish())
    }

    /// Reads, until there is an answer, or none is to be expected.
    pub(super) async fn ask(&self, url: Url) -> Result<Answer, GitHubError> {
        let owner = Owner::of(&self.0.base.path_of(&url));
        self.ask_for(Asking::new(Method::GET, url, owner)).await
    }

    /// The same in a box, for an App that has to ask for a token before it can ask.
    pub(super) fn ask_boxed(&self, asking: Asking) -> Pin<Box<dyn Future<Output = Result<Answer, GitHubError>> + Send + '_>> {
        Box::pin(self.ask_for(asking))
    }

    /// Asks until there is an answer, or none is to be expected.
    pub(super) async fn ask_for(&self, asking: Asking) -> Result<Answer, GitHubError> {
        let what = self.name_of_asking(&asking);
        let mut retry = self.retry(&what);
        let mut limited = 0;
        let mut is_renewed = false;
        let gate = self.gate(&asking.owner);
        loop {
            gate.pass(self.clock(), self.counters()).await;
            let authorization = self.authorization(&asking.owner, &what).await?;
            let (status, headers, body) = match self.attempt(&asking, &authorization, &what).await? {
                Attempt::Answered { status, headers, body } => (status, headers, body),
                Attempt::Broken(error) => {
                    self.wait_after_break(&mut retry, error, &what).await?;
                    continue;
                }
            };
            tracing::debug!(%what, status = status.as_u16(), "GitHub answered");
            let redactor = if status.is_success() { Redactor::default() } else { self.redactor(&authorization) };
            let message = if status.is_success() { String::new() } else { message_of(&body, &redactor) };
            let refusal = || Refusal {
                is_first: !self.0.is_accepted.load(Ordering::Relaxed),
                ..Refusal::by_api(what.clone(), status, &headers, message.clone(), &redactor)
            };
            match judge(status, &headers, &message, self.clock().now(), limited) {
                Verdict::Take => {
                    // A text in the place of data is shown to people, like an error's.
                    let is_text = body.trim_ascii_start().first() == Some(&b'"');
                    let redacted = || self.redactor(&authorization).redact(&String::from_utf8_lossy(&body)).into();
                    return Ok(Answer { status, headers, body: if is_text { redacted() } else { body } });
                }
                // The token of an installation ends after an hour, and sooner when its permissions change.
                Verdict::Refuse
                    if status == StatusCode::UNAUTHORIZED && !is_renewed && self.forgets(&asking.owner, &authorization).await =>
                {
                    is_renewed = true;
                    self.counters().retry();
                    tracing::debug!(%what, "asking again with a new token");
                }
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
                    gate.close(self.clock(), wait);
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
        match self.attempt(asking, &authorization, &what).await? {
            Attempt::Answered { status, headers, body } => Ok((status, headers, body, self.redactor(&authorization))),
            Attempt::Broken(source) => Err(GitHubError::Transport { what, source, gave_up: None }),
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
}

fn get(path: &str) -> String {
    format!("GET {path}")
}

#[cfg(test)]
mod tests;

//! Sending a call until it is answered for good: turn, token, attempts, waits. One attempt is [`super::attempt`], what its answer
//! means is decided in [`super::verdict`], how long to wait in [`crate::door::client::retry`].

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use bytes::Bytes;
use http::Method;
use serde::de::DeserializeOwned;
use serde_json::json;

use super::call::{Call, RetryMode};
use super::error::{CatalogError, CatalogRefusal};
use super::shared::SharedClient;
use super::token::{AccessToken, TokenAnswer};
use super::verdict::{self, NextStep};
use crate::door::client::answer::Answer;
use crate::door::client::permits::RequestPermit;
use crate::door::client::retry::{GaveUp, Retry, RetryPolicy};
use crate::door::client::wait::{ANNOUNCED_WAIT, end_of, is_announced};
use crate::door::http::{TransportError, TransportErrorKind};
use crate::model::secret::{Redactor, Secret};
use crate::model::usage::WaitReason;

/// Tokens refused in a row for one request. More than two only where many requests share tokens of few uses; see
/// [`AccessToken::was_used_once`].
const TOKENS_REFUSED_AT_MOST: u32 = 5;
/// Requests of any task given up in a row before the catalog counts as unavailable.
const GIVEN_UP_AT_MOST: u32 = 3;

/// Length, in characters, from which a client secret cannot be part of an identifier by chance. Port's secrets have 64.
const SECRET_CHARACTERS_AT_LEAST: usize = 20;

/// A good answer: whole JSON, and the secrets that it may quote.
#[derive(Debug)]
pub(super) struct CatalogAnswer {
    body: Bytes,
    client_secret: Secret,
    token: Option<Secret>,
}

impl CatalogAnswer {
    /// Parses the answer.
    pub(super) fn read<T: DeserializeOwned>(&self, call: &Call) -> Result<T, CatalogError> {
        self.read_by(|body| serde_json::from_slice(body), call)
    }

    /// Parses the answer with a parser of its own.
    pub(super) fn read_by<T>(&self, parse: impl FnOnce(&[u8]) -> serde_json::Result<T>, call: &Call) -> Result<T, CatalogError> {
        // The parser's own message would quote the text.
        parse(&self.body).map_err(|error| call.unexpected_answer(format!("at {}", verdict::position(&error))))
    }

    /// True when it quotes the token that was sent, or a client secret that is too long to be there by chance.
    pub(super) fn quotes_secret(&self) -> bool {
        let client_secret = Some(&self.client_secret).filter(|secret| secret.expose().len() >= SECRET_CHARACTERS_AT_LEAST);
        let secrets = client_secret.into_iter().chain(self.token.as_ref()).map(Secret::expose);
        Redactor::new(secrets).finds(&self.body)
    }

    /// Redactor for texts of this answer; see [`verdict::shown`].
    pub(super) fn redactor(&self) -> Redactor {
        redactor(&self.client_secret, self.token.as_ref())
    }
}

fn redactor(client_secret: &Secret, token: Option<&Secret>) -> Redactor {
    Redactor::new([client_secret].into_iter().chain(token).map(Secret::expose))
}

/// Attempt without success.
enum FailedAttempt {
    Refused(Box<CatalogRefusal>),
    NoAnswer(TransportError),
}

impl SharedClient {
    /// Gets the token of that number.
    async fn sign_in(&self, number: u64) -> Result<AccessToken, CatalogError> {
        let body = json!({"clientId": self.client_id, "clientSecret": self.client_secret.expose()});
        let call = Call::new(Method::POST, &["auth", "access_token"], "sign in to the catalog").json(&body).sign_in();
        // Sending asks for a token, and so may come here again: such a loop must be boxed, though this call is made without one.
        let answer = match Box::pin(self.send(&call)).await {
            Err(CatalogError::Refused { refusal, .. }) if (400..500).contains(&refusal.status) => {
                return Err(CatalogError::Credentials { client_id: self.client_id.clone(), refusal });
            }
            other => other?,
        };
        self.counters.signed_in();
        // The error of the JSON reader may quote a token.
        let issued: TokenAnswer =
            answer.read(&call).map_err(|_| call.unexpected_answer("it is no token in the form that Port documents"))?;
        issued.token(&call, number, self.clock.now())
    }

    /// Sends a call until it is answered for good.
    pub(super) async fn send(&self, call: &Call) -> Result<CatalogAnswer, CatalogError> {
        self.send_noting_repetition(call, &mut false).await
    }

    /// Sends a call until it is answered for good. Sets `may_be_repeated` when an earlier attempt may have been carried out without
    /// our being told, so that the answer, good or bad, may be about the second time.
    pub(super) async fn send_noting_repetition(
        &self,
        call: &Call,
        may_be_repeated: &mut bool,
    ) -> Result<CatalogAnswer, CatalogError> {
        let number = self.calls.fetch_add(1, Ordering::Relaxed);
        let mut retry = Retry::new(policy(call.retry_mode), self.seed.wrapping_add(number));
        let mut refused_token: Option<Arc<AccessToken>> = None;
        let mut tokens_refused = 0;
        let mut attempts = 0_u32;
        loop {
            let permit = self.wait_for_permit(call, &mut retry).await?;
            let token = if call.is_sign_in {
                None
            } else {
                {
                    let fetch = |number| self.sign_in(number);
                    Some(self.tokens.get(refused_token.as_deref(), &self.clock, fetch).await?)
                }
            };
            let outcome = self.attempt_with_permit(call, permit, token.as_deref(), attempts > 0).await;
            attempts += 1;
            let (verdict, carried_out) = match &outcome {
                Ok(received) => (
                    verdict::of_answer(received.status, &received.headers, self.clock.now()),
                    verdict::may_have_been_carried_out(&Ok(received.status)),
                ),
                Err(error) => {
                    (verdict::of_failure(error.kind, &self.contact), verdict::may_have_been_carried_out(&Err(error.kind)))
                }
            };
            let outcome = match outcome {
                Ok(received) if verdict == NextStep::Done => {
                    self.answered_for_good(call);
                    let token = token.map(|token| token.secret.clone());
                    return Ok(CatalogAnswer { body: received.body, client_secret: self.client_secret.clone(), token });
                }
                Ok(received) => FailedAttempt::Refused(self.refusal(&received, token.as_deref())),
                Err(error) => FailedAttempt::NoAnswer(error),
            };
            let (asked, attempts_at_most) = match (verdict, token) {
                (NextStep::Retry { asked, attempts_at_most }, _) => (asked, attempts_at_most),
                (NextStep::SignInAgain, Some(token)) if tokens_refused < TOKENS_REFUSED_AT_MOST => {
                    tokens_refused += 1;
                    // A fresh token that is refused to the only one who used it will not be accepted a third time.
                    if tokens_refused > 1 && token.was_used_once() {
                        return Err(self.refused(call, outcome, attempts, &retry));
                    }
                    refused_token = Some(token);
                    continue;
                }
                _ => return Err(self.refused(call, outcome, attempts, &retry)),
            };
            *may_be_repeated |= carried_out;
            tokens_refused = 0;
            if attempts_at_most.is_some_and(|most| attempts >= most) {
                return Err(self.refused(call, outcome, attempts, &retry));
            }
            match retry.after_failure(asked) {
                Ok(wait) => self.wait_before_retry(call, &outcome, asked, (attempts, wait)).await,
                Err(gave_up) => return Err(self.given_up(call, outcome, gave_up)),
            }
        }
    }

    /// True when an error of one part ends the run. A catalog that was unavailable for one request may answer the next one, but not
    /// after several failures in a row: a million entities must not be given up bulk by bulk.
    pub(super) fn ends_the_run(&self, error: &CatalogError) -> bool {
        match error {
            CatalogError::Unavailable { .. } => self.given_up_in_a_row.load(Ordering::Relaxed) >= GIVEN_UP_AT_MOST,
            other => other.ends_the_run(),
        }
    }

    /// Waits until the call may be sent. None: the call needs no permit.
    async fn wait_for_permit(&self, call: &Call, retry: &mut Retry) -> Result<Option<RequestPermit>, CatalogError> {
        loop {
            self.wait_for_the_pause(call, retry).await?;
            // All others may be waiting for a sign-in.
            if call.retry_mode == RetryMode::Once || call.is_sign_in {
                return Ok(None);
            }
            let permit = self.gate.enter().await;
            // A pause may have begun while this call stood in line.
            if self.pause.left(&self.clock).is_none() {
                return Ok(Some(permit));
            }
        }
    }

    async fn wait_for_the_pause(&self, call: &Call, retry: &mut Retry) -> Result<(), CatalogError> {
        if call.retry_mode == RetryMode::Once {
            return Ok(());
        }
        let passed = self.pause.pass(&self.clock, &self.counters.usage, |wait| retry.also_waits(wait)).await;
        passed.map_err(|gave_up| {
            let message = "it asked for a pause that is longer than this request may wait".to_owned();
            let refusal = Box::new(CatalogRefusal { status: 429, code: None, message, trace: None });
            self.unavailable(call, gave_up, refusal)
        })
    }

    /// Waits after the failed attempt of that number.
    async fn wait_before_retry(
        &self,
        call: &Call,
        outcome: &FailedAttempt,
        asked: Option<Duration>,
        (attempt, wait): (u32, Duration),
    ) {
        let (reason, is_throttled) = match outcome {
            FailedAttempt::Refused(refusal) => (format!("the catalog answered {}", refusal.status), refusal.status == 429),
            FailedAttempt::NoAnswer(error) => (error.to_string(), false),
        };
        // What the rate limit asks of one request holds for all of them.
        let is_news = if is_throttled && asked.is_some() { self.pause.extend(&self.clock, wait) } else { true };
        let attempted = &call.attempted;
        if is_news && is_announced(attempt, wait) {
            let until = end_of(wait, self.clock.now());
            let decimals = usize::from(wait < ANNOUNCED_WAIT);
            let seconds = wait.as_secs_f64();
            tracing::warn!(attempt, %until, "{reason}: waiting {seconds:.decimals$} s before trying again to {attempted}");
        } else {
            tracing::debug!("{reason}: trying again to {attempted} in {} ms", wait.as_millis());
        }
        let why = if is_throttled && asked.is_some() { WaitReason::RateLimit } else { WaitReason::Retry };
        self.counters.usage.wait(&self.clock, wait, why).await;
    }

    /// The error for an outcome that stands.
    fn refused(&self, call: &Call, outcome: FailedAttempt, attempts: u32, retry: &Retry) -> CatalogError {
        let attempted = call.attempted.clone();
        match outcome {
            FailedAttempt::Refused(refusal) => {
                self.answered_for_good(call);
                CatalogError::Refused { attempted, refusal }
            }
            FailedAttempt::NoAnswer(cause) if cause.kind == TransportErrorKind::Unsendable => {
                CatalogError::Unsendable { attempted, reason: cause.message }
            }
            FailedAttempt::NoAnswer(cause) => {
                let gave_up = GaveUp { attempts, waited: retry.waited(), refused_wait: None };
                CatalogError::Unreachable { attempted, gave_up, cause }
            }
        }
    }

    /// The error for an outcome that was tried again until there was no use in it.
    fn given_up(&self, call: &Call, outcome: FailedAttempt, gave_up: GaveUp) -> CatalogError {
        match outcome {
            FailedAttempt::Refused(refusal) => self.unavailable(call, gave_up, refusal),
            FailedAttempt::NoAnswer(cause) => CatalogError::Unreachable { attempted: call.attempted.clone(), gave_up, cause },
        }
    }

    /// Resets the count of requests given up. A heartbeat that succeeds says nothing about other calls.
    fn answered_for_good(&self, call: &Call) {
        if call.retry_mode == RetryMode::Full {
            self.given_up_in_a_row.store(0, Ordering::Relaxed);
        }
    }

    fn unavailable(&self, call: &Call, gave_up: GaveUp, refusal: Box<CatalogRefusal>) -> CatalogError {
        if call.retry_mode == RetryMode::Full {
            self.given_up_in_a_row.fetch_add(1, Ordering::Relaxed);
        }
        CatalogError::Unavailable { attempted: call.attempted.clone(), gave_up, refusal }
    }

    fn refusal(&self, received: &Answer, token: Option<&AccessToken>) -> Box<CatalogRefusal> {
        let redactor = redactor(&self.client_secret, token.map(|token| &token.secret));
        Box::new(verdict::refusal(received.status, &received.headers, &received.body, &redactor))
    }
}

fn policy(retry_mode: RetryMode) -> RetryPolicy {
    match retry_mode {
        RetryMode::Full => RetryPolicy::STANDARD,
        RetryMode::Once => RetryPolicy { attempts: 1, ..RetryPolicy::STANDARD },
    }
}

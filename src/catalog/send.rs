//! Sending a call until it is answered for good: turn, token, attempts, waits. One attempt is [`super::attempt`], what its answer
//! means is decided in [`super::verdict`], how long to wait in [`crate::door::retry`].

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use bytes::Bytes;
use http::Method;
use serde::de::DeserializeOwned;
use serde_json::json;

use super::attempt::Received;
use super::call::{Call, Patience};
use super::concurrency::Permit;
use super::error::{CatalogError, Refusal};
use super::shared::{ANNOUNCED_WAIT, Shared};
use super::token::{Issued, Token};
use super::verdict::{self, Verdict};
use crate::door::http::{TransportError, TransportErrorKind};
use crate::door::retry::{GaveUp, Retry, RetryPolicy};
use crate::model::secret::{Redactor, Secret};

/// Tokens refused in a row for one request. More than two only where many requests share tokens of few uses; see
/// [`Token::was_used_once`].
const TOKENS_REFUSED_AT_MOST: u32 = 5;
/// Requests given up in a row, by whichever task, before the catalog is held to be down for good.
const GIVEN_UP_AT_MOST: u32 = 3;

/// From this length on a secret is no word that an identifier may hold, in characters. Port's have 64.
const NO_WORD: usize = 20;

/// A good answer: whole JSON, and the secrets that it may quote.
#[derive(Debug)]
pub(super) struct Answer {
    body: Bytes,
    client_secret: Secret,
    token: Option<Secret>,
}

impl Answer {
    /// The answer as what the interface says it is.
    pub(super) fn read<T: DeserializeOwned>(&self, call: &Call) -> Result<T, CatalogError> {
        // The reader's own words would quote what they are about.
        serde_json::from_slice(&self.body).map_err(|error| call.misunderstood(format!("at {}", verdict::place(&error))))
    }

    /// Whether it quotes the token that was sent, or a client secret that is too long to stand there by chance.
    pub(super) fn quotes_secret(&self) -> bool {
        let client_secret = Some(&self.client_secret).filter(|secret| secret.expose().len() >= NO_WORD);
        let secrets = client_secret.into_iter().chain(self.token.as_ref()).map(Secret::expose);
        Redactor::new(secrets).finds(&String::from_utf8_lossy(&self.body))
    }

    /// What clears the words of this answer of secrets, see [`verdict::said`].
    pub(super) fn redactor(&self) -> Redactor {
        redactor(&self.client_secret, self.token.as_ref())
    }
}

fn redactor(client_secret: &Secret, token: Option<&Secret>) -> Redactor {
    Redactor::new([client_secret].into_iter().chain(token).map(Secret::expose))
}

/// How an attempt that did not succeed ended.
enum Outcome {
    Answered(Box<Refusal>),
    Silent(TransportError),
}

impl Shared {
    /// Gets the token of that number.
    async fn sign_in(&self, number: u64) -> Result<Token, CatalogError> {
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
        let issued: Issued =
            answer.read(&call).map_err(|_| call.misunderstood("it is no token in the form that Port documents"))?;
        issued.token(&call, number, self.clock.now())
    }

    /// Sends a call until it is answered for good.
    pub(super) async fn send(&self, call: &Call) -> Result<Answer, CatalogError> {
        self.send_noting_repetition(call, &mut false).await
    }

    /// Sends a call until it is answered for good. Sets `may_be_second` when an earlier attempt may have been carried out without
    /// our being told, so that the answer, good or bad, may be about the second time.
    pub(super) async fn send_noting_repetition(&self, call: &Call, may_be_second: &mut bool) -> Result<Answer, CatalogError> {
        let number = self.calls.fetch_add(1, Ordering::Relaxed);
        let mut retry = Retry::new(policy(call.patience), self.seed.wrapping_add(number));
        let mut refused_token: Option<Arc<Token>> = None;
        let mut tokens_refused = 0;
        let mut attempts = 0_u32;
        loop {
            let permit = self.turn(call, &mut retry).await?;
            let token = if call.is_sign_in {
                None
            } else {
                {
                    let fetch = |number| self.sign_in(number);
                    Some(self.tokens.get(refused_token.as_deref(), &self.clock, fetch).await?)
                }
            };
            let outcome = self.attempt_in_turn(call, permit, token.as_deref(), attempts > 0).await;
            attempts += 1;
            let (verdict, carried_out) = match &outcome {
                Ok(received) => (
                    verdict::of_answer(received.status, &received.headers, self.clock.now()),
                    verdict::may_have_been_carried_out(&Ok(received.status)),
                ),
                Err(error) => (
                    verdict::of_silence(error, self.ever_answered.load(Ordering::Relaxed)),
                    verdict::may_have_been_carried_out(&Err(error.kind)),
                ),
            };
            let outcome = match outcome {
                Ok(received) if verdict == Verdict::Done => {
                    self.answered_for_good(call);
                    let token = token.map(|token| token.secret.clone());
                    return Ok(Answer { body: received.body, client_secret: self.client_secret.clone(), token });
                }
                Ok(received) => Outcome::Answered(self.refusal(&received, token.as_deref())),
                Err(error) => Outcome::Silent(error),
            };
            let (asked, attempts_at_most) = match (verdict, token) {
                (Verdict::Again { asked, attempts_at_most }, _) => (asked, attempts_at_most),
                (Verdict::TokenRefused, Some(token)) if tokens_refused < TOKENS_REFUSED_AT_MOST => {
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
            *may_be_second |= carried_out;
            tokens_refused = 0;
            if attempts_at_most.is_some_and(|most| attempts >= most) {
                return Err(self.refused(call, outcome, attempts, &retry));
            }
            match retry.after_failure(asked) {
                Ok(wait) => self.wait_before_retry(call, &outcome, asked, wait).await,
                Err(gave_up) => return Err(self.given_up(call, outcome, gave_up)),
            }
        }
    }

    /// Whether an error of one part means that the other parts need not be tried. A catalog that had no time for one request may
    /// have some for the next, but not after several in a row: a million entities must not be given up one bulk at a time.
    pub(super) fn ends_the_run(&self, error: &CatalogError) -> bool {
        match error {
            CatalogError::Unavailable { .. } => self.given_up_in_a_row.load(Ordering::Relaxed) >= GIVEN_UP_AT_MOST,
            other => other.ends_the_run(),
        }
    }

    /// Waits until the call may be sent. None for a call that goes past the others.
    async fn turn(&self, call: &Call, retry: &mut Retry) -> Result<Option<Permit>, CatalogError> {
        loop {
            self.wait_for_the_pause(call, retry).await?;
            // All others may be waiting for a sign-in.
            if call.patience == Patience::None || call.is_sign_in {
                return Ok(None);
            }
            let permit = self.gate.enter().await;
            // A pause may have begun while this call stood in line.
            if self.gate.pause_left(self.clock.now()).is_none() {
                return Ok(Some(permit));
            }
        }
    }

    async fn wait_for_the_pause(&self, call: &Call, retry: &mut Retry) -> Result<(), CatalogError> {
        if call.patience == Patience::None {
            return Ok(());
        }
        while let Some(wait) = self.gate.pause_left(self.clock.now()) {
            if let Err(gave_up) = retry.also_waits(wait) {
                let message = "it asked for a pause that is longer than this request may wait".to_owned();
                let refusal = Box::new(Refusal { status: 429, code: None, message, trace: None });
                return Err(self.unavailable(call, gave_up, refusal));
            }
            self.counters.waited(wait);
            self.clock.sleep(wait).await;
        }
        Ok(())
    }

    async fn wait_before_retry(&self, call: &Call, outcome: &Outcome, asked: Option<Duration>, wait: Duration) {
        let now = self.clock.now();
        let (reason, is_throttled) = match outcome {
            Outcome::Answered(refusal) => (format!("the catalog answered {}", refusal.status), refusal.status == 429),
            Outcome::Silent(error) => (error.to_string(), false),
        };
        // What the rate limit asks of one request holds for all of them.
        let is_news = if is_throttled && asked.is_some() { self.gate.pause(wait, now) } else { true };
        let attempted = &call.attempted;
        if is_news && wait >= ANNOUNCED_WAIT {
            let until = now.saturating_add(wait).map(|until| until.to_string()).unwrap_or_default();
            tracing::warn!(%until, "{reason}: waiting {} s before trying again to {attempted}", wait.as_secs());
        } else {
            tracing::debug!("{reason}: trying again to {attempted} in {} ms", wait.as_millis());
        }
        self.counters.waited(wait);
        self.clock.sleep(wait).await;
    }

    /// The error for an outcome that stands.
    fn refused(&self, call: &Call, outcome: Outcome, attempts: u32, retry: &Retry) -> CatalogError {
        let attempted = call.attempted.clone();
        match outcome {
            Outcome::Answered(refusal) => {
                self.answered_for_good(call);
                CatalogError::Refused { attempted, refusal }
            }
            Outcome::Silent(cause) if cause.kind == TransportErrorKind::Unsendable => {
                CatalogError::Unsendable { attempted, reason: cause.message }
            }
            Outcome::Silent(cause) => {
                let gave_up = GaveUp { attempts, waited: retry.waited(), refused_wait: None };
                CatalogError::Unreachable { attempted, gave_up, cause }
            }
        }
    }

    /// The error for an outcome that was tried again until there was no use in it.
    fn given_up(&self, call: &Call, outcome: Outcome, gave_up: GaveUp) -> CatalogError {
        match outcome {
            Outcome::Answered(refusal) => self.unavailable(call, gave_up, refusal),
            Outcome::Silent(cause) => CatalogError::Unreachable { attempted: call.attempted.clone(), gave_up, cause },
        }
    }

    /// A sign of life that gets through says nothing about the calls that are given up beside it.
    fn answered_for_good(&self, call: &Call) {
        if call.patience == Patience::Full {
            self.given_up_in_a_row.store(0, Ordering::Relaxed);
        }
    }

    fn unavailable(&self, call: &Call, gave_up: GaveUp, refusal: Box<Refusal>) -> CatalogError {
        if call.patience == Patience::Full {
            self.given_up_in_a_row.fetch_add(1, Ordering::Relaxed);
        }
        CatalogError::Unavailable { attempted: call.attempted.clone(), gave_up, refusal }
    }

    fn refusal(&self, received: &Received, token: Option<&Token>) -> Box<Refusal> {
        let redactor = redactor(&self.client_secret, token.map(|token| &token.secret));
        Box::new(verdict::refusal(received.status, &received.headers, &received.body, &redactor))
    }
}

fn policy(patience: Patience) -> RetryPolicy {
    match patience {
        Patience::Full => RetryPolicy::STANDARD,
        Patience::None => RetryPolicy { attempts: 1, ..RetryPolicy::STANDARD },
    }
}

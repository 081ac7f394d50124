//! One attempt: the request as it goes out, and its answer read to the end.

use std::sync::atomic::Ordering;
use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, USER_AGENT};
use http::{HeaderMap, StatusCode};
use tower::ServiceExt;

use super::call::{Call, IngestUrl};
use super::concurrency::RequestPermit;
use super::shared::{ANNOUNCED_WAIT, SharedClient};
use super::token::AccessToken;
use super::verdict;
use crate::door::http::{TransportError, TransportErrorKind, read_whole};
use crate::door::page;
use crate::door::retry::WAIT_AT_MOST;
use crate::model::secret::Redactor;

/// Time limit of one attempt, until its answer is read. The network's own limit concerns only the time between bytes.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(120);
/// The largest answer that is read. A page of 5,000 entities with all that is in them stays below.
const ANSWER_BYTES_AT_MOST: usize = 64 << 20;

/// An answer, read to its end.
pub(super) struct Received {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

impl SharedClient {
    /// Makes one attempt, counts it, and returns the permit with the result.
    pub(super) async fn attempt_with_permit(
        &self,
        call: &Call,
        permit: Option<RequestPermit>,
        token: Option<&AccessToken>,
        is_repetition: bool,
    ) -> Result<Received, TransportError> {
        if let Some(token) = token {
            token.used();
        }
        self.counters.sent(call.body.len(), is_repetition);
        let outcome = tokio::time::timeout(ATTEMPT_TIMEOUT, self.attempt(call, token)).await.unwrap_or_else(|_| {
            let message = format!("no complete answer within {} s", ATTEMPT_TIMEOUT.as_secs());
            Err(TransportError::new(TransportErrorKind::Timeout, message))
        });
        let status = outcome.as_ref().ok().map(|received| received.status);
        if status == Some(StatusCode::TOO_MANY_REQUESTS) {
            self.counters.throttled();
        }
        match (permit, status) {
            (Some(permit), Some(StatusCode::TOO_MANY_REQUESTS)) => permit.throttled(),
            (Some(permit), Some(_)) => permit.answered(),
            (permit, _) => drop(permit),
        }
        match &outcome {
            Ok(received) => {
                tracing::debug!(method = %call.method, path = call.path(), status = received.status.as_u16(), "catalog")
            }
            Err(error) => tracing::debug!(method = %call.method, path = call.path(), %error, "catalog"),
        }
        outcome
    }

    async fn attempt(&self, call: &Call, token: Option<&AccessToken>) -> Result<Received, TransportError> {
        let unsendable = |reason: String| TransportError::new(TransportErrorKind::Unsendable, reason);
        if let Some(reason) = &call.unsendable {
            return Err(unsendable(reason.clone()));
        }
        let agent = if call.as_exporter { &self.exporter_user_agent } else { &self.user_agent };
        let mut request = http::Request::builder()
            .method(call.method.clone())
            .uri(format!("{}{}", call.ingest_url.as_ref().map_or(self.base_url.as_str(), IngestUrl::expose), call.target))
            .header(USER_AGENT, agent)
            .header(ACCEPT, "application/json");
        if !call.body.is_empty() {
            request = request.header(CONTENT_TYPE, "application/json");
        }
        if let Some(token) = token {
            request = request.header(AUTHORIZATION, &token.authorization);
        }
        if call.skips_resync {
            request = request.header("x-skip-resync", "true");
        }
        // What the library says of an address it refuses (`uri too long`) does not quote it.
        let request = request.body(call.body.clone()).map_err(|error| unsendable(error.to_string()))?;
        let response = self.http.clone().oneshot(request).await?;
        self.ever_answered.store(true, Ordering::Relaxed);
        let (parts, body) = response.into_parts();
        let mut body = read_whole(body, ANSWER_BYTES_AT_MOST).await?;
        if parts.status.is_success() {
            if page::is_page(&parts.headers, &body) {
                return Err(self.page(parts.status, &body, token));
            }
            body = verdict::whole_json(parts.status, call.needs_answer, body)?;
            self.pause_when_used_up(&parts.headers);
        }
        Ok(Received { status: parts.status, headers: parts.headers, body })
    }

    /// The error of a page that came in place of an answer.
    fn page(&self, status: StatusCode, body: &[u8], token: Option<&AccessToken>) -> TransportError {
        let token = token.map(|token| token.secret.expose()).unwrap_or_default();
        let redactor = Redactor::new([self.client_secret.expose(), token]);
        let host = self.base_url.split_once("://").map_or(self.base_url.as_str(), |(_, host)| host);
        page::instead_of_answer(host, status.as_u16(), body, &redactor)
    }

    fn pause_when_used_up(&self, headers: &HeaderMap) {
        let now = self.clock.now();
        // A reset further away than any request may wait is left for the catalog to say outright.
        let Some(wait) = verdict::pause_after(headers, now).filter(|wait| *wait <= WAIT_AT_MOST) else { return };
        if self.gate.pause(wait, now) && wait >= ANNOUNCED_WAIT {
            let until = now.saturating_add(wait).map(|until| until.to_string()).unwrap_or_default();
            tracing::warn!(%until, "the catalog's rate limit is used up: waiting {} s for the next window", wait.as_secs());
        }
    }
}

//! One request without retries: GitHub's answer to this credential at a path, with its headers.

use bytes::Bytes;
use http::{Method, StatusCode};
use jiff::Timestamp;

use super::client::{GitHub, OutgoingRequest};
use super::credential::Owner;
use super::error::{GitHubError, GitHubRefusal, message_of};
use super::headers::words;
use super::response_action::{ResponseAction, decide};

/// Answer with any status, and the facts of its headers.
#[derive(Clone, Debug)]
pub struct Probe {
    /// Name of the request: `GET /orgs/acme`.
    pub what: String,
    /// Complete address.
    pub url: String,
    /// The status.
    pub status: StatusCode,
    /// Present for an error status.
    pub refusal: Option<GitHubRefusal>,
    /// Scopes of the token, for types with scopes.
    pub scopes: Option<Vec<String>>,
    /// Scopes that would do here. One is enough.
    pub accepted_scopes: Vec<String>,
    /// Ids of organizations that were left out because of single sign-on, as GitHub writes them.
    pub left_out: Option<String>,
    /// Time at GitHub.
    pub date: Option<Timestamp>,
    /// Version of a GitHub Enterprise Server.
    pub server_version: Option<String>,
    /// Body, for a success status.
    pub body: Bytes,
}

impl GitHub {
    /// Sends a request once, without waiting for limits and without retries. A refusal is not an error here.
    ///
    /// # Errors
    /// No answer, or no usable credential.
    pub async fn probe(&self, path: &str) -> Result<Probe, GitHubError> {
        let outgoing = OutgoingRequest::new(Method::GET, self.address(path)?, Owner::of(path));
        let (status, headers, body, redactor) = self.ask_once(&outgoing).await?;
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(|text| redactor.redact(text));
        let what = self.request_name(&outgoing);
        let refusal = (!status.is_success()).then(|| {
            let message = message_of(&body, &redactor);
            let is_limit = matches!(decide(status, &headers, &message, self.clock().now(), 0), ResponseAction::RateLimited(_));
            GitHubRefusal { is_limit, ..GitHubRefusal::by_api(what.clone(), status, &headers, message, &redactor) }
        });
        let sso = text("x-github-sso");
        Ok(Probe {
            what,
            url: outgoing.url.to_string(),
            status,
            refusal,
            scopes: text("x-oauth-scopes").map(|scopes| words(&scopes)),
            accepted_scopes: text("x-accepted-oauth-scopes").map(|scopes| words(&scopes)).unwrap_or_default(),
            left_out: sso.and_then(|value| value.split_once("organizations=").map(|(_, ids)| ids.to_owned())),
            date: text("date")
                .and_then(|date| jiff::fmt::rfc2822::DateTimeParser::new().relaxed_weekday(true).parse_timestamp(&date).ok()),
            server_version: text("x-github-enterprise-version"),
            body: if status.is_success() { body } else { Bytes::new() },
        })
    }
}

//! One request for its answer's own sake: what GitHub says to this credential at that path, and what it says about itself.

use bytes::Bytes;
use http::{Method, StatusCode};
use jiff::Timestamp;

use super::client::{Asking, GitHub};
use super::credential::Owner;
use super::error::{GitHubError, Refusal, message_of};
use super::headers::words;
use super::verdict::{Verdict, judge};

/// An answer, good or bad, with what its headers tell.
#[derive(Clone, Debug)]
pub struct Probe {
    /// The request as people know it: `GET /orgs/acme`.
    pub what: String,
    /// Its whole address.
    pub url: String,
    /// The status.
    pub status: StatusCode,
    /// Set when the status means no.
    pub refusal: Option<Refusal>,
    /// Scopes of the token, when it is of a kind that has scopes.
    pub scopes: Option<Vec<String>>,
    /// Scopes of which any would do here.
    pub accepted_scopes: Vec<String>,
    /// Organizations that were left out for want of single sign-on, by id, as GitHub writes them.
    pub left_out: Option<String>,
    /// What time it is at GitHub.
    pub date: Option<Timestamp>,
    /// The version of a GitHub Enterprise Server.
    pub server_version: Option<String>,
    /// The body, when the status is a success.
    pub body: Bytes,
}

impl GitHub {
    /// Asks once, without waiting for limits and without a second attempt. A refusal is no error here, but an answer.
    ///
    /// # Errors
    /// When there is no answer, or nothing to ask with.
    pub async fn probe(&self, path: &str) -> Result<Probe, GitHubError> {
        let asking = Asking::new(Method::GET, self.address(path)?, Owner::of(path));
        let (status, headers, body, redactor) = self.ask_once(&asking).await?;
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(|text| redactor.redact(text));
        let what = self.name_of_asking(&asking);
        let refusal = (!status.is_success()).then(|| {
            let message = message_of(&body, &redactor);
            let is_limit = matches!(judge(status, &headers, &message, self.clock().now(), 0), Verdict::Limited(_));
            Refusal { is_limit, ..Refusal::by_api(what.clone(), status, &headers, message, &redactor) }
        });
        let sso = text("x-github-sso");
        Ok(Probe {
            what,
            url: asking.url.to_string(),
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

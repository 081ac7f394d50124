//! Errors of requests to GitHub. Their effect on a slice is in [`super::end`].

use http::{HeaderMap, StatusCode};

use super::credential::Owner;
use super::doubt::Doubt;
use crate::door::client::retry::GaveUp;
use crate::door::client::text::shown;
use crate::door::http::{TransportError, TransportErrorKind};
use crate::model::secret::Redactor;

/// Characters of the longest message of GitHub that is shown whole. GitHub's own are below 300.
const LONGEST_MESSAGE: usize = 400;

/// A request to GitHub that did not succeed. Holds no signed link and no credential.
///
/// `what` names the request: `GET /orgs/acme/teams?per_page=100`, or `file 1 of 2 of /orgs/..`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GitHubError {
    /// The configured address of the API cannot be used.
    #[error("cannot use the configured address of GitHub's API: {reason}")]
    Address {
        /// Reason.
        reason: &'static str,
    },
    /// The credential cannot be used.
    #[error("cannot ask GitHub for {what}: {reason}")]
    Credential {
        /// Name of the request.
        what: String,
        /// Reason.
        reason: String,
    },
    /// The App has no usable installation at the owner.
    #[error("cannot ask GitHub for {what}: {}", problem.at(owner))]
    Installation {
        /// Name of the request.
        what: String,
        /// Owner of the request.
        owner: Owner,
        /// State of the installation.
        problem: InstallationProblem,
    },
    /// GitHub refused the request.
    #[error("{0}")]
    Refused(Box<GitHubRefusal>),
    /// No answer, or only a part of one.
    #[error("no complete answer to {what}: {source}{}", gave_up.map(|gave_up| format!(" ({gave_up})")).unwrap_or_default())]
    Transport {
        /// Name of the request.
        what: String,
        /// Error of the last attempt.
        source: TransportError,
        /// Present after several attempts.
        gave_up: Option<GaveUp>,
    },
    /// An answer that differs from GitHub's documentation.
    #[error("cannot read the answer to {what}: {problem}")]
    Malformed {
        /// Name of the request.
        what: String,
        /// Expected and received form.
        problem: String,
    },
    /// A complete answer that proves nothing.
    #[error("{what} proves nothing: {doubt}")]
    Unproven {
        /// Subject that was read.
        what: String,
        /// Reason.
        doubt: Doubt,
    },
    /// An address in an answer that is not allowed.
    #[error("the answer to {what} names an address that is not allowed: {reason}")]
    DisallowedAddress {
        /// Name of the request.
        what: String,
        /// Reason.
        reason: &'static str,
    },
    /// A list, a file or a chain of redirections that exceeds its limit.
    #[error("{what} exceeds the limit of {limit} {unit}")]
    LimitExceeded {
        /// Name of the request.
        what: String,
        /// Limit.
        limit: u64,
        /// Unit of the limit.
        unit: &'static str,
    },
    /// A rate limit that lasts longer than the request may wait.
    #[error("GitHub's rate limit blocks {what}: {gave_up}")]
    RateLimited {
        /// Name of the request.
        what: String,
        /// Waits so far, and the wait that was refused.
        gave_up: GaveUp,
    },
    /// A report that was replaced while its files were being read, so that the rows belong to two reports.
    #[error("the report changed while {what} was being read")]
    ReportReplaced {
        /// Name of the file.
        what: String,
    },
}

/// State of an installation that cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InstallationProblem {
    /// The App is not installed there.
    Missing,
    /// The installation is suspended.
    Suspended,
    /// The request has no owner, and an App has no token of its own.
    NobodysRequest,
}

impl InstallationProblem {
    fn at(self, owner: &Owner) -> String {
        match self {
            Self::Missing => format!("the GitHub App is not installed in {owner}"),
            Self::Suspended => format!("the GitHub App's installation in {owner} is suspended"),
            Self::NobodysRequest => "a GitHub App needs an organization or an enterprise for its requests".to_owned(),
        }
    }
}

/// A refusal: an answer with an error status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GitHubRefusal {
    /// Name of the request.
    pub what: String,
    /// Server that answered.
    pub by: Answerer,
    /// The status.
    pub status: StatusCode,
    /// Explanation of GitHub. Empty without one.
    pub message: String,
    /// Permissions that would do (`X-Accepted-GitHub-Permissions`), such as `organization_copilot_metrics=read`.
    pub accepted_permissions: Option<String>,
    /// Address for authorizing the credential for single sign-on (`X-GitHub-SSO`). Valid for an hour.
    pub single_sign_on: Option<String>,
    /// Request identifier for GitHub's support (`X-GitHub-Request-Id`).
    pub request_id: Option<String>,
    /// The refusal is a rate limit, not a missing permission.
    pub is_limit: bool,
    /// GitHub has not accepted the credential yet in this process.
    pub is_first: bool,
    /// Present after several attempts.
    pub gave_up: Option<GaveUp>,
}

/// Server that answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answerer {
    /// API of GitHub.
    Api,
    /// Server of the report files.
    Files,
}

impl std::fmt::Display for GitHubRefusal {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let by = match self.by {
            Answerer::Api => "GitHub",
            Answerer::Files => "the server of the file",
        };
        write!(formatter, "{by} answered {} to {}", self.status.as_u16(), self.what)?;
        if !self.message.is_empty() {
            write!(formatter, ": {}", self.message)?;
        }
        match (&self.gave_up, &self.request_id) {
            (Some(gave_up), Some(id)) => write!(formatter, " ({gave_up}; request {id})"),
            (Some(gave_up), None) => write!(formatter, " ({gave_up})"),
            (None, Some(id)) if self.status.is_server_error() => write!(formatter, " (request {id})"),
            (None, _) => Ok(()),
        }
    }
}

impl GitHubRefusal {
    /// Refusal by the API. Secrets of the request are removed from the message.
    pub(super) fn by_api(what: String, status: StatusCode, headers: &HeaderMap, message: String, redactor: &Redactor) -> Self {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(|text| redactor.redact(text));
        Self {
            what,
            by: Answerer::Api,
            status,
            message,
            accepted_permissions: text("x-accepted-github-permissions").filter(|permissions| !permissions.is_empty()),
            single_sign_on: text("x-github-sso").and_then(|value| sign_on_address(&value)),
            request_id: text("x-github-request-id"),
            is_limit: false,
            is_first: false,
            gave_up: None,
        }
    }

    /// Refusal by the server of the files. Its body is ignored: it may quote the signature.
    pub(super) fn by_files(what: String, status: StatusCode, gave_up: Option<GaveUp>) -> Self {
        Self {
            what,
            by: Answerer::Files,
            status,
            message: String::new(),
            accepted_permissions: None,
            single_sign_on: None,
            request_id: None,
            is_limit: false,
            is_first: false,
            gave_up,
        }
    }
}

impl GitHubError {
    /// Checks whether the credential has never worked: GitHub answered 401 before it accepted it once. The run can stop.
    pub fn is_bad_credentials(&self) -> bool {
        matches!(self, Self::Refused(refusal)
            if refusal.by == Answerer::Api && refusal.status == StatusCode::UNAUTHORIZED && refusal.is_first)
    }

    /// Checks whether no other request can succeed: the credential has never worked, or GitHub cannot be reached.
    pub fn ends_the_run(&self) -> bool {
        match self {
            Self::Address { .. } | Self::Credential { .. } => true,
            Self::Transport { source, .. } => {
                matches!(source.kind, TransportErrorKind::Connect | TransportErrorKind::Certificate)
            }
            _ => self.is_bad_credentials(),
        }
    }

    /// Status of the answer. None without an answer.
    pub fn status(&self) -> Option<StatusCode> {
        match self {
            Self::Refused(refusal) => Some(refusal.status),
            _ => None,
        }
    }
}

/// Explanation in the body of an error, on one line, without secrets. Empty without one.
pub(super) fn message_of(body: &[u8], redactor: &Redactor) -> String {
    #[derive(serde::Deserialize)]
    struct Body {
        message: String,
    }
    let message = serde_json::from_slice::<Body>(body).map(|body| body.message).unwrap_or_default();
    // Redacted before the words are joined, because a secret may hold white space.
    let words = redactor.redact(&message).split_whitespace().collect::<Vec<_>>().join(" ");
    shown(redactor, &words, LONGEST_MESSAGE)
}

/// Address in `required; url=https://..`.
fn sign_on_address(value: &str) -> Option<String> {
    let (kind, rest) = value.split_once(';')?;
    let address = rest.trim().strip_prefix("url=")?;
    (kind.trim() == "required" && address.starts_with("https://")).then(|| address.to_owned())
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn refusal(status: u16) -> GitHubRefusal {
        let message = message_of(
            br#"{"message":"Resource not accessible by\npersonal access token","status":"403"}"#,
            &Redactor::default(),
        );
        let mut headers = HeaderMap::new();
        headers.insert("x-accepted-github-permissions", HeaderValue::from_static("organization_copilot_metrics=read"));
        headers.insert("x-github-request-id", HeaderValue::from_static("0A:1B"));
        headers.insert("x-github-sso", HeaderValue::from_static("required; url=https://github.com/orgs/octo/sso?a=1"));
        GitHubRefusal::by_api(
            "GET /orgs/octo".to_owned(),
            StatusCode::from_u16(status).unwrap(),
            &headers,
            message,
            &Redactor::default(),
        )
    }

    #[test]
    fn a_refusal_says_what_was_asked_and_what_came_back() {
        let refused = refusal(403);
        assert_eq!(
            refused.to_string(),
            "GitHub answered 403 to GET /orgs/octo: Resource not accessible by personal access token"
        );
        assert_eq!(refused.accepted_permissions.as_deref(), Some("organization_copilot_metrics=read"));
        assert_eq!(refused.single_sign_on.as_deref(), Some("https://github.com/orgs/octo/sso?a=1"));
        assert!(refusal(500).to_string().ends_with(" (request 0A:1B)"));
    }

    #[test]
    fn bad_credentials_are_only_those_that_never_worked() {
        let error = |status, is_first| GitHubError::Refused(Box::new(GitHubRefusal { is_first, ..refusal(status) }));
        assert!(error(401, true).is_bad_credentials());
        assert!(!error(401, false).is_bad_credentials());
        assert!(!error(403, true).is_bad_credentials());
    }

    #[test]
    fn a_body_that_is_no_error_of_github_has_no_message() {
        for body in ["", "<html>", "[]", r#"{"message":1}"#, r#"{"message":""}"#] {
            assert_eq!(message_of(body.as_bytes(), &Redactor::default()), "", "{body}");
        }
        assert_eq!(
            message_of(format!(r#"{{"message":"{}"}}"#, "é".repeat(1000)).as_bytes(), &Redactor::default()).chars().count(),
            401
        );
    }

    #[test]
    fn single_sign_on_without_an_address_is_not_one() {
        for value in ["partial-results; organizations=1,2", "required", "required; url=javascript:alert(1)", ""] {
            assert_eq!(sign_on_address(value), None, "{value}");
        }
    }
}

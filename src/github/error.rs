//! What can go wrong between us and GitHub. What an error proves about a slice is said in [`super::end`].

use http::{HeaderMap, StatusCode};

use super::credential::Owner;
use super::doubt::Doubt;
use crate::door::http::{TransportError, TransportErrorKind};
use crate::door::retry::GaveUp;
use crate::model::escape;
use crate::model::secret::Redactor;

/// The longest message of GitHub that is shown whole, in characters. Their own are below 300.
const LONGEST_MESSAGE: usize = 400;

/// Something that was asked of GitHub and did not succeed. Holds no signed link and no credential.
///
/// `what` is the request as people know it: `GET /orgs/acme/teams?per_page=100`, or `file 1 of 2 of /orgs/..`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GitHubError {
    /// The configured address of the API cannot be used.
    #[error("cannot use the configured address of GitHub's API: {reason}")]
    Address {
        /// Why.
        reason: &'static str,
    },
    /// There is no credential to ask with.
    #[error("cannot ask GitHub for {what}: {reason}")]
    Credential {
        /// The request.
        what: String,
        /// Why.
        reason: String,
    },
    /// The App cannot ask on that owner's behalf.
    #[error("cannot ask GitHub for {what}: {}", problem.at(owner))]
    Installation {
        /// The request.
        what: String,
        /// On whose behalf it was to be made.
        owner: Owner,
        /// Why not.
        problem: InstallationProblem,
    },
    /// GitHub answered, and the answer is no.
    #[error("{0}")]
    Refused(Box<Refusal>),
    /// No answer, or only part of one.
    #[error("no whole answer to {what}: {source}{}", gave_up.map(|gave_up| format!(" ({gave_up})")).unwrap_or_default())]
    Transport {
        /// The request.
        what: String,
        /// The last attempt's error.
        source: TransportError,
        /// Set when trying again was of no use.
        gave_up: Option<GaveUp>,
    },
    /// GitHub answered something else than what it documents.
    #[error("cannot read the answer to {what}: {problem}")]
    Malformed {
        /// The request.
        what: String,
        /// What was expected and what came.
        problem: String,
    },
    /// An answer arrived, and proves nothing.
    #[error("{what} proves nothing: {doubt}")]
    Unproven {
        /// What was read.
        what: String,
        /// Why.
        doubt: Doubt,
    },
    /// An answer leads to an address that is not visited.
    #[error("not followed: an address in the answer to {what}: {reason}")]
    Elsewhere {
        /// The request.
        what: String,
        /// Why not.
        reason: &'static str,
    },
    /// A list, a file or a chain of redirections does not end.
    #[error("no end to {what}: more than {limit} {unit}")]
    Endless {
        /// The request.
        what: String,
        /// How many were followed.
        limit: u64,
        /// Of what.
        unit: &'static str,
    },
    /// GitHub's rate limit keeps the request waiting for longer than it may.
    #[error("GitHub's rate limit holds {what} back: {gave_up}")]
    Limit {
        /// The request.
        what: String,
        /// How long it has waited, and would have to.
        gave_up: GaveUp,
    },
    /// A report was replaced while its files were being read, so what was read belongs to two reports.
    #[error("the report changed while {what} was being read")]
    Changed {
        /// The file.
        what: String,
    },
}

/// Why an App cannot ask on somebody's behalf.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InstallationProblem {
    /// It is not installed there.
    Missing,
    /// It is, and somebody has suspended it.
    Suspended,
    /// The request is on nobody's behalf, and an App has no token of its own.
    NobodysRequest,
}

impl InstallationProblem {
    fn at(self, owner: &Owner) -> String {
        match self {
            Self::Missing => format!("the GitHub App is not installed in {owner}"),
            Self::Suspended => format!("the GitHub App's installation in {owner} is suspended"),
            Self::NobodysRequest => "a GitHub App asks only on behalf of an organization or an enterprise".to_owned(),
        }
    }
}

/// An answer with a status that means no.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The request.
    pub what: String,
    /// Who answered.
    pub by: Answerer,
    /// The status.
    pub status: StatusCode,
    /// GitHub's explanation; empty when there is none.
    pub message: String,
    /// Which permissions would do (`X-Accepted-GitHub-Permissions`), such as `organization_copilot_metrics=read`.
    pub accepted_permissions: Option<String>,
    /// Where to authorize the credential for single sign-on (`X-GitHub-SSO`); valid for an hour.
    pub single_sign_on: Option<String>,
    /// What GitHub's support asks for (`X-GitHub-Request-Id`).
    pub request_id: Option<String>,
    /// Whether it is a rate limit, and not a permission.
    pub is_limit: bool,
    /// Whether GitHub has never yet accepted the credential.
    pub is_first: bool,
    /// Set when trying again was of no use.
    pub gave_up: Option<GaveUp>,
}

/// Who answered a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answerer {
    /// GitHub's API.
    Api,
    /// The server that keeps a report's files.
    Files,
}

impl std::fmt::Display for Refusal {
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

impl Refusal {
    /// Reads an answer of the API. It may quote the request, so what is known to be secret is blotted out.
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

    /// An answer of the server of the files. Its body is left alone: it may quote the signature.
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
    /// Whether the credential has never worked: GitHub answered 401 before it ever accepted it. The run can stop at once.
    pub fn is_bad_credentials(&self) -> bool {
        matches!(self, Self::Refused(refusal)
            if refusal.by == Answerer::Api && refusal.status == StatusCode::UNAUTHORIZED && refusal.is_first)
    }

    /// Whether there is nothing to go on with, whatever else is to be read: the credential has never worked, or GitHub cannot
    /// be reached at all.
    pub fn ends_the_run(&self) -> bool {
        match self {
            Self::Address { .. } | Self::Credential { .. } => true,
            Self::Transport { source, .. } => {
                matches!(source.kind, TransportErrorKind::Connect | TransportErrorKind::Certificate)
            }
            _ => self.is_bad_credentials(),
        }
    }

    /// The status that was answered, if one was.
    pub fn status(&self) -> Option<StatusCode> {
        match self {
            Self::Refused(refusal) => Some(refusal.status),
            _ => None,
        }
    }
}

/// The explanation in an error's body, on one line, without secrets. Empty when there is none.
pub(super) fn message_of(body: &[u8], redactor: &Redactor) -> String {
    #[derive(serde::Deserialize)]
    struct Body {
        message: String,
    }
    let message = serde_json::from_slice::<Body>(body).map(|body| body.message).unwrap_or_default();
    // Before it is shortened: half a secret would not be known.
    let message = redactor.redact(&message);
    let mut words = message.split_whitespace().collect::<Vec<_>>().join(" ");
    if let Some((end, _)) = words.char_indices().nth(LONGEST_MESSAGE) {
        words.truncate(end);
        words.push('…');
    }
    escape::text(&words).into_owned()
}

/// The address in `required; url=https://..`.
fn sign_on_address(value: &str) -> Option<String> {
    let (kind, rest) = value.split_once(';')?;
    let address = rest.trim().strip_prefix("url=")?;
    (kind.trim() == "required" && address.starts_with("https://")).then(|| address.to_owned())
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn refusal(status: u16) -> Refusal {
        let message = message_of(
            br#"{"message":"Resource not accessible by\npersonal access token","status":"403"}"#,
            &Redactor::default(),
        );
        let mut headers = HeaderMap::new();
        headers.insert("x-accepted-github-permissions", HeaderValue::from_static("organization_copilot_metrics=read"));
        headers.insert("x-github-request-id", HeaderValue::from_static("0A:1B"));
        headers.insert("x-github-sso", HeaderValue::from_static("required; url=https://github.com/orgs/octo/sso?a=1"));
        Refusal::by_api(
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
        let error = |status, is_first| GitHubError::Refused(Box::new(Refusal { is_first, ..refusal(status) }));
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

//! Cause of a refusal by GitHub's API. The end of a slice ([`super::end`]) and doctor both use it, so that they agree. Pure.

use http::StatusCode;

use super::error::GitHubRefusal;

/// Cause of a refusal, as far as the answer shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefusalCause {
    /// Too many requests.
    RateLimit,
    /// The credential is not accepted.
    BadCredentials,
    /// The token is not authorized for the single sign-on of the organization.
    SingleSignOn,
    /// The address of this machine is not on the allow list.
    IpAllowList,
    /// The policy "Copilot usage metrics" is off.
    PolicyOff,
    /// It does not exist, or the credential cannot see it.
    NotFound,
    /// The credential lacks the right.
    NotAllowed,
    /// GitHub answered with a server error.
    ServerError,
    /// An answer that GitHub does not document.
    Unknown,
}

impl RefusalCause {
    /// Classifies a refusal. Headers take precedence over the message, and the message over the status.
    pub fn of(refusal: &GitHubRefusal) -> Self {
        let message = refusal.message.to_ascii_lowercase();
        match refusal.status {
            _ if refusal.is_limit => Self::RateLimit,
            _ if refusal.single_sign_on.is_some() => Self::SingleSignOn,
            StatusCode::UNAUTHORIZED => Self::BadCredentials,
            StatusCode::FORBIDDEN if message.contains("saml") => Self::SingleSignOn,
            StatusCode::FORBIDDEN if message.contains("ip allow list") => Self::IpAllowList,
            // Other policies forbid access too, such as one about the lifetime of tokens.
            StatusCode::FORBIDDEN if says_off(&message) && names_metrics(&message) => Self::PolicyOff,
            StatusCode::UNPROCESSABLE_ENTITY if says_off(&message) => Self::PolicyOff,
            StatusCode::FORBIDDEN | StatusCode::UNAVAILABLE_FOR_LEGAL_REASONS => Self::NotAllowed,
            StatusCode::NOT_FOUND => Self::NotFound,
            status if status.is_server_error() => Self::ServerError,
            _ => Self::Unknown,
        }
    }

    /// Remedy for a disabled policy "Copilot usage metrics".
    pub fn policy_remedy(is_enterprise: bool) -> String {
        let place =
            if is_enterprise { "on the enterprise's page, under \"AI controls\"" } else { "in the organization's settings" };
        format!(
            "an owner enables the policy \"Copilot usage metrics\" {place}; in an organization of an enterprise, the enterprise may \
             have decided it"
        )
    }
}

/// Checks whether a message says that a policy, or the setting that it once was, is disabled.
fn says_off(message: &str) -> bool {
    ["policy", "policies", "disabled", "not enabled", "turned off", "switched off", "not been enabled"]
        .iter()
        .any(|words| message.contains(words))
}

fn names_metrics(message: &str) -> bool {
    message.contains("copilot") || message.contains("metrics")
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderValue};

    use super::*;
    use crate::model::secret::Redactor;

    #[test]
    fn an_answer_is_about_what_its_headers_then_its_message_then_its_status_say() {
        let table = [
            (401, "Bad credentials", "", RefusalCause::BadCredentials),
            (403, "Resource not accessible by integration", "", RefusalCause::NotAllowed),
            (403, "Resource protected by organization SAML enforcement.", "", RefusalCause::SingleSignOn),
            (403, "", "required; url=https://github.com/orgs/o/sso", RefusalCause::SingleSignOn),
            (404, "Not Found", "required; url=https://github.com/orgs/o/sso", RefusalCause::SingleSignOn),
            (
                403,
                "Although you appear to have the correct authorization credentials, the `o` organization has an IP allow list enabled",
                "",
                RefusalCause::IpAllowList,
            ),
            (403, "Copilot usage metrics are not enabled for this account", "", RefusalCause::PolicyOff),
            (403, "Copilot usage metrics policy is disabled for this organization", "", RefusalCause::PolicyOff),
            (403, "`o` forbids access via a personal access token (classic) by its policy", "", RefusalCause::NotAllowed),
            (422, "The usage metrics policy is switched off here.", "", RefusalCause::PolicyOff),
            (
                422,
                "Copilot Usage Metrics API setting is disabled at the organization or enterprise level.",
                "",
                RefusalCause::PolicyOff,
            ),
            (422, "Validation Failed", "", RefusalCause::Unknown),
            (422, "", "", RefusalCause::Unknown),
            (404, "Not Found", "", RefusalCause::NotFound),
            (451, "", "", RefusalCause::NotAllowed),
            (410, "", "", RefusalCause::Unknown),
            (500, "policy", "", RefusalCause::ServerError),
        ];
        for (status, message, sso, expected) in table {
            let headers = HeaderMap::from_iter([(http::HeaderName::from_static("x-github-sso"), HeaderValue::from_static(sso))]);
            let status = StatusCode::from_u16(status).unwrap();
            let refusal = GitHubRefusal::by_api("GET /x".to_owned(), status, &headers, message.to_owned(), &Redactor::default());
            assert_eq!(RefusalCause::of(&refusal), expected, "{status} {message} {sso}");
            assert_eq!(RefusalCause::of(&GitHubRefusal { is_limit: true, ..refusal }), RefusalCause::RateLimit);
        }
    }
}

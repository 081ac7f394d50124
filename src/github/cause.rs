//! Cause of a refusal by GitHub's API. The end of a slice ([`super::end`]) and doctor both use it, so that they agree. Pure.

use http::StatusCode;

use super::error::Refusal;

/// Cause of a refusal, as far as the answer shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
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
    Unwell,
    /// An answer that GitHub does not document.
    Unknown,
}

impl Cause {
    /// Classifies a refusal. Headers take precedence over the message, and the message over the status.
    pub fn of(refusal: &Refusal) -> Self {
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
            status if status.is_server_error() => Self::Unwell,
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
            (401, "Bad credentials", "", Cause::BadCredentials),
            (403, "Resource not accessible by integration", "", Cause::NotAllowed),
            (403, "Resource protected by organization SAML enforcement.", "", Cause::SingleSignOn),
            (403, "", "required; url=https://github.com/orgs/o/sso", Cause::SingleSignOn),
            (404, "Not Found", "required; url=https://github.com/orgs/o/sso", Cause::SingleSignOn),
            (
                403,
                "Although you appear to have the correct authorization credentials, the `o` organization has an IP allow list enabled",
                "",
                Cause::IpAllowList,
            ),
            (403, "Copilot usage metrics are not enabled for this account", "", Cause::PolicyOff),
            (403, "Copilot usage metrics policy is disabled for this organization", "", Cause::PolicyOff),
            (403, "`o` forbids access via a personal access token (classic) by its policy", "", Cause::NotAllowed),
            (422, "The usage metrics policy is switched off here.", "", Cause::PolicyOff),
            (422, "Copilot Usage Metrics API setting is disabled at the organization or enterprise level.", "", Cause::PolicyOff),
            (422, "Validation Failed", "", Cause::Unknown),
            (422, "", "", Cause::Unknown),
            (404, "Not Found", "", Cause::NotFound),
            (451, "", "", Cause::NotAllowed),
            (410, "", "", Cause::Unknown),
            (500, "policy", "", Cause::Unwell),
        ];
        for (status, message, sso, expected) in table {
            let headers = HeaderMap::from_iter([(http::HeaderName::from_static("x-github-sso"), HeaderValue::from_static(sso))]);
            let status = StatusCode::from_u16(status).unwrap();
            let refusal = Refusal::by_api("GET /x".to_owned(), status, &headers, message.to_owned(), &Redactor::default());
            assert_eq!(Cause::of(&refusal), expected, "{status} {message} {sso}");
            assert_eq!(Cause::of(&Refusal { is_limit: true, ..refusal }), Cause::RateLimit);
        }
    }
}

//! End of a slice after an error: forbidden or failed. Pure.
//!
//! Neither proves that there is nothing: an organization that cannot be read keeps its entities.

use http::StatusCode;

use super::cause::RefusalCause;
use super::credential::Owner;
use super::error::{Answerer, GitHubError, GitHubRefusal, InstallationProblem};
use crate::door::http::TransportErrorKind;
use crate::door::trust::CERTIFICATE_HELP;
use crate::kind::{Kind, Source};
use crate::model::slice::SliceEnd;

/// Subject of a request that failed.
#[derive(Clone, Copy, Debug)]
pub enum RequestSubject {
    /// Records of a kind.
    Kind(&'static Kind),
    /// The list of organizations.
    Organizations,
    /// One organization that the settings name.
    Organization,
    /// The teams of an organization.
    Teams,
}

impl GitHubError {
    /// End of a slice after this error, see [`slice_end`].
    pub fn slice_end(&self, about: RequestSubject) -> SliceEnd {
        slice_end(self, about)
    }
}

/// End of a slice after an error: forbidden or failed, with reason and remedy.
pub fn slice_end(error: &GitHubError, about: RequestSubject) -> SliceEnd {
    let reason = error.to_string();
    match error {
        GitHubError::Refused(refusal) if is_forbidden(refusal, about) => {
            let closed = closing_of(refusal, about).map(|note| format!("{reason}; {note}"));
            SliceEnd::Forbidden { reason: closed.unwrap_or(reason), remedy: with_doctor(remedy(refusal, about), refusal, about) }
        }
        GitHubError::Installation { owner, problem, .. } => {
            SliceEnd::Forbidden { reason, remedy: installation_remedy(owner, *problem) }
        }
        _ => SliceEnd::Failed { reason, remedy: failure_remedy(error) },
    }
}

/// Adds doctor for a 403, which has many causes that GitHub does not name. A closed endpoint has only one.
fn with_doctor(remedy: String, refusal: &GitHubRefusal, about: RequestSubject) -> String {
    match closing_of(refusal, about) {
        Some(_) => remedy,
        None => format!("{remedy}; `pilotage doctor` shows what is missing, without changes"),
    }
}

fn installation_remedy(owner: &Owner, problem: InstallationProblem) -> String {
    match problem {
        InstallationProblem::Missing => format!("install the App in the {owner}, in its settings under \"Install App\""),
        InstallationProblem::Suspended => format!("lift the suspension in the settings of the {owner}, under \"GitHub Apps\""),
        InstallationProblem::NobodysRequest => "name the organizations or the enterprise in the settings".to_owned(),
    }
}

fn is_forbidden(refusal: &GitHubRefusal, about: RequestSubject) -> bool {
    let may_not_look = match RefusalCause::of(refusal) {
        RefusalCause::BadCredentials
        | RefusalCause::SingleSignOn
        | RefusalCause::IpAllowList
        | RefusalCause::PolicyOff
        | RefusalCause::NotFound
        | RefusalCause::NotAllowed => true,
        RefusalCause::RateLimit | RefusalCause::ServerError => false,
        // Closed legacy endpoints answer 404, as they do with the policy off, without a message.
        RefusalCause::Unknown => {
            is_legacy(about) && matches!(refusal.status, StatusCode::GONE | StatusCode::UNPROCESSABLE_ENTITY)
        }
    };
    may_not_look && refusal.by == Answerer::Api
}

fn is_legacy(about: RequestSubject) -> bool {
    matches!(about, RequestSubject::Kind(kind) if kind.sunset.is_some())
}

/// Closing date of an endpoint that answers 404 because GitHub has closed it.
fn closing_of(refusal: &GitHubRefusal, about: RequestSubject) -> Option<String> {
    let RequestSubject::Kind(Kind { sunset: Some(sunset), .. }) = about else { return None };
    let is_gone = matches!(refusal.status, StatusCode::NOT_FOUND | StatusCode::GONE);
    is_gone.then(|| format!("GitHub closed this endpoint on {}", sunset.closed))
}

fn remedy(refusal: &GitHubRefusal, about: RequestSubject) -> String {
    let message = refusal.message.to_ascii_lowercase();
    if let Some(address) = &refusal.single_sign_on {
        return format!("authorize the token for single sign-on at {address} (the address is valid for an hour)");
    }
    match RefusalCause::of(refusal) {
        RefusalCause::BadCredentials if message.contains("json web token") || message.contains("claim") => {
            "check the App's id and private key, that they belong together, and this machine's clock".to_owned()
        }
        RefusalCause::BadCredentials => "check that the token is still valid: it may have expired or been revoked".to_owned(),
        RefusalCause::SingleSignOn => {
            "authorize the token for the organization's single sign-on, in the token's settings".to_owned()
        }
        RefusalCause::IpAllowList => {
            "add this machine's address to the IP allow list, or run from an address that is on it".to_owned()
        }
        RefusalCause::PolicyOff => RefusalCause::policy_remedy(refusal.what.contains(" /enterprises/")),
        RefusalCause::Unknown if refusal.status == StatusCode::UNPROCESSABLE_ENTITY => {
            RefusalCause::policy_remedy(refusal.what.contains(" /enterprises/"))
        }
        _ => access_remedy(refusal.status, refusal, about, &message),
    }
}

fn access_remedy(status: StatusCode, refusal: &GitHubRefusal, about: RequestSubject, message: &str) -> String {
    let not_found = status == StatusCode::NOT_FOUND;
    let permissions = refusal.accepted_permissions.as_deref().map(|needed| format!("; GitHub names the permission `{needed}`"));
    let permissions = permissions.unwrap_or_default();
    match about {
        RequestSubject::Kind(Kind { sunset: Some(sunset), .. }) if not_found || status == StatusCode::GONE => {
            format!("use the kind `{}` in the mapping", sunset.replacement)
        }
        RequestSubject::Kind(Kind { source: Source::Days(_), .. }) => billing_remedy(refusal, not_found, &permissions),
        // A kind may be read for organizations and for an enterprise; the path tells which it was.
        RequestSubject::Kind(kind) if kind.scope.is_enterprise() || refusal.what.contains(" /enterprises/") => {
            let who = if message.contains("integration") {
                "the token of an App must come from its installation on the enterprise, not on an organization"
            } else {
                "the token must be classic, of an enterprise owner or billing manager, with `read:enterprise` or `manage_billing:copilot`"
            };
            let name = if not_found { "check the enterprise's slug, " } else { "" };
            format!("{name}enable the enterprise's policy \"Copilot usage metrics\"; {who}{permissions}")
        }
        RequestSubject::Kind(Kind { source: Source::Report { .. } | Source::Teams(_), .. }) => {
            let name = if not_found {
                "check the organization's name; GitHub also answers 404 when the token lacks the right: "
            } else {
                ""
            };
            format!(
                "{name}the policy \"Copilot usage metrics\" must be enabled and the token's owner must be an owner of the \
                 organization or have a role that shows its Copilot metrics, with scope `read:org`{permissions}"
            )
        }
        RequestSubject::Kind(_) => {
            format!("the token needs the scope `read:org` or `manage_billing:copilot`, and an owner's role{permissions}")
        }
        RequestSubject::Organizations => {
            format!("give the token the scope `read:org`, or name the organizations in the settings{permissions}")
        }
        RequestSubject::Organization => {
            format!("check the organization's name, and that the token's owner belongs to it{permissions}")
        }
        RequestSubject::Teams => format!(
            "the token needs the scope `read:org` (an App: the permission \"Members: read\") to list the organization's teams{permissions}"
        ),
    }
}

/// What lets a credential read what is billed.
fn billing_remedy(refusal: &GitHubRefusal, not_found: bool, permissions: &str) -> String {
    match (refusal.what.contains(" /enterprises/"), not_found) {
        (true, _) => {
            let name = if not_found { "check the enterprise's slug; " } else { "" };
            format!(
                "{name}the token must be classic with `manage_billing:enterprise`, of an enterprise owner or billing manager, or of an App \
                 that is installed on the enterprise and may read its billing{permissions}"
            )
        }
        (false, true) => format!(
            "where an enterprise pays for the organization, only the enterprise has its billing: name the enterprise in the settings; \
             else the token needs `admin:org` and an owner's role{permissions}"
        ),
        (false, false) => format!(
            "the token needs the scope `admin:org` and an owner's role; a fine-grained token or an App needs the permission \
             \"Administration: read\" of the organization{permissions}"
        ),
    }
}

fn failure_remedy(error: &GitHubError) -> String {
    let remedy = match error {
        GitHubError::Address { .. } => "set GitHub's address to https://api.github.com or https://api.SUBDOMAIN.ghe.com",
        GitHubError::Credential { .. } => "check the token, or the App's id and private key, in the settings",
        GitHubError::Installation { .. } => "check where the App is installed",
        GitHubError::Refused(refusal) if refusal.is_limit => {
            "run again when the rate limit has recovered, or use a credential of its own"
        }
        GitHubError::Refused(refusal) if refusal.by == Answerer::Files => "run again, which requests the report again",
        GitHubError::Refused(refusal) if refusal.status.is_server_error() => {
            "run again later; https://www.githubstatus.com says whether GitHub has an incident"
        }
        GitHubError::Refused(_) => "GitHub may have changed this endpoint: look for a newer version of this program",
        GitHubError::Transport { source, .. } => match source.kind {
            TransportErrorKind::Connect => "check the address of GitHub, the network and the proxy",
            TransportErrorKind::Certificate => CERTIFICATE_HELP,
            TransportErrorKind::Timeout | TransportErrorKind::Broken => {
                "run again; if it persists, check the network and the proxy"
            }
            TransportErrorKind::TooLarge => "report this: no answer of GitHub is known to be that large",
            TransportErrorKind::Page => {
                "let this machine reach that host through the proxy or web filter, or correct the address of GitHub's API"
            }
            TransportErrorKind::PrivateAddress => {
                "if your network uses this host for GitHub's files, name it in PILOTAGE_DOWNLOAD_HOSTS"
            }
            TransportErrorKind::Unsendable => "check the names in the settings: one of them is not valid in an address",
        },
        GitHubError::Malformed { .. } => "check that the address is GitHub's API and that no proxy answers instead",
        GitHubError::Unproven { doubt, .. } => doubt.remedy(),
        GitHubError::DisallowedAddress { .. } => "if the address is GitHub's, name its host in PILOTAGE_DOWNLOAD_HOSTS",
        GitHubError::LimitExceeded { .. } => "check which server answers at that address; if it is GitHub, report this",
        GitHubError::RateLimited { .. } => "run again when the rate limit has recovered, or use a credential of its own",
        GitHubError::ReportReplaced { .. } => "run again",
    };
    remedy.to_owned()
}

#[cfg(test)]
mod tests;

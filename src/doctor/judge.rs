//! Turns GitHub's answers into problems with remedies. Pure.
//!
//! GitHub hides causes on purpose: a 404 may hide a resource that the credential cannot see, and a 403 of a report may be the
//! policy or a missing right. The headers tell most, so they are read first, and then the message.

use http::StatusCode;
use serde_json::Value;

use super::pages::Pages;
use crate::door::http::TransportErrorKind;
use crate::door::trust::CERTIFICATE_HELP;
use crate::github::{CredentialKind, GitHubError, GitHubRefusal, InstallationProblem, Probe, RefusalCause};
use crate::kind::Right;
use crate::model::diagnosis::{ErrorName, MissingRequirement, Problem};

/// Context of a request: owner and credential.
#[derive(Clone, Copy, Debug)]
pub(super) struct RequestContext<'a> {
    /// Login or slug. Empty for a request without owner.
    pub(super) owner: &'a str,
    pub(super) is_enterprise: bool,
    pub(super) right: Right,
    /// Type of the credential.
    pub(super) kind: CredentialKind,
    pub(super) pages: &'a Pages,
    pub(super) is_needed: bool,
    /// The host is a GitHub Enterprise Server.
    pub(super) is_server: bool,
}

impl RequestContext<'_> {
    /// Owner in words.
    fn whom(&self) -> String {
        match (self.owner, self.is_enterprise) {
            ("", _) => "GitHub".to_owned(),
            (owner, true) => format!("enterprise `{owner}`"),
            (owner, false) => format!("organization `{owner}`"),
        }
    }

    /// Owner as the beginning of a sentence. Empty without one.
    fn lead(&self) -> String {
        if self.owner.is_empty() { String::new() } else { format!("{}: ", self.whom()) }
    }

    fn problem(&self, error: ErrorName, missing: MissingRequirement, summary: String, remedy: impl Into<String>) -> Problem {
        let (scope, is_needed) = (self.owner.to_owned(), self.is_needed);
        Problem { scope, is_needed, ..Problem::new(error, missing, summary, remedy) }
    }

    /// Adds a page to a problem.
    fn at(&self, page: String, problem: Problem) -> Problem {
        Problem { page: Some(page), ..problem }
    }
}

/// Judges an answer: success, with an optional note, or a problem.
pub(super) fn judge(probe: &Probe, about: &RequestContext<'_>) -> Result<Option<String>, Box<Problem>> {
    let Some(refusal) = &probe.refusal else {
        if probe.what.ends_with("/copilot/billing") {
            return Ok(copilot_is_on(&probe.body));
        }
        let is_empty = probe.body.trim_ascii().is_empty() || probe.status == StatusCode::NO_CONTENT;
        return Ok((is_empty && about.right == Right::UsageMetrics).then(|| "no report of that day yet".to_owned()));
    };
    // GitHub answers the same without a report of that day.
    let is_of_a_day = about.right == Right::UsageMetrics && probe.what.contains("?day=");
    if refusal.status == StatusCode::NOT_FOUND && is_of_a_day && !about.is_server {
        return Ok(Some("no report of that day".to_owned()));
    }
    let problem = refused(probe, refusal, about);
    let said = (!refusal.message.is_empty()).then(|| refusal.message.clone());
    Err(Box::new(Problem { said, curl: Some(curl(&probe.url, about.kind)), ..problem }))
}

/// What an organization's billing says of Copilot: whether it is on, with which plan, for how many, and what of it is switched off.
fn copilot_is_on(body: &[u8]) -> Option<String> {
    let billing: Value = serde_json::from_slice(body).ok()?;
    let seats = billing["seat_breakdown"]["total"].as_u64()?;
    let setting = billing["seat_management_setting"].as_str().unwrap_or_default();
    if setting == "disabled" || setting == "unconfigured" && seats == 0 {
        return Some("Copilot is off here".to_owned());
    }
    let plan = billing["plan_type"].as_str().map(|plan| format!(" {plan}")).unwrap_or_default();
    let parts = [("ide_chat", "chat in editors"), ("platform_chat", "chat on GitHub"), ("cli", "the command line")];
    let off: Vec<&str> = parts.iter().filter(|(key, _)| billing[key] == "disabled").map(|(_, words)| *words).collect();
    let off = if off.is_empty() { String::new() } else { format!(", without {}", off.join(", ")) };
    let seats = if seats == 1 { "1 seat".to_owned() } else { format!("{seats} seats") };
    Some(format!("Copilot{plan} is on: {seats}{off}"))
}

fn refused(probe: &Probe, refusal: &GitHubRefusal, about: &RequestContext<'_>) -> Problem {
    let message = refusal.message.to_ascii_lowercase();
    let whom = about.whom();
    match RefusalCause::of(refusal) {
        RefusalCause::RateLimit => about.problem(
            ErrorName::RateLimited,
            MissingRequirement::Patience,
            "the rate limit is used up".to_owned(),
            "wait until it recovers, within the hour, or use a credential of its own",
        ),
        RefusalCause::BadCredentials => bad_credentials(about),
        RefusalCause::NotFound if about.is_server => about.problem(
            ErrorName::Unsupported,
            MissingRequirement::Resource,
            "GitHub Enterprise Server has no Copilot API".to_owned(),
            "point the settings at github.com or at GHE.com, where Copilot's metrics are",
        ),
        RefusalCause::NotFound => not_found(about),
        RefusalCause::PolicyOff => policy(about),
        RefusalCause::SingleSignOn => single_sign_on(refusal, about),
        RefusalCause::IpAllowList => ip_allow_list(about),
        RefusalCause::NotAllowed => forbidden(probe, refusal, &message, about),
        RefusalCause::ServerError => about.problem(
            ErrorName::InternalError,
            MissingRequirement::Patience,
            format!("GitHub has a server error at {whom}"),
            "try again later; https://www.githubstatus.com says whether GitHub has an incident",
        ),
        RefusalCause::Unknown => about.problem(
            ErrorName::InternalError,
            MissingRequirement::Resource,
            format!("GitHub answered {} at {whom}, which it does not document", refusal.status.as_u16()),
            "check that the address is GitHub's API, and look for a newer version of this program",
        ),
    }
}

fn bad_credentials(about: &RequestContext<'_>) -> Problem {
    let (summary, remedy) = match about.kind {
        CredentialKind::App => (
            "GitHub does not accept the App's signature",
            "check the App's id and private key, that they belong together, and this machine's clock",
        ),
        CredentialKind::Installation => ("GitHub does not accept the token", "make a new one: such tokens last for an hour"),
        _ => (
            "GitHub does not accept the token",
            "it may have expired or been revoked, or only a part of it was copied: make a new one",
        ),
    };
    let problem = about.problem(ErrorName::InvalidCredentials, MissingRequirement::Credential, summary.to_owned(), remedy);
    about.at(about.pages.tokens(about.kind), problem)
}

fn not_found(about: &RequestContext<'_>) -> Problem {
    if about.owner.is_empty() {
        let summary = "there is no GitHub API at this address".to_owned();
        let remedy = "set the host to https://api.github.com, https://api.SUBDOMAIN.ghe.com or https://HOST/api/v3";
        return about.problem(ErrorName::NoResource, MissingRequirement::Resource, summary, remedy);
    }
    let (name, role) = match about.is_enterprise {
        true => ("slug", "is an owner or billing manager of it"),
        false => ("login", "belongs to it and may see this"),
    };
    if about.right == Right::Billing && !about.is_enterprise {
        let summary = format!("{}there is no billing of its own that this credential may see", about.lead());
        let remedy = "where an enterprise pays, only the enterprise has it: name the enterprise in the settings; else use the token of an \
                      owner with the scope `admin:org`";
        let page = about.pages.billing(about.owner, false);
        return about.at(page, about.problem(ErrorName::NoResource, MissingRequirement::Resource, summary, remedy));
    }
    let summary = format!("there is no {} that this credential may see", about.whom());
    let remedy = format!(
        "check the {name}, as it stands in the address of its page, and that the credential's owner {role}: GitHub also answers 404 when the credential lacks the right"
    );
    about.at(
        about.pages.people(about.owner, about.is_enterprise),
        about.problem(ErrorName::NoResource, MissingRequirement::Resource, summary, remedy),
    )
}

fn policy(about: &RequestContext<'_>) -> Problem {
    let summary = format!("{}the policy \"Copilot usage metrics\" seems to be off", about.lead());
    let remedy = RefusalCause::policy_remedy(about.is_enterprise);
    let problem = about.problem(ErrorName::InvalidPermissions, MissingRequirement::Policy, summary, remedy);
    about.at(about.pages.policies(about.owner, about.is_enterprise), problem)
}

fn single_sign_on(refusal: &GitHubRefusal, about: &RequestContext<'_>) -> Problem {
    let summary = format!("{} requires the token to be authorized for single sign-on", about.whom());
    let (page, remedy) = match &refusal.single_sign_on {
        Some(address) => (address.clone(), "open the page and authorize the token; the address is valid for an hour"),
        None => (about.pages.tokens(about.kind), "choose \"Configure SSO\" beside the token, and authorize it"),
    };
    about.at(page, about.problem(ErrorName::InvalidPermissions, MissingRequirement::SingleSignOn, summary, remedy))
}

fn ip_allow_list(about: &RequestContext<'_>) -> Problem {
    let summary = format!("{} does not allow this machine's address", about.whom());
    let remedy = "add the address to the IP allow list, or run from one that is on it";
    let page = about.pages.security(about.owner, about.is_enterprise);
    about.at(page, about.problem(ErrorName::InvalidPermissions, MissingRequirement::IpAllowList, summary, remedy))
}

fn forbidden(probe: &Probe, refusal: &GitHubRefusal, message: &str, about: &RequestContext<'_>) -> Problem {
    let whom = about.whom();
    let problem = |missing, summary, remedy: String| about.problem(ErrorName::InvalidPermissions, missing, summary, remedy);
    if about.is_enterprise && matches!(about.kind, CredentialKind::App | CredentialKind::Installation) {
        return app_at_enterprise(about);
    }
    if about.is_enterprise && about.kind == CredentialKind::FineGrained {
        let summary = format!("{whom} cannot be read with a fine-grained token: GitHub has no such permission");
        let scope = if about.right == Right::Billing { "manage_billing:enterprise" } else { "read:enterprise" };
        let remedy = format!(
            "use a classic token of an enterprise owner with the scope `{scope}`, or a GitHub App that is installed on the enterprise"
        );
        let page = about.pages.tokens(CredentialKind::Classic);
        return about.at(page, problem(MissingRequirement::CredentialKind, summary, remedy));
    }
    if let Some(accepted) = &refusal.accepted_permissions {
        return permission(accepted, about);
    }
    if let Some(problem) = scope(probe, about) {
        return problem;
    }
    if message.contains("admin") || message.contains("role") || message.contains("owner") || about.right != Right::UsageMetrics {
        let role = match about.is_enterprise {
            true if about.right == Right::Billing => {
                "an enterprise owner or billing manager, or has a role that reads its billing"
            }
            false if about.right == Right::Billing => "an owner of the organization",
            true => "an enterprise owner or billing manager, or has a role with \"View enterprise Copilot metrics\"",
            false => "an owner of the organization, or has a role with \"View organization Copilot metrics\"",
        };
        let summary = format!("{}the token's owner does not have the role for this", about.lead());
        let remedy = format!("use the token of somebody who is {role}");
        return about
            .at(about.pages.people(about.owner, about.is_enterprise), problem(MissingRequirement::Role, summary, remedy));
    }
    policy(about)
}

fn app_at_enterprise(about: &RequestContext<'_>) -> Problem {
    let whom = about.whom();
    if about.right == Right::Billing {
        let summary = format!("{whom}: the App may not read what is billed");
        let remedy = "install the App on the enterprise itself, with read access to its billing, or use a classic token with \
                      `manage_billing:enterprise` of an enterprise owner or billing manager";
        let page = about.pages.installations(about.owner, true);
        return about.at(page, about.problem(ErrorName::InvalidPermissions, MissingRequirement::Permission, summary, remedy));
    }
    if about.right == Right::Seats {
        let summary = format!("{whom}: GitHub does not show the seats of an enterprise to Apps");
        let remedy = "read seats per organization, or use a classic token with `manage_billing:copilot`";
        let page = about.pages.tokens(CredentialKind::Classic);
        return about.at(page, about.problem(ErrorName::InvalidPermissions, MissingRequirement::CredentialKind, summary, remedy));
    }
    let summary = format!("the token for {whom} is not from an installation on the enterprise");
    let remedy = "install the App on the enterprise itself, with the permission \"Enterprise Copilot metrics: read\"; an installation in one of its organizations is not enough";
    let problem = about.problem(ErrorName::InvalidPermissions, MissingRequirement::Installation, summary, remedy);
    about.at(about.pages.installations(about.owner, true), problem)
}

fn permission(accepted: &str, about: &RequestContext<'_>) -> Problem {
    let lead = about.lead();
    let is_app = matches!(about.kind, CredentialKind::App | CredentialKind::Installation);
    let holder = if is_app { "App" } else { "token" };
    let summary = format!("{lead}the {holder} lacks the permission {}", alternatives(accepted));
    let accept = if is_app { ", and an owner accepts the change in the installation" } else { "" };
    let policy = match about.right {
        Right::UsageMetrics => "; if it has it, the policy \"Copilot usage metrics\" is off",
        _ => "",
    };
    let remedy = format!("give it to the {holder}{accept}{policy}");
    let page = match is_app {
        true => about.pages.installations(about.owner, about.is_enterprise),
        false => about.pages.tokens(about.kind),
    };
    about.at(page, about.problem(ErrorName::InvalidPermissions, MissingRequirement::Permission, summary, remedy))
}

/// Turns `a=read; b=read` into `a: read` or `b: read`.
fn alternatives(accepted: &str) -> String {
    let one = |text: &str| format!("`{}`", text.trim().replace('=', ": "));
    accepted.split([';', ',']).filter(|text| !text.trim().is_empty()).map(one).collect::<Vec<_>>().join(" or ")
}

/// Missing scope of a classic token, when GitHub named both its scopes and the accepted ones.
fn scope(probe: &Probe, about: &RequestContext<'_>) -> Option<Problem> {
    let held = probe.scopes.as_ref()?;
    let lacks = !probe.accepted_scopes.is_empty() && !probe.accepted_scopes.iter().any(|scope| held.contains(scope));
    if !lacks {
        return None;
    }
    let least = least_scope(&probe.accepted_scopes);
    let held = if held.is_empty() { "no scope at all".to_owned() } else { format!("only {}", held.join(", ")) };
    let summary = format!("{}the token lacks the scope `{least}`", about.lead());
    let remedy = format!("give the token the scope `{least}`; it has {held}");
    let problem = about.problem(ErrorName::InvalidPermissions, MissingRequirement::Scope, summary, remedy);
    Some(about.at(about.pages.tokens(about.kind), problem))
}

/// Accepted scope with the fewest rights.
fn least_scope(accepted: &[String]) -> &str {
    let known = ["read:org", "read:enterprise", "manage_billing:copilot", "manage_billing:enterprise"];
    let known = known.into_iter().find(|scope| accepted.iter().any(|accepted| accepted == scope));
    known.or(accepted.first().map(String::as_str)).unwrap_or("read:org")
}

/// Problem of a request without an answer to judge.
pub(super) fn judge_error(error: &GitHubError, about: &RequestContext<'_>) -> Problem {
    let said = Some(error.to_string());
    let problem = match error {
        GitHubError::Installation { problem, .. } => return installation(*problem, about),
        GitHubError::Transport { source, .. } => return unreachable(source.kind, &source.to_string(), "GitHub", about),
        GitHubError::Refused(refusal) if refusal.status == StatusCode::UNAUTHORIZED => {
            Problem { said: Some(refusal.message.clone()), ..bad_credentials(about) }
        }
        GitHubError::Credential { .. } => about.problem(
            ErrorName::InvalidCredentials,
            MissingRequirement::Credential,
            "there is no usable credential for GitHub".to_owned(),
            "check the token, or the App's id and private key, in the settings",
        ),
        GitHubError::Address { .. } => about.problem(
            ErrorName::InvalidSettings,
            MissingRequirement::Setting,
            "the address of GitHub cannot be used".to_owned(),
            "set it to https://api.github.com or https://api.SUBDOMAIN.ghe.com",
        ),
        _ => about.problem(
            ErrorName::InternalError,
            MissingRequirement::Resource,
            "GitHub's answer cannot be read".to_owned(),
            "check that the address is GitHub's API and that no proxy answers instead",
        ),
    };
    Problem { said: problem.said.clone().or(said), ..problem }
}

fn installation(problem: InstallationProblem, about: &RequestContext<'_>) -> Problem {
    let whom = about.whom();
    let (missing, summary, remedy) = match problem {
        InstallationProblem::Missing if about.is_enterprise => (
            MissingRequirement::Installation,
            format!("the GitHub App is not installed on {whom}"),
            "install the App on the enterprise itself, with the permission \"Enterprise Copilot metrics: read\"; an installation in one of its organizations is not enough",
        ),
        InstallationProblem::Missing => (
            MissingRequirement::Installation,
            format!("the GitHub App is not installed in {whom}"),
            "choose \"Install App\" in the App's settings, and then the organization",
        ),
        InstallationProblem::Suspended => (
            MissingRequirement::Installation,
            format!("the GitHub App's installation in {whom} is suspended"),
            "an owner lifts the suspension in the installation's settings",
        ),
        InstallationProblem::NobodysRequest => (
            MissingRequirement::Organizations,
            "a GitHub App needs an organization or an enterprise for its requests".to_owned(),
            "name the organizations or the enterprise in the settings",
        ),
    };
    let problem = about.problem(ErrorName::InvalidPermissions, missing, summary, remedy);
    about.at(about.pages.installations(about.owner, about.is_enterprise), problem)
}

/// Problem of a server that did not answer.
pub(super) fn unreachable(kind: TransportErrorKind, said: &str, server: &str, about: &RequestContext<'_>) -> Problem {
    let (missing, summary, remedy) = match kind {
        TransportErrorKind::Certificate => (MissingRequirement::Certificate, "the certificate is not trusted", CERTIFICATE_HELP),
        TransportErrorKind::Connect => (
            MissingRequirement::Connection,
            "there is no connection",
            "check the address, the network, and HTTPS_PROXY and NO_PROXY where there is a proxy",
        ),
        TransportErrorKind::Page => (
            MissingRequirement::Connection,
            "a proxy or web filter answers instead",
            "let this machine reach that host through the proxy or web filter, or correct the address",
        ),
        TransportErrorKind::Timeout
        | TransportErrorKind::Broken
        | TransportErrorKind::TooLarge
        | TransportErrorKind::PrivateAddress
        | TransportErrorKind::Unsendable => (
            MissingRequirement::Connection,
            "no complete answer arrives",
            "try again; if it persists, look at the proxy or the firewall in between",
        ),
    };
    let problem = about.problem(ErrorName::Unreachable, missing, format!("{server}: {summary}"), remedy);
    Problem { said: Some(said.to_owned()), ..problem }
}

/// Command for the same request in a terminal. The credential is a variable in it.
pub(super) fn curl(url: &str, kind: CredentialKind) -> String {
    let variable = match kind {
        CredentialKind::App => "INSTALLATION_TOKEN",
        _ => "GITHUB_TOKEN",
    };
    format!(
        "curl -sSi -H \"Authorization: Bearer ${variable}\" -H \"Accept: application/vnd.github+json\" \
         -H \"X-GitHub-Api-Version: 2022-11-28\" '{url}'"
    )
}

//! Rights of each type of credential.

use axum::http::StatusCode;

use super::app::{Installation, Target};
use super::endpoint::{ApiResource, RequestedEndpoint};
use super::{AccessDecision, AccessRefusal, Granted, TokenRights, VisibleOrganizations};

const ACCEPTED_PERMISSIONS: &str = "x-accepted-github-permissions";
const ACCEPTED_SCOPES: &str = "x-accepted-oauth-scopes";

/// Decides for a personal access token.
pub(super) fn personal(credential: &TokenRights, endpoint: &RequestedEndpoint) -> AccessDecision {
    match credential {
        TokenRights::Classic { scopes, is_owner, sso_required } => {
            let granted = Granted {
                visible: VisibleOrganizations { lists_none: false, sso_required: sso_required.clone() },
                headers: vec![("x-oauth-scopes", scopes.join(", "))],
            };
            classic(scopes, *is_owner, sso_required, endpoint).map(|()| granted).map_err(|refusal| {
                let refusal = refusal.with("x-oauth-scopes", scopes.join(", "));
                match accepted_scopes(endpoint) {
                    [] => refusal,
                    accepted => refusal.with(ACCEPTED_SCOPES, accepted.join(", ")),
                }
            })
        }
        TokenRights::FineGrained { organization, permissions } => fine_grained(organization, permissions, endpoint),
    }
}

/// Scopes of an endpoint. One is enough.
fn accepted_scopes(endpoint: &RequestedEndpoint) -> &'static [&'static str] {
    match endpoint {
        RequestedEndpoint::UserOrganizations => &["user", "read:org", "write:org", "admin:org"],
        RequestedEndpoint::Organization(_, ApiResource::Seats) => {
            &["manage_billing:copilot", "read:org", "write:org", "admin:org"]
        }
        RequestedEndpoint::Organization(_, ApiResource::Billing) => &["admin:org"],
        RequestedEndpoint::Enterprise(_, ApiResource::Billing) => &["manage_billing:enterprise", "admin:enterprise"],
        RequestedEndpoint::Organization(_, ApiResource::SeatManagement) => &["manage_billing:copilot", "admin:org"],
        RequestedEndpoint::Organization(_, ApiResource::Legacy) => {
            &["manage_billing:copilot", "read:org", "write:org", "admin:org", "read:enterprise"]
        }
        RequestedEndpoint::Organization(_, ApiResource::People | ApiResource::Metrics) => &["read:org", "write:org", "admin:org"],
        RequestedEndpoint::Enterprise(_, ApiResource::SeatManagement) => &["manage_billing:copilot", "admin:enterprise"],
        RequestedEndpoint::Enterprise(_, ApiResource::Metrics | ApiResource::Legacy | ApiResource::Seats) => {
            &["manage_billing:copilot", "read:enterprise", "admin:enterprise"]
        }
        RequestedEndpoint::Enterprise(..) => &["read:enterprise", "admin:enterprise"],
        _ => &[],
    }
}

fn classic(
    scopes: &[String],
    is_owner: bool,
    sso_required: &[String],
    endpoint: &RequestedEndpoint,
) -> Result<(), AccessRefusal> {
    if let RequestedEndpoint::Organization(login, _) = endpoint
        && sso_required.iter().any(|other| other.eq_ignore_ascii_case(login))
    {
        let message = "Resource protected by organization SAML enforcement. \
            You must grant your Personal Access token access to this organization.";
        let url = format!("required; url=https://github.com/orgs/{login}/sso?authorization_request=simulated");
        return Err(AccessRefusal::new(StatusCode::FORBIDDEN, message).with("x-github-sso", url));
    }
    let accepted = accepted_scopes(endpoint);
    if !accepted.is_empty() && !accepted.iter().any(|accepted| scopes.iter().any(|scope| scope == accepted)) {
        let message = format!("This endpoint needs one of these scopes: {}", accepted.join(", "));
        return Err(AccessRefusal::new(StatusCode::FORBIDDEN, message));
    }
    let owners_only = matches!(
        endpoint,
        RequestedEndpoint::Organization(
            _,
            ApiResource::Metrics | ApiResource::Legacy | ApiResource::Seats | ApiResource::Billing | ApiResource::SeatManagement
        ) | RequestedEndpoint::Enterprise(..)
    );
    if owners_only && !is_owner {
        let message = "This endpoint requires admin, or relevant organization role access";
        return Err(AccessRefusal::new(StatusCode::FORBIDDEN, message));
    }
    Ok(())
}

/// Permissions of a resource. One is enough; an empty list means that no permission gives access.
fn accepted_permissions(resource: ApiResource, is_organization: bool) -> &'static [&'static str] {
    match (resource, is_organization) {
        (ApiResource::Profile, true) => &["metadata"],
        (ApiResource::People, true) => &["members"],
        (ApiResource::Metrics, true) => &["organization_copilot_metrics"],
        (ApiResource::Legacy | ApiResource::Seats, true) => {
            &["organization_copilot_seat_management", "organization_administration"]
        }
        (ApiResource::Billing, true) => &["organization_administration"],
        (ApiResource::Billing, false) => &["enterprise_billing"],
        (ApiResource::SeatManagement, true) => {
            &["organization_copilot_seat_management=write", "organization_administration=write"]
        }
        (ApiResource::Metrics, false) => &["enterprise_copilot_metrics"],
        (ApiResource::People, false) => &["enterprise_teams"],
        (ApiResource::Apps, false) => &["enterprise_organization_installations"],
        _ => &[],
    }
}

/// Level of a permission: `read` unless it names another.
fn level(permission: &&str) -> String {
    if permission.contains('=') { (*permission).to_owned() } else { format!("{permission}=read") }
}

fn permitted(held: &[String], resource: ApiResource, is_organization: bool, refused: &AccessRefusal) -> AccessDecision {
    let accepted = accepted_permissions(resource, is_organization);
    let alternatives: Vec<String> = accepted.iter().map(level).collect();
    let headers: Vec<_> =
        (!alternatives.is_empty()).then(|| (ACCEPTED_PERMISSIONS, alternatives.join("; "))).into_iter().collect();
    // The public profile of an organization is open to everybody.
    if resource == ApiResource::Profile || accepted.iter().any(|accepted| held.iter().any(|permission| permission == accepted)) {
        return Ok(Granted { visible: VisibleOrganizations { lists_none: true, ..VisibleOrganizations::default() }, headers });
    }
    Err(AccessRefusal { headers, ..refused.clone() })
}

fn fine_grained(organization: &str, permissions: &[String], endpoint: &RequestedEndpoint) -> AccessDecision {
    let refused = AccessRefusal::new(StatusCode::FORBIDDEN, "Resource not accessible by personal access token");
    match endpoint {
        // GitHub does not refuse the list; it is empty.
        RequestedEndpoint::User | RequestedEndpoint::UserOrganizations | RequestedEndpoint::Open | RequestedEndpoint::Other => {
            Ok(Granted {
                visible: VisibleOrganizations { lists_none: true, ..VisibleOrganizations::default() },
                headers: Vec::new(),
            })
        }
        RequestedEndpoint::Organization(login, resource) if login.eq_ignore_ascii_case(organization) => {
            permitted(permissions, *resource, true, &refused)
        }
        RequestedEndpoint::Organization(_, resource) => permitted(&[], *resource, true, &refused),
        RequestedEndpoint::Enterprise(..) | RequestedEndpoint::App => Err(refused),
    }
}

/// Decides for the token of an installation.
pub(super) fn installation(installation: &Installation, endpoint: &RequestedEndpoint) -> AccessDecision {
    let refused = AccessRefusal::new(StatusCode::FORBIDDEN, "Resource not accessible by integration");
    let held = |is_target| if is_target { installation.permissions.as_slice() } else { &[] };
    match endpoint {
        RequestedEndpoint::Open | RequestedEndpoint::Other => Ok(Granted::default()),
        RequestedEndpoint::Organization(login, resource) => {
            let is_target = matches!(&installation.target, Target::Organization(target) if target.eq_ignore_ascii_case(login));
            permitted(held(is_target), *resource, true, &refused)
        }
        // No permission gives an App the seats of an enterprise.
        RequestedEndpoint::Enterprise(slug, resource) => {
            let is_target = matches!(&installation.target, Target::Enterprise(target) if target.eq_ignore_ascii_case(slug));
            permitted(held(is_target), *resource, false, &refused)
        }
        RequestedEndpoint::User | RequestedEndpoint::UserOrganizations | RequestedEndpoint::App => Err(refused),
    }
}

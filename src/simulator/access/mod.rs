//! Access control: 401, 403 and 404 by credential and endpoint. Pure, except for issued tokens.
//!
//! | credential | file |
//! | --- | --- |
//! | endpoint of a path | [`endpoint`] |
//! | personal tokens and installations | [`matrix`] |
//! | GitHub Apps: JWT and installation tokens | [`app`] |

pub(super) mod app;
mod endpoint;
mod matrix;

use std::collections::BTreeMap;

use axum::http::StatusCode;
use jiff::Timestamp;

pub use app::{App, Installation, Target};
use endpoint::RequestedEndpoint;

/// Credentials of a simulated GitHub. By default, any token has all rights.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Access {
    /// Tokens that get 401.
    pub refused: Vec<String>,
    /// Keys of other tools that get 403.
    pub without_right: Vec<String>,
    /// Tokens with limited rights.
    pub known: BTreeMap<String, TokenRights>,
    /// Rights of all other tokens. All rights when absent.
    pub others: Option<TokenRights>,
    /// GitHub App whose installations may request tokens.
    pub app: Option<App>,
    /// Organizations, by login, and enterprises, by slug, whose policy "Copilot usage metrics" is off.
    pub policy_off: Vec<String>,
}

/// Access rules, and the tokens that were issued under them.
#[derive(Debug, Default)]
pub(super) struct AccessControl {
    pub(super) access: Access,
    tokens: app::IssuedTokens,
}

/// Rights of a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TokenRights {
    /// Classic personal access token.
    Classic {
        /// Scopes, such as `read:org`.
        scopes: Vec<String>,
        /// The user owns the organizations and the enterprise. Members may not read metrics.
        is_owner: bool,
        /// Logins of organizations that need single sign-on first.
        sso_required: Vec<String>,
    },
    /// Fine-grained personal access token.
    FineGrained {
        /// Login of its only organization.
        organization: String,
        /// Permissions to read, such as `organization_copilot_metrics`, and to write, such as
        /// `organization_copilot_seat_management=write`.
        permissions: Vec<String>,
    },
}

/// Organizations in the lists of a token.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct VisibleOrganizations {
    /// No organization is listed, as for fine-grained tokens.
    lists_none: bool,
    /// Logins of organizations that need single sign-on first.
    sso_required: Vec<String>,
}

impl VisibleOrganizations {
    /// Checks whether `/user/orgs` lists an organization.
    pub(super) fn lists(&self, login: &str) -> bool {
        !self.lists_none && !self.leaves_out(login)
    }

    /// Checks whether an organization is left out because of single sign-on.
    pub(super) fn leaves_out(&self, login: &str) -> bool {
        self.sso_required.iter().any(|other| other.eq_ignore_ascii_case(login))
    }
}

/// Granted access, with the headers that describe the token.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Granted {
    pub(super) visible: VisibleOrganizations,
    pub(super) headers: Vec<(&'static str, String)>,
}

/// Scopes of a token with all rights.
pub(super) const ALL_SCOPES: &str = "admin:org, manage_billing:copilot, manage_billing:enterprise, read:enterprise";

impl Granted {
    /// Access with all rights.
    fn everything() -> Self {
        Self { visible: VisibleOrganizations::default(), headers: vec![("x-oauth-scopes", ALL_SCOPES.to_owned())] }
    }
}

/// Refused access, with status, message and headers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct AccessRefusal {
    pub(super) status: StatusCode,
    pub(super) message: String,
    pub(super) headers: Vec<(&'static str, String)>,
}

impl AccessRefusal {
    fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self { status, message: message.into(), headers: Vec::new() }
    }

    fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

type AccessDecision = Result<Granted, AccessRefusal>;

impl AccessControl {
    pub(super) fn new(access: Access) -> Self {
        Self { access, tokens: app::IssuedTokens::default() }
    }

    /// Decides on a request with that `Authorization` header to that path, at that time.
    pub(super) fn decide(&self, authorization: Option<&str>, path: &str, now: Timestamp) -> AccessDecision {
        let endpoint = RequestedEndpoint::of(path);
        let token = authorization.and_then(token);
        let Some(token) = token else {
            return match endpoint {
                RequestedEndpoint::Open => Ok(Granted::default()),
                _ if authorization.is_some() => Err(bad_credentials()),
                _ => Err(AccessRefusal::new(StatusCode::UNAUTHORIZED, "Requires authentication")),
            };
        };
        if self.access.refused.iter().any(|refused| refused == token) {
            return Err(bad_credentials());
        }
        if endpoint == RequestedEndpoint::App {
            return self.app_itself(token, now);
        }
        if app::looks_like_jwt(token) && self.access.app.is_some() {
            return Err(AccessRefusal::new(
                StatusCode::UNAUTHORIZED,
                "A JSON web token is only good for the endpoints of an App",
            ));
        }
        let granted = match (self.tokens.installation(token), self.access.known.get(token).or(self.access.others.as_ref())) {
            (Some((installation, expires_at)), _) => {
                if expires_at <= now {
                    return Err(bad_credentials());
                }
                matrix::installation(&installation, &endpoint)?
            }
            (None, Some(credential)) => matrix::personal(credential, &endpoint)?,
            (None, None) => Granted::everything(),
        };
        self.policy(&endpoint)?;
        Ok(granted)
    }

    /// Refuses metrics where the policy is off.
    fn policy(&self, endpoint: &RequestedEndpoint) -> Result<(), AccessRefusal> {
        let is_off = |name: &str| self.access.policy_off.iter().any(|off| off.eq_ignore_ascii_case(name));
        match endpoint.metrics_of() {
            Some((name, false)) if is_off(name) => {
                Err(AccessRefusal::new(StatusCode::FORBIDDEN, "Copilot usage metrics are not enabled for this account"))
            }
            Some((name, true)) if is_off(name) => Err(AccessRefusal::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "Copilot Usage Metrics API setting is disabled at the organization or enterprise level.",
            )),
            _ => Ok(()),
        }
    }

    fn app_itself(&self, token: &str, now: Timestamp) -> AccessDecision {
        let undecodable = || AccessRefusal::new(StatusCode::UNAUTHORIZED, "A JSON web token could not be decoded");
        let app = self.access.app.as_ref().ok_or_else(undecodable)?;
        match app::check_jwt(app, token, now) {
            Ok(()) => Ok(Granted::default()),
            Err(reason) => Err(AccessRefusal::new(StatusCode::UNAUTHORIZED, reason)),
        }
    }

    /// Issues a token to an installation of the App.
    pub(super) fn issue(&self, installation: &Installation, now: Timestamp) -> (String, Timestamp) {
        self.tokens.issue(installation, now)
    }
}

fn bad_credentials() -> AccessRefusal {
    AccessRefusal::new(StatusCode::UNAUTHORIZED, "Bad credentials")
}

/// Token in an `Authorization` header.
fn token(header: &str) -> Option<&str> {
    let (scheme, token) = header.split_once(' ')?;
    let token = token.trim();
    let is_known = scheme.eq_ignore_ascii_case("bearer") || scheme.eq_ignore_ascii_case("token");
    (is_known && !token.is_empty()).then_some(token)
}

#[cfg(test)]
mod tests;

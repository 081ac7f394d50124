//! Who may see what: decides 401, 403 and 404 by credential and endpoint. Pure, but for the tokens that an App was given.
//!
//! | credential | file |
//! | --- | --- |
//! | which endpoint is asked | [`endpoint`] |
//! | personal tokens and installations | [`matrix`] |
//! | GitHub Apps: JWT and installation tokens | [`app`] |

pub(super) mod app;
mod endpoint;
mod matrix;

use std::collections::BTreeMap;

use axum::http::StatusCode;
use jiff::Timestamp;

pub use app::{App, Installation, Target};
use endpoint::Endpoint;

/// Which credentials there are. By default, any token is that of somebody who may see everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Access {
    /// Tokens that answer 401.
    pub refused: Vec<String>,
    /// Tokens that stand for less than everything.
    pub known: BTreeMap<String, Credential>,
    /// The GitHub App whose installations may ask for tokens.
    pub app: Option<App>,
    /// Organizations, by login, and enterprises, by slug, with the policy "Copilot usage metrics" switched off.
    pub policy_off: Vec<String>,
}

/// Access, and the tokens that were given out under it.
#[derive(Debug, Default)]
pub(super) struct Gate {
    pub(super) access: Access,
    minted: app::Minted,
}

/// What a token stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Credential {
    /// A classic personal access token.
    Classic {
        /// Its scopes, such as `read:org`.
        scopes: Vec<String>,
        /// Whether its person owns the organizations and the enterprise; members may not see metrics.
        is_owner: bool,
        /// Logins of organizations that want single sign-on first.
        sso_required: Vec<String>,
    },
    /// A fine-grained personal access token.
    FineGrained {
        /// Login of the one organization that it belongs to.
        organization: String,
        /// Its permissions to read, such as `organization_copilot_metrics`, and to write, such as
        /// `organization_copilot_seat_management=write`.
        permissions: Vec<String>,
    },
}

/// Which organizations the token's lists show.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Sight {
    /// No organization is listed, as with fine-grained tokens.
    lists_none: bool,
    /// These want single sign-on first.
    sso_required: Vec<String>,
}

impl Sight {
    /// Whether `/user/orgs` shows it.
    pub(super) fn lists(&self, login: &str) -> bool {
        !self.lists_none && !self.hides(login)
    }

    /// Whether it is left out for want of single sign-on.
    pub(super) fn hides(&self, login: &str) -> bool {
        self.sso_required.iter().any(|other| other.eq_ignore_ascii_case(login))
    }
}

/// Yes, with what the answer must say about the token.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Granted {
    pub(super) sight: Sight,
    pub(super) headers: Vec<(&'static str, String)>,
}

/// Scopes of the token of somebody who may see everything.
const ALL_SCOPES: &str = "admin:org, manage_billing:copilot, read:enterprise";

impl Granted {
    /// To the token of somebody who may see everything.
    fn everything() -> Self {
        Self { sight: Sight::default(), headers: vec![("x-oauth-scopes", ALL_SCOPES.to_owned())] }
    }
}

/// No, and what is said about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) status: StatusCode,
    pub(super) message: String,
    pub(super) headers: Vec<(&'static str, String)>,
}

impl Refusal {
    fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self { status, message: message.into(), headers: Vec::new() }
    }

    fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

type Decision = Result<Granted, Refusal>;

impl Gate {
    pub(super) fn new(access: Access) -> Self {
        Self { access, minted: app::Minted::default() }
    }

    /// Decides on a request with that `Authorization` header to that path, at that moment.
    pub(super) fn decide(&self, authorization: Option<&str>, path: &str, now: Timestamp) -> Decision {
        let endpoint = Endpoint::of(path);
        let token = authorization.and_then(token);
        let Some(token) = token else {
            return match endpoint {
                Endpoint::Open => Ok(Granted::default()),
                _ if authorization.is_some() => Err(bad_credentials()),
                _ => Err(Refusal::new(StatusCode::UNAUTHORIZED, "Requires authentication")),
            };
        };
        if self.access.refused.iter().any(|refused| refused == token) {
            return Err(bad_credentials());
        }
        if endpoint == Endpoint::App {
            return self.app_itself(token, now);
        }
        if app::looks_like_jwt(token) && self.access.app.is_some() {
            return Err(Refusal::new(StatusCode::UNAUTHORIZED, "A JSON web token is only good for the endpoints of an App"));
        }
        let granted = match (self.minted.installation(token), self.access.known.get(token)) {
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

    /// Metrics of those who have the policy switched off.
    fn policy(&self, endpoint: &Endpoint) -> Result<(), Refusal> {
        let is_off = |name: &str| self.access.policy_off.iter().any(|off| off.eq_ignore_ascii_case(name));
        match endpoint.metrics_of() {
            Some((name, false)) if is_off(name) => {
                Err(Refusal::new(StatusCode::FORBIDDEN, "Copilot usage metrics are not enabled for this account"))
            }
            Some((name, true)) if is_off(name) => Err(Refusal::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "Copilot Usage Metrics API setting is disabled at the organization or enterprise level.",
            )),
            _ => Ok(()),
        }
    }

    fn app_itself(&self, token: &str, now: Timestamp) -> Decision {
        let undecodable = || Refusal::new(StatusCode::UNAUTHORIZED, "A JSON web token could not be decoded");
        let app = self.access.app.as_ref().ok_or_else(undecodable)?;
        match app::check_jwt(app, token, now) {
            Ok(()) => Ok(Granted::default()),
            Err(reason) => Err(Refusal::new(StatusCode::UNAUTHORIZED, reason)),
        }
    }

    /// Gives a new token to an installation of the App.
    pub(super) fn mint(&self, installation: &Installation, now: Timestamp) -> (String, Timestamp) {
        self.minted.mint(installation, now)
    }
}

fn bad_credentials() -> Refusal {
    Refusal::new(StatusCode::UNAUTHORIZED, "Bad credentials")
}

/// The token of an `Authorization` header.
fn token(header: &str) -> Option<&str> {
    let (scheme, token) = header.split_once(' ')?;
    let token = token.trim();
    let is_known = scheme.eq_ignore_ascii_case("bearer") || scheme.eq_ignore_ascii_case("token");
    (is_known && !token.is_empty()).then_some(token)
}

#[cfg(test)]
mod tests;

//! Tries the catalog: signing in, the integration, the blueprints.

use serde_json::Value;

use super::judge::{About, unreachable};
use super::log::{Log, check};
use super::pages::Pages;
use super::{CatalogPlace, Examination, github};
use crate::catalog::{CatalogError, Integration};
use crate::github::CredentialKind;
use crate::kind::Right;
use crate::model::blueprint::Blueprint;
use crate::model::diagnosis::{Check, CheckResult, ErrorName, Missing, Problem};

/// What the catalog answered.
#[derive(Debug, Default)]
pub(super) struct Connected {
    integration: Option<Result<Option<Integration>, CatalogError>>,
    list: Option<CatalogError>,
    /// The blueprints, when they could be read.
    pub(super) blueprints: Option<Vec<Blueprint>>,
}

impl Connected {
    /// The integration's mapping, when it has one.
    pub(super) fn mapping(&self) -> Option<&Value> {
        let integration = self.integration.as_ref()?.as_ref().ok()?.as_ref()?;
        integration.config.as_ref().filter(|config| !config.is_null())
    }
}

/// Asks for what there is. Writes nothing.
pub(super) async fn connect(place: &CatalogPlace<'_>) -> Connected {
    let catalog = match place {
        CatalogPlace::Remote { catalog, .. } => catalog,
        CatalogPlace::Embedded { blueprints } => {
            return Connected { blueprints: Some(blueprints.clone().unwrap_or_default()), ..Connected::default() };
        }
    };
    let integration = catalog.integration().await;
    if integration.is_err() {
        return Connected { integration: Some(integration), ..Connected::default() };
    }
    let (blueprints, list) = match catalog.blueprints().await {
        Ok(blueprints) => (Some(blueprints), None),
        Err(error) => (None, Some(error)),
    };
    Connected { integration: Some(integration), list, blueprints }
}

/// Says what was found, apart from whether blueprints fit.
pub(super) fn tell(examination: &Examination<'_>, connected: &Connected, log: &mut Log) {
    log.enter("catalog", examination.catalog_address);
    let (dates, client_id) = match &examination.catalog {
        CatalogPlace::Remote { dates, client_id, .. } => (dates, client_id),
        CatalogPlace::Embedded { blueprints } => {
            let state = if blueprints.is_some() { "is there" } else { "not there yet; the first resync creates it" };
            log.fact("embedded", state);
            return;
        }
    };
    log.fact("client id", (*client_id).to_owned());
    if let Some((theirs, ours)) = dates.last() {
        github::clock(theirs, ours, "the catalog", log);
    }
    let sign_in = check("", "sign in", "everything");
    let integration = check("", "the integration", "ownership of entities, and the mapping");
    match &connected.integration {
        Some(Ok(found)) => {
            log.check(sign_in);
            let note = match found {
                Some(_) if connected.mapping().is_some() => "is there, with a mapping",
                Some(_) => "is there, without a mapping",
                None => "not there yet; the first resync creates it",
            };
            log.check(Check { note: Some(note.to_owned()), ..integration });
        }
        Some(Err(error)) => {
            let is_later = matches!(error, CatalogError::Refused { .. } | CatalogError::Misunderstood { .. });
            let row = if is_later { integration.clone() } else { sign_in.clone() };
            if is_later {
                log.check(sign_in);
            }
            log.problem(row, problem(error, examination));
            let skipped =
                Check { result: CheckResult::Skipped, note: Some("see above".to_owned()), ..check("", "blueprints", "") };
            log.check(skipped);
        }
        None => {}
    }
    if let Some(error) = &connected.list {
        log.problem(check("", "the list of blueprints", "everything"), problem(error, examination));
    }
}

fn problem(error: &CatalogError, examination: &Examination<'_>) -> Problem {
    let made = |error_name, missing, summary: &str| Problem {
        error: error_name,
        missing,
        scope: String::new(),
        summary: summary.to_owned(),
        said: error.refusal().map(|refusal| refusal.message.clone()).filter(|message| !message.is_empty()),
        place: None,
        remedy: error.help().unwrap_or_else(|| "check the settings of the catalog".to_owned()),
        page: None,
        curl: Some(sign_in(examination)),
        is_needed: true,
    };
    match error {
        CatalogError::Setting { .. } | CatalogError::Unsendable { .. } => {
            made(ErrorName::InvalidSettings, Missing::Setting, &error.to_string())
        }
        CatalogError::Credentials { refusal, .. } if refusal.status == 404 => {
            made(ErrorName::NoResource, Missing::Setting, "the address is not that of the catalog's API")
        }
        CatalogError::Credentials { .. } => {
            made(ErrorName::InvalidCredentials, Missing::Credential, "the catalog does not accept the client id and secret")
        }
        CatalogError::Refused { refusal, .. } if refusal.status == 401 => {
            made(ErrorName::InvalidCredentials, Missing::Credential, "the catalog does not accept the client id and secret")
        }
        CatalogError::Refused { refusal, .. } if refusal.status == 403 => {
            made(ErrorName::InvalidPermissions, Missing::Permission, "the catalog's credentials may not do this")
        }
        CatalogError::Unreachable { cause, .. } => {
            let pages = Pages::of("");
            let about = About {
                owner: "",
                is_enterprise: false,
                right: Right::Profile,
                kind: CredentialKind::Unknown,
                pages: &pages,
                is_needed: true,
                is_server: false,
            };
            unreachable(cause.kind, &cause.to_string(), "the catalog", &about)
        }
        CatalogError::Unavailable { refusal, .. } if refusal.status == 429 => {
            made(ErrorName::RateLimited, Missing::Patience, "the catalog's rate limit is used up")
        }
        CatalogError::Unavailable { .. } => made(ErrorName::InternalError, Missing::Patience, "the catalog is not well"),
        CatalogError::Refused { .. } | CatalogError::Misunderstood { .. } => {
            made(ErrorName::InternalError, Missing::Resource, "the catalog does not answer as its API does")
        }
    }
}

/// Signing in, for a terminal. The secret is a variable in it.
fn sign_in(examination: &Examination<'_>) -> String {
    let CatalogPlace::Remote { client_id, .. } = &examination.catalog else { return String::new() };
    let body = format!(r#"{{\"clientId\":\"{client_id}\",\"clientSecret\":\"$PORT_CLIENT_SECRET\"}}"#);
    let address = examination.catalog_address.trim_end_matches('/');
    format!("curl -sSi -H \"Content-Type: application/json\" -d \"{body}\" '{address}/v1/auth/access_token'")
}

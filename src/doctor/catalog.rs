//! Checks of the catalog: sign-in, integration, blueprints.

use serde_json::Value;

use super::diagnosis::{DiagnosisBuilder, check};
use super::judge::{RequestContext, unreachable};
use super::pages::Pages;
use super::{Examination, ExaminedCatalog, github};
use crate::catalog::{CatalogError, Integration};
use crate::github::CredentialKind;
use crate::kind::Right;
use crate::model::blueprint::Blueprint;
use crate::model::diagnosis::{Check, CheckResult, ErrorName, MissingRequirement, Problem};

/// Answers of the catalog.
#[derive(Debug, Default)]
pub(super) struct CatalogAnswers {
    integration: Option<Result<Option<Integration>, CatalogError>>,
    list: Option<CatalogError>,
    /// Blueprints, when they could be read.
    pub(super) blueprints: Option<Vec<Blueprint>>,
}

impl CatalogAnswers {
    /// Mapping of the integration, when it has one.
    pub(super) fn mapping(&self) -> Option<&Value> {
        let integration = self.integration.as_ref()?.as_ref().ok()?.as_ref()?;
        integration.config.as_ref().filter(|config| !config.is_null())
    }
}

/// Reads the integration and the blueprints. Writes nothing.
pub(super) async fn connect(place: &ExaminedCatalog<'_>) -> CatalogAnswers {
    let catalog = match place {
        ExaminedCatalog::Remote { catalog, .. } => catalog,
        ExaminedCatalog::Embedded { blueprints } => {
            return CatalogAnswers { blueprints: Some(blueprints.clone().unwrap_or_default()), ..CatalogAnswers::default() };
        }
    };
    let integration = catalog.integration().await;
    if integration.is_err() {
        return CatalogAnswers { integration: Some(integration), ..CatalogAnswers::default() };
    }
    let (blueprints, list) = match catalog.blueprints().await {
        Ok(blueprints) => (Some(blueprints), None),
        Err(error) => (None, Some(error)),
    };
    CatalogAnswers { integration: Some(integration), list, blueprints }
}

/// Reports the answers, except for whether blueprints fit.
pub(super) fn report(examination: &Examination<'_>, answers: &CatalogAnswers, diagnosis: &mut DiagnosisBuilder) {
    diagnosis.enter("catalog", examination.catalog_address);
    let (dates, client_id) = match &examination.catalog {
        ExaminedCatalog::Remote { dates, client_id, .. } => (dates, client_id),
        ExaminedCatalog::Embedded { blueprints } => {
            let state = if blueprints.is_some() { "is there" } else { "does not exist yet; the first resync creates it" };
            diagnosis.fact("embedded", state);
            return;
        }
    };
    diagnosis.fact("client id", (*client_id).to_owned());
    if let Some((theirs, ours)) = dates.last() {
        github::clock(theirs, ours, "the catalog", diagnosis);
    }
    let sign_in = check("", "sign in", "everything");
    let integration = check("", "the integration", "ownership of entities, and the mapping");
    match &answers.integration {
        Some(Ok(found)) => {
            diagnosis.check(sign_in);
            let note = match found {
                Some(_) if answers.mapping().is_some() => "exists, with a mapping",
                Some(_) => "exists, without a mapping",
                None => "does not exist yet; the first resync creates it",
            };
            diagnosis.check(Check { note: Some(note.to_owned()), ..integration });
        }
        Some(Err(error)) => {
            let is_later = matches!(error, CatalogError::Refused { .. } | CatalogError::UnexpectedAnswer { .. });
            let row = if is_later { integration.clone() } else { sign_in.clone() };
            if is_later {
                diagnosis.check(sign_in);
            }
            diagnosis.problem(row, problem(error, examination));
            let skipped =
                Check { result: CheckResult::Skipped, note: Some("see above".to_owned()), ..check("", "blueprints", "") };
            diagnosis.check(skipped);
        }
        None => {}
    }
    if let Some(error) = &answers.list {
        diagnosis.problem(check("", "the list of blueprints", "everything"), problem(error, examination));
    }
}

fn problem(error: &CatalogError, examination: &Examination<'_>) -> Problem {
    let remedy = || error.help().unwrap_or_else(|| "check the settings of the catalog".to_owned());
    let made = |error_name, missing, summary: &str| Problem {
        said: error.refusal().map(|refusal| refusal.message.clone()).filter(|message| !message.is_empty()),
        curl: Some(sign_in(examination)),
        ..Problem::new(error_name, missing, summary, remedy())
    };
    match error {
        CatalogError::Setting { .. } | CatalogError::Unsendable { .. } => {
            made(ErrorName::InvalidSettings, MissingRequirement::Setting, &error.to_string())
        }
        CatalogError::Credentials { refusal, .. } if refusal.status == 404 => {
            made(ErrorName::NoResource, MissingRequirement::Setting, "the address is not that of the catalog's API")
        }
        CatalogError::Credentials { .. } => made(
            ErrorName::InvalidCredentials,
            MissingRequirement::Credential,
            "the catalog does not accept the client id and secret",
        ),
        CatalogError::Refused { refusal, .. } if refusal.status == 401 => made(
            ErrorName::InvalidCredentials,
            MissingRequirement::Credential,
            "the catalog does not accept the client id and secret",
        ),
        CatalogError::Refused { refusal, .. } if refusal.status == 403 => {
            made(ErrorName::InvalidPermissions, MissingRequirement::Permission, "the catalog's credentials lack the permission")
        }
        CatalogError::Unreachable { cause, .. } => {
            let pages = Pages::of("");
            let about = RequestContext {
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
            made(ErrorName::RateLimited, MissingRequirement::Patience, "the catalog's rate limit is used up")
        }
        CatalogError::Unavailable { .. } => {
            made(ErrorName::InternalError, MissingRequirement::Patience, "the catalog has a server error")
        }
        CatalogError::Refused { .. } | CatalogError::UnexpectedAnswer { .. } => {
            made(ErrorName::InternalError, MissingRequirement::Resource, "the catalog does not answer in the form of its API")
        }
    }
}

/// Command for signing in from a terminal. The secret is a variable in it.
fn sign_in(examination: &Examination<'_>) -> String {
    let ExaminedCatalog::Remote { client_id, .. } = &examination.catalog else { return String::new() };
    let body = format!(r#"{{\"clientId\":\"{client_id}\",\"clientSecret\":\"$PORT_CLIENT_SECRET\"}}"#);
    let address = examination.catalog_address.trim_end_matches('/');
    format!("curl -sSi -H \"Content-Type: application/json\" -d \"{body}\" '{address}/v1/auth/access_token'")
}

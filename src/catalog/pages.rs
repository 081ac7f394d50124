//! Pages and scorecards of the portal: reading, creating and replacing one. They are taken and given as the API has them.

use http::Method;
use serde_json::Value;

use super::Catalog;
use super::call::{Call, is_invalid_segment};
use super::error::CatalogError;

/// Address of a page or a scorecard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PortalAddress<'a> {
    /// A page.
    Page(&'a str),
    /// A scorecard of a blueprint.
    Scorecard {
        /// Identifier of the blueprint.
        blueprint: &'a str,
        /// Identifier of the scorecard.
        identifier: &'a str,
    },
}

impl<'a> PortalAddress<'a> {
    /// Path of the list that it is in.
    fn list(self) -> Vec<&'a str> {
        match self {
            Self::Page(_) => vec!["pages"],
            Self::Scorecard { blueprint, .. } => vec!["blueprints", blueprint, "scorecards"],
        }
    }

    fn identifier(self) -> &'a str {
        match self {
            Self::Page(identifier) | Self::Scorecard { identifier, .. } => identifier,
        }
    }

    fn path(self) -> Vec<&'a str> {
        let mut path = self.list();
        path.push(self.identifier());
        path
    }

    /// Key of the document in an answer, which is also its name in messages.
    fn key(self) -> &'static str {
        match self {
            Self::Page(_) => "page",
            Self::Scorecard { .. } => "scorecard",
        }
    }

    fn attempt(self, verb: &str) -> String {
        format!("{verb} {} `{}`", self.key(), self.identifier())
    }
}

impl Catalog {
    /// Reads a page or a scorecard. None: it does not exist.
    ///
    /// # Errors
    /// The catalog refuses or does not answer.
    pub async fn portal_document(&self, address: PortalAddress<'_>) -> Result<Option<Value>, CatalogError> {
        // Such a name cannot be sent, and nothing has it.
        if address.path().into_iter().any(is_invalid_segment) {
            return Ok(None);
        }
        let call = Call::new(Method::GET, &address.path(), address.attempt("read"));
        match self.shared.send(&call).await {
            Ok(answer) => Ok(answer.read::<Value>(&call)?.get_mut(address.key()).map(Value::take)),
            Err(error) if error.refusal().is_some_and(super::CatalogRefusal::is_missing) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Creates a page or a scorecard. False: there is one of that name already, which is not changed. No entity depends on either.
    ///
    /// # Errors
    /// The catalog refuses or does not answer.
    pub async fn create_portal_document(&self, address: PortalAddress<'_>, body: &Value) -> Result<bool, CatalogError> {
        let call = Call::new(Method::POST, &address.list(), address.attempt("create")).json(body).exporter();
        match self.shared.send(&call.needs_no_answer()).await {
            Ok(_) => Ok(true),
            // Another process created it in the meantime, or the answer to a first attempt got lost.
            Err(error) if error.refusal().is_some_and(super::CatalogRefusal::is_taken) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Replaces a page or a scorecard as a whole.
    ///
    /// # Errors
    /// The catalog refuses, for instance because there is none of that name, or does not answer.
    pub async fn replace_portal_document(&self, address: PortalAddress<'_>, body: &Value) -> Result<(), CatalogError> {
        let call = Call::new(Method::PUT, &address.path(), address.attempt("replace")).json(body).exporter();
        self.shared.send(&call.needs_no_answer()).await.map(|_| ())
    }
}

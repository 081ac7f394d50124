//! Pages and scorecards of a new integration in the portal, among them the page that Ocean creates. They are created once, at the
//! first start, when the mapping writes to every blueprint that they show; an existing one of that name is never changed. A refusal
//! of the catalog is only logged.

use std::time::Duration;

use crate::catalog::{CatalogError, PortalAddress};
use crate::portal::{self, DocumentType, PortalDocument};
use crate::resync::Resync;

/// Creates the missing pages and scorecards that would show entities of this mapping.
pub(super) async fn create(resync: &Resync, at_most: Duration) {
    let documents: Vec<PortalDocument> =
        portal::bundled().into_iter().filter(|document| shows_entities(resync, document)).collect();
    if documents.is_empty() {
        return;
    }
    tokio::select! {
        biased;
        () = create_missing(resync, &documents) => {}
        () = resync.clock.sleep(at_most) => tracing::warn!("cannot create the pages at the catalog: it did not answer in time; entities do not depend on them"),
    }
}

/// True when the mapping writes to every blueprint of the document. Without entities of one it would stay empty.
fn shows_entities(resync: &Resync, document: &PortalDocument) -> bool {
    let is_written = |name: &String| resync.resources.iter().any(|resource| resource.blueprint_constant() == Some(name));
    document.blueprints().iter().all(is_written)
}

async fn create_missing(resync: &Resync, documents: &[PortalDocument]) {
    for document in documents {
        let name = document.identifier.as_str();
        let document_type = document.document_type.name();
        match create_one(resync, document).await {
            Ok(true) => tracing::info!(name, "the {document_type} was created at the catalog"),
            Ok(false) => {}
            Err(error) => {
                tracing::warn!(%error, name, "cannot create the {document_type} at the catalog; entities do not depend on it");
            }
        }
    }
}

/// True: it was created. False: it already exists.
async fn create_one(resync: &Resync, document: &PortalDocument) -> Result<bool, CatalogError> {
    let identifier = document.identifier.as_str();
    let address = match (document.document_type, &document.blueprint) {
        (DocumentType::Scorecard, Some(blueprint)) => PortalAddress::Scorecard { blueprint, identifier },
        _ => PortalAddress::Page(identifier),
    };
    if resync.catalog.portal_document(address).await?.is_some() {
        return Ok(false);
    }
    resync.catalog.create_portal_document(address, &document.body).await
}

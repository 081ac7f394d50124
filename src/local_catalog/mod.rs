//! The local catalog: Port's HTTP API over SQLite. A resync without credentials for Port writes to it; other clients of that
//! API can use it too.
//!
//! ```text
//!   request ──► api/ ──► job ──► storage/: one writer, group commit ──► answer after the commit
//!                │                  ▲ upsert, delete: entities, relations, dependents
//!                │                  ▲ validate/: checks against the blueprint (pure)
//!                └────► read ──► search ──► rules/ (pure) ──► projection (pure) ──► answer
//! ```
//!
//! | subject | where |
//! | --- | --- |
//! | routes, one file per subject | `api` |
//! | tables, statements, writer, lock | `storage` |
//! | creating, updating and deleting entities | `upsert`, `delete` |
//! | finding entities, and writing them in answers | `search`, `rules`, `projection` |
//! | rules of blueprints | `validate` |
//! | writers of entities, and access | `datasource`, `token` |
//! | reading from outside the server, and resetting | `reader` |
//! | looking through it page by page | `browse` |
//! | entities that name a person | `people` |
//! | calculation properties | `calculation` |
//!
//! Values are kept as they were sent, null included. Calculation properties are computed when entities are read, mirror and aggregation
//! properties are kept in blueprints and not computed.

mod api;
mod browse;
mod calculation;
mod datasource;
mod delete;
mod error;
mod fields;
mod people;
mod projection;
mod reader;
mod rules;
mod search;
mod storage;
#[cfg(test)]
mod tests;
mod timestamp;
mod token;
mod unusable;
mod upsert;
mod validate;

use std::fmt;
use std::sync::Arc;

use crate::door::clock::Clock;
use crate::model::secret::Secret;
use storage::Database;
use token::Tokens;
use upsert::ValidationOptions;

pub use browse::{BrowsePage, BrowseRequest, BrowseRule, PageStart, RelatedEntity};
pub use calculation::{CalculatedProperty, Calculator};
pub use people::{forget_entities, named_entities};
pub use reader::{BlueprintSummary, EntityPage, EntityPageRequest, LocalCatalogReader, StoredEntity, last_write, reset};
pub use storage::{Storage, Traces};
pub use token::TokenOptions;
pub use unusable::LocalCatalogError;

/// Options of a local catalog.
#[derive(Clone, Debug)]
pub struct LocalCatalogOptions {
    /// Storage.
    pub storage: Storage,
    /// Entities must match their blueprints. Without it everything is stored, and only an identifier without text (null, a
    /// list) is refused.
    pub validation: bool,
    /// Properties that a blueprint does not have are stored. No effect without `validation`.
    pub accept_unknown_properties: bool,
    /// Clock for the expiry of tokens and the times of entities.
    pub clock: Clock,
    /// The only client id and secret that get a token. Without one everybody gets a token.
    pub credentials: Option<(String, Secret)>,
    /// Lifetime of tokens.
    pub tokens: TokenOptions,
    /// What may stay in the file of what is replaced or removed.
    pub traces: Traces,
}

impl LocalCatalogOptions {
    /// Options with validation and without credentials.
    pub fn new(storage: Storage, clock: Clock) -> Self {
        let tokens = TokenOptions::default();
        Self {
            storage,
            validation: true,
            accept_unknown_properties: false,
            clock,
            credentials: None,
            tokens,
            traces: Traces::default(),
        }
    }
}

/// An open catalog with the right to write. Cheap to clone. The folder is released when the last clone and the last router are
/// dropped; everything that was answered is in the file by then.
#[derive(Clone)]
pub struct LocalCatalog {
    shared: Arc<CatalogState>,
}

/// State that all routers of a catalog share.
struct CatalogState {
    database: Database,
    clock: Clock,
    validation_options: ValidationOptions,
    credentials: Option<(String, Secret)>,
    tokens: Tokens,
}

impl LocalCatalog {
    /// Opens a catalog. Creates a missing one.
    ///
    /// # Errors
    /// Another process writes to the folder, or the folder or file cannot be used.
    pub fn open(options: LocalCatalogOptions) -> Result<Self, LocalCatalogError> {
        let LocalCatalogOptions { storage, validation, accept_unknown_properties, clock, credentials, tokens, traces } = options;
        let validation_options = ValidationOptions { validation, accept_unknown_properties };
        let database = Database::open(&storage, traces)?;
        let tokens = Tokens::new(tokens);
        Ok(Self { shared: Arc::new(CatalogState { database, clock, validation_options, credentials, tokens }) })
    }

    /// Router of the API. `public_url` is its address for clients, such as `http://127.0.0.1:4000`: answers hold URLs of the
    /// API.
    pub fn router(&self, public_url: &str) -> axum::Router {
        api::router(Arc::clone(&self.shared), public_url)
    }
}

impl fmt::Debug for LocalCatalog {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("LocalCatalog").field("strictness", &self.shared.validation_options).finish_non_exhaustive()
    }
}

//! The embedded catalog: Port's HTTP API, served over SQLite. With no credentials for Port a resync writes here; any other
//! client of that API can use it too.
//!
//! ```text
//!   request ──► api/ ──► job ──► storage/: one writer, group commit ──► answer after the commit
//!                │                  ▲ upsert, delete: what is kept, related, dependent
//!                │                  ▲ validate/: does it fit the blueprint? (pure)
//!                └────► read ──► search ──► rules/ (pure) ──► projection (pure) ──► answer
//! ```
//!
//! | what | where |
//! | --- | --- |
//! | the routes, one file per subject | `api` |
//! | tables, statements, writer, lock | `storage` |
//! | creating, updating and deleting entities | `upsert`, `delete` |
//! | finding entities, and how they are written in answers | `search`, `rules`, `projection` |
//! | what fits a blueprint | `validate` |
//! | who wrote what | `datasource`, `token` |
//! | looking in from outside the server, and starting anew | `reader` |
//!
//! Values are kept as they were sent, null included. Calculation, mirror and aggregation properties are kept in blueprints
//! and not computed.

mod api;
mod datasource;
mod delete;
mod error;
mod fields;
mod moment;
mod projection;
mod reader;
mod rules;
mod search;
mod storage;
#[cfg(test)]
mod tests;
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
use upsert::Strictness;

pub use reader::{BlueprintSummary, EntityPage, EntityPageRequest, LocalCatalogReader, StoredEntity, reset};
pub use storage::Storage;
pub use token::TokenOptions;
pub use unusable::LocalCatalogError;

/// How a local catalog is opened.
#[derive(Clone, Debug)]
pub struct LocalCatalogOptions {
    /// Where it is kept.
    pub storage: Storage,
    /// Whether entities must fit their blueprints. When not, whatever is sent is stored, and only an identifier that has no
    /// text (null, a list) is refused.
    pub validation: bool,
    /// Whether properties that a blueprint does not know are stored all the same. No effect without `validation`.
    pub accept_unknown_properties: bool,
    /// What moments are taken from: tokens expire and entities are stamped by it.
    pub clock: Clock,
    /// The one client id and secret that get a token; `None` gives one to everybody.
    pub credentials: Option<(String, Secret)>,
    /// How long tokens are good.
    pub tokens: TokenOptions,
}

impl LocalCatalogOptions {
    /// A catalog that validates and lets everybody in.
    pub fn new(storage: Storage, clock: Clock) -> Self {
        let tokens = TokenOptions::default();
        Self { storage, validation: true, accept_unknown_properties: false, clock, credentials: None, tokens }
    }
}

/// An open catalog, with the right to write. Cheap to clone; the folder is let go when the last clone and the last router are
/// dropped, and everything that was answered is in the file by then.
#[derive(Clone)]
pub struct LocalCatalog {
    shared: Arc<Shared>,
}

/// What every request of every router of a catalog uses.
struct Shared {
    database: Database,
    clock: Clock,
    strictness: Strictness,
    credentials: Option<(String, Secret)>,
    tokens: Tokens,
}

impl LocalCatalog {
    /// Opens a catalog and makes it when there is none.
    ///
    /// # Errors
    /// When another process writes to the folder, or folder or file cannot be used.
    pub fn open(options: LocalCatalogOptions) -> Result<Self, LocalCatalogError> {
        let LocalCatalogOptions { storage, validation, accept_unknown_properties, clock, credentials, tokens } = options;
        let strictness = Strictness { validation, accept_unknown_properties };
        let database = Database::open(&storage)?;
        let tokens = Tokens::new(tokens);
        Ok(Self { shared: Arc::new(Shared { database, clock, strictness, credentials, tokens }) })
    }

    /// The API. `public_url` is where clients reach it, such as `http://127.0.0.1:4000`: the API gives out URLs of its own.
    pub fn router(&self, public_url: &str) -> axum::Router {
        api::router(Arc::clone(&self.shared), public_url)
    }
}

impl fmt::Debug for LocalCatalog {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("LocalCatalog").field("strictness", &self.shared.strictness).finish_non_exhaustive()
    }
}

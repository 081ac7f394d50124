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
//!
//! Values are kept as they were sent, null included. Calculation, mirror and aggregation properties are kept in blueprints and
//! not computed.

mod api;
mod datasource;
mod delete;
mod error;
mod fields;
mod projection;
mod reader;
mod rules;
mod search;
mod storage;
#[cfg(test)]
mod tests;
mod timestamp;
mod token;
mod upsert;
mod validate;

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use crate::door::clock::Clock;
use crate::model::secret::Secret;
use storage::Database;
use token::Tokens;
use upsert::ValidationOptions;

pub use reader::{BlueprintSummary, LocalCatalogReader, StoredEntity, reset};
pub use storage::Storage;
pub use token::TokenOptions;

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
}

impl LocalCatalogOptions {
    /// Options with validation and without credentials.
    pub fn new(storage: Storage, clock: Clock) -> Self {
        let tokens = TokenOptions::default();
        Self { storage, validation: true, accept_unknown_properties: false, clock, credentials: None, tokens }
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

/// Error of opening or reading a catalog.
#[derive(Debug, thiserror::Error)]
pub enum LocalCatalogError {
    /// Another process is using it.
    #[error(
        "cannot open the local catalog in `{}`: another process is using it; wait for it to end or stop it, or name another folder with --data", folder.display()
    )]
    Locked {
        /// Folder.
        folder: PathBuf,
    },
    /// The folder cannot be used.
    #[error("cannot use the folder `{}` for the local catalog; name another one with --data", folder.display())]
    Folder {
        /// Folder.
        folder: PathBuf,
        /// Error of the operating system.
        source: std::io::Error,
    },
    /// The permissions of this user are not sufficient.
    #[error(
        "cannot open the local catalog `{}`: this user may not read it, or not write to its folder; change the permissions, or name another folder with --data", file.display()
    )]
    Denied {
        /// File.
        file: PathBuf,
        /// Error of SQLite.
        source: rusqlite::Error,
    },
    /// SQLite cannot use the file.
    #[error("cannot read the local catalog `{}`; if it is damaged, `catalog reset` deletes it", file.display())]
    Database {
        /// File.
        file: PathBuf,
        /// Error of SQLite.
        source: rusqlite::Error,
    },
    /// A newer version of this program made the file.
    #[error(
        "cannot read the local catalog `{}`: a newer version of pilotage made it (format {found}, this one knows {known}); use that version, or another folder with --data", file.display()
    )]
    Newer {
        /// File.
        file: PathBuf,
        /// Version of its tables.
        found: i64,
        /// Newest version that this program knows.
        known: i64,
    },
    /// Another program made the file, or it has no tables yet.
    #[error("cannot read the local catalog `{}`: it has format {found}, which no version of pilotage writes; name another folder with --data", file.display())]
    Version {
        /// File.
        file: PathBuf,
        /// Version of its tables.
        found: i64,
    },
    /// The name belongs to something other than a regular file.
    #[error("cannot open the local catalog `{}`", file.display())]
    File {
        /// File.
        file: PathBuf,
        /// Error with the type of the entry.
        source: std::io::Error,
    },
    /// The folder is read-only, and the catalog in it needs a recovery first.
    #[error(
        "cannot read the local catalog `{}`: its folder is read-only, and the last writer did not close it; open it once with write access, or copy it to a writable folder", file.display()
    )]
    LeftOpen {
        /// File.
        file: PathBuf,
    },
    /// No catalog exists there.
    #[error("there is no local catalog in `{}`; `resync` or `demo` makes one, or name its folder with --data", folder.display())]
    Missing {
        /// Folder.
        folder: PathBuf,
    },
    /// A stored value is unreadable.
    #[error("cannot read the local catalog: {message}")]
    Unreadable {
        /// Value and reason.
        message: String,
    },
}

impl LocalCatalog {
    /// Opens a catalog. Creates a missing one.
    ///
    /// # Errors
    /// Another process writes to the folder, or the folder or file cannot be used.
    pub fn open(options: LocalCatalogOptions) -> Result<Self, LocalCatalogError> {
        let LocalCatalogOptions { storage, validation, accept_unknown_properties, clock, credentials, tokens } = options;
        let validation_options = ValidationOptions { validation, accept_unknown_properties };
        let database = Database::open(&storage)?;
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

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
mod upsert;
mod validate;

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use crate::door::clock::Clock;
use crate::model::secret::Secret;
use storage::Database;
use token::Tokens;
use upsert::Strictness;

pub use reader::{BlueprintSummary, LocalCatalogReader, StoredEntity, reset};
pub use storage::Storage;
pub use token::TokenOptions;

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

/// What keeps a catalog from being opened.
#[derive(Debug, thiserror::Error)]
pub enum LocalCatalogError {
    /// Another process has it.
    #[error(
        "cannot open the local catalog in `{}`: another process is using it; wait for it to end or stop it, or name another folder with --data", folder.display()
    )]
    Locked {
        /// The folder.
        folder: PathBuf,
    },
    /// The folder cannot be used.
    #[error("cannot use the folder `{}` for the local catalog; name another one with --data", folder.display())]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// What the operating system says.
        source: std::io::Error,
    },
    /// The rights of this user do not allow it.
    #[error(
        "cannot open the local catalog `{}`: this user may not read it, or not write to its folder; change that, or name another folder with --data", file.display()
    )]
    Denied {
        /// The file.
        file: PathBuf,
        /// What SQLite says.
        source: rusqlite::Error,
    },
    /// SQLite cannot use the file.
    #[error("cannot read the local catalog `{}`; if it is damaged, `catalog reset` starts anew", file.display())]
    Database {
        /// The file.
        file: PathBuf,
        /// What SQLite says.
        source: rusqlite::Error,
    },
    /// A newer version of this program made the file.
    #[error(
        "cannot read the local catalog `{}`: a newer version of pilotage made it (format {found}, this one knows {known}); use that version, or another folder with --data", file.display()
    )]
    Newer {
        /// The file.
        file: PathBuf,
        /// The version of its tables.
        found: i64,
        /// The newest version that is known here.
        known: i64,
    },
    /// Something else made the file, or it has no tables yet.
    #[error("cannot read the local catalog `{}`: it has format {found}, which no version of pilotage writes; name another folder with --data", file.display())]
    Version {
        /// The file.
        file: PathBuf,
        /// The version of its tables.
        found: i64,
    },
    /// Its name is that of something else than a file.
    #[error("cannot open the local catalog `{}`", file.display())]
    File {
        /// The file.
        file: PathBuf,
        /// What is there.
        source: std::io::Error,
    },
    /// The folder can only be read, and its catalog needs to be put in order first.
    #[error(
        "cannot read the local catalog `{}`: its folder can only be read, and whoever wrote last did not close it; open it once where it can be written to, or copy the folder there", file.display()
    )]
    LeftOpen {
        /// The file.
        file: PathBuf,
    },
    /// There is nothing to read.
    #[error("there is no local catalog in `{}`; `resync` or `demo` makes one, or name its folder with --data", folder.display())]
    Missing {
        /// The folder.
        folder: PathBuf,
    },
    /// Something stored cannot be understood.
    #[error("cannot read the local catalog: {message}")]
    Unreadable {
        /// What and why.
        message: String,
    },
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

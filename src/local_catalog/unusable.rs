//! Errors of opening and reading a catalog.

use std::path::PathBuf;

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
    #[error("there is no local catalog in `{}`; `resync` makes one; --demo looks at the one of `demo`, --data at that of another folder", folder.display())]
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
    /// The query is none.
    #[error("cannot search the local catalog: {message}")]
    Query {
        /// Message of the error.
        message: String,
    },
}

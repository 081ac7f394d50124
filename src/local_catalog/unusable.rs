//! What keeps a catalog from being opened or read.

use std::path::PathBuf;

/// What keeps a catalog from being opened or read.
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
    /// What was asked for is no query.
    #[error("cannot search the local catalog: {message}")]
    Query {
        /// What is wrong with it.
        message: String,
    },
}

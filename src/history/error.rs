//! Reasons for which the history cannot be opened, written or read.

use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;

use super::schema::FORMAT;
use crate::door::sqlite::OpenError;

/// A failure of the history. The file is named in each.
#[derive(Debug, thiserror::Error)]
pub enum HistoryError {
    /// The folder cannot be made.
    #[error("cannot make the data folder `{}`", folder.display())]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// SQLite refuses.
    #[error("cannot use the history `{}`", file.display())]
    Database {
        /// The file.
        file: PathBuf,
        /// Why.
        source: rusqlite::Error,
    },
    /// The file is no regular file.
    #[error("cannot open the history `{}`", file.display())]
    File {
        /// The file.
        file: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A newer version of this program made it.
    #[error(
        "cannot use the history `{}`: a newer version of pilotage made it (format {found}, this one knows {known}); \
         use that version, or another folder with --data",
        file.display()
    )]
    Newer {
        /// The file.
        file: PathBuf,
        /// Its format.
        found: i64,
        /// The newest format that is known.
        known: i64,
    },
    /// The file can only be read, and whoever wrote it did not close it.
    #[error("cannot read the history `{}`: it was not closed and cannot be written; open it once where it can be written", file.display())]
    LeftOpen {
        /// The file.
        file: PathBuf,
    },
    /// What is in the file is none of ours.
    #[error("the history `{}` is damaged: {what}; `pilotage history rebuild` makes a new one of the report cache", file.display())]
    Damaged {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        what: String,
    },
}

impl HistoryError {
    pub(super) fn database(file: &Path) -> impl Fn(rusqlite::Error) -> Self + '_ {
        |source| Self::of(file, source)
    }

    /// The failure that SQLite names: a file that is not SQLite's, or not as it was left, is damaged.
    fn of(file: &Path, source: rusqlite::Error) -> Self {
        let file = file.to_owned();
        match source.sqlite_error_code() {
            Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => Self::Damaged { file, what: source.to_string() },
            _ => Self::Database { file, source },
        }
    }

    pub(super) fn opening(file: &Path, error: OpenError) -> Self {
        let name = file;
        let file = file.to_owned();
        match error {
            OpenError::Database(source) => Self::of(name, source),
            OpenError::Version { found } if found > FORMAT.version => Self::Newer { file, found, known: FORMAT.version },
            OpenError::Version { found } => Self::Damaged { file, what: format!("its format is {found}") },
            OpenError::File(source) => Self::File { file, source },
            OpenError::LeftOpen => Self::LeftOpen { file },
        }
    }
}

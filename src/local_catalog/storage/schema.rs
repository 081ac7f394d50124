//! Tables, and opening connections.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, ErrorCode, OpenFlags};

use crate::door::data_folder;

/// Version of [`TABLES`], stored in the file. It increases with each change. Files of older versions are to be migrated here;
/// those of newer versions are refused.
pub(crate) const VERSION: i64 = 1;

/// Prepared statements that a connection keeps: more than the number of statements here.
const STATEMENTS: usize = 64;

/// Pages of 8 KiB hold about ten entities. The size of the cache follows from the memory limit of a resync.
const SETTINGS: &str = "
    PRAGMA page_size = 8192;
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = NORMAL;
    PRAGMA wal_autocheckpoint = 2000;
    PRAGMA cache_size = -8000;
    PRAGMA temp_store = MEMORY;
";

/// Columns that a scan reads come first: SQLite reaches a column after a long text slowly.
///
/// `agent` holds texts that many rows share: user agents and client ids. `related` holds the relations of entities whose target
/// blueprint is known, by target, for finding dependents. `document` holds what is stored and returned unchanged: the
/// integration, pages, scorecards, actions, metrics.
const TABLES: &str = "
    CREATE TABLE blueprint (number INTEGER PRIMARY KEY, identifier TEXT NOT NULL UNIQUE, document TEXT NOT NULL);
    CREATE TABLE agent (number INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE);
    CREATE TABLE entity (
        number INTEGER PRIMARY KEY, blueprint INTEGER NOT NULL, identifier TEXT NOT NULL, datasource INTEGER NOT NULL,
        created_by INTEGER NOT NULL, updated_by INTEGER NOT NULL, created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL,
        title TEXT, icon TEXT, team TEXT, properties TEXT NOT NULL, relations TEXT NOT NULL
    );
    CREATE UNIQUE INDEX entity_identity ON entity (blueprint, identifier);
    CREATE TABLE related (
        target_blueprint INTEGER NOT NULL, target TEXT NOT NULL, source INTEGER NOT NULL,
        PRIMARY KEY (target_blueprint, target, source)
    ) WITHOUT ROWID;
    CREATE INDEX related_source ON related (source);
    CREATE TABLE document (
        kind TEXT NOT NULL, owner TEXT NOT NULL, identifier TEXT NOT NULL, body TEXT NOT NULL,
        PRIMARY KEY (kind, owner, identifier)
    ) WITHOUT ROWID;
    CREATE TABLE log (number INTEGER PRIMARY KEY, integration TEXT NOT NULL, body TEXT NOT NULL);
    CREATE INDEX log_integration ON log (integration);
";

/// Error of opening a file.
pub(crate) enum OpenError {
    /// SQLite cannot open or read it.
    Database(rusqlite::Error),
    /// Another version of this program made it.
    Version { found: i64 },
    /// The name belongs to a link, a pipe or similar.
    File(std::io::Error),
    /// The folder is read-only, and the last writer did not close the file.
    LeftOpen,
}

impl From<rusqlite::Error> for OpenError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Database(error)
    }
}

/// Opens a file for writing. Makes a missing file and missing tables.
pub(crate) fn open_file(path: &Path) -> Result<Connection, OpenError> {
    // SQLite copies the permissions of the file to its log and index, so no more is needed.
    data_folder::make_unopened(path).map_err(OpenError::File)?;
    let path = checked(path)?;
    for suffix in ["-wal", "-shm"] {
        data_folder::tighten_unopened(&beside(&path, suffix)).map_err(OpenError::File)?;
    }
    let connection = Connection::open_with_flags(path, OpenFlags::default() | OpenFlags::SQLITE_OPEN_NOFOLLOW)?;
    // A file of a newer version is not changed, nor are its settings.
    let found = version(&connection)?;
    if found > VERSION {
        return Err(OpenError::Version { found });
    }
    connection.execute_batch(SETTINGS)?;
    prepared(connection, true)
}

/// Path of the file without links above it, which SQLite would not follow. Refused when the file, or one that SQLite keeps
/// beside it, is not a regular file.
fn checked(path: &Path) -> Result<PathBuf, OpenError> {
    for suffix in ["", "-wal", "-shm"] {
        let path = beside(path, suffix);
        match data_folder::check_unopened(&path) {
            // For a folder SQLite has an error of its own.
            Err(error) if error.kind() == std::io::ErrorKind::InvalidInput && (path.is_symlink() || !path.is_dir()) => {
                return Err(OpenError::File(error));
            }
            _ => {}
        }
    }
    let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else { return Ok(path.to_owned()) };
    Ok(folder.canonicalize().map_err(OpenError::File)?.join(name))
}

/// Path of a file that SQLite keeps beside the database.
pub(crate) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// Opens an in-memory catalog for the life of the connection.
pub(crate) fn open_memory() -> Result<Connection, OpenError> {
    prepared(Connection::open_in_memory()?, true)
}

/// Opens a file read-only, also in a read-only folder.
pub(crate) fn open_file_to_read(path: &Path) -> Result<Connection, OpenError> {
    let path = checked(path)?;
    match open_by_name(&path.to_string_lossy(), OpenFlags::empty()) {
        Err(OpenError::Database(error)) if is_denied(&error) => open_unchanging(&path),
        opened => opened,
    }
}

/// Checks whether SQLite could not open a file. It needs an index of its log even for reading, and reports the same when it can
/// neither make nor open that.
pub(crate) fn is_denied(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly))
}

/// Opens a file that nobody changes, without log and index. Entries of a log would be missing, so there must be none.
pub(crate) fn open_unchanging(path: &Path) -> Result<Connection, OpenError> {
    if std::fs::metadata(beside(path, "-wal")).is_ok_and(|log| log.len() > 0) {
        return Err(OpenError::LeftOpen);
    }
    let Ok(mut url) = url::Url::from_file_path(path) else { return Err(OpenError::LeftOpen) };
    url.set_query(Some("immutable=1"));
    open_by_name(url.as_str(), OpenFlags::SQLITE_OPEN_URI)
}

fn open_by_name(name: &str, more: OpenFlags) -> Result<Connection, OpenError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_NOFOLLOW | more;
    let connection = Connection::open_with_flags(name, flags)?;
    connection.execute_batch("PRAGMA cache_size = -1000; PRAGMA temp_store = MEMORY;")?;
    prepared(connection, false)
}

fn version(connection: &Connection) -> rusqlite::Result<i64> {
    connection.query_row("PRAGMA user_version", [], |row| row.get(0))
}

fn prepared(connection: Connection, create: bool) -> Result<Connection, OpenError> {
    // Recoveries and checkpoints hold the log for moments only.
    connection.busy_timeout(std::time::Duration::from_secs(5))?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    let mut found = version(&connection)?;
    if found == 0 && create {
        connection.execute_batch(&format!("BEGIN; {TABLES} PRAGMA user_version = {VERSION}; COMMIT;"))?;
        found = version(&connection)?;
    }
    if found == VERSION { Ok(connection) } else { Err(OpenError::Version { found }) }
}

//! The tables, and opening a connection to them.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, ErrorCode, OpenFlags};

use crate::door::data_folder;

/// The version of [`TABLES`], kept in the file. It grows with every change of them. A file of an older one is to be brought up to date
/// here; one of a newer one is refused.
pub(crate) const VERSION: i64 = 1;

/// Prepared statements that a connection keeps: more than there are in this room.
const STATEMENTS: usize = 64;

/// Pages of 8 KiB hold about ten entities; the cache is what the resync's memory goal leaves for it.
const SETTINGS: &str = "
    PRAGMA page_size = 8192;
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = NORMAL;
    PRAGMA wal_autocheckpoint = 2000;
    PRAGMA cache_size = -8000;
    PRAGMA temp_store = MEMORY;
";

/// Columns that a scan reads come first: what follows a long text in a row is expensive to reach.
///
/// `agent` holds the texts that stand on many rows: user agents and client ids. `related` holds each relation of an entity
/// whose target blueprint is known, the other way round, for finding dependents. `document` holds what is only stored and
/// given back: the integration, pages, scorecards, actions, metrics.
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

/// What can be wrong with a file.
pub(crate) enum OpenError {
    /// SQLite cannot open or read it.
    Database(rusqlite::Error),
    /// It was made by another version of this program.
    Version { found: i64 },
    /// Its name is that of a link, a pipe or the like.
    File(std::io::Error),
    /// It can only be read, and whoever wrote it did not close it.
    LeftOpen,
}

impl From<rusqlite::Error> for OpenError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Database(error)
    }
}

/// Opens a file for writing and makes it and its tables when there are none.
pub(crate) fn open_file(path: &Path) -> Result<Connection, OpenError> {
    // SQLite gives its log and its index the rights of the file, so they need no more than this.
    data_folder::make_unopened(path).map_err(OpenError::File)?;
    let path = checked(path)?;
    for suffix in ["-wal", "-shm"] {
        data_folder::tighten_unopened(&beside(&path, suffix)).map_err(OpenError::File)?;
    }
    let connection = Connection::open_with_flags(path, OpenFlags::default() | OpenFlags::SQLITE_OPEN_NOFOLLOW)?;
    // A newer version's file is left as it is, its settings included.
    let found = version(&connection)?;
    if found > VERSION {
        return Err(OpenError::Version { found });
    }
    connection.execute_batch(SETTINGS)?;
    prepared(connection, true)
}

/// The file's path without a link above it, which SQLite would not follow; refused when the file itself, or what SQLite keeps beside
/// it, is no regular file.
fn checked(path: &Path) -> Result<PathBuf, OpenError> {
    for suffix in ["", "-wal", "-shm"] {
        let path = beside(path, suffix);
        match data_folder::check_unopened(&path) {
            // Of a folder SQLite says itself what is wrong.
            Err(error) if error.kind() == std::io::ErrorKind::InvalidInput && (path.is_symlink() || !path.is_dir()) => {
                return Err(OpenError::File(error));
            }
            _ => {}
        }
    }
    let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else { return Ok(path.to_owned()) };
    Ok(folder.canonicalize().map_err(OpenError::File)?.join(name))
}

/// A file that SQLite keeps beside the database.
pub(crate) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// Opens a catalog that lives as long as the connection.
pub(crate) fn open_memory() -> Result<Connection, OpenError> {
    prepared(Connection::open_in_memory()?, true)
}

/// Opens a file for reading only, also one in a folder that can only be read.
pub(crate) fn open_file_to_read(path: &Path) -> Result<Connection, OpenError> {
    let path = checked(path)?;
    match open_by_name(&path.to_string_lossy(), OpenFlags::empty()) {
        Err(OpenError::Database(error)) if is_denied(&error) => open_unchanging(&path),
        opened => opened,
    }
}

/// Whether SQLite may not open a file. It needs an index of its log beside the database, and makes it even to read: where it can
/// neither be made nor opened it says so, too.
pub(crate) fn is_denied(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly))
}

/// Opens a file that nobody changes, which needs no log and no index. What a log still holds would be missing, so there may be none.
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
    // Whoever recovers or checkpoints the log holds it for moments only.
    connection.busy_timeout(std::time::Duration::from_secs(5))?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    let mut found = version(&connection)?;
    if found == 0 && create {
        connection.execute_batch(&format!("BEGIN; {TABLES} PRAGMA user_version = {VERSION}; COMMIT;"))?;
        found = version(&connection)?;
    }
    if found == VERSION { Ok(connection) } else { Err(OpenError::Version { found }) }
}

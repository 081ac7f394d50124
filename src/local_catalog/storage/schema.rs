//! The tables, and opening a connection to them.

use std::path::Path;

use rusqlite::{Connection, OpenFlags};

/// The version of [`TABLES`], kept in the file. A file of another version is refused, not converted.
const VERSION: i64 = 1;

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
}

impl From<rusqlite::Error> for OpenError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Database(error)
    }
}

/// Opens a file for writing and makes the tables when there are none.
pub(crate) fn open_file(path: &Path) -> Result<Connection, OpenError> {
    let connection = Connection::open(path)?;
    connection.execute_batch(SETTINGS)?;
    prepared(connection, true)
}

/// Opens a catalog that lives as long as the connection.
pub(crate) fn open_memory() -> Result<Connection, OpenError> {
    prepared(Connection::open_in_memory()?, true)
}

/// Opens a file for reading only.
pub(crate) fn open_file_to_read(path: &Path) -> Result<Connection, OpenError> {
    let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.execute_batch("PRAGMA cache_size = -1000; PRAGMA temp_store = MEMORY;")?;
    prepared(connection, false)
}

fn prepared(connection: Connection, create: bool) -> Result<Connection, OpenError> {
    // Whoever recovers or checkpoints the log holds it for moments only.
    connection.busy_timeout(std::time::Duration::from_secs(5))?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    let version = || connection.query_row("PRAGMA user_version", [], |row| row.get::<_, i64>(0));
    let mut found = version()?;
    if found == 0 && create {
        connection.execute_batch(&format!("BEGIN; {TABLES} PRAGMA user_version = {VERSION}; COMMIT;"))?;
        found = version()?;
    }
    if found == VERSION { Ok(connection) } else { Err(OpenError::Version { found }) }
}

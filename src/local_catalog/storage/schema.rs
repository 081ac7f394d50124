//! The tables of the catalog's file. Opening it is [`crate::door::sqlite`].

use crate::door::sqlite::Format;

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
    PRAGMA secure_delete = ON;
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

/// Settings of connections that read.
const READER_SETTINGS: &str = "PRAGMA cache_size = -1000; PRAGMA temp_store = MEMORY;";

/// The format of the catalog's file.
pub(crate) const FORMAT: Format = Format {
    version: VERSION,
    migrations: &[],
    tables: TABLES,
    writer_settings: SETTINGS,
    reader_settings: READER_SETTINGS,
    statements: STATEMENTS,
};

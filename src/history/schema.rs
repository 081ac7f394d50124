//! The tables of the history's file.

use crate::door::sqlite::Format;

/// `fact.content` and `fact.first_content` are deflated. `first_*` is the first reading; its content is kept only once a later
/// one differs. Times are seconds since 1970, days are days since then.
const TABLES: &str = "
    CREATE TABLE scope (
        number INTEGER PRIMARY KEY, host TEXT NOT NULL, level TEXT NOT NULL, name TEXT NOT NULL, UNIQUE (host, level, name)
    );
    CREATE TABLE fact (
        number INTEGER PRIMARY KEY, scope INTEGER NOT NULL, part INTEGER NOT NULL, day INTEGER NOT NULL,
        hash BLOB NOT NULL, content BLOB NOT NULL, read_at INTEGER NOT NULL,
        first_hash BLOB NOT NULL, first_content BLOB, first_read_at INTEGER NOT NULL, changes INTEGER NOT NULL
    );
    CREATE UNIQUE INDEX fact_identity ON fact (scope, part, day);
";

/// The format of the history's file.
pub(super) const FORMAT: Format = Format {
    version: 1,
    tables: TABLES,
    writer_settings: "
        PRAGMA page_size = 8192;
        PRAGMA journal_mode = WAL;
        PRAGMA synchronous = NORMAL;
        PRAGMA cache_size = -2000;
        PRAGMA temp_store = MEMORY;
    ",
    reader_settings: "PRAGMA cache_size = -2000; PRAGMA temp_store = MEMORY;",
    statements: 16,
};

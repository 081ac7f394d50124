//! The tables of the history's file, and the steps from older ones. docs/history.md describes the views for other programs.

use rusqlite::Connection;

use crate::door::sqlite::{Format, Migration};

/// `fact.content` is deflated: a part of a day as it was last read. `hash` is that of what the source wrote, `same_since` the
/// time of the first reading with it, and `same_readings` how many there were. `first_*` is the first reading, `final_values` what the day was when it became final; the
/// values of both are deflated and kept only once a later reading differs. `wants_content` is true for a day whose hash has
/// changed and whose content was not folded then. Times are seconds since 1970, days are days since then.
///
/// `attempt` is the last reading of a day that did not give it, `day` -1 for a report of several days. `floor` is the day before
/// which the source was found to have nothing. `person` gives each person of a host a number, for ever the same: sets of people are sets of these.
const TABLES: &str = "
    CREATE TABLE scope (
        number INTEGER PRIMARY KEY, host TEXT NOT NULL, level TEXT NOT NULL, name TEXT NOT NULL, UNIQUE (host, level, name)
    );
    CREATE TABLE fact (
        number INTEGER PRIMARY KEY, scope INTEGER NOT NULL, part INTEGER NOT NULL, day INTEGER NOT NULL,
        hash BLOB NOT NULL, content BLOB NOT NULL, read_at INTEGER NOT NULL,
        first_hash BLOB NOT NULL, first_values BLOB, first_read_at INTEGER NOT NULL, changes INTEGER NOT NULL,
        same_since INTEGER NOT NULL, same_readings INTEGER NOT NULL, final_at INTEGER, final_values BLOB, restated_at INTEGER,
        wants_content INTEGER NOT NULL DEFAULT 0
    );
    CREATE UNIQUE INDEX fact_identity ON fact (scope, part, day);
    CREATE TABLE attempt (
        scope INTEGER NOT NULL, part INTEGER NOT NULL, day INTEGER NOT NULL, at INTEGER NOT NULL,
        state TEXT NOT NULL, reason TEXT NOT NULL, PRIMARY KEY (scope, part, day)
    ) WITHOUT ROWID;
    CREATE TABLE floor (
        scope INTEGER NOT NULL, part INTEGER NOT NULL, day INTEGER NOT NULL, PRIMARY KEY (scope, part)
    ) WITHOUT ROWID;
    CREATE TABLE person (number INTEGER PRIMARY KEY, host TEXT NOT NULL, id INTEGER NOT NULL, login TEXT, UNIQUE (host, id));
";

/// Version 1 kept aggregates alone, and no time of the first reading with a hash: where the days never changed, that is the
/// first reading of all, else the last one. Days that were final by the rule of then become it by that of today, or are read again.
const FROM_1: &str = "
    ALTER TABLE fact RENAME COLUMN first_content TO first_values;
    ALTER TABLE fact ADD COLUMN same_since INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE fact ADD COLUMN same_readings INTEGER NOT NULL DEFAULT 1;
    ALTER TABLE fact ADD COLUMN final_at INTEGER;
    ALTER TABLE fact ADD COLUMN final_values BLOB;
    ALTER TABLE fact ADD COLUMN restated_at INTEGER;
    ALTER TABLE fact ADD COLUMN wants_content INTEGER NOT NULL DEFAULT 0;
    UPDATE fact SET same_since = CASE changes WHEN 0 THEN first_read_at ELSE read_at END;
    UPDATE fact SET same_readings = 2 WHERE read_at > same_since;
    UPDATE fact SET final_at = read_at
        WHERE read_at / 86400 - day >= 4 AND (same_readings > 1 OR same_since / 86400 - day >= 28);
    CREATE TABLE attempt (
        scope INTEGER NOT NULL, part INTEGER NOT NULL, day INTEGER NOT NULL, at INTEGER NOT NULL,
        state TEXT NOT NULL, reason TEXT NOT NULL, PRIMARY KEY (scope, part, day)
    ) WITHOUT ROWID;
    CREATE TABLE floor (
        scope INTEGER NOT NULL, part INTEGER NOT NULL, day INTEGER NOT NULL, PRIMARY KEY (scope, part)
    ) WITHOUT ROWID;
    CREATE TABLE person (number INTEGER PRIMARY KEY, host TEXT NOT NULL, id INTEGER NOT NULL, login TEXT, UNIQUE (host, id));
";

fn from_1(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute_batch(FROM_1)
}

/// The format of the history's file.
pub(super) const FORMAT: Format = Format {
    version: 2,
    tables: TABLES,
    migrations: &[Migration { from: 1, run: from_1 }],
    writer_settings: "
        PRAGMA page_size = 8192;
        PRAGMA journal_mode = WAL;
        PRAGMA synchronous = NORMAL;
        PRAGMA cache_size = -2000;
        PRAGMA temp_store = MEMORY;
    ",
    reader_settings: "PRAGMA cache_size = -2000; PRAGMA temp_store = MEMORY;",
    statements: 32,
};

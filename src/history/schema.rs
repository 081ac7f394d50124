//! The tables of the history's file, and the steps from older ones. docs/history.md describes the views for other programs.

use rusqlite::{Connection, OptionalExtension};

use super::fact::Part;
use super::{contents, second_form};
use crate::door::sqlite::{Format, Migration};

/// `content` has the contents of facts: a part of a day as it was last read, see [`super::contents`]. `hash` is that of what the source wrote, `same_since` the
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
        hash BLOB NOT NULL, read_at INTEGER NOT NULL,
        first_hash BLOB NOT NULL, first_values BLOB, first_read_at INTEGER NOT NULL, changes INTEGER NOT NULL,
        same_since INTEGER NOT NULL, same_readings INTEGER NOT NULL, final_at INTEGER, final_values BLOB, restated_at INTEGER,
        wants_content INTEGER NOT NULL DEFAULT 0
    );
    CREATE UNIQUE INDEX fact_identity ON fact (scope, part, day);
    CREATE TABLE content (number INTEGER PRIMARY KEY, run BLOB NOT NULL);
    CREATE TRIGGER content_removed AFTER DELETE ON fact BEGIN
        DELETE FROM content WHERE number BETWEEN old.number * 65536 AND old.number * 65536 + 65535;
    END;
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

/// Version 2 had contents in `fact`, where one section could not be read without the others.
fn from_2(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute_batch(
        "DROP TRIGGER IF EXISTS fact_written;
         CREATE TABLE content (number INTEGER PRIMARY KEY, run BLOB NOT NULL);
         CREATE TRIGGER content_removed AFTER DELETE ON fact BEGIN
             DELETE FROM content WHERE number BETWEEN old.number * 65536 AND old.number * 65536 + 65535;
         END;",
    )?;
    let mut after = i64::MIN;
    loop {
        let next = "SELECT number, part, content FROM fact WHERE number > ?1 ORDER BY number LIMIT 1";
        let found =
            connection.prepare_cached(next)?.query_row([after], |row| Ok((row.get(0)?, row.get(1)?, row.get::<_, Vec<u8>>(2)?)));
        let Some((number, part, stored)): Option<(i64, i64, Vec<u8>)> = found.optional()? else { break };
        after = number;
        let part = Part::of_number(part);
        match part.and_then(|part| Some((part, second_form::content(part, &stored)?))) {
            Some((part, content)) => contents::write(connection, number, part, &content)?,
            // As it was: what is damaged stays damaged.
            None => contents::write(connection, number, Part::Seats, &stored)?,
        }
        // Its pages are free for the next one.
        connection.prepare_cached("UPDATE fact SET content = x'' WHERE number = ?1")?.execute([number])?;
    }
    connection.execute_batch("ALTER TABLE fact DROP COLUMN content")
}

/// The format of the history's file.
pub(super) const FORMAT: Format = Format {
    version: 3,
    tables: TABLES,
    migrations: &[Migration { from: 1, run: from_1 }, Migration { from: 2, run: from_2 }],
    writer_settings: "
        PRAGMA page_size = 4096;
        PRAGMA journal_mode = WAL;
        PRAGMA synchronous = NORMAL;
        PRAGMA cache_size = -2000;
        PRAGMA temp_store = MEMORY;
        PRAGMA secure_delete = ON;
    ",
    reader_settings: "PRAGMA cache_size = -2000; PRAGMA temp_store = MEMORY;",
    statements: 32,
};

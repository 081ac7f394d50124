//! Views for other programs that attach the file, such as DuckDB and sqlite3, and what is derived from the tables. docs/history.md
//! describes them.
//!
//! They are no part of the format: whoever writes makes them when they are not there or other ones, and older versions of this
//! program do not look at them. Their SQL is that of SQLite and DuckDB alike, because DuckDB reads the text of a view itself: no
//! function of dates, and no division. So the text of each day is in a table.

use rusqlite::{Connection, OptionalExtension};

use super::fact::Part;

/// The tables behind the views, and what keeps them true. `calendar` has the text of each day of `fact` and `attempt`; `rolled_up`
/// the facts whose people are no longer kept.
const TABLES: &str = "
    CREATE TABLE IF NOT EXISTS calendar (day INTEGER PRIMARY KEY, date TEXT NOT NULL);
    CREATE TABLE IF NOT EXISTS part (number INTEGER PRIMARY KEY, name TEXT NOT NULL);
    CREATE TABLE IF NOT EXISTS rolled_up (fact INTEGER PRIMARY KEY);
    CREATE TRIGGER IF NOT EXISTS fact_added AFTER INSERT ON fact BEGIN
        INSERT OR IGNORE INTO calendar VALUES (new.day, date(new.day * 86400, 'unixepoch'));
    END;
    CREATE TRIGGER IF NOT EXISTS attempt_added AFTER INSERT ON attempt WHEN new.day >= 0 BEGIN
        INSERT OR IGNORE INTO calendar VALUES (new.day, date(new.day * 86400, 'unixepoch'));
    END;
    CREATE TRIGGER IF NOT EXISTS floor_added AFTER INSERT ON floor BEGIN
        INSERT OR IGNORE INTO calendar VALUES (new.day, date(new.day * 86400, 'unixepoch'));
    END;
    CREATE TRIGGER IF NOT EXISTS content_written AFTER INSERT ON content BEGIN
        DELETE FROM rolled_up WHERE fact = new.number / 65536;
    END;
    CREATE TRIGGER IF NOT EXISTS fact_removed AFTER DELETE ON fact BEGIN
        DELETE FROM rolled_up WHERE fact = old.number;
    END;
    INSERT OR IGNORE INTO part VALUES
        (1, 'aggregate'), (2, 'people'), (3, 'teams'), (4, 'seats'), (5, 'billing'), (6, 'repositories'), (7, 'tools');
    INSERT OR IGNORE INTO calendar SELECT DISTINCT day, date(day * 86400, 'unixepoch') FROM fact;
    INSERT OR IGNORE INTO calendar SELECT DISTINCT day, date(day * 86400, 'unixepoch') FROM attempt WHERE day >= 0;
    INSERT OR IGNORE INTO calendar SELECT DISTINCT day, date(day * 86400, 'unixepoch') FROM floor;
";

/// Each view and its statement, as SQLite keeps it.
const VIEWS: &[(&str, &str)] = &[
    (
        "history_days",
        "CREATE VIEW history_days AS
SELECT scope.host AS host, scope.level AS level, scope.name AS scope, part.name AS part, calendar.date AS day,
    CASE WHEN fact.read_at >= (fact.day + 4) * 86400
        AND (fact.same_readings > 1 OR fact.same_since >= (fact.day + 28) * 86400) THEN 'final' ELSE 'provisional' END AS state,
    fact.read_at AS read_at, fact.first_read_at AS first_read_at, fact.changes AS changes,
    CASE WHEN fact.same_readings = 0 THEN 1 ELSE 0 END AS is_of_a_file,
    fact.restated_at AS restated_at,
    CASE WHEN rolled_up.fact IS NULL THEN 0 ELSE 1 END AS is_rolled_up
FROM fact JOIN scope ON scope.number = fact.scope JOIN part ON part.number = fact.part
    JOIN calendar ON calendar.day = fact.day LEFT JOIN rolled_up ON rolled_up.fact = fact.number",
    ),
    (
        "history_unread",
        "CREATE VIEW history_unread AS
SELECT scope.host AS host, scope.level AS level, scope.name AS scope, part.name AS part, calendar.date AS day,
    attempt.\"at\" AS tried_at, attempt.state AS state, attempt.reason AS reason
FROM attempt JOIN scope ON scope.number = attempt.scope JOIN part ON part.number = attempt.part
    LEFT JOIN calendar ON calendar.day = attempt.day",
    ),
    (
        "history_nothing_until",
        "CREATE VIEW history_nothing_until AS
SELECT scope.host AS host, scope.level AS level, scope.name AS scope, part.name AS part, calendar.date AS day
FROM floor JOIN scope ON scope.number = floor.scope JOIN part ON part.number = floor.part
    JOIN calendar ON calendar.day = floor.day",
    ),
];

/// Makes what is not there, or is another one.
pub(super) fn make(connection: &Connection) -> rusqlite::Result<()> {
    let known = |name: &str| -> rusqlite::Result<Option<String>> {
        let query = "SELECT sql FROM sqlite_schema WHERE name = ?1";
        connection.query_row(query, [name], |row| row.get(0)).optional()
    };
    let is_there = |(name, sql): &(&str, &str)| -> rusqlite::Result<bool> { Ok(known(name)?.as_deref() == Some(*sql)) };
    let mut wanted = Vec::new();
    for view in VIEWS {
        if !is_there(view)? {
            wanted.push(view);
        }
    }
    let has_all_parts = || -> rusqlite::Result<bool> {
        let count: i64 = connection.query_row("SELECT count(*) FROM part", [], |row| row.get(0))?;
        Ok(usize::try_from(count) == Ok(Part::ALL.len()))
    };
    if wanted.is_empty() && known("rolled_up")?.is_some() && known("content_written")?.is_some() && has_all_parts()? {
        return Ok(());
    }
    let views: String = wanted.iter().map(|(name, sql)| format!("DROP VIEW IF EXISTS {name};\n{sql};\n")).collect();
    connection.execute_batch(&format!("BEGIN IMMEDIATE;\n{TABLES}{views}COMMIT;"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::HistoryStore;

    #[test]
    fn every_part_has_its_name_also_in_a_file_of_before_there_was_one() {
        let folder = tempfile::tempdir().unwrap();
        let open = || {
            HistoryStore::open(folder.path()).unwrap();
            Connection::open(folder.path().join(crate::history::FILE_NAME)).unwrap()
        };
        open().execute("DELETE FROM part WHERE number = 7", []).unwrap();
        let file = open();
        let name = |part: Part| -> String {
            file.query_row("SELECT name FROM part WHERE number = ?1", [part.number()], |row| row.get(0)).unwrap()
        };
        assert_eq!(Part::ALL.map(name), Part::ALL.map(Part::name));
    }
}

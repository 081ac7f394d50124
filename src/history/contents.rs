//! Contents of facts in the file: sections in a few runs, so that one section is read without most of the others.
//!
//! A run is several sections that follow each other, as [`super::sections`] packs them, in a row of its own. The number of the row is that
//! of the fact, times 65,536, and the place of its first section.

use rusqlite::{Connection, OptionalExtension, params};

use super::fact::Part;
use super::sections;
use crate::facts::rows;

/// Bytes after which a run ends. Longer ones cost who reads one section, shorter ones cost room: the last page of each is not full.
const RUN_BYTES: usize = 24 << 10;

/// Sections that a content can have.
const MOST_SECTIONS: i64 = 1 << 16;

/// The bits in front of the first part of a row, with how many parts the row has in the bits below them: else a row whose last runs are
/// gone would be a row with fewer fields. No text in UTF-8 begins with such a byte, so rows that were written without it are told apart.
const PARTS: u8 = 0x80;
const PARTS_BITS: u8 = 0xc0;
const _: () = assert!(rows::LAST_PART < (!PARTS_BITS) as usize);

/// The number of the row with a run that begins with that section.
fn row(fact: i64, place: usize) -> i64 {
    fact.saturating_mul(MOST_SECTIONS).saturating_add(i64::try_from(place).unwrap_or(MOST_SECTIONS).min(MOST_SECTIONS - 1))
}

/// Writes the content of a fact, in place of the one that it had.
pub(super) fn write(connection: &Connection, fact: i64, part: Part, content: &[u8]) -> rusqlite::Result<()> {
    let gone = "DELETE FROM content WHERE number BETWEEN ?1 AND ?2";
    connection.prepare_cached(gone)?.execute([row(fact, 0), row(fact, usize::MAX)])?;
    let stored = stored(part, content);
    // What cannot be taken apart is kept as it is, and refused as damaged by whoever reads it.
    let Some(sections) = sections::packed(&stored) else { return insert(connection, row(fact, 0), &stored) };
    let mut first = 0;
    let mut bytes = 0;
    for (place, section) in sections.iter().enumerate() {
        bytes += section.len();
        if bytes >= RUN_BYTES || place + 1 == sections.len() {
            insert(connection, row(fact, first), &sections::together(&sections[first..=place]))?;
            (first, bytes) = (place + 1, 0);
        }
    }
    Ok(())
}

fn insert(connection: &Connection, row: i64, run: &[u8]) -> rusqlite::Result<()> {
    connection.prepare_cached("INSERT INTO content (number, run) VALUES (?1, ?2)")?.execute(params![row, run]).map(drop)
}

/// Reads the content of a fact as it was given. None when it is damaged.
pub(super) fn read(connection: &Connection, fact: i64, part: Part) -> rusqlite::Result<Option<Vec<u8>>> {
    let query = "SELECT number, run FROM content WHERE number BETWEEN ?1 AND ?2 ORDER BY number";
    let mut statement = connection.prepare_cached(query)?;
    let mut rows = statement.query([row(fact, 0), row(fact, usize::MAX)])?;
    let mut found: Vec<Vec<u8>> = Vec::new();
    while let Some(next) = rows.next()? {
        let Some(sections) = sections::packed(next.get_ref(1)?.as_blob()?) else { return Ok(None) };
        // A run that is missing leaves a hole.
        if next.get::<_, i64>(0)? != row(fact, found.len()) {
            return Ok(None);
        }
        found.extend(sections.into_iter().map(<[u8]>::to_vec));
    }
    let stored = sections::together(&found);
    Ok(if found.is_empty() { None } else { given(part, &stored) })
}

/// The run with a section: the place of its first section, and the sections. None when there is none.
pub(super) fn run_of(connection: &Connection, fact: i64, place: usize) -> rusqlite::Result<Option<(usize, Vec<u8>)>> {
    let query = "SELECT number, run FROM content WHERE number BETWEEN ?1 AND ?2 ORDER BY number DESC LIMIT 1";
    let mut statement = connection.prepare_cached(query)?;
    let found = statement.query_row([row(fact, 0), row(fact, place)], |found| {
        let first = found.get::<_, i64>(0)? - row(fact, 0);
        Ok((usize::try_from(first).unwrap_or_default(), found.get(1)?))
    });
    found.optional()
}

/// A content as sections.
fn stored(part: Part, content: &[u8]) -> Vec<u8> {
    match part {
        Part::People | Part::Teams | Part::Seats => content.to_vec(),
        Part::Aggregate => {
            let mut of_row: Vec<Vec<u8>> = vec![Vec::new()];
            for (place, text) in rows::split(content) {
                of_row.resize(place + 1, Vec::new());
                of_row[place] = text;
            }
            let parts = u8::try_from(of_row.len()).unwrap_or_default();
            of_row[0].insert(0, PARTS | parts);
            sections::pack(&of_row)
        }
        Part::Billing | Part::Repositories | Part::Tools => sections::pack(&[content.to_vec()]),
    }
}

/// A content as it was given, of its sections. None when it is damaged.
fn given(part: Part, stored: &[u8]) -> Option<Vec<u8>> {
    match part {
        Part::People | Part::Teams | Part::Seats => Some(stored.to_vec()),
        Part::Aggregate => {
            let of_row = sections::packed(stored)?.into_iter().map(sections::unpack_section).collect::<Option<Vec<_>>>()?;
            let (first, others) = of_row.split_first()?;
            let (parts, first) = first_part(first);
            if parts.is_some_and(|parts| parts != of_row.len()) {
                return None;
            }
            let others = others.iter().map(AsRef::as_ref).filter(|text: &&[u8]| !text.is_empty());
            Some(rows::join(std::iter::once(first).chain(others)))
        }
        Part::Billing | Part::Repositories | Part::Tools => sections::unpack(stored, 0),
    }
}

/// The first section of a row: how many sections the row has, none when that was not noted down, and the text.
pub(super) fn first_part(section: &[u8]) -> (Option<usize>, &[u8]) {
    match section.split_first() {
        Some((parts, text)) if parts & PARTS_BITS == PARTS => (Some(usize::from(parts & !PARTS_BITS)), text),
        _ => (None, section),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Connection {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch("CREATE TABLE content (number INTEGER PRIMARY KEY, run BLOB NOT NULL)").unwrap();
        connection
    }

    #[test]
    fn a_content_comes_back_whole_and_by_section() {
        let connection = table();
        let section = |number: u32| {
            let byte = |at: u32| (at ^ number).wrapping_mul(at | 1).wrapping_mul(0x85eb_ca6b).rotate_left(at % 31) as u8;
            (0..number * 700).map(byte).collect::<Vec<_>>()
        };
        let content = sections::pack(&(0..40).map(section).collect::<Vec<_>>());
        for fact in [7, 8] {
            write(&connection, fact, Part::Teams, &content).unwrap();
        }
        let runs: i64 = connection.query_row("SELECT count(*) FROM content", [], |row| row.get(0)).unwrap();
        assert!((20..80).contains(&runs), "{runs}");
        assert_eq!(read(&connection, 7, Part::Teams).unwrap().unwrap(), content);
        for place in 0..40 {
            let (first, run) = run_of(&connection, 7, place).unwrap().unwrap();
            assert_eq!(sections::unpack(&run, place - first).unwrap(), section(place as u32));
        }
        let (first, run) = run_of(&connection, 7, 40).unwrap().unwrap();
        assert_eq!((sections::unpack(&run, 40 - first), run_of(&connection, 6, 0).unwrap()), (None, None));
        // Shorter than before: nothing of the other is left.
        write(&connection, 7, Part::Repositories, b"").unwrap();
        assert_eq!(read(&connection, 7, Part::Repositories).unwrap().unwrap(), b"");
        connection.execute("DELETE FROM content WHERE number = 8 * 65536", []).unwrap();
        assert_eq!(read(&connection, 8, Part::Teams).unwrap(), None, "a run is missing");
    }

    #[test]
    fn a_row_comes_back_with_all_its_fields() {
        let connection = table();
        for row in [r#"{"day":"2026-11-01","n":1,"totals_by_feature":[1],"totals_by_ide":[2]}"#, "no row", ""] {
            write(&connection, 1, Part::Aggregate, row.as_bytes()).unwrap();
            assert_eq!(read(&connection, 1, Part::Aggregate).unwrap().unwrap(), row.as_bytes());
            // As it was written before the number of parts was.
            let mut without: Vec<Vec<u8>> = Vec::new();
            for (place, text) in rows::split(row.as_bytes()) {
                without.resize(place + 1, Vec::new());
                without[place] = text;
            }
            connection.execute("UPDATE content SET run = ?1 WHERE number = 65536", [sections::pack(&without)]).unwrap();
            assert_eq!(read(&connection, 1, Part::Aggregate).unwrap().unwrap(), row.as_bytes());
        }
    }

    #[test]
    fn a_row_without_its_last_run_is_damaged_and_no_row_of_fewer_fields() {
        let connection = table();
        // Without repetition, so that each list is a run of its own.
        let list = |seed: u32| {
            let text = (0..9_000_u32).map(|at| format!("{},", (at ^ seed).wrapping_mul(0x85eb_ca6b).rotate_left(at % 31)));
            format!("[{}0]", text.collect::<String>())
        };
        let row = format!(r#"{{"n":1,"totals_by_feature":{},"totals_by_ide":{}}}"#, list(1), list(2));
        write(&connection, 1, Part::Aggregate, row.as_bytes()).unwrap();
        assert_eq!(read(&connection, 1, Part::Aggregate).unwrap().unwrap(), row.as_bytes());
        let gone = "DELETE FROM content WHERE number = (SELECT max(number) FROM content)";
        assert_eq!(connection.execute(gone, []).unwrap(), 1);
        assert!(run_of(&connection, 1, 0).unwrap().is_some(), "the first run is there");
        assert_eq!(read(&connection, 1, Part::Aggregate).unwrap(), None);
    }
}

//! Writes day facts. A call of [`HistoryStore::write`] is one transaction: a crash leaves whole days.

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Transaction, params};

use super::cells::{SEVERAL_DAYS, day_number, deflate, readings};
use super::error::HistoryError;
use super::fact::{ContentHash, DayFact, Part, ScopeKey};
use super::schema::FORMAT;
use super::{FILE_NAME, contents, hash, sections, values, views};
use crate::door::{data_folder, sqlite};
use crate::model::day::Day;
use crate::model::slice::SliceEnd;

/// Bytes of a reason that are kept.
const LONGEST_REASON: usize = 400;

/// The history of a data folder, opened for writing. Readers may read meanwhile; another writer waits for a moment.
#[derive(Debug)]
pub struct HistoryStore {
    connection: Connection,
    file: PathBuf,
}

/// A reading of the source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    /// When the source was asked.
    pub at: Timestamp,
    /// True when its answer was kept since then, and says nothing new about a day that is known.
    pub is_cached: bool,
}

/// The effect of writing one fact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    /// It was read for the first time.
    New,
    /// It is as it was; the time of reading is renewed.
    Unchanged,
    /// The source says something else than before, as it may of a day that is not final.
    Changed,
    /// The source says something else of a day that was final.
    Restated,
    /// Its fingerprint has changed, and its content was not given: it is wanted at the next reading.
    Wanted,
}

/// A person who is named for the first time, or by another login than before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct NewPerson {
    pub(super) number: u32,
    pub(super) host: String,
    pub(super) id: u64,
    pub(super) login: Option<String>,
}

/// What is known of a fact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KnownFact {
    /// Fingerprint at the last reading.
    pub hash: ContentHash,
    /// Whether it is final, and its content is not wanted.
    pub is_settled: bool,
}

impl HistoryStore {
    /// Opens the history of a data folder, and makes both when there are none. A file of an older version becomes one of this.
    ///
    /// # Errors
    /// When the folder or the file cannot be made or opened, see [`HistoryError`].
    pub fn open(folder: &Path) -> Result<Self, HistoryError> {
        Self::open_file(folder, FILE_NAME)
    }

    /// As [`HistoryStore::open`], a file of another name.
    ///
    /// # Errors
    /// As [`HistoryStore::open`].
    pub(super) fn open_file(folder: &Path, name: &str) -> Result<Self, HistoryError> {
        data_folder::make(folder).map_err(|source| HistoryError::Folder { folder: folder.to_owned(), source })?;
        let file = folder.join(name);
        let connection = FORMAT.open(&file).map_err(|error| HistoryError::opening(&file, error))?;
        views::make(&connection).map_err(HistoryError::database(&file))?;
        Ok(Self { connection, file })
    }

    /// Writes facts of one reading: all of them, or none.
    ///
    /// # Errors
    /// When the file cannot be written to.
    pub fn write(&mut self, facts: &[DayFact], reading: Reading) -> Result<Vec<Written>, HistoryError> {
        self.write_with(facts, &[], reading)
    }

    /// As [`HistoryStore::write`], with persons that the facts are the first to name.
    ///
    /// # Errors
    /// As [`HistoryStore::write`].
    pub(super) fn write_with(
        &mut self,
        facts: &[DayFact],
        persons: &[NewPerson],
        reading: Reading,
    ) -> Result<Vec<Written>, HistoryError> {
        self.transaction(|transaction| {
            insert_persons(transaction, persons)?;
            facts.iter().map(|fact| write_one(transaction, fact, reading)).collect()
        })
    }

    /// Writes facts of files: all of them, or none. A day that was read is left as it is, one that an earlier file gave is replaced. The
    /// first reading takes the place of a file's day, whatever both say.
    ///
    /// # Errors
    /// When the file cannot be written to.
    pub(super) fn write_imported(
        &mut self,
        facts: &[DayFact],
        persons: &[NewPerson],
        at: Timestamp,
    ) -> Result<Vec<Written>, HistoryError> {
        self.transaction(|transaction| {
            insert_persons(transaction, persons)?;
            facts.iter().map(|fact| import_one(transaction, fact, at.as_second())).collect()
        })
    }

    /// The level of the scopes of that host and name; none when there is no such scope yet, or both an organization and an enterprise.
    pub(super) fn level_of(&self, scope: &ScopeKey) -> Result<Option<String>, HistoryError> {
        let read = || -> rusqlite::Result<Vec<String>> {
            let mut statement = self.connection.prepare_cached("SELECT level FROM scope WHERE host = ?1 AND name = ?2")?;
            statement.query_map([&scope.host, &scope.name], |row| row.get(0))?.collect()
        };
        let levels = read().map_err(HistoryError::database(&self.file))?;
        Ok(if let [level] = levels.as_slice() { Some(level.clone()) } else { None })
    }

    /// Whether it is known that the source has nothing of that day and of days before it.
    pub(super) fn has_floor_at(&self, scope: &ScopeKey, part: Part, day: Day) -> Result<bool, HistoryError> {
        let query = "SELECT count(*) > 0 FROM floor JOIN scope ON scope.number = floor.scope
                     WHERE host = ?1 AND level = ?2 AND name = ?3 AND part = ?4 AND day >= ?5";
        let place = params![scope.host, scope.level, scope.name, part.number(), day_number(day)];
        self.connection.query_row(query, place, |row| row.get(0)).map_err(HistoryError::database(&self.file))
    }

    /// The persons of a host: number, id and login.
    pub(super) fn persons(&self, host: &str) -> Result<Vec<(u32, u64, Option<String>)>, HistoryError> {
        let read = || -> rusqlite::Result<Vec<(u32, u64, Option<String>)>> {
            let mut statement = self.connection.prepare_cached("SELECT number, id, login FROM person WHERE host = ?1")?;
            let row = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get::<_, i64>(1)?.cast_unsigned(), row.get(2)?));
            statement.query_map([host], row)?.collect()
        };
        read().map_err(HistoryError::database(&self.file))
    }

    /// The number after the last that a person has.
    pub(super) fn next_person(&self) -> Result<u32, HistoryError> {
        let query = "SELECT coalesce(max(number) + 1, 0) FROM person";
        self.connection.query_row(query, [], |row| row.get(0)).map_err(HistoryError::database(&self.file))
    }

    /// What is known of a day.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn known(&self, scope: &ScopeKey, part: Part, day: Day) -> Result<Option<KnownFact>, HistoryError> {
        let read = || -> rusqlite::Result<Option<KnownFact>> {
            let query = "SELECT hash, read_at, same_since, same_readings, wants_content FROM fact
                         JOIN scope ON scope.number = fact.scope
                         WHERE host = ?1 AND level = ?2 AND name = ?3 AND part = ?4 AND day = ?5";
            let mut statement = self.connection.prepare_cached(query)?;
            let found =
                statement.query_row(params![scope.host, scope.level, scope.name, part.number(), day_number(day)], |row| {
                    let same: i64 = row.get(3)?;
                    let readings = readings(day, row.get(1)?, row.get(2)?, same.unsigned_abs());
                    let is_wanted: bool = row.get(4)?;
                    Ok(KnownFact { hash: row.get(0)?, is_settled: same > 0 && readings.are_final() && !is_wanted })
                });
            found.optional()
        };
        read().map_err(HistoryError::database(&self.file))
    }

    /// Notes that a day, or a report of several days, was asked for and not given.
    ///
    /// # Errors
    /// When the file cannot be written to.
    pub fn note_attempt(
        &mut self,
        scope: &ScopeKey,
        part: Part,
        day: Option<Day>,
        end: &SliceEnd,
        at: Timestamp,
    ) -> Result<(), HistoryError> {
        let reason: String = end.reason().unwrap_or_default().chars().take(LONGEST_REASON).collect();
        self.transaction(|transaction| {
            let scope = scope_number(transaction, scope)?;
            let insert = "INSERT OR REPLACE INTO attempt (scope, part, day, at, state, reason) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
            let day = day.map_or(SEVERAL_DAYS, day_number);
            let values = params![scope, part.number(), day, at.as_second(), end.name(), reason];
            transaction.prepare_cached(insert)?.execute(values).map(drop)
        })
    }

    /// Notes that the source has nothing of that day and of days before it.
    ///
    /// Days that seemed to be without anything are days before the first report when they follow it, those that an ended backfill has
    /// left, too.
    ///
    /// # Errors
    /// When the file cannot be written to.
    pub fn note_floor(&mut self, scope: &ScopeKey, part: Part, day: Day) -> Result<(), HistoryError> {
        self.transaction(|transaction| {
            let scope = scope_number(transaction, scope)?;
            // One section with nothing in it is as short as no other content.
            let shortest = sections::pack(&[Vec::new()]).len() as u64;
            let nothing = "(SELECT length(run) FROM content WHERE content.number = fact.number * 65536) <= ?4";
            let after = format!(
                "SELECT day FROM fact WHERE scope = ?1 AND part = ?2 AND day > ?3 AND {nothing} AND day <
                     (SELECT min(day) FROM fact WHERE scope = ?1 AND part = ?2 AND NOT {nothing})
                 ORDER BY day"
            );
            let mut floor = day_number(day);
            let mut statement = transaction.prepare_cached(&after)?;
            let mut rows = statement.query(params![scope, part.number(), floor, shortest.cast_signed()])?;
            while let Some(row) = rows.next()? {
                if row.get::<_, i64>(0)? != floor + 1 {
                    break;
                }
                floor += 1;
            }
            let place = params![scope, part.number(), floor];
            let gone = "DELETE FROM attempt WHERE scope = ?1 AND part = ?2 AND day BETWEEN 0 AND ?3";
            transaction.prepare_cached(gone)?.execute(place)?;
            let gone = format!("DELETE FROM fact WHERE scope = ?1 AND part = ?2 AND day <= ?3 AND {nothing}");
            transaction.prepare_cached(&gone)?.execute(params![scope, part.number(), floor, shortest.cast_signed()])?;
            let insert = "INSERT OR REPLACE INTO floor (scope, part, day) VALUES (?1, ?2, ?3)";
            transaction.prepare_cached(insert)?.execute(place).map(drop)
        })
    }

    /// Lets somebody write what belongs to a scope, given its number.
    pub(super) fn within_scope<T>(
        &mut self,
        scope: &ScopeKey,
        write: impl FnOnce(&Connection, i64) -> rusqlite::Result<T>,
    ) -> Result<T, HistoryError> {
        self.transaction(|transaction| {
            let scope = scope_number(transaction, scope)?;
            write(transaction, scope)
        })
    }

    /// Removes what is older than that day. Gives how many facts were removed.
    ///
    /// # Errors
    /// When the file cannot be written to.
    pub fn forget_before(&mut self, day: Day) -> Result<u64, HistoryError> {
        self.transaction(|transaction| {
            let number = day_number(day);
            transaction.prepare_cached("DELETE FROM attempt WHERE day BETWEEN 0 AND ?1 - 1")?.execute([number])?;
            let removed = transaction.prepare_cached("DELETE FROM fact WHERE day < ?1")?.execute([number])?;
            Ok(removed as u64)
        })
    }

    /// Runs statements that no transaction can hold.
    /// Writes the file anew, so that nothing of what was removed is left in it, nor in its log.
    pub(super) fn write_anew(&self) -> Result<(), HistoryError> {
        sqlite::write_anew(&self.connection).map_err(HistoryError::database(&self.file))
    }

    pub(super) fn transaction<T>(
        &mut self,
        work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, HistoryError> {
        let failed = HistoryError::database(&self.file);
        // Immediate: a reading that becomes a writing fails at once when another process has written in between.
        let behavior = rusqlite::TransactionBehavior::Immediate;
        let transaction = self.connection.transaction_with_behavior(behavior).map_err(&failed)?;
        let done = work(&transaction).map_err(&failed)?;
        transaction.commit().map_err(&failed)?;
        Ok(done)
    }
}

/// A fact in the file.
struct StoredFact {
    number: i64,
    hash: ContentHash,
    read_at: i64,
    same_since: i64,
    same_readings: u64,
    is_final: bool,
    wants_content: bool,
}

fn write_one(transaction: &Transaction<'_>, fact: &DayFact, reading: Reading) -> rusqlite::Result<Written> {
    let scope = scope_number(transaction, &fact.scope)?;
    let (part, day, at) = (fact.part.number(), day_number(fact.day), reading.at.as_second());
    let gone = "DELETE FROM attempt WHERE scope = ?1 AND part = ?2 AND day IN (?3, ?4)";
    transaction.prepare_cached(gone)?.execute(params![scope, part, day, SEVERAL_DAYS])?;
    let Some(known) = stored(transaction, scope, part, day)? else {
        // Of a day that is not known the content is always given.
        let Some(content) = &fact.content else { return Ok(Written::Wanted) };
        let final_at = readings(fact.day, at, at, 1).are_final().then_some(at);
        let insert = "INSERT INTO fact (scope, part, day, hash, read_at, first_hash, first_read_at, changes,
                                        same_since, same_readings, final_at)
                      VALUES (?1, ?2, ?3, ?4, ?5, ?4, ?5, 0, ?5, 1, ?6)";
        let number = transaction.prepare_cached(insert)?.insert(params![scope, part, day, fact.hash, at, final_at])?;
        contents::write(transaction, number, fact.part, content)?;
        return Ok(Written::New);
    };
    if known.same_readings == 0 {
        return replace_imported(transaction, fact, &known, at);
    }
    if reading.is_cached && known.hash == fact.hash {
        return Ok(Written::Unchanged);
    }
    if known.hash == fact.hash && !known.wants_content {
        return confirm(transaction, fact, &known, at);
    }
    let Some(content) = &fact.content else {
        transaction.prepare_cached("UPDATE fact SET wants_content = 1 WHERE number = ?1")?.execute([known.number])?;
        return Ok(Written::Wanted);
    };
    if known.hash == hash::UNKNOWN {
        let believe = "UPDATE fact SET hash = ?2, wants_content = 0 WHERE number = ?1";
        transaction.prepare_cached(believe)?.execute(params![known.number, fact.hash])?;
        contents::write(transaction, known.number, fact.part, content)?;
        return Ok(Written::Unchanged);
    }
    let before = contents::read(transaction, known.number, fact.part)?.unwrap_or_default();
    if values::is_same(fact.part, &before, content) {
        return confirm(transaction, fact, &known, at);
    }
    let kept = deflate(&values::kept(fact.part, &before));
    let final_at = readings(fact.day, at, at, 1).are_final().then_some(at);
    let update = "UPDATE fact SET first_values = coalesce(first_values, ?4), hash = ?2, read_at = ?3,
                      changes = changes + 1, same_since = ?3, same_readings = 1, wants_content = 0,
                      final_values = CASE WHEN final_at IS NULL THEN final_values ELSE coalesce(final_values, ?4) END,
                      restated_at = CASE WHEN final_at IS NULL THEN restated_at ELSE ?3 END,
                      final_at = coalesce(final_at, ?5)
                  WHERE number = ?1";
    transaction.prepare_cached(update)?.execute(params![known.number, fact.hash, at, kept, final_at])?;
    contents::write(transaction, known.number, fact.part, content)?;
    Ok(if known.is_final { Written::Restated } else { Written::Changed })
}

fn insert_persons(transaction: &Transaction<'_>, persons: &[NewPerson]) -> rusqlite::Result<()> {
    let insert = "INSERT INTO person (number, host, id, login) VALUES (?1, ?2, ?3, ?4)
                  ON CONFLICT (number) DO UPDATE SET login = coalesce(excluded.login, login)";
    for NewPerson { number, host, id, login } in persons {
        transaction.prepare_cached(insert)?.execute(params![number, host, id.cast_signed(), login])?;
    }
    Ok(())
}

/// Writes a day of a file. No reading of the source has found it, which `same_readings` 0 says.
fn import_one(transaction: &Transaction<'_>, fact: &DayFact, at: i64) -> rusqlite::Result<Written> {
    let scope = scope_number(transaction, &fact.scope)?;
    let (part, day) = (fact.part.number(), day_number(fact.day));
    let Some(content) = &fact.content else { return Ok(Written::Unchanged) };
    match stored(transaction, scope, part, day)? {
        Some(known) if known.same_readings > 0 || known.hash == fact.hash => Ok(Written::Unchanged),
        Some(known) => {
            let update =
                "UPDATE fact SET hash = ?2, read_at = ?3, first_hash = ?2, first_read_at = ?3, same_since = ?3 WHERE number = ?1";
            transaction.prepare_cached(update)?.execute(params![known.number, fact.hash, at])?;
            contents::write(transaction, known.number, fact.part, content)?;
            Ok(Written::Changed)
        }
        None => {
            let insert =
                "INSERT INTO fact (scope, part, day, hash, read_at, first_hash, first_read_at, changes, same_since, same_readings)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?4, ?5, 0, ?5, 0)";
            let number = transaction.prepare_cached(insert)?.insert(params![scope, part, day, fact.hash, at])?;
            contents::write(transaction, number, fact.part, content)?;
            Ok(Written::New)
        }
    }
}

/// Puts the first reading in the place of a day of a file. What differs was not restated: nobody knows when the file was made.
fn replace_imported(transaction: &Transaction<'_>, fact: &DayFact, known: &StoredFact, at: i64) -> rusqlite::Result<Written> {
    let Some(content) = &fact.content else { return Ok(Written::Unchanged) };
    let final_at = readings(fact.day, at, at, 1).are_final().then_some(at);
    let update = "UPDATE fact SET hash = ?2, read_at = ?3, first_hash = ?2, first_read_at = ?3, same_since = ?3,
                      same_readings = 1, final_at = ?4
                  WHERE number = ?1";
    transaction.prepare_cached(update)?.execute(params![known.number, fact.hash, at, final_at])?;
    contents::write(transaction, known.number, fact.part, content)?;
    Ok(if known.hash == fact.hash { Written::Unchanged } else { Written::Changed })
}

/// A reading that found what was known.
fn confirm(transaction: &Transaction<'_>, fact: &DayFact, known: &StoredFact, at: i64) -> rusqlite::Result<Written> {
    // The source writes a day's numbers at most once a day, so a second look on the same day says nothing new. A run may even read a
    // report twice, once for people and once for teams.
    let is_another_day = utc_day(at) != utc_day(known.read_at);
    let same = known.same_readings + u64::from(is_another_day);
    let final_at = readings(fact.day, at, known.same_since, same).are_final().then_some(at);
    let update = "UPDATE fact SET hash = ?2, read_at = ?3, same_readings = ?4, wants_content = 0,
                      final_at = coalesce(final_at, ?5) WHERE number = ?1";
    transaction.prepare_cached(update)?.execute(params![known.number, fact.hash, at, same.cast_signed(), final_at])?;
    Ok(Written::Unchanged)
}

/// The UTC day of a moment in seconds since 1970.
fn utc_day(at: i64) -> i64 {
    at.div_euclid(24 * 60 * 60)
}

fn stored(transaction: &Transaction<'_>, scope: i64, part: i64, day: i64) -> rusqlite::Result<Option<StoredFact>> {
    let query = "SELECT number, hash, read_at, same_since, same_readings, final_at IS NOT NULL, wants_content
                 FROM fact WHERE scope = ?1 AND part = ?2 AND day = ?3";
    let mut find = transaction.prepare_cached(query)?;
    let found = find.query_row(params![scope, part, day], |row| {
        Ok(StoredFact {
            number: row.get(0)?,
            hash: row.get(1)?,
            read_at: row.get(2)?,
            same_since: row.get(3)?,
            same_readings: row.get::<_, i64>(4)?.unsigned_abs(),
            is_final: row.get(5)?,
            wants_content: row.get(6)?,
        })
    });
    found.optional()
}

fn scope_number(transaction: &Transaction<'_>, scope: &ScopeKey) -> rusqlite::Result<i64> {
    let ScopeKey { host, level, name } = scope;
    let mut find = transaction.prepare_cached("SELECT number FROM scope WHERE host = ?1 AND level = ?2 AND name = ?3")?;
    if let Some(known) = find.query_row(params![host, level, name], |row| row.get(0)).optional()? {
        return Ok(known);
    }
    let mut insert = transaction.prepare_cached("INSERT INTO scope (host, level, name) VALUES (?1, ?2, ?3)")?;
    insert.insert(params![host, level, name])
}

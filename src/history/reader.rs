//! Reads day facts, also while another process writes them.

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use rusqlite::{Connection, Row, Transaction, params};

use super::FILE_NAME;
use super::cells::{day_number, readings};
use super::contents;
use super::error::HistoryError;
use super::fact::{Part, ScopeKey};
use super::schema::FORMAT;
use super::store::HistoryStore;
use crate::door::sqlite::OpenError;
use crate::model::day::Day;

/// The history of a data folder, opened for reading.
#[derive(Debug)]
pub struct HistoryReader {
    pub(super) connection: Connection,
    pub(super) file: PathBuf,
}

/// A part of a day, as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptFact {
    /// The day, in UTC.
    pub day: Day,
    /// What the source wrote at the last reading.
    pub content: Vec<u8>,
    /// Whether the source may still change it, see [`super::finality`].
    pub is_provisional: bool,
    /// How often a reading differed from the one before.
    pub changes: u64,
}

/// A fact without its content.
#[derive(Clone, Copy, Debug)]
pub(super) struct HeldFact {
    /// Its number in the file.
    pub(super) number: i64,
    pub(super) day: Day,
    pub(super) is_provisional: bool,
    pub(super) changes: u64,
}

impl HistoryReader {
    /// Opens the history of a data folder. None when there is none yet. A file of an older version becomes one of this, which needs
    /// the right to write to it.
    ///
    /// # Errors
    /// When there is a file that cannot be read, see [`HistoryError`].
    pub fn open(folder: &Path) -> Result<Option<Self>, HistoryError> {
        let file = folder.join(FILE_NAME);
        if !file.exists() {
            return Ok(None);
        }
        let mut opened = FORMAT.open_to_read(&file);
        if let Err(OpenError::Version { found }) = opened
            && (1..FORMAT.version).contains(&found)
        {
            drop(HistoryStore::open(folder)?);
            opened = FORMAT.open_to_read(&file);
        }
        let connection = opened.map_err(|error| HistoryError::opening(&file, error))?;
        Ok(Some(Self { connection, file }))
    }

    /// The organizations and enterprises of which anything is kept, in order.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn scopes(&self) -> Result<Vec<ScopeKey>, HistoryError> {
        let query = "SELECT host, level, name FROM scope
                     WHERE level <> ?1 AND EXISTS (SELECT 1 FROM fact WHERE fact.scope = scope.number) ORDER BY host, level, name";
        self.rows(query, [ScopeKey::TOOLS], |row| Ok(ScopeKey { host: row.get(0)?, level: row.get(1)?, name: row.get(2)? }))
    }

    /// When each organization and enterprise was read last, however that ended.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn last_readings(&self) -> Result<Vec<(ScopeKey, Timestamp)>, HistoryError> {
        let query = "SELECT host, level, name, max(at) FROM scope
                     JOIN (SELECT scope, read_at AS at FROM fact UNION ALL SELECT scope, at FROM attempt) AS reading
                     ON reading.scope = scope.number WHERE level <> ?1 GROUP BY host, level, name";
        let rows = self.rows(query, [ScopeKey::TOOLS], |row| {
            Ok((ScopeKey { host: row.get(0)?, level: row.get(1)?, name: row.get(2)? }, row.get::<_, i64>(3)?))
        })?;
        let time = |second| Timestamp::from_second(second).map_err(|_| self.damaged(format!("{second} is no time")));
        rows.into_iter().map(|(scope, second)| Ok((scope, time(second)?))).collect()
    }

    /// The first and the last day of which a part is kept; none when no day is.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn extent(&self, scope: &ScopeKey, part: Part) -> Result<Option<(Day, Day)>, HistoryError> {
        let query = "SELECT min(day), max(day) FROM fact JOIN scope ON scope.number = fact.scope
                     WHERE host = ?1 AND level = ?2 AND name = ?3 AND part = ?4";
        let read = || -> rusqlite::Result<(Option<i64>, Option<i64>)> {
            let mut statement = self.connection.prepare_cached(query)?;
            statement.query_row(params![scope.host, scope.level, scope.name, part.number()], |row| Ok((row.get(0)?, row.get(1)?)))
        };
        let (first, last) = read().map_err(HistoryError::database(&self.file))?;
        match (first, last) {
            (Some(first), Some(last)) => Ok(Some((self.day(first)?, self.day(last)?))),
            _ => Ok(None),
        }
    }

    /// Gives the kept days of a part from `since` to `until`, oldest first, one at a time.
    ///
    /// # Errors
    /// When the file cannot be read, or a content in it is damaged.
    pub fn days(
        &self,
        scope: &ScopeKey,
        part: Part,
        (since, until): (Day, Day),
        mut take: impl FnMut(KeptFact),
    ) -> Result<(), HistoryError> {
        let _snapshot = self.snapshot()?;
        for held in self.held(scope, part, (since, until))? {
            take(self.kept(part, &held)?);
        }
        Ok(())
    }

    /// Keeps what is read as it is now until the end of the snapshot, also while somebody writes. None within another snapshot.
    pub(super) fn snapshot(&self) -> Result<Option<Transaction<'_>>, HistoryError> {
        if !self.connection.is_autocommit() {
            return Ok(None);
        }
        self.connection.unchecked_transaction().map(Some).map_err(HistoryError::database(&self.file))
    }

    /// The facts of a part from `since` to `until`, oldest first, without their contents.
    pub(super) fn held(&self, scope: &ScopeKey, part: Part, (since, until): (Day, Day)) -> Result<Vec<HeldFact>, HistoryError> {
        let query = "SELECT fact.number, day, read_at, same_since, same_readings, changes FROM fact
                     JOIN scope ON scope.number = fact.scope
                     WHERE host = ?1 AND level = ?2 AND name = ?3 AND part = ?4 AND day BETWEEN ?5 AND ?6 ORDER BY day";
        let bounds = params![scope.host, scope.level, scope.name, part.number(), day_number(since), day_number(until)];
        let rows = self.rows(query, bounds, |row| -> rusqlite::Result<[i64; 6]> {
            Ok([row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?])
        })?;
        let held = |[number, day, read_at, same_since, same, changes]: [i64; 6]| {
            let day = self.day(day)?;
            let is_provisional = !readings(day, read_at, same_since, same.unsigned_abs()).are_final();
            Ok(HeldFact { number, day, is_provisional, changes: changes.unsigned_abs() })
        };
        rows.into_iter().map(held).collect()
    }

    /// A fact with its content.
    fn kept(&self, part: Part, held: &HeldFact) -> Result<KeptFact, HistoryError> {
        let HeldFact { number, day, is_provisional, changes } = *held;
        let content = contents::read(&self.connection, number, part).map_err(HistoryError::database(&self.file))?;
        Ok(KeptFact { day, content: content.ok_or_else(|| self.unreadable(day))?, is_provisional, changes })
    }

    /// One part of one day; none when it is not kept.
    pub(super) fn fact(&self, scope: &ScopeKey, part: Part, day: Day) -> Result<Option<KeptFact>, HistoryError> {
        let _snapshot = self.snapshot()?;
        self.held(scope, part, (day, day))?.first().map(|held| self.kept(part, held)).transpose()
    }

    pub(super) fn unreadable(&self, day: Day) -> HistoryError {
        self.damaged(format!("what it holds of {day} cannot be unpacked"))
    }

    /// All rows of a query.
    pub(super) fn rows<T>(
        &self,
        query: &str,
        parameters: impl rusqlite::Params,
        read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, HistoryError> {
        let all = || -> rusqlite::Result<Vec<T>> {
            let mut statement = self.connection.prepare_cached(query)?;
            statement.query_map(parameters, read)?.collect()
        };
        all().map_err(HistoryError::database(&self.file))
    }

    pub(super) fn day(&self, number: i64) -> Result<Day, HistoryError> {
        let number = i32::try_from(number).map_err(|_| self.damaged(format!("{number} is no day")))?;
        Ok(Day::of(Timestamp::UNIX_EPOCH).plus_days(number))
    }

    pub(super) fn damaged(&self, what: String) -> HistoryError {
        HistoryError::Damaged { file: self.file.clone(), what }
    }
}

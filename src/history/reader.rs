//! Reads day facts, also while another process writes them.

use std::io::Read;
use std::path::{Path, PathBuf};

use flate2::read::DeflateDecoder;
use jiff::Timestamp;
use rusqlite::{Connection, params};

use super::FILE_NAME;
use super::error::HistoryError;
use super::fact::{Part, ScopeKey};
use super::schema::FORMAT;
use super::store::day_number;
use crate::model::day::Day;

/// Days after which GitHub changes a day's numbers no more: late telemetry arrives within three.
pub const FINAL_AFTER_DAYS: i32 = 4;

/// The largest content that is unpacked. A row of a day with a hundred languages is a hundred kilobytes.
const LARGEST_CONTENT: u64 = 64 << 20;

/// The history of a data folder, opened for reading.
#[derive(Debug)]
pub struct HistoryReader {
    connection: Connection,
    file: PathBuf,
}

/// A part of a day, as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptFact {
    /// The day, in UTC.
    pub day: Day,
    /// What the source wrote at the last reading.
    pub content: Vec<u8>,
    /// Whether the source may still change it: it was last read before it was [`FINAL_AFTER_DAYS`] old.
    pub is_provisional: bool,
    /// How often a reading differed from the one before.
    pub changes: u64,
}

impl HistoryReader {
    /// Opens the history of a data folder. None when there is none yet.
    ///
    /// # Errors
    /// When there is a file that cannot be read, see [`HistoryError`].
    pub fn open(folder: &Path) -> Result<Option<Self>, HistoryError> {
        let file = folder.join(FILE_NAME);
        if !file.exists() {
            return Ok(None);
        }
        let connection = FORMAT.open_to_read(&file).map_err(|error| HistoryError::opening(&file, error))?;
        Ok(Some(Self { connection, file }))
    }

    /// The scopes of which anything is kept, in order.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn scopes(&self) -> Result<Vec<ScopeKey>, HistoryError> {
        let read = || -> rusqlite::Result<Vec<ScopeKey>> {
            let mut statement =
                self.connection.prepare_cached("SELECT host, level, name FROM scope ORDER BY host, level, name")?;
            let rows =
                statement.query_map([], |row| Ok(ScopeKey { host: row.get(0)?, level: row.get(1)?, name: row.get(2)? }))?;
            rows.collect()
        };
        read().map_err(HistoryError::database(&self.file))
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
        let query = "SELECT day, content, read_at, changes FROM fact JOIN scope ON scope.number = fact.scope
                     WHERE host = ?1 AND level = ?2 AND name = ?3 AND part = ?4 AND day BETWEEN ?5 AND ?6 ORDER BY day";
        let failed = HistoryError::database(&self.file);
        let mut statement = self.connection.prepare_cached(query).map_err(&failed)?;
        let bounds = params![scope.host, scope.level, scope.name, part.number(), day_number(since), day_number(until)];
        let mut rows = statement.query(bounds).map_err(&failed)?;
        while let Some(row) = rows.next().map_err(&failed)? {
            let columns =
                || -> rusqlite::Result<(i64, Vec<u8>, i64, i64)> { Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)) };
            let (day, packed, read_at, changes) = columns().map_err(&failed)?;
            let day = self.day(day)?;
            let content = inflate(&packed).ok_or_else(|| self.damaged(format!("what it holds of {day} cannot be unpacked")))?;
            let read_at =
                Timestamp::from_second(read_at).map_err(|_| self.damaged(format!("the time of reading {day} is no time")))?;
            let is_provisional = Day::of(read_at).days_since(day) < FINAL_AFTER_DAYS;
            take(KeptFact { day, content, is_provisional, changes: changes.unsigned_abs() });
        }
        Ok(())
    }

    fn day(&self, number: i64) -> Result<Day, HistoryError> {
        let number = i32::try_from(number).map_err(|_| self.damaged(format!("{number} is no day")))?;
        Ok(Day::of(Timestamp::UNIX_EPOCH).plus_days(number))
    }

    fn damaged(&self, what: String) -> HistoryError {
        HistoryError::Damaged { file: self.file.clone(), what }
    }
}

fn inflate(packed: &[u8]) -> Option<Vec<u8>> {
    let mut content = Vec::new();
    DeflateDecoder::new(packed).take(LARGEST_CONTENT).read_to_end(&mut content).ok()?;
    Some(content)
}

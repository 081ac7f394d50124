//! A new history of what can be read of an old one. An old one that is damaged gives what it still can.

use std::path::{Path, PathBuf};

use rusqlite::types::Value;
use rusqlite::{Connection, OpenFlags, OptionalExtension, Row, params};

use super::FILE_NAME;
use super::contents;
use super::error::HistoryError;
use super::fact::{Part, ScopeKey};
use super::lock::HistoryUse;
use super::schema::FORMAT;
use super::store::{HistoryStore, NewPerson, Reading};
use super::{second_form, sections};
use crate::door::data_folder;
use crate::door::sqlite::beside;

/// The new file until it is whole.
const NEW_NAME: &str = "history.new.sqlite";

/// An old file that was damaged, kept for whoever knows how to get more out of it.
pub const DAMAGED_NAME: &str = "history.damaged.sqlite";

/// Columns of a fact besides its scope, as they are copied.
const COLUMNS: &str = "part, day, hash, read_at, first_hash, first_values, first_read_at, changes, same_since, same_readings,
                       final_at, final_values, restated_at, wants_content";

/// A history that is being made anew. The old one stays in place until [`Rebuilding::finish`].
#[derive(Debug)]
pub struct Rebuilding {
    folder: PathBuf,
    store: Option<HistoryStore>,
    salvaged: Salvaged,
    /// Keeps runs and backfills away.
    _uses: [HistoryUse; 2],
}

/// What an old history gave.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Salvaged {
    /// Facts that could be read.
    pub facts: u64,
    /// What is wrong with the old file; none when it was whole, or there was none.
    pub damage: Option<String>,
}

/// Reasons for which a history cannot be made anew.
#[derive(Debug, thiserror::Error)]
pub enum RebuildError {
    /// A run or a backfill writes to it.
    #[error("cannot rebuild the history in {}: a resync or a backfill is running", folder.display())]
    Used {
        /// The data folder.
        folder: PathBuf,
    },
    /// A file cannot be made or renamed.
    #[error("cannot rebuild the history in {}", folder.display())]
    Files {
        /// The data folder.
        folder: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The new history cannot be written.
    #[error(transparent)]
    History(#[from] HistoryError),
}

impl Rebuilding {
    /// Begins a new history with what can be read of the old one.
    ///
    /// # Errors
    /// When somebody uses the history, or the new one cannot be written.
    pub fn begin(folder: &Path) -> Result<Self, RebuildError> {
        let files = |source| RebuildError::Files { folder: folder.to_owned(), source };
        let used = || RebuildError::Used { folder: folder.to_owned() };
        let alone = HistoryUse::alone(folder).map_err(files)?.ok_or_else(used)?;
        let backfill = HistoryUse::of_backfill(folder).map_err(files)?.ok_or_else(used)?;
        remove(&folder.join(NEW_NAME)).map_err(files)?;
        let mut store = HistoryStore::open_file(folder, NEW_NAME)?;
        let salvaged = salvage(&folder.join(FILE_NAME), &mut store)?;
        Ok(Self { folder: folder.to_owned(), store: Some(store), salvaged, _uses: [alone, backfill] })
    }

    /// What the old history gave.
    pub fn salvaged(&self) -> &Salvaged {
        &self.salvaged
    }

    /// The new history, to be added to. None when it was taken before.
    pub(super) fn take_store(&mut self) -> Option<HistoryStore> {
        self.store.take()
    }

    /// Puts the new history in the place of the old one. A damaged one is renamed, a whole one is gone.
    ///
    /// # Errors
    /// When a file cannot be renamed. The old one is in place then, or under its other name.
    pub fn finish(mut self) -> Result<(), RebuildError> {
        let files = |source| RebuildError::Files { folder: self.folder.clone(), source };
        // Closing it writes its log back.
        self.store = None;
        let (old, new, damaged) = (self.folder.join(FILE_NAME), self.folder.join(NEW_NAME), self.folder.join(DAMAGED_NAME));
        if self.salvaged.damage.is_some() {
            remove(&damaged).map_err(files)?;
            std::fs::rename(&old, &damaged).map_err(files)?;
        }
        // The log of the old file must not be taken for that of the new one.
        for suffix in ["-wal", "-shm"] {
            remove_one(&beside(&old, suffix)).map_err(files)?;
        }
        std::fs::rename(&new, &old).map_err(files)
    }
}

/// Copies what can be read of an old file.
fn salvage(old: &Path, store: &mut HistoryStore) -> Result<Salvaged, HistoryError> {
    let mut salvaged = Salvaged::default();
    match data_folder::check_unopened(old) {
        Ok(Some(_)) => {}
        Ok(None) => return Ok(salvaged),
        Err(error) => return Err(HistoryError::File { file: old.to_owned(), source: error }),
    }
    let read = || -> rusqlite::Result<Connection> {
        let connection = Connection::open_with_flags(old, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NOFOLLOW)?;
        let problem: String = connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
        match problem.as_str() {
            "ok" => Ok(connection),
            _ => Err(rusqlite::Error::InvalidParameterName(problem)),
        }
    };
    // A whole file of an older version becomes one of this first, so that one form is copied.
    let damage = match read() {
        Ok(connection) => {
            drop(connection);
            match FORMAT.open(old) {
                Ok(connection) => return copy(&connection, store),
                Err(error) => match HistoryError::opening(old, error) {
                    HistoryError::Damaged { what, .. } => what,
                    error => return Err(error),
                },
            }
        }
        Err(rusqlite::Error::InvalidParameterName(problem)) => problem,
        Err(error) => error.to_string(),
    };
    salvaged.damage = Some(damage);
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NOFOLLOW;
    if let Ok(connection) = Connection::open_with_flags(old, flags) {
        salvaged.facts = copy(&connection, store)?.facts;
    }
    Ok(salvaged)
}

/// Copies the persons, as far as they can be read, so that sets of people go on meaning the same. Says whether all could be.
fn copy_persons(old: &Connection, store: &mut HistoryStore) -> Result<bool, HistoryError> {
    let mut persons = Vec::new();
    let mut read = || -> rusqlite::Result<()> {
        let mut statement = old.prepare("SELECT number, host, id, login FROM person ORDER BY number")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let id: i64 = row.get(2)?;
            persons.push(NewPerson { number: row.get(0)?, host: row.get(1)?, id: id.cast_unsigned(), login: row.get(3)? });
        }
        Ok(())
    };
    let is_whole = read().is_ok();
    store.write_with(&[], &persons, Reading { at: jiff::Timestamp::UNIX_EPOCH, is_cached: true })?;
    Ok(is_whole)
}

fn copy(old: &Connection, store: &mut HistoryStore) -> Result<Salvaged, HistoryError> {
    // Without everybody's number, sets of people mean nobody.
    let has_persons = copy_persons(old, store)?;
    let place = if has_contents_in_facts(old) { Contents::OfFacts } else { Contents::OfToday };
    let columns =
        format!("SELECT host, level, name, {COLUMNS} FROM fact JOIN scope ON scope.number = fact.scope WHERE fact.number = ?1");
    let mut facts = 0;
    let mut last_seen: Option<i64> = None;
    // From both ends, because a damaged page of numbers ends a reading.
    for is_rising in [true, false] {
        let next = match is_rising {
            true => "SELECT number FROM fact WHERE number > ?1 ORDER BY number LIMIT 1",
            false => "SELECT number FROM fact WHERE number < ?1 ORDER BY number DESC LIMIT 1",
        };
        let (Ok(mut next), Ok(mut read)) = (old.prepare(next), old.prepare(&columns)) else { break };
        let mut at = if is_rising { i64::MIN } else { i64::MAX };
        loop {
            let Ok(Some(number)) = next.query_row([at], |row| row.get::<_, i64>(0)).optional() else { break };
            // In a damaged page numbers may be in no order.
            let goes_on = if is_rising { number > at } else { number < at };
            if !goes_on || (!is_rising && last_seen.is_some_and(|seen| number <= seen)) {
                break;
            }
            at = number;
            if is_rising {
                last_seen = Some(number);
            }
            // A fact that cannot be read is passed over: those after it may be whole.
            let Ok(fact) = read.query_row([number], |row| SalvagedFact::read(old, number, place, row)) else { continue };
            let is_written = (has_persons || !fact.has_sections())
                && fact.is_whole()
                && store.within_scope(&fact.scope, |new, scope| fact.insert(new, scope))?;
            if is_written {
                facts += 1;
            }
        }
    }
    Ok(Salvaged { facts, damage: None })
}

/// Where a file has the contents of its facts.
#[derive(Clone, Copy)]
enum Contents {
    /// In a column of the facts, as version 2 packed them.
    OfFacts,
    /// As today, see [`contents`].
    OfToday,
}

/// Whether a file is one of version 2, of which a damaged one cannot become one of today.
fn has_contents_in_facts(old: &Connection) -> bool {
    old.prepare("SELECT content FROM fact").is_ok()
}

/// A fact as another file has it.
struct SalvagedFact {
    scope: ScopeKey,
    /// In the order of [`COLUMNS`].
    columns: Vec<Value>,
    /// None when it cannot be read.
    content: Option<Vec<u8>>,
}

impl SalvagedFact {
    fn read(old: &Connection, number: i64, place: Contents, row: &Row<'_>) -> rusqlite::Result<Self> {
        let columns = (3..17).map(|column| row.get(column)).collect::<rusqlite::Result<Vec<_>>>()?;
        let mut fact =
            Self { scope: ScopeKey { host: row.get(0)?, level: row.get(1)?, name: row.get(2)? }, columns, content: None };
        // Pages of contents may be damaged where those of facts are not.
        fact.content = fact.part().and_then(|part| match place {
            Contents::OfFacts => {
                let stored = "SELECT content FROM fact WHERE number = ?1";
                let stored: Vec<u8> = old.prepare_cached(stored).ok()?.query_row([number], |row| row.get(0)).ok()?;
                second_form::content(part, &stored)
            }
            Contents::OfToday => contents::read(old, number, part).ok()?,
        });
        Ok(fact)
    }

    fn part(&self) -> Option<Part> {
        if let Some(Value::Integer(part)) = self.columns.first() { Part::of_number(*part) } else { None }
    }

    /// Whether its content can be unpacked.
    fn is_whole(&self) -> bool {
        let Some(content) = &self.content else { return false };
        !self.has_sections() || sections::unpack_all(content).is_some()
    }

    /// Whether its content is several sections, which are about people.
    fn has_sections(&self) -> bool {
        self.part().is_some_and(Part::has_sections)
    }

    /// The statement that inserts it, given the number of its scope.
    fn insert(&self, connection: &Connection, scope: i64) -> rusqlite::Result<bool> {
        let query = format!(
            "INSERT OR IGNORE INTO fact (scope, {COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)"
        );
        let columns = &self.columns;
        let [part, day, hash, read_at, first_hash, first_values, first_read_at, changes, rest @ ..] = columns.as_slice() else {
            return Ok(false);
        };
        let [same_since, same_readings, final_at, final_values, restated_at, wants_content] = rest else { return Ok(false) };
        let values = params![
            scope,
            part,
            day,
            hash,
            read_at,
            first_hash,
            first_values,
            first_read_at,
            changes,
            same_since,
            same_readings,
            final_at,
            final_values,
            restated_at,
            wants_content
        ];
        if connection.prepare_cached(&query)?.execute(values)? == 0 {
            return Ok(false);
        }
        let Some((of_part, content)) = self.part().zip(self.content.as_deref()) else { return Ok(false) };
        contents::write(connection, connection.last_insert_rowid(), of_part, content)?;
        Ok(true)
    }
}

/// Whether there is a damaged file that was kept, or a new one that was never finished.
pub fn has_leftovers(folder: &Path) -> bool {
    [DAMAGED_NAME, NEW_NAME].into_iter().any(|name| folder.join(name).exists())
}

/// Removes a damaged file that was kept, and a new one that was never finished. None is no error.
///
/// # Errors
/// When one cannot be removed.
pub fn remove_leftovers(folder: &Path) -> std::io::Result<()> {
    [DAMAGED_NAME, NEW_NAME].into_iter().try_for_each(|name| remove(&folder.join(name)))
}

fn remove(file: &Path) -> std::io::Result<()> {
    ["", "-wal", "-shm"].iter().try_for_each(|suffix| remove_one(&beside(file, suffix)))
}

fn remove_one(file: &Path) -> std::io::Result<()> {
    match std::fs::remove_file(file) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

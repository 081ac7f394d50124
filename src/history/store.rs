//! Writes day facts. A call of [`HistoryStore::write`] is one transaction: a crash leaves whole days.

use std::hash::Hasher;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::DeflateEncoder;
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Transaction, params};
use siphasher::sip128::{Hasher128, SipHasher13};

use super::error::HistoryError;
use super::fact::{DayFact, ScopeKey};
use super::schema::FORMAT;
use super::{FILE_NAME, fact};
use crate::door::data_folder;
use crate::model::day::Day;

/// The history of a data folder, opened for writing. Readers may read meanwhile; another writer waits for a moment.
#[derive(Debug)]
pub struct HistoryStore {
    connection: Connection,
    file: PathBuf,
}

/// The effect of writing one fact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    /// It was read for the first time.
    New,
    /// It is as it was; the time of reading is renewed.
    Unchanged,
    /// The source says something else than before.
    Changed,
}

impl HistoryStore {
    /// Opens the history of a data folder, and makes both when there are none.
    ///
    /// # Errors
    /// When the folder or the file cannot be made or opened, see [`HistoryError`].
    pub fn open(folder: &Path) -> Result<Self, HistoryError> {
        data_folder::make(folder).map_err(|source| HistoryError::Folder { folder: folder.to_owned(), source })?;
        let file = folder.join(FILE_NAME);
        let connection = FORMAT.open(&file).map_err(|error| HistoryError::opening(&file, error))?;
        Ok(Self { connection, file })
    }

    /// Writes facts that were read at that moment: all of them, or none.
    ///
    /// # Errors
    /// When the file cannot be written to.
    pub fn write(&mut self, facts: &[DayFact], read_at: Timestamp) -> Result<Vec<Written>, HistoryError> {
        let file = &self.file;
        let transaction = self.connection.transaction().map_err(HistoryError::database(file))?;
        let mut written = Vec::with_capacity(facts.len());
        for fact in facts {
            written.push(write_one(&transaction, fact, read_at.as_second()).map_err(HistoryError::database(file))?);
        }
        transaction.commit().map_err(HistoryError::database(file))?;
        Ok(written)
    }
}

fn write_one(transaction: &Transaction<'_>, fact: &DayFact, read_at: i64) -> rusqlite::Result<Written> {
    let scope = scope_number(transaction, &fact.scope)?;
    let hash = content_hash(&fact.content);
    let (part, day) = (fact.part.number(), day_number(fact.day));
    let mut find = transaction.prepare_cached("SELECT number, hash FROM fact WHERE scope = ?1 AND part = ?2 AND day = ?3")?;
    let known: Option<(i64, Vec<u8>)> =
        find.query_row(params![scope, part, day], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
    match known {
        None => {
            let insert = "INSERT INTO fact (scope, part, day, hash, content, read_at, first_hash, first_read_at, changes)
                          VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?4, ?6, 0)";
            transaction.prepare_cached(insert)?.execute(params![scope, part, day, hash, deflate(&fact.content), read_at])?;
            Ok(Written::New)
        }
        Some((number, known)) if known == hash => {
            transaction.prepare_cached("UPDATE fact SET read_at = ?2 WHERE number = ?1")?.execute(params![number, read_at])?;
            Ok(Written::Unchanged)
        }
        Some((number, _)) => {
            let update =
                "UPDATE fact SET first_content = coalesce(first_content, content), hash = ?2, content = ?3, read_at = ?4,
                          changes = changes + 1 WHERE number = ?1";
            transaction.prepare_cached(update)?.execute(params![number, hash, deflate(&fact.content), read_at])?;
            Ok(Written::Changed)
        }
    }
}

fn scope_number(transaction: &Transaction<'_>, scope: &fact::ScopeKey) -> rusqlite::Result<i64> {
    let ScopeKey { host, level, name } = scope;
    transaction
        .prepare_cached("INSERT INTO scope (host, level, name) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING")?
        .execute(params![host, level, name])?;
    let mut find = transaction.prepare_cached("SELECT number FROM scope WHERE host = ?1 AND level = ?2 AND name = ?3")?;
    find.query_row(params![host, level, name], |row| row.get(0))
}

/// A fingerprint of a content. It tells readings apart; it guards nothing.
fn content_hash(content: &[u8]) -> Vec<u8> {
    let mut hasher = SipHasher13::new();
    hasher.write(content);
    hasher.finish128().as_bytes().to_vec()
}

/// Days since 1970.
pub(super) fn day_number(day: Day) -> i64 {
    i64::from(day.days_since(Day::of(Timestamp::UNIX_EPOCH)))
}

/// Packs a content. Writing to memory cannot fail; if it did, the content is kept as it is, which [`inflate`] refuses as damaged.
fn deflate(content: &[u8]) -> Vec<u8> {
    let pack = || -> io::Result<Vec<u8>> {
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(content)?;
        encoder.finish()
    };
    pack().unwrap_or_else(|_| content.to_vec())
}

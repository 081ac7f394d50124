//! SQLite files of the data folder: opened safely, with one writer's settings, a version of their format, and tables made when
//! there are none. The local catalog and the history are two of them.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::data_folder;

/// Limit of a connection's wait for another one that holds the file: recovery and checkpoints of the log take moments.
const BUSY_AT_MOST: Duration = Duration::from_secs(5);

/// The format of a file.
#[derive(Clone, Copy, Debug)]
pub struct Format {
    /// Kept in the file as SQLite's `user_version`; grows with every change of the tables. A file of a newer one is refused.
    pub version: i64,
    /// Statements that make the tables.
    pub tables: &'static str,
    /// Steps from older versions, each to the next one.
    pub migrations: &'static [Migration],
    /// Settings of the connection that writes.
    pub writer_settings: &'static str,
    /// Settings of a connection that reads.
    pub reader_settings: &'static str,
    /// Prepared statements that a connection keeps.
    pub statements: usize,
}

/// A step from a version of a format to the next one. It keeps what the file holds.
#[derive(Clone, Copy, Debug)]
pub struct Migration {
    /// The version that it begins at.
    pub from: i64,
    /// The step. It runs within a transaction: when it fails, the file is as it was.
    pub run: fn(&Connection) -> rusqlite::Result<()>,
}

/// Reasons for which a file cannot be opened.
#[derive(Debug)]
pub enum OpenError {
    /// SQLite cannot open or read it.
    Database(rusqlite::Error),
    /// It was made by another version of this program.
    Version {
        /// The file's version.
        found: i64,
    },
    /// Its name is that of a link, a pipe or the like.
    File(std::io::Error),
    /// The file can only be read, and its last writer did not close it.
    LeftOpen,
}

impl From<rusqlite::Error> for OpenError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Database(error)
    }
}

impl Format {
    /// Opens a file for writing, and makes it and its tables when there are none.
    ///
    /// # Errors
    /// Fails when the file is not one of SQLite, of a newer version, or not a regular file.
    pub fn open(&self, path: &Path) -> Result<Connection, OpenError> {
        // SQLite gives its log and its index the rights of the file, so they need no more than this.
        data_folder::make_unopened(path).map_err(OpenError::File)?;
        let path = checked(path)?;
        for suffix in ["-wal", "-shm"] {
            data_folder::tighten_unopened(&beside(&path, suffix)).map_err(OpenError::File)?;
        }
        let connection = Connection::open_with_flags(path, OpenFlags::default() | OpenFlags::SQLITE_OPEN_NOFOLLOW)?;
        // A newer version's file is left as it is, its settings included.
        let found = version(&connection)?;
        if found > self.version {
            return Err(OpenError::Version { found });
        }
        connection.execute_batch(self.writer_settings)?;
        connection.busy_timeout(BUSY_AT_MOST)?;
        if (1..self.version).contains(&found) {
            self.migrate(&connection)?;
        }
        self.prepared(connection, true)
    }

    /// Takes an older file to this version, step by step, each within a transaction. A version that no step begins at is left.
    fn migrate(&self, connection: &Connection) -> rusqlite::Result<()> {
        loop {
            // Another process may have made the step meanwhile, so the version is read while nobody else writes.
            connection.execute_batch("BEGIN IMMEDIATE")?;
            let step = || -> rusqlite::Result<bool> {
                let found = version(connection)?;
                let Some(migration) = self.migrations.iter().find(|migration| migration.from == found) else { return Ok(false) };
                (migration.run)(connection)?;
                connection.execute_batch(&format!("PRAGMA user_version = {}", found + 1))?;
                Ok(true)
            };
            match step() {
                Ok(true) => connection.execute_batch("COMMIT")?,
                Ok(false) => return connection.execute_batch("ROLLBACK"),
                Err(error) => {
                    // The first error says why; the connection is closed by whoever gets it.
                    let _ = connection.execute_batch("ROLLBACK");
                    return Err(error);
                }
            }
        }
    }

    /// Opens a database that lives as long as the connection.
    ///
    /// # Errors
    /// Fails when the tables cannot be made.
    pub fn open_memory(&self) -> Result<Connection, OpenError> {
        self.prepared(Connection::open_in_memory()?, true)
    }

    /// Opens a file for reading only, also one in a folder that can only be read.
    ///
    /// # Errors
    /// As [`Format::open`]; also when there is no file, or when it can only be read and was not closed.
    pub fn open_to_read(&self, path: &Path) -> Result<Connection, OpenError> {
        let path = checked(path)?;
        match self.open_by_name(&path.to_string_lossy(), OpenFlags::empty()) {
            Err(OpenError::Database(error)) if is_denied(&error) => self.open_unchanging(&path),
            opened => opened,
        }
    }

    /// Opens a file that no process changes, without a log and an index. Fails when a log exists, because its content would be missing.
    ///
    /// # Errors
    /// [`OpenError::LeftOpen`] when its log is not empty.
    pub fn open_unchanging(&self, path: &Path) -> Result<Connection, OpenError> {
        if std::fs::metadata(beside(path, "-wal")).is_ok_and(|log| log.len() > 0) {
            return Err(OpenError::LeftOpen);
        }
        let Ok(mut url) = url::Url::from_file_path(path) else { return Err(OpenError::LeftOpen) };
        url.set_query(Some("immutable=1"));
        self.open_by_name(url.as_str(), OpenFlags::SQLITE_OPEN_URI)
    }

    fn open_by_name(&self, name: &str, more: OpenFlags) -> Result<Connection, OpenError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_NOFOLLOW | more;
        let connection = Connection::open_with_flags(name, flags)?;
        connection.execute_batch(self.reader_settings)?;
        self.prepared(connection, false)
    }

    fn prepared(&self, connection: Connection, create: bool) -> Result<Connection, OpenError> {
        connection.busy_timeout(BUSY_AT_MOST)?;
        connection.set_prepared_statement_cache_capacity(self.statements);
        let mut found = version(&connection)?;
        if found == 0 && create {
            connection.execute_batch(&format!("BEGIN; {} PRAGMA user_version = {}; COMMIT;", self.tables, self.version))?;
            found = version(&connection)?;
        }
        if found == self.version { Ok(connection) } else { Err(OpenError::Version { found }) }
    }
}

/// The file's path without a link above it, which SQLite would not follow; refused when the file itself, or what SQLite keeps beside
/// it, is no regular file.
fn checked(path: &Path) -> Result<PathBuf, OpenError> {
    for suffix in ["", "-wal", "-shm"] {
        let path = beside(path, suffix);
        match data_folder::check_unopened(&path) {
            // Of a folder SQLite says itself what is wrong.
            Err(error) if error.kind() == std::io::ErrorKind::InvalidInput && (path.is_symlink() || !path.is_dir()) => {
                return Err(OpenError::File(error));
            }
            _ => {}
        }
    }
    let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else { return Ok(path.to_owned()) };
    Ok(folder.canonicalize().map_err(OpenError::File)?.join(name))
}

/// A file that SQLite keeps beside the database.
pub fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// True when SQLite has no permission to open a file. It needs an index of its log beside the database, and makes it even to read;
/// when the index can neither be made nor opened, it gives the same error.
pub fn is_denied(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly))
}

/// Writes a file anew, so that nothing of what was removed is left in it, nor in its log.
///
/// # Errors
/// When it cannot be written, and when somebody reads an older state of it for longer than a few seconds: the file then keeps that
/// state.
pub fn write_anew(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute_batch("VACUUM")?;
    let is_busy: bool = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
    if !is_busy {
        return Ok(());
    }
    let reason = "somebody reads an older state of the file, which therefore keeps it".to_owned();
    Err(rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_BUSY), Some(reason)))
}

fn version(connection: &Connection) -> rusqlite::Result<i64> {
    connection.query_row("PRAGMA user_version", [], |row| row.get(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_somebody_reads_is_not_said_to_be_written_anew() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file.sqlite");
        let open = || {
            let connection = Connection::open(&file).unwrap();
            connection.execute_batch("PRAGMA journal_mode = WAL").unwrap();
            connection.busy_timeout(Duration::ZERO).unwrap();
            connection
        };
        let (writer, reader) = (open(), open());
        writer.execute_batch("CREATE TABLE person (name TEXT); INSERT INTO person VALUES ('mona-lisa')").unwrap();
        write_anew(&writer).unwrap();
        reader.execute_batch("BEGIN; SELECT * FROM person").unwrap();
        reader.query_row("SELECT name FROM person", [], |row| row.get::<_, String>(0)).unwrap();
        writer.execute_batch("DELETE FROM person").unwrap();
        let error = write_anew(&writer).unwrap_err();
        assert!(error.to_string().contains("somebody reads"), "{error}");
        reader.execute_batch("ROLLBACK").unwrap();
        write_anew(&writer).unwrap();
        let bytes = [&file, &beside(&file, "-wal")].map(|file| std::fs::read(file).unwrap_or_default()).concat();
        assert!(!bytes.windows(9).any(|at| at == b"mona-lisa"));
    }
}

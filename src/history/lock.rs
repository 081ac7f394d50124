//! Who uses the history: runs share it, a rebuild has it alone, and a backfill looks whether a run is alive.
//!
//! The locks are the operating system's, so they are gone when their process is. A run never waits for anybody.

use std::fs::{File, TryLockError};
use std::io;
use std::path::Path;
use std::time::Duration;

use crate::door::data_folder;

/// Locked shared by every run that writes to the history, for as long as it lasts.
const RUNS: &str = "history.lock";

/// Locked by the one backfill.
const BACKFILL: &str = "history.backfill.lock";

/// A backfill locks the file for a moment to look at it. Tries, and the time between them, that outlast that moment.
const TRIES: u32 = 5;
const BETWEEN_TRIES: Duration = Duration::from_millis(10);

/// A use of the history. It ends with the value.
#[derive(Debug)]
pub struct HistoryUse {
    _file: File,
}

impl HistoryUse {
    /// The use by a run. None when the history is being rebuilt, or the folder cannot be written to.
    pub fn of_run(folder: &Path) -> Option<Self> {
        let file = open(folder, RUNS).ok()?;
        for _ in 0..TRIES {
            if file.try_lock_shared().is_ok() {
                return Some(Self { _file: file });
            }
            std::thread::sleep(BETWEEN_TRIES);
        }
        None
    }

    /// The use that excludes every run. None when a run is alive.
    ///
    /// # Errors
    /// The folder cannot be written to.
    pub fn alone(folder: &Path) -> io::Result<Option<Self>> {
        lock(open(folder, RUNS)?)
    }

    /// The use by a backfill. None when another one is alive.
    ///
    /// # Errors
    /// The folder cannot be written to.
    pub fn of_backfill(folder: &Path) -> io::Result<Option<Self>> {
        lock(open(folder, BACKFILL)?)
    }

    /// Whether a run is alive that writes to the history.
    pub fn has_run(folder: &Path) -> bool {
        // What cannot be looked at keeps nobody waiting.
        Self::alone(folder).is_ok_and(|alone| alone.is_none())
    }
}

fn open(folder: &Path, name: &str) -> io::Result<File> {
    data_folder::make(folder)?;
    data_folder::open_or_create(&folder.join(name))
}

fn lock(file: File) -> io::Result<Option<HistoryUse>> {
    match file.try_lock() {
        Ok(()) => Ok(Some(HistoryUse { _file: file })),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_share_it_and_a_rebuild_has_it_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path();
        assert!(!HistoryUse::has_run(path));
        let runs = [HistoryUse::of_run(path).unwrap(), HistoryUse::of_run(path).unwrap()];
        assert!(HistoryUse::has_run(path) && HistoryUse::alone(path).unwrap().is_none());
        drop(runs);
        let alone = HistoryUse::alone(path).unwrap().unwrap();
        assert!(HistoryUse::of_run(path).is_none());
        drop(alone);
        assert!(HistoryUse::of_run(path).is_some());
        let backfill = HistoryUse::of_backfill(path).unwrap().unwrap();
        assert!(HistoryUse::of_backfill(path).unwrap().is_none() && HistoryUse::of_run(path).is_some());
        drop(backfill);
        assert!(HistoryUse::of_backfill(path).unwrap().is_some());
    }
}

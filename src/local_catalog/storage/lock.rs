//! One writer per folder: a lock of the operating system, which is gone when its process is.

use std::fs::{File, TryLockError};
use std::path::Path;

use crate::door::data_folder;
use crate::local_catalog::unusable::LocalCatalogError;

/// Held as long as a process may write to the folder.
#[derive(Debug)]
pub(crate) struct FolderLock {
    _file: File,
}

impl FolderLock {
    /// Takes the lock, or says who stands in the way. Does not wait.
    pub(crate) fn take(folder: &Path) -> Result<Self, LocalCatalogError> {
        let path = folder.join("catalog.lock");
        let cannot = |source| LocalCatalogError::Folder { folder: folder.to_owned(), source };
        let file = data_folder::open_or_create(&path).map_err(cannot)?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => Err(LocalCatalogError::Locked { folder: folder.to_owned() }),
            Err(TryLockError::Error(source)) => Err(cannot(source)),
        }
    }
}

//! A file that is there whole or not at all: written beside its place, and renamed at the end.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// A file that is being written. What was there stays until [`WholeFile::finish`].
#[derive(Debug)]
pub(super) struct WholeFile {
    place: PathBuf,
    beside: PathBuf,
    /// None once it was renamed.
    file: Option<BufWriter<File>>,
}

impl WholeFile {
    /// Begins a file for that place.
    ///
    /// # Errors
    /// The folder cannot be written to, or the place is no name of a file.
    pub(super) fn create(place: &Path) -> io::Result<Self> {
        let folder = place.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let name = place.file_name().ok_or_else(|| io::Error::other("it is no name of a file"))?;
        let beside = folder.join(format!(".{}.{}", name.to_string_lossy(), std::process::id()));
        let file = File::create(&beside)?;
        Ok(Self { place: place.to_owned(), beside, file: Some(BufWriter::new(file)) })
    }

    /// Writes a piece.
    ///
    /// # Errors
    /// The disk refuses.
    pub(super) fn write(&mut self, piece: &[u8]) -> io::Result<()> {
        self.file.as_mut().map_or(Ok(()), |file| file.write_all(piece))
    }

    /// Puts the file in its place.
    ///
    /// # Errors
    /// The disk refuses. What was there before still is.
    pub(super) fn finish(mut self) -> io::Result<()> {
        if let Some(file) = &mut self.file {
            file.flush()?;
        }
        std::fs::rename(&self.beside, &self.place)?;
        self.file = None;
        Ok(())
    }
}

impl Drop for WholeFile {
    fn drop(&mut self) {
        if self.file.take().is_some() {
            // The reason was told by whoever could not write; what is left of the file beside it says nothing more.
            let _ = std::fs::remove_file(&self.beside);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_there_stays_until_the_file_is_whole() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("figures.csv");
        std::fs::write(&place, "old").unwrap();
        let mut file = WholeFile::create(&place).unwrap();
        file.write(b"ne").unwrap();
        assert_eq!(std::fs::read_to_string(&place).unwrap(), "old");
        drop(file);
        assert_eq!(std::fs::read_to_string(&place).unwrap(), "old");
        let mut file = WholeFile::create(&place).unwrap();
        file.write(b"new").unwrap();
        file.finish().unwrap();
        assert_eq!(std::fs::read_to_string(&place).unwrap(), "new");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
        assert!(WholeFile::create(Path::new("/")).is_err());
    }
}

//! Changes of a run: `runs/<id>.changes.jsonl.gz`, a line for each entity that was not left as it was. They are written while the run
//! goes on, on a thread of their own, so that a run does not wait for them.

use std::fs;
use std::io::{self, BufRead, BufReader, BufWriter, Read, Write};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

use crate::door::data_folder;
use crate::reconcile::kept_change::KeptChange;
use flate2::Compression;
use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;

/// Changes that are kept of one run. Further ones are in the counts of its report only.
pub const CHANGES_AT_MOST: u64 = 200_000;

/// Bytes of changes that are handed together to the thread that writes.
const CHUNK: usize = 64 << 10;

/// Chunks that may wait for the thread that writes.
const CHUNKS_AT_MOST: usize = 16;

/// Packs changes in memory: those of a plan, which leaves no file. As many are kept as of a run.
#[derive(Debug)]
pub struct ChangesPacker {
    /// The encoder wants large pieces: each write costs it as much as 32 KiB that are cleared.
    encoder: BufWriter<GzEncoder<Vec<u8>>>,
    /// The change that is written, as text.
    line: Vec<u8>,
    count: u64,
}

/// Changes in memory, packed.
#[derive(Debug)]
pub struct PackedChanges(Vec<u8>);

impl Default for ChangesPacker {
    fn default() -> Self {
        let encoder = GzEncoder::new(Vec::new(), Compression::fast());
        Self { encoder: BufWriter::with_capacity(CHUNK, encoder), line: Vec::new(), count: 0 }
    }
}

impl ChangesPacker {
    /// Adds a change. Ignored beyond [`CHANGES_AT_MOST`].
    pub fn add(&mut self, mut change: KeptChange) {
        self.count += 1;
        if self.count <= CHANGES_AT_MOST {
            self.line.clear();
            change.write_line(&mut self.line);
            // Memory takes every write.
            let _ = self.encoder.write_all(&self.line);
        }
    }

    /// The changes.
    pub fn finish(self) -> PackedChanges {
        let packed = self.encoder.into_inner().ok().and_then(|encoder| encoder.finish().ok());
        PackedChanges(packed.unwrap_or_default())
    }
}

impl PackedChanges {
    /// Shows the changes, in their order, until `visit` breaks.
    ///
    /// # Errors
    /// They cannot be unpacked, which is a fault of the program.
    pub fn each(&self, visit: impl FnMut(KeptChange) -> ControlFlow<()>) -> io::Result<()> {
        each_line(self.0.as_slice(), visit)
    }
}

/// Path of the changes of a run, given the folder of reports.
pub(super) fn place(folder: &Path, id: &str) -> PathBuf {
    folder.join(format!("{id}.changes.jsonl.gz"))
}

/// Writes the changes of one run. Dropped without [`ChangesWriter::finish`], it leaves nothing.
#[derive(Debug)]
pub struct ChangesWriter {
    /// Lines that were not handed over yet.
    chunk: Vec<u8>,
    sender: Option<SyncSender<Vec<u8>>>,
    thread: Option<JoinHandle<io::Result<()>>>,
    beside: PathBuf,
    place: PathBuf,
    count: u64,
}

impl ChangesWriter {
    /// Begins a file. The folder must exist.
    ///
    /// # Errors
    /// The file or the thread cannot be made.
    pub(super) fn begin(folder: &Path, id: &str) -> io::Result<Self> {
        let (place, beside) = (place(folder, id), folder.join(format!(".{id}.changes.part")));
        // An existing file of this name was left by a run that was killed while writing.
        let _ = fs::remove_file(&beside);
        let file = BufWriter::new(data_folder::create(&beside)?);
        let (sender, chunks) = sync_channel(CHUNKS_AT_MOST);
        let thread = std::thread::Builder::new().name("changes-of-run".to_owned()).spawn(move || write(file, &chunks))?;
        Ok(Self { chunk: Vec::with_capacity(CHUNK), sender: Some(sender), thread: Some(thread), beside, place, count: 0 })
    }

    /// Adds a change. Ignored beyond [`CHANGES_AT_MOST`], and after an error, which [`ChangesWriter::finish`] tells.
    pub fn add(&mut self, mut change: KeptChange) {
        self.count += 1;
        if self.count > CHANGES_AT_MOST {
            return;
        }
        change.write_line(&mut self.chunk);
        // A change may be longer than all the others together, so the chunk is looked at after it.
        if self.chunk.len() >= CHUNK {
            self.hand_over();
        }
    }

    fn hand_over(&mut self) {
        let chunk = std::mem::replace(&mut self.chunk, Vec::with_capacity(CHUNK));
        if let Some(sender) = &self.sender {
            // The thread ends early only after an error.
            let _ = sender.send(chunk);
        }
    }

    /// Waits until everything is written, and gives the file its name.
    ///
    /// # Errors
    /// Something could not be written. Then there is no file.
    pub fn finish(mut self) -> io::Result<()> {
        self.end()?;
        fs::rename(&self.beside, &self.place)
    }

    fn end(&mut self) -> io::Result<()> {
        self.hand_over();
        self.sender = None;
        match self.thread.take().map(JoinHandle::join) {
            None => Ok(()),
            Some(Ok(written)) => written,
            Some(Err(_)) => Err(io::Error::other("the thread that writes changes broke off")),
        }
    }
}

impl Drop for ChangesWriter {
    fn drop(&mut self) {
        if self.thread.is_some() {
            let _ = self.end();
            let _ = fs::remove_file(&self.beside);
        }
    }
}

fn write(file: impl Write, chunks: &Receiver<Vec<u8>>) -> io::Result<()> {
    let mut encoder = GzEncoder::new(file, Compression::fast());
    while let Ok(chunk) = chunks.recv() {
        encoder.write_all(&chunk)?;
    }
    encoder.finish()?.flush()
}

/// Shows the kept changes of a run, in their order, until `visit` breaks. False when none were kept.
///
/// # Errors
/// The file cannot be read.
pub(super) fn each(place: &Path, visit: impl FnMut(KeptChange) -> ControlFlow<()>) -> io::Result<bool> {
    let file = match data_folder::open(place) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        file => file?,
    };
    each_line(file, visit)?;
    Ok(true)
}

fn each_line(packed: impl Read, mut visit: impl FnMut(KeptChange) -> ControlFlow<()>) -> io::Result<()> {
    for line in BufReader::new(MultiGzDecoder::new(packed)).lines() {
        if visit(serde_json::from_str(&line?)?).is_break() {
            break;
        }
    }
    Ok(())
}

/// Whether any line of the changes of a run is one that `names` takes. False when none were kept.
///
/// # Errors
/// The file cannot be read.
pub(super) fn name(place: &Path, names: &dyn Fn(&str) -> bool) -> io::Result<bool> {
    let file = match data_folder::open(place) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        file => file?,
    };
    for line in BufReader::new(MultiGzDecoder::new(file)).lines() {
        if names(&line?) {
            return Ok(true);
        }
    }
    Ok(false)
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::reconcile::kept_change::{KeptField, VALUE_CHARACTERS};

    fn change(number: u64) -> KeptChange {
        let field = KeptField { field: "properties.n".to_owned(), from: Value::Null, to: Value::from("ü".repeat(500)) };
        KeptChange {
            action: "update".to_owned(),
            blueprint: "b".to_owned(),
            identifier: number.to_string(),
            fields: vec![field],
            reason: None,
        }
    }

    #[test]
    fn changes_are_read_as_they_were_written_and_long_values_are_cut() {
        let folder = tempfile::TempDir::new().unwrap();
        let mut writer = ChangesWriter::begin(folder.path(), "x").unwrap();
        (0..3).for_each(|number| writer.add(change(number)));
        writer.finish().unwrap();
        let mut read = Vec::new();
        let found = each(&place(folder.path(), "x"), |change| {
            read.push(change);
            if read.len() == 2 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        assert!(found.unwrap());
        assert_eq!(read[1].identifier, "1");
        assert_eq!(read[1].fields[0].to.as_str().unwrap().chars().count(), VALUE_CHARACTERS + 1);
        assert!(!each(&place(folder.path(), "y"), |_| ControlFlow::Continue(())).unwrap());
    }

    #[test]
    fn a_run_that_was_cut_off_leaves_no_changes() {
        let folder = tempfile::TempDir::new().unwrap();
        let mut writer = ChangesWriter::begin(folder.path(), "x").unwrap();
        writer.add(change(0));
        drop(writer);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}

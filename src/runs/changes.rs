//! Changes of a run: `runs/<id>.changes.jsonl.gz`, a line for each entity that was not left as it was. They are written while the run
//! goes on, on a thread of their own, so that a run does not wait for them.

use std::fs;
use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

use flate2::Compression;
use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::door::data_folder;

/// Changes that are kept of one run. Further ones are in the counts of its report only.
pub const CHANGES_AT_MOST: u64 = 200_000;

/// Longest text of a kept value, in characters. Longer ones are cut.
const VALUE_CHARACTERS: usize = 400;

/// Changes that may wait for the thread that writes.
const WAITING_AT_MOST: usize = 4_096;

/// One entity that a run did not leave as it was.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct KeptChange {
    /// `create`, `update`, `send`, `delete` or `withheld`.
    pub action: String,
    /// Blueprint of the entity.
    pub blueprint: String,
    /// Identifier of the entity.
    pub identifier: String,
    /// Fields of an update.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<KeptField>,
    /// Reason of a deletion, or against it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// One field that changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct KeptField {
    /// `title`, `properties.x` or `relations.y`.
    pub field: String,
    /// Value before; null when there was none.
    pub from: Value,
    /// Value after.
    pub to: Value,
}

/// Path of the changes of a run, given the folder of reports.
pub(super) fn place(folder: &Path, id: &str) -> PathBuf {
    folder.join(format!("{id}.changes.jsonl.gz"))
}

/// Writes the changes of one run. Dropped without [`ChangesWriter::finish`], it leaves nothing.
#[derive(Debug)]
pub struct ChangesWriter {
    sender: Option<SyncSender<KeptChange>>,
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
        let (sender, changes) = sync_channel(WAITING_AT_MOST);
        let thread = std::thread::Builder::new().name("changes-of-run".to_owned()).spawn(move || write(file, &changes))?;
        Ok(Self { sender: Some(sender), thread: Some(thread), beside, place, count: 0 })
    }

    /// Adds a change. Ignored beyond [`CHANGES_AT_MOST`], and after an error, which [`ChangesWriter::finish`] tells.
    pub fn add(&mut self, change: KeptChange) {
        self.count += 1;
        if self.count <= CHANGES_AT_MOST
            && let Some(sender) = &self.sender
        {
            // The thread ends early only after an error.
            let _ = sender.send(change);
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

fn write(file: impl Write, changes: &Receiver<KeptChange>) -> io::Result<()> {
    let mut encoder = GzEncoder::new(file, Compression::fast());
    while let Ok(mut change) = changes.recv() {
        for field in &mut change.fields {
            cut(&mut field.from);
            cut(&mut field.to);
        }
        serde_json::to_writer(&mut encoder, &change)?;
        encoder.write_all(b"\n")?;
    }
    encoder.finish()?.flush()
}

/// Cuts a long value. A list or an object becomes the beginning of its text.
fn cut(value: &mut Value) {
    let text = match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => return,
        Value::String(text) => text.clone(),
        Value::Array(_) | Value::Object(_) => value.to_string(),
    };
    if let Some((end, _)) = text.char_indices().nth(VALUE_CHARACTERS) {
        *value = Value::from(format!("{}…", &text[..end]));
    }
}

/// Shows the kept changes of a run, in their order, until `visit` breaks. False when none were kept.
///
/// # Errors
/// The file cannot be read.
pub(super) fn each(place: &Path, mut visit: impl FnMut(KeptChange) -> ControlFlow<()>) -> io::Result<bool> {
    let file = match data_folder::open(place) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        file => file?,
    };
    for line in BufReader::new(MultiGzDecoder::new(file)).lines() {
        if visit(serde_json::from_str(&line?)?).is_break() {
            break;
        }
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

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

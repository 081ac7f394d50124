//! One run over files: a slice for each file, in the order of the files.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::records::{RECORD_BYTES, Record, Records};
use super::{About, NAME, StoredFile, shape};
use crate::kind::{self, Kind, RowCheck};
use crate::model::item::{Batch, CHUNK_ITEMS, Enrichment, RawItem};
use crate::model::slice::{FROM_A_FILE, Slice, SliceEnd};
use crate::reconcile::outcome::Examples;
use crate::source::{Event, ReadRequest, SourceError, SourceRun, WrongChoice};

/// A run over files.
pub(super) struct FilesRun {
    pub(super) files: Arc<[StoredFile]>,
    pub(super) about: Arc<About>,
    pub(super) empty: Vec<PathBuf>,
    pub(super) stop: CancellationToken,
}

#[async_trait]
impl SourceRun for FilesRun {
    async fn check(&self, kinds: &[&'static str]) -> Result<(), WrongChoice> {
        let Some(unread) = self.files.iter().find(|file| !kinds.contains(&file.kind.name)) else { return Ok(()) };
        let (path, kind) = (unread.path.display(), unread.kind.name);
        let sentence = format!("`{path}` holds items of `{kind}`, of which the mapping has no resource");
        Err(WrongChoice {
            sentence,
            help: "use a mapping that has one, such as `--mapping usage`, or leave the file out".to_owned(),
        })
    }

    async fn read(&self, request: ReadRequest, events: mpsc::Sender<Event>) -> Result<(), SourceError> {
        let Some(kind) = kind::find(&request.kind) else { return Ok(()) };
        let files: Vec<StoredFile> = self.files.iter().filter(|file| file.kind == kind).cloned().collect();
        let enrichment = Arc::new(self.about.enrichment());
        for StoredFile { path, .. } in files {
            if self.stop.is_cancelled() {
                let end = SliceEnd::Failed {
                    reason: "stopped before every file was read".to_owned(),
                    remedy: "run it again".to_owned(),
                };
                send_whole(&events, Slice::new(request.resource, &request.kind, "", end)).await;
                return Ok(());
            }
            let file = OneFile {
                path,
                kind,
                about: Arc::clone(&self.about),
                enrichment: Arc::clone(&enrichment),
                slice: Slice::new(request.resource, &request.kind, self.about.scope(), SliceEnd::Empty),
                events: events.clone(),
                stop: self.stop.clone(),
            };
            // Disks make wait. The thread ends at the next batch once nobody takes its items any more.
            let read = tokio::task::spawn_blocking(move || file.read()).await;
            match read {
                Ok(Heard::Yes) => {}
                Ok(Heard::No) => return Ok(()),
                Err(_) => {
                    let (reason, remedy) =
                        ("reading a file broke off".to_owned(), "report this: it is a fault of the program".to_owned());
                    return Err(SourceError { what: NAME, reason, remedy });
                }
            }
        }
        Ok(())
    }

    fn warnings(&self) -> Vec<String> {
        self.empty.iter().map(|path| format!("`{}` has no record", path.display())).collect()
    }
}

/// Sends a slice that has nothing but its end.
async fn send_whole(events: &mpsc::Sender<Event>, slice: Slice) {
    let end = slice.end.clone();
    let ended = Event::Ended { end, window: None, missing_days: Vec::new(), rejected: Examples::default() };
    // A receiver that is gone needs no events.
    if events.send(Event::Began(slice)).await.is_ok() {
        let _ = events.send(ended).await;
    }
}

/// Whether somebody still takes events.
enum Heard {
    Yes,
    No,
}

/// The receiver of events is gone.
struct Unheard;

/// One file that is read.
struct OneFile {
    path: PathBuf,
    kind: &'static Kind,
    about: Arc<About>,
    enrichment: Arc<Enrichment>,
    slice: Slice,
    events: mpsc::Sender<Event>,
    stop: CancellationToken,
}

impl OneFile {
    fn read(self) -> Heard {
        match self.read_slice() {
            Ok(()) => Heard::Yes,
            Err(Unheard) => Heard::No,
        }
    }

    fn send(&self, event: Event) -> Result<(), Unheard> {
        self.events.blocking_send(event).map_err(|_| Unheard)
    }

    fn read_slice(&self) -> Result<(), Unheard> {
        self.send(Event::Began(self.slice.clone()))?;
        let mut rejected = Examples::default();
        let end = match self.read_records(&mut rejected)? {
            Ok(()) if self.stop.is_cancelled() => {
                SliceEnd::Failed { reason: "stopped before the end of the file".to_owned(), remedy: "run it again".to_owned() }
            }
            // A file says nothing about what it lacks.
            Ok(()) => SliceEnd::NotReady { reason: format!("{FROM_A_FILE}, which proves nothing about what it lacks") },
            Err(error) => SliceEnd::Failed {
                reason: format!("cannot read `{}`: {error}", self.path.display()),
                remedy: "check the disk, and run it again".to_owned(),
            },
        };
        self.send(Event::Ended { end, window: None, missing_days: Vec::new(), rejected })
    }

    fn read_records(&self, rejected: &mut Examples<String>) -> Result<io::Result<()>, Unheard> {
        let mut stored = match Records::open(&self.path) {
            Ok(stored) => stored,
            Err(error) => return Ok(Err(error)),
        };
        let source: Arc<str> = self.path.display().to_string().into();
        let mut rows = Rows { kind: self.kind, field: self.about.id_field(), check: None };
        let mut pending: Vec<RawItem> = Vec::new();
        loop {
            let record = match stored.next() {
                Ok(Some(_)) if self.stop.is_cancelled() => break,
                Ok(Some(Record::Json(record))) => record,
                Ok(Some(Record::TooLong { line })) => {
                    rejected.add(format!("{source} line {line}: longer than {} MiB", RECORD_BYTES >> 20));
                    continue;
                }
                Ok(None) => break,
                Err(error) => return Ok(Err(error)),
            };
            let line = record.line;
            let records = match shape::elements_of(record) {
                Ok(records) => records,
                Err(error) => {
                    rejected.add(format!("{source} line {line}: {error}"));
                    continue;
                }
            };
            for record in records {
                let line = record.line;
                rows.begin_record();
                match shape::items(self.kind, record) {
                    Err(error) => rejected.add(format!("{source} line {line}: {error}")),
                    Ok(items) => {
                        for item in items {
                            match rows.check(&item.json) {
                                Ok(()) => pending.push(item),
                                Err(error) => rejected.add(format!("{source} line {}: {error}", item.line)),
                            }
                        }
                    }
                }
                // A report has some hundred items, so a batch is not much longer than others.
                if pending.len() >= CHUNK_ITEMS {
                    self.send_items(&source, std::mem::take(&mut pending))?;
                }
            }
        }
        if !pending.is_empty() {
            self.send_items(&source, pending)?;
        }
        Ok(Ok(()))
    }

    fn send_items(&self, source: &Arc<str>, items: Vec<RawItem>) -> Result<(), Unheard> {
        let enrichment = Arc::clone(&self.enrichment);
        self.send(Event::Items(Batch { source: Arc::clone(source), enrichment, items }))
    }
}

/// Check of the rows of one file. All are of one owner.
struct Rows {
    kind: &'static Kind,
    field: &'static str,
    check: Option<RowCheck>,
}

impl Rows {
    /// Begins the next record. Two records of a file may have the same day, as two reports of 28 days have; one record may not.
    fn begin_record(&mut self) {
        if self.kind.row.one_a_day.is_some()
            && let Some(owner) = self.check.take().map(|check| check.owner_id().map(str::to_owned))
        {
            self.check = Some(RowCheck::new(&self.kind.row).of_owner(self.field, owner));
        }
    }

    fn check(&mut self, json: &[u8]) -> Result<(), kind::RowError> {
        let check = self.check.get_or_insert_with(|| RowCheck::new(&self.kind.row).of_owner(self.field, None));
        check.check(json)
    }
}

//! The thread that writes the history: takes what was read of a slice, and writes its days once it was read completely.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender};

use jiff::Timestamp;

use super::error::HistoryError;
use super::fact::{DayFact, Part, ScopeKey};
use super::folding::{Folder, Folding};
use super::persons::Persons;
use super::store::{HistoryStore, Reading, Written};
use crate::door::clock::Clock;
use crate::kind::Kind;
use crate::model::day::Day;
use crate::model::item::RawItem;
use crate::model::slice::SliceEnd;
use crate::source::ReportRows;

/// A slice of which something is kept.
#[derive(Clone, Debug)]
pub(super) struct SliceRead {
    scope: ScopeKey,
    part: Part,
    /// The day, when it is a slice of one.
    day: Option<Day>,
    /// Whether days that are known to be final are folded all the same, because nobody reads them again soon.
    folds_all: bool,
    /// Whether it is known to be of an organization or of an enterprise: some kinds are read for both, and their items tell.
    is_level_known: bool,
}

impl SliceRead {
    /// The slice of a kind. None for kinds of which nothing is kept.
    pub(super) fn of(kind: &Kind, scope: ScopeKey, day: Option<Day>, folds_all: bool) -> Option<Self> {
        Some(Self { scope, part: Part::of_kind(kind)?, day, folds_all, is_level_known: kind.of_enterprise.is_none() })
    }
}

/// A step of reading.
#[derive(Debug)]
pub(super) enum Step {
    /// A slice begins.
    Began(SliceRead),
    /// Its items were read by an earlier run.
    Cached(Option<Timestamp>),
    /// Items of the slice, and whether they are an enterprise's: some kinds are read for both.
    Items { items: Vec<RawItem>, is_enterprise: bool },
    /// Rows that items are made from.
    Rows(ReportRows),
    /// The slice ended; whole, when everything of it was read and nothing rejected.
    Ended { end: SliceEnd, is_whole: bool },
    /// Answers once everything before it is written.
    Settle(SyncSender<()>),
}

/// What became of the days that a run has read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Days that were not held before, by part.
    pub new: u64,
    /// Days of which the source says something else than before, not being final.
    pub changed: u64,
    /// Days of which it says the same.
    pub unchanged: u64,
    /// Days that were final, and of which it says something else now.
    pub restated: Vec<RestatedDay>,
    /// Whether the history could not be written.
    pub has_failed: bool,
}

/// A day that was found to be restated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RestatedDay {
    /// Whose it is.
    pub scope: ScopeKey,
    /// The part.
    pub part: Part,
    /// The day.
    pub day: Day,
}

/// The slice that is being read.
struct OpenSlice {
    read: SliceRead,
    cached: Option<Option<Timestamp>>,
    folding: Folding,
}

/// The history, opened once there is something to write.
enum Store {
    Closed,
    Open(HistoryStore),
    /// It failed, and that was told.
    Failed,
}

/// The thread's state.
pub(super) struct Writing {
    folder: PathBuf,
    clock: Clock,
    keep: Option<u32>,
    store: Store,
    slice: Option<OpenSlice>,
    persons: Persons,
    summary: Summary,
    has_failed: Arc<AtomicBool>,
}

impl Writing {
    pub(super) fn new(
        folder: PathBuf,
        clock: Clock,
        keep: Option<u32>,
        into: Option<HistoryStore>,
        has_failed: Arc<AtomicBool>,
    ) -> Self {
        let store = into.map_or(Store::Closed, Store::Open);
        Self { folder, clock, keep, store, slice: None, persons: Persons::default(), summary: Summary::default(), has_failed }
    }

    /// Takes steps until nobody sends any more.
    pub(super) fn run(mut self, steps: &Receiver<Step>) -> Summary {
        while let Ok(step) = steps.recv() {
            self.take(step);
        }
        if let Err(error) = self.forget_old() {
            self.fail(&error);
        }
        self.summary
    }

    /// Removes days that are older than what is kept.
    fn forget_old(&mut self) -> Result<(), HistoryError> {
        let (Some(days), Store::Open(store)) = (self.keep, &mut self.store) else { return Ok(()) };
        let first = Day::of(self.clock.now()).plus_days(1 - i32::try_from(days).unwrap_or(i32::MAX));
        let removed = store.forget_before(first)?;
        if removed > 0 {
            tracing::info!(%first, removed, "days that are older than what `history.keep` says were removed from the history");
        }
        Ok(())
    }

    fn take(&mut self, step: Step) {
        let taken = match step {
            Step::Began(read) => {
                let folding = Folding::of(read.part, read.day, read.scope.is_enterprise());
                self.slice = folding.map(|folding| OpenSlice { read, cached: None, folding });
                Ok(())
            }
            Step::Cached(read_at) => {
                if let Some(slice) = &mut self.slice {
                    slice.cached = Some(read_at);
                }
                Ok(())
            }
            Step::Items { items, is_enterprise } => {
                if let Some(slice) = &mut self.slice {
                    slice.read.is_level_known = true;
                    if is_enterprise {
                        slice.read.scope.level = ScopeKey::level(true).to_owned();
                    }
                }
                self.fold(|slice, folder| slice.folding.take(items, slice.read.day, folder))
            }
            Step::Rows(ReportRows { report, rows }) => self.fold(|slice, folder| slice.folding.take_rows(report, &rows, folder)),
            Step::Ended { end, is_whole } => match self.slice.take() {
                Some(slice) => self.end(slice, &end, is_whole),
                None => Ok(()),
            },
            // Nobody waiting any more is no fault.
            Step::Settle(done) => {
                let _ = done.send(());
                Ok(())
            }
        };
        if let Err(error) = taken {
            self.fail(&error);
        }
    }

    /// Gives something to the slice that is being read.
    fn fold(&mut self, fold: impl FnOnce(&mut OpenSlice, &mut Folder<'_>)) -> Result<(), HistoryError> {
        let Some(mut slice) = self.slice.take() else { return Ok(()) };
        let folded = self.with_folder(&slice.read.clone(), |folder| fold(&mut slice, folder))?;
        // Without a store nothing of the slice can be kept.
        self.slice = folded.map(|()| slice);
        Ok(())
    }

    /// What folding needs. None once the store has failed.
    fn with_folder<T>(&mut self, read: &SliceRead, work: impl FnOnce(&mut Folder<'_>) -> T) -> Result<Option<T>, HistoryError> {
        self.store()?;
        let Store::Open(store) = &self.store else { return Ok(None) };
        self.persons.read(store, &read.scope.host)?;
        let SliceRead { scope, part, folds_all, .. } = read;
        // A day that cannot be looked up is folded; whoever writes it then says what is wrong.
        let is_known = |day: Day| store.known(scope, *part, day).ok().flatten().is_some_and(|known| known.is_settled);
        let is_settled = |day: Day| !folds_all && is_known(day);
        Ok(Some(work(&mut Folder { scope, persons: &mut self.persons, is_settled: &is_settled })))
    }

    fn end(&mut self, slice: OpenSlice, end: &SliceEnd, is_whole: bool) -> Result<(), HistoryError> {
        let now = self.clock.now();
        let OpenSlice { read, cached, folding } = slice;
        if !is_whole {
            if !read.is_level_known {
                return Ok(());
            }
            let Some(store) = self.store()? else { return Ok(()) };
            return store.note_attempt(&read.scope, read.part, read.day, end, now);
        }
        let facts = self.with_folder(&read, |folder| folding.finish(read.part, read.day, Day::of(now), folder))?;
        let facts = facts.unwrap_or_default();
        if facts.is_empty() {
            return Ok(());
        }
        let reading = match cached {
            // Of a file of unknown age the least is believed: that it was read when it could be kept first.
            Some(kept_at) => Reading { at: kept_at.unwrap_or_else(|| first_kept(&facts, now)), is_cached: true },
            None => Reading { at: now, is_cached: false },
        };
        let persons = self.persons.take_new();
        let Some(store) = self.store()? else { return Ok(()) };
        let written = store.write_with(&facts, &persons, reading)?;
        for (fact, written) in facts.into_iter().zip(written) {
            match written {
                Written::New => self.summary.new += 1,
                Written::Unchanged | Written::Wanted => self.summary.unchanged += 1,
                Written::Changed => self.summary.changed += 1,
                Written::Restated => {
                    let DayFact { scope, part, day, .. } = fact;
                    self.summary.restated.push(RestatedDay { scope, part, day });
                }
            }
        }
        Ok(())
    }

    /// The store; none once it has failed.
    fn store(&mut self) -> Result<Option<&mut HistoryStore>, HistoryError> {
        if let Store::Closed = self.store {
            self.store = Store::Open(HistoryStore::open(&self.folder)?);
        }
        Ok(if let Store::Open(store) = &mut self.store { Some(store) } else { None })
    }

    fn fail(&mut self, error: &HistoryError) {
        self.store = Store::Failed;
        self.summary.has_failed = true;
        self.has_failed.store(true, Ordering::Relaxed);
        let cause = std::error::Error::source(error).map(|cause| format!(": {cause}")).unwrap_or_default();
        tracing::warn!("{error}{cause}; the run goes on, and the figures lack what it reads");
    }
}

/// A report is kept once its day is five days old.
fn first_kept(facts: &[DayFact], now: Timestamp) -> Timestamp {
    const KEPT_AFTER: jiff::SignedDuration = jiff::SignedDuration::from_hours(5 * 24);
    let day = facts.iter().map(|fact| fact.day).max();
    let began = day.and_then(|day| format!("{day}T00:00:00Z").parse::<Timestamp>().ok());
    began.and_then(|began| began.checked_add(KEPT_AFTER).ok()).unwrap_or(now).min(now)
}

//! The thread that writes the history: takes what was read of a slice, and writes its days once it was read completely.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender};

use jiff::Timestamp;

use super::error::HistoryError;
use super::fact::{DayFact, Part, ScopeKey};
use super::folding::{Folder, Folding};
use super::keep::KeptDays;
use super::persons::{PeopleKept, Persons};
use super::status::READY_AFTER_DAYS;
use super::store::{HistoryStore, NewPerson, Reading, Written};
use super::tools;
use crate::door::clock::Clock;
use crate::kind::Kind;
use crate::model::day::Day;
use crate::model::item::RawItem;
use crate::model::slice::{FROM_A_FILE, SliceEnd};
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
        let part = Part::of_kind(kind)?;
        let scope = if part == Part::Tools { tools::scope_of_account(scope) } else { scope };
        Some(Self { scope, part, day, folds_all, is_level_known: kind.of_enterprise.is_none() })
    }

    /// Whether it is about single people.
    pub(super) fn is_of_people(&self) -> bool {
        self.part.is_of_people()
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
    /// The slice ended, with so many records that were no items.
    Ended { end: SliceEnd, rejected: u64 },
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
    /// Scope and part as it began.
    place: (ScopeKey, Part),
    read: SliceRead,
    /// Whether a record of its files was rejected.
    has_rejected: bool,
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
    keep: KeptDays,
    people: PeopleKept,
    store: Store,
    slice: Option<OpenSlice>,
    /// Slices of files, which say nothing about what they lack: those of one scope and part are one, and are written at the end.
    imports: Vec<OpenSlice>,
    /// Days of nothing of which it is not known yet whether they are an organization's or an enterprise's: the newest days of a backfill
    /// come before the first item that tells.
    of_unknown_level: Vec<(OpenSlice, SliceEnd)>,
    /// The day of what has no day of its own; none: today.
    snapshot_day: Option<Day>,
    persons: Persons,
    summary: Summary,
    has_failed: Arc<AtomicBool>,
}

impl Writing {
    pub(super) fn new(
        folder: PathBuf,
        clock: Clock,
        keep: KeptDays,
        people: PeopleKept,
        snapshot_day: Option<Day>,
        into: Option<HistoryStore>,
        has_failed: Arc<AtomicBool>,
    ) -> Self {
        let store = into.map_or(Store::Closed, Store::Open);
        Self {
            folder,
            clock,
            keep,
            people,
            store,
            slice: None,
            imports: Vec::new(),
            of_unknown_level: Vec::new(),
            snapshot_day,
            persons: Persons::default(),
            summary: Summary::default(),
            has_failed,
        }
    }

    /// Takes steps until nobody sends any more.
    pub(super) fn run(mut self, steps: &Receiver<Step>) -> Summary {
        while let Ok(step) = steps.recv() {
            self.take(step);
        }
        if let Err(error) = self.write_waiting().and_then(|()| self.write_imports()).and_then(|()| self.forget_old()) {
            self.fail(&error);
        }
        self.summary
    }

    /// Removes days that are older than what is kept, and the people of days that are older than what is kept of people.
    fn forget_old(&mut self) -> Result<(), HistoryError> {
        let Store::Open(store) = &mut self.store else { return Ok(()) };
        let today = Day::of(self.clock.now());
        if let Some(first) = KeptDays::first(self.keep.days, today) {
            let removed = store.forget_before(first)?;
            if removed > 0 {
                tracing::info!(%first, removed, "days that are older than what `history.keep` says were removed from the history");
            }
        }
        if let Some(first) = KeptDays::first(self.keep.people, today) {
            let rolled_up = store.roll_up_before(first)?;
            if rolled_up > 0 {
                let (days, setting) = (rolled_up, "history.keepPeople");
                tracing::info!(%first, days, setting, "the people of older days became numbers in the history");
            }
        }
        Ok(())
    }

    fn take(&mut self, step: Step) {
        let taken = match step {
            Step::Began(read) => {
                let place = (read.scope.clone(), read.part);
                self.slice = match self.imports.iter().position(|import| import.place == place) {
                    Some(import) => Some(self.imports.swap_remove(import)),
                    None => {
                        let folding = Folding::of(read.part, read.day, read.scope.is_enterprise());
                        folding.map(|folding| OpenSlice { place, read, has_rejected: false, cached: None, folding })
                    }
                };
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
            Step::Ended { end, rejected } => match self.slice.take() {
                Some(slice) if is_of_a_file(&end) => {
                    self.imports.push(OpenSlice { has_rejected: slice.has_rejected || rejected > 0, ..slice });
                    Ok(())
                }
                Some(slice) => self.end(slice, &end, rejected),
                None => Ok(()),
            },
            Step::Settle(done) => {
                let written = self.write_waiting();
                // Nobody waiting any more is no fault.
                let _ = done.send(());
                written
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
        if self.people.are_kept {
            self.persons.read(store, &read.scope.host)?;
        }
        let SliceRead { scope, part, folds_all, .. } = read;
        // A day that cannot be looked up is folded; whoever writes it then says what is wrong.
        let is_known = |day: Day| store.known(scope, *part, day).ok().flatten().is_some_and(|known| known.is_settled);
        let is_settled = |day: Day| !folds_all && is_known(day);
        Ok(Some(work(&mut Folder { scope, persons: &mut self.persons, is_settled: &is_settled, people: self.people })))
    }

    fn end(&mut self, slice: OpenSlice, end: &SliceEnd, rejected: u64) -> Result<(), HistoryError> {
        let now = self.clock.now();
        let today = Day::of(now);
        let OpenSlice { place, mut read, has_rejected, cached, folding } = slice;
        let is_whole = *end == SliceEnd::Complete && rejected == 0;
        if !(is_whole || is_day_of_nothing(&read, end, today)) {
            if !read.is_level_known {
                return Ok(());
            }
            let Some(store) = self.store()? else { return Ok(()) };
            return store.note_attempt(&read.scope, read.part, read.day, end, now);
        }
        if !read.is_level_known {
            // No item says whose the day is, but an earlier day may have.
            let Some(store) = self.store()? else { return Ok(()) };
            let Some(level) = store.level_of(&read.scope)? else {
                let slice = OpenSlice { place, read, has_rejected, cached, folding };
                self.of_unknown_level.push((slice, end.clone()));
                return Ok(());
            };
            read.scope.level = level;
            // What is waiting may be older than the first report that there is.
            if let Some(day) = read.day
                && store.has_floor_at(&read.scope, read.part, day)?
            {
                return Ok(());
            }
        }
        let of_no_day = self.snapshot_day.unwrap_or(today);
        let facts = self.with_folder(&read, |folder| folding.finish(read.part, read.day, of_no_day, folder))?;
        let facts = facts.unwrap_or_default();
        if facts.is_empty() {
            return Ok(());
        }
        let reading = match cached {
            // Of a file of unknown age the least is believed: that it was read when it could be kept first.
            Some(kept_at) => Reading { at: kept_at.unwrap_or_else(|| first_kept(&facts, now)), is_cached: true },
            None => Reading { at: now, is_cached: false },
        };
        let persons = self.new_persons();
        let Some(store) = self.store()? else { return Ok(()) };
        let written = store.write_with(&facts, &persons, reading)?;
        self.count(facts, written);
        Ok(())
    }

    /// Writes the days of nothing whose level became known since. Those that are still of unknown level go on waiting.
    fn write_waiting(&mut self) -> Result<(), HistoryError> {
        std::mem::take(&mut self.of_unknown_level).into_iter().try_for_each(|(slice, end)| self.end(slice, &end, 0))
    }

    /// People of whom the store has no number yet; nobody where people are not kept.
    fn new_persons(&mut self) -> Vec<NewPerson> {
        if self.people.are_kept {
            return self.persons.take_new();
        }
        // Numbers that mean nobody in the next slice.
        self.persons = Persons::default();
        Vec::new()
    }

    /// Writes what files have of days that no reading gave.
    fn write_imports(&mut self) -> Result<(), HistoryError> {
        for OpenSlice { read, has_rejected, folding, .. } in std::mem::take(&mut self.imports) {
            let SliceRead { scope, part, .. } = &read;
            if !part.has_days() {
                tracing::info!(scope = %scope.name, part = part.name(), "a file does not say of which day it is, so the history keeps nothing of it");
                continue;
            }
            if has_rejected && *part == Part::People {
                tracing::warn!(scope = %scope.name, "rows of files were refused, so the history keeps no people of their days");
                continue;
            }
            let now = self.clock.now();
            let facts = self.with_folder(&read, |folder| folding.finish_files(*part, folder))?.unwrap_or_default();
            let persons = self.new_persons();
            let Some(store) = self.store()? else { return Ok(()) };
            let written = store.write_imported(&facts, &persons, now)?;
            self.count(facts, written);
        }
        Ok(())
    }

    fn count(&mut self, facts: Vec<DayFact>, written: Vec<Written>) {
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

/// Whether a slice was read from a file.
fn is_of_a_file(end: &SliceEnd) -> bool {
    matches!(end, SliceEnd::NotReady { reason } if reason.starts_with(FROM_A_FILE))
}

/// Whether a day without a report is a day on which nothing happened: GitHub writes no report of repositories of a day on which none
/// of them had a pull request.
fn is_day_of_nothing(read: &SliceRead, end: &SliceEnd, today: Day) -> bool {
    let is_late = read.day.is_some_and(|day| today.days_since(day) >= READY_AFTER_DAYS);
    read.part == Part::Repositories && is_late && matches!(end, SliceEnd::NotReady { .. })
}

/// A report is kept once its day is five days old.
fn first_kept(facts: &[DayFact], now: Timestamp) -> Timestamp {
    const KEPT_AFTER: jiff::SignedDuration = jiff::SignedDuration::from_hours(5 * 24);
    let day = facts.iter().map(|fact| fact.day).max();
    let began = day.and_then(|day| format!("{day}T00:00:00Z").parse::<Timestamp>().ok());
    began.and_then(|began| began.checked_add(KEPT_AFTER).ok()).unwrap_or(now).min(now)
}

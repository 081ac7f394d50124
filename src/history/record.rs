//! Keeps day facts while a source is read. The observer only hands over what it hears; a thread of its own folds and writes, so that
//! reading waits for it no longer than a few batches.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, SyncSender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use jiff::Timestamp;

use super::checks;
use super::fact::ScopeKey;
use super::keep::KeptDays;
use super::lock::HistoryUse;
use super::persons::PeopleKept;
use super::reader::HistoryReader;
use super::salvage::Rebuilding;
use super::store::HistoryStore;
use super::writing::{SliceRead, Step, Summary, Writing};
use crate::door::clock::Clock;
use crate::kind;
use crate::model::day::Day;
use crate::model::item::Batch;
use crate::model::slice::{Slice, SliceEnd};
use crate::resync::observe::{FurtherReading, Observer};
use crate::source::{Event, ReadRequest, ReportRows};

/// Steps that may wait for the thread: batches of a hundred rows, of three kilobytes each.
const STEPS_AHEAD: usize = 16;

/// Observer that writes what is read to the history of a data folder. A history that cannot be written is one warning, and the run
/// goes on without it.
pub struct HistoryRecorder {
    folder: PathBuf,
    /// The host of scopes that name none.
    host: String,
    clock: Clock,
    /// Days of the past that are kept; none when all are.
    keep: KeptDays,
    /// The day of seats; none: today.
    snapshot_day: Option<Day>,
    /// Says that a run is alive.
    _use: Option<HistoryUse>,
    /// The history to write to, where it is not that of the folder.
    into: Mutex<Option<HistoryStore>>,
    has_failed: Arc<AtomicBool>,
    /// Whether days that are known to be final are folded all the same.
    folds_all: bool,
    people: PeopleKept,
    thread: Mutex<Thread>,
}

/// The thread, once there is something for it to do.
#[derive(Default)]
struct Thread {
    running: Option<(SyncSender<Step>, JoinHandle<Summary>)>,
    /// Whether the slice that is being read is one that is kept.
    is_kept: bool,
}

impl HistoryRecorder {
    /// A recorder for one run. `host` is the host of the source, where there is only one.
    pub fn new(folder: PathBuf, host: String, clock: Clock) -> Self {
        let used = HistoryUse::of_run(&folder);
        Self {
            folder,
            host,
            clock,
            keep: KeptDays::default(),
            snapshot_day: None,
            _use: used,
            into: Mutex::default(),
            has_failed: Arc::default(),
            folds_all: false,
            people: PeopleKept::default(),
            thread: Mutex::default(),
        }
    }

    /// A recorder for a backfill, which is no run that another backfill would wait for.
    pub fn of_backfill(folder: PathBuf, host: String, clock: Clock) -> Self {
        Self {
            folder,
            host,
            clock,
            keep: KeptDays::default(),
            snapshot_day: None,
            _use: None,
            into: Mutex::default(),
            has_failed: Arc::default(),
            folds_all: true,
            people: PeopleKept::default(),
            thread: Mutex::default(),
        }
    }

    /// A recorder that writes to a history that is being made anew.
    pub fn of_rebuild(rebuilding: &mut Rebuilding, folder: PathBuf, host: String, clock: Clock) -> Self {
        Self { into: Mutex::new(rebuilding.take_store()), ..Self::of_backfill(folder, host, clock) }
    }

    /// Removes what is older at the end.
    pub fn keeping(self, keep: KeptDays) -> Self {
        Self { keep, ..self }
    }

    /// Takes seats for those of that day instead of today: a simulated GitHub has days of its own.
    pub fn with_snapshots_of(self, day: Option<Day>) -> Self {
        Self { snapshot_day: day, ..self }
    }

    /// Keeps so much of people.
    pub fn with_people(self, people: PeopleKept) -> Self {
        Self { people, ..self }
    }

    /// Waits until all that was handed over is written, and says what became of it.
    pub fn finish(&self) -> Summary {
        let running = self.with_thread(|thread| thread.running.take());
        // A store that nobody wrote to is closed, too.
        drop(self.into.lock().unwrap_or_else(PoisonError::into_inner).take());
        let Some((steps, thread)) = running else { return Summary::default() };
        // Without a sender the thread has nothing to wait for.
        drop(steps);
        thread.join().unwrap_or_default()
    }

    /// Waits until all that was handed over so far is written.
    pub fn settle(&self) {
        let (done, is_done) = mpsc::sync_channel(1);
        self.hand_over(Step::Settle(done));
        // A thread that has ended has nothing left to write.
        let _ = is_done.recv();
    }

    /// Whether the history could not be written. What is read from then on is not kept.
    pub fn has_failed(&self) -> bool {
        self.has_failed.load(Ordering::Relaxed)
    }

    fn with_thread<T>(&self, work: impl FnOnce(&mut Thread) -> T) -> T {
        // A panic elsewhere leaves at worst a slice that is not written.
        work(&mut self.thread.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn begin(&self, slice: &Slice, folds_all: bool) {
        // A slice of teams has the scope `acme/platform`, and is about no day of `acme`.
        let kind = kind::find(&slice.kind).filter(|_| !slice.scope.is_empty() && !slice.scope.contains('/'));
        let read = kind.and_then(|kind| {
            let scope = ScopeKey::of_slice(&slice.scope, kind.scope.is_enterprise(), &self.host);
            SliceRead::of(kind, scope, slice.day, folds_all || self.folds_all)
        });
        let read = read.filter(|read| self.people.are_kept || !read.is_of_people());
        self.with_thread(|thread| thread.is_kept = read.is_some());
        if let Some(read) = read {
            self.hand_over(Step::Began(read));
        }
    }

    /// Hands a step of a slice that is kept to the thread.
    fn step(&self, step: impl FnOnce() -> Step) {
        if self.with_thread(|thread| thread.is_kept) {
            self.hand_over(step());
        }
    }

    fn end(&self, end: &SliceEnd, rejected: u64) {
        self.step(|| Step::Ended { end: end.clone(), rejected });
        self.with_thread(|thread| thread.is_kept = false);
    }

    fn hand_over(&self, step: Step) {
        let steps = self.with_thread(|thread| {
            if thread.running.is_none() {
                let (sender, receiver) = mpsc::sync_channel(STEPS_AHEAD);
                let into = self.into.lock().unwrap_or_else(PoisonError::into_inner).take();
                let has_failed = Arc::clone(&self.has_failed);
                let (folder, clock) = (self.folder.clone(), self.clock.clone());
                let writing = Writing::new(folder, clock, self.keep, self.people, self.snapshot_day, into, has_failed);
                let spawned = std::thread::Builder::new().name("history".to_owned()).spawn(move || writing.run(&receiver));
                match spawned {
                    Ok(handle) => thread.running = Some((sender, handle)),
                    Err(error) => tracing::warn!("cannot start a thread for the history: {error}; what is read now is not kept"),
                }
            }
            thread.running.as_ref().map(|(steps, _)| steps.clone())
        });
        // The thread ends early only by a fault of its own, which costs the run nothing.
        let _ = steps.map(|steps| steps.send(step));
    }
}

impl Observer for HistoryRecorder {
    fn slice_began(&self, slice: &Slice) {
        self.begin(slice, false);
    }

    fn items_are_cached(&self, read_at: Option<Timestamp>) {
        self.step(|| Step::Cached(read_at));
    }

    fn items_read(&self, _resource: usize, batch: &Batch) {
        let is_enterprise = batch.enrichment.0.iter().any(|(name, _)| *name == "__enterprise");
        self.step(|| Step::Items { items: batch.items.clone(), is_enterprise });
    }

    fn rows_read(&self, rows: &ReportRows) {
        self.step(|| Step::Rows(rows.clone()));
    }

    fn slice_read(&self, _resource: usize, end: &SliceEnd, rejected: u64) {
        self.end(end, rejected);
    }

    fn further(&self) -> Option<&dyn FurtherReading> {
        Some(self)
    }
}

impl FurtherReading for HistoryRecorder {
    fn requests(&self, today: Day) -> Vec<ReadRequest> {
        // What cannot be read has been told by whoever writes it.
        let due = HistoryReader::open(&self.folder).ok().flatten().and_then(|reader| reader.due_checks(today).ok());
        due.unwrap_or_default().into_iter().filter_map(|check| checks::request(check, &self.host, today)).collect()
    }

    fn take(&self, event: &Event) {
        match event {
            Event::Began(slice) => self.begin(slice, true),
            Event::Cached(read_at) => self.items_are_cached(*read_at),
            Event::Rows(rows) => self.rows_read(rows),
            Event::Items(batch) => self.items_read(0, batch),
            Event::Ended { end, rejected, .. } => self.end(end, rejected.count),
            Event::Note(_) | Event::Fatal(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::Arc;

    use bytes::Bytes;

    use super::*;
    use crate::history::writing::RestatedDay;
    use crate::history::{DayFact, hash};
    use crate::history::{HistoryStore, Part, Reading};
    use crate::model::item::{Enrichment, RawItem};

    fn slice(kind: &str, scope: &str) -> Slice {
        Slice::new(0, kind, scope, SliceEnd::Complete)
    }

    fn recorder(folder: &Path) -> HistoryRecorder {
        HistoryRecorder::new(folder.to_owned(), "api.github.com".to_owned(), Clock::system())
    }

    fn read(recorder: &HistoryRecorder, slice: &Slice, rows: &[&'static str], end: &SliceEnd, rejected: u64) {
        recorder.slice_began(slice);
        for (line, row) in rows.iter().enumerate() {
            let items = vec![RawItem { json: Bytes::from_static(row.as_bytes()), line: line as u64 + 1 }];
            recorder.items_read(0, &Batch { source: "test".into(), enrichment: Arc::new(Enrichment::default()), items });
        }
        recorder.slice_read(0, end, rejected);
    }

    const ROWS: [&str; 2] = [r#"{"day":"2026-11-01","n":1}"#, r#"{"day":"2026-11-02","n":2}"#];

    #[test]
    fn the_rows_of_a_complete_slice_are_kept_and_no_others() {
        let folder = tempfile::tempdir().unwrap();
        let recorder = recorder(folder.path());
        let failed = SliceEnd::Failed { reason: String::new(), remedy: String::new() };
        read(&recorder, &slice("organization-usage-metrics", "broken"), &ROWS, &failed, 0);
        read(&recorder, &slice("organization-usage-metrics", "doubtful"), &ROWS, &SliceEnd::Complete, 1);
        read(&recorder, &slice("organization-user-usage-metrics", "people"), &ROWS, &SliceEnd::Complete, 0);
        read(&recorder, &slice("copilot-organization-metrics", "legacy"), &ROWS, &SliceEnd::Complete, 0);
        read(&recorder, &slice("organization-usage-metrics", ""), &ROWS, &SliceEnd::Complete, 0);
        recorder.settle();
        assert_eq!(HistoryReader::open(folder.path()).unwrap().unwrap().scopes().unwrap(), [], "nothing of that is kept");
        read(&recorder, &slice("organization-usage-metrics", "Acme"), &ROWS, &SliceEnd::Complete, 0);
        read(&recorder, &slice("enterprise-usage-metrics", "octo at api.octo.ghe.com"), &ROWS[..1], &SliceEnd::Complete, 0);
        assert_eq!(recorder.finish(), Summary { new: 3, ..Summary::default() });
        let reader = HistoryReader::open(folder.path()).unwrap().unwrap();
        let key = |host: &str, level: &str, name: &str| ScopeKey { host: host.into(), level: level.into(), name: name.into() };
        let acme = key("api.github.com", "organization", "acme");
        assert_eq!(reader.scopes().unwrap(), [acme.clone(), key("api.octo.ghe.com", "enterprise", "octo")]);
        let (first, last) = reader.extent(&acme, Part::Aggregate).unwrap().unwrap();
        let mut kept = Vec::new();
        reader.days(&acme, Part::Aggregate, (first, last), |fact| kept.push(fact.content)).unwrap();
        assert_eq!(kept, ROWS.map(|row| row.as_bytes().to_vec()));
    }

    #[test]
    fn a_day_of_nothing_before_the_first_item_is_kept_once_the_level_is_known() {
        let folder = tempfile::tempdir().unwrap();
        let recorder = recorder(folder.path());
        let of = |day: &str| Slice { day: Some(day.parse().unwrap()), ..slice("repository-usage-metrics", "acme") };
        let nothing = SliceEnd::NotReady { reason: "404".to_owned() };
        read(&recorder, &of("2026-11-01"), &[], &nothing, 0);
        recorder.settle();
        assert_eq!(
            HistoryReader::open(folder.path()).unwrap().unwrap().scopes().unwrap(),
            [],
            "an organization or an enterprise"
        );
        read(&recorder, &of("2026-10-31"), &[r#"{"day":"2026-10-31","repository_id":1}"#], &SliceEnd::Complete, 0);
        assert_eq!(recorder.finish(), Summary { new: 2, ..Summary::default() });
        let reader = HistoryReader::open(folder.path()).unwrap().unwrap();
        let [acme] = &reader.scopes().unwrap()[..] else { panic!("one scope") };
        let (first, last) = reader.extent(acme, Part::Repositories).unwrap().unwrap();
        assert_eq!((first.to_string().as_str(), last.to_string().as_str()), ("2026-10-31", "2026-11-01"));
    }

    #[test]
    fn a_slice_that_never_ends_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let recorder = recorder(folder.path());
        recorder.slice_began(&slice("organization-usage-metrics", "acme"));
        recorder.items_read(
            0,
            &Batch {
                source: "test".into(),
                enrichment: Arc::new(Enrichment::default()),
                items: vec![RawItem { json: Bytes::from_static(ROWS[0].as_bytes()), line: 1 }],
            },
        );
        read(&recorder, &slice("organization-usage-metrics", "beta"), &ROWS[1..], &SliceEnd::Complete, 0);
        recorder.finish();
        let reader = HistoryReader::open(folder.path()).unwrap().unwrap();
        let names: Vec<String> = reader.scopes().unwrap().into_iter().map(|scope| scope.name).collect();
        assert_eq!(names, ["beta"]);
    }

    #[test]
    fn a_folder_that_cannot_be_made_costs_the_run_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        std::fs::write(&file, "").unwrap();
        let recorder = recorder(&file);
        for _ in 0..2 {
            read(&recorder, &slice("organization-usage-metrics", "acme"), &ROWS, &SliceEnd::Complete, 0);
        }
        assert_eq!(recorder.finish(), Summary { has_failed: true, ..Summary::default() });
    }

    #[test]
    fn a_few_old_days_are_read_again_and_what_github_restated_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let scope = ScopeKey::of_slice("acme", false, "api.github.com");
        let today: Day = "2026-11-20".parse().unwrap();
        let fact = |day: Day| DayFact {
            scope: scope.clone(),
            day,
            part: Part::Aggregate,
            hash: hash::of_row(b"{}"),
            content: Some(format!(r#"{{"day":"{day}","n":1}}"#).into_bytes()),
        };
        let facts: Vec<DayFact> = [-400, -200, -100, -60, -40, -10].map(|back| fact(today.plus_days(back))).to_vec();
        let mut store = HistoryStore::open(folder.path()).unwrap();
        store.write(&facts, Reading { at: "2026-11-19T00:00:00Z".parse().unwrap(), is_cached: false }).unwrap();
        let clock = Clock::starting_at("2026-11-20T05:00:00Z".parse().unwrap());
        let recorder = HistoryRecorder::new(folder.path().to_owned(), "api.github.com".to_owned(), clock);
        let days = |requests: &[ReadRequest]| -> Vec<i32> {
            let day = |request: &ReadRequest| request.selector["since"].as_str().unwrap().parse::<Day>().unwrap();
            requests.iter().map(|request| today.days_since(day(request))).collect()
        };
        let requests = recorder.requests(today);
        assert_eq!(days(&requests), [200, 100, 60], "GitHub shows a year, and the last 28 days are read anyway");
        let chosen = requests[0].days.as_ref().unwrap();
        let possible = [today.plus_days(-201), today.plus_days(-200)];
        assert_eq!(chosen.choice.of_scope("acme", false, &possible), [today.plus_days(-200)]);
        assert_eq!((chosen.choice.of_scope("acme", true, &possible), chosen.again), (Vec::new(), true));
        // What comes of them: one is another one now.
        for (back, n) in [(-200, 1), (-100, 2)] {
            let json = format!(r#"{{"day":"{}","n":{n}}}"#, today.plus_days(back));
            let items = vec![RawItem { json: Bytes::from(json), line: 1 }];
            recorder.take(&Event::Began(slice("organization-usage-metrics", "acme")));
            recorder.take(&Event::Items(Batch { source: "".into(), enrichment: Arc::default(), items }));
            let rejected = crate::reconcile::outcome::Examples::default();
            recorder.take(&Event::Ended { end: SliceEnd::Complete, window: None, missing_days: Vec::new(), rejected });
        }
        let restated = vec![RestatedDay { scope: scope.clone(), part: Part::Aggregate, day: today.plus_days(-100) }];
        assert_eq!(recorder.finish(), Summary { unchanged: 1, restated, ..Summary::default() });
        assert_eq!(days(&recorder.requests(today)), [60, 40], "a day is checked once a day");
        assert_eq!(days(&recorder.requests(today.plus_days(1))), [60, 40, 200], "those that were checked come last");
        let found = HistoryReader::open(folder.path()).unwrap().unwrap().restatements().unwrap();
        let values: Vec<String> =
            found[0].values.iter().flatten().map(|it| format!("{} {:?} {:?}", it.name, it.first, it.last)).collect();
        assert_eq!((found.len(), found[0].day), (1, today.plus_days(-100)));
        assert_eq!(values, ["n Some(Number(1)) Some(Number(2))"]);
    }
}

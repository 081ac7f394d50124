//! Keeps day facts while a resync reads: the rows of a slice are written once it was read completely.

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use serde::Deserialize;

use super::error::HistoryError;
use super::fact::{DayFact, Part, ScopeKey};
use super::store::HistoryStore;
use crate::door::clock::Clock;
use crate::kind;
use crate::model::day::Day;
use crate::model::item::Batch;
use crate::model::slice::{Slice, SliceEnd};
use crate::resync::observe::Observer;

/// Observer that writes what a run reads to the history of a data folder. A history that cannot be written is one warning, and
/// the run goes on without it.
pub struct HistoryRecorder {
    folder: PathBuf,
    /// The host of scopes that name none.
    host: String,
    clock: Clock,
    state: Mutex<State>,
}

struct State {
    /// The slice that is being read, when its rows are kept. One at a time: slices do not overlap.
    slice: Option<SliceRows>,
    store: Store,
}

struct SliceRows {
    scope: ScopeKey,
    facts: Vec<DayFact>,
}

/// The history, opened once there is something to write.
enum Store {
    Closed,
    Open(HistoryStore),
    /// It failed, and that was told.
    Failed,
}

/// A row, as far as it says of which day it is.
#[derive(Deserialize)]
struct RowDay {
    day: Day,
}

impl HistoryRecorder {
    /// A recorder for one run. `host` is the host of the source, where there is only one.
    pub fn new(folder: PathBuf, host: String, clock: Clock) -> Self {
        Self { folder, host, clock, state: Mutex::new(State { slice: None, store: Store::Closed }) }
    }

    fn with_state(&self, change: impl FnOnce(&mut State)) {
        // A panic elsewhere leaves at worst a slice that is not written.
        change(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner));
    }

    fn write(&self, store: &mut Store, facts: &[DayFact]) -> Result<(), HistoryError> {
        if let Store::Closed = store {
            *store = Store::Open(HistoryStore::open(&self.folder)?);
        }
        if let Store::Open(open) = store {
            open.write(facts, self.clock.now())?;
        }
        Ok(())
    }
}

impl Observer for HistoryRecorder {
    fn slice_began(&self, slice: &Slice) {
        let kind = kind::find(&slice.kind).filter(|kind| kind.has_day_rows() && !slice.scope.is_empty());
        let rows = kind.map(|kind| SliceRows {
            scope: ScopeKey::of_slice(&slice.scope, kind.scope.is_enterprise(), &self.host),
            facts: Vec::new(),
        });
        self.with_state(|state| state.slice = rows);
    }

    fn items_read(&self, _resource: usize, batch: &Batch) {
        self.with_state(|state| {
            let Some(SliceRows { scope, facts }) = &mut state.slice else { return };
            // A row without a day is rejected by whoever reads it, and the slice is not complete then.
            let days = batch.items.iter().filter_map(|item| Some((serde_json::from_slice::<RowDay>(&item.json).ok()?.day, item)));
            facts.extend(days.map(|(day, item)| DayFact {
                scope: scope.clone(),
                day,
                part: Part::Aggregate,
                content: item.json.to_vec(),
            }));
        });
    }

    fn slice_read(&self, _resource: usize, end: &SliceEnd, rejected: u64) {
        self.with_state(|state| {
            let Some(SliceRows { facts, .. }) = state.slice.take() else { return };
            if *end != SliceEnd::Complete || rejected > 0 || facts.is_empty() {
                return;
            }
            if let Err(error) = self.write(&mut state.store, &facts) {
                state.store = Store::Failed;
                let cause = std::error::Error::source(&error).map(|cause| format!(": {cause}")).unwrap_or_default();
                tracing::warn!("{error}{cause}; the run goes on, and the figures lack what it reads");
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::Arc;

    use bytes::Bytes;

    use super::*;
    use crate::history::HistoryReader;
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
        assert!(HistoryReader::open(folder.path()).unwrap().is_none(), "nothing of that is kept");
        read(&recorder, &slice("organization-usage-metrics", "Acme"), &ROWS, &SliceEnd::Complete, 0);
        read(&recorder, &slice("enterprise-usage-metrics", "octo at api.octo.ghe.com"), &ROWS[..1], &SliceEnd::Complete, 0);
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
        recorder.with_state(|state| assert!(matches!(state.store, Store::Failed)));
    }
}

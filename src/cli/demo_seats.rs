//! Seats of the days before the demo. GitHub shows only the seats of now; the demo's history has those of each day, as if resyncs had
//! run every day.

use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use serde_json::Value;

use crate::door::clock::Clock;
use crate::history::HistoryRecorder;
use crate::identity::Ingest;
use crate::kind::{self, ScopeLevel, persons};
use crate::model::day::Day;
use crate::model::item::{Batch, RawItem};
use crate::model::slice::{Slice, SliceEnd};
use crate::resync::observe::Observer;
use crate::simulator::{Simulator, WorldOptions};

/// The kind of seats.
const KIND: &str = "copilot-seats";

/// Seats of a day by organization.
type SeatsOfDay = (Day, Vec<(String, Vec<Value>)>);

/// The seats of every day of the simulated world but the last, whose seats the resync reads.
pub(super) fn days(simulator: &Simulator, options: &WorldOptions) -> Vec<SeatsOfDay> {
    let days = i32::try_from(options.days).unwrap_or_default();
    (1..days).map(|back| options.until.plus_days(-back)).map(|day| (day, simulator.seats_as_of(day))).collect()
}

/// Keeps them in the history, with people as the settings say.
pub(super) fn keep(days: Vec<SeatsOfDay>, data: &Path, host: &str, ingest: &Ingest, clock: &Clock) {
    let persons = kind::find(KIND).map_or(&persons::NOBODY, |kind| &kind.persons);
    if !ingest.may_keep(persons) {
        return;
    }
    let recorder = HistoryRecorder::of_backfill(data.to_owned(), host.to_owned(), clock.clone());
    let enrichment = Arc::new(ScopeLevel::Organization.enrichment(Value::Null, None));
    for (day, organizations) in days {
        for (organization, seats) in organizations {
            let slice = Slice { day: Some(day), ..Slice::new(0, KIND, organization, SliceEnd::Complete) };
            recorder.slice_began(&slice);
            let items = seats.iter().zip(1..).map(|(seat, line)| RawItem { json: Bytes::from(seat.to_string()), line });
            let items = ingest.take(persons, items.collect());
            let batch = Batch { source: "simulated seats".into(), enrichment: Arc::clone(&enrichment), items };
            recorder.items_read(0, &batch);
            recorder.slice_read(0, &SliceEnd::Complete, 0);
        }
    }
    // A history that cannot be written was told by the run.
    recorder.finish();
}

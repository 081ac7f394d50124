//! What became of the seats of an enterprise, whose list has a seat for each organization or team that grants it.

use std::sync::Arc;

use bytes::Bytes;
use pilotage::door::clock::Clock;
use pilotage::figure::context::Context;
use pilotage::figure::{self, Bucket};
use pilotage::history::{HistoryReader, HistoryRecorder, ScopeKey};
use pilotage::kind::ScopeLevel;
use pilotage::model::day::Day;
use pilotage::model::item::{Batch, RawItem};
use pilotage::model::slice::{Slice, SliceEnd};
use pilotage::resync::observe::Observer;
use serde_json::{Value, json};

fn record(recorder: &HistoryRecorder, kind: &str, day: Day, items: &[Value]) {
    let enrichment = Arc::new(ScopeLevel::Enterprise.enrichment(json!({"slug": "fleet"}), None));
    let slice = Slice { day: Some(day), ..Slice::new(0, kind, "fleet", SliceEnd::Complete) };
    recorder.slice_began(&slice);
    let items = items.iter().zip(1..).map(|(item, line)| RawItem { json: Bytes::from(item.to_string()), line }).collect();
    recorder.items_read(0, &Batch { source: "test".into(), enrichment, items });
    recorder.slice_read(0, &SliceEnd::Complete, 0);
}

fn seat(id: u64, organization: &str) -> Value {
    json!({
        "assignee": {"login": format!("user-{id}"), "id": id},
        "organization": {"login": organization},
        "created_at": "2026-01-05T08:00:00Z",
        "plan_type": "business",
    })
}

#[test]
fn somebody_with_two_seats_of_an_enterprise_is_one_holder_in_what_became_of_seats() {
    let folder = tempfile::tempdir().unwrap();
    let monday: Day = "2026-11-02".parse().unwrap();
    let clock = Clock::starting_at("2026-12-20T00:00:00Z".parse().unwrap());
    let recorder = HistoryRecorder::of_backfill(folder.path().to_owned(), "api.github.com".to_owned(), clock);
    for number in 0..14 {
        let day = monday.plus_days(number);
        let row = |id: u64| json!({"day": day, "enterprise_id": "1", "user_id": id, "user_login": format!("user-{id}"), "user_initiated_interaction_count": 1});
        record(&recorder, "enterprise-user-usage-metrics", day, &[row(1), row(3)]);
        // One holds a seat of two organizations; in the second week two has lost the seat, and three has got one.
        let second = if number < 7 { seat(2, "harbor") } else { seat(3, "harbor") };
        record(&recorder, "copilot-seats", day, &[seat(1, "harbor"), seat(1, "tidewater"), second]);
    }
    assert!(!recorder.finish().has_failed);
    let reader = HistoryReader::open(folder.path()).unwrap().unwrap();
    let scope = ScopeKey::of_slice("fleet", true, "api.github.com");
    let figure = figure::find("seat-changes").unwrap();
    let days = (monday, monday.plus_days(13));
    let series = reader.compute(figure, &scope, Context::new(Bucket::Week), days).unwrap();
    let last: Vec<(&str, Option<f64>)> =
        series.iter().map(|series| (series.name.as_deref().unwrap(), series.points.last().unwrap().value)).collect();
    let one = |name: &str| last.iter().find(|(known, _)| *known == name).unwrap().1;
    assert_eq!((one("still active"), one("newly given"), one("reclaimed")), (Some(1.0), Some(1.0), Some(1.0)), "{last:?}");
    assert_eq!(last.iter().filter_map(|(_, value)| *value).sum::<f64>(), 3.0, "{last:?}");
}

//! How many allocations it takes to map one record: a guard against what slows mapping down without failing anything.
//!
//! The counts do not depend on the machine, its load or the time; only allocations of the measuring thread count. An optimized
//! build may need fewer. A test that fails after a change on purpose gets the new figure, with the reason in the commit. What the same work costs in
//! time is measured by `cargo bench --bench stages`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::sync::Arc;

use pilotage::mapping::evaluate::CompiledMapping;
use pilotage::mapping::file::Mapping;
use pilotage::mapping::program::{CompileOptions, EVALUATION_STACK_BYTES, Run};
use pilotage::model::item::{Batch, Enrichment, RawItem};
use serde_json::{Value, json};

/// For a user's day with twelve properties: one for the fields that are read and one to share them, two for their texts, six for
/// the entity's texts, and four for the entity, its blueprint and its values.
const OF_A_USER_DAY: u64 = 14;

/// For a day of the closed endpoint: it is read whole and given on whole, as `breakdown`, which takes nearly all of them.
const OF_A_LEGACY_DAY: u64 = 159;

/// Records of the batch that is measured.
const RECORDS: u64 = 200;

/// A user's day with parts that no mapping looks at.
fn user_day(number: u64) -> Value {
    let by_feature = |feature: &str| {
        json!({ "feature": feature, "user_initiated_interaction_count": number, "code_generation_activity_count": 3,
            "code_acceptance_activity_count": 2, "loc_suggested_to_add_sum": 40, "loc_added_sum": 17 })
    };
    let features: Vec<Value> = ["agent_edit", "chat_inline", "code_completion"].map(by_feature).into();
    json!({
        "report_start_day": "2026-08-01", "report_end_day": "2026-08-28", "day": "2026-08-07", "organization_id": "1",
        "user_id": number, "user_login": format!("mona-{number:05}"), "user_initiated_interaction_count": number,
        "code_generation_activity_count": 9, "code_acceptance_activity_count": 6, "loc_suggested_to_add_sum": 120,
        "loc_suggested_to_delete_sum": 4, "loc_added_sum": 51, "loc_deleted_sum": 2, "used_agent": true, "used_chat": false,
        "totals_by_feature": features.clone(), "totals_by_ide": [{ "ide": "vscode", "last_known_ide_version": { "sampled_at":
            "2026-08-07T09:12:00Z", "ide_version": "1.104.0" }, "totals": features.clone() }], "totals_by_language_feature": features,
    })
}

/// A day of the closed endpoint, nested as deep as it is there.
fn legacy_day(number: u64) -> Value {
    let languages: Vec<Value> = (0..4)
        .map(|at| {
            json!({ "name": format!("language-{at}"), "total_code_suggestions": number + at, "total_code_acceptances": at,
            "total_code_lines_suggested": 3 * at, "total_code_lines_accepted": at })
        })
        .collect();
    json!({ "date": "2026-08-07", "total_active_users": number,
        "copilot_ide_code_completions": { "editors": [{ "name": "vscode", "models": [{ "name": "default", "languages": languages }] }] },
        "copilot_ide_chat": { "editors": [{ "name": "vscode", "total_engaged_users": 3, "models": [{ "total_chats": 5,
            "total_chat_copy_events": 1, "total_chat_insertion_events": 2 }] }] } })
}

/// Allocations for each record beyond the first of a batch, rounded up.
fn allocations(mapping: &'static str, record: fn(u64) -> Value) -> u64 {
    let measured = std::thread::Builder::new().stack_size(EVALUATION_STACK_BYTES).spawn(move || {
        let (mapping, findings) = Mapping::read(mapping, "mapping.yaml");
        let mapping = mapping.unwrap_or_else(|| panic!("{findings:?}"));
        let compiled = CompiledMapping::compile(&mapping, &CompileOptions::default());
        let resource = compiled.resources().last().unwrap();
        let enrichment = Arc::new(Enrichment(vec![("__organization", json!({ "login": "octo-org", "id": 1 }))]));
        let batch = |count: u64| {
            let items = (0..count).map(|number| RawItem { json: record(number).to_string().into(), line: number + 1 }).collect();
            Batch { source: "test".into(), enrichment: Arc::clone(&enrichment), items }
        };
        let run = Run::new("2026-11-01T00:00:00Z".parse().unwrap());
        let (few, many) = (batch(RECORDS), batch(2 * RECORDS));
        // The first batch fills what is shared by all that follow.
        assert_eq!(resource.map_batch(&many, &run).entities.len() as u64, 2 * RECORDS);
        let count = |batch: &Batch| allocation_counter::measure(|| drop(resource.map_batch(batch, &run))).count_total;
        (count(&many) - count(&few)).div_ceil(RECORDS)
    });
    measured.unwrap().join().unwrap()
}

#[test]
fn mapping_a_user_day_takes_no_more_allocations_than_it_did() {
    let allocations = allocations(include_str!("../benches/mappings/user-days.yaml"), user_day);
    assert!(allocations <= OF_A_USER_DAY, "{allocations}");
}

#[test]
fn summing_nested_lists_takes_no_more_allocations_than_it_did() {
    let allocations = allocations(include_str!("../benches/mappings/legacy.yaml"), legacy_day);
    assert!(allocations <= OF_A_LEGACY_DAY, "{allocations}");
}

//! Random reports: days with memberships and users' rows, with the irregularities that GitHub's reports can have.

use std::ops::Range;

use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use crate::model::day::Day;

#[derive(Clone, Debug)]
pub(super) struct World {
    pub(super) days: Vec<WorldDay>,
}

#[derive(Clone, Debug)]
pub(super) struct WorldDay {
    pub(super) day: Day,
    pub(super) is_held: bool,
    pub(super) memberships: Vec<Value>,
    pub(super) users: Vec<Value>,
}

/// Parts of a day: users and teams, rows by user, and where each list starts.
type Parts = (bool, Vec<(u64, u64)>, Vec<(u64, Value)>, usize);

/// Generates days. Rows may repeat, in any order; users need not have a team, and members need not have a row.
pub(super) fn world(first: Day, days: Range<usize>) -> impl Strategy<Value = World> {
    let is_held = prop::bool::weighted(0.97);
    let parts = (is_held, vec((0..9_u64, 0..4_u64), 0..9), vec((0..9_u64, fields()), 0..6), any::<usize>());
    vec(parts, days).prop_map(move |days| {
        let days = days.into_iter().enumerate();
        World { days: days.map(|(position, parts)| world_day(first.plus_days(position as i32), parts)).collect() }
    })
}

fn world_day(day: Day, (is_held, memberships, users, start): Parts) -> WorldDay {
    let mut memberships: Vec<_> = memberships.into_iter().map(|(user, team)| membership(day, user, team)).collect();
    // All rows of a user are equal: GitHub repeats rows, but does not contradict them.
    let mut rows: Vec<Value> = Vec::new();
    for (id, fields) in users {
        let known = rows.iter().find(|row| row["user_id"] == json!(id)).cloned();
        rows.push(known.unwrap_or_else(|| user(day, id, fields)));
    }
    for list in [&mut memberships, &mut rows] {
        let length = list.len().max(1);
        list.rotate_left(start % length);
    }
    WorldDay { day, is_held, memberships, users: rows }
}

fn membership(day: Day, user: u64, team: u64) -> Value {
    json!({"user_id": user, "user_login": "u", "day": day, "organization_id": "9", "team_id": team, "slug": format!("t{team}")})
}

fn user(day: Day, id: u64, fields: Value) -> Value {
    let mut row = json!({"day": day, "organization_id": "9", "user_id": id, "user_login": "u"});
    row.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    row
}

/// Absent, null, or one of these values.
fn optional(value: impl Strategy<Value = Value> + 'static) -> BoxedStrategy<Option<Value>> {
    prop_oneof![1 => Just(None), 1 => Just(Some(Value::Null)), 5 => value.prop_map(Some)].boxed()
}

fn number() -> impl Strategy<Value = Value> {
    prop_oneof![Just(json!(0)), (1..50_i64).prop_map(|number| json!(number))]
}

fn counters(names: &'static [&'static str]) -> impl Strategy<Value = Map<String, Value>> {
    vec(optional(number()), names.len()).prop_map(|values| {
        let known = names.iter().zip(values).filter_map(|(name, value)| Some(((*name).to_owned(), value?)));
        known.collect()
    })
}

/// A breakdown with at most one entry per key.
fn breakdown(keys: &'static [&'static str], values: &'static [&'static str]) -> BoxedStrategy<Value> {
    let key = vec(prop::sample::select(values), keys.len());
    let entries = prop::collection::btree_map(key, counters(&COUNTERS), 0..4);
    let entry = move |(key, counters): (Vec<&str>, Map<String, Value>)| {
        let mut entry: Map<String, Value> =
            keys.iter().zip(key).map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
        entry.extend(counters);
        Value::Object(entry)
    };
    entries.prop_map(move |entries| Value::Array(entries.into_iter().map(entry).collect())).boxed()
}

pub(super) const COUNTERS: [&str; 5] = [
    "user_initiated_interaction_count",
    "code_generation_activity_count",
    "code_acceptance_activity_count",
    "loc_suggested_to_add_sum",
    "loc_added_sum",
];

const FEATURES: &[&str] = &["code_completion", "chat_inline", "chat_panel_ask_mode", "agent_edit"];

/// Fields of a user's row. As in GitHub's reports, almost half of the rows have credits and nothing else.
fn fields() -> impl Strategy<Value = Value> {
    let quiet = (1..9_i32, optional(Just(json!(0)))).prop_map(|(quarters, zero)| {
        let mut row = json!({"ai_credits_used": f64::from(quarters) / 4.0, "used_chat": false, "totals_by_feature": []});
        zero.into_iter().for_each(|zero| row["loc_added_sum"] = zero);
        row
    });
    prop_oneof![2 => quiet, 3 => busy_fields()]
}

fn busy_fields() -> impl Strategy<Value = Value> {
    let flag = || optional(any::<bool>().prop_map(|flag| json!(flag)));
    let credits = optional((0..9_i32).prop_map(|quarters| json!(f64::from(quarters) / 4.0)));
    let usage = (1..9_i64, 0..9_i64, 0..3_i64).prop_map(|(output, prompt, requests)| {
        let usage = json!({"output_tokens_sum": output, "prompt_tokens_sum": prompt, "avg_tokens_per_request": 1.5});
        json!({"request_count": requests, "token_usage": usage})
    });
    let agent = (0..2_u64, number(), any::<bool>()).prop_map(|(id, jobs, as_text)| {
        let id = if as_text { json!(id.to_string()) } else { json!(id) };
        json!([{"agent_name": format!("agent {id}").replace('"', ""), "agent_id": id, "user_initiated_interaction_count": jobs}])
    });
    let lists = [
        ("totals_by_ide", breakdown(&["ide"], &["vscode", "vim", "zed"])),
        ("totals_by_feature", breakdown(&["feature"], FEATURES)),
        ("totals_by_language_feature", breakdown(&["language", "feature"], FEATURES)),
        ("totals_by_model_feature", breakdown(&["model", "feature"], FEATURES)),
        ("totals_by_tomorrow", breakdown(&["thing"], &["a", "b"])),
        ("totals_by_3rd_party_agent", agent.boxed()),
        ("totals_by_cli", usage.boxed()),
    ];
    let single = [
        ("ai_credits_used", credits),
        ("counter_of_tomorrow", optional(number())),
        ("distinct_skill_use_count", optional(number())),
        ("used_chat", flag()),
        ("used_copilot_coding_agent", flag()),
        ("used_copilot_cloud_agent", flag()),
        ("used_copilot_code_review_passive", flag()),
    ];
    let named = single.into_iter().chain(lists.into_iter().map(|(name, value)| (name, optional(value))));
    let named: Vec<_> = named.map(|(name, value)| value.prop_map(move |value| Some((name, value?)))).collect();
    (counters(&COUNTERS), named).prop_map(|(mut row, named)| {
        row.extend(named.into_iter().flatten().map(|(name, value)| (name.to_owned(), value)));
        Value::Object(row)
    })
}

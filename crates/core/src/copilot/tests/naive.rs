//! Naive implementation of the same records.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::world::{COUNTERS, WorldDay};

const SINGLE: [&str; 2] = ["ai_credits_used", "counter_of_tomorrow"];

const FLAGS: [(&str, &[&str]); 3] = [
    ("daily_active_chat_users", &["used_chat"]),
    ("daily_active_copilot_cloud_agent_users", &["used_copilot_coding_agent", "used_copilot_cloud_agent"]),
    ("daily_passive_copilot_code_review_users", &["used_copilot_code_review_passive"]),
];

const LISTS: [(&str, &[&str]); 6] = [
    ("totals_by_ide", &["ide"]),
    ("totals_by_feature", &["feature"]),
    ("totals_by_language_feature", &["language", "feature"]),
    ("totals_by_model_feature", &["model", "feature"]),
    ("totals_by_tomorrow", &["thing"]),
    ("totals_by_3rd_party_agent", &["agent_id"]),
];

/// The records of the last of these days.
pub(super) fn team_records(days: &[WorldDay]) -> Vec<Value> {
    let today = days.last().unwrap();
    let teams: BTreeSet<u64> = today.memberships.iter().map(|row| row["team_id"].as_u64().unwrap()).collect();
    teams.into_iter().map(|team| team_record(days, today, team)).collect()
}

fn members(day: &WorldDay, team: u64) -> BTreeSet<u64> {
    let of_team = day.memberships.iter().filter(|row| row["team_id"] == json!(team));
    of_team.map(|row| row["user_id"].as_u64().unwrap()).collect()
}

/// One row for each member that has one, by user id.
pub(super) fn users_of(day: &WorldDay, team: u64) -> Vec<Value> {
    let row_of = |user: &u64| day.users.iter().find(|row| row["user_id"] == json!(user)).cloned();
    members(day, team).iter().filter_map(row_of).collect()
}

fn is_active(row: &Value) -> bool {
    let is_use = |name: &str| name == "used_chat" || name == "used_copilot_coding_agent" || name == "used_copilot_cloud_agent";
    row.as_object().unwrap().iter().any(|(name, value)| match value {
        Value::Bool(flag) => *flag && is_use(name),
        _ if name == "ai_credits_used" || name == "distinct_skill_use_count" || name.ends_with("_id") => false,
        Value::Array(entries) => entries.iter().any(is_active),
        Value::Object(_) => is_active(value),
        _ => name != "avg_tokens_per_request" && value.as_f64().is_some_and(|number| number > 0.0),
    })
}

fn reported_on(day: &WorldDay, team: u64) -> BTreeSet<u64> {
    users_of(day, team).iter().map(|row| row["user_id"].as_u64().unwrap()).collect()
}

fn window(days: &[WorldDay], team: u64, length: usize) -> (Value, Value) {
    let Some(window) = days.len().checked_sub(length).map(|start| &days[start..]) else {
        return (Value::Null, Value::Null);
    };
    if window.iter().any(|day| !day.is_held) {
        return (Value::Null, Value::Null);
    }
    let users: BTreeSet<u64> = window.iter().flat_map(|day| reported_on(day, team)).collect();
    let reported = window.iter().filter(|day| !members(day, team).is_empty()).count();
    (json!(users.len()), json!(reported))
}

fn team_record(days: &[WorldDay], today: &WorldDay, team: u64) -> Value {
    let rows = users_of(today, team);
    let total = members(today, team).len();
    let active = rows.iter().filter(|row| is_active(row)).count();
    let has = |row: &Value, name: &str| row[name].as_i64().unwrap_or(0) > 0;
    let prompted = |row: &&Value| has(row, "user_initiated_interaction_count") || has(row, "code_generation_activity_count");
    let (week, week_days) = window(days, team, 7);
    let (month, month_days) = window(days, team, 28);
    let mut record = json!({
        "day": today.day,
        "organization_id": "9",
        "team_id": team,
        "slug": format!("t{team}"),
        "members_in_report": total,
        "active_users_documented_count_distinct": rows.len(),
        "users_with_interaction_or_generation": rows.iter().filter(prompted).count(),
        "members_total": total,
        "members_active": active,
        "members_idle": total - active,
        "daily_active_users": rows.len(),
        "weekly_active_users": week,
        "monthly_active_users": month,
        "active_users_28d": month,
        "days_in_report_7d": week_days,
        "days_in_report_28d": month_days,
    });
    let numbers = record.as_object_mut().unwrap();
    if rows.is_empty() {
        idleness(today, numbers);
    } else {
        sums(&rows, numbers);
    }
    record
}

fn sums(rows: &[Value], record: &mut Map<String, Value>) {
    add_counters(rows, &[&COUNTERS[..], &SINGLE[..]].concat(), record);
    for (field, flags) in FLAGS {
        let known: Vec<&Value> = rows.iter().flat_map(|row| flags.iter().filter_map(|flag| row.get(*flag))).collect();
        if known.is_empty() {
            continue;
        }
        let users = rows.iter().filter(|row| flags.iter().any(|flag| row.get(*flag) == Some(&json!(true)))).count();
        record.insert(field.to_owned(), if known.iter().any(|flag| flag.is_boolean()) { json!(users) } else { Value::Null });
    }
    for (name, keys) in LISTS {
        let known: Vec<&Value> = rows.iter().filter_map(|row| row.get(name)).collect();
        if known.is_empty() {
            continue;
        }
        let entries: Vec<&Value> = known.iter().filter_map(|list| list.as_array()).flatten().collect();
        let is_known = known.iter().any(|list| list.is_array());
        record.insert(name.to_owned(), if is_known { merged(&entries, keys) } else { Value::Null });
    }
    let known: Vec<&Value> = rows.iter().filter_map(|row| row.get("totals_by_cli")).collect();
    if !known.is_empty() {
        let groups: Vec<Value> = known.iter().filter(|group| group.is_object()).map(|group| (*group).clone()).collect();
        record.insert("totals_by_cli".to_owned(), if groups.is_empty() { Value::Null } else { command_line(&groups) });
    }
}

fn add_counters(rows: &[Value], names: &[&str], record: &mut Map<String, Value>) {
    for name in names {
        let known: Vec<&Value> = rows.iter().filter_map(|row| row.get(*name)).collect();
        if known.is_empty() {
            continue;
        }
        let numbers: Vec<f64> = known.iter().filter_map(|value| value.as_f64()).collect();
        let sum: f64 = numbers.iter().sum();
        let sum = if known.iter().any(|value| value.is_f64()) { json!(sum) } else { json!(sum as i64) };
        record.insert((*name).to_owned(), if numbers.is_empty() { Value::Null } else { sum });
    }
}

fn merged(entries: &[&Value], keys: &[&str]) -> Value {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let key = |entry: &Value| keys.iter().map(|name| text(&entry[*name])).collect::<Vec<_>>();
    let mut seen: Vec<Vec<String>> = Vec::new();
    for entry in entries {
        if !seen.contains(&key(entry)) {
            seen.push(key(entry));
        }
    }
    let merged = seen.into_iter().map(|of| {
        let same: Vec<Value> = entries.iter().filter(|entry| key(entry) == of).map(|entry| (*entry).clone()).collect();
        let mut all: Map<String, Value> = keys.iter().zip(&of).map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
        if let Some(name) = same[0].get("agent_name") {
            all.insert("agent_name".to_owned(), name.clone());
        }
        add_counters(&same, &COUNTERS, &mut all);
        Value::Object(all)
    });
    Value::Array(merged.collect())
}

fn command_line(groups: &[Value]) -> Value {
    let sum = |path: &str| groups.iter().map(|group| group.pointer(path).unwrap().as_i64().unwrap()).sum::<i64>();
    let (output, prompt, requests) =
        (sum("/token_usage/output_tokens_sum"), sum("/token_usage/prompt_tokens_sum"), sum("/request_count"));
    let average = (output + prompt) as f64 / requests as f64;
    let average = if requests == 0 { Value::Null } else { json!((average * 100.0).round() / 100.0) };
    json!({"request_count": requests,
        "token_usage": {"output_tokens_sum": output, "prompt_tokens_sum": prompt, "avg_tokens_per_request": average}})
}

/// Zeros and nulls for the fields that the members' rows of the day have.
fn idleness(today: &WorldDay, record: &mut Map<String, Value>) {
    let in_a_team: Vec<&Value> =
        today.users.iter().filter(|user| today.memberships.iter().any(|row| row["user_id"] == user["user_id"])).collect();
    let says = |name: &str| in_a_team.iter().any(|row| row.get(name).is_some_and(|value| !value.is_null()));
    for name in COUNTERS.iter().chain(&["loc_suggested_to_delete_sum", "loc_deleted_sum"]) {
        record.insert((*name).to_owned(), json!(0));
    }
    SINGLE.iter().filter(|name| says(name)).for_each(|name| drop(record.insert((*name).to_owned(), json!(0))));
    let flags = FLAGS.iter().filter(|(_, flags)| flags.iter().any(|flag| says(flag)));
    flags.for_each(|(name, _)| drop(record.insert((*name).to_owned(), json!(0))));
    LISTS.iter().filter(|(name, _)| says(name)).for_each(|(name, _)| drop(record.insert((*name).to_owned(), json!([]))));
}

/// Suggestions, acceptances, lines suggested, lines accepted, chats, users, users of chat. None where it is not known.
type Figures = [Option<i64>; 7];

/// Numbers of a record, read as a mapping for the closed endpoints reads them.
pub(super) fn legacy_figures(record: &Value) -> Figures {
    let of = |list: &Value| list.as_array().cloned().unwrap_or_default();
    let completions = record.get("copilot_ide_code_completions").map(|block| {
        let models = of(&block["editors"]).into_iter().flat_map(|editor| of(&editor["models"]));
        models.flat_map(|model| of(&model["languages"])).collect::<Vec<_>>()
    });
    let sum =
        |name: &str| completions.as_ref().map(|languages| languages.iter().map(|entry| entry[name].as_i64().unwrap()).sum());
    let editors = record.get("copilot_ide_chat").map(|block| of(&block["editors"]));
    let chats = |editors: &Vec<Value>| {
        let models = editors.iter().flat_map(|editor| of(&editor["models"]));
        models.map(|model| model["total_chats"].as_i64().unwrap()).sum()
    };
    let people = |editors: &Vec<Value>| editors.iter().map(|editor| editor["total_engaged_users"].as_i64().unwrap()).sum();
    [
        sum("total_code_suggestions"),
        sum("total_code_acceptances"),
        sum("total_code_lines_suggested"),
        sum("total_code_lines_accepted"),
        editors.as_ref().map(chats),
        record["total_active_users"].as_i64(),
        editors.as_ref().map(people),
    ]
}

/// Numbers of the users reports, with at most one row per user.
pub(super) fn figures(rows: &[Value]) -> Figures {
    let mut users: Vec<&Value> = Vec::new();
    for row in rows {
        if !users.iter().any(|user| user["user_id"] == row["user_id"]) {
            users.push(row);
        }
    }
    let number = |row: &Value, list: &str, name: &str, is: &dyn Fn(&str) -> bool| -> i64 {
        let entries = row[list].as_array().cloned().unwrap_or_default();
        let of_feature = entries.iter().filter(|entry| is(entry["feature"].as_str().unwrap()));
        of_feature.map(|entry| entry[name].as_i64().unwrap_or(0)).sum()
    };
    // The excess of a finer breakdown over the breakdown by feature counts as well.
    let completions = |name: &str| -> i64 {
        let is = |feature: &str| feature == "code_completion";
        let of =
            |row: &&Value| number(row, "totals_by_feature", name, &is).max(number(row, "totals_by_language_feature", name, &is));
        users.iter().map(of).sum()
    };
    let chats_of = |row: &Value| -> i64 {
        let (is, name) = (|feature: &str| feature.starts_with("chat_"), "user_initiated_interaction_count");
        number(row, "totals_by_feature", name, &is).max(number(row, "totals_by_model_feature", name, &is))
    };
    let has_features = |row: &&&Value| row["totals_by_feature"].is_array() || row["totals_by_language_feature"].is_array();
    let knows_completions = users.is_empty() || users.iter().any(|row| has_features(&row));
    let knows_chat = knows_completions || users.iter().any(|row| row["used_chat"].is_boolean() || chats_of(row) > 0);
    let chatted = users.iter().filter(|row| row["used_chat"] == json!(true) || chats_of(row) > 0).count();
    [
        knows_completions.then(|| completions("code_generation_activity_count")),
        knows_completions.then(|| completions("code_acceptance_activity_count")),
        knows_completions.then(|| completions("loc_suggested_to_add_sum")),
        knows_completions.then(|| completions("loc_added_sum")),
        knows_chat.then(|| users.iter().map(|row| chats_of(row)).sum()),
        Some(users.iter().filter(|row| is_active(row)).count() as i64),
        knows_chat.then_some(chatted as i64),
    ]
}

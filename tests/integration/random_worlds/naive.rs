//! Figures of a world, worked out from its rows as slowly and plainly as can be.

use std::collections::{BTreeMap, BTreeSet};

use pilotage::figure::{Bucket, PointState};
use pilotage::model::day::Day;
use serde_json::Value;

use super::world::{Kept, World, WorldDay, is_withheld};

/// A point: value, numerator, denominator, state.
pub(super) type Expected = (Option<f64>, Option<f64>, Option<f64>, PointState);

/// Points by the name of the series and day.
pub(super) type Points = BTreeMap<(String, Day), Expected>;

const NOT_HELD: Expected = (None, None, None, PointState::NotHeld);
const WITHHELD: Expected = (None, None, None, PointState::Withheld);

/// What a row has above and below the line, by series.
type OfRow = fn(&Value) -> Vec<(String, f64, f64)>;

fn number(of: &Value, name: &str) -> f64 {
    of[name].as_f64().unwrap_or(0.0)
}

fn entries<'a>(row: &'a Value, list: &str) -> &'a [Value] {
    row[list].as_array().map_or(&[], Vec::as_slice)
}

fn lines(entry: &Value) -> f64 {
    number(entry, "loc_added_sum") + number(entry, "loc_deleted_sum")
}

fn completions(row: &Value, list: &str, name: fn(&Value) -> String) -> Vec<(String, f64, f64)> {
    let those = entries(row, list).iter().filter(|entry| entry["feature"] == "code_completion");
    those
        .map(|entry| {
            (name(entry), number(entry, "code_acceptance_activity_count"), number(entry, "code_generation_activity_count"))
        })
        .collect()
}

fn cli(row: &Value, name: &str) -> f64 {
    row.pointer(&format!("/totals_by_cli/{name}")).and_then(Value::as_f64).unwrap_or(0.0)
}

fn alias(name: &Value) -> String {
    match name.as_str().unwrap_or("unknown") {
        "csharp" => "c#",
        "claude-4.6-sonnet" => "claude-sonnet-4.6",
        other => other,
    }
    .to_owned()
}

/// Figures that are sums over rows: id, whether a ratio, series that are there even when nothing is in them, and what a row adds.
pub(super) const SUMS: [(&str, bool, &[&str], OfRow); 14] = [
    ("completion-acceptance", true, &[""], |row| completions(row, "totals_by_feature", |_| String::new())),
    ("completion-acceptance-by-language", true, &[], |row| {
        completions(row, "totals_by_language_feature", |entry| alias(&entry["language"]))
    }),
    ("agent-lines", true, &[""], |row| {
        let part = |entry: &Value| if entry["feature"] == "agent_edit" { lines(entry) } else { 0.0 };
        entries(row, "totals_by_feature").iter().map(|entry| (String::new(), part(entry), lines(entry))).collect()
    }),
    ("lines", false, &["added", "deleted"], |row| {
        vec![("added".into(), number(row, "loc_added_sum"), 0.0), ("deleted".into(), number(row, "loc_deleted_sum"), 0.0)]
    }),
    ("lines-by-feature", false, &[], |row| {
        let some = entries(row, "totals_by_feature").iter().filter(|entry| lines(entry) > 0.0);
        some.map(|entry| (entry["feature"].as_str().unwrap().into(), lines(entry), 0.0)).collect()
    }),
    ("prompts-by-feature", false, &[], |row| {
        let prompts = |entry: &Value| number(entry, "user_initiated_interaction_count");
        let some = entries(row, "totals_by_feature").iter().filter(|entry| prompts(entry) > 0.0);
        some.map(|entry| (entry["feature"].as_str().unwrap().into(), prompts(entry), 0.0)).collect()
    }),
    ("prompts-by-model", false, &[], |row| {
        let of = |entry: &Value| (alias(&entry["model"]), number(entry, "user_initiated_interaction_count"), 0.0);
        entries(row, "totals_by_model_feature").iter().map(of).collect()
    }),
    ("prompts-by-model-and-feature", false, &[], |row| {
        let name = |entry: &Value| format!("{} / {}", alias(&entry["model"]), entry["feature"].as_str().unwrap());
        let of = |entry: &Value| (name(entry), number(entry, "user_initiated_interaction_count"), 0.0);
        entries(row, "totals_by_model_feature").iter().map(of).collect()
    }),
    ("prompts-per-person-day", true, &[""], |row| vec![(String::new(), number(row, "user_initiated_interaction_count"), 1.0)]),
    ("cli-activity", false, &["sessions", "prompts", "requests"], |row| {
        let named = [("sessions", "session_count"), ("prompts", "prompt_count"), ("requests", "request_count")];
        named.map(|(name, field)| (name.to_owned(), cli(row, field), 0.0)).into()
    }),
    ("cli-tokens-per-request", true, &[""], |row| {
        let tokens = cli(row, "token_usage/output_tokens_sum") + cli(row, "token_usage/prompt_tokens_sum");
        vec![(String::new(), tokens, cli(row, "request_count"))]
    }),
    ("completion-acceptance-by-editor", true, &["coverage"], |row| {
        let mut of_row = Vec::new();
        let (mut accepted, mut shown) = (0.0, 0.0);
        for (_, above, below) in completions(row, "totals_by_feature", |_| String::new()) {
            accepted += above;
            shown += below;
        }
        let editors: BTreeSet<&str> = entries(row, "totals_by_ide").iter().filter_map(|entry| entry["ide"].as_str()).collect();
        let is_one = editors.len() == 1;
        of_row.push(("coverage".to_owned(), if is_one { shown } else { 0.0 }, shown));
        if is_one {
            of_row.extend(editors.first().map(|editor| ((*editor).to_owned(), accepted, shown)));
        }
        of_row
    }),
    ("unknown-share", true, &["languages", "models"], |row| {
        let part = |entry: &Value, key: &str, count: f64| if entry[key] == "unknown" { count } else { 0.0 };
        let language = |entry: &Value| {
            let count = number(entry, "code_generation_activity_count");
            ("languages".to_owned(), part(entry, "language", count), count)
        };
        let model = |entry: &Value| {
            let count = number(entry, "user_initiated_interaction_count");
            ("models".to_owned(), part(entry, "model", count), count)
        };
        let languages = entries(row, "totals_by_language_feature").iter().map(language);
        languages.chain(entries(row, "totals_by_model_feature").iter().map(model)).collect()
    }),
    ("uses-of-skills", false, &[], |row| {
        let of = |entry: &Value| (entry["skill"].as_str().unwrap().to_owned(), number(entry, "interaction_count"), 0.0);
        entries(row, "totals_by_skill").iter().map(of).collect()
    }),
];

/// The days of each bucket, by position.
pub(super) fn buckets(world: &World, by: Bucket) -> Vec<Vec<usize>> {
    let mut buckets: BTreeMap<Day, Vec<usize>> = BTreeMap::new();
    for (place, day) in world.days.iter().enumerate() {
        buckets.entry(by.first_day(day.day)).or_default().push(place);
    }
    buckets.into_values().collect()
}

/// The rows of a day, of a team's members on that day. None when they may not be shown.
fn rows<'a>(day: &'a WorldDay, kept: &Kept, team: Option<u64>) -> Option<Vec<(u64, &'a Value)>> {
    let all = day.rows.iter().map(|(id, row)| (*id, row));
    let Some(team) = team else { return Some(all.collect()) };
    if is_withheld(kept, team) {
        return None;
    }
    let members = day.teams.get(&team)?;
    Some(all.filter(|(id, _)| members.contains(id)).collect())
}

/// Points of sums.
pub(super) fn sums(
    world: &World,
    kept: &[Kept],
    team: Option<u64>,
    by: Bucket,
    is_ratio: bool,
    always: &[&str],
    of_row: OfRow,
) -> Points {
    let buckets = buckets(world, by);
    let mut names: BTreeSet<String> = always.iter().map(|name| (*name).to_owned()).collect();
    let shown = |place: usize| world.days[place].is_held.then(|| rows(&world.days[place], &kept[place], team)).flatten();
    for place in 0..world.days.len() {
        names.extend(shown(place).into_iter().flatten().flat_map(|(_, row)| of_row(row)).map(|(name, ..)| name));
    }
    if names.is_empty() {
        names.insert(String::new());
    }
    let mut points = Points::new();
    for days in &buckets {
        let last = world.days[*days.last().unwrap()].day;
        for name in &names {
            let point = if days.iter().any(|place| !world.days[*place].is_held) {
                NOT_HELD
            } else if days.iter().any(|place| shown(*place).is_none()) {
                WITHHELD
            } else {
                let rows = days.iter().flat_map(|place| shown(*place).unwrap());
                let those: Vec<_> = rows.flat_map(|(_, row)| of_row(row)).filter(|(of, ..)| of == name).collect();
                let above: f64 = those.iter().map(|(_, above, _)| above).sum();
                let below: f64 = those.iter().map(|(.., below)| below).sum();
                match is_ratio {
                    true => ((below > 0.0).then(|| above / below), Some(above), Some(below), PointState::Final),
                    false => (Some(above), Some(above), None, PointState::Final),
                }
            };
            points.insert((name.clone(), last), point);
        }
    }
    points
}

/// People of a window of days that ends with a day: those of whom `is` holds on any. Err with the reason when there is none.
pub(super) fn window(
    world: &World,
    kept: &[Kept],
    team: Option<u64>,
    end: usize,
    length: usize,
    is: fn(&Value) -> bool,
) -> Result<BTreeSet<u64>, Expected> {
    let Some(begin) = (end + 1).checked_sub(length) else { return Err(NOT_HELD) };
    let days = begin..=end;
    if days.clone().any(|place| !world.days[place].is_held) {
        return Err(NOT_HELD);
    }
    let mut people = BTreeSet::new();
    for place in days {
        let rows = rows(&world.days[place], &kept[place], team).ok_or(WITHHELD)?;
        people.extend(rows.into_iter().filter(|(_, row)| is(row)).map(|(id, _)| id));
    }
    Ok(people)
}

/// A count of people as a point.
pub(super) fn count(people: Result<BTreeSet<u64>, Expected>) -> Expected {
    match people {
        Ok(people) => (Some(people.len() as f64), Some(people.len() as f64), None, PointState::Final),
        Err(reason) => reason,
    }
}

/// A share as a point.
pub(super) fn share(above: u64, below: u64) -> Expected {
    let value = (below > 0).then(|| above as f64 / below as f64);
    (value, Some(above as f64), Some(below as f64), PointState::Final)
}

/// Whether a row shows activity, by the words of `docs/team-metrics.md`.
pub(super) fn is_active(row: &Value) -> bool {
    fn counts(value: &Value) -> bool {
        match value {
            Value::Array(list) => list.iter().any(counts),
            Value::Object(fields) => fields.iter().any(|(name, value)| match value {
                Value::Number(number) => {
                    let is_counter = !name.ends_with("_id") && !name.starts_with("avg_") && name != "phase_number";
                    is_counter && name != "ai_credits_used" && number.as_f64().unwrap() > 0.0
                }
                other => counts(other),
            }),
            _ => false,
        }
    }
    let flags = row.as_object().unwrap().iter();
    flags.clone().any(|(name, value)| {
        name.starts_with("used_") && name != "used_copilot_code_review_passive" && *value == Value::Bool(true)
    }) || counts(row)
}

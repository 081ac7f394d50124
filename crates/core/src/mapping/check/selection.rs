//! Codes `unknown-selector-key`, `selector-days`, `selector-membership`: settings of a selector besides its query.
//!
//! The oldest day that GitHub serves depends on the date, so it is checked in a resync and not here.

use serde_json::Value;

use super::Subject;
use crate::mapping::codes;
use crate::mapping::file::SelectorKey;
use crate::mapping::finding::Finding;
use crate::mapping::nearest::nearest;
use crate::model::day::Day;
use crate::model::selector_keys::{MOST_DAYS, SelectorKeys};

const DAYS: [&str; 3] = ["days", "since", "until"];
const MEMBERSHIP: &str = "membership";
/// A key of Ocean's selectors that is about sending raw data.
const OF_THE_LAKEHOUSE: &str = "exportEnvVariables";
const EXAMPLE: &str = "write a day as 2026-08-01";

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    let Some(keys) = subject.keys else { return };
    let kind = subject.resource.kind.text.as_str();
    let entries = &subject.resource.selector.keys.0;
    for entry in entries {
        findings.extend(unknown(entry, kind, keys));
    }
    let meant: Vec<&SelectorKey> = entries.iter().filter(|entry| !matches!(entry.value, Value::Null)).collect();
    let find = |key: &str| meant.iter().copied().find(|entry| entry.key == key);
    if keys.has_membership
        && let Some(entry) = find(MEMBERSHIP)
    {
        findings.extend(membership(entry));
    }
    if keys.has_days {
        let is_of_today = keys.has_membership && find(MEMBERSHIP).is_some_and(|entry| entry.value == "current");
        let first = if is_of_today { keys.first_day_of_current_members } else { keys.first_day };
        days(find("days"), find("since"), find("until"), first, kind, findings);
    }
}

/// A key that means nothing, at all or to this kind.
fn unknown(entry: &SelectorKey, kind: &str, keys: SelectorKeys) -> Option<Finding> {
    let key = entry.key.as_str();
    let warning = |message: String| Finding::warning(codes::UNKNOWN_SELECTOR_KEY, message).at(entry.key_location.clone());
    let known = || DAYS.into_iter().filter(|_| keys.has_days).chain(keys.has_membership.then_some(MEMBERSHIP));
    if known().any(|known| known == key) {
        return None;
    }
    if DAYS.contains(&key) || key == MEMBERSHIP {
        let help = if key == MEMBERSHIP {
            "only kinds of teams take it; remove it"
        } else {
            "remove it: the kind has no days to choose"
        };
        return Some(warning(format!("`{key}` has no meaning for the kind `{kind}` and is ignored")).help(help));
    }
    let finding = warning(format!("`{key}` has no meaning in a selector and is ignored"));
    if key == OF_THE_LAKEHOUSE {
        let help = "Ocean sends those variables along with raw data, which is never sent from here; jqEnvironment gives mappings variables to read";
        return Some(finding.help(help));
    }
    let all: Vec<String> = std::iter::once("query").chain(known()).map(|key| format!("`{key}`")).collect();
    Some(match nearest(key, std::iter::once("query").chain(known())) {
        Some(near) => finding.help(format!("did you mean `{near}`?")),
        None => finding.help(format!("a selector of this kind takes {}", all.join(", "))),
    })
}

fn membership(entry: &SelectorKey) -> Option<Finding> {
    let is_known = matches!(entry.value.as_str(), Some("current" | "reported"));
    let finding = || {
        let message = format!("`membership` is {}, but must be `current` or `reported`", shown(&entry.value));
        Finding::error(codes::SELECTOR_MEMBERSHIP, message).at(entry.value_location.clone()).help(
            "`reported` takes each day's members from GitHub's report, as without the key; `current` takes today's for all days",
        )
    };
    (!is_known).then(finding)
}

fn days(
    count: Option<&SelectorKey>,
    since: Option<&SelectorKey>,
    until: Option<&SelectorKey>,
    first: Option<Day>,
    kind: &str,
    findings: &mut Vec<Finding>,
) {
    if let Some(entry) = count {
        let number = entry.value.as_i64().or_else(|| entry.value.as_str()?.parse().ok());
        if !number.is_some_and(|number| (1..=i64::from(MOST_DAYS)).contains(&number)) {
            let message = format!("`days` is {}, but must be a number from 1 to {MOST_DAYS}", shown(&entry.value));
            findings.push(wrong(entry, message, "GitHub shows no day that is more than a year old"));
        }
    }
    let (first_asked, last_asked) = (day(since, findings), day(until, findings));
    if let (Some(since), Some(_)) = (since, count) {
        findings.push(wrong(since, "`since` and `days` both say where to begin".to_owned(), "remove one of them"));
    }
    for (entry, asked) in first_asked.into_iter().chain(last_asked) {
        if let Some(first) = first.filter(|first| asked < *first) {
            let message = format!("`{}` is {asked}, but GitHub has nothing of days before {first} for `{kind}`", entry.key);
            findings.push(wrong(entry, message, &format!("begin at {first} or later")));
        }
    }
    if let (Some((_, since)), Some((entry, until))) = (first_asked, last_asked)
        && until < since
    {
        findings.push(wrong(entry, format!("`until` is {until}, which is before `since`, {since}"), "exchange them"));
    }
}

fn wrong(entry: &SelectorKey, message: String, help: &str) -> Finding {
    Finding::error(codes::SELECTOR_DAYS, message).at(entry.value_location.clone()).help(help)
}

/// A key's day, or a finding that says that it is none.
fn day<'a>(entry: Option<&'a SelectorKey>, findings: &mut Vec<Finding>) -> Option<(&'a SelectorKey, Day)> {
    let entry = entry?;
    let day: Option<Day> = entry.value.as_str().and_then(|text| text.parse().ok());
    if day.is_none() {
        findings.push(wrong(entry, format!("`{}` is {}, which is no day", entry.key, shown(&entry.value)), EXAMPLE));
    }
    day.map(|day| (entry, day))
}

fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => format!("`{text}`"),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "an object".to_owned(),
        other => format!("`{other}`"),
    }
}

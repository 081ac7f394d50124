//! Tests of a mapping: an item and the entity that is expected of it. They stand in `copilot.test.yaml` beside `copilot.yaml`.
//!
//! ```yaml
//! cases:
//!   - name: an organization's day
//!     kind: organization-usage-metrics
//!     item: {day: 2026-08-01, daily_active_users: 5, __organization: {login: acme}}
//!     expect:
//!       identifier: acme@2026-08-01
//!       properties: {daily_active_users: 5}
//!   - name: days before the launch are left out
//!     kind: organization-usage-metrics
//!     item: {day: 2025-01-01}
//!     expect: null
//! ```
//!
//! Reading files is the caller's; so is printing.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use super::evaluate::CompiledMapping;
use super::explain::{End, Explained};
use super::program::Run;
use super::sample;
use crate::model::item::{Batch, Enrichment};

/// The test file of a mapping.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CaseFile {
    /// The mapping's file, from the folder of the test file. Without one: the test file's name without `.test`.
    pub mapping: Option<String>,
    /// The cases, in the order in which they run.
    pub cases: Vec<Case>,
}

/// A test case.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Case {
    /// Description, as a sentence.
    pub name: String,
    /// The kind of the item. Every resource of that kind maps it.
    pub kind: String,
    /// The item as a mapping sees it, enrichment included.
    pub item: Option<Json>,
    /// A file with the item instead: JSON, a list, or one on each line.
    pub file: Option<String>,
    /// Expected result: an entity, of which only the named keys count; `null` for no entity; or a list of entities.
    #[serde(default, deserialize_with = "present")]
    pub expect: Option<Json>,
    /// A file with the list of expected entities instead, compared in full. It can be written anew from what comes out.
    pub expect_file: Option<String>,
    /// Requires that keys which are not in `expect` are absent or null.
    #[serde(default)]
    pub exact: bool,
    /// A part of the reason for which the item must be rejected.
    pub rejected: Option<String>,
}

/// `expect: null` is an expectation; no `expect` is none.
fn present<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Json>, D::Error> {
    Json::deserialize(deserializer).map(Some)
}

/// A text that is no test file.
#[derive(Debug, thiserror::Error)]
#[error("the test file cannot be read: {0}")]
pub struct NotACaseFile(String);

/// Result of a case.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CaseResult {
    /// The case's name.
    pub name: String,
    /// Differences from the expected result; a case without any has passed.
    pub differences: Vec<Difference>,
    /// The entities that came out, as the catalog would get them.
    pub entities: Vec<Json>,
}

/// Something that is not as expected.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Difference {
    /// Path in the entity: `properties.loc_added_sum`. With several entities it begins with `[1]`. Empty for the case as a whole.
    pub path: String,
    /// Expected value, in words or as JSON.
    pub expected: String,
    /// Actual value, in words or as JSON.
    pub actual: String,
    /// Reason for a null.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

impl std::fmt::Display for Difference {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if !self.path.is_empty() {
            write!(formatter, "{}: ", self.path)?;
        }
        write!(formatter, "expected {}, got {}", self.expected, self.actual)?;
        if let Some(why) = &self.why {
            write!(formatter, " ({why})")?;
        }
        Ok(())
    }
}

impl CaseResult {
    /// True without a difference.
    pub fn passed(&self) -> bool {
        self.differences.is_empty()
    }

    fn failed(name: &str, expected: &str, actual: impl Into<String>) -> Self {
        let difference = Difference::whole(expected, actual);
        Self { name: name.to_owned(), differences: vec![difference], entities: Vec::new() }
    }
}

impl CaseFile {
    /// Reads a test file.
    pub fn read(text: &str) -> Result<Self, NotACaseFile> {
        serde_yaml::from_str(text).map_err(|error| NotACaseFile(error.to_string()))
    }

    /// The files that cases name: to be read, and handed to [`run_case`] by these names.
    pub fn files(&self) -> impl Iterator<Item = &str> {
        let named = self.cases.iter().flat_map(|case| [&case.file, &case.expect_file]);
        named.flatten().map(String::as_str)
    }
}

/// Runs one case. `files` holds the text of each file of [`CaseFile::files`]; `same_kind` says whether two names mean one kind.
pub fn run_case(
    case: &Case,
    mapping: &CompiledMapping,
    files: &BTreeMap<String, String>,
    same_kind: impl Fn(&str, &str) -> bool,
    run: &Run,
) -> CaseResult {
    let text = match (&case.item, &case.file) {
        (Some(item), None) => item.to_string(),
        (None, Some(file)) => match files.get(file) {
            Some(text) => text.clone(),
            None => {
                return CaseResult::failed(&case.name, &format!("the file `{file}`"), "nothing to read");
            }
        },
        _ => return CaseResult::failed(&case.name, "either `item` or `file`", "both or none"),
    };
    let batch =
        Batch { source: case.name.as_str().into(), enrichment: Arc::new(Enrichment::default()), items: sample::items(&text) };
    let resources: Vec<_> = mapping.resources().iter().filter(|resource| same_kind(resource.kind(), &case.kind)).collect();
    if resources.is_empty() {
        return CaseResult::failed(&case.name, &format!("a resource of kind `{}`", case.kind), "none in the mapping");
    }
    let outcomes: Vec<_> = resources.iter().flat_map(|resource| resource.explain(&batch, run)).collect();
    let mapped: Vec<_> = outcomes
        .iter()
        .filter_map(|explained| match &explained.end {
            End::Entity(entity) => Some((serde_json::to_value(entity).unwrap_or_default(), explained)),
            _ => None,
        })
        .collect();
    let differences = differences(case, files, &outcomes, &mapped);
    CaseResult { name: case.name.clone(), differences, entities: mapped.into_iter().map(|(entity, _)| entity).collect() }
}

fn differences(
    case: &Case,
    files: &BTreeMap<String, String>,
    outcomes: &[Explained],
    mapped: &[(Json, &Explained)],
) -> Vec<Difference> {
    if let Some(reason) = &case.rejected {
        let found = outcomes.iter().any(|outcome| match &outcome.end {
            End::Rejected { reason: actual, .. } => actual.contains(reason),
            _ => false,
        });
        return if found { Vec::new() } else { vec![Difference::whole(&format!("a rejection: {reason}"), told(outcomes))] };
    }
    let (expected, exact) = match (&case.expect, &case.expect_file) {
        (Some(expected), None) => (expected.clone(), case.exact),
        (None, Some(file)) => match files.get(file).map(|text| serde_json::from_str(text)) {
            Some(Ok(expected)) => (expected, true),
            Some(Err(error)) => {
                return vec![Difference::whole(&format!("JSON in `{file}`"), error.to_string())];
            }
            None => {
                return vec![Difference::whole(&format!("the file `{file}`"), "nothing to read")];
            }
        },
        _ => {
            return vec![Difference::whole("`expect`, `expectFile` or `rejected`", "none, or several of them")];
        }
    };
    let (wanted, several): (Vec<Json>, bool) = match expected {
        Json::Null => (Vec::new(), false),
        Json::Array(list) => (list, true),
        one => (vec![one], false),
    };
    if wanted.len() != mapped.len() {
        let count = |count: usize| match count {
            0 => "no entity".to_owned(),
            1 => "an entity".to_owned(),
            more => format!("{more} entities"),
        };
        let actual = if mapped.is_empty() { told(outcomes) } else { count(mapped.len()) };
        return vec![Difference::whole(&count(wanted.len()), actual)];
    }
    let mut differences = Vec::new();
    for (index, (wanted, (entity, explained))) in wanted.iter().zip(mapped).enumerate() {
        let path = if several { format!("[{index}]") } else { String::new() };
        compare(&path, wanted, entity, exact, explained, &mut differences);
    }
    differences
}

/// Result of each item, in words.
fn told(outcomes: &[Explained]) -> String {
    let reasons: Vec<_> = outcomes
        .iter()
        .map(|outcome| match &outcome.end {
            End::Entity(_) => "an entity".to_owned(),
            End::Filtered => "an item that the selector leaves out".to_owned(),
            End::Rejected { reason, .. } => format!("an item that is rejected: {reason}"),
        })
        .collect();
    if reasons.is_empty() { "no item".to_owned() } else { reasons.join(", ") }
}

impl Difference {
    fn whole(expected: &str, actual: impl Into<String>) -> Self {
        Self { path: String::new(), expected: expected.to_owned(), actual: actual.into(), why: None }
    }
}

/// Compares an entity: the properties and relations in it key by key, everything else as a whole.
fn compare(path: &str, wanted: &Json, actual: &Json, exact: bool, explained: &Explained, differences: &mut Vec<Difference>) {
    let Json::Object(wanted) = wanted else {
        differences.push(Difference::whole("an entity (an object)", wanted.to_string()));
        return;
    };
    for (key, want, got) in pairs(wanted, actual, exact) {
        let path = if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
        let empty = Map::new();
        let inner = match (key, want) {
            ("properties" | "relations", Json::Object(inner)) => Some(inner),
            ("properties" | "relations", Json::Null) => Some(&empty),
            _ => None,
        };
        let Some(inner) = inner else {
            differences.extend(difference(path, key, want, got, explained));
            continue;
        };
        for (name, want, got) in pairs(inner, got, exact) {
            let place = format!("{key}.{name}");
            differences.extend(difference(format!("{path}.{name}"), &place, want, got, explained));
        }
    }
}

/// The keys to compare, each with the expected and the actual value; null for an absent one.
fn pairs<'a>(wanted: &'a Map<String, Json>, actual: &'a Json, exact: bool) -> Vec<(&'a str, &'a Json, &'a Json)> {
    let there = |key: &str| actual.get(key).unwrap_or(&Json::Null);
    let named = wanted.iter().map(|(key, want)| (key.as_str(), want, there(key)));
    let others = actual.as_object().into_iter().flatten().filter(|(key, _)| exact && !wanted.contains_key(*key));
    named.chain(others.map(|(key, got)| (key.as_str(), &Json::Null, got))).collect()
}

/// `place` is the expression's path under `mappings`.
fn difference(path: String, place: &str, want: &Json, got: &Json, explained: &Explained) -> Option<Difference> {
    if same(want, got) {
        return None;
    }
    let value = explained.values.iter().find(|value| value.path == place && got.is_null());
    let why = value.and_then(|value| value.null.as_ref()).map(ToString::to_string);
    Some(Difference { path, expected: want.to_string(), actual: got.to_string(), why })
}

/// True for equal values; numbers compare as numbers.
fn same(one: &Json, other: &Json) -> bool {
    match (one, other) {
        (Json::Number(one), Json::Number(other)) => one == other || one.as_f64() == other.as_f64(),
        (Json::Array(one), Json::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| same(one, other))
        }
        (Json::Object(one), Json::Object(other)) => {
            one.len() == other.len() && one.iter().all(|(key, one)| other.get(key).is_some_and(|other| same(one, other)))
        }
        (one, other) => one == other,
    }
}

//! Fields of a day's row that are not documented, or went: what GitHub changed in the form of its reports. A row has some fields only
//! where there was something to count, so a documented field that comes is no change.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::kind;
use crate::model::day::Day;
use crate::model::field::{Field, FieldType};

/// Fields that are followed of one scope. A report has about a hundred.
const FIELDS_AT_MOST: usize = 2_000;

/// Levels of a row that are followed.
const LEVELS_AT_MOST: usize = 6;

/// The path of a row itself.
const ROW: &str = "";

/// Days without a field, after which it is gone. A weekend without activity is shorter.
const GONE_AFTER_DAYS: i32 = 7;

/// Fields of the rows of some scopes, with the first and the last day that has each.
#[derive(Debug, Default)]
pub(crate) struct SeenFields(BTreeMap<String, (Day, Day)>);

/// Change of one field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FieldChange {
    /// Path, such as `.totals_by_feature[].feature`.
    pub(crate) path: String,
    pub(crate) what: Drift,
}

/// Kinds of changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Drift {
    /// This program does not know it; it is there since that day.
    Unknown(Day),
    /// It was last there on that day.
    Gone(Day),
}

impl SeenFields {
    /// Takes the row of a day, in any order.
    pub(crate) fn add(&mut self, day: Day, row: &Value) {
        self.see(ROW, day);
        self.walk(day, ROW, row, 0);
    }

    fn see(&mut self, path: &str, day: Day) {
        if let Some((first, last)) = self.0.get_mut(path) {
            (*first, *last) = (day.min(*first), day.max(*last));
        } else if self.0.len() < FIELDS_AT_MOST {
            self.0.insert(path.to_owned(), (day, day));
        }
    }

    fn walk(&mut self, day: Day, path: &str, value: &Value, level: usize) {
        if level == LEVELS_AT_MOST {
            return;
        }
        match value {
            Value::Object(fields) => {
                for (name, value) in fields {
                    let path = format!("{path}.{name}");
                    self.see(&path, day);
                    self.walk(day, &path, value, level + 1);
                }
            }
            Value::Array(elements) => {
                let path = format!("{path}[]");
                for element in elements.iter().filter(|element| element.is_object()) {
                    self.see(&path, day);
                    self.walk(day, &path, element, level + 1);
                }
            }
            _ => {}
        }
    }

    /// The changes, by path. A field within another counts as gone only where the other is there without it.
    pub(crate) fn changes(&self, documented: &BTreeSet<String>) -> Vec<FieldChange> {
        let mut changes = Vec::new();
        for (path, (first, last)) in self.0.iter().filter(|(path, _)| !path.is_empty() && !path.ends_with("[]")) {
            let Some((parent, _)) = path.rsplit_once('.') else { continue };
            let Some((_, parent_last)) = self.0.get(parent) else { continue };
            let mut add = |what| changes.push(FieldChange { path: path.clone(), what });
            if parent_last.days_since(*last) >= GONE_AFTER_DAYS {
                add(Drift::Gone(*last));
            }
            // Of an unknown field with fields of its own only the outer one is told.
            if has_documented_fields(parent, documented) && !documented.contains(path) {
                add(Drift::Unknown(*first));
            }
        }
        changes
    }
}

/// Whether anything is said of the fields of a parent. Of some lists only the list is documented.
fn has_documented_fields(parent: &str, documented: &BTreeSet<String>) -> bool {
    let prefix = format!("{parent}.");
    documented.range(prefix.clone()..).next().is_some_and(|path| path.starts_with(&prefix))
}

/// Paths of the fields of a kind's items that are documented.
pub(crate) fn documented(kind: &str) -> BTreeSet<String> {
    fn add(paths: &mut BTreeSet<String>, prefix: &str, field: &Field) {
        let path = format!("{prefix}.{}", field.name);
        let within = if field.kind == FieldType::List { format!("{path}[]") } else { path.clone() };
        paths.insert(path);
        field.children.iter().for_each(|child| add(paths, &within, child));
    }
    let mut paths = BTreeSet::new();
    kind::find(kind).iter().flat_map(|kind| kind.item_fields()).for_each(|field| add(&mut paths, "", field));
    paths
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn changes(rows: &[(&str, Value)], known: &[&str]) -> Vec<(String, Drift)> {
        let mut seen = SeenFields::default();
        rows.iter().for_each(|(day, row)| seen.add(day.parse().unwrap(), row));
        let documented = known.iter().map(|path| (*path).to_owned()).collect();
        seen.changes(&documented).into_iter().map(|change| (change.path, change.what)).collect()
    }

    fn day(day: &str) -> Day {
        day.parse().unwrap()
    }

    #[test]
    fn a_field_that_went_is_told_and_a_weekend_without_activity_is_none() {
        let known = [".a", ".b", ".list", ".list[].x", ".list[].y"];
        let rows = [
            ("2026-11-09", json!({"b": 1, "list": []})),
            ("2026-11-01", json!({"a": 1, "b": 1, "list": [{"x": 1, "y": 1}]})),
            ("2026-11-08", json!({"b": null, "list": [{"x": 1}]})),
        ];
        let gone = Drift::Gone(day("2026-11-01"));
        assert_eq!(changes(&rows, &known), [(".a".to_owned(), gone), (".list[].y".to_owned(), gone)]);
        assert_eq!(changes(&rows[..2], &known), [(".a".to_owned(), gone)], "the list is empty, so its fields are not gone");
        assert_eq!(changes(&rows[1..2], &known), []);
    }

    #[test]
    fn a_field_that_is_not_documented_is_told_once_with_its_first_day() {
        let row = json!({"a": {"b": 1}, "new": {"c": {"d": 1}}});
        let rows = [("2026-11-02", row.clone()), ("2026-11-01", row), ("2026-10-31", json!({"a": {}}))];
        assert_eq!(changes(&rows, &[".a", ".a.b"]), [(".new".to_owned(), Drift::Unknown(day("2026-11-01")))]);
        assert_eq!(changes(&rows[..2], &[".a", ".new"]), [], "of fields within a field nothing is said");
    }

    #[test]
    fn fields_of_the_report_are_documented() {
        let known = documented("organization-usage-metrics");
        for path in [".day", ".daily_active_users", ".totals_by_feature", ".totals_by_feature[].feature"] {
            assert!(known.contains(path), "{path}");
        }
    }

    #[test]
    fn memory_is_bounded() {
        let mut seen = SeenFields::default();
        let row = (0..3_000).map(|number| (format!("f{number}"), json!(1))).collect::<serde_json::Map<_, _>>();
        seen.add("2026-11-01".parse().unwrap(), &Value::from(row));
        assert_eq!(seen.0.len(), FIELDS_AT_MOST);
    }
}

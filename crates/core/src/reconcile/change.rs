//! Comparison of a desired entity with the current one.
//!
//! It compares meaning, not text: `1` equals `1.0`, two spellings of one time are equal, null equals absent, and the order of
//! teams and of many-relations does not count.

use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::model::entity::Entity;
use crate::model::fields::Fields;

/// Result of a comparison.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// The catalog has no entity with that key.
    Create,
    /// The catalog has other values.
    Update(Vec<FieldChange>),
    /// The catalog has the same values.
    Unchanged,
    /// It cannot be compared, because only the catalog's search can find the entity that is meant. It is sent as it is.
    Sent,
}

/// One field whose value changes.
#[derive(Clone, Debug, PartialEq)]
pub struct FieldChange {
    /// `title`, `icon`, `team`, `properties.x` or `relations.x`.
    pub field: String,
    /// Value in the catalog; null when there is none.
    pub current: Value,
    /// Value of the mapping; null when there is none.
    pub desired: Value,
}

/// The current entity in the catalog, as far as it was requested.
#[derive(Clone, Copy, Debug)]
pub struct CurrentFields<'a> {
    /// Title; null when there is none.
    pub title: &'a Value,
    /// Icon; none when it was not requested, then it is not compared.
    pub icon: Option<&'a Value>,
    /// Team; null when there is none.
    pub team: &'a Value,
    /// Properties by name.
    pub properties: &'a Map<String, Value>,
    /// Relations by name: identifier, list of identifiers, or null.
    pub relations: &'a Map<String, Value>,
}

/// Compares. With `merge` (the mapping's `enableMergeEntity`) only mapped fields are compared, because the catalog keeps the
/// others. Without it, a field that only the catalog has is a difference, because sending removes it.
pub fn compare(desired: &Entity, current: Option<CurrentFields<'_>>, merge: bool) -> Change {
    if desired.is_searched() {
        return Change::Sent;
    }
    let Some(current) = current else {
        return Change::Create;
    };
    let mut changes = Vec::new();
    let mut differs = |field: FieldName<'_>, current: &Value, desired: &Value, same: Equality| {
        if !same(current, desired) {
            changes.push(FieldChange { field: field.to_string(), current: current.clone(), desired: desired.clone() });
        }
    };
    let none = Value::Null;
    // Without a mapping the catalog sets its own defaults for title and team, so they are compared only when mapped.
    if let Some(title) = &desired.title {
        differs(FieldName("title", ""), current.title, title, same_text);
    }
    if let (Some(icon), Some(held)) = (&desired.icon, current.icon) {
        differs(FieldName("icon", ""), held, icon, same_value);
    }
    if let Some(team) = &desired.team {
        differs(FieldName("team", ""), current.team, team, same_set);
    }
    let properties = (desired.properties.as_ref(), current.properties, same_value as Equality);
    let relations = (desired.relations.as_ref(), current.relations, same_set as Equality);
    for (group, (wanted, there, same)) in [("properties", properties), ("relations", relations)] {
        for (name, value) in wanted.iter().copied().flat_map(Fields::iter) {
            differs(FieldName(group, name), there.get(name).unwrap_or(&none), value, same);
        }
        if !merge {
            let is_wanted = |name: &str| wanted.is_some_and(|wanted| wanted.get(name).is_some());
            for (name, value) in there.iter().filter(|(name, _)| !is_wanted(name)) {
                differs(FieldName(group, name), value, &none, same);
            }
        }
    }
    if changes.is_empty() { Change::Unchanged } else { Change::Update(changes) }
}

/// Field name: `title`, or `properties` and a name. It is formatted only for fields that differ, which are few.
struct FieldName<'a>(&'static str, &'a str);

impl std::fmt::Display for FieldName<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self(field, "") if !matches!(*field, "properties" | "relations") => formatter.write_str(field),
            Self(group, name) => write!(formatter, "{group}.{name}"),
        }
    }
}

/// Equality of two values.
type Equality = fn(&Value, &Value) -> bool;

/// Compares titles. A catalog whose titles are texts keeps a number or a boolean as its text.
fn same_text(left: &Value, right: &Value) -> bool {
    same_value(left, right) || (!left.is_null() && !right.is_null() && text(left) == text(right))
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Compares lists without their order: teams and many-relations. A single value equals a list of just that value, and no value
/// equals an empty list.
fn same_set(left: &Value, right: &Value) -> bool {
    fn members(value: &Value) -> Vec<String> {
        let mut members = match value {
            Value::Null => Vec::new(),
            Value::Array(list) => list.iter().map(text).collect(),
            other => vec![text(other)],
        };
        members.sort();
        members.dedup();
        members
    }
    members(left) == members(right)
}

/// Compares values of properties.
pub fn same_value(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => same_number(left, right),
        (Value::String(left), Value::String(right)) => left == right || same_moment(left, right),
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| same_value(left, right))
        }
        (Value::Object(left), Value::Object(right)) => {
            // The keys usually come back in the order in which they were sent; then no lookup is needed.
            if left.keys().eq(right.keys()) {
                return left.values().zip(right.values()).all(|(left, right)| same_value(left, right));
            }
            let covers = |left: &Map<String, Value>, right: &Map<String, Value>| {
                left.iter().all(|(name, value)| same_value(value, right.get(name).unwrap_or(&Value::Null)))
            };
            covers(left, right) && covers(right, left)
        }
        (left, right) => left == right,
    }
}

fn same_number(left: &serde_json::Number, right: &serde_json::Number) -> bool {
    match (left.as_i64(), right.as_i64()) {
        (Some(left), Some(right)) => left == right,
        _ => left == right || left.as_f64() == right.as_f64(),
    }
}

/// Compares two spellings of one time, such as `2026-08-01T00:00:00Z` and `2026-08-01T00:00:00.000Z`.
fn same_moment(left: &str, right: &str) -> bool {
    // Checking one byte first avoids parsing ordinary texts.
    let looks_like_one = |text: &str| text.len() >= 20 && text.as_bytes()[10] == b'T';
    let moment = |text: &str| text.parse::<Timestamp>().ok();
    looks_like_one(left) && looks_like_one(right) && moment(left).is_some_and(|left| moment(right) == Some(left))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn entity(value: Value) -> Entity {
        let map = |name: &str| value.get(name).and_then(Value::as_object).cloned().map(Fields::from);
        Entity {
            identifier: json!("a"),
            blueprint: "b".into(),
            title: value.get("title").cloned(),
            icon: value.get("icon").cloned(),
            team: value.get("team").cloned(),
            properties: map("properties"),
            relations: map("relations"),
        }
    }

    fn fields(desired: Value, current: Value, merge: bool) -> Vec<String> {
        let (none, empty) = (Value::Null, Map::new());
        let map = |name: &str| current.get(name).and_then(Value::as_object).unwrap_or(&empty);
        let held = CurrentFields {
            title: &current["title"],
            icon: current.get("icon"),
            team: current.get("team").unwrap_or(&none),
            properties: map("properties"),
            relations: map("relations"),
        };
        match compare(&entity(desired), Some(held), merge) {
            Change::Unchanged => Vec::new(),
            Change::Update(changes) => changes.into_iter().map(|change| change.field).collect(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_means_the_same_is_unchanged() {
        let same = [
            (json!(1), json!(1.0)),
            (json!(9_007_199_254_740_993_i64), json!(9_007_199_254_740_993_i64)),
            (json!("2026-08-01T00:00:00Z"), json!("2026-08-01T02:00:00.000+02:00")),
            (json!(null), json!(null)),
            (json!({"a": null}), json!({})),
            (json!({"a": [1, {"b": 2.0}]}), json!({"a": [1.0, {"b": 2}]})),
        ];
        for (desired, current) in same {
            let none: Vec<String> = Vec::new();
            assert_eq!(fields(json!({"properties": {"x": desired}}), json!({"properties": {"x": current}}), true), none);
        }
    }

    #[test]
    fn what_means_something_else_is_an_update() {
        let other = [
            (json!(1), json!("1")),
            (json!(9_007_199_254_740_993_i64), json!(9_007_199_254_740_992_i64)),
            (json!("2026-08-01T00:00:00Z"), json!("2026-08-01T00:00:01Z")),
            (json!("2026-08-01"), json!("2026-08-01T00:00:00Z")),
            (json!(0), json!(null)),
            (json!(false), json!(null)),
            (json!([1, 2]), json!([2, 1])),
        ];
        for (desired, current) in other {
            let changed = fields(json!({"properties": {"x": desired}}), json!({"properties": {"x": current}}), true);
            assert_eq!(changed, ["properties.x"], "{desired} and {current}");
        }
    }

    #[test]
    fn a_null_property_equals_one_that_is_not_there() {
        let none: Vec<String> = Vec::new();
        assert_eq!(fields(json!({"properties": {"x": null}}), json!({"properties": {}}), true), none);
        assert_eq!(fields(json!({"properties": {"x": null}}), json!({"properties": {"x": 1}}), true), ["properties.x"]);
    }

    #[test]
    fn the_order_of_teams_and_of_relations_does_not_count() {
        let none: Vec<String> = Vec::new();
        assert_eq!(fields(json!({"team": ["x", "y"]}), json!({"team": ["y", "x"]}), true), none);
        assert_eq!(fields(json!({"team": "x"}), json!({"team": ["x"]}), true), none);
        assert_eq!(fields(json!({"relations": {"r": ["x", "y"]}}), json!({"relations": {"r": ["y", "x"]}}), true), none);
        assert_eq!(fields(json!({"relations": {"r": "x"}}), json!({"relations": {"r": "y"}}), true), ["relations.r"]);
    }

    #[test]
    fn merging_compares_only_what_is_mapped() {
        let current = json!({"properties": {"x": 1, "by_hand": 2}});
        let none: Vec<String> = Vec::new();
        assert_eq!(fields(json!({"properties": {"x": 1}}), current.clone(), true), none);
        assert_eq!(fields(json!({"properties": {"x": 1}}), current, false), ["properties.by_hand"]);
    }

    #[test]
    fn what_the_catalog_must_search_is_sent() {
        let desired = entity(json!({"relations": {"r": {"combinator": "and", "rules": []}}}));
        assert_eq!(compare(&desired, None, true), Change::Sent);
    }
}

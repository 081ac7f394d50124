//! Tables that figures are computed with: prices of seats, credits that seats include, holidays. Each row has the day from which on it
//! holds and the source that says so.
//!
//! Lists of objects, in the settings file or as JSON in their variables. A row that is wrong is named by its place and its number.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::error::SettingsError;
use super::source::{Raw, SettingOrigin};
use crate::figure::Dated;
use crate::model::day::Day;

/// Keys of a row of amounts.
const OF_AMOUNTS: &[(&str, &str)] = &[
    ("from", "The first day on which it holds"),
    ("plan", "The plan, as GitHub names it: business, enterprise"),
    ("amount", "The amount for a seat and a month"),
    ("source", "Who says so: a price list, a contract"),
];

/// Keys of a row of holidays.
const OF_HOLIDAYS: &[(&str, &str)] =
    &[("day", "A day on which nobody works"), ("days", "Several of them"), ("source", "Who says so: a calendar")];

/// Tables of settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TableShape {
    /// An amount by day and plan.
    Amounts,
    /// Days.
    Holidays,
}

impl TableShape {
    fn keys(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Amounts => OF_AMOUNTS,
            Self::Holidays => OF_HOLIDAYS,
        }
    }

    /// An example, for messages and the page of settings.
    pub(super) fn example(self) -> &'static str {
        match self {
            Self::Amounts => r#"[{"from": "2026-01-01", "plan": "business", "amount": 19, "source": "price list"}]"#,
            Self::Holidays => r#"[{"day": "2026-12-25", "source": "calendar"}]"#,
        }
    }

    /// The JSON Schema of the list.
    pub(super) fn schema(self) -> Value {
        let shape = |key: &str| match key {
            "amount" => json!({"type": ["number", "string"], "minimum": 0}),
            "days" => json!({"type": "array", "items": {"type": "string", "format": "date"}}),
            "from" | "day" => json!({"type": "string", "format": "date"}),
            _ => json!({"type": "string"}),
        };
        let described = |(key, about): &(&str, &str)| {
            let mut schema = shape(key);
            schema["description"] = json!(about);
            ((*key).to_owned(), schema)
        };
        let properties: Map<String, Value> = self.keys().iter().map(described).collect();
        json!({"type": ["array", "string"], "items": {"type": "object", "properties": properties, "additionalProperties": false}})
    }
}

/// A list of rows, and where it is written.
struct Rows<'a> {
    written: &'a SettingOrigin,
    shape: TableShape,
    errors: Vec<SettingsError>,
}

impl Rows<'_> {
    fn wrong(&mut self, found: String, expected: impl Into<String>) {
        self.errors.push(SettingsError::Value { source_name: self.written.clone(), found, expected: expected.into() });
    }

    /// The objects of the list, with their numbers, counted from 1.
    fn objects(&mut self, text: &str) -> Vec<(usize, Map<String, Value>)> {
        let list = match serde_json::from_str(text) {
            Ok(Value::Array(list)) => list,
            _ => {
                self.wrong("something else".to_owned(), format!("a list of objects, such as {}", self.shape.example()));
                return Vec::new();
            }
        };
        let mut objects = Vec::new();
        for (number, item) in (1..).zip(list) {
            let Value::Object(object) = item else {
                self.wrong(
                    format!("a list whose item {number} is no object"),
                    format!("a list such as {}", self.shape.example()),
                );
                continue;
            };
            let unknown = object.keys().find(|key| !self.shape.keys().iter().any(|(known, _)| known == key));
            if let Some(key) = unknown {
                let known: Vec<String> = self.shape.keys().iter().map(|(known, _)| format!("`{known}`")).collect();
                self.wrong(format!("a list whose item {number} has `{key}`"), known.join(", "));
                continue;
            }
            objects.push((number, object));
        }
        objects
    }

    /// What `read` makes of a value of a row. None when it is missing or wrong, which is told then.
    fn value<T>(
        &mut self,
        (number, object): &(usize, Map<String, Value>),
        key: &str,
        expected: &str,
        read: impl Fn(&str) -> Option<T>,
    ) -> Option<T> {
        let text = match object.get(key) {
            Some(Value::String(text)) => text.trim().to_owned(),
            Some(value @ Value::Number(_)) => value.to_string(),
            Some(_) => {
                self.wrong(format!("a list whose item {number} has something else for `{key}`"), expected);
                return None;
            }
            None => String::new(),
        };
        if text.is_empty() {
            self.wrong(format!("a list whose item {number} has no `{key}`"), expected);
            return None;
        }
        let value = read(&text);
        if value.is_none() {
            self.wrong(format!("a list whose item {number} has `{text}` for `{key}`"), expected);
        }
        value
    }
}

const A_DAY: &str = "a day such as 2026-01-01";
const A_SOURCE: &str = "who says so, such as the address of a price list or of a calendar";

/// Reads a table of amounts.
pub(super) fn amounts(text: &str, written: &SettingOrigin) -> Result<Vec<Dated>, Vec<SettingsError>> {
    let mut rows = Rows { written, shape: TableShape::Amounts, errors: Vec::new() };
    let mut table: Vec<Dated> = Vec::new();
    for row in rows.objects(text) {
        let from = rows.value(&row, "from", A_DAY, |text| text.parse::<Day>().ok());
        let plan = rows.value(&row, "plan", "a plan such as business or enterprise", |text| Some(text.to_owned()));
        let amount = rows.value(&row, "amount", "a number from 0 on", |text| {
            text.parse::<f64>().ok().filter(|amount| amount.is_finite() && *amount >= 0.0)
        });
        let source = rows.value(&row, "source", A_SOURCE, |text| Some(text.to_owned()));
        let (Some(from), Some(plan), Some(amount), Some(source)) = (from, plan, amount, source) else { continue };
        if table.iter().any(|known| known.from == from && known.plan.eq_ignore_ascii_case(&plan)) {
            rows.wrong(
                format!("a list whose item {} is of `{plan}` from {from} on, as one before it is", row.0),
                "one amount for a plan and a day",
            );
            continue;
        }
        table.push(Dated { from, plan, amount, source });
    }
    if rows.errors.is_empty() { Ok(table) } else { Err(rows.errors) }
}

/// Reads a table of holidays.
pub(super) fn holidays(text: &str, written: &SettingOrigin) -> Result<BTreeMap<Day, String>, Vec<SettingsError>> {
    let mut rows = Rows { written, shape: TableShape::Holidays, errors: Vec::new() };
    let mut holidays = BTreeMap::new();
    for row in rows.objects(text) {
        let source = rows.value(&row, "source", A_SOURCE, |text| Some(text.to_owned()));
        let several = match row.1.get("days") {
            Some(Value::Array(days)) => {
                days.iter().map(|day| day.as_str().and_then(|day| day.trim().parse::<Day>().ok())).collect()
            }
            Some(_) => None,
            None => rows.value(&row, "day", A_DAY, |text| text.parse::<Day>().ok()).map(|day| vec![day]),
        };
        let Some(days) = several else {
            if row.1.contains_key("days") {
                rows.wrong(
                    format!("a list whose item {} has something else for `days`", row.0),
                    format!("a list of days, {A_DAY}"),
                );
            }
            continue;
        };
        let Some(source) = source else { continue };
        for day in days {
            if holidays.insert(day, source.clone()).is_some() {
                rows.wrong(format!("a list whose item {} names {day}, as one before it does", row.0), "each day once");
            }
        }
    }
    if rows.errors.is_empty() { Ok(holidays) } else { Err(rows.errors) }
}

/// A table as text: JSON, as it was written.
pub(super) fn text(raw: &Raw) -> Result<String, String> {
    raw.text().map(str::to_owned).ok_or_else(|| "a list of objects".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written() -> SettingOrigin {
        SettingOrigin::File { name: "settings.yaml".to_owned(), line: 7 }
    }

    fn told<T>(read: Result<T, Vec<SettingsError>>) -> Vec<String> {
        read.err().unwrap_or_default().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn rows_are_read_with_their_source() {
        let table = amounts(
            r#"[{"from": "2026-01-01", "plan": "business", "amount": 19, "source": "price list"},
                {"from": "2026-06-01", "plan": "business", "amount": "21.5", "source": "contract"}]"#,
            &written(),
        );
        let table = table.unwrap();
        assert_eq!(
            (table[1].amount, table[1].source.as_str(), table[1].from.to_string()),
            (21.5, "contract", "2026-06-01".to_owned())
        );
        let days = holidays(
            r#"[{"day": "2026-12-25", "source": "calendar"}, {"days": ["2026-12-26", "2027-01-01"], "source": "works council"}]"#,
            &written(),
        );
        let days = days.unwrap();
        assert_eq!(days.len(), 3);
        assert_eq!(days.values().map(String::as_str).collect::<Vec<_>>(), ["calendar", "works council", "works council"]);
    }

    #[test]
    fn what_is_wrong_is_named_with_its_place_and_its_row() {
        for (text, expected) in [
            ("19", "settings.yaml:7 is something else, expected a list of objects"),
            (r#"["19"]"#, "settings.yaml:7 is a list whose item 1 is no object"),
            (r#"[{"amout": 19}]"#, "item 1 has `amout`, expected `from`, `plan`, `amount`, `source`"),
            (
                r#"[{"from": "2026-01-01", "plan": "business", "amount": 19}]"#,
                "item 1 has no `source`, expected who says so, such as the address",
            ),
            (
                r#"[{"from": "soon", "plan": "business", "amount": 19, "source": "x"}]"#,
                "item 1 has `soon` for `from`, expected a day such as 2026-01-01",
            ),
            (
                r#"[{"from": "2026-01-01", "plan": "business", "amount": -1, "source": "x"}]"#,
                "item 1 has `-1` for `amount`, expected a number from 0 on",
            ),
            (r#"[{"from": "2026-01-01", "plan": "business", "amount": "NaN", "source": "x"}]"#, "item 1 has `NaN` for `amount`"),
            (
                r#"[{"from": "2026-01-01", "plan": "business", "amount": 1, "source": "x"},
                    {"from": "2026-01-01", "plan": "Business", "amount": 2, "source": "y"}]"#,
                "item 2 is of `Business` from 2026-01-01 on, as one before it is",
            ),
        ] {
            let told = told(amounts(text, &written())).join("\n");
            assert!(told.contains(expected), "{text}: {told}");
        }
        for (text, expected) in [
            (r#"[{"day": "2026-12-25"}]"#, "item 1 has no `source`"),
            (r#"[{"source": "x"}]"#, "item 1 has no `day`"),
            (r#"[{"days": "2026-12-25", "source": "x"}]"#, "item 1 has something else for `days`"),
            (r#"[{"days": ["2026-02-30"], "source": "x"}]"#, "item 1 has something else for `days`"),
            (r#"[{"days": ["2026-12-25", "2026-12-25"], "source": "x"}]"#, "item 1 names 2026-12-25, as one before it does"),
        ] {
            let told = told(holidays(text, &written())).join("\n");
            assert!(told.contains(expected), "{text}: {told}");
        }
    }

    #[test]
    fn examples_are_right() {
        assert!(amounts(TableShape::Amounts.example(), &written()).is_ok());
        assert!(holidays(TableShape::Holidays.example(), &written()).is_ok());
    }
}

//! Days and membership of a resource's selector. Pure.

use serde_json::{Map, Value};

use crate::model::day::Day;

pub use crate::model::selector_keys::MOST_DAYS;

/// Days that are read when a source has no report of the last 28 days and none are chosen.
const DAYS_UNLESS_CHOSEN: i32 = 28;

/// The settings of a kind in a selector.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// `since`: the first day.
    pub since: Option<Day>,
    /// `until`: the last day.
    pub until: Option<Day>,
    /// `days`: how many days, the last one included.
    pub days: Option<i32>,
    /// `membership: current`: the members of teams are those of today.
    pub of_today: bool,
}

impl Selection {
    /// Reads the keys of a selector other than `query`. Keys that have no meaning are ignored, as in Ocean.
    ///
    /// # Errors
    /// A sentence that says what is wrong.
    pub fn read(other: &Map<String, Value>) -> Result<Self, String> {
        let day = |key: &str| match other.get(key) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => {
                text.parse().map(Some).map_err(|_| format!("`selector.{key}` is `{text}`, which is not a day as 2026-08-01 is"))
            }
            Some(value) => Err(format!("`selector.{key}` is `{value}`, which is not a day as 2026-08-01 is")),
        };
        let days = match other.get("days") {
            None | Some(Value::Null) => None,
            Some(value) => {
                let count = value.as_i64().or_else(|| value.as_str()?.parse().ok());
                let count = count.filter(|count| (1..=i64::from(MOST_DAYS)).contains(count));
                let count = count.and_then(|count| i32::try_from(count).ok());
                Some(count.ok_or_else(|| format!("`selector.days` is {value}, but must be a number from 1 to {MOST_DAYS}"))?)
            }
        };
        let of_today = match other.get("membership") {
            None | Some(Value::Null) => false,
            Some(Value::String(text)) if text == "current" => true,
            Some(Value::String(text)) if text == "reported" => false,
            Some(value) => {
                return Err(format!("`selector.membership` is {value}, but must be `current` or `reported`"));
            }
        };
        let (since, until) = (day("since")?, day("until")?);
        if since.is_some() && days.is_some() {
            return Err("`selector.since` and `selector.days` both say where to begin; remove one of them".to_owned());
        }
        if let (Some(since), Some(until)) = (since, until)
            && until < since
        {
            return Err(format!("`selector.until` is {until}, which is before `selector.since`, {since}"));
        }
        Ok(Self { since, until, days, of_today })
    }

    /// True when the selector chooses days. If not, the report of the last 28 days is read where there is one.
    pub fn chooses_days(&self) -> bool {
        self.since.is_some() || self.until.is_some() || self.days.is_some()
    }

    /// The days to read, oldest first, of a source that GitHub has from `start` on. `newest` is the last day that there can be.
    ///
    /// A number of days stops at the start of what GitHub has; a first day before it is an error, because it asks for what is
    /// not there.
    ///
    /// # Errors
    /// A sentence that says what is wrong.
    pub fn days(&self, start: Day, newest: Day, today: Day) -> Result<Vec<Day>, String> {
        let year = today.plus_days(-MOST_DAYS);
        let last = self.until.map_or(newest, |until| until.min(newest));
        if let Some(since) = self.since {
            if since < start {
                return Err(format!("`selector.since` is {since}, but GitHub has nothing of days before {start}"));
            }
            if since < year {
                return Err(format!("`selector.since` is {since}, but GitHub shows no day before {year}, {MOST_DAYS} days ago"));
            }
            if since > last {
                return Err(format!("`selector.since` is {since}, but the newest day that can be read is {last}"));
            }
        }
        if last < start.max(year) {
            let key = if self.until.is_some() { "`selector.until`" } else { "the newest day" };
            return Err(format!("{key} is {last}, but GitHub has nothing of days before {}", start.max(year)));
        }
        let first = self.since.unwrap_or_else(|| last.plus_days(1 - self.days.unwrap_or(DAYS_UNLESS_CHOSEN)));
        let first = first.max(start).max(year);
        Ok((0..=last.days_since(first)).map(|after| first.plus_days(after)).collect())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn day(text: &str) -> Day {
        text.parse().unwrap()
    }

    fn read(selector: &Value) -> Result<Selection, String> {
        Selection::read(selector.as_object().unwrap())
    }

    fn days(selector: &Value) -> Result<String, String> {
        let days = read(selector)?.days(day("2026-05-14"), day("2026-11-18"), day("2026-11-20"))?;
        Ok(format!("{} to {}: {}", days[0], days[days.len() - 1], days.len()))
    }

    #[test]
    fn the_days_are_those_that_the_selector_says_and_github_has() {
        let cases = [
            (json!({}), "2026-10-22 to 2026-11-18: 28"),
            (json!({"days": 1}), "2026-11-18 to 2026-11-18: 1"),
            (json!({"days": "7"}), "2026-11-12 to 2026-11-18: 7"),
            (json!({"days": 365}), "2026-05-14 to 2026-11-18: 189"),
            (json!({"days": 3, "until": "2026-08-03"}), "2026-08-01 to 2026-08-03: 3"),
            (json!({"since": "2026-11-01"}), "2026-11-01 to 2026-11-18: 18"),
            (json!({"since": "2026-08-01", "until": "2026-08-02"}), "2026-08-01 to 2026-08-02: 2"),
            (json!({"until": "2027-01-01", "days": 2}), "2026-11-17 to 2026-11-18: 2"),
        ];
        for (selector, expected) in cases {
            assert_eq!(days(&selector).as_deref(), Ok(expected), "{selector}");
        }
    }

    #[test]
    fn what_is_wrong_with_a_selector_is_a_sentence() {
        let cases = [
            (json!({"days": 0}), "must be a number from 1 to 365"),
            (json!({"days": 366}), "must be a number from 1 to 365"),
            (json!({"days": "many"}), "must be a number from 1 to 365"),
            (json!({"since": "yesterday"}), "not a day"),
            (json!({"until": 20260801}), "not a day"),
            (json!({"since": "2026-08-01", "days": 3}), "remove one of them"),
            (json!({"since": "2026-08-02", "until": "2026-08-01"}), "before `selector.since`"),
            (json!({"since": "2026-05-13"}), "GitHub has nothing of days before 2026-05-14"),
            (json!({"until": "2026-05-13"}), "GitHub has nothing of days before 2026-05-14"),
            (json!({"since": "2026-11-19"}), "the newest day that can be read is 2026-11-18"),
            (json!({"membership": "past"}), "must be `current` or `reported`"),
        ];
        for (selector, expected) in cases {
            let sentence = days(&selector).unwrap_err();
            assert!(sentence.contains(expected), "{selector}: {sentence}");
        }
        let long_ago =
            read(&json!({"since": "2025-11-19"})).unwrap().days(day("2025-10-10"), day("2026-11-18"), day("2026-11-20"));
        assert!(long_ago.unwrap_err().contains("365 days ago"));
    }

    #[test]
    fn other_keys_are_ignored() {
        assert_eq!(read(&json!({"teams": ["a"], "days": null})), Ok(Selection::default()));
        assert!(read(&json!({"membership": "current"})).unwrap().of_today);
    }
}

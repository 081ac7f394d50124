//! A calendar day. GitHub's days are UTC days.

use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A UTC calendar day, written `2026-08-01`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(Date);

/// Error for a text that is not a calendar day.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("`{0}` is not a day (expected YYYY-MM-DD)")]
pub struct NotADay(String);

impl Day {
    /// The UTC day of a time.
    pub fn of(moment: jiff::Timestamp) -> Self {
        Self(moment.to_zoned(jiff::tz::TimeZone::UTC).date())
    }

    /// The day `count` days after this one, or before it when negative. Stops at the ends of the calendar (year ±9999).
    pub fn plus_days(self, count: i32) -> Self {
        let end = if count < 0 { Date::MIN } else { Date::MAX };
        let span = jiff::Span::new().try_days(count);
        Self(span.and_then(|span| self.0.checked_add(span)).unwrap_or(end))
    }

    /// Days from `earlier` to this one; negative when `earlier` is later.
    pub fn days_since(self, earlier: Day) -> i32 {
        (self.0 - earlier.0).get_days()
    }

    /// Day of the week: Monday is 1, Sunday is 7.
    pub fn weekday(self) -> i8 {
        self.0.weekday().to_monday_one_offset()
    }

    /// The day of its month, from 1.
    pub fn of_month(self) -> i8 {
        self.0.day()
    }
}

impl FromStr for Day {
    type Err = NotADay;

    fn from_str(text: &str) -> Result<Self, NotADay> {
        // `Date` also reads `20260801` and a date followed by a time; a `Day` has one spelling only.
        let wrong = || NotADay(text.to_owned());
        let date: Date = text.parse().map_err(|_| wrong())?;
        if text.len() == 10 { Ok(Self(date)) } else { Err(wrong()) }
    }
}

impl fmt::Display for Day {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl Serialize for Day {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_has_one_spelling() {
        assert_eq!("2026-08-01".parse::<Day>().unwrap().to_string(), "2026-08-01");
        for wrong in ["2026-8-1", "20260801", "2026-08-01T00:00:00Z", "2026-02-30", "", "today"] {
            assert!(wrong.parse::<Day>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn days_are_counted_across_months() {
        let day: Day = "2026-02-27".parse().unwrap();
        assert_eq!(day.plus_days(3).to_string(), "2026-03-02");
        assert_eq!(day.plus_days(3).days_since(day), 3);
        assert_eq!(day.plus_days(-60).days_since(day), -60);
    }
}

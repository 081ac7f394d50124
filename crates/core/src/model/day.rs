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

    /// The day of a year, a month and a day of the month, each from 1. None where the calendar has no such day.
    pub fn new(year: i16, month: i8, of_month: i8) -> Option<Self> {
        Date::new(year, month, of_month).ok().map(Self)
    }

    /// Year, month and day of the month.
    pub fn parts(self) -> (i16, i8, i8) {
        (self.0.year(), self.0.month(), self.0.day())
    }

    /// The day of its month, from 1.
    pub fn of_month(self) -> i8 {
        self.0.day()
    }

    /// The short name of its month: `Jan`.
    pub fn month_name(self) -> &'static str {
        const NAMES: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
        let place = usize::try_from(self.0.month()).ok().and_then(|month| month.checked_sub(1));
        place.and_then(|place| NAMES.get(place)).copied().unwrap_or_default()
    }
}

impl FromStr for Day {
    type Err = NotADay;

    fn from_str(text: &str) -> Result<Self, NotADay> {
        // A day has one spelling only, and every record has a day, so no reader of many spellings is asked.
        date(text.as_bytes()).map(Self).ok_or_else(|| NotADay(text.to_owned()))
    }
}

fn date(text: &[u8]) -> Option<Date> {
    let &[millennia, centuries, decades, years, b'-', month_tens, months, b'-', day_tens, days] = text else { return None };
    let number = |digits: &[u8]| {
        digits.iter().try_fold(0_i16, |number, digit| digit.is_ascii_digit().then(|| number * 10 + i16::from(digit - b'0')))
    };
    let small = |digits: &[u8]| i8::try_from(number(digits)?).ok();
    Date::new(number(&[millennia, centuries, decades, years])?, small(&[month_tens, months])?, small(&[day_tens, days])?).ok()
}

impl fmt::Display for Day {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl Serialize for Day {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (year, month, day) = (self.0.year(), self.0.month().unsigned_abs(), self.0.day().unsigned_abs());
        // A table of teams has as many days as points, and most days have four digits.
        let (Ok(year), true) = (u16::try_from(year), year < 10_000) else { return serializer.collect_str(self) };
        let digit = |number: u16| b'0' + (number % 10) as u8;
        let mut text = *b"0000-00-00";
        for (place, number) in [(0, year / 1000), (1, year / 100), (2, year / 10), (3, year)] {
            text[place] = digit(number);
        }
        for (place, number) in [(5, month), (8, day)] {
            (text[place], text[place + 1]) = (digit(u16::from(number / 10)), digit(u16::from(number)));
        }
        serializer.serialize_str(std::str::from_utf8(&text).map_err(serde::ser::Error::custom)?)
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
    fn a_day_is_serialized_as_it_is_shown() {
        for text in ["2026-08-01", "0001-01-31", "9999-12-31", "1999-10-09"] {
            let day: Day = text.parse().unwrap();
            assert_eq!((day.to_string(), serde_json::to_string(&day).unwrap()), (text.to_owned(), format!("\"{text}\"")));
        }
        let before = Day(Date::MIN);
        assert_eq!(serde_json::to_string(&before).unwrap(), format!("\"{before}\""));
    }

    #[test]
    fn a_day_has_one_spelling() {
        assert_eq!("2026-08-01".parse::<Day>().unwrap().to_string(), "2026-08-01");
        for wrong in [
            "2026-8-1",
            "20260801",
            "2026-08-01T00:00:00Z",
            "2026-02-30",
            "",
            "today",
            "2026-W05-1",
            "2026/08/01",
            "+026-08-01",
            "2026-00-10",
            "２-08-01",
        ] {
            assert!(wrong.parse::<Day>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_day_is_made_of_three_numbers() {
        let day: Day = "2026-08-01".parse().unwrap();
        assert_eq!(day.parts(), (2026, 8, 1));
        assert_eq!(Day::new(2026, 8, 1), Some(day));
        assert_eq!(Day::new(2026, 2, 30), None);
    }

    #[test]
    fn days_are_counted_across_months() {
        let day: Day = "2026-02-27".parse().unwrap();
        assert_eq!(day.plus_days(3).to_string(), "2026-03-02");
        assert_eq!(day.plus_days(3).days_since(day), 3);
        assert_eq!(day.plus_days(-60).days_since(day), -60);
    }
}

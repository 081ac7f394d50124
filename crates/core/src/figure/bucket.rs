//! Days put together to the width of a point.

use crate::model::day::Day;

/// The width of a point.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Bucket {
    /// A day.
    #[default]
    Day,
    /// Monday to Sunday.
    Week,
    /// A calendar month.
    Month,
}

impl Bucket {
    /// Every width, in the order in which they are listed.
    pub const ALL: [Self; 3] = [Self::Day, Self::Week, Self::Month];

    /// Its name in commands and addresses.
    pub fn name(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
        }
    }

    /// The width of that name.
    pub fn find(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|bucket| bucket.name() == name)
    }

    /// The first day of the bucket that a day falls into. Two days are in one bucket exactly when this is equal.
    pub fn first_day(self, day: Day) -> Day {
        match self {
            Self::Day => day,
            Self::Week => day.plus_days(1 - i32::from(day.weekday())),
            Self::Month => day.plus_days(1 - i32::from(day.of_month())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_week_begins_on_monday_and_a_month_on_its_first_day() {
        let first = |by: Bucket, day: &str| by.first_day(day.parse().unwrap()).to_string();
        for (day, week, month) in [
            ("2026-11-30", "2026-11-30", "2026-11-01"),
            ("2026-11-29", "2026-11-23", "2026-11-01"),
            ("2026-12-01", "2026-11-30", "2026-12-01"),
            ("2027-01-01", "2026-12-28", "2027-01-01"),
        ] {
            assert_eq!(first(Bucket::Day, day), day);
            assert_eq!(first(Bucket::Week, day), week);
            assert_eq!(first(Bucket::Month, day), month);
        }
    }
}

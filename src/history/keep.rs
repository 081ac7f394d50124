//! How long days are kept.

use crate::model::day::Day;

/// How many days of the past are kept; none when all are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KeptDays {
    /// Of everything.
    pub days: Option<u32>,
    /// Of single people: older days keep numbers alone, so that people of several days can be put together no more.
    pub people: Option<u32>,
}

impl KeptDays {
    /// The first day that is kept.
    pub(super) fn first(days: Option<u32>, today: Day) -> Option<Day> {
        days.map(|days| today.plus_days(1 - i32::try_from(days).unwrap_or(i32::MAX)))
    }
}

//! Facts of one day of one scope.

use crate::model::day::Day;

/// The facts of one day. A part that is none was not read, which is not the same as zero.
#[derive(Clone, Copy, Debug)]
pub struct DayFacts<'a> {
    /// The day, in UTC.
    pub day: Day,
    /// True while GitHub may still change the numbers.
    pub is_provisional: bool,
    /// The row of `organization-1-day` or `enterprise-1-day`, as GitHub wrote it.
    pub aggregate: Option<&'a str>,
}

impl DayFacts<'_> {
    /// A day that is not held.
    pub fn not_held(day: Day) -> Self {
        Self { day, is_provisional: false, aggregate: None }
    }
}

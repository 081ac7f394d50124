//! Keys of a kind's selector beside `query`.

use super::day::Day;

/// Selector keys that a kind accepts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SelectorKeys {
    /// Set if days can be selected: `days`, `since`, `until`.
    pub has_days: bool,
    /// Set if the date of the memberships can be selected: `membership`.
    pub has_membership: bool,
    /// First day for which GitHub has data.
    pub first_day: Option<Day>,
    /// First day for which GitHub has data when the members of teams are those of today.
    pub first_day_of_current_members: Option<Day>,
}

/// Maximum number of days that can be selected: GitHub keeps reports for a year.
pub const MOST_DAYS: i32 = 365;

//! What a kind's selector may say beside its query.

use super::day::Day;

/// The keys that mean something to a kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SelectorKeys {
    /// Whether days can be chosen: `days`, `since`, `until`.
    pub has_days: bool,
    /// Whether it can be said whose membership counts: `membership`.
    pub has_membership: bool,
    /// The first day that GitHub has.
    pub first_day: Option<Day>,
    /// The same when the members of teams are those of today.
    pub first_day_of_current_members: Option<Day>,
}

/// The most days that can be chosen, which is how far back GitHub lets one look.
pub const MOST_DAYS: i32 = 365;

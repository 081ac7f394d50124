//! Days of a world.

use jiff::Timestamp;

use crate::model::day::Day;

/// A day with the facts that activity depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct CalendarDay {
    pub(super) day: Day,
    /// Days since 1970-01-01.
    pub(super) number: i32,
    /// Monday is 1, Sunday is 7.
    pub(super) weekday: i8,
}

impl CalendarDay {
    pub(super) fn new(day: Day) -> Self {
        Self { day, number: number(day), weekday: day.weekday() }
    }

    pub(super) fn plus_days(self, count: i32) -> Self {
        Self::new(self.day.plus_days(count))
    }

    /// Days since Sunday; Sunday is 0.
    pub(super) fn day_of_week_from_sunday(self) -> u32 {
        self.weekday.unsigned_abs() as u32 % 7 + 1
    }

    /// 1 to 31.
    pub(super) fn day_of_month(self) -> u32 {
        self.day.to_string().get(8..).and_then(|digits| digits.parse().ok()).unwrap_or(1)
    }
}

/// Days since 1970-01-01.
pub(super) fn number(day: Day) -> i32 {
    day.days_since(Day::of(Timestamp::UNIX_EPOCH))
}

/// Day that many days after 1970-01-01.
pub(super) fn day(number: i32) -> Day {
    Day::of(Timestamp::UNIX_EPOCH).plus_days(number)
}

/// First days of GitHub's reports, in days since 1970-01-01.
pub(super) mod since {
    /// 2025-10-10: reports of enterprises.
    pub(crate) const ENTERPRISE: i32 = 20_371;
    /// 2025-12-12: reports of organizations.
    pub(crate) const ORGANIZATION: i32 = 20_434;
    /// 2026-05-07: members of teams. GitHub announced them on 2026-05-14, and has slightly older days.
    pub(crate) const USER_TEAMS: i32 = 20_580;
    /// 2026-06-01: bills in credits.
    pub(crate) const BILLED_CREDITS: i32 = 20_605;
    /// 2026-06-19: credits of users.
    pub(crate) const AI_CREDITS: i32 = 20_623;
    /// 2026-07-10: pull requests of repositories. GitHub announced them on 2026-07-17.
    pub(crate) const REPOSITORIES: i32 = 20_644;
    /// 2026-08-07: agents of other vendors.
    pub(crate) const OTHER_VENDORS: i32 = 20_672;
    /// 2026-09-11: agents window of VS Code.
    pub(crate) const VSCODE_AGENT: i32 = 20_707;
    /// 2026-09-17: customizations of the command line, and engagement.
    pub(crate) const CUSTOMIZATIONS: i32 = 20_713;
    /// 2026-09-21: durations of review stages.
    pub(crate) const REVIEW_TIMES: i32 = 20_717;
}

/// Default last day of a world: Friday, 2026-10-30.
pub(super) const DEFAULT_UNTIL: i32 = 20_756;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_named_days_are_what_their_comments_say() {
        let named = [
            (since::ENTERPRISE, "2025-10-10"),
            (since::ORGANIZATION, "2025-12-12"),
            (since::USER_TEAMS, "2026-05-07"),
            (since::AI_CREDITS, "2026-06-19"),
            (since::REPOSITORIES, "2026-07-10"),
            (since::OTHER_VENDORS, "2026-08-07"),
            (since::VSCODE_AGENT, "2026-09-11"),
            (since::CUSTOMIZATIONS, "2026-09-17"),
            (since::REVIEW_TIMES, "2026-09-21"),
            (DEFAULT_UNTIL, "2026-10-30"),
        ];
        for (number, text) in named {
            assert_eq!(day(number).to_string(), text);
            assert_eq!(super::number(day(number)), number);
        }
    }
}

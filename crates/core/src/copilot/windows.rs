//! Numbers of different people of a team who were active within the last 7 and 28 days. Each person counts once in a window,
//! on however many days; sums of daily figures cannot give that.

use std::collections::{BTreeMap, HashMap};

use super::finished_day::FinishedTeamDay;
use crate::model::day::Day;

/// Days of the shorter window, the day itself included.
pub const WEEK_DAYS: u32 = 7;

/// Days of the longer window, the day itself included. GitHub's `monthly_active_users` are those of 28 days.
pub const MONTH_DAYS: u32 = 28;

/// Bits of the days of the longer window; bit 0 is the newest day.
const MONTH: u32 = (1 << MONTH_DAYS) - 1;

/// The teams of one organization or enterprise over the days held. Days are given oldest first; a day that is left out is not
/// held, and windows that it falls into are null.
///
/// Memory: 8 bytes for each member of each team who was active in the last 28 days. 3,500 teams with 20 active members each
/// take half a megabyte, however many days there are.
#[derive(Debug, Default)]
pub struct Windows {
    newest: Option<Day>,
    days_held: u32,
    users: HashMap<u64, u32>,
    teams: BTreeMap<u64, TeamHistory>,
}

#[derive(Debug, Default)]
struct TeamHistory {
    /// Days on which the team stood in the report.
    in_report: u32,
    /// Ascending by user.
    members: Vec<MemberDays>,
}

#[derive(Clone, Copy, Debug)]
struct MemberDays {
    user: u32,
    /// Days on which this user was a member and active.
    active: u32,
}

/// Reasons for which a day is not held.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotHeld {
    /// Rows of it were refused, so that users may be missing.
    #[error("{day} was not read completely: {refused} rows were refused")]
    Incomplete {
        /// The day.
        day: Day,
        /// Rows refused.
        refused: u64,
    },
    /// Days must come oldest first, each one once.
    #[error("{day} came after {newest}, but days are counted oldest first")]
    NotInOrder {
        /// The day.
        day: Day,
        /// The newest one so far.
        newest: Day,
    },
}

/// The windows of one team that end with one day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TeamWindows {
    /// Different members active on any of the last 7 days; none unless all 7 are held.
    pub active_users_7d: Option<u64>,
    /// Different members active on any of the last 28 days; none unless all 28 are held.
    pub active_users_28d: Option<u64>,
    /// On how many of the last 7 days the team stood in the report at all: on the others it is not known who was in it. None
    /// unless all 7 are held.
    pub days_in_report_7d: Option<u64>,
    /// Number of the last 28 days, as in `days_in_report_7d`.
    pub days_in_report_28d: Option<u64>,
}

impl Windows {
    /// No day held.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a day that was read completely. Who was a member on a day and active on that day counts for it; having been active
    /// before joining the team does not.
    pub fn hold(&mut self, day: &FinishedTeamDay) -> Result<(), NotHeld> {
        let refused = day.refusals().total();
        if refused > 0 {
            return Err(NotHeld::Incomplete { day: day.day, refused });
        }
        if let Some(newest) = self.newest {
            let passed = day.day.days_since(newest);
            if passed <= 0 {
                return Err(NotHeld::NotInOrder { day: day.day, newest });
            }
            self.pass(passed.unsigned_abs());
        }
        self.newest = Some(day.day);
        self.days_held |= 1;
        for (team_id, team) in &day.teams {
            let history = self.teams.entry(*team_id).or_default();
            history.in_report |= 1;
            // Whoever has a row counts, as in GitHub's own active users.
            for (user_id, _) in day.rows_of(team) {
                let next = self.users.len() as u32;
                let user = *self.users.entry(user_id).or_insert(next);
                match history.members.binary_search_by_key(&user, |member| member.user) {
                    Ok(position) => history.members[position].active |= 1,
                    Err(position) => history.members.insert(position, MemberDays { user, active: 1 }),
                }
            }
        }
        Ok(())
    }

    fn pass(&mut self, days: u32) {
        let older = |bits: u32| bits.checked_shl(days).unwrap_or(0) & MONTH;
        self.days_held = older(self.days_held);
        self.teams.retain(|_, team| {
            team.in_report = older(team.in_report);
            team.members.retain_mut(|member| {
                member.active = older(member.active);
                member.active != 0
            });
            team.in_report != 0
        });
    }

    /// The windows of a team that end with `day`. All none unless `day` is the newest day held.
    pub fn of(&self, team_id: u64, day: Day) -> TeamWindows {
        if self.newest != Some(day) {
            return TeamWindows::default();
        }
        let team = self.teams.get(&team_id);
        let within = |days: u32| {
            let window = (1_u32 << days) - 1;
            let is_held = self.days_held & window == window;
            let active = team.map_or(0, |team| team.members.iter().filter(|member| member.active & window != 0).count() as u64);
            let in_report = team.map_or(0, |team| u64::from((team.in_report & window).count_ones()));
            (is_held.then_some(active), is_held.then_some(in_report))
        };
        let (active_users_7d, days_in_report_7d) = within(WEEK_DAYS);
        let (active_users_28d, days_in_report_28d) = within(MONTH_DAYS);
        TeamWindows { active_users_7d, active_users_28d, days_in_report_7d, days_in_report_28d }
    }

    /// Bytes that the histories take, capacity included.
    #[cfg(test)]
    pub(super) fn bytes(&self) -> usize {
        self.teams.values().map(|team| team.members.capacity() * size_of::<MemberDays>()).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::super::ReportOwner;
    use super::super::roster::Roster;
    use super::super::team_day::TeamDay;
    use super::*;

    fn first_day() -> Day {
        "2026-02-10".parse().unwrap()
    }

    /// A day of these members as (team, user), of whom these were active.
    fn day(after_first: i32, members: &[(u64, u64)], active: &[u64]) -> FinishedTeamDay {
        let day = first_day().plus_days(after_first);
        let mut roster = Roster::of_report(ReportOwner::Organization, day);
        members.iter().for_each(|(team, user)| roster.add_member(*team, Some("a"), *user));
        let mut joined = TeamDay::new(roster);
        for user in active {
            let row = format!(r#"{{"day":"{day}","organization_id":"9","user_id":{user},"loc_added_sum":1}}"#);
            joined.push_user(row.as_bytes()).unwrap();
        }
        joined.finish()
    }

    #[test]
    fn someone_active_on_five_days_is_one_user() {
        let mut windows = Windows::new();
        for after_first in 0..7 {
            let active: &[u64] = if after_first < 5 { &[1] } else { &[2] };
            windows.hold(&day(after_first, &[(10, 1), (10, 2), (10, 3)], active)).unwrap();
        }
        let found = windows.of(10, first_day().plus_days(6));
        assert_eq!((found.active_users_7d, found.active_users_28d, found.days_in_report_7d), (Some(2), None, Some(7)));
    }

    #[test]
    fn a_day_that_is_not_held_makes_every_window_over_it_null() {
        let mut windows = Windows::new();
        for after_first in (0..3).chain(4..40) {
            windows.hold(&day(after_first, &[(10, 1)], &[1])).unwrap();
            let found = windows.of(10, first_day().plus_days(after_first));
            let is_after_the_gap = after_first >= 10;
            assert_eq!(found.active_users_7d, is_after_the_gap.then_some(1), "{after_first}");
            assert_eq!(found.active_users_28d, (after_first >= 31).then_some(1), "{after_first}");
        }
    }

    #[test]
    fn activity_counts_for_the_teams_of_that_day_only() {
        let mut windows = Windows::new();
        for after_first in 0..7 {
            let team = if after_first < 3 { 10 } else { 20 };
            windows.hold(&day(after_first, &[(team, 1), (20, 2)], &[1])).unwrap();
        }
        let last = first_day().plus_days(6);
        let of = |team| windows.of(team, last);
        assert_eq!((of(10).active_users_7d, of(10).days_in_report_7d), (Some(1), Some(3)));
        assert_eq!((of(20).active_users_7d, of(20).days_in_report_7d), (Some(1), Some(7)));
        assert_eq!(windows.of(10, last.plus_days(-1)), TeamWindows::default());
    }

    #[test]
    fn whoever_has_a_row_counts_as_github_counts() {
        let mut windows = Windows::new();
        for after_first in 0..7 {
            let day = first_day().plus_days(after_first);
            let mut roster = Roster::of_report(ReportOwner::Organization, day);
            (1..4).for_each(|user| roster.add_member(10, Some("a"), user));
            let mut joined = TeamDay::new(roster);
            for (user, field) in [(1, r#""loc_added_sum":1"#), (2, r#""ai_credits_used":0.5"#)] {
                let row = format!(r#"{{"day":"{day}","organization_id":"9","user_id":{user},{field}}}"#);
                joined.push_user(row.as_bytes()).unwrap();
            }
            windows.hold(&joined.finish()).unwrap();
        }
        assert_eq!(
            windows.of(10, first_day().plus_days(6)).active_users_7d,
            Some(2),
            "also who has credits and nothing else; the third has no row"
        );
    }

    #[test]
    fn days_are_held_oldest_first_and_once() {
        let mut windows = Windows::new();
        windows.hold(&day(1, &[], &[])).unwrap();
        for after_first in [1, 0] {
            let refused = NotHeld::NotInOrder { day: first_day().plus_days(after_first), newest: first_day().plus_days(1) };
            assert_eq!(windows.hold(&day(after_first, &[], &[])), Err(refused));
        }
    }

    #[test]
    fn history_does_not_grow_with_days() {
        let members: Vec<_> = (0..50).flat_map(|team| (0..20).map(move |user| (team, user))).collect();
        let active: Vec<_> = (0..20).collect();
        let mut windows = Windows::new();
        for after_first in 0..100 {
            windows.hold(&day(after_first, &members, &active)).unwrap();
        }
        assert!(windows.bytes() <= 50 * 32 * size_of::<MemberDays>(), "{}", windows.bytes());
        windows.hold(&day(130, &[], &[])).unwrap();
        assert_eq!(windows.bytes(), 0);
    }
}

//! How many different people of a team were active within the last 7 and 28 days. A true union: someone who was active on five
//! days counts once, which no sum of daily figures can tell.

use std::collections::{BTreeMap, HashMap};

use super::team_day::FinishedTeamDay;
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

/// Why a day is not held.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotHeld {
    /// Rows of it were refused, so that somebody may be missing.
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
    /// The same of 28.
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
            let active = day.rows_of(team).filter(|(_, row)| row.is_active);
            for (user_id, _) in active {
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

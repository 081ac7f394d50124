//! One day of a team join, when all of its rows were read.

use super::refusal::Refusals;
use super::roster::{Team, Users};
use super::row_identity::OneOwner;
use super::user_row::{RowReader, UserRow};
use crate::model::day::Day;

/// Number of rows by sort.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RowCounts {
    /// Rows of the users report, refused ones included, empty lines not.
    pub rows: u64,
    /// Rows of users that belong to no team of the report: their only teams have fewer than five seats, or they have none.
    pub rows_without_team: u64,
    /// Rows of a user who had one already. They were merged with it, not added.
    pub repeated_rows: u64,
}

/// One day, joined: teams, users and rows.
#[derive(Debug)]
pub struct FinishedTeamDay {
    pub(super) day: Day,
    pub(super) owner: OneOwner,
    pub(super) is_of_today: bool,
    pub(super) teams: Vec<(u64, Team)>,
    pub(super) users: Users,
    pub(super) reader: RowReader,
    pub(super) rows: Vec<Option<UserRow>>,
    pub(super) tally: RowCounts,
    pub(super) refusals: Refusals,
}

impl FinishedTeamDay {
    /// The day.
    pub fn day(&self) -> Day {
        self.day
    }

    /// Number of rows of the users report, by sort.
    pub fn tally(&self) -> RowCounts {
        self.tally
    }

    /// Rows of both reports that were refused. When there are any, the day was not read completely.
    pub fn refusals(&self) -> &Refusals {
        &self.refusals
    }

    /// The ids of the day's teams, ascending. Teams that are not among them are suppressed, not idle.
    pub fn team_ids(&self) -> impl Iterator<Item = u64> + '_ {
        self.teams.iter().map(|(id, _)| *id)
    }

    /// The rows of a team's members, ascending by user id; idle members have none.
    pub(super) fn rows_of<'day>(&'day self, team: &'day Team) -> impl Iterator<Item = (u64, &'day UserRow)> + 'day {
        team.members.iter().filter_map(|member| {
            let row = self.rows.get(*member as usize)?.as_ref()?;
            Some((*self.users.ids.get(*member as usize)?, row))
        })
    }
}

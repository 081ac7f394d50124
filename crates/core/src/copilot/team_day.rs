//! The team join: the users of a day, put together by the teams they belonged to on that day.
//!
//! One fold for one day of one organization or enterprise. Its memory is the day's users, packed (about 300 bytes each);
//! records come out one by one, so that the number of teams costs nothing.

use super::json::Json;
use super::refusal::{Refusals, RowRefusal};
use super::roster::{Roster, Team, Users};
use super::row_identity::{OneOwner, RowIdentity, check_user_row, trimmed};
use super::team_record::TeamRecords;
use super::user_row::{RowReader, UserRow};
use super::windows::Windows;
use crate::model::day::Day;

/// The users of one day, being read. Memberships come first: a row whose user belongs to no team is counted and let go.
#[derive(Debug)]
pub struct TeamDay {
    roster: Roster,
    reader: RowReader,
    rows: Vec<Option<UserRow>>,
    tally: RowCounts,
}

/// How many rows there were of which sort.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RowCounts {
    /// Rows of the users report, refused ones included, empty lines not.
    pub rows: u64,
    /// Rows of users that belong to no team of the report: their only teams have fewer than five seats, or they have none.
    pub rows_without_team: u64,
    /// Rows of a user who had one already. They were merged with it, not added.
    pub repeated_rows: u64,
}

impl TeamDay {
    /// The day of that roster, without any activity yet.
    pub fn new(mut roster: Roster) -> Self {
        roster.seal();
        let rows = (0..roster.users.len()).map(|_| None).collect();
        Self { roster, reader: RowReader::new(), rows, tally: RowCounts::default() }
    }

    /// Takes one row of `users-1-day`. An empty line is nothing.
    ///
    /// A user's second row is merged with the first, counter by counter, by taking the larger: reports of large organizations
    /// come in several files, in which the same row may stand again.
    pub fn push_user(&mut self, line: &[u8]) -> Result<(), RowRefusal> {
        let line = trimmed(line);
        if line.is_empty() {
            return Ok(());
        }
        self.tally.rows += 1;
        self.read_user(line).inspect_err(|refusal| self.roster.refusals.count(refusal))
    }

    fn read_user(&mut self, line: &[u8]) -> Result<(), RowRefusal> {
        let row = Json::parse(line).map_err(RowRefusal::NotJson)?;
        check_user_row(&row)?;
        let heading = RowIdentity::of(&row, self.roster.day, self.roster.day, &mut self.roster.owner)?;
        let Some(user) = self.roster.users.number(heading.user_id) else {
            self.tally.rows_without_team += 1;
            return Ok(());
        };
        let row = self.reader.read(&row)?;
        let held = &mut self.rows[user as usize];
        *held = Some(match held.take() {
            None => row,
            Some(before) => {
                self.tally.repeated_rows += 1;
                before.merged(&row, &mut self.reader.builder)
            }
        });
        Ok(())
    }

    /// The day as a whole, when every row of every file has been given.
    pub fn finish(self) -> FinishedTeamDay {
        let Roster { day, owner, is_of_today, teams, users, refusals, .. } = self.roster;
        let Self { reader, rows, tally, .. } = self;
        FinishedTeamDay { day, owner, is_of_today, teams: teams.into_iter().collect(), users, reader, rows, tally, refusals }
    }
}

/// One day, joined.
#[derive(Debug)]
pub struct FinishedTeamDay {
    pub(super) day: Day,
    pub(super) owner: OneOwner,
    pub(super) is_of_today: bool,
    pub(super) teams: Vec<(u64, Team)>,
    pub(super) users: Users,
    pub(super) reader: RowReader,
    pub(super) rows: Vec<Option<UserRow>>,
    tally: RowCounts,
    refusals: Refusals,
}

impl FinishedTeamDay {
    /// The day.
    pub fn day(&self) -> Day {
        self.day
    }

    /// How many rows of the users report there were, of which sort.
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

    /// One record per team, ascending by team id. Windows are those of `windows` if the newest day held there is this one, see
    /// [`Windows::hold`]; else they are null.
    pub fn records<'day>(&'day self, windows: &'day Windows) -> TeamRecords<'day> {
        TeamRecords::new(self, windows)
    }

    /// The rows of a team's members, ascending by user id; idle members have none.
    pub(super) fn rows_of<'day>(&'day self, team: &'day Team) -> impl Iterator<Item = (u64, &'day UserRow)> + 'day {
        team.members.iter().filter_map(|member| {
            let row = self.rows.get(*member as usize)?.as_ref()?;
            Some((*self.users.ids.get(*member as usize)?, row))
        })
    }
}

#[cfg(test)]
mod tests;

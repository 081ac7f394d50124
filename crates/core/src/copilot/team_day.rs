//! The team join: the users of a day, put together by the teams they belonged to on that day.
//!
//! One fold for one day of one organization or enterprise. Its memory is the day's users, packed (about 300 bytes each);
//! records come out one by one, so that the number of teams costs nothing.

use super::finished_day::{FinishedTeamDay, RowCounts};
use super::json::Json;
use super::refusal::RowRefusal;
use super::roster::Roster;
use super::row_identity::{RowIdentity, check_user_row, trimmed};
use super::user_row::{RowReader, UserRow};

/// The users of one day, being read. Memberships come first: a row whose user belongs to no team is counted and dropped.
#[derive(Debug)]
pub struct TeamDay {
    roster: Roster,
    reader: RowReader,
    rows: Vec<Option<UserRow>>,
    tally: RowCounts,
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

    /// The owner's id in the rows of both reports so far.
    pub fn owner_id(&self) -> Option<&str> {
        self.roster.owner_id()
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

#[cfg(test)]
mod tests;

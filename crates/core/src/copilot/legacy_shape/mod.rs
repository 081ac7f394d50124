//! Records in the legacy format, `copilot-usage-metrics-day`, of the endpoints that GitHub closed on 2026-04-02. They are made
//! from today's users reports, so that a mapping for those endpoints still gives true numbers.
//!
//! The table in `docs/legacy-shape.md` says which field comes from which. A field that today's reports cannot fill is absent,
//! because a 0 would be a claim.
//!
//! Users reports are the only source: reports with totals of an organization do not count users by editor.

mod day_sum;
mod row;

use std::collections::BTreeMap;

use self::day_sum::DaySum;
use self::row::LegacyReader;
use super::cells::PackedRow;
use super::json::Json;
use super::refusal::{Refusals, RowRefusal};
use super::roster::Roster;
use super::row_identity::{OneOwner, ReportOwner, RowIdentity, check_user_row, trimmed};
use crate::model::day::Day;

/// Record of one day of one team, or of all users.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LegacyRecord {
    /// The day, which is the record's `date`.
    pub day: Day,
    /// GitHub's id of the team; none when the record is about all users.
    pub team_id: Option<u64>,
    /// The team's slug on that day.
    pub slug: Option<String>,
    /// The record: the text of one JSON object.
    pub json: Vec<u8>,
}

/// All users of one organization or enterprise over a range of days. It takes the rows of `users-28-day`, or of one or more
/// `users-1-day` reports, in any order.
///
/// Memory: about 120 bytes per user and day.
#[derive(Debug)]
pub struct LegacyPeriod {
    first: Day,
    last: Day,
    owner: OneOwner,
    rows: Rows,
    refusals: Refusals,
}

impl LegacyPeriod {
    /// An empty period of the days from `first` to `last`.
    pub fn new(owner: ReportOwner, first: Day, last: Day) -> Self {
        Self { first, last, owner: OneOwner::unknown(owner), rows: Rows::default(), refusals: Refusals::default() }
    }

    /// The owner's id in the rows so far, which that of all others must be.
    pub fn owner_id(&self) -> Option<&str> {
        self.owner.id.as_deref()
    }

    /// Adds one row of a users report. A user's second row of the same day is merged with the first and not added. An empty line
    /// changes nothing.
    pub fn push_user(&mut self, line: &[u8]) -> Result<(), RowRefusal> {
        let line = trimmed(line);
        if line.is_empty() {
            return Ok(());
        }
        self.read_user(line).inspect_err(|refusal| self.refusals.count(refusal))
    }

    fn read_user(&mut self, line: &[u8]) -> Result<(), RowRefusal> {
        let row = Json::parse(line).map_err(RowRefusal::NotJson)?;
        check_user_row(&row)?;
        let heading = RowIdentity::of(&row, self.first, self.last, &mut self.owner)?;
        self.rows.add(heading, &row)
    }

    /// Rows that were refused. If there are any, the days were not read completely.
    pub fn refusals(&self) -> &Refusals {
        &self.refusals
    }

    /// One record per day that has a row, oldest first. A day without rows has no record, as at the closed endpoints.
    pub fn records(&self) -> impl Iterator<Item = LegacyRecord> + '_ {
        let by_day = self.rows.by_user_day.iter();
        let mut by_day = by_day.map(|((day, _), row)| (*day, row)).peekable();
        std::iter::from_fn(move || {
            let day = by_day.peek()?.0;
            let mut sum = DaySum::default();
            while let Some((_, row)) = by_day.next_if(|(next, _)| *next == day) {
                sum.add(self.rows.reader.activity(row));
            }
            Some(LegacyRecord { day, team_id: None, slug: None, json: sum.record(day) })
        })
    }
}

/// The teams of one organization or enterprise on one day. Memberships come first, as in
/// [`TeamDay`](super::team_day::TeamDay).
#[derive(Debug)]
pub struct LegacyTeamDay {
    roster: Roster,
    rows: Rows,
}

impl LegacyTeamDay {
    /// The day of that roster, still without activity.
    pub fn new(mut roster: Roster) -> Self {
        roster.seal();
        Self { roster, rows: Rows::default() }
    }

    /// Adds one row of `users-1-day`. A user's second row is merged with the first and not added. An empty line changes nothing.
    pub fn push_user(&mut self, line: &[u8]) -> Result<(), RowRefusal> {
        let line = trimmed(line);
        if line.is_empty() {
            return Ok(());
        }
        self.read_user(line).inspect_err(|refusal| self.roster.refusals.count(refusal))
    }

    fn read_user(&mut self, line: &[u8]) -> Result<(), RowRefusal> {
        let row = Json::parse(line).map_err(RowRefusal::NotJson)?;
        check_user_row(&row)?;
        let heading = RowIdentity::of(&row, self.roster.day, self.roster.day, &mut self.roster.owner)?;
        match self.roster.users.number(heading.user_id) {
            Some(_) => self.rows.add(heading, &row),
            None => Ok(()),
        }
    }

    /// The owner's id in the rows of both reports so far.
    pub fn owner_id(&self) -> Option<&str> {
        self.roster.owner_id()
    }

    /// Rows of both reports that were refused. If there are any, the day was not read completely.
    pub fn refusals(&self) -> &Refusals {
        &self.roster.refusals
    }

    /// Ids of the day's teams, ascending. A team that is not among them is suppressed; it is not a team without activity.
    pub fn team_ids(&self) -> impl Iterator<Item = u64> + '_ {
        self.roster.team_ids()
    }

    /// One record per team, ascending by team id. A team without activity has one as well, with zeros.
    pub fn records(&self) -> impl Iterator<Item = LegacyRecord> + '_ {
        let day = self.roster.day;
        self.roster.teams.iter().map(move |(team_id, team)| {
            let mut sum = DaySum::default();
            let ids = team.members.iter().filter_map(|member| self.roster.users.ids.get(*member as usize));
            let rows = ids.filter_map(|user_id| self.rows.by_user_day.get(&(day, *user_id)));
            rows.for_each(|row| sum.add(self.rows.reader.activity(row)));
            LegacyRecord { day, team_id: Some(*team_id), slug: team.slug.clone(), json: sum.record(day) }
        })
    }
}

/// Packed rows by day and user.
#[derive(Debug, Default)]
struct Rows {
    reader: LegacyReader,
    by_user_day: BTreeMap<(Day, u64), PackedRow>,
}

impl Rows {
    fn add(&mut self, heading: RowIdentity, row: &Json<'_>) -> Result<(), RowRefusal> {
        let mut row = self.reader.read(row)?;
        let key = (heading.day, heading.user_id);
        if let Some(before) = self.by_user_day.get(&key) {
            row = self.reader.merged(before, &row);
        }
        self.by_user_day.insert(key, row);
        Ok(())
    }
}

#[cfg(test)]
mod tests;

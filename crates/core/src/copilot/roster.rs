//! Members of teams on a day: from the rows of `user-teams-1-day` or, when the mapping asks for it, from the members that
//! GitHub's REST API lists today.

use std::collections::{BTreeMap, HashMap};

use super::json::Json;
use super::refusal::{Refusals, RowRefusal};
use super::row_identity::{OneOwner, ReportOwner, RowIdentity, trimmed};
use crate::model::day::Day;

/// Smallest team that GitHub includes in `user-teams-1-day`, in members with a seat.
pub const FEWEST_REPORTED_MEMBERS: usize = 5;

/// The teams of one organization or enterprise on one day. It takes every row of the day, in any order, and is then given to
/// [`TeamDay`](super::team_day::TeamDay) or [`LegacyTeamDay`](super::legacy_shape::LegacyTeamDay).
///
/// Memory: 4 bytes per row and about 50 per user.
#[derive(Debug)]
pub struct Roster {
    pub(super) day: Day,
    pub(super) owner: OneOwner,
    pub(super) is_of_today: bool,
    pub(super) teams: BTreeMap<u64, Team>,
    pub(super) users: Users,
    rows: u64,
    pub(super) refusals: Refusals,
}

/// A team and its members, as numbers of [`Users`].
#[derive(Debug, Default)]
pub(super) struct Team {
    pub(super) slug: Option<String>,
    pub(super) members: Vec<u32>,
}

/// User ids, numbered from 0 in the order in which they were first seen.
#[derive(Debug, Default)]
pub(super) struct Users {
    numbers: HashMap<u64, u32>,
    pub(super) ids: Vec<u64>,
}

impl Users {
    pub(super) fn number(&self, id: u64) -> Option<u32> {
        self.numbers.get(&id).copied()
    }

    pub(super) fn number_or_new(&mut self, id: u64) -> u32 {
        let ids = &mut self.ids;
        *self.numbers.entry(id).or_insert_with(|| {
            ids.push(id);
            // One organization never has more than 2³² users.
            u32::try_from(ids.len() - 1).unwrap_or(u32::MAX)
        })
    }

    pub(super) fn len(&self) -> usize {
        self.ids.len()
    }
}

impl Roster {
    /// An empty roster for the rows of the `user-teams-1-day` report of that day.
    pub fn of_report(owner: ReportOwner, day: Day) -> Self {
        Self {
            day,
            owner: OneOwner::unknown(owner),
            is_of_today: false,
            teams: BTreeMap::new(),
            users: Users::default(),
            rows: 0,
            refusals: Refusals::default(),
        }
    }

    /// An empty roster for the members that the REST API lists today, in place of those of that day. Every record that is made
    /// from it says so in `membership`.
    pub fn of_today(owner: ReportOwner, day: Day) -> Self {
        Self { is_of_today: true, ..Self::of_report(owner, day) }
    }

    /// The owner's id in the rows so far, which that of all others must be, also of the users that are joined.
    pub fn owner_id(&self) -> Option<&str> {
        self.owner.id.as_deref()
    }

    /// Adds one row of `user-teams-1-day`. A repeated row and an empty line change nothing.
    pub fn push_membership(&mut self, line: &[u8]) -> Result<(), RowRefusal> {
        let line = trimmed(line);
        if line.is_empty() {
            return Ok(());
        }
        self.rows += 1;
        self.read_membership(line).inspect_err(|refusal| self.refusals.count(refusal))
    }

    fn read_membership(&mut self, line: &[u8]) -> Result<(), RowRefusal> {
        let row = Json::parse(line).map_err(RowRefusal::NotJson)?;
        let heading = RowIdentity::of(&row, self.day, self.day, &mut self.owner)?;
        let team_id = row.get("team_id").and_then(Json::id_number).ok_or(RowRefusal::NoTeam)?;
        self.add_member(team_id, row.get("slug").and_then(Json::text), heading.user_id);
        Ok(())
    }

    /// Adds a member that the REST API listed. A repeated member changes nothing.
    pub fn add_member(&mut self, team_id: u64, slug: Option<&str>, user_id: u64) {
        let user = self.users.number_or_new(user_id);
        let team = self.teams.entry(team_id).or_default();
        if team.slug.is_none() {
            team.slug = slug.map(str::to_owned);
        }
        team.members.push(user);
    }

    /// Removes teams that GitHub's report would suppress for their size, and returns their ids in order. Only for
    /// [`Roster::of_today`], which would otherwise show groups that GitHub protects.
    pub fn suppress_small_teams(&mut self) -> Vec<u64> {
        self.seal();
        let is_small = |team: &Team| team.members.len() < FEWEST_REPORTED_MEMBERS;
        let small: Vec<u64> = self.teams.iter().filter(|(_, team)| is_small(team)).map(|(id, _)| *id).collect();
        self.teams.retain(|_, team| !is_small(team));
        small
    }

    /// Ids of the teams so far, ascending. A team that the REST API lists and that is not among them is suppressed: it has fewer
    /// than [`FEWEST_REPORTED_MEMBERS`] members with a seat. It is not a team without activity.
    pub fn team_ids(&self) -> impl Iterator<Item = u64> + '_ {
        self.teams.keys().copied()
    }

    /// Tells whether that team has a row.
    pub fn has_team(&self, team_id: u64) -> bool {
        self.teams.contains_key(&team_id)
    }

    /// Number of rows, with refused ones and without empty lines.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Rows that were refused.
    pub fn refusals(&self) -> &Refusals {
        &self.refusals
    }

    /// Sorts the members of each team by user id and removes repeated ones.
    pub(super) fn seal(&mut self) {
        let ids = &self.users.ids;
        for team in self.teams.values_mut() {
            team.members.sort_unstable_by_key(|user| ids.get(*user as usize));
            team.members.dedup();
        }
    }
}

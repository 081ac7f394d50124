//! Why numbers of active people of one day differ: from the scope's own number to the rows of its users report, its teams, its
//! seats, and its enterprise or organizations, a step each. Pure.
//!
//! A step that is a difference leads from the number before it to the one after it. What a step would tell about few people is
//! withheld, and with it every step of its section from which it could be had by subtraction.

use serde::Serialize;

use super::aggregate::AggregateRow;
use super::facts::{DayFacts, Reads, TeamsFacts};
use super::series::PointState;
use crate::facts::protection::tell_nothing_of_few;
use crate::facts::{PeopleSet, PersonSet};

/// What a day's explanation reads.
pub const EXPLAINED: Reads = Reads {
    aggregate: true,
    lists: Some(&[]),
    people: Some(|set| matches!(set, PeopleSet::Reported | PeopleSet::Active | PeopleSet::ServerOnly)),
    teams: true,
    team_members: true,
    seats: true,
    ..Reads::NOTHING
};

/// A number, or the difference between two.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Step {
    /// What it is about.
    pub section: Section,
    /// What it is.
    pub code: StepCode,
    /// Whether it leads from one number to the next.
    pub is_difference: bool,
    /// The number, or what is to be added; none when it is withheld or not held.
    pub value: Option<i64>,
    /// State of the value.
    pub state: PointState,
}

/// Sections of an explanation, each a way from one number to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Section {
    /// From the own number to the people with activity.
    Reports,
    /// From the teams to the users report.
    Teams,
    /// From the users report to the seats.
    Seats,
    /// Between an organization and its enterprise.
    Enterprise,
}

/// What a step is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum StepCode {
    /// `daily_active_users` of the scope's report.
    OwnNumber,
    /// People in one of both reports and not in the other.
    ReportsDiffer,
    /// People with a row in the users report.
    UsersReport,
    /// People without any breakdown, whom only GitHub's servers know.
    ServerOnly,
    /// Other people whose row shows no activity.
    WithoutActivity,
    /// People with activity by the definition of Pilotage.
    WithActivity,
    /// The active members of each team that may be shown, added up.
    SumOfTeams,
    /// People who were added up more than once.
    OverlapOfTeams,
    /// Different active members of these teams.
    UnionOfTeams,
    /// Active people in none of these teams.
    InNoShownTeam,
    /// Teams in the report that may not be shown.
    TeamsWithheld,
    /// Teams that GitHub leaves out, because fewer than five of their members have a seat.
    TeamsUnderFive,
    /// Active people who hold no seat of the scope.
    ActiveWithoutSeat,
    /// People with a seat who were not active.
    SeatWithoutActivity,
    /// Different people who hold a seat.
    Seats,
    /// The people of the organizations' users reports, added up.
    SumOfOrganizations,
    /// People who were added up more than once.
    OverlapOfOrganizations,
    /// Different people in these reports.
    UnionOfOrganizations,
    /// People whom the enterprise's users report does not have.
    NotInEnterprise,
    /// People of the enterprise's users report whom none of the organizations has.
    InNoOrganization,
    /// People of the enterprise's users report whom the organization does not have.
    RestOfEnterprise,
    /// People with a row in the enterprise's users report.
    EnterpriseUsersReport,
}

impl StepCode {
    /// The step in a sentence.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::OwnNumber => "own number: `daily_active_users` of the report about the whole",
            Self::ReportsDiffer => {
                "in one report and not in the other: they were made or read at different times, or one was restated"
            }
            Self::UsersReport => "people with a row in the users report",
            Self::ServerOnly => "server-side only: their rows have no breakdown, because only GitHub's servers know of them",
            Self::WithoutActivity => "rows that show no activity, such as a passive review",
            Self::WithActivity => "people with activity by the definition of Pilotage",
            Self::SumOfTeams => "active members of each team that is shown, added up",
            Self::OverlapOfTeams => "overlap: people in several of these teams",
            Self::UnionOfTeams => "union of these teams: different active members",
            Self::InNoShownTeam => "unassigned: active people in none of these teams; in no team, or in one that is not shown",
            Self::TeamsWithheld => "teams that are withheld, because they are small or would reveal few people by subtraction",
            Self::TeamsUnderFive => "teams that GitHub leaves out, because fewer than five of their members have a seat",
            Self::ActiveWithoutSeat => "active without a seat of this scope; the seat may be another organization's",
            Self::SeatWithoutActivity => "with a seat and not active on the day",
            Self::Seats => "people who hold a seat, each once",
            Self::SumOfOrganizations => "people of the organizations' users reports, added up",
            Self::OverlapOfOrganizations => "overlap: people in several of these organizations",
            Self::UnionOfOrganizations => "union of these organizations: different people",
            Self::NotInEnterprise => "not in the enterprise's users report: read at another time, or of another enterprise",
            Self::InNoOrganization => "in none of these organizations; of one that was not read, or of none at all",
            Self::RestOfEnterprise => "people of the enterprise who are not in the organization's users report",
            Self::EnterpriseUsersReport => "people with a row in the enterprise's users report",
        }
    }

    /// Whether it is a step from organizations to their enterprise.
    pub fn is_of_organizations(self) -> bool {
        matches!(
            self,
            Self::SumOfOrganizations | Self::OverlapOfOrganizations | Self::UnionOfOrganizations | Self::InNoOrganization
        )
    }

    /// Whether it counts teams, and not people.
    pub fn is_of_teams(self) -> bool {
        matches!(self, Self::TeamsWithheld | Self::TeamsUnderFive)
    }
}

/// Steps of one section.
struct Steps {
    section: Section,
    is_provisional: bool,
    list: Vec<Step>,
}

impl Steps {
    fn of(section: Section, is_provisional: bool) -> Self {
        Self { section, is_provisional, list: Vec::new() }
    }

    fn push(&mut self, code: StepCode, is_difference: bool, value: Option<i64>, is_withheld: bool) {
        let state = match value {
            None => PointState::NotHeld,
            Some(_) if is_withheld => PointState::Withheld,
            Some(_) if self.is_provisional => PointState::Provisional,
            Some(_) => PointState::Final,
        };
        let value = value.filter(|_| state != PointState::Withheld);
        self.list.push(Step { section: self.section, code, is_difference, value, state });
    }

    fn number(&mut self, code: StepCode, value: Option<i64>) {
        self.push(code, false, value, false);
    }

    fn difference(&mut self, code: StepCode, value: Option<i64>) {
        self.push(code, true, value, false);
    }
}

fn length(people: &PersonSet) -> i64 {
    i64::try_from(people.len()).unwrap_or(i64::MAX)
}

/// Whether a group is too small to be told of, and not empty.
fn is_small(people: u64, smallest_group: u64) -> bool {
    (1..smallest_group).contains(&people)
}

/// The steps within one scope. Parts that were not read are `not-held`.
pub fn of_scope(facts: &DayFacts<'_>, smallest_group: u64) -> Vec<Step> {
    let mut steps = reports(facts);
    steps.extend(teams(facts, smallest_group));
    steps.extend(seats(facts));
    steps
}

fn reports(facts: &DayFacts<'_>) -> Vec<Step> {
    let mut steps = Steps::of(Section::Reports, facts.is_provisional);
    let own = facts.aggregate.and_then(AggregateRow::read).and_then(|row| row.daily_active_users).map(|own| own as i64);
    let count = |set: &PeopleSet| facts.people.map(|people| length(&people.people(set)));
    let reported = count(&PeopleSet::Reported);
    let active = count(&PeopleSet::Active);
    // Who is known to servers only may still be active by our definition, such as in the command line.
    let idle = facts.people.map(|people| {
        let quiet = people.people(&PeopleSet::Reported) - people.people(&PeopleSet::Active);
        let server_only = people.people(&PeopleSet::ServerOnly);
        (length(&(&quiet & &server_only)), length(&(&quiet - &server_only)))
    });
    steps.number(StepCode::OwnNumber, own);
    steps.difference(StepCode::ReportsDiffer, own.zip(reported).map(|(own, reported)| reported - own));
    steps.number(StepCode::UsersReport, reported);
    steps.difference(StepCode::ServerOnly, idle.map(|(server_only, _)| -server_only));
    steps.difference(StepCode::WithoutActivity, idle.map(|(_, others)| -others));
    steps.number(StepCode::WithActivity, active);
    steps.list
}

fn teams(facts: &DayFacts<'_>, smallest_group: u64) -> Vec<Step> {
    let mut steps = Steps::of(Section::Teams, facts.is_provisional);
    let reported = facts.people.map(|people| people.people(&PeopleSet::Reported));
    let shown = facts.teams.map(|teams| {
        let of_team = teams.index.teams.iter().zip(teams.members);
        of_team.filter(|(team, _)| !team.is_withheld).map(|(_, members)| members).collect::<Vec<&PersonSet>>()
    });
    let added = shown.zip(reported.as_ref()).map(|(shown, reported)| Added::of(shown.into_iter().map(|it| it & reported)));
    let outside = added.as_ref().zip(reported.as_ref()).map(|(added, reported)| (reported - &added.union).len());
    let tells =
        facts.teams.zip(reported.as_ref()).is_some_and(|(teams, reported)| union_tells_of_few(&teams, reported, smallest_group));
    let is_withheld = tells
        || added.as_ref().is_some_and(|it| is_small(it.twice.len(), smallest_group))
        || outside.is_some_and(|it| is_small(it, smallest_group));
    let sum = added.as_ref().map(|it| it.sum);
    let union = added.as_ref().map(|it| length(&it.union));
    steps.number(StepCode::SumOfTeams, sum);
    steps.push(StepCode::OverlapOfTeams, true, sum.zip(union).map(|(sum, union)| union - sum), is_withheld);
    steps.push(StepCode::UnionOfTeams, false, union, is_withheld);
    steps.push(StepCode::InNoShownTeam, true, outside.map(u64::cast_signed), is_withheld);
    steps.number(StepCode::UsersReport, reported.as_ref().map(length));
    let count = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    let withheld = facts.teams.map(|teams| count(teams.index.teams.iter().filter(|team| team.is_withheld).count()));
    steps.number(StepCode::TeamsWithheld, withheld);
    steps.number(StepCode::TeamsUnderFive, facts.teams.map(|teams| count(teams.index.suppressed.len())));
    steps.list
}

/// Whether the number of people in the teams that are shown would tell of few, given those of each team and of all. A union of teams
/// without common members is their sum, which everybody knows.
fn union_tells_of_few(teams: &TeamsFacts<'_>, reported: &PersonSet, smallest_group: u64) -> bool {
    let all = teams.index.teams.iter().zip(teams.members);
    let everyone = teams.members.iter().fold(reported.clone(), |everyone, members| everyone | members);
    let shown: Vec<&PersonSet> = all.filter(|(team, _)| !team.is_withheld).map(|(_, members)| members).collect();
    let added = Added::of(shown.iter().map(|members| (*members).clone()));
    let sets: Vec<&PersonSet> = shown.iter().copied().chain([&added.union, &everyone]).collect();
    !added.twice.is_empty() && !tell_nothing_of_few(&sets, smallest_group)
}

fn seats(facts: &DayFacts<'_>) -> Vec<Step> {
    let mut steps = Steps::of(Section::Seats, facts.is_provisional);
    let reported = facts.people.map(|people| people.people(&PeopleSet::Reported));
    let holders = facts.seats.map(|seats| seats.holders(facts.day));
    let both = reported.as_ref().zip(holders.as_ref());
    steps.number(StepCode::UsersReport, reported.as_ref().map(length));
    steps.difference(StepCode::ActiveWithoutSeat, both.map(|(active, holders)| -length(&(active - holders))));
    steps.difference(StepCode::SeatWithoutActivity, both.map(|(active, holders)| length(&(holders - active))));
    steps.number(StepCode::Seats, holders.as_ref().map(length));
    steps.list
}

/// Sets of people that are added up.
struct Added {
    sum: i64,
    union: PersonSet,
    /// Those in more than one of them.
    twice: PersonSet,
}

impl Added {
    fn of(sets: impl Iterator<Item = PersonSet>) -> Self {
        let mut added = Self { sum: 0, union: PersonSet::new(), twice: PersonSet::new() };
        for set in sets {
            added.sum += length(&set);
            added.twice |= &added.union & &set;
            added.union |= set;
        }
        added
    }
}

/// The steps from an organization's users report to its enterprise's. A report that was not read is none.
pub fn to_enterprise(
    organization: Option<&PersonSet>,
    enterprise: Option<&PersonSet>,
    smallest_group: u64,
    is_provisional: bool,
) -> Vec<Step> {
    let mut steps = Steps::of(Section::Enterprise, is_provisional);
    let both = organization.zip(enterprise).map(|(own, all)| ((own - all).len(), (all - own).len()));
    let is_withheld =
        organization.zip(enterprise).is_some_and(|(own, all)| !tell_nothing_of_few(&[own, all, &(own & all)], smallest_group));
    steps.number(StepCode::UsersReport, organization.map(length));
    steps.push(StepCode::NotInEnterprise, true, both.map(|(absent, _)| -absent.cast_signed()), is_withheld);
    steps.push(StepCode::RestOfEnterprise, true, both.map(|(_, rest)| rest.cast_signed()), is_withheld);
    steps.number(StepCode::EnterpriseUsersReport, enterprise.map(length));
    steps.list
}

/// The steps from the users reports of organizations to that of their enterprise. None of the organizations: one of them was not read.
pub fn from_organizations(
    organizations: Option<&[PersonSet]>,
    enterprise: Option<&PersonSet>,
    smallest_group: u64,
    is_provisional: bool,
) -> Vec<Step> {
    let mut steps = Steps::of(Section::Enterprise, is_provisional);
    let added = organizations.map(|sets| Added::of(sets.iter().cloned()));
    let both = added.as_ref().zip(enterprise).map(|(added, all)| ((&added.union - all).len(), (all - &added.union).len()));
    let is_withheld = organizations.zip(added.as_ref()).is_some_and(|(sets, added)| {
        let of_enterprise = enterprise.cloned().unwrap_or_default();
        let both = &added.union & &of_enterprise;
        let sets: Vec<&PersonSet> = sets.iter().chain([&added.union, &of_enterprise, &both]).collect();
        !tell_nothing_of_few(&sets, smallest_group)
    });
    let sum = added.as_ref().map(|it| it.sum);
    let union = added.as_ref().map(|it| length(&it.union));
    steps.number(StepCode::SumOfOrganizations, sum);
    steps.push(StepCode::OverlapOfOrganizations, true, sum.zip(union).map(|(sum, union)| union - sum), is_withheld);
    steps.push(StepCode::UnionOfOrganizations, false, union, is_withheld);
    steps.push(StepCode::NotInEnterprise, true, both.map(|(absent, _)| -absent.cast_signed()), is_withheld);
    steps.push(StepCode::InNoOrganization, true, both.map(|(_, outside)| outside.cast_signed()), is_withheld);
    steps.number(StepCode::EnterpriseUsersReport, enterprise.map(length));
    steps.list
}

#[cfg(test)]
mod tests;

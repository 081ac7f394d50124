//! Facts of one day of one scope or of one team.

use crate::facts::{PeopleDay, PeopleSet, PersonSet, SeatsDay, TeamsIndex};
use crate::model::day::Day;

/// The facts of one day. A part that is none was not read, which is not the same as zero.
///
/// For a team, every part is that of the team on that day: its record in the shape of an aggregate row, and the people and seats of
/// its members. So a figure need not know whose facts it is given.
#[derive(Clone, Copy, Debug)]
pub struct DayFacts<'a> {
    /// The day, in UTC.
    pub day: Day,
    /// True while GitHub may still change the numbers.
    pub is_provisional: bool,
    /// True when the facts are about too few people to be shown: the team is not in the day's report because of its size, has
    /// fewer members than the smallest group, or would be revealed by what is shown of others.
    pub is_withheld: bool,
    /// The row of `organization-1-day` or `enterprise-1-day`, as GitHub wrote it; of a team, the sums of its members' rows.
    pub aggregate: Option<&'a str>,
    /// The people of the day, as far as [`Reads`] names them.
    pub people: Option<&'a PeopleDay>,
    /// The members of the team; none for a whole scope.
    pub members: Option<&'a PersonSet>,
    /// All teams of the scope. For figures that are tables of teams.
    pub teams: Option<TeamsFacts<'a>>,
    /// The seats, as they were last read on that day.
    pub seats: Option<&'a SeatsDay>,
    /// Lines of billing of that day: one JSON object with `usageItems`.
    pub billing: Option<&'a str>,
    /// The rows of `repos-1-day`, a JSON object a line.
    pub repositories: Option<&'a str>,
}

/// The teams of a day.
#[derive(Clone, Copy, Debug)]
pub struct TeamsFacts<'a> {
    /// Ids, slugs and sums.
    pub index: &'a TeamsIndex,
    /// The members of each, in the order of the index; empty when they were not asked for.
    pub members: &'a [PersonSet],
}

impl<'a> DayFacts<'a> {
    /// A day of which nothing is known yet. Fields are set where there is more.
    pub fn new(day: Day, is_provisional: bool) -> Self {
        Self {
            day,
            is_provisional,
            is_withheld: false,
            aggregate: None,
            people: None,
            members: None,
            teams: None,
            seats: None,
            billing: None,
            repositories: None,
        }
    }

    /// A day that is not held.
    pub fn not_held(day: Day) -> Self {
        Self::new(day, false)
    }

    /// A day that is held and may not be shown.
    pub fn withheld(day: Day) -> Self {
        Self { is_withheld: true, ..Self::new(day, false) }
    }

    /// A day of which only the aggregate row was read.
    pub fn of_aggregate(day: Day, is_provisional: bool, row: &'a str) -> Self {
        Self { aggregate: Some(row), ..Self::new(day, is_provisional) }
    }
}

/// What a figure reads of a day, so that nothing else need be fetched and unpacked.
#[derive(Clone, Copy, Debug)]
pub struct Reads {
    /// The aggregate row, or the team's record.
    pub aggregate: bool,
    /// The sets of people, by their names; none when no set is read.
    pub people: Option<fn(&PeopleSet) -> bool>,
    /// Credits by person.
    pub credits: bool,
    /// Completions by editor of people with one.
    pub editors: bool,
    /// The index of all teams.
    pub teams: bool,
    /// The members of all teams.
    pub team_members: bool,
    /// The seats.
    pub seats: bool,
    /// The lines of billing.
    pub billing: bool,
    /// The rows of repositories.
    pub repositories: bool,
}

impl Reads {
    /// Nothing. Fields are set where there is more.
    pub const NOTHING: Self = Self {
        aggregate: false,
        people: None,
        credits: false,
        editors: false,
        teams: false,
        team_members: false,
        seats: false,
        billing: false,
        repositories: false,
    };

    /// The aggregate row alone.
    pub const AGGREGATE: Self = Self { aggregate: true, ..Self::NOTHING };

    /// The parts that are read, by the names that outputs use: `aggregate`, `people`, `teams`, `seats`, `billing`, `repositories`.
    pub fn parts(&self) -> impl Iterator<Item = &'static str> {
        let named = [
            (self.aggregate, "aggregate"),
            (self.people.is_some() || self.credits || self.editors, "people"),
            (self.teams || self.team_members, "teams"),
            (self.seats, "seats"),
            (self.billing, "billing"),
            (self.repositories, "repositories"),
        ];
        named.into_iter().filter_map(|(is_read, name)| is_read.then_some(name))
    }
}

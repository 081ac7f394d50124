//! Facts of one day of one scope or of one team.

use super::bucket::Bucket;
use crate::facts::{PeopleCounts, PeopleDay, PeopleSet, PersonSet, SeatsDay, TeamsIndex, ToolsDay};
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
    /// The numbers of the day's people, where they are all that is left of them.
    pub counts: Option<&'a PeopleCounts>,
    /// The members of the team; none for a whole scope.
    pub members: Option<&'a PersonSet>,
    /// All teams of the scope. For figures that are tables of teams.
    pub teams: Option<TeamsFacts<'a>>,
    /// The seats, as they were last read on that day.
    pub seats: Option<&'a SeatsDay>,
    /// Lines of billing of that day, one JSON object of `usageItems` in each line of the text.
    pub billing: Option<&'a str>,
    /// The rows of `repos-1-day`, a JSON object a line.
    pub repositories: Option<&'a str>,
    /// The AI tools of all accounts together.
    pub tools: Option<&'a ToolsDay>,
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
            counts: None,
            members: None,
            teams: None,
            seats: None,
            billing: None,
            repositories: None,
            tools: None,
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
    /// The lists of that row, and its objects; none when all are read.
    pub lists: Option<&'static [&'static str]>,
    /// The sets of people, by their names; none when no set is read.
    pub people: Option<fn(&PeopleSet) -> bool>,
    /// Credits by person.
    pub credits: bool,
    /// Whether credits by tenth are enough where points are days, and where the figure is of a team.
    pub tenths: bool,
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
    /// The caller's prices of seats.
    pub prices: bool,
    /// The caller's credits that seats include.
    pub included_credits: bool,
    /// The caller's holidays.
    pub holidays: bool,
    /// The AI tools.
    pub tools: bool,
}

impl Reads {
    /// Nothing. Fields are set where there is more.
    pub const NOTHING: Self = Self {
        aggregate: false,
        lists: None,
        people: None,
        credits: false,
        tenths: false,
        editors: false,
        teams: false,
        team_members: false,
        seats: false,
        billing: false,
        repositories: false,
        prices: false,
        included_credits: false,
        holidays: false,
        tools: false,
    };

    /// The aggregate row alone, without its lists.
    pub const AGGREGATE: Self = Self::lists(&[]);

    /// The aggregate row alone, with these of its lists and objects.
    pub const fn lists(lists: &'static [&'static str]) -> Self {
        Self { aggregate: true, lists: Some(lists), ..Self::NOTHING }
    }

    /// What is read for points of that width, of a whole scope or of a team: credits by person, or by tenth.
    #[must_use]
    pub fn of(&self, by: Bucket, is_team: bool) -> Self {
        let tenths = self.tenths && (by == Bucket::Day || is_team);
        Self { credits: self.credits && !tenths, tenths, ..*self }
    }

    /// Whether a part of a row or of a record is read, the first of which always is. `part_of` tells the part of a list.
    pub fn reads_list(&self, part: usize, part_of: fn(&str) -> usize) -> bool {
        part == 0 || self.lists.is_none_or(|lists| lists.iter().any(|list| part_of(list) == part))
    }

    /// The parts that are read, by the names that outputs use: `aggregate`, `people`, `teams`, `seats`, `billing`, `repositories`,
    /// `tools`.
    pub fn parts(&self) -> impl Iterator<Item = &'static str> {
        let named = [
            (self.aggregate, "aggregate"),
            (self.people.is_some() || self.credits || self.tenths || self.editors, "people"),
            (self.teams || self.team_members, "teams"),
            (self.seats, "seats"),
            (self.billing, "billing"),
            (self.repositories, "repositories"),
            (self.tools, "tools"),
        ];
        named.into_iter().filter_map(|(is_read, name)| is_read.then_some(name))
    }
}

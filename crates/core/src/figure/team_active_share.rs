//! Active people by team.

use super::active_members::ActiveMembers;
use super::context::SMALLEST_GROUP;
use super::definition::{Definition, Unit};
use super::facts::{DayFacts, Reads};
use super::league::{League, TeamDay};
use super::series::Point;
use super::series::Series;
use super::{Figure, Fold};
use crate::facts::{PeopleSet, PersonSet};

pub(super) const FIGURE: Figure = Figure {
    definition: Definition {
        id: "team-active-share",
        title: "Active people by team",
        sentence: "The share of the members of a team on the day who were active in it within the 28 days that end with the day.",
        unit: Unit::Share,
        numerator: "members who were active within 28 days, by GitHub's definition, while they were in the team",
        denominator: Some("members on the day"),
        population: "the teams of the organization or enterprise, each in a series of its own",
        fields: &["users-1-day", "user-teams-1-day"],
        first_day: "2026-05-14",
        caveats: &[
            "The point of a week or a month is that of its last day.",
            "A window with a day on which the team is withheld has no value.",
            "A series is named after the slug of a team. Teams are in alphabetical order.",
            "A team that is too small, or that would reveal few people by subtraction from what is shown of others, is withheld, and so is a week or a month with such a day.",
            "A team that is not in the report has fewer than five members with a seat, which is another thing than idle.",
        ],
        smallest_group: Some(SMALLEST_GROUP),
        source: "https://docs.github.com/en/copilot/reference/copilot-usage-metrics",
    },
    reads: Reads { people: Some(|set| *set == PeopleSet::Reported), teams: true, team_members: true, ..Reads::NOTHING },
    days_before: 27,
    begin: |context| Box::new(TeamActiveShare { window: ActiveMembers::new(DAYS), league: League::last_day(context, |_| None) }),
};

/// Days that a point looks back.
const DAYS: usize = 28;

struct TeamActiveShare {
    window: ActiveMembers,
    league: League,
}

impl Fold for TeamActiveShare {
    fn day(&mut self, facts: &DayFacts<'_>) {
        let nobody = PersonSet::new();
        let active = facts.people.map(|people| people.sets.get(&PeopleSet::Reported).unwrap_or(&nobody));
        self.window.push(facts, active);
        let window = &self.window;
        self.league.day_of(facts, |team| {
            if !window.is_whole() {
                return TeamDay::Shown(None);
            }
            match window.count_members(team.id, 0..DAYS) {
                None => TeamDay::Withheld,
                Some((active, members)) => TeamDay::Shown(Some((active as f64, members as f64))),
            }
        });
    }

    fn finish(self: Box<Self>) -> Vec<Series> {
        self.league.finish(Point::ratio)
    }
}

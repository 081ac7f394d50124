//! Members of teams.

use super::context::SMALLEST_GROUP;
use super::definition::{Definition, Unit};
use super::facts::{DayFacts, Reads};
use super::league::League;
use super::series::Point;
use super::series::Series;
use super::{Figure, Fold};

pub(super) const FIGURE: Figure = Figure {
    definition: Definition {
        id: "team-members",
        title: "Members of teams",
        sentence: "The members of each team on the day.",
        unit: Unit::People,
        numerator: "members with a seat",
        denominator: None,
        population: "the teams of the organization or enterprise, each in a series of its own",
        fields: &["user-teams-1-day"],
        first_day: "2026-05-14",
        caveats: &[
            "The point of a week or a month is that of its last day.",
            "A series is named after the slug of a team. Teams are in alphabetical order.",
            "A team that is too small, or that would reveal few people by subtraction from what is shown of others, is withheld, and so is a week or a month with such a day.",
            "A team that is not in the report has fewer than five members with a seat, which is another thing than idle.",
        ],
        smallest_group: Some(SMALLEST_GROUP),
        source: "https://docs.github.com/en/copilot/reference/copilot-usage-metrics",
    },
    reads: Reads { teams: true, ..Reads::NOTHING },
    days_before: 0,
    begin: |context| Box::new(TeamMembers(League::last_day(context, |team| Some((team.members as f64, 0.0))))),
};

struct TeamMembers(League);

impl Fold for TeamMembers {
    fn day(&mut self, facts: &DayFacts<'_>) {
        self.0.day(facts);
    }

    fn finish(self: Box<Self>) -> Vec<Series> {
        self.0.finish(|day, members, _, is_provisional| Point::count(day, members, is_provisional))
    }
}

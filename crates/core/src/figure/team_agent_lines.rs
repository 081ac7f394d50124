//! Lines by agents, by team.

use super::Figure;
use super::context::SMALLEST_GROUP;
use super::definition::{Definition, Unit};
use super::facts::Reads;
use super::league::{League, Ratios};

pub(super) const FIGURE: Figure = Figure {
    definition: Definition {
        id: "team-agent-lines",
        title: "Lines by agents, by team",
        sentence: "The share of lines added and deleted with Copilot by the members of a team that agents changed.",
        unit: Unit::Share,
        numerator: "lines added and deleted by agents",
        denominator: Some("lines added and deleted with Copilot"),
        population: "the teams of the organization or enterprise, each in a series of its own",
        fields: &["users-1-day", "user-teams-1-day", "totals_by_feature"],
        first_day: "2026-05-14",
        caveats: &[
            "A series is named after the slug of a team. Teams are in alphabetical order.",
            "A team that is too small, or that would reveal few people by subtraction from what is shown of others, is withheld, and so is a week or a month with such a day.",
            "A team that is not in the report has fewer than five members with a seat, which is another thing than idle.",
        ],
        smallest_group: Some(SMALLEST_GROUP),
        source: "https://docs.github.com/en/copilot/reference/copilot-usage-metrics",
    },
    reads: Reads { teams: true, ..Reads::NOTHING },
    days_before: 0,
    begin: |context| {
        Box::new(Ratios(League::sums(context, |team| {
            let sums = team.sums?;
            Some((sums.agent_lines as f64, sums.lines as f64))
        })))
    },
};

//! People whom only GitHub's servers know.

use super::definition::{Definition, Unit};
use super::facts::{DayFacts, Reads};
use super::series::{Point, Series};
use super::windows::{self, Held, Newest};
use super::{Figure, Fold};
use crate::facts::PeopleSet;

pub(super) const FIGURE: Figure = Figure {
    definition: Definition {
        id: "server-only-people",
        title: "People known to servers only",
        sentence: "The share of the active people of a day whose rows have no breakdown, because only GitHub's servers know of them.",
        unit: Unit::Share,
        numerator: "people with a row without any breakdown",
        denominator: Some("people with a row: GitHub's active users"),
        population: "everybody in the organization, the enterprise or the team",
        fields: &["users-1-day", "totals_by_…"],
        first_day: "2025-10-10",
        caveats: &[
            "They count as active and have nothing in any breakdown, so breakdowns are of fewer people.",
            "The point of a week or a month is that of its last day.",
        ],
        smallest_group: None,
        source: "https://docs.github.com/en/copilot/reference/copilot-usage-metrics/usage-metrics-coverage",
    },
    reads: Reads { people: Some(|set| matches!(set, PeopleSet::Reported | PeopleSet::ServerOnly)), ..Reads::NOTHING },
    days_before: 0,
    begin: |context| Box::new(ServerOnlyPeople(Newest::new(context.by))),
};

struct ServerOnlyPeople(Newest);

impl Fold for ServerOnlyPeople {
    fn day(&mut self, facts: &DayFacts<'_>) {
        let held = |set: &PeopleSet| Held::of(facts, || facts.people.map(|people| people.people(set)));
        let rolled_up = facts.counts.filter(|_| facts.people.is_none() && !facts.is_withheld);
        if let Some(counts) = rolled_up {
            let [some, all] = [PeopleSet::ServerOnly, PeopleSet::Reported].map(|set| counts.count(&set) as f64);
            return self.0.push(Point::ratio(facts.day, some, all, facts.is_provisional));
        }
        let point = windows::share(facts, &held(&PeopleSet::ServerOnly), &held(&PeopleSet::Reported));
        self.0.push(point);
    }

    fn finish(self: Box<Self>) -> Vec<Series> {
        vec![self.0.series(None)]
    }
}

//! The share of seats whose holders use Copilot.

use super::definition::{Definition, Unit};
use super::facts::{DayFacts, Reads};
use super::series::Series;
use super::windows::{self, Held, Newest, Window};
use super::{Figure, Fold};
use crate::facts::PeopleSet;

pub(super) const FIGURE: Figure = Figure {
    definition: Definition {
        id: "seats-in-use",
        title: "Seats in use",
        sentence: "The share of people with a seat who were active within the 28 days that end with the day.",
        unit: Unit::Share,
        numerator: "holders of a seat who were active within 28 days, by GitHub's definition",
        denominator: Some("different people who hold a seat on the day: given by then, and not cancelled"),
        population: "people with a seat, each once",
        fields: &["assignee.id", "created_at", "pending_cancellation_date", "users-1-day"],
        first_day: "2025-10-10",
        caveats: &[
            "An enterprise lists a seat for each team and organization that grants it; they are one person.",
            "Activity of people without a seat of this organization does not count. An enterprise grants seats that its organizations do not list.",
            "Seats are known from the first day on which they were read. GitHub has no past seats.",
            "Without a snapshot of seats on the day, that of the nearest day stands, at most three days away.",
        ],
        smallest_group: None,
        source: "https://docs.github.com/en/rest/copilot/copilot-user-management",
    },
    reads: Reads { people: Some(|set| *set == PeopleSet::Reported), seats: true, ..Reads::NOTHING },
    days_before: 27,
    begin: |context| Box::new(SeatsInUse { window: Window::new(28), points: Newest::new(context.by) }),
};

struct SeatsInUse {
    window: Window,
    points: Newest,
}

impl Fold for SeatsInUse {
    fn day(&mut self, facts: &DayFacts<'_>) {
        self.window.push(Held::of(facts, || facts.people.map(|people| people.people(&PeopleSet::Reported))));
        let holders = Held::of(facts, || facts.seats.map(|seats| seats.holders(facts.day)));
        self.points.push(windows::share(facts, &self.window.union(28), &holders));
    }

    fn finish(self: Box<Self>) -> Vec<Series> {
        vec![self.points.series(None)]
    }
}

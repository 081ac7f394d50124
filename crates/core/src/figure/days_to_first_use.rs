//! Days to first use, by the period in which the seat was given.

use super::context::SMALLEST_GROUP;
use super::definition::{Definition, Unit};
use super::facts::{DayFacts, Reads};
use super::first_use::{FirstUse, Times};
use super::series::Series;
use super::{ALL_DAYS, Figure, Fold};
use crate::facts::PeopleSet;

pub(super) const FIGURE: Figure = Figure {
    definition: Definition {
        id: "days-to-first-use",
        title: "Days to first use",
        sentence: "The days until half of the seats that were given in a period were used for the first time.",
        unit: Unit::Days,
        numerator: "days from `created_at` to the first active day, the median",
        denominator: None,
        population: "seats given since the history begins",
        fields: &["created_at", "users-1-day"],
        first_day: "2025-10-10",
        caveats: &[
            "It is estimated after Kaplan and Meier, so seats that were not used yet count as long as they were watched.",
            "A seat that is given anew begins anew. Seats older than the history are left out.",
            "A point's day is the last one of the week, or of the month, in which the seats were given.",
            "Groups with too few people are withheld, and the next smallest with them until those withheld are enough. For a team everything is withheld.",
        ],
        smallest_group: Some(SMALLEST_GROUP),
        source: "https://docs.github.com/en/rest/copilot/copilot-user-management",
    },
    reads: Reads { people: Some(|set| *set == PeopleSet::Reported), seats: true, ..Reads::NOTHING },
    days_before: ALL_DAYS,
    begin: |context| Box::new(DaysToFirstUse(FirstUse::new(context))),
};

struct DaysToFirstUse<'a>(FirstUse<'a>);

impl Fold for DaysToFirstUse<'_> {
    fn day(&mut self, facts: &DayFacts<'_>) {
        self.0.day(facts);
    }

    fn finish(self: Box<Self>) -> Vec<Series> {
        vec![self.0.series(None, Times::median)]
    }
}

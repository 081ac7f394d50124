//! How old GitHub's evidence of the use of seats is.

use super::definition::{Definition, Unit};
use super::facts::{DayFacts, Reads};
use super::series::Point;
use super::series::Series;
use super::windows::Newest;
use super::{Figure, Fold};
use crate::model::day::Day;

pub(super) const FIGURE: Figure = Figure {
    definition: Definition {
        id: "seat-evidence-age",
        title: "Age of the evidence of seats",
        sentence: "Days from the newest activity of any seat that GitHub knows to the day on which the seats were read.",
        unit: Unit::Days,
        numerator: "days since the newest `last_activity_at`",
        denominator: None,
        population: "all seats together",
        fields: &["last_activity_at"],
        first_day: "2025-10-10",
        caveats: &[
            "Seats that seem idle may have been used within this time.",
            "Without any activity there is no value.",
            "Without a snapshot of seats on the day, that of the nearest day stands, at most three days away.",
        ],
        smallest_group: None,
        source: "https://docs.github.com/en/rest/copilot/copilot-user-management",
    },
    reads: Reads { seats: true, ..Reads::NOTHING },
    days_before: 0,
    begin: |context| Box::new(SeatEvidenceAge(Newest::new(context.by))),
};

struct SeatEvidenceAge(Newest);

impl Fold for SeatEvidenceAge {
    fn day(&mut self, facts: &DayFacts<'_>) {
        self.0.push(match (facts.is_withheld, facts.seats) {
            (true, _) => Point::withheld(facts.day),
            (false, None) => Point::not_held(facts.day),
            (false, Some(seats)) => {
                let age = seats.evidence.map(|newest| f64::from(facts.day.days_since(Day::of(newest)).max(0)));
                Point::of(facts.day, age, facts.is_provisional)
            }
        });
    }

    fn finish(self: Box<Self>) -> Vec<Series> {
        vec![self.0.series(None)]
    }
}

//! Stickiness: how many of those who are active within 28 days are active on a working day.

use super::active_people;
use super::bucket::Bucket;
use super::context::Context;
use super::definition::{Definition, Unit};
use super::facts::{DayFacts, Reads};
use super::series::{Point, PointState, Series};
use super::sums::Sums;
use super::{Figure, Fold};
use crate::facts::PeopleSet;
use crate::model::day::Day;

pub(super) const FIGURE: Figure = Figure {
    definition: Definition {
        id: "stickiness",
        title: "Stickiness",
        sentence: "The share of the people active within 28 days who are active on a working day.",
        unit: Unit::Share,
        numerator: "active people of each working day, added up",
        denominator: Some("people active within the 28 days that end with it, added up"),
        population: "everybody in the organization, the enterprise or the team",
        fields: &["daily_active_users", "monthly_active_users", "users-1-day"],
        first_day: "2025-10-10",
        caveats: &[
            "Saturdays, Sundays and the holidays of the settings are left out.",
            "It is a sum over a sum, so days with more people weigh more.",
        ],
        smallest_group: None,
        source: "https://docs.github.com/en/copilot/reference/copilot-usage-metrics",
    },
    reads: Reads {
        aggregate: true,
        lists: Some(&[]),
        people: Some(|set| *set == PeopleSet::Reported),
        holidays: true,
        ..Reads::NOTHING
    },
    days_before: 27,
    begin: |context| {
        let people = active_people::FIGURE.begin(Context { by: Bucket::Day, since: None, ..context });
        Box::new(Stickiness { context, people, days: Vec::new() })
    },
};

/// Reads the points of active people and divides those of working days.
struct Stickiness<'a> {
    context: Context<'a>,
    people: Box<dyn Fold + 'a>,
    days: Vec<(Day, bool)>,
}

impl Fold for Stickiness<'_> {
    fn day(&mut self, facts: &DayFacts<'_>) {
        self.people.day(facts);
        self.days.push((facts.day, facts.is_provisional));
    }

    fn finish(self: Box<Self>) -> Vec<Series> {
        let series = self.people.finish();
        let [daily, _, monthly] = series.as_slice() else { return Vec::new() };
        let mut sums = Sums::new(self.context.by);
        for ((day, is_provisional), (daily, monthly)) in self.days.iter().zip(daily.points.iter().zip(&monthly.points)) {
            if self.context.since.is_some_and(|since| *day < since) {
                continue;
            }
            let is_working_day = self.context.inputs.is_working_day(*day);
            let states = [daily.state, monthly.state];
            let facts = DayFacts {
                is_withheld: is_working_day && states.contains(&PointState::Withheld),
                ..DayFacts::new(*day, *is_provisional)
            };
            let is_held = !is_working_day || !states.contains(&PointState::NotHeld);
            if sums.begin(&facts, is_held) && is_working_day {
                let number = |point: &Point| point.value.unwrap_or_default();
                sums.add((), number(daily), number(monthly));
            }
        }
        sums.ratio()
    }
}

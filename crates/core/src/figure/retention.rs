//! Retention: who of those who began in a week is still there later.

use super::context::Context;
use super::context::SMALLEST_GROUP;
use super::definition::{Definition, Unit};
use super::facts::{DayFacts, Reads};
use super::periods::{Period, Periods, UNKNOWING};
use super::series::Point;
use super::series::Series;
use super::small_groups;
use super::windows::Held;
use super::{ALL_DAYS, Figure, Fold};
use crate::facts::{PeopleSet, PersonSet};

pub(super) const FIGURE: Figure = Figure {
    definition: Definition {
        id: "retention",
        title: "Retention",
        sentence: "The share of the people who were active for the first time in a week who are active in that week and in each week after.",
        unit: Unit::Share,
        numerator: "people of the group who are active in the period of the point",
        denominator: Some("people who were active for the first time in the period that names the series"),
        population: "people whose first period is not among the first 8 of the history",
        fields: &["users-1-day"],
        first_day: "2025-10-10",
        caveats: &[
            "By month it is months instead of weeks; by day it is weeks.",
            "A series is named after the first day of the group's first period. A point's day is the last one of a later period; before its first a group has no value.",
            "Groups with too few people are withheld, and the next smallest with them until those withheld are enough.",
            "It is of a whole organization or enterprise. Groups within teams are too small, so for a team everything is withheld.",
        ],
        smallest_group: Some(SMALLEST_GROUP),
        source: "https://docs.github.com/en/copilot/reference/copilot-usage-metrics",
    },
    reads: Reads { people: Some(|set| matches!(set, PeopleSet::Reported)), ..Reads::NOTHING },
    days_before: ALL_DAYS,
    begin: |context| Box::new(Retention { context, periods: Periods::new(context.by) }),
};

struct Retention<'a> {
    context: Context<'a>,
    periods: Periods,
}

impl Fold for Retention<'_> {
    fn day(&mut self, facts: &DayFacts<'_>) {
        self.periods.push(facts, Held::of(facts, || facts.people.map(|people| people.people(&PeopleSet::Reported))));
    }

    fn finish(self: Box<Self>) -> Vec<Series> {
        let periods = self.periods.finish();
        let mut seen = PersonSet::new();
        let mut groups: Vec<(usize, PersonSet)> = Vec::new();
        for (place, period) in periods.iter().enumerate() {
            if place >= UNKNOWING {
                groups.push((place, &period.people - &seen));
            }
            seen |= &period.people;
        }
        let sizes: Vec<u64> = groups.iter().map(|(_, people)| people.len()).collect();
        let is_withheld = small_groups::withheld(&sizes, self.context.smallest_group);
        let series = groups.iter().zip(is_withheld).map(|((first, group), is_withheld)| {
            let of = |(place, period): (usize, &Period)| match place < *first {
                true => Point::of(period.last, None, false),
                false if is_withheld || self.context.is_team => Point::withheld(period.last),
                false => period.point(&periods[*first..=place].iter().collect::<Vec<_>>(), |period| {
                    let still = group.intersection_len(&period.people);
                    Point::ratio(period.last, still as f64, group.len() as f64, period.is_provisional)
                }),
            };
            let points = periods.iter().enumerate().map(of).collect();
            Series { name: periods.get(*first).map(|period| period.first.to_string()), points }
        });
        let series: Vec<Series> = series.collect();
        if !series.is_empty() {
            return series;
        }
        vec![Series { name: None, points: periods.iter().map(|period| Point::not_held(period.last)).collect() }]
    }
}

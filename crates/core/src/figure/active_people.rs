//! Active people: how many used Copilot on a day, within 7 days, and within 28.

use super::aggregate::AggregateRow;
use super::bucket::Bucket;
use super::definition::{Definition, Unit};
use super::facts::DayFacts;
use super::series::{Point, Series};
use super::{Figure, Fold};
use crate::model::day::Day;

pub(super) const FIGURE: Figure = Figure {
    definition: Definition {
        id: "active-people",
        title: "Active people",
        sentence: "Different people who used Copilot on a day, within the 7 days that end with it, and within the 28 days that end with it.",
        unit: Unit::People,
        numerator: "people whom GitHub counts as active users",
        denominator: None,
        population: "members of the organization or enterprise with a Copilot licence",
        fields: &["daily_active_users", "weekly_active_users", "monthly_active_users"],
        first_day: "2025-10-10",
        caveats: &[
            "Windows end at the day of the report, not today.",
            "People are counted once in each window, so days and organizations must not be added up.",
            "From 2026-04-10 GitHub counts people who use only the command line.",
        ],
        smallest_group: None,
        source: "https://docs.github.com/en/copilot/reference/copilot-usage-metrics",
    },
    begin: |by| Box::new(ActivePeople { by, series: [const { Vec::new() }; 3] }),
};

const NAMES: [&str; 3] = ["daily", "weekly", "monthly"];

/// People cannot be added up, so the point of a week or a month is that of its last day.
struct ActivePeople {
    by: Bucket,
    series: [Vec<(Day, Point)>; 3],
}

impl Fold for ActivePeople {
    fn day(&mut self, facts: &DayFacts<'_>) {
        let row = facts.aggregate.and_then(AggregateRow::read);
        let counts = match &row {
            Some(row) => [row.daily_active_users, row.weekly_active_users, row.monthly_active_users],
            None => [None; 3],
        };
        let first = self.by.first_day(facts.day);
        for (points, count) in self.series.iter_mut().zip(counts) {
            let point = match count {
                Some(count) => Point::count(facts.day, count, facts.is_provisional),
                None => Point::not_held(facts.day),
            };
            match points.last_mut() {
                Some((bucket, last)) if *bucket == first => *last = point,
                _ => points.push((first, point)),
            }
        }
    }

    fn finish(self: Box<Self>) -> Vec<Series> {
        let named = NAMES.into_iter().zip(self.series);
        let series = named.map(|(name, points)| Series {
            name: Some(name.to_owned()),
            points: points.into_iter().map(|(_, point)| point).collect(),
        });
        series.collect()
    }
}

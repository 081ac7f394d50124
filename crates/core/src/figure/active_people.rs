//! Active people by GitHub's definition: how many have a row on a day, within 7 days, and within 28.

use super::aggregate::AggregateRow;
use super::context::Context;
use super::definition::{Definition, Unit};
use super::facts::{DayFacts, Reads};
use super::series::Point;
use super::series::Series;
use super::windows::{self, Held, Newest, Window};
use super::{Figure, Fold};
use crate::facts::PeopleSet;

pub(super) const FIGURE: Figure = Figure {
    definition: Definition {
        id: "active-people",
        title: "Active people",
        sentence: "Different people whom GitHub counts as active on a day, within the 7 days that end with it, and within the 28 days that end with it.",
        unit: Unit::People,
        numerator: "people whom GitHub counts as active users: everybody with a row in the users report",
        denominator: None,
        population: "members of the organization, the enterprise or the team on each day",
        fields: &["daily_active_users", "weekly_active_users", "monthly_active_users", "users-1-day", "user-teams-1-day"],
        first_day: "2025-10-10",
        caveats: &[
            "Windows end at the day of the report, not today.",
            "People are counted once in each window, so days, teams and organizations must not be added up.",
            "GitHub counts people whom only its servers know, see `people-with-activity` for those who did something.",
            "A whole organization or enterprise shows GitHub's own numbers; a team the union of its members on each day.",
            "From 2026-04-10 GitHub counts people who use only the command line.",
        ],
        smallest_group: None,
        source: "https://docs.github.com/en/copilot/reference/copilot-usage-metrics",
    },
    reads: Reads { aggregate: true, lists: Some(&[]), people: Some(|set| *set == PeopleSet::Reported), ..Reads::NOTHING },
    days_before: 27,
    begin: |context| match context.is_team {
        false => Box::new(OfScope { series: NAMES.map(|_| Newest::new(context.by)) }),
        true => Box::new(OfPeople::new(context, PeopleSet::Reported)),
    },
};

/// The series of people by window, and how many days each has.
pub(super) const NAMES: [(&str, usize); 3] = [("daily", 1), ("weekly", 7), ("monthly", 28)];

/// GitHub's own numbers. People cannot be added up, so the point of a week or a month is that of its last day.
struct OfScope {
    series: [Newest; 3],
}

impl Fold for OfScope {
    fn day(&mut self, facts: &DayFacts<'_>) {
        let row = facts.aggregate.and_then(AggregateRow::read);
        let counts = match &row {
            Some(row) => [row.daily_active_users, row.weekly_active_users, row.monthly_active_users],
            None => [None; 3],
        };
        for (points, count) in self.series.iter_mut().zip(counts) {
            points.push(match count {
                Some(count) => Point::count(facts.day, count, facts.is_provisional),
                None => Point::not_held(facts.day),
            });
        }
    }

    fn finish(self: Box<Self>) -> Vec<Series> {
        NAMES.iter().zip(self.series).map(|((name, _), points)| points.series(Some(name))).collect()
    }
}

/// Unions of one set of people.
pub(super) struct OfPeople {
    set: PeopleSet,
    window: Window,
    series: [Newest; 3],
}

impl OfPeople {
    pub(super) fn new(context: Context<'_>, set: PeopleSet) -> Self {
        Self { set, window: Window::new(28), series: NAMES.map(|_| Newest::new(context.by)) }
    }
}

impl Fold for OfPeople {
    fn day(&mut self, facts: &DayFacts<'_>) {
        self.window.push(Held::of(facts, || facts.people.map(|people| people.people(&self.set))));
        // Of days that were rolled up the number of each is known, and nobody of them.
        let alone = facts.counts.filter(|_| facts.people.is_none() && !facts.is_withheld).map(|counts| counts.count(&self.set));
        for ((_, days), points) in NAMES.iter().zip(&mut self.series) {
            points.push(match alone {
                Some(people) if *days == 1 => Point::count(facts.day, people as f64, facts.is_provisional),
                _ => windows::count(facts, &self.window.union(*days)),
            });
        }
    }

    fn finish(self: Box<Self>) -> Vec<Series> {
        NAMES.iter().zip(self.series).map(|((name, _), points)| points.series(Some(name))).collect()
    }
}

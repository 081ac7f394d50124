//! People by week or month: who was there in each, and in which ones something is missing.

use super::bucket::Bucket;
use super::facts::DayFacts;
use super::series::Point;
use super::windows::Held;
use crate::facts::PersonSet;
use crate::model::day::Day;

/// Periods of history that cannot tell who is new from who comes back.
pub(super) const UNKNOWING: usize = 8;

/// The periods of people are at least weeks: a day has too few people to compare.
pub(super) fn width(by: Bucket) -> Bucket {
    if by == Bucket::Month { Bucket::Month } else { Bucket::Week }
}

/// A week or a month.
#[derive(Debug)]
pub(super) struct Period {
    pub(super) first: Day,
    pub(super) last: Day,
    pub(super) people: PersonSet,
    pub(super) is_provisional: bool,
    is_held: bool,
    is_withheld: bool,
}

impl Period {
    /// A point at the end of the period, when all that it needs is there.
    pub(super) fn point(&self, needs: &[&Period], point: impl FnOnce(&Self) -> Point) -> Point {
        let all = || std::iter::once(&self).chain(needs);
        if all().any(|period| !period.is_held) {
            Point::not_held(self.last)
        } else if all().any(|period| period.is_withheld) {
            Point::withheld(self.last)
        } else {
            point(self)
        }
    }

    /// A count at the end of the period.
    pub(super) fn count(&self, needs: &[&Period], people: impl FnOnce() -> u64) -> Point {
        self.point(needs, |period| Point::count(period.last, people() as f64, period.is_provisional))
    }
}

/// Periods, filled day by day.
#[derive(Debug)]
pub(super) struct Periods {
    by: Bucket,
    pub(super) list: Vec<Period>,
}

impl Periods {
    pub(super) fn new(by: Bucket) -> Self {
        Self { by: width(by), list: Vec::new() }
    }

    pub(super) fn push(&mut self, facts: &DayFacts<'_>, people: Held) {
        let first = self.by.first_day(facts.day);
        if self.list.last().is_none_or(|period| period.first != first) {
            // A period that does not begin with its first day is not whole.
            self.list.push(Period {
                first,
                last: facts.day,
                people: PersonSet::new(),
                is_provisional: false,
                is_held: first == facts.day,
                is_withheld: false,
            });
        }
        let Some(period) = self.list.last_mut() else { return };
        period.last = facts.day;
        period.is_provisional |= facts.is_provisional;
        match people {
            Held::People(people) => period.people |= people,
            Held::Withheld => period.is_withheld = true,
            Held::Missing => period.is_held = false,
        }
    }

    /// The periods. The last is not held unless its last day was given.
    pub(super) fn finish(mut self) -> Vec<Period> {
        if let Some(period) = self.list.last_mut() {
            period.is_held &= self.by.first_day(period.last.plus_days(1)) != period.first;
        }
        self.list
    }
}

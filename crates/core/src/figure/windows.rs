//! People within the days that end with one: unions over the newest days, never sums of days.

use std::collections::VecDeque;

use super::bucket::Bucket;
use super::facts::DayFacts;
use super::series::{Point, Series};
use crate::facts::PersonSet;
use crate::model::day::Day;

/// What is known of the people of a day.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Held {
    /// Who they are.
    People(PersonSet),
    /// It is known and may not be shown.
    Withheld,
    /// It was not read.
    Missing,
}

impl Held {
    /// The people of a day, read from its facts unless it is withheld.
    pub(super) fn of(facts: &DayFacts<'_>, people: impl FnOnce() -> Option<PersonSet>) -> Self {
        match (facts.is_withheld, people()) {
            (true, _) => Self::Withheld,
            (false, Some(people)) => Self::People(people),
            (false, None) => Self::Missing,
        }
    }
}

/// The newest days, at most that many.
///
/// The union of all of them costs two unions a day, and not one for each of the days: those that will leave first have their unions made
/// beforehand, each with all days between it and the newest of them; those that came since have one union together.
#[derive(Debug)]
pub(super) struct Window {
    length: usize,
    days: VecDeque<Held>,
    /// Unions of the oldest days: the last is that of all of them, the one before that of all but the oldest, and so on.
    leaving: Vec<PersonSet>,
    /// Union of the other days.
    came: PersonSet,
}

impl Window {
    pub(super) fn new(length: usize) -> Self {
        Self { length, days: VecDeque::with_capacity(length), leaving: Vec::new(), came: PersonSet::new() }
    }

    pub(super) fn push(&mut self, day: Held) {
        if self.days.len() == self.length {
            if self.leaving.is_empty() {
                self.came = PersonSet::new();
                let mut union = PersonSet::new();
                for day in self.days.iter().rev() {
                    if let Held::People(people) = day {
                        union |= people;
                    }
                    self.leaving.push(union.clone());
                }
            }
            self.leaving.pop();
            self.days.pop_front();
        }
        if let Held::People(people) = &day {
            self.came |= people;
        }
        self.days.push_back(day);
    }

    /// The people of the newest `length` days together. Not held when one of the days is not, or there are fewer; else withheld when
    /// one of them is.
    pub(super) fn union(&self, length: usize) -> Held {
        if self.days.len() < length {
            return Held::Missing;
        }
        let newest = || self.days.iter().skip(self.days.len() - length);
        if newest().any(|day| matches!(day, Held::Missing)) {
            return Held::Missing;
        }
        if newest().any(|day| matches!(day, Held::Withheld)) {
            return Held::Withheld;
        }
        if length == self.days.len() {
            return Held::People(match self.leaving.last() {
                Some(leaving) => leaving | &self.came,
                None => self.came.clone(),
            });
        }
        let mut union = PersonSet::new();
        for day in newest() {
            if let Held::People(people) = day {
                union |= people;
            }
        }
        Held::People(union)
    }
}

/// A series whose point of a week or a month is that of its last day, because people cannot be added up.
#[derive(Debug)]
pub(super) struct Newest {
    by: Bucket,
    points: Vec<(Day, Point)>,
}

impl Newest {
    pub(super) fn new(by: Bucket) -> Self {
        Self { by, points: Vec::new() }
    }

    pub(super) fn push(&mut self, point: Point) {
        let first = self.by.first_day(point.day);
        match self.points.last_mut() {
            Some((bucket, last)) if *bucket == first => *last = point,
            _ => self.points.push((first, point)),
        }
    }

    pub(super) fn series(self, name: Option<&str>) -> Series {
        Series { name: name.map(str::to_owned), points: self.points.into_iter().map(|(_, point)| point).collect() }
    }
}

/// The number of people as a point.
pub(super) fn count(facts: &DayFacts<'_>, held: &Held) -> Point {
    match held {
        Held::People(people) => Point::count(facts.day, people.len() as f64, facts.is_provisional),
        Held::Withheld => Point::withheld(facts.day),
        Held::Missing => Point::not_held(facts.day),
    }
}

/// Those of `some` who are in `all`, out of `all`.
pub(super) fn share(facts: &DayFacts<'_>, some: &Held, all: &Held) -> Point {
    match (some, all) {
        (Held::Missing, _) | (_, Held::Missing) => Point::not_held(facts.day),
        (Held::People(some), Held::People(all)) => {
            let both = some.intersection_len(all);
            Point::ratio(facts.day, both as f64, all.len() as f64, facts.is_provisional)
        }
        _ => Point::withheld(facts.day),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_union_is_that_of_the_newest_days_and_none_where_one_of_them_is_missing() {
        let mut window = Window::new(5);
        let mut all: Vec<Held> = Vec::new();
        for number in 0..40_u32 {
            let day = match number % 13 {
                6 => Held::Missing,
                9 => Held::Withheld,
                _ => Held::People([number, number % 3].into_iter().collect()),
            };
            window.push(day.clone());
            all.push(day);
            for length in 1..=5 {
                let newest = all.iter().rev().take(length);
                let expected = match () {
                    () if all.len() < length || newest.clone().any(|day| *day == Held::Missing) => Held::Missing,
                    () if newest.clone().any(|day| *day == Held::Withheld) => Held::Withheld,
                    () => {
                        let people = newest.filter_map(|day| if let Held::People(people) = day { Some(people) } else { None });
                        Held::People(people.fold(PersonSet::new(), |all, people| all | people))
                    }
                };
                assert_eq!(window.union(length), expected, "day {number}, {length} days");
            }
        }
    }
}

//! People by groups of which everybody is in one, so that series can be added up: a series for each group that anybody was ever in.

use std::collections::BTreeMap;

use super::bucket::Bucket;
use super::facts::DayFacts;
use super::series::{Point, Series};
use super::windows::{Held, Newest};
use crate::facts::PersonSet;
use crate::model::day::Day;

/// Numbers of people by group and day.
pub(super) struct PeopleByGroup<G> {
    by: Bucket,
    days: Vec<Result<(Day, bool), Point>>,
    groups: BTreeMap<G, BTreeMap<Day, u64>>,
}

impl<G: Ord> PeopleByGroup<G> {
    pub(super) fn new(by: Bucket) -> Self {
        Self { by, days: Vec::new(), groups: BTreeMap::new() }
    }

    /// A day with its groups. Groups that are not among them, and those without people, are 0 on it.
    pub(super) fn push(&mut self, facts: &DayFacts<'_>, groups: impl IntoIterator<Item = (G, u64)>) {
        for (group, people) in groups {
            if people > 0 {
                self.groups.entry(group).or_default().insert(facts.day, people);
            }
        }
        self.days.push(Ok((facts.day, facts.is_provisional)));
    }

    /// A day without numbers, with the reason.
    pub(super) fn push_without(&mut self, facts: &DayFacts<'_>, reason: &Held) {
        self.days.push(Err(match reason {
            Held::Withheld => Point::withheld(facts.day),
            Held::People(_) | Held::Missing => Point::not_held(facts.day),
        }));
    }

    /// The series of each group, in their order; one without a name where nobody was in any.
    pub(super) fn series(self, name: impl Fn(&G) -> String) -> Vec<Series> {
        let series = |name: Option<&str>, counts: &BTreeMap<Day, u64>| {
            let mut points = Newest::new(self.by);
            for day in &self.days {
                points.push(match day {
                    Ok((day, is_provisional)) => {
                        Point::count(*day, counts.get(day).copied().unwrap_or_default() as f64, *is_provisional)
                    }
                    Err(point) => point.clone(),
                });
            }
            points.series(name)
        };
        if self.groups.is_empty() {
            return vec![series(None, &BTreeMap::new())];
        }
        self.groups.iter().map(|(group, counts)| series(Some(&name(group)), counts)).collect()
    }
}

/// The number of people in exactly these of the sets, by the places of the sets; people in none of them are left out.
pub(super) fn combinations(sets: &[PersonSet]) -> Vec<(Vec<usize>, u64)> {
    let mut parts: Vec<(Vec<usize>, PersonSet)> = Vec::new();
    for (place, set) in sets.iter().enumerate() {
        let mut rest = set.clone();
        let mut next = Vec::new();
        for (places, people) in parts {
            let both = &people & set;
            rest -= &both;
            let alone = people - &both;
            let with: Vec<usize> = places.iter().copied().chain([place]).collect();
            next.extend([(places, alone), (with, both)].into_iter().filter(|(_, of)| !of.is_empty()));
        }
        if !rest.is_empty() {
            next.push((vec![place], rest));
        }
        parts = next;
    }
    parts.into_iter().map(|(places, people)| (places, people.len())).collect()
}

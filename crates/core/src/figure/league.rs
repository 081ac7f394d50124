//! Tables of teams: a series for each team, with what may not be shown of it withheld.

use std::collections::BTreeMap;

use super::bucket::Bucket;
use super::facts::{DayFacts, TeamsFacts};
use super::series::{Point, Series};
use super::{Context, Fold};
use crate::facts::{PersonSet, TeamEntry};
use crate::model::day::Day;

/// What a team has above and below the line on a day; none when it was not read.
type Numbers = fn(&TeamEntry) -> Option<(f64, f64)>;

/// Teams, filled day by day. A week or a month of a team is withheld with any of its days, and with any day on which the team is not
/// in the report.
pub(super) struct League {
    by: Bucket,
    numbers: Numbers,
    /// Whether the point of a bucket is that of its last day, because it cannot be added up.
    is_last_day: bool,
    days: Vec<(Day, bool, bool)>,
    teams: BTreeMap<u64, Team>,
    is_of_team: bool,
}

#[derive(Default)]
struct Team {
    slug: Option<String>,
    days: BTreeMap<Day, TeamDay>,
}

/// A day of a team.
#[derive(Clone, Copy)]
pub(super) enum TeamDay {
    /// What is above and below the line; none when it was not read.
    Shown(Option<(f64, f64)>),
    /// It is too small to be shown.
    Withheld,
}

impl League {
    /// Sums over sums.
    pub(super) fn sums(context: Context<'_>, numbers: Numbers) -> Self {
        let Context { by, is_team: is_of_team, .. } = context;
        Self { by, numbers, is_last_day: false, days: Vec::new(), teams: BTreeMap::new(), is_of_team }
    }

    /// The last day of each bucket.
    pub(super) fn last_day(context: Context<'_>, numbers: Numbers) -> Self {
        Self { is_last_day: true, ..Self::sums(context, numbers) }
    }

    /// Takes a day whose numbers are in the index.
    pub(super) fn day(&mut self, facts: &DayFacts<'_>) {
        let numbers = self.numbers;
        self.day_of(facts, |_, team| TeamDay::Shown(numbers(team)));
    }

    /// Takes a day. `numbers` gives those of the team at a place of the index.
    pub(super) fn day_of(&mut self, facts: &DayFacts<'_>, mut numbers: impl FnMut(usize, &TeamEntry) -> TeamDay) {
        self.days.push((facts.day, facts.is_provisional, facts.teams.is_some()));
        let Some(TeamsFacts { index, .. }) = facts.teams else { return };
        for (place, entry) in index.teams.iter().enumerate() {
            let team = self.teams.entry(entry.id).or_default();
            team.slug = entry.slug.clone().or(team.slug.take());
            let day = if entry.is_withheld { TeamDay::Withheld } else { numbers(place, entry) };
            team.days.insert(facts.day, day);
        }
        for (id, slug) in &index.suppressed {
            let team = self.teams.entry(*id).or_default();
            team.slug = slug.clone().or(team.slug.take());
            team.days.insert(facts.day, TeamDay::Withheld);
        }
    }

    /// A series for each team, by slug. For a single team there is none: its table is that of the scope.
    pub(super) fn finish(self, point: impl Fn(Day, f64, f64, bool) -> Point) -> Vec<Series> {
        let mut named: Vec<(String, &Team)> = self.teams.iter().map(|(id, team)| (self.name(*id, team), team)).collect();
        named.sort_by(|(one, _), (other, _)| one.cmp(other));
        if named.is_empty() || self.is_of_team {
            let points = self.buckets().into_iter().filter_map(|days| {
                days.last().map(|(day, ..)| match self.is_of_team {
                    true => Point::withheld(*day),
                    false => Point::not_held(*day),
                })
            });
            return vec![Series { name: None, points: points.collect() }];
        }
        let series = |(name, team): (String, &Team)| {
            let points = self.buckets().into_iter().filter_map(|days| self.point(team, &days, &point)).collect();
            Series { name: Some(name), points }
        };
        named.into_iter().map(series).collect()
    }

    fn name(&self, id: u64, team: &Team) -> String {
        let Some(slug) = &team.slug else { return id.to_string() };
        let is_unique = self.teams.values().filter(|other| other.slug.as_ref() == Some(slug)).count() == 1;
        if is_unique { slug.clone() } else { format!("{slug} ({id})") }
    }

    /// The days of each bucket.
    fn buckets(&self) -> Vec<Vec<(Day, bool, bool)>> {
        let mut buckets: Vec<Vec<(Day, bool, bool)>> = Vec::new();
        for day in &self.days {
            let first = |days: &Vec<(Day, bool, bool)>| days.first().map(|(day, ..)| self.by.first_day(*day));
            match buckets.last_mut().filter(|days| first(days) == Some(self.by.first_day(day.0))) {
                Some(days) => days.push(*day),
                None => buckets.push(vec![*day]),
            }
        }
        buckets
    }

    fn point(&self, team: &Team, days: &[(Day, bool, bool)], point: impl Fn(Day, f64, f64, bool) -> Point) -> Option<Point> {
        let (last, ..) = days.last().copied()?;
        let days = if self.is_last_day { days.get(days.len() - 1..)? } else { days };
        let (mut above, mut below, mut is_withheld, mut is_provisional) = (0.0, 0.0, false, false);
        for (day, provisional, is_held) in days {
            is_provisional |= provisional;
            match team.days.get(day) {
                _ if !is_held => return Some(Point::not_held(last)),
                Some(TeamDay::Shown(Some((numerator, denominator)))) => {
                    above += numerator;
                    below += denominator;
                }
                Some(TeamDay::Shown(None)) => return Some(Point::not_held(last)),
                // A team that is not in the report has too few seats.
                Some(TeamDay::Withheld) | None => is_withheld = true,
            }
        }
        Some(if is_withheld { Point::withheld(last) } else { point(last, above, below, is_provisional) })
    }
}

/// A table of ratios from the index.
pub(super) struct Ratios(pub(super) League);

impl Fold for Ratios {
    fn day(&mut self, facts: &DayFacts<'_>) {
        self.0.day(facts);
    }

    fn finish(self: Box<Self>) -> Vec<Series> {
        self.0.finish(Point::ratio)
    }
}

/// The newest days of every team: who of its members was active.
pub(super) struct ActiveMembers {
    length: usize,
    days: std::collections::VecDeque<Option<BTreeMap<u64, Option<PersonSet>>>>,
}

impl ActiveMembers {
    pub(super) fn new(length: usize) -> Self {
        Self { length, days: std::collections::VecDeque::new() }
    }

    /// Takes a day: the active members of each team, none of a team that is withheld.
    pub(super) fn push(&mut self, facts: &DayFacts<'_>, active: Option<&PersonSet>) {
        if self.days.len() == self.length {
            self.days.pop_front();
        }
        let day = facts.teams.zip(active).map(|(teams, active)| {
            let of = |(entry, members): (&TeamEntry, &PersonSet)| (entry.id, (!entry.is_withheld).then(|| members & active));
            teams.index.teams.iter().zip(teams.members).map(of).collect()
        });
        self.days.push_back(day);
    }

    /// Whether every one of the days is held.
    pub(super) fn is_whole(&self) -> bool {
        self.days.len() == self.length && self.days.iter().all(Option::is_some)
    }

    /// The active members of a team over these of the days, counted from the oldest. None when it is withheld on any.
    pub(super) fn union(&self, team: u64, days: std::ops::Range<usize>) -> Option<PersonSet> {
        let mut union = PersonSet::new();
        for day in self.days.range(days).flatten() {
            match day.get(&team) {
                Some(Some(active)) => union |= active,
                _ => return None,
            }
        }
        Some(union)
    }
}

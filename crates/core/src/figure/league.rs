//! Tables of teams: a series for each team, with what may not be shown of it withheld.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use super::bucket::Bucket;
use super::facts::{DayFacts, TeamsFacts};
use super::series::{Point, Series};
use super::{Context, Fold};
use crate::facts::TeamEntry;
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
    days: Vec<LeagueDay>,
    /// Ascending by id.
    teams: Vec<Team>,
    is_of_team: bool,
}

/// A day of all teams.
#[derive(Clone, Copy)]
struct LeagueDay {
    day: Day,
    is_provisional: bool,
    is_held: bool,
}

struct Team {
    id: u64,
    slug: Option<Arc<str>>,
    /// In the order of the league's days, as far as they came; none where the team is not in the report.
    days: Vec<Option<TeamDay>>,
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
        Self { by, numbers, is_last_day: false, days: Vec::new(), teams: Vec::new(), is_of_team }
    }

    /// The last day of each bucket.
    pub(super) fn last_day(context: Context<'_>, numbers: Numbers) -> Self {
        Self { is_last_day: true, ..Self::sums(context, numbers) }
    }

    /// Takes a day whose numbers are in the index.
    pub(super) fn day(&mut self, facts: &DayFacts<'_>) {
        let numbers = self.numbers;
        self.day_of(facts, |team| TeamDay::Shown(numbers(team)));
    }

    /// Takes a day. `numbers` gives those of a team of the index.
    pub(super) fn day_of(&mut self, facts: &DayFacts<'_>, mut numbers: impl FnMut(&TeamEntry) -> TeamDay) {
        let DayFacts { day, is_provisional, .. } = *facts;
        self.days.push(LeagueDay { day, is_provisional, is_held: facts.teams.is_some() });
        let Some(TeamsFacts { index, .. }) = facts.teams else { return };
        for (place, entry) in index.teams.iter().enumerate() {
            let day = if entry.is_withheld { TeamDay::Withheld } else { numbers(entry) };
            self.put(place, entry.id, entry.slug.as_ref(), day);
        }
        for (id, slug) in &index.suppressed {
            self.put(self.teams.len(), *id, slug.as_ref(), TeamDay::Withheld);
        }
    }

    /// Puts down the newest day of a team, which is likely to be at that place.
    fn put(&mut self, place: usize, id: u64, slug: Option<&Arc<str>>, day: TeamDay) {
        let found = match self.teams.get(place) {
            Some(team) if team.id == id => Ok(place),
            _ => self.teams.binary_search_by_key(&id, |team| team.id),
        };
        let place = found.unwrap_or_else(|place| {
            self.teams.insert(place, Team { id, slug: None, days: Vec::new() });
            place
        });
        let team = &mut self.teams[place];
        if let Some(slug) = slug.filter(|slug| team.slug.as_ref() != Some(slug)) {
            team.slug = Some(Arc::clone(slug));
        }
        team.days.resize(self.days.len().saturating_sub(1), None);
        team.days.push(Some(day));
    }

    /// A series for each team, by slug. For a single team there is none: its table is that of the scope.
    pub(super) fn finish(mut self, point: impl Fn(Day, f64, f64, bool) -> Point) -> Vec<Series> {
        let buckets = self.buckets();
        if self.teams.is_empty() || self.is_of_team {
            let points = buckets.into_iter().filter_map(|days| {
                self.days.get(days)?.last().map(|of| match self.is_of_team {
                    true => Point::withheld(of.day),
                    false => Point::not_held(of.day),
                })
            });
            return vec![Series { name: None, points: points.collect() }];
        }
        let mut slugs: BTreeMap<Arc<str>, usize> = BTreeMap::new();
        self.teams.iter().filter_map(|team| team.slug.clone()).for_each(|slug| *slugs.entry(slug).or_default() += 1);
        let name = |team: &Team| match &team.slug {
            None => team.id.to_string(),
            Some(slug) if slugs.get(slug) == Some(&1) => slug.to_string(),
            Some(slug) => format!("{slug} ({})", team.id),
        };
        // One after the other, so that the days of a team are gone when its points are there.
        let teams = std::mem::take(&mut self.teams);
        let mut series: Vec<Series> = Vec::with_capacity(teams.len());
        for team in teams {
            let points = buckets.iter().filter_map(|days| self.point(&team, days.clone(), &point)).collect();
            series.push(Series { name: Some(name(&team)), points });
        }
        series.sort_by(|one, other| one.name.cmp(&other.name));
        series
    }

    /// The places of the days of each bucket.
    fn buckets(&self) -> Vec<Range<usize>> {
        let mut buckets: Vec<(Day, Range<usize>)> = Vec::new();
        for (place, of) in self.days.iter().enumerate() {
            let first = self.by.first_day(of.day);
            match buckets.last_mut().filter(|(bucket, _)| *bucket == first) {
                Some((_, days)) => days.end = place + 1,
                None => buckets.push((first, place..place + 1)),
            }
        }
        buckets.into_iter().map(|(_, days)| days).collect()
    }

    fn point(&self, team: &Team, mut days: Range<usize>, point: impl Fn(Day, f64, f64, bool) -> Point) -> Option<Point> {
        if self.is_last_day {
            days.start = days.end.saturating_sub(1);
        }
        let last = self.days.get(days.clone())?.last()?.day;
        let (mut above, mut below, mut is_withheld, mut is_provisional) = (0.0, 0.0, false, false);
        for place in days {
            let of = self.days.get(place)?;
            is_provisional |= of.is_provisional;
            match team.days.get(place).copied().flatten() {
                _ if !of.is_held => return Some(Point::not_held(last)),
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

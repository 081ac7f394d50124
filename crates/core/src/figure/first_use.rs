//! From a seat to its first use: people by the period in which their seat was given, and when they were first active.

use std::collections::{BTreeMap, BTreeSet};

use super::bucket::Bucket;
use super::context::Context;
use super::facts::DayFacts;
use super::series::{Point, PointState, Series};
use super::small_groups;
use super::windows::Held;
use crate::facts::{PeopleSet, PersonSet};
use crate::model::day::Day;

/// Seats and first uses, filled day by day.
#[derive(Debug)]
pub(super) struct FirstUse<'a> {
    context: Context<'a>,
    days: Vec<(Day, PointState)>,
    active: Vec<PersonSet>,
    /// Day on which a seat was given, by person and day. A seat that is given anew begins anew.
    seats: BTreeSet<(Day, u32)>,
    /// The day of the newest snapshot of seats.
    newest_seats: Option<Day>,
}

/// Times from seat to first use of a group, in days; none while there was none by the last day.
#[derive(Debug, Default)]
pub(super) struct Times {
    used: Vec<i32>,
    unused: Vec<i32>,
}

impl Times {
    /// How many seats there are.
    pub(super) fn len(&self) -> usize {
        self.used.len() + self.unused.len()
    }

    /// The share that was used by each day after the seat was given, after Kaplan and Meier: seats that were not used yet count as long
    /// as they were watched.
    fn curve(&self) -> Vec<(i32, f64)> {
        let mut used = self.used.clone();
        used.sort_unstable();
        used.dedup();
        let mut unused_share = 1.0;
        let step = |day: i32| {
            let events = self.used.iter().filter(|used| **used == day).count() as f64;
            let watched = self.used.iter().chain(&self.unused).filter(|until| **until >= day).count() as f64;
            unused_share *= 1.0 - events / watched;
            (day, 1.0 - unused_share)
        };
        used.into_iter().map(step).collect()
    }

    /// The share that was used within that many days; none when no seat was watched so long and the last one had no use.
    pub(super) fn within(&self, days: i32) -> Option<f64> {
        let is_watched = self.unused.is_empty() || self.unused.iter().any(|until| *until >= days);
        let reached = self.curve().into_iter().take_while(|(day, _)| *day <= days).last().map_or(0.0, |(_, share)| share);
        (self.len() > 0 && (is_watched || reached >= 1.0)).then_some(reached)
    }

    /// Days until half of the seats were used; none when that was not reached.
    pub(super) fn median(&self) -> Option<f64> {
        self.curve().into_iter().find(|(_, share)| *share >= 0.5).map(|(day, _)| f64::from(day))
    }
}

impl<'a> FirstUse<'a> {
    pub(super) fn new(context: Context<'a>) -> Self {
        Self { context, days: Vec::new(), active: Vec::new(), seats: BTreeSet::new(), newest_seats: None }
    }

    pub(super) fn day(&mut self, facts: &DayFacts<'_>) {
        let (state, people) = match Held::of(facts, || facts.people.map(|people| people.people(&PeopleSet::Reported))) {
            Held::People(people) => (PointState::Final, people),
            Held::Withheld => (PointState::Withheld, PersonSet::new()),
            Held::Missing => (PointState::NotHeld, PersonSet::new()),
        };
        self.days
            .push((facts.day, if facts.is_provisional && state == PointState::Final { PointState::Provisional } else { state }));
        self.active.push(people);
        if let Some(seats) = facts.seats {
            // After the first snapshot, what is new was given since the one before.
            let from = self.newest_seats.map(|newest| newest.plus_days(-1));
            for seat in seats.seats.iter().filter(|seat| from.is_none_or(|from| seat.created >= from)) {
                self.seats.insert((seat.created, seat.person));
            }
            self.newest_seats = Some(facts.day);
        }
    }

    /// The points of a series, one for each period in which seats may have been given.
    pub(super) fn series(&self, name: Option<&str>, value: impl Fn(&Times) -> Option<f64>) -> Series {
        let by = if self.context.by == Bucket::Month { Bucket::Month } else { Bucket::Week };
        let (Some((first, _)), Some((last, _))) = (self.days.first().copied(), self.days.last().copied()) else {
            return Series { name: name.map(str::to_owned), points: Vec::new() };
        };
        let mut groups: BTreeMap<Day, (Day, PointState, Times)> = BTreeMap::new();
        for (day, _) in &self.days {
            groups.entry(by.first_day(*day)).or_insert((*day, PointState::Final, Times::default())).0 = *day;
        }
        for (created, person) in &self.seats {
            // Seats older than the history are left out: nobody knows whether they were used before.
            if *created < first || *created > last {
                continue;
            }
            let from = usize::try_from(created.days_since(first)).unwrap_or(usize::MAX);
            let used = self.active.iter().skip(from).position(|active| active.contains(*person));
            if let Some((_, _, times)) = groups.get_mut(&by.first_day(*created)) {
                match used {
                    Some(days) => times.used.push(i32::try_from(days).unwrap_or(i32::MAX)),
                    None => times.unused.push(last.days_since(*created)),
                }
            }
        }
        let sizes: Vec<u64> = groups.values().map(|(_, _, times)| times.len() as u64).collect();
        let is_withheld = small_groups::withheld(&sizes, self.context.smallest_group);
        let newest = |state: PointState| self.days.iter().rposition(|(_, of)| *of == state).map(|place| self.days[place].0);
        let (missing, hidden) = (newest(PointState::NotHeld), newest(PointState::Withheld));
        let is_provisional = newest(PointState::Provisional).is_some();
        let points = groups.iter().zip(is_withheld).map(|((begin, (day, _, times)), is_withheld)| {
            // A day that is missing may be that of the first use.
            if self.newest_seats.is_none() || missing.is_some_and(|missing| missing >= *begin) {
                return Point::not_held(*day);
            }
            if is_withheld || self.context.is_team || hidden.is_some_and(|hidden| hidden >= *begin) {
                return Point::withheld(*day);
            }
            Point::of(*day, value(times), is_provisional)
        });
        Series { name: name.map(str::to_owned), points: points.collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seats_without_use_are_watched_and_not_dropped() {
        let times = Times { used: vec![1, 1, 10], unused: vec![5, 20, 20, 20] };
        // Seven are watched on day 1: two of them begin. Four of those five are still watched on day 10: one begins.
        assert_eq!(times.within(0), Some(0.0));
        assert!((times.within(7).unwrap() - 2.0 / 7.0).abs() < 1e-12);
        assert!((times.within(30).unwrap_or(9.0) - 9.0).abs() < 1e-12, "nobody was watched for 30 days");
        assert!((times.within(20).unwrap() - (1.0 - 5.0 / 7.0 * 3.0 / 4.0)).abs() < 1e-12);
        assert_eq!(times.median(), None);
        assert_eq!(Times { used: vec![3, 4], unused: Vec::new() }.median(), Some(3.0));
        assert_eq!(Times::default().within(7), None);
    }
}

//! Sums by bucket: a ratio is a sum over a sum, never a mean of ratios.

use std::collections::BTreeMap;

use super::bucket::Bucket;
use super::facts::DayFacts;
use super::series::{Point, Series};
use crate::model::day::Day;

/// Several series of sums over the same days, filled oldest day first. A day is held for all of them or for none.
///
/// A day that is not held leaves its bucket without a value, and so does a day that is withheld: the rest of the bucket would show
/// it by subtraction.
#[derive(Debug)]
pub(super) struct Sums<K> {
    by: Bucket,
    buckets: Vec<BucketOfDays>,
    keys: BTreeMap<K, BTreeMap<usize, (f64, f64)>>,
}

#[derive(Debug)]
struct BucketOfDays {
    first: Day,
    last: Day,
    is_provisional: bool,
    is_held: bool,
    is_withheld: bool,
}

impl<K: Ord> Sums<K> {
    pub(super) fn new(by: Bucket) -> Self {
        Self { by, buckets: Vec::new(), keys: BTreeMap::new() }
    }

    /// Begins a day. Gives whether it can be added to: it is not withheld, and `is_held`.
    pub(super) fn begin(&mut self, facts: &DayFacts<'_>, is_held: bool) -> bool {
        let first = self.by.first_day(facts.day);
        let is_new = self.buckets.last().is_none_or(|bucket| bucket.first != first);
        if is_new {
            let last = facts.day;
            self.buckets.push(BucketOfDays { first, last, is_provisional: false, is_held: true, is_withheld: false });
        }
        if let Some(bucket) = self.buckets.last_mut() {
            bucket.last = facts.day;
            bucket.is_provisional |= facts.is_provisional;
            bucket.is_withheld |= facts.is_withheld;
            bucket.is_held &= is_held || facts.is_withheld;
        }
        is_held && !facts.is_withheld
    }

    /// Adds to the day that was begun what it has above and below the line.
    pub(super) fn add(&mut self, key: K, numerator: f64, denominator: f64) {
        let Some(place) = self.buckets.len().checked_sub(1) else { return };
        let sum = self.keys.entry(key).or_default().entry(place).or_default();
        sum.0 += numerator;
        sum.1 += denominator;
    }

    /// Adds to the denominator of every key in the bucket of the day that was begun.
    pub(super) fn keys(&self) -> impl Iterator<Item = &K> {
        self.keys.keys()
    }

    /// The sum above the line of a key over all buckets.
    pub(super) fn volume(&self, key: &K, part: fn(&(f64, f64)) -> f64) -> f64 {
        self.keys.get(key).map_or(0.0, |buckets| buckets.values().map(part).sum())
    }

    /// The points of a key as ratios. A key without a sum in a bucket has 0 over 0 there.
    pub(super) fn ratios(&self, key: &K) -> Vec<Point> {
        self.points(key, |bucket, (numerator, denominator)| {
            Point::ratio(bucket.last, numerator, denominator, bucket.is_provisional)
        })
    }

    /// The points of a key as counts; the denominator is not looked at.
    pub(super) fn counts(&self, key: &K) -> Vec<Point> {
        self.points(key, |bucket, (numerator, _)| Point::count(bucket.last, numerator, bucket.is_provisional))
    }

    fn points(&self, key: &K, point: impl Fn(&BucketOfDays, (f64, f64)) -> Point) -> Vec<Point> {
        let sums = self.keys.get(key);
        let of_bucket = |(place, bucket): (usize, &BucketOfDays)| match bucket {
            BucketOfDays { is_held: false, last, .. } => Point::not_held(*last),
            BucketOfDays { is_withheld: true, last, .. } => Point::withheld(*last),
            _ => point(bucket, sums.and_then(|sums| sums.get(&place)).copied().unwrap_or_default()),
        };
        self.buckets.iter().enumerate().map(of_bucket).collect()
    }
}

impl Sums<&'static str> {
    /// Series of these keys as counts, in this order.
    pub(super) fn count_series(&self, keys: &[&'static str]) -> Vec<Series> {
        keys.iter().map(|key| Series { name: Some((*key).to_owned()), points: self.counts(key) }).collect()
    }

    /// Series of these keys as ratios, in this order.
    pub(super) fn ratio_series(&self, keys: &[&'static str]) -> Vec<Series> {
        keys.iter().map(|key| Series { name: Some((*key).to_owned()), points: self.ratios(key) }).collect()
    }
}

impl Sums<()> {
    /// The one series as ratios.
    pub(super) fn ratio(&self) -> Vec<Series> {
        vec![Series { name: None, points: self.ratios(&()) }]
    }
}

/// Groups with names that the data gives: the largest have series of their own, the rest is one.
pub(super) mod groups {
    use super::{Series, Sums};

    /// The name of what is not among the largest.
    pub(in super::super) const REST: &str = "all other";

    /// The names of the largest groups by their sums, largest first, at most that many. Names of equal size are in alphabetical order.
    pub(in super::super) fn largest(sums: &Sums<String>, most: usize, part: fn(&(f64, f64)) -> f64) -> Vec<String> {
        let mut names: Vec<(f64, &String)> = sums.keys().map(|name| (sums.volume(name, part), name)).collect();
        names.sort_by(|(one, first), (other, second)| other.total_cmp(one).then_with(|| first.cmp(second)));
        names.into_iter().take(most).map(|(_, name)| name.clone()).collect()
    }

    /// The series of the largest groups, and of the rest when there is any. A day is in `days`, whose one key gives the points of
    /// buckets in which no group has anything.
    pub(in super::super) fn series(sums: Sums<String>, most: usize, is_ratio: bool) -> Vec<Series> {
        let part: fn(&(f64, f64)) -> f64 = if is_ratio { |sum| sum.1 } else { |sum| sum.0 };
        let largest = largest(&sums, most, part);
        let (sums, has_rest) = sums.with_rest(&largest, REST);
        let mut names = largest;
        names.extend(has_rest.then(|| REST.to_owned()));
        if names.is_empty() {
            // The points say why there is nothing.
            let points = if is_ratio { sums.ratios(&String::new()) } else { sums.counts(&String::new()) };
            return vec![Series { name: None, points }];
        }
        let points = |name: &String| if is_ratio { sums.ratios(name) } else { sums.counts(name) };
        names.iter().map(|name| Series { name: Some(name.clone()), points: points(name) }).collect()
    }
}

impl Sums<String> {
    /// Puts every key that is not among these under one name. Gives whether there was any.
    fn with_rest(mut self, kept: &[String], rest: &str) -> (Self, bool) {
        let mut all = BTreeMap::new();
        let mut others: BTreeMap<usize, (f64, f64)> = BTreeMap::new();
        let mut has_rest = false;
        for (key, buckets) in std::mem::take(&mut self.keys) {
            if kept.contains(&key) {
                all.insert(key, buckets);
                continue;
            }
            has_rest = true;
            for (place, (numerator, denominator)) in buckets {
                let sum = others.entry(place).or_default();
                sum.0 += numerator;
                sum.1 += denominator;
            }
        }
        if has_rest {
            all.insert(rest.to_owned(), others);
        }
        self.keys = all;
        (self, has_rest)
    }
}

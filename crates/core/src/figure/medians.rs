//! Middles: medians of days cannot be averaged, so a week has the middle of its days.

use super::bucket::Bucket;
use super::facts::DayFacts;
use super::series::{Point, Series};
use crate::model::day::Day;

/// A series whose point of a bucket is the middle of its days' values.
#[derive(Debug)]
pub(super) struct Medians {
    by: Bucket,
    buckets: Vec<BucketOfDays>,
}

#[derive(Debug)]
struct BucketOfDays {
    first: Day,
    last: Day,
    values: Vec<(f64, f64)>,
    is_provisional: bool,
    is_held: bool,
    is_withheld: bool,
}

impl Medians {
    pub(super) fn new(by: Bucket) -> Self {
        Self { by, buckets: Vec::new() }
    }

    /// Takes a day; none is a day on which nothing happened.
    pub(super) fn day(&mut self, facts: &DayFacts<'_>, is_held: bool, value: Option<f64>) {
        let first = self.by.first_day(facts.day);
        if self.buckets.last().is_none_or(|bucket| bucket.first != first) {
            let (last, values) = (facts.day, Vec::new());
            let new = BucketOfDays { first, last, values, is_provisional: false, is_held: true, is_withheld: false };
            self.buckets.push(new);
        }
        if let Some(bucket) = self.buckets.last_mut() {
            bucket.last = facts.day;
            bucket.is_provisional |= facts.is_provisional;
            bucket.is_withheld |= facts.is_withheld;
            bucket.is_held &= is_held || facts.is_withheld;
            bucket.values.extend(value.map(|value| (value, 1.0)));
        }
    }

    pub(super) fn series(self, name: &str) -> Series {
        let point = |mut bucket: BucketOfDays| match (bucket.is_held, bucket.is_withheld) {
            (false, _) => Point::not_held(bucket.last),
            (true, true) => Point::withheld(bucket.last),
            (true, false) => Point::of(bucket.last, middle(&mut bucket.values), bucket.is_provisional),
        };
        Series { name: Some(name.to_owned()), points: self.buckets.into_iter().map(point).collect() }
    }
}

/// The middle of values with weights: the value at which half of the weight is reached, and the mean of two when it is reached exactly
/// between them. None without values.
pub(super) fn middle(values: &mut [(f64, f64)]) -> Option<f64> {
    values.sort_by(|(one, _), (other, _)| one.total_cmp(other));
    let half = values.iter().map(|(_, weight)| weight).sum::<f64>() / 2.0;
    let mut reached = 0.0;
    for (place, (value, weight)) in values.iter().enumerate() {
        reached += weight;
        if reached > half {
            return Some(*value);
        }
        if reached == half {
            return Some(values.get(place + 1).map_or(*value, |(next, _)| (value + next) / 2.0));
        }
    }
    values.last().map(|(value, _)| *value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_is_where_half_of_the_weight_is_reached() {
        let middle = |values: &[(f64, f64)]| middle(&mut values.to_vec());
        assert_eq!(middle(&[]), None);
        assert_eq!(middle(&[(9.0, 1.0), (1.0, 1.0), (2.0, 1.0)]), Some(2.0));
        assert_eq!(middle(&[(1.0, 1.0), (4.0, 1.0)]), Some(2.5));
        assert_eq!(middle(&[(1.0, 1.0), (4.0, 9.0)]), Some(4.0));
    }
}

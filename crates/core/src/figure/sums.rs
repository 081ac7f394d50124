//! Sums by bucket: a ratio is a sum over a sum, never a mean of ratios.

use super::bucket::Bucket;
use super::series::{Point, Series};
use crate::model::day::Day;

/// One series of sums, filled oldest day first.
#[derive(Debug)]
pub(super) struct Sums {
    by: Bucket,
    points: Vec<BucketSum>,
}

#[derive(Debug)]
struct BucketSum {
    first: Day,
    last: Day,
    numerator: f64,
    denominator: f64,
    is_provisional: bool,
    is_held: bool,
}

impl Sums {
    pub(super) fn new(by: Bucket) -> Self {
        Self { by, points: Vec::new() }
    }

    /// Adds what one day has above and below the line.
    pub(super) fn add(&mut self, day: Day, numerator: f64, denominator: f64, is_provisional: bool) {
        let point = self.bucket(day);
        point.numerator += numerator;
        point.denominator += denominator;
        point.is_provisional |= is_provisional;
    }

    /// Notes a day that is not held, which leaves its whole bucket without a value.
    pub(super) fn not_held(&mut self, day: Day) {
        self.bucket(day).is_held = false;
    }

    fn bucket(&mut self, day: Day) -> &mut BucketSum {
        let first = self.by.first_day(day);
        if self.points.last().is_none_or(|point| point.first != first) {
            let empty = BucketSum { first, last: day, numerator: 0.0, denominator: 0.0, is_provisional: false, is_held: true };
            self.points.push(empty);
        }
        let last = self.points.len() - 1;
        self.points[last].last = day;
        &mut self.points[last]
    }

    /// The series as ratios.
    pub(super) fn ratios(self, name: Option<&str>) -> Series {
        self.series(name, |point| Point::ratio(point.last, point.numerator, point.denominator, point.is_provisional))
    }

    /// The series as counts; the denominator is not looked at.
    pub(super) fn counts(self, name: Option<&str>) -> Series {
        self.series(name, |point| Point::count(point.last, point.numerator, point.is_provisional))
    }

    fn series(self, name: Option<&str>, point: impl Fn(&BucketSum) -> Point) -> Series {
        let points = self.points.iter().map(|sum| if sum.is_held { point(sum) } else { Point::not_held(sum.last) });
        Series { name: name.map(str::to_owned), points: points.collect() }
    }
}

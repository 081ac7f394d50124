//! Scales: from values, days and places in a row to units of the drawing; and their ticks.

use crate::figure::{Bucket, Point, Unit};
use crate::model::day::Day;
use crate::render::number::decimal;

/// Intervals of a vertical axis, at most.
const INTERVALS: f64 = 4.0;

/// Labels of a horizontal axis, at most.
const LABELS: usize = 6;

/// The largest value on a scale. Nothing that is counted comes near, and whole numbers are exact up to here.
const LARGEST: f64 = 1e15;

/// A vertical scale. Zero is always on it.
pub(super) struct Linear {
    pub(super) ticks: Vec<f64>,
    bottom: f64,
    top: f64,
    /// Units of the drawing at `bottom` and `top`.
    ends: (f64, f64),
}

impl Linear {
    /// The scale of these values. That of shares ends at 100 %, unless a value is beyond.
    pub(super) fn new(unit: Unit, values: impl Iterator<Item = f64> + Clone, ends: (f64, f64)) -> Self {
        let (least, most) = values.clone().fold((0.0_f64, 0.0_f64), |(least, most), value| (least.min(value), most.max(value)));
        // Things that are counted have no tick between two of them.
        let least_step = if unit == Unit::Share {
            0.01
        } else if values.clone().all(|value| value.fract() == 0.0) {
            1.0
        } else {
            0.0
        };
        let (least, most) = (least.clamp(-LARGEST, 0.0), most.clamp(0.0, LARGEST));
        let step = step(least_step, most - least);
        let steps = |value: f64| (value.max(0.0) / step - 1e-9).ceil() as i64;
        let (first, mut last) = (-steps(-least), steps(most));
        if unit == Unit::Share && most <= 1.0 {
            last = last.min((1.0 / step + 1e-9) as i64);
        }
        let last = if first < 0 { last } else { last.max(1) };
        let ticks: Vec<f64> = (first..=last).map(|count| count as f64 * step).collect();
        Self { ticks, bottom: first as f64 * step, top: last as f64 * step, ends }
    }

    /// The tick that is farthest from zero.
    pub(super) fn largest(&self) -> f64 {
        self.top.max(-self.bottom)
    }

    pub(super) fn at(&self, value: f64) -> f64 {
        let (bottom, top) = self.ends;
        bottom + (value.clamp(self.bottom, self.top) - self.bottom) / (self.top - self.bottom) * (top - bottom)
    }
}

/// The nice step (1, 2 or 5 times a power of ten) that divides a span into few intervals.
fn step(least: f64, span: f64) -> f64 {
    let rough = if span > 0.0 { span / INTERVALS } else { least.max(0.01) };
    let power = 10_f64.powf(rough.log10().floor());
    let nice = [1.0, 2.0, 5.0, 10.0].into_iter().map(|factor| factor * power).find(|step| *step >= rough * (1.0 - 1e-9));
    nice.unwrap_or(rough).max(least)
}

/// A horizontal scale of points: by their days, or side by side.
pub(super) enum Across {
    /// A place for each day.
    Days { first: Day, days: i32, left: f64, right: f64 },
    /// A band of equal width for each point.
    Bands { count: usize, left: f64, right: f64 },
}

impl Across {
    pub(super) fn days(points: &[Point], (left, right): (f64, f64)) -> Self {
        match (points.first(), points.last()) {
            (Some(first), Some(last)) if last.day > first.day => {
                Self::Days { first: first.day, days: last.day.days_since(first.day), left, right }
            }
            _ => Self::Bands { count: points.len(), left, right },
        }
    }

    pub(super) fn bands(count: usize, (left, right): (f64, f64)) -> Self {
        Self::Bands { count, left, right }
    }

    /// The middle of a point.
    pub(super) fn at(&self, index: usize, day: Day) -> f64 {
        match *self {
            Self::Days { first, days, left, right } => {
                left + f64::from(day.days_since(first)) / f64::from(days.max(1)) * (right - left)
            }
            Self::Bands { left, .. } => left + (index as f64 + 0.5) * self.width(),
        }
    }

    /// The width of a band, or of the mean distance of two points.
    pub(super) fn width(&self) -> f64 {
        match *self {
            Self::Days { days, left, right, .. } => (right - left) / f64::from(days.max(1)),
            Self::Bands { count, left, right } => (right - left) / count.max(1) as f64,
        }
    }
}

/// The points that get a label below the axis, with its text. Mondays for weeks of days, first days of months for more.
pub(super) fn day_ticks(points: &[Point], by: Bucket) -> Vec<(usize, String)> {
    let is_first = |day: Day| day.of_month() == 1;
    let chosen: Vec<usize> = match (by, points.len()) {
        (Bucket::Day, 15..=45) => matching(points, |day| day.weekday() == 1),
        (Bucket::Day, 46..) => matching(points, is_first),
        _ => (0..points.len()).collect(),
    };
    let every = chosen.len().div_ceil(LABELS).max(1);
    let last = chosen.len().saturating_sub(1);
    let kept = chosen.iter().enumerate().filter(|(place, _)| (last - place).is_multiple_of(every)).map(|(_, index)| *index);
    kept.map(|index| (index, tick(points[index].day, by))).collect()
}

fn matching(points: &[Point], is_wanted: impl Fn(Day) -> bool) -> Vec<usize> {
    points.iter().enumerate().filter(|(_, point)| is_wanted(point.day)).map(|(index, _)| index).collect()
}

fn tick(day: Day, by: Bucket) -> String {
    let text = day.to_string();
    let month = day.month_name();
    match (by, text.get(..4)) {
        (Bucket::Month, Some(year)) if month == "Jan" => format!("{month} {year}"),
        (Bucket::Month, _) => month.to_owned(),
        _ => format!("{} {month}", day.of_month()),
    }
}

/// A value beside its tick, as short as the largest of its axis: `25 %`, `1,500`, `12k`, `1.5M`.
pub(super) fn label(unit: Unit, value: f64, largest: f64) -> String {
    let sign = if value < 0.0 { "−" } else { "" };
    let value = value.abs();
    let text = match largest.abs() {
        _ if unit == Unit::Share => format!("{} %", decimal((value * 100.0 * 10.0).round() / 10.0)),
        _ if value == 0.0 => decimal(value),
        1e9.. => format!("{}G", short(value / 1e9)),
        1e6.. => format!("{}M", short(value / 1e6)),
        1e4.. => format!("{}k", short(value / 1e3)),
        _ => decimal(value),
    };
    format!("{sign}{text}")
}

/// A number of the drawing, with one decimal at most.
pub(super) fn short(value: f64) -> String {
    let text = format!("{value:.1}");
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}

/// The shape of the dots of a series, around a place.
pub(super) fn shape(number: usize, x: f64, y: f64) -> String {
    let at = |left: f64, up: f64| format!("M{} {}", short(x - left), short(y - up));
    match number % 4 {
        0 => format!("{}a3 3 0 1 0 6 0a3 3 0 1 0-6 0z", at(3.0, 0.0)),
        1 => format!("{}h6v6h-6z", at(3.0, 3.0)),
        2 => format!("{}l4 7h-8z", at(0.0, 4.0)),
        _ => format!("{}l4 4l-4 4l-4-4z", at(0.0, 4.0)),
    }
}

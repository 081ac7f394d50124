//! Points, series, and what a point without a value means.

use serde::{Serialize, Serializer};

use crate::model::day::Day;

/// One line of a figure.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// Name among the figure's series; none when it is the only one.
    pub name: Option<String>,
    /// Oldest first.
    pub points: Vec<Point>,
}

impl Series {
    /// All points as one: sums over sums. None without points. Only for what can be added up, which people cannot.
    pub fn total(&self) -> Option<Point> {
        let last = self.points.last()?;
        if self.points.iter().any(|point| point.state == PointState::NotHeld) {
            return Some(Point::not_held(last.day));
        }
        if self.points.iter().any(|point| point.state == PointState::Withheld) {
            return Some(Point::withheld(last.day));
        }
        let sum = |part: fn(&Point) -> Option<f64>| self.points.iter().filter_map(part).sum::<f64>();
        let is_provisional = self.points.iter().any(|point| point.state == PointState::Provisional);
        let numerator = sum(|point| point.numerator);
        Some(match last.denominator {
            Some(_) => Point::ratio(last.day, numerator, sum(|point| point.denominator), is_provisional),
            None => Point::count(last.day, numerator, is_provisional),
        })
    }
}

/// A point of a series.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Point {
    /// The last day of the point's window or bucket.
    pub day: Day,
    /// The value. None in a final or provisional point: nothing happened that could be counted.
    #[serde(serialize_with = "number")]
    pub value: Option<f64>,
    /// Count above the line.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "number")]
    pub numerator: Option<f64>,
    /// Count below the line; none for a count.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "number")]
    pub denominator: Option<f64>,
    /// State of the value: final, provisional or missing.
    pub state: PointState,
}

/// State of a value, and the reason for a missing one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum PointState {
    /// GitHub has stopped changing it.
    Final,
    /// GitHub may still change it.
    Provisional,
    /// It is known and not shown, because it is about too few people.
    Withheld,
    /// A day that it needs was not read.
    NotHeld,
}

impl PointState {
    /// Its name in outputs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Final => "final",
            Self::Provisional => "provisional",
            Self::Withheld => "withheld",
            Self::NotHeld => "not-held",
        }
    }
}

impl Point {
    /// A point of which not everything was read.
    pub fn not_held(day: Day) -> Self {
        Self { day, value: None, numerator: None, denominator: None, state: PointState::NotHeld }
    }

    /// A point that is known and not shown, because it is about too few people.
    pub fn withheld(day: Day) -> Self {
        Self { state: PointState::Withheld, ..Self::not_held(day) }
    }

    /// A count.
    pub fn count(day: Day, value: f64, is_provisional: bool) -> Self {
        // A sum of nothing is -0 in floating point, and nobody counts that.
        let value = value + 0.0;
        Self { day, value: Some(value), numerator: Some(value), denominator: None, state: state(is_provisional) }
    }

    /// A value that is neither a count nor a ratio; none when nothing happened.
    pub fn of(day: Day, value: Option<f64>, is_provisional: bool) -> Self {
        Self { day, value, numerator: None, denominator: None, state: state(is_provisional) }
    }

    /// A ratio; without a value when the denominator is zero.
    pub fn ratio(day: Day, numerator: f64, denominator: f64, is_provisional: bool) -> Self {
        let value = (denominator > 0.0).then(|| numerator / denominator);
        Self { day, value, numerator: Some(numerator), denominator: Some(denominator), state: state(is_provisional) }
    }
}

fn state(is_provisional: bool) -> PointState {
    if is_provisional { PointState::Provisional } else { PointState::Final }
}

/// A number of a point as JSON has it: a whole one without a decimal point, null where there is none.
pub struct Shown(pub Option<f64>);

impl Serialize for Shown {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        number(&self.0, serializer)
    }
}

/// Writes a whole number without a decimal point, as every JSON reader shows counts.
fn number<S: Serializer>(value: &Option<f64>, serializer: S) -> Result<S::Ok, S::Error> {
    /// Doubles hold every whole number up to here.
    const WHOLE: f64 = 9_007_199_254_740_992.0;
    match *value {
        None => serializer.serialize_none(),
        Some(value) if value.fract() == 0.0 && value.abs() < WHOLE => serializer.serialize_i64(value as i64),
        Some(value) => serializer.serialize_f64(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_total_is_a_sum_over_a_sum_and_not_held_when_a_day_is_missing() {
        let day: Day = "2026-11-02".parse().unwrap();
        let total = |points: Vec<Point>| Series { name: None, points }.total();
        let ratios = vec![Point::ratio(day, 1.0, 2.0, false), Point::ratio(day.plus_days(1), 0.0, 8.0, true)];
        assert_eq!(total(ratios.clone()), Some(Point::ratio(day.plus_days(1), 1.0, 10.0, true)));
        assert_eq!(total(vec![Point::count(day, 3.0, false); 2]), Some(Point::count(day, 6.0, false)));
        let missing = [ratios, vec![Point::not_held(day.plus_days(2))]].concat();
        assert_eq!(total(missing), Some(Point::not_held(day.plus_days(2))));
        assert_eq!(total(Vec::new()), None);
    }
}

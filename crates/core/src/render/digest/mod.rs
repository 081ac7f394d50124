//! A digest: a few figures of each scope, with what changed within a week, what is withheld, and a link. Aggregates only.
//!
//! | subject | file |
//! | --- | --- |
//! | which figures, and how each is compared | here |
//! | for a terminal | [`text`] |
//! | messages for chats | [`chat`] |

pub mod chat;
pub mod text;

use super::figure::{FigureAnswer, shown};
use super::openmetrics::newest_day;
use crate::figure::{Point, PointState, Series, Unit};
use crate::model::day::Day;

/// Days of a comparison: a week is compared with the one before, so that a weekend is compared with a weekend.
pub const WEEK: i32 = 7;

/// Figures of a digest.
pub const FIGURES: [&str; 7] = [
    "active-people",
    "completion-acceptance",
    "prompts-per-person-day",
    "lines",
    "agent-lines",
    "team-members",
    "credit-concentration",
];

/// A digest of several scopes.
#[derive(Clone, Debug, PartialEq)]
pub struct Digest {
    /// A part for each scope.
    pub scopes: Vec<ScopeDigest>,
    /// Address of the pages; none when nobody named it.
    pub link: Option<String>,
}

/// The digest of one scope.
#[derive(Clone, Debug, PartialEq)]
pub struct ScopeDigest {
    /// The organization or the enterprise. Not escaped.
    pub scope: String,
    /// The newest day of its figures.
    pub day: Day,
    /// Its figures, in the order of [`FIGURES`].
    pub lines: Vec<DigestLine>,
    /// Figures of which something is withheld on their newest day, with how many series.
    pub withheld: Vec<(&'static str, usize)>,
}

/// One number of a digest.
#[derive(Clone, Debug, PartialEq)]
pub struct DigestLine {
    /// The figure's id.
    pub figure: &'static str,
    /// What the number is.
    pub title: String,
    /// Its unit.
    pub unit: Unit,
    /// The number of the week that ends with the newest day.
    pub now: Point,
    /// The number of the week before; none when that is not held.
    pub before: Option<Point>,
}

impl DigestLine {
    /// The value as people read it.
    pub fn value(&self) -> String {
        cell(self.unit, &self.now)
    }

    /// How it differs from the week before; none when one of them has no value.
    pub fn change(&self) -> Option<String> {
        let (now, before) = (value(&self.now)?, value(self.before.as_ref()?)?);
        Some(match self.unit {
            Unit::Share => format!("{:+.1} points", (now - before) * 100.0),
            Unit::Rate => format!("{:+.1}", now - before),
            _ if before == 0.0 => format!("{:+.0}", now - before),
            _ => format!("{:+.0} %", (now - before) / before * 100.0),
        })
    }
}

fn value(point: &Point) -> Option<f64> {
    point.value.filter(|_| matches!(point.state, PointState::Final | PointState::Provisional))
}

fn cell(unit: Unit, point: &Point) -> String {
    match (point.state, point.value) {
        (PointState::Withheld, _) => "withheld".to_owned(),
        (PointState::NotHeld, _) => "not held".to_owned(),
        (_, None) => "none".to_owned(),
        (PointState::Provisional, Some(value)) => format!("{}~", shown(unit, value)),
        (PointState::Final, Some(value)) => shown(unit, value),
    }
}

/// The digest of a scope. Answers are by day and begin two weeks before the newest day or earlier. None when nothing is held.
pub fn of_scope(answers: &[FigureAnswer]) -> Option<ScopeDigest> {
    let scope = answers.first()?.scope.clone();
    let day = answers.iter().filter_map(|answer| newest_day(&answer.series)).max()?;
    let find = |id: &str| answers.iter().find(|answer| answer.definition.id == id);
    let mut lines = Vec::new();
    for (id, series, title, is_sum) in LINES {
        let Some(answer) = find(id) else { continue };
        let (Some(newest), Some(series)) = (newest_day(&answer.series), series_of(answer, series)) else { continue };
        let at = |last: Day| if is_sum { total(series, last) } else { on(series, last) };
        let Some(now) = at(newest) else { continue };
        let before = at(newest.plus_days(-WEEK)).filter(|point| point.state != PointState::NotHeld);
        lines.push(DigestLine { figure: id, title: title.to_owned(), unit: answer.definition.unit, now, before });
    }
    let withheld = answers.iter().filter_map(|answer| {
        let newest = newest_day(&answer.series)?;
        let of_day = answer.series.iter().filter_map(|series| on(series, newest));
        let count = of_day.filter(|point| point.state == PointState::Withheld).count();
        (count > 0).then_some((answer.definition.title, count))
    });
    Some(ScopeDigest { scope, day, lines, withheld: withheld.collect() })
}

/// The numbers of a digest: figure, series, what it is, and whether the days of a week are added up. People cannot be.
const LINES: [(&str, Option<&str>, &str, bool); 6] = [
    ("active-people", Some("weekly"), "people active within 7 days", false),
    ("active-people", Some("monthly"), "people active within 28 days", false),
    ("completion-acceptance", None, "acceptance of completions", true),
    ("prompts-per-person-day", None, "prompts per active person and day", true),
    ("lines", Some("added"), "lines added", true),
    ("agent-lines", None, "lines by agents", true),
];

fn series_of<'a>(answer: &'a FigureAnswer, name: Option<&str>) -> Option<&'a Series> {
    answer.series.iter().find(|series| series.name.as_deref() == name)
}

/// The point of a day.
fn on(series: &Series, day: Day) -> Option<Point> {
    series.points.iter().find(|point| point.day == day).cloned()
}

/// The seven days that end with a day, sums over sums. Not held unless all of them are there.
fn total(series: &Series, last: Day) -> Option<Point> {
    let first = last.plus_days(1 - WEEK);
    let points: Vec<Point> = series.points.iter().filter(|point| (first..=last).contains(&point.day)).cloned().collect();
    if points.len() < WEEK as usize {
        return Some(Point::not_held(last));
    }
    Series { name: None, points }.total()
}

#[cfg(test)]
mod tests;

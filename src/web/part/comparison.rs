//! The days of a figure beside as many days before them.

use maud::{Markup, html};

use crate::figure::{Figure, FigureRules, Point, PointState, Series, Unit};
use crate::history::HistoryReader;
use crate::history::selection::{self, FigureSelection};
use crate::model::day::Day;
use crate::render::figure::{FigureAnswer, shown};

/// Days by which a bucket may begin before the first one that is asked for: a month.
const LONGEST_BUCKET: i32 = 31;

/// Series that are compared; the page of the days before has all.
const SERIES_AT_MOST: usize = 12;

/// The series of as many points before those of an answer. Shorter, or empty, where the history begins later.
pub(crate) fn before(
    reader: &HistoryReader,
    figure: &Figure,
    selection: &FigureSelection,
    answer: &FigureAnswer,
    rules: &FigureRules,
    today: Day,
) -> Vec<Series> {
    let points = || answer.series.iter().flat_map(|series| &series.points);
    let (Some(first), Some(last)) = (points().map(|point| point.day).min(), points().map(|point| point.day).max()) else {
        return Vec::new();
    };
    let since = first.plus_days(-(last.days_since(first) + 1 + LONGEST_BUCKET));
    let wider = FigureSelection { since: Some(since), ..selection.clone() };
    // What cannot be read is told where the figure itself is.
    let Ok(wider) = selection::answer(Some(reader), figure, &wider, rules, today) else { return Vec::new() };
    let earlier = |series: &Series| {
        let points = wider.series.iter().find(|other| other.name == series.name).map_or(&[][..], |other| &other.points);
        let end = points.len().saturating_sub(series.points.len());
        let begin = end.saturating_sub(series.points.len());
        Series { points: points[begin..end].to_vec(), ..series.clone() }
    };
    answer.series.iter().map(earlier).collect()
}

/// The one point that stands for a series: the newest of people, who cannot be added up, else all together.
fn whole(unit: Unit, series: &Series) -> Option<Point> {
    match unit {
        Unit::People => series.points.last().cloned(),
        _ => series.total(),
    }
}

/// A table of each series now and before.
pub(crate) fn table(answer: &FigureAnswer, before: &[Series]) -> Markup {
    let unit = answer.definition.unit;
    let days = before.iter().flat_map(|series| &series.points).map(|point| point.day);
    let (first, last) = (days.clone().min(), days.max());
    let word = if unit == Unit::People { "on the last day" } else { "in all" };
    html! {
        @match (first, last) {
            (Some(first), Some(last)) => {
                div.scroll tabindex="0" role="region" aria-label={ "Comparison of " (answer.definition.title) } {
                    table {
                        caption { "Compared with " (first) " to " (last) ", " (word) }
                        thead { tr { th scope="col" { "Series" } th scope="col" { "Before" } th scope="col" { "Now" } th scope="col" { "Change" } } }
                        tbody { @for (now, before) in answer.series.iter().zip(before).take(SERIES_AT_MOST) {
                            @let (now_point, before_point) = (whole(unit, now), whole(unit, before));
                            tr {
                                th scope="row" { (now.name.as_deref().unwrap_or(answer.definition.title)) }
                                td { (cell(answer, before_point.as_ref())) }
                                td { (cell(answer, now_point.as_ref())) }
                                td { (change(unit, before_point.as_ref(), now_point.as_ref())) }
                            }
                        } }
                    }
                }
            },
            _ => p.aside { "There are no days before these to compare with." },
        }
    }
}

fn cell(answer: &FigureAnswer, point: Option<&Point>) -> String {
    point.map_or_else(|| "–".to_owned(), |point| answer.cell(point))
}

/// The difference of two values: shares in points, others in their unit. A dash where one of them is none.
pub(crate) fn change(unit: Unit, before: Option<&Point>, now: Option<&Point>) -> String {
    let value =
        |point: Option<&Point>| point.filter(|point| !matches!(point.state, PointState::NotHeld | PointState::Withheld))?.value;
    let (Some(before), Some(now)) = (value(before), value(now)) else { return "–".to_owned() };
    let difference = now - before;
    let size = match unit {
        Unit::Share => format!("{:.1} points", (difference * 100.0).abs()),
        _ => shown(unit, difference.abs()),
    };
    match difference {
        _ if shown(unit, now) == shown(unit, before) => "none".to_owned(),
        difference if difference > 0.0 => format!("+{size}"),
        _ => format!("−{size}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(value: f64) -> Point {
        Point::count("2026-11-01".parse().unwrap(), value, false)
    }

    #[test]
    fn a_change_is_a_difference_and_none_without_two_values() {
        let of = |before: Option<f64>, now: Option<f64>| {
            let (before, now) = (before.map(count), now.map(count));
            change(Unit::People, before.as_ref(), now.as_ref())
        };
        assert_eq!((of(Some(4.0), Some(7.0)).as_str(), of(Some(7.0), Some(4.0)).as_str()), ("+3", "−3"));
        assert_eq!((of(Some(4.0), Some(4.0)).as_str(), of(None, Some(4.0)).as_str()), ("none", "–"));
        let withheld = Point::withheld("2026-11-01".parse().unwrap());
        assert_eq!(change(Unit::People, Some(&withheld), Some(&count(3.0))), "–", "a difference would tell what is withheld");
        let share = |value| Point::ratio("2026-11-01".parse().unwrap(), value, 100.0, false);
        assert_eq!(change(Unit::Share, Some(&share(24.0)), Some(&share(26.5))), "+2.5 points");
    }
}

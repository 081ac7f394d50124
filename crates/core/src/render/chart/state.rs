//! Points without a value, each reason with a shape of its own, and the pattern of what is provisional.
//!
//! | state | shape |
//! | --- | --- |
//! | provisional | hatched |
//! | withheld | hollow diamond |
//! | not held | cross |
//! | nothing to count | short dash |
//! | zero | dot on the base line |

use maud::{Markup, PreEscaped, html};

use super::frame::Frame;
use super::plan::{self, Mark};
use super::scale::{Across, short};
use crate::figure::{Point, PointState, Series};
use crate::render::figure::FigureAnswer;

/// Reasons for a point without a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Gap {
    Withheld,
    NotHeld,
    Nothing,
}

impl Gap {
    pub(super) fn of(point: &Point) -> Option<Self> {
        match (point.state, point.value) {
            (PointState::Withheld, _) => Some(Self::Withheld),
            (PointState::NotHeld, _) => Some(Self::NotHeld),
            (_, None) => Some(Self::Nothing),
            (_, Some(_)) => None,
        }
    }

    /// The mark around a point, as a path.
    pub(super) fn path(self, x: f64, y: f64) -> String {
        let place = |x: f64, y: f64| format!("M{} {}", short(x), short(y));
        match self {
            Self::Withheld => format!("{}l4 4l-4 4l-4-4z", place(x, y - 4.0)),
            Self::NotHeld => format!("{}l6 6m0-6l-6 6", place(x - 3.0, y - 3.0)),
            Self::Nothing => format!("{}h6", place(x - 3.0, y)),
        }
    }
}

/// The height of a row of gaps.
const ROW: f64 = 14.0;

/// Rows of gaps that are drawn, at most.
const ROWS_AT_MOST: usize = 4;

/// The gaps of the drawn series: a row for those that all have, and one for each set of series with the same further ones.
pub(super) struct Gaps(Vec<GapRow>);

struct GapRow {
    members: Vec<usize>,
    gaps: Vec<Option<Gap>>,
}

impl Gaps {
    pub(super) fn of(series: &[Series]) -> Self {
        let mut all: Vec<Vec<Option<Gap>>> = series.iter().map(|one| one.points.iter().map(Gap::of).collect()).collect();
        let mut common = all.first().cloned().unwrap_or_default();
        for (index, gap) in common.iter_mut().enumerate() {
            if all.iter().any(|gaps| gaps.get(index) != Some(gap)) {
                *gap = None;
            }
        }
        for gaps in &mut all {
            gaps.iter_mut().zip(&common).filter(|(_, common)| common.is_some()).for_each(|(gap, _)| *gap = None);
        }
        let mut rows = vec![GapRow { members: (0..series.len()).collect(), gaps: common }];
        for (index, gaps) in all.into_iter().enumerate() {
            match rows.iter_mut().skip(1).find(|row| row.gaps == gaps) {
                Some(row) => row.members.push(index),
                None => rows.push(GapRow { members: vec![index], gaps }),
            }
        }
        rows.retain(|row| row.gaps.iter().any(Option::is_some));
        rows.truncate(ROWS_AT_MOST);
        Self(rows)
    }

    pub(super) fn height(&self) -> f64 {
        self.0.len() as f64 * ROW
    }

    /// Neighbours with one reason are one mark with a line to both sides.
    pub(super) fn draw(&self, frame: &Frame, across: &Across, series: &[Series], names: &[String]) -> Markup {
        html! {
            @for (row, GapRow { members, gaps }) in self.0.iter().enumerate() {
                @let y = frame.bottom + (row as f64 + 0.5) * ROW + 2.0;
                @let points = &series[members[0]].points;
                @for gap in [Gap::Withheld, Gap::NotHeld, Gap::Nothing] {
                    @let path = runs(gaps, gap).map(|run| run_path(gap, run, points, across, y)).collect::<String>();
                    @if !path.is_empty() { path.gap d=(path) {} }
                }
                @if members.len() < series.len() {
                    text.remark x=(short(frame.right + 9.0)) y=(short(y)) dy=".35em" {
                        @match members.as_slice() {
                            [one] => (names.get(*one).map_or("", String::as_str)),
                            several => { (several.len()) " series" }
                        }
                    }
                }
            }
        }
    }
}

/// First and last index of each run of a gap.
fn runs(gaps: &[Option<Gap>], of: Gap) -> impl Iterator<Item = (usize, usize)> {
    let mut runs: Vec<(usize, usize)> = Vec::new();
    for (index, _) in gaps.iter().enumerate().filter(|(_, gap)| **gap == Some(of)) {
        match runs.last_mut() {
            Some((_, last)) if *last + 1 == index => *last = index,
            _ => runs.push((index, index)),
        }
    }
    runs.into_iter()
}

fn run_path(gap: Gap, (first, last): (usize, usize), points: &[Point], across: &Across, y: f64) -> String {
    let (start, end) = (across.at(first, points[first].day), across.at(last, points[last].day));
    let middle = (start + end) / 2.0;
    let mark = gap.path(middle, y);
    if end - start < 26.0 {
        return mark;
    }
    format!("{mark}M{} {y}H{}M{} {y}H{}", short(start), short(middle - 6.0), short(middle + 6.0), short(end), y = short(y))
}

/// Dots of values that are zero, on the base line, at these points.
pub(super) fn zeros(places: impl Iterator<Item = f64>, base: f64) -> Markup {
    let path: String = places.map(|x| format!("M{} {}h0", short(x), short(base))).collect();
    html! { @if !path.is_empty() { path.nil d=(path) {} } }
}

/// The pattern of what is provisional: `h` behind lines, `k` over bars.
pub(super) fn patterns(prefix: &str) -> Markup {
    html! {
        pattern id={ (prefix) "-h" } width="6" height="6" patternUnits="userSpaceOnUse" {
            path.hatch d="M-1 1l2-2M0 6l6-6M5 7l2-2" {}
        }
        pattern id={ (prefix) "-k" } width="5" height="5" patternUnits="userSpaceOnUse" {
            path.strike d="M-1 1l2-2M0 5l5-5M4 6l2-2" {}
        }
    }
}

/// What the marks of a chart mean, as far as there are any.
pub(super) fn key(answer: &FigureAnswer) -> Markup {
    // Of groups only the newest points are drawn.
    let skipped = |series: &Series| {
        if plan::of(answer.definition.id).mark == Mark::Bar { series.points.len().saturating_sub(1) } else { 0 }
    };
    let points = || answer.series.iter().flat_map(|series| &series.points[skipped(series)..]);
    let has = |gap: Gap| points().any(|point| Gap::of(point) == Some(gap));
    let icon = |marks: Markup| html! { svg viewBox="0 0 16 16" aria-hidden="true" { (marks) } };
    let gap = |gap: Gap| icon(html! { path.gap d=(gap.path(8.0, 8.0)) {} });
    let entries = [
        (
            points().any(|point| point.state == PointState::Provisional),
            icon(html! { path.hatch d="M1 15L15 1M1 10L10 1M6 15L15 6M1 5L5 1M11 15L15 11" {} }),
            "provisional: GitHub may still change it",
        ),
        (points().any(|point| point.value == Some(0.0)), icon(html! { path.nil d="M8 8h0" {} }), "zero"),
        (has(Gap::Nothing), gap(Gap::Nothing), "nothing happened that could be counted"),
        (has(Gap::Withheld), gap(Gap::Withheld), "withheld: too few people to be shown"),
        (has(Gap::NotHeld), gap(Gap::NotHeld), "not held: what it needs was not read"),
    ];
    html! {
        @if entries.iter().any(|(is_there, ..)| *is_there) {
            ul.key { @for (_, icon, text) in entries.iter().filter(|(is_there, ..)| *is_there) { li { (icon) (PreEscaped(" ")) (text) } } }
        }
    }
}

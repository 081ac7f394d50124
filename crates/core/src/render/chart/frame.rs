//! The plot area, its axes, and what is written around it.

use std::borrow::Cow;

use maud::{Markup, PreEscaped, html};

use super::plan::{self, ChartPlan, Mark};
use super::scale::{Across, Linear, day_ticks, shape, short};
use crate::figure::{Point, PointState, Series};
use crate::model::day::Day;
use crate::model::escape;
use crate::render::figure::FigureAnswer;

/// The width of a drawing. About that of a chart on a screen, so that a unit is about a pixel.
pub(super) const WIDTH: f64 = 560.0;

/// Series that are drawn; the table has all.
pub(super) const DRAWN_AT_MOST: usize = 6;

const TOP: f64 = 14.0;
const HEIGHT: f64 = 170.0;
const LEFT: f64 = 52.0;
/// Room for the labels below the axis, at the largest size of text.
const BELOW: f64 = 26.0;
/// The width of a character of a label, at the largest size of text.
const CHARACTER: f64 = 8.5;
/// The longest name beside a plot. Longer ones take more room from it than they are worth.
const LONGEST_NAME: usize = 22;
/// The least distance of two labels of series.
const LINE: f64 = 17.0;

/// Where things stand.
pub(super) struct Frame {
    pub(super) left: f64,
    pub(super) right: f64,
    pub(super) top: f64,
    pub(super) bottom: f64,
    /// Everything, with gaps and labels below the plot.
    pub(super) height: f64,
}

impl Frame {
    /// The frame of a chart over days, with room for the names at its right and so much for the gaps below it.
    pub(super) fn new(names: &[String], gaps: f64) -> Self {
        let longest = names.iter().map(|name| name.chars().count()).max().unwrap_or_default();
        let right = WIDTH - if longest > 0 { longest as f64 * CHARACTER + 12.0 } else { 12.0 };
        let bottom = TOP + HEIGHT;
        Self { left: LEFT, right, top: TOP, bottom, height: bottom + gaps + BELOW }
    }

    pub(super) fn sides(&self) -> (f64, f64) {
        (self.left, self.right)
    }

    pub(super) fn ends(&self) -> (f64, f64) {
        (self.bottom, self.top)
    }
}

/// The series that are drawn.
pub(super) fn drawn(answer: &FigureAnswer) -> &[Series] {
    &answer.series[..answer.series.len().min(DRAWN_AT_MOST)]
}

/// What stands beside the ends of the drawn series.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SideNames {
    /// Their names, cut where they are too long.
    Cut,
    /// Their names if none is too long, else numbers that [`names_key`] explains.
    Keyed,
}

impl SideNames {
    /// A text for each drawn series: none when there is but one.
    pub(super) fn of(self, answer: &FigureAnswer) -> Vec<String> {
        match names(answer).as_slice() {
            [one] if one.is_empty() => Vec::new(),
            all if self == Self::Keyed && has_long(all) => (1..=all.len()).map(|number| number.to_string()).collect(),
            all => all.iter().map(|name| cut(name, LONGEST_NAME)).collect(),
        }
    }
}

fn names(answer: &FigureAnswer) -> Vec<Cow<'_, str>> {
    drawn(answer).iter().map(|one| escape::text(one.name.as_deref().unwrap_or_default())).collect()
}

fn has_long(names: &[Cow<'_, str>]) -> bool {
    names.iter().any(|name| name.chars().count() > LONGEST_NAME)
}

/// The names of the drawn series in full, by their numbers, where the plot has those.
pub(super) fn names_key(answer: &FigureAnswer) -> Markup {
    let mark = plan::of(answer.definition.id).mark;
    let (has_numbers, has_dots) = (!matches!(mark, Mark::Bar | Mark::Cell), mark == Mark::Dot);
    let names = Some(names(answer)).filter(|names| has_numbers && has_long(names));
    html! {
        @if let Some(names) = names { ol.key.names { @for (number, name) in (1..).zip(names) {
            @let (class, path) = if has_dots { ("dot", shape(number - 1, 8.0, 8.0)) } else { ("leader", "M0 8h16".to_owned()) };
            li { svg viewBox="0 0 16 16" aria-hidden="true" { path class={ (class) " s" (number) } d=(path) {} } (PreEscaped(" ")) (number) " " (name) }
        } } }
    }
}

/// A name of so many characters at most. The whole one is in the table.
fn cut(name: &str, longest: usize) -> String {
    let end = name.char_indices().nth(longest);
    end.map_or_else(|| name.to_owned(), |(end, _)| format!("{}…", name[..end].trim_end()))
}

/// A name in one or two lines of so many characters at most, parted at a blank if it has one. The whole one is in the table.
pub(super) fn in_lines(name: &str, longest: usize) -> Vec<String> {
    let name = escape::text(name);
    let Some((end, next)) = name.char_indices().nth(longest) else { return vec![name.into_owned()] };
    let head = &name[..end + next.len_utf8()];
    let end = head.rfind(' ').or_else(|| head.rfind('_')).map_or(end, |at| at + 1);
    vec![name[..end].trim_end().to_owned(), cut(name[end..].trim_start(), longest)]
}

type Rows = (Vec<(Vec<String>, f64)>, f64);

/// Names of rows one below the other, each with the middle of its row, and the end of the last. Rows have that height, and so much more
/// where a name has a second line.
pub(super) fn rows(series: &[Series], answer: &FigureAnswer, longest: usize, top: f64, (height, more): (f64, f64)) -> Rows {
    let (mut rows, mut end) = (Vec::new(), top);
    for one in series {
        let name = in_lines(one.name.as_deref().unwrap_or(answer.definition.title), longest);
        let height = if name.len() > 1 { height + more } else { height };
        rows.push((name, end + height / 2.0));
        end += height;
    }
    (rows, end)
}

/// The name of a row at the left of a plot, in its lines, which end at `x`.
pub(super) fn row_name(lines: &[String], x: f64, middle: f64) -> Markup {
    html! {
        text.group x=(short(x)) y=(short(middle)) dy=".35em" text-anchor="end" {
            @if let [first, second] = lines { tspan dy="-.2em" { (first) } tspan x=(short(x)) dy="1.1em" { (second) } } @else { (lines.concat()) }
        }
    }
}

/// Horizontal lines with their labels.
pub(super) fn value_axis(frame: &Frame, scale: &Linear, text: impl Fn(f64) -> String) -> Markup {
    html! {
        @for tick in &scale.ticks {
            @let y = short(scale.at(*tick));
            path class={ @if *tick == 0.0 { "zero" } @else { "grid" } } d={ "M" (short(frame.left)) " " (y) "H" (short(frame.right)) } {}
            text.tick x=(short(frame.left - 6.0)) y=(y) dy=".35em" text-anchor="end" { (text(*tick)) }
        }
    }
}

/// Labels of days below the plot and the gaps.
pub(super) fn day_axis(frame: &Frame, across: &Across, answer: &FigureAnswer, points: &[Point]) -> Markup {
    let y = short(frame.height - 8.0);
    html! {
        @for (index, text) in day_ticks(points, answer.by) {
            @let x = across.at(index, points[index].day);
            path.day d={ "M" (short(x)) " " (short(frame.bottom)) "v4" } {}
            text.tick x=(short(x)) y=(y) text-anchor={ @if x > frame.right - 20.0 && frame.right > WIDTH - 20.0 { "end" } @else { "middle" } } { (text) }
        }
    }
}

/// The value that a figure is compared with, and the days from which on numbers mean something else.
pub(super) fn remarks(frame: &Frame, across: &Across, scale: &Linear, plan: ChartPlan, points: &[Point]) -> Markup {
    let days = points.first().zip(points.last()).map(|(first, last)| first.day..=last.day);
    let events = plan.events.iter().filter_map(|(day, text)| {
        let day: Day = day.parse().ok()?;
        // Nothing changes at the first point.
        days.as_ref().filter(|days| days.contains(&day) && *days.start() != day)?;
        let index = points.iter().position(|point| point.day >= day)?;
        Some((across.at(index, day), *text))
    });
    html! {
        @if let Some((value, text)) = plan.reference {
            @let y = scale.at(value);
            path.reference d={ "M" (short(frame.left)) " " (short(y)) "H" (short(frame.right)) } {}
            text.remark x=(short(frame.left + 6.0)) y=(short(y - 5.0)) { (text) }
        }
        @for (x, text) in events {
            @let is_right = x > (frame.left + frame.right) / 2.0;
            path.reference d={ "M" (short(x)) " " (short(frame.top)) "V" (short(frame.bottom)) } {}
            text.remark x=(short(if is_right { x - 5.0 } else { x + 5.0 })) y=(short(frame.top + 4.0))
                text-anchor={ @if is_right { "end" } @else { "start" } } { (text) }
        }
    }
}

/// The hatched ground behind days that GitHub may still change.
pub(super) fn provisional(frame: &Frame, across: &Across, series: &[Series], prefix: &str) -> Markup {
    let Some(first) = series.first() else { return html! {} };
    let is_provisional =
        |index: usize| series.iter().any(|one| one.points.get(index).is_some_and(|it| it.state == PointState::Provisional));
    let half = across.width() / 2.0;
    let mut bands: Vec<(f64, f64)> = Vec::new();
    for (index, point) in first.points.iter().enumerate().filter(|(index, _)| is_provisional(*index)) {
        let x = across.at(index, point.day);
        let (start, end) = ((x - half).max(frame.left), (x + half).min(frame.right));
        match bands.last_mut() {
            // Months differ in length, so bands of neighbours may be a little apart.
            Some((_, before)) if start - *before <= half => *before = end,
            _ => bands.push((start, end)),
        }
    }
    html! {
        @for (start, end) in bands {
            rect x=(short(start)) y=(short(frame.top)) width=(short((end - start).max(2.0))) height=(short(frame.bottom - frame.top))
                fill={ "url(#" (prefix) "-h)" } {}
        }
    }
}

/// Names of series beside their ends, moved apart where they would overlap.
pub(super) fn side_names(frame: &Frame, names: &[String], places: &[f64]) -> Markup {
    let mut order: Vec<usize> = (0..names.len().min(places.len())).collect();
    order.sort_by(|one, other| places[*one].total_cmp(&places[*other]));
    let mut placed: Vec<(usize, f64)> = Vec::new();
    let mut next = frame.top;
    for index in order {
        let y = places[index].max(next);
        placed.push((index, y));
        next = y + LINE;
    }
    // What was pushed below the plot is moved up again.
    let mut limit = frame.bottom;
    for (_, y) in placed.iter_mut().rev() {
        *y = y.min(limit);
        limit = *y - LINE;
    }
    html! {
        @for (index, y) in placed {
            path class={ "leader s" (index + 1) } d={ "M" (short(frame.right + 2.0)) " " (short(places[index])) "L" (short(frame.right + 7.0)) " " (short(y)) } {}
            text class={ "name s" (index + 1) } x=(short(frame.right + 9.0)) y=(short(y)) dy=".35em" { (names[index]) }
        }
    }
}

/// Says how many series are not drawn.
pub(super) fn undrawn(frame: &Frame, answer: &FigureAnswer) -> Markup {
    html! {
        @if answer.series.len() > DRAWN_AT_MOST {
            text.remark x=(short(frame.right)) y="10" text-anchor="end" { (answer.series.len() - DRAWN_AT_MOST) " more series are in the table" }
        }
    }
}

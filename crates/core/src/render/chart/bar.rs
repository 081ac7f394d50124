//! Bars: stacked over days, and one for each group. All begin at zero.

use maud::html;

use super::frame::{self, DRAWN_AT_MOST, Frame, SideNames, WIDTH};
use super::plan;
use super::scale::{Across, Linear, label, short};
use super::state::{self, Gap, Gaps};
use super::{Drawn, columns, fraction};
use crate::figure::{PointState, Series, Unit};
use crate::render::figure::{FigureAnswer, shown};

/// Bars over days, one series on top of the other; `below` stands beneath zero.
pub(super) fn stack(answer: &FigureAnswer, below: Option<&str>, prefix: &str, names: SideNames) -> Drawn {
    let (series, names) = (frame::drawn(answer), names.of(answer));
    let gaps = Gaps::of(series);
    let frame = Frame::new(&names, gaps.height());
    let points = series.first().map_or(&[][..], |one| &one.points);
    let across = Across::bands(points.len(), frame.sides());
    let is_below = |one: &Series| below.is_some() && one.name.as_deref() == below;
    let value = |one: &Series, index: usize| one.points.get(index).and_then(|point| point.value).unwrap_or(0.0).max(0.0);
    let total = |index: usize, down: bool| -> f64 {
        series.iter().filter(|one| is_below(one) == down).map(|one| value(one, index)).sum()
    };
    let totals = (0..points.len()).flat_map(|index| [-total(index, true), total(index, false)]);
    let scale = Linear::new(answer.definition.unit, totals, frame.ends());

    let width = (across.width() * 0.8).min(40.0);
    let rectangle = |index: usize, low: f64, high: f64| {
        let (x, bottom, top) = (across.at(index, points[index].day) - width / 2.0, scale.at(low), scale.at(high));
        format!("M{} {}h{w}V{}h-{w}z", short(x), short(bottom), short(top), w = short(width.max(0.5)))
    };
    let mut heights = vec![[0.0_f64; 2]; points.len()];
    let (mut paths, mut places, mut hatched) = (Vec::new(), Vec::new(), String::new());
    for one in series {
        let (down, mut path, mut middle) = (is_below(one), String::new(), scale.at(0.0));
        let sign = if down { -1.0 } else { 1.0 };
        for (index, height) in heights.iter_mut().enumerate() {
            let (from, size) = (height[usize::from(down)], value(one, index));
            if size > 0.0 {
                path += &rectangle(index, sign * from, sign * (from + size));
                height[usize::from(down)] = from + size;
                middle = scale.at(sign * (from + size / 2.0));
            }
        }
        paths.push(path);
        places.push(middle);
    }
    for (index, [up, down]) in heights.iter().enumerate() {
        let is_provisional = |one: &Series| one.points.get(index).is_some_and(|it| it.state == PointState::Provisional);
        if up + down > 0.0 && series.iter().any(is_provisional) {
            hatched += &rectangle(index, -down, *up);
        }
    }
    // A series of zero shows in its bar; a dot says that all are zero.
    let is_zero = |index: &usize| {
        let mut values = series.iter().filter_map(|one| one.points.get(*index)?.value).peekable();
        values.peek().is_some() && values.all(|value| value == 0.0)
    };
    let zeros = (0..points.len()).filter(is_zero).map(|index| across.at(index, points[index].day));
    let marks = html! {
        defs { (state::patterns(prefix)) (fills(prefix, series.len())) }
        (frame::value_axis(&frame, &scale, |tick| label(answer.definition.unit, tick.abs(), scale.largest())))
        (frame::day_axis(&frame, &across, answer, points))
        @for (index, path) in paths.iter().enumerate() {
            @if !path.is_empty() { path class={ "bar s" (index + 1) } fill=[(index > 0).then(|| format!("url(#{prefix}-{})", index + 1))] d=(path) {} }
        }
        @if !hatched.is_empty() { path fill={ "url(#" (prefix) "-k)" } d=(hatched) {} }
        (state::zeros(zeros, scale.at(0.0)))
        (gaps.draw(&frame, &across, series, &names))
        (frame::side_names(&frame, &names, &places))
        (frame::undrawn(&frame, answer))
    };
    Drawn { height: frame.height, columns: columns(&across, points), marks }
}

/// A pattern for each series after the first, so that stacked bars differ without colour.
fn fills(prefix: &str, count: usize) -> maud::Markup {
    let patterns = ["", "M0 1h6", "M1 0v6", "M1 1h2v2h-2z", "M0 1h6M1 0v6", "M0 1h6M0 4h6"];
    html! {
        @for (index, lines) in patterns.iter().enumerate().take(count.min(DRAWN_AT_MOST)).skip(1) {
            pattern id={ (prefix) "-" (index + 1) } width="6" height="6" patternUnits="userSpaceOnUse" {
                rect class={ "fill s" (index + 1) } width="6" height="6" {}
                path.strike d=(lines) {}
            }
        }
    }
}

/// The height of the bar of a group with the room around it.
const GROUP: f64 = 26.0;
const GROUPS_AT_MOST: usize = 20;
/// Characters of a line of the name of a group, and the height of a second line.
const NAME: usize = 26;
const SECOND_LINE: f64 = 16.0;
/// The width of a character of such a name, and the least room for them.
const CHARACTER: f64 = 7.2;
const LEFT_AT_LEAST: f64 = 110.0;

/// A bar for each series, at its newest point, from left to right.
pub(super) fn groups(answer: &FigureAnswer, prefix: &str) -> Drawn {
    let series = &answer.series[..answer.series.len().min(GROUPS_AT_MOST)];
    let of = &answer.definition;
    let (rows, end) = frame::rows(series, answer, NAME, 4.0, (GROUP, SECOND_LINE));
    let longest = rows.iter().flat_map(|(name, _)| name).map(|line| line.chars().count()).max().unwrap_or_default();
    let (left, right) = ((longest as f64 * CHARACTER + 12.0).max(LEFT_AT_LEAST), WIDTH - 130.0);
    let values = series.iter().filter_map(|one| one.points.last()?.value);
    let scale = Linear::new(of.unit, values.chain(plan::of(of.id).reference.map(|(value, _)| value)), (left, right));
    let zero = scale.at(0.0);
    let height = end + 4.0;
    let marks = html! {
        defs { (state::patterns(prefix)) }
        @for (one, (name, middle_y)) in series.iter().zip(&rows) {
            @let middle = short(*middle_y);
            (frame::row_name(name, left - 8.0, *middle_y))
            @if let Some(point) = one.points.last() {
                @match (Gap::of(point), point.value) {
                    (Some(gap), _) => {
                        path.gap d=(gap.path(zero + 8.0, *middle_y)) {}
                        text.value x=(short(zero + 20.0)) y=(middle) dy=".35em" { (answer.cell(point)) }
                    }
                    (None, value) => {
                        @let end = scale.at(value.unwrap_or_default());
                        @if (end - zero).abs() > 0.05 {
                            @let path = format!("M{} {}H{}v{}H{0}z", short(zero), short(middle_y - (GROUP - 8.0) / 2.0), short(end), short(GROUP - 8.0));
                            path.bar.s1 d=(path) {}
                            @if point.state == PointState::Provisional { path fill={ "url(#" (prefix) "-k)" } d=(path) {} }
                        } @else {
                            path.nil d={ "M" (short(zero)) " " (middle) "h0" } {}
                        }
                        text.value x=(short(end.max(zero) + 8.0)) y=(middle) dy=".35em" {
                            (shown(of.unit, value.unwrap_or_default()))
                            @if of.unit == Unit::Share { @if let Some(of) = fraction(point) { tspan.remark dx="6" { (of) } } }
                        }
                    }
                }
            }
        }
        path.zero d={ "M" (short(zero)) " 0V" (short(height)) } {}
    };
    Drawn { height, columns: None, marks }
}

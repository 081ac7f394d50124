//! Lines, and dots where no line may be drawn.

use maud::{Markup, html};

use super::frame::{self, Frame};
use super::plan::ChartPlan;
use super::scale::{Across, Linear, label, short};
use super::state::{self, Gaps};
use super::{Drawn, columns};
use crate::figure::{PointState, Series};
use crate::render::figure::FigureAnswer;

pub(super) fn draw(answer: &FigureAnswer, plan: ChartPlan, prefix: &str, is_line: bool) -> Drawn {
    let (series, names) = frame::drawn(answer);
    let gaps = Gaps::of(series);
    let frame = Frame::new(&names, gaps.height());
    let points = series.first().map_or(&[][..], |one| &one.points);
    let across = Across::days(points, frame.sides());
    let values = || series.iter().flat_map(|one| &one.points).filter_map(|point| point.value);
    let scale = Linear::new(answer.definition.unit, values().chain(plan.reference.map(|(value, _)| value)), frame.ends());
    let last = |one: &Series| one.points.iter().rev().find_map(|point| point.value);
    let places: Vec<f64> = series.iter().map(|one| last(one).map_or(frame.bottom, |value| scale.at(value))).collect();
    let is_zero = |index: &usize| series.iter().any(|one| one.points.get(*index).and_then(|point| point.value) == Some(0.0));
    let zeros = (0..points.len()).filter(is_zero).map(|index| across.at(index, points[index].day));
    let marks = html! {
        defs { (state::patterns(prefix)) }
        (frame::provisional(&frame, &across, series, prefix))
        (frame::value_axis(&frame, &scale, |tick| label(answer.definition.unit, tick)))
        (frame::day_axis(&frame, &across, answer, points))
        (frame::remarks(&frame, &across, &scale, plan, points))
        @for (index, one) in series.iter().enumerate() {
            @if is_line { (line(index, one, &across, &scale)) } @else { (dots(index, one, &across, &scale)) }
        }
        (state::zeros(zeros, scale.at(0.0)))
        (gaps.draw(&frame, &across, series, &names))
        (frame::side_names(&frame, &names, &places))
        (frame::undrawn(&frame, answer))
    };
    Drawn { height: frame.height, columns: columns(&across, points), marks }
}

/// A line that is broken where there is no value; a value between two gaps is a dot.
fn line(index: usize, series: &Series, across: &Across, scale: &Linear) -> Markup {
    let place = |index: usize| {
        let point = series.points.get(index)?;
        Some((short(across.at(index, point.day)), short(scale.at(point.value?))))
    };
    let (mut path, mut alone) = (String::new(), String::new());
    for index in 0..series.points.len() {
        let Some((x, y)) = place(index) else { continue };
        let (before, after) = (index.checked_sub(1).and_then(place), place(index + 1));
        match (before, after) {
            (None, None) => alone += &format!("M{x} {y}h0"),
            (None, Some(_)) => path += &format!("M{x} {y}"),
            (Some(_), _) => path += &format!("L{x} {y}"),
        }
    }
    html! {
        @if !path.is_empty() { path class={ "line s" (index + 1) } d=(path) {} }
        @if !alone.is_empty() { path class={ "alone s" (index + 1) } d=(alone) {} }
    }
}

/// Dots, a shape for each series; hollow where they are provisional.
fn dots(number: usize, series: &Series, across: &Across, scale: &Linear) -> Markup {
    let (mut full, mut hollow) = (String::new(), String::new());
    for (index, point) in series.points.iter().enumerate() {
        let Some(value) = point.value else { continue };
        let (x, y) = (across.at(index, point.day), scale.at(value));
        let at = |left: f64, up: f64| format!("M{} {}", short(x - left), short(y - up));
        let shape = match number % 4 {
            0 => format!("{}a3 3 0 1 0 6 0a3 3 0 1 0-6 0z", at(3.0, 0.0)),
            1 => format!("{}h6v6h-6z", at(3.0, 3.0)),
            2 => format!("{}l4 7h-8z", at(0.0, 4.0)),
            _ => format!("{}l4 4l-4 4l-4-4z", at(0.0, 4.0)),
        };
        if point.state == PointState::Provisional { hollow += &shape } else { full += &shape }
    }
    html! {
        @if !full.is_empty() { path class={ "dot s" (number + 1) } d=(full) {} }
        @if !hollow.is_empty() { path class={ "dot hollow s" (number + 1) } d=(hollow) {} }
    }
}

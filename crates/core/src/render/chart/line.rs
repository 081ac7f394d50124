//! Lines, and dots where no line may be drawn.

use maud::{Markup, html};

use super::frame::{self, Frame, SideNames};
use super::plan::{ChartPlan, Mark};
use super::scale::{Across, Linear, label, shape, short};
use super::state::{self, Gaps};
use super::{Drawn, columns};
use crate::figure::band::{band, has_band};
use crate::figure::{Point, PointState, Series};
use crate::render::figure::FigureAnswer;

pub(super) fn draw(answer: &FigureAnswer, before: &[Series], plan: ChartPlan, prefix: &str, names: SideNames) -> Drawn {
    let (series, names, is_line) = (frame::drawn(answer), names.of(answer), plan.mark == Mark::Line);
    let gaps = Gaps::of(series);
    let frame = Frame::new(&names, gaps.height());
    let points = series.first().map_or(&[][..], |one| &one.points);
    let across = Across::days(points, frame.sides());
    let earlier: Vec<Series> = before.iter().zip(series).map(|(before, now)| moved(before, now)).collect();
    let values = || series.iter().chain(&earlier).flat_map(|one| &one.points).filter_map(|point| point.value);
    let is_banded = is_line && has_band(answer.definition.id);
    let bands =
        series.iter().filter(|_| is_banded).flat_map(|one| &one.points).filter_map(band).flat_map(|(low, high)| [low, high]);
    let scale =
        Linear::new(answer.definition.unit, values().chain(bands).chain(plan.reference.map(|(value, _)| value)), frame.ends());
    let last = |one: &Series| one.points.iter().rev().find_map(|point| point.value);
    let places: Vec<f64> = series.iter().map(|one| last(one).map_or(frame.bottom, |value| scale.at(value))).collect();
    let is_zero = |index: &usize| series.iter().any(|one| one.points.get(*index).and_then(|point| point.value) == Some(0.0));
    let zeros = (0..points.len()).filter(is_zero).map(|index| across.at(index, points[index].day));
    let marks = html! {
        defs { (state::patterns(prefix)) }
        (frame::provisional(&frame, &across, series, prefix))
        (frame::value_axis(&frame, &scale, |tick| label(answer.definition.unit, tick, scale.largest())))
        (frame::day_axis(&frame, &across, answer, points))
        (frame::remarks(&frame, &across, &scale, plan, points))
        @for (index, one) in series.iter().enumerate().filter(|_| is_banded) { (interval(index, one, &across, &scale)) }
        @for (index, one) in earlier.iter().enumerate() { g.before { (line(index, one, &across, &scale)) } }
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

/// The points before, on the days of those now. There may be fewer of them; the last ones stand below each other.
fn moved(before: &Series, now: &Series) -> Series {
    let left = now.points.len().saturating_sub(before.points.len());
    let points = before.points.iter().zip(&now.points[left..]).map(|(before, now)| Point { day: now.day, ..before.clone() });
    Series { points: points.collect(), ..before.clone() }
}

/// The area of 95 % intervals, broken as the line is. A value between two gaps has a stroke.
fn interval(index: usize, series: &Series, across: &Across, scale: &Linear) -> Markup {
    let (mut areas, mut alone, mut run): (String, String, Vec<(String, f64, f64)>) = Default::default();
    for index in 0..=series.points.len() {
        let point = series.points.get(index);
        if let Some((point, (low, high))) = point.and_then(|point| Some((point, band(point)?))) {
            run.push((short(across.at(index, point.day)), scale.at(low), scale.at(high)));
            continue;
        }
        match run.as_slice() {
            [] => {}
            [(x, low, high)] => alone += &format!("M{x} {}V{}", short(*low), short(*high)),
            run => {
                let upper = run.iter().map(|(x, _, high)| format!("{x} {}", short(*high)));
                let lower = run.iter().rev().map(|(x, low, _)| format!("{x} {}", short(*low)));
                areas += &format!("M{}z", upper.chain(lower).collect::<Vec<_>>().join("L"));
            }
        }
        run.clear();
    }
    html! {
        @if !areas.is_empty() { path class={ "band s" (index + 1) } d=(areas) {} }
        @if !alone.is_empty() { path class={ "band one s" (index + 1) } d=(alone) {} }
    }
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
        let shape = shape(number, x, y);
        if point.state == PointState::Provisional { hollow += &shape } else { full += &shape }
    }
    html! {
        @if !full.is_empty() { path class={ "dot s" (number + 1) } d=(full) {} }
        @if !hollow.is_empty() { path class={ "dot hollow s" (number + 1) } d=(hollow) {} }
    }
}

//! A chart in words: the last value of each series, and how it changed.

use super::fraction;
use crate::figure::{Point, PointState, Series, Unit};
use crate::model::escape;
use crate::render::figure::{FigureAnswer, shown};

/// Series that are described; the table has all.
const DESCRIBED_AT_MOST: usize = 4;

/// A sentence for each series.
pub(super) fn description(answer: &FigureAnswer) -> String {
    let described = answer.series.iter().take(DESCRIBED_AT_MOST).map(|series| of_series(answer, series));
    let mut sentences: Vec<String> = described.collect();
    if answer.series.len() > DESCRIBED_AT_MOST {
        sentences.push(format!("{} more series are in the table.", answer.series.len() - DESCRIBED_AT_MOST));
    }
    sentences.join(" ")
}

fn of_series(answer: &FigureAnswer, series: &Series) -> String {
    let name = series.name.as_deref().map(|name| format!("{}: ", escape::text(name))).unwrap_or_default();
    let mut valued = series.points.iter().filter(|point| point.value.is_some());
    let Some(newest) = series.points.last() else { return format!("{name}no days.") };
    let Some(first) = valued.next() else { return format!("{name}no value; {} on {}.", answer.cell(newest), newest.day) };
    let last = valued.next_back();
    let (last, trend) = match last {
        Some(last) => (last, trend(answer.definition.unit, first, last)),
        None => (first, "the only value".to_owned()),
    };
    let gap =
        if last.day == newest.day { String::new() } else { format!("{} on {}; last value ", answer.cell(newest), newest.day) };
    format!("{name}{gap}{}, {trend}.", valued_text(answer.definition.unit, last))
}

fn valued_text(unit: Unit, point: &Point) -> String {
    let value = shown(unit, point.value.unwrap_or_default());
    let of = fraction(point).map(|of| format!(" ({of})")).unwrap_or_default();
    let provisional = if point.state == PointState::Provisional { ", provisional" } else { "" };
    format!("{value}{of} on {}{provisional}", point.day)
}

/// How a value came to be, seen from an earlier one: shares in points, others in percent.
fn trend(unit: Unit, first: &Point, last: &Point) -> String {
    let (before, now) = (first.value.unwrap_or_default(), last.value.unwrap_or_default());
    let since = format!("{} on {}", shown(unit, before), first.day);
    let size = match unit {
        Unit::Share => format!("{:.1} points", ((now - before) * 100.0).abs()),
        _ if before > 0.0 => format!("{:.1} %", ((now - before) / before * 100.0).abs()),
        _ => String::new(),
    };
    let word = if now > before { "up" } else { "down" };
    match size.as_str() {
        _ if shown(unit, now) == shown(unit, before) => format!("as on {}", first.day),
        "" => format!("{word} from {since}"),
        size => format!("{word} {size} from {since}"),
    }
}

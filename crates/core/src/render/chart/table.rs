//! The table of a chart: a row for each day and a column for each series, or, for groups, a row for each group with its newest point.
//! Every value of the chart is in it.

use maud::{Markup, html};

use super::fraction;
use super::plan::{self, Mark};
use crate::figure::{Point, Series};
use crate::model::escape;
use crate::render::figure::FigureAnswer;

/// Series beside one another in a table of days.
const COLUMNS_AT_MOST: usize = 12;

/// A table, and how many rows it has.
pub(super) fn table(answer: &FigureAnswer) -> (usize, Markup) {
    let is_groups = is_of_groups(answer);
    let (rows, body) = if is_groups { (answer.series.len(), groups(answer)) } else { (longest(answer).len(), days(answer)) };
    let by = if is_groups { "newest points by" } else { "by" };
    let table = html! {
        div.scroll tabindex="0" role="region" aria-label={ "Table of " (answer.definition.title) } {
            table {
                caption { (answer.definition.title) ", " (escape::text(&answer.whose())) ", " (by) " " (answer.by.name()) }
                (body)
            }
        }
    };
    (rows, table)
}

/// Whether the table has the newest points only: of groups, and of more series than a table of days can show. CSV and JSON have all.
pub(super) fn is_of_groups(answer: &FigureAnswer) -> bool {
    plan::of(answer.definition.id).mark == Mark::Bar || answer.series.len() > COLUMNS_AT_MOST
}

fn longest(answer: &FigureAnswer) -> &[Point] {
    answer.series.iter().max_by_key(|series| series.points.len()).map_or(&[][..], |series| &series.points)
}

fn days(answer: &FigureAnswer) -> Markup {
    html! {
        thead { tr {
            th scope="col" { "day" }
            @for series in &answer.series { th scope="col" { (name(answer, series)) } }
        } }
        tbody { @for (index, day) in longest(answer).iter().enumerate() {
            tr {
                th scope="row" { time { (day.day) } }
                @for series in &answer.series { (cell(answer, series.points.get(index))) }
            }
        } }
    }
}

fn groups(answer: &FigureAnswer) -> Markup {
    html! {
        thead { tr { th scope="col" { "group" } th scope="col" { "day" } th scope="col" { (answer.definition.title) } } }
        tbody { @for series in &answer.series {
            tr {
                th scope="row" { (name(answer, series)) }
                td { @if let Some(point) = series.points.last() { time { (point.day) } } }
                (cell(answer, series.points.last()))
            }
        } }
    }
}

fn name<'a>(answer: &FigureAnswer, series: &'a Series) -> std::borrow::Cow<'a, str> {
    escape::text(series.name.as_deref().unwrap_or(answer.definition.title))
}

fn cell(answer: &FigureAnswer, point: Option<&Point>) -> Markup {
    html! {
        td { @if let Some(point) = point {
            (answer.cell(point))
            @if let Some(of) = fraction(point) { small { " " (of) } }
        } }
    }
}

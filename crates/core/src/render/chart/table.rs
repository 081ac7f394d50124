//! The table of a chart: a row for each day, a column for each series. Every value of the chart is in it.

use maud::{Markup, html};

use super::fraction;
use crate::model::escape;
use crate::render::figure::FigureAnswer;

pub(super) fn table(answer: &FigureAnswer) -> Markup {
    let days = answer.series.iter().max_by_key(|series| series.points.len()).map_or(&[][..], |series| &series.points);
    html! {
        div.scroll tabindex="0" role="region" aria-label={ "Table of " (answer.definition.title) } {
            table {
                caption { (answer.definition.title) ", " (escape::text(&answer.whose())) ", by " (answer.by.name()) }
                thead { tr {
                    th scope="col" { "day" }
                    @for series in &answer.series { th scope="col" { (escape::text(series.name.as_deref().unwrap_or(answer.definition.title))) } }
                } }
                tbody {
                    @for (index, day) in days.iter().enumerate() {
                        tr {
                            th scope="row" { time { (day.day) } }
                            @for series in &answer.series {
                                td { @if let Some(point) = series.points.get(index) {
                                    (answer.cell(point))
                                    @if let Some(of) = fraction(point) { small { " " (of) } }
                                } }
                            }
                        }
                    }
                }
            }
        }
    }
}

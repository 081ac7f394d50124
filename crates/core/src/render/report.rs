//! The report: one HTML file with the charts and tables of several scopes. It has no script and loads nothing; its style is inside.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::chart::plan::{self, Topic};
use super::chart::{self, ChartOptions};
use super::figure::FigureAnswer;
use crate::model::escape;

/// Style of the page around the charts.
const STYLE: &str = include_str!("report.css");

/// The figures of one scope.
#[derive(Clone, Debug)]
pub struct ReportScope {
    /// The organization or enterprise.
    pub name: String,
    /// Its figures, in any order.
    pub answers: Vec<FigureAnswer>,
}

/// The whole document. `made` is when it was made, as people read it.
pub fn html(scopes: &[ReportScope], made: &str) -> String {
    let days = scopes.iter().flat_map(|scope| &scope.answers).flat_map(|answer| &answer.series).flat_map(|it| &it.points);
    let days = days.map(|point| point.day);
    let (first, last) = (days.clone().min(), days.max());
    let document = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'";
                title { "GitHub Copilot in figures" }
                style { (PreEscaped(STYLE)) (PreEscaped(chart::STYLE)) }
            }
            body {
                header {
                    h1 { "GitHub Copilot in figures" }
                    p {
                        @for (number, scope) in scopes.iter().enumerate() { @if number > 0 { ", " } strong { (escape::text(&scope.name)) } }
                        @if let (Some(first), Some(last)) = (first, last) { ", " time { (first) } " to " time { (last) } }
                    }
                    p { "Made by Pilotage on " (made) ". It names nobody. Each chart has its definition and its table below it." }
                    @if scopes.len() > 1 {
                        nav aria-label="Organizations and enterprises" { ul { @for (number, scope) in scopes.iter().enumerate() {
                            li { a href={ "#s" (number) } { (escape::text(&scope.name)) } }
                        } } }
                    }
                }
                main { @for (number, scope) in scopes.iter().enumerate() { (of_scope(number, scope)) } }
            }
        }
    };
    document.into_string() + "\n"
}

fn of_scope(number: usize, scope: &ReportScope) -> Markup {
    let of = |topic: Topic| {
        let figures = plan::figures(topic);
        let answers =
            figures.into_iter().filter_map(|it| scope.answers.iter().find(|answer| answer.definition.id == it.definition.id));
        answers.collect::<Vec<&FigureAnswer>>()
    };
    html! {
        section aria-labelledby={ "s" (number) } {
            h2 id={ "s" (number) } { (escape::text(&scope.name)) }
            @for topic in Topic::PAGES {
                @let answers = of(topic);
                @if !answers.is_empty() {
                    h3.topic { (topic.title()) }
                    div.charts { @for answer in answers {
                        (chart::figure(answer, &ChartOptions { prefix: format!("s{number}-{}", answer.definition.id), level: 4, is_folded: true, ..ChartOptions::default() }))
                    } }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure::{self, Bucket, Context, DayFacts};
    use crate::model::day::Day;

    fn scope(name: &str) -> ReportScope {
        let row =
            r#"{"daily_active_users":3,"weekly_active_users":5,"monthly_active_users":9,"loc_added_sum":10,"loc_deleted_sum":4}"#;
        let day: Day = "2026-11-02".parse().unwrap();
        let answers = figure::ALL.iter().map(|figure| FigureAnswer {
            definition: figure.definition,
            scope: name.to_owned(),
            team: None,
            by: Bucket::Day,
            series: figure.compute(Context::new(Bucket::Day), [DayFacts::of_aggregate(day, false, row)]),
        });
        ReportScope { name: name.to_owned(), answers: answers.collect() }
    }

    #[test]
    fn a_report_has_every_figure_of_every_scope_and_loads_nothing() {
        let text = html(&[scope("acme"), scope("<b>&\u{202e}")], "2026-11-04 06:15 UTC");
        for figure in figure::ALL.iter().filter(|figure| Topic::PAGES.contains(&plan::of(figure.definition.id).topic)) {
            for number in 0..2 {
                assert_eq!(
                    text.matches(&format!("<figure class=\"chart\" id=\"s{number}-{}\"", figure.definition.id)).count(),
                    1
                );
            }
        }
        assert!(text.contains("2026-11-02</time> to ") && text.contains("2026-11-04 06:15 UTC"));
        for forbidden in ["<script", "<link", "src=", "@import", "<b>", "\u{202e}", " style="] {
            assert!(!text.contains(forbidden), "{forbidden}");
        }
        let mut ids: Vec<&str> = text.split(" id=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
        let count = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), count, "an id stands twice");
    }
}

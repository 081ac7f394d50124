//! The first screen after a run: for each organization its active people, the acceptance of completions, lines, and a spark bar.

use super::figure::shown;
use super::spark;
use super::table::{Align, Table};
use crate::figure::Unit;
use crate::figure::{Point, Series};
use crate::model::day::Day;
use crate::model::escape;

/// Days of the spark bar.
pub const SPARK_DAYS: usize = 28;

/// The numbers of one scope.
#[derive(Clone, Debug)]
pub struct ScopeNumbers {
    /// The organization or the enterprise.
    pub scope: String,
    /// The series of `active-people`, by day.
    pub active_people: Vec<Series>,
    /// The one point of `completion-acceptance` over the whole window.
    pub acceptance: Option<Point>,
    /// The one point of the series `added` of `lines` over the whole window.
    pub lines_added: Option<Point>,
}

/// The newest days of active people.
fn days(scope: &ScopeNumbers) -> Vec<(Day, Option<f64>)> {
    let daily = scope.active_people.iter().find(|series| series.name.as_deref() == Some("daily"));
    let points = daily.map_or(&[][..], |series| &series.points);
    points[points.len().saturating_sub(SPARK_DAYS)..].iter().map(|point| (point.day, point.value)).collect()
}

/// Heading of the column of spark bars; none when no day is held.
fn header(scopes: &[ScopeNumbers]) -> Option<String> {
    let last = scopes.iter().filter_map(|scope| days(scope).last().map(|(day, _)| *day)).max()?;
    Some(format!("active a day, until {last}"))
}

/// The cells of a scope behind its name: numbers, then the spark bar.
fn cells(scope: &ScopeNumbers) -> [String; 4] {
    let monthly = scope.active_people.iter().find(|series| series.name.as_deref() == Some("monthly"));
    let active = monthly.and_then(|series| series.points.last()).and_then(|point| point.value);
    let value = |unit: Unit, value: Option<f64>| value.map_or_else(|| "–".to_owned(), |value| shown(unit, value));
    [
        value(Unit::People, active),
        value(Unit::Share, scope.acceptance.as_ref().and_then(|point| point.value)),
        value(Unit::Lines, scope.lines_added.as_ref().and_then(|point| point.value)),
        spark::bar(days(scope).into_iter().map(|(_, value)| value)),
    ]
}

/// A span of code of Markdown that stays in a cell of a table, whatever the text is.
pub fn span(text: &str) -> String {
    format!("`{}`", escape::line(text).replace('`', "'").replace('|', "\\|"))
}

/// The table as Markdown, with what its columns are below it. Nothing without scopes.
pub fn markdown(scopes: &[ScopeNumbers]) -> String {
    let Some(header) = header(scopes) else { return String::new() };
    let mut text = format!("| organization | active | accepted | lines | {header} |\n| --- | ---: | ---: | ---: | --- |\n");
    for scope in scopes {
        text += &format!("| {} | {} |\n", span(&scope.scope), cells(scope).join(" | "));
    }
    let meanings = LEGEND.map(|(column, meaning)| format!("*{column}*: {meaning}"));
    text + &format!("\n{}\n", meanings.join("; "))
}

/// A table with a row for each scope, at most 80 columns wide unless a name is longer than 18 characters. Nothing without scopes.
pub fn text(scopes: &[ScopeNumbers]) -> String {
    let Some(header) = header(scopes) else { return String::new() };
    let columns = [
        ("organization", Align::Left),
        ("active", Align::Right),
        ("accepted", Align::Right),
        ("lines", Align::Right),
        (header.as_str(), Align::Left),
    ];
    let mut table = Table::new(columns);
    for scope in scopes {
        table = table.row([scope.scope.clone()].into_iter().chain(cells(scope)));
    }
    table.to_string()
}

/// Columns and what they are.
const LEGEND: [(&str, &str); 3] = [
    ("active", "different people within 28 days"),
    ("accepted", "share of the completions shown in editors that people accepted"),
    ("lines", "lines of code added with Copilot"),
];

/// The sentences that say what the columns of [`text`] are.
pub fn legend() -> String {
    LEGEND.iter().map(|(column, meaning)| format!("{column:<10}{meaning}\n")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_has_the_numbers_of_an_organization_and_fits_eighty_columns() {
        let first: Day = "2026-10-03".parse().unwrap();
        let series = |name: &str, value: fn(i32) -> f64| Series {
            name: Some(name.to_owned()),
            points: (0..30).map(|it| Point::count(first.plus_days(it), value(it), false)).collect(),
        };
        let last = first.plus_days(29);
        let numbers = ScopeNumbers {
            scope: "an-organization".to_owned(),
            active_people: vec![
                series("daily", f64::from),
                series("weekly", |_| 5.0),
                series("monthly", |it| f64::from(it + 1200)),
            ],
            acceptance: Some(Point::ratio(last, 247.0, 1000.0, false)),
            lines_added: Some(Point::count(last, 1_234_567.0, false)),
        };
        let empty = ScopeNumbers {
            scope: "beta".to_owned(),
            active_people: vec![series("daily", |_| 0.0)],
            acceptance: None,
            lines_added: None,
        };
        let text = text(&[numbers, empty]);
        assert_eq!(
            text,
            "organization     active  accepted      lines  active a day, until 2026-11-01\n\
             an-organization   1,229    24.7 %  1,234,567  ▁▂▂▂▂▃▃▃▃▄▄▄▄▅▅▅▅▆▆▆▆▇▇▇▇███\n\
             beta                  –         –          –  ▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁\n"
        );
        assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
        assert_eq!((super::text(&[]), markdown(&[])), (String::new(), String::new()));
    }

    #[test]
    fn in_markdown_a_name_stays_in_its_cell() {
        let point = Point::count("2026-10-03".parse().unwrap(), 3.0, false);
        let daily = Series { name: Some("daily".to_owned()), points: vec![point] };
        let scope = "a`|b\n| c".to_owned();
        let text = markdown(&[ScopeNumbers { scope, active_people: vec![daily], acceptance: None, lines_added: None }]);
        let (table, legend) = text.split_once("\n\n").unwrap();
        assert_eq!(table.lines().nth(2), Some("| `a'\\|b\\n\\| c` | – | – | – | █ |"));
        assert!(legend.starts_with("*active*: different people within 28 days; *accepted*"), "{legend}");
    }
}

//! A figure's series as table, CSV, JSON, NDJSON and Markdown. Every form carries the state of each point, so that withheld,
//! zero and not held stay three things.

use std::fmt;

use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::Value;

use super::table::{Align, Table};
use super::wrap::wrapped;
use super::{csv, spark};
use crate::figure::band::{band, has_band};
use crate::figure::series::Shown;
use crate::figure::{Bucket, Definition, Point, PointState, Series, Unit};
use crate::model::escape;

/// A figure, computed for a scope.
#[derive(Clone, Debug)]
pub struct FigureAnswer {
    /// What it means.
    pub definition: Definition,
    /// The organization or the enterprise.
    pub scope: String,
    /// The team, when it is about one.
    pub team: Option<String>,
    /// The width of a point.
    pub by: Bucket,
    /// Its series.
    pub series: Vec<Series>,
}

impl FigureAnswer {
    /// One JSON document: the definition, the selection, and all points, series after series.
    pub fn json(&self) -> Value {
        serde_json::to_value(Document(self)).unwrap_or_default()
    }

    /// The JSON document, to be written piece by piece: tables of teams have more points than should be in memory as text.
    pub fn document(&self) -> impl Serialize + '_ {
        Document(self)
    }

    /// The JSON document as text, indented, with a line feed at its end.
    pub fn json_text(&self) -> String {
        let mut text = serde_json::to_string_pretty(&Document(self)).unwrap_or_default();
        text.push('\n');
        text
    }

    /// A line of JSON for each point, with figure and scope in it.
    pub fn ndjson(&self) -> String {
        let mut text = Vec::new();
        for (series, point) in self.points() {
            let line = Line { answer: self, point: PointOfSeries { answer: self, series, point } };
            // Writing to memory does not fail.
            let _ = serde_json::to_writer(&mut text, &line);
            text.push(b'\n');
        }
        String::from_utf8(text).unwrap_or_default()
    }

    /// Comma-separated values with a header. Numbers are as in JSON, what is none is empty.
    pub fn csv(&self) -> String {
        let mut text = "figure,scope,team,day,series,value,numerator,denominator,state\n".to_owned();
        let (id, scope) = (csv::field(self.definition.id), csv::field(&self.scope));
        let team = csv::field(self.team.as_deref().unwrap_or_default());
        for series in &self.series {
            let name = csv::field(series.name.as_deref().unwrap_or_default());
            for point in &series.points {
                let (value, numerator, denominator) = (Plain(point.value), Plain(point.numerator), Plain(point.denominator));
                let (day, state) = (point.day, point.state.name());
                // Writing to a text does not fail.
                let _ = fmt::Write::write_fmt(
                    &mut text,
                    format_args!("{id},{scope},{team},{day},{name},{value},{numerator},{denominator},{state}\n"),
                );
            }
        }
        text
    }

    /// For a terminal: the sentence, a spark bar for each series, and a row for each day.
    pub fn text(&self) -> String {
        let mut text = format!(
            "{}, {}, by {}\n{}\n",
            self.definition.title,
            self.whose(),
            self.by.name(),
            wrapped(self.definition.sentence, 0)
        );
        for series in self.series.iter().filter(|series| !series.points.is_empty()) {
            let name = series.name.as_deref().map(|name| format!("  {name}")).unwrap_or_default();
            text += &format!("{}{name}\n", spark::bar(series.points.iter().map(|point| point.value)));
        }
        text += &format!("\n{}", self.table());
        for note in self.notes() {
            text += &format!("\n{note}");
        }
        if text.ends_with('\n') { text } else { text + "\n" }
    }

    /// For a page: a heading, the sentence and a table.
    pub fn markdown(&self) -> String {
        // A span of code shows foreign text as it is, as long as nothing in it ends the span.
        let whose = escape::line(&self.whose()).replace('`', "'");
        let mut text = format!("### {}, `{}`\n\n{}\n\n", self.definition.title, whose, self.definition.sentence);
        let header: Vec<&str> = std::iter::once("day").chain(self.columns()).collect();
        text += &format!("| {} |\n|{}\n", header.join(" | "), " ---: |".repeat(header.len()));
        for (day, cells) in self.rows() {
            text += &format!("| {day} | {} |\n", cells.join(" | "));
        }
        for note in self.notes() {
            text += &format!("\n{note}\n");
        }
        text
    }

    /// The organization or enterprise, with the team when it is about one. Not escaped.
    pub(super) fn whose(&self) -> String {
        match &self.team {
            Some(team) => format!("{}/{team}", self.scope),
            None => self.scope.clone(),
        }
    }

    fn points(&self) -> impl Iterator<Item = (Option<&str>, &Point)> {
        self.series.iter().flat_map(|series| series.points.iter().map(move |point| (series.name.as_deref(), point)))
    }

    fn columns(&self) -> impl Iterator<Item = &str> {
        self.series.iter().map(|series| series.name.as_deref().unwrap_or(self.definition.title))
    }

    /// A row for each day, with a cell for each series. All series of a figure have the same days.
    fn rows(&self) -> Vec<(String, Vec<String>)> {
        let first = self.series.first().map_or(&[][..], |series| &series.points);
        let row = |(number, point): (usize, &Point)| {
            let cells =
                self.series.iter().map(|series| series.points.get(number).map_or_else(String::new, |point| self.cell(point)));
            (point.day.to_string(), cells.collect())
        };
        first.iter().enumerate().map(row).collect()
    }

    fn table(&self) -> Table {
        let columns = std::iter::once(("day", Align::Left)).chain(self.columns().map(|name| (name, Align::Right)));
        let table = Table::new(columns);
        self.rows().into_iter().fold(table, |table, (day, cells)| table.row(std::iter::once(day).chain(cells)))
    }

    /// A value as it stands in a table, or the reason why there is none.
    pub fn cell(&self, point: &Point) -> String {
        let value = match (point.state, point.value) {
            (PointState::Withheld, _) => return "withheld".to_owned(),
            (PointState::NotHeld, _) => return "not held".to_owned(),
            (_, None) => "none".to_owned(),
            (_, Some(value)) => shown(self.definition.unit, value),
        };
        if point.state == PointState::Provisional { format!("{value}~") } else { value }
    }

    /// What the marks in the table mean, as far as there are any.
    fn notes(&self) -> Vec<&'static str> {
        let has = |state: PointState| self.points().any(|(_, point)| point.state == state);
        let nothing = |(_, point): (Option<&str>, &Point)| {
            point.value.is_none() && matches!(point.state, PointState::Final | PointState::Provisional)
        };
        let notes = [
            (has(PointState::Provisional), "~  provisional: GitHub may still change it"),
            (self.points().any(nothing), "none  nothing happened that could be counted"),
            (has(PointState::Withheld), "withheld  too few people to be shown"),
            (has(PointState::NotHeld), "not held  what it needs was not read"),
        ];
        notes.into_iter().filter(|(is_there, _)| *is_there).map(|(_, note)| note).collect()
    }
}

/// A value as people read it: counts with their thousands parted, shares in percent.
pub fn shown(unit: Unit, value: f64) -> String {
    match unit {
        Unit::Share => format!("{:.1} %", value * 100.0),
        Unit::Rate | Unit::Minutes | Unit::Days | Unit::Credits => format!("{value:.1}"),
        Unit::Change => format!("{value:+.0}"),
        Unit::Money => format!("{value:.2}"),
        Unit::People | Unit::Lines | Unit::Prompts | Unit::Uses | Unit::PullRequests => {
            super::number::count(value.max(0.0).round() as u64)
        }
    }
}

/// The document of an answer.
struct Document<'a>(&'a FigureAnswer);

impl Serialize for Document<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let FigureAnswer { definition, scope, team, by, .. } = self.0;
        let mut fields = serializer.serialize_map(None)?;
        fields.serialize_entry("figure", definition.id)?;
        fields.serialize_entry("scope", scope)?;
        fields.serialize_entry("team", team)?;
        fields.serialize_entry("by", by.name())?;
        fields.serialize_entry("unit", &definition.unit)?;
        fields.serialize_entry("definition", definition)?;
        fields.serialize_entry("points", &Points(self.0))?;
        fields.end()
    }
}

struct Points<'a>(&'a FigureAnswer);

impl Serialize for Points<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let of_series = |(series, point)| PointOfSeries { answer: self.0, series, point };
        serializer.collect_seq(self.0.points().map(of_series))
    }
}

/// A point in a line of its own.
struct Line<'a> {
    answer: &'a FigureAnswer,
    point: PointOfSeries<'a>,
}

impl Serialize for Line<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_map(None)?;
        fields.serialize_entry("figure", self.answer.definition.id)?;
        fields.serialize_entry("scope", &self.answer.scope)?;
        if let Some(team) = &self.answer.team {
            fields.serialize_entry("team", team)?;
        }
        self.point.entries(&mut fields)?;
        fields.end()
    }
}

/// A point with the name of its series behind its day, and its interval where the figure has one.
struct PointOfSeries<'a> {
    answer: &'a FigureAnswer,
    series: Option<&'a str>,
    point: &'a Point,
}

impl PointOfSeries<'_> {
    fn entries<M: SerializeMap>(&self, fields: &mut M) -> Result<(), M::Error> {
        let Point { day, value, numerator, denominator, state } = self.point;
        fields.serialize_entry("day", day)?;
        if let Some(series) = self.series {
            fields.serialize_entry("series", series)?;
        }
        fields.serialize_entry("value", &Shown(*value))?;
        for (name, number) in [("numerator", numerator), ("denominator", denominator)] {
            if number.is_some() {
                fields.serialize_entry(name, &Shown(*number))?;
            }
        }
        fields.serialize_entry("state", state.name())?;
        let band = if has_band(self.answer.definition.id) { band(self.point) } else { None };
        if let Some((low, high)) = band {
            fields.serialize_entry("low", &low)?;
            fields.serialize_entry("high", &high)?;
        }
        Ok(())
    }
}

impl Serialize for PointOfSeries<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_map(None)?;
        self.entries(&mut fields)?;
        fields.end()
    }
}

/// A number as JSON has it, and nothing where there is none.
struct Plain(Option<f64>);

impl fmt::Display for Plain {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.map_or(Ok(()), |value| value.fmt(out))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure;
    use crate::figure::{Context, DayFacts};
    use crate::model::day::Day;

    fn answer(id: &str, rows: &[Option<&str>]) -> FigureAnswer {
        let figure = figure::find(id).unwrap();
        let first: Day = "2026-11-02".parse().unwrap();
        let days = rows.iter().enumerate().map(|(number, row)| DayFacts {
            aggregate: *row,
            is_provisional: number == 1,
            ..DayFacts::not_held(first.plus_days(number as i32))
        });
        let series = figure.compute(Context::new(Bucket::Day), days);
        FigureAnswer { definition: figure.definition, scope: "=acme,\"inc\"".to_owned(), team: None, by: Bucket::Day, series }
    }

    fn acceptance() -> FigureAnswer {
        let row = |accepted: u32, shown: u32| {
            format!(
                r#"{{"totals_by_feature":[{{"feature":"code_completion","code_generation_activity_count":{shown},"code_acceptance_activity_count":{accepted}}}]}}"#
            )
        };
        let (one, two) = (row(1, 8), row(0, 0));
        answer("completion-acceptance", &[Some(&one), Some(&two), None])
    }

    #[test]
    fn a_terminal_shows_the_value_and_the_reason_where_there_is_none() {
        let text = acceptance().text();
        let rows = "day         Acceptance of completions\n2026-11-02                     12.5 %\n2026-11-03                      none~\n2026-11-04                   not held\n";
        assert!(text.contains(rows), "{text}");
        assert!(text.contains("\n█··\n"), "{text}");
        for note in ["~  provisional", "none  nothing happened", "not held  what it needs"] {
            assert!(text.contains(note), "{text}");
        }
    }

    #[test]
    fn csv_and_json_say_the_same_and_cannot_be_a_formula() {
        let answer = acceptance();
        assert_eq!(
            answer.csv().lines().nth(1).unwrap(),
            r#"completion-acceptance,"'=acme,""inc""",,2026-11-02,,0.125,1,8,final"#
        );
        let json = answer.json();
        let point = json["points"][0].to_string();
        let expected = r#"{"day":"2026-11-02","value":0.125,"numerator":1,"denominator":8,"state":"final","low":0.02241"#;
        assert!(point.starts_with(expected) && point.contains(r#","high":0.47088"#), "{point}");
        assert_eq!(
            json["points"][1].to_string(),
            r#"{"day":"2026-11-03","value":null,"numerator":0,"denominator":0,"state":"provisional"}"#
        );
        assert_eq!(json["points"][2].to_string(), r#"{"day":"2026-11-04","value":null,"state":"not-held"}"#);
        assert_eq!(
            (&json["figure"], &json["by"], &json["unit"]),
            (&"completion-acceptance".into(), &"day".into(), &"share".into())
        );
        assert_eq!(answer.ndjson().lines().count(), 3);
    }

    #[test]
    fn markdown_has_a_column_for_each_series() {
        let answer = answer("lines", &[Some(r#"{"loc_added_sum":1234,"loc_deleted_sum":0}"#)]);
        let text = answer.markdown();
        assert!(text.contains("| day | added | deleted |\n| ---: | ---: | ---: |\n| 2026-11-02 | 1,234 | 0 |\n"), "{text}");
        assert_eq!(answer.json()["points"][1]["series"], "deleted");
    }
}

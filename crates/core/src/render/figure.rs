//! A figure's series as table, CSV, JSON, NDJSON and Markdown. Every form carries the state of each point, so that withheld,
//! zero and not held stay three things.

use serde_json::{Map, Value};

use super::table::{Align, Table};
use super::wrap::wrapped;
use super::{csv, spark};
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
        serde_json::json!({
            "figure": self.definition.id,
            "scope": self.scope,
            "team": self.team,
            "by": self.by.name(),
            "unit": self.definition.unit,
            "definition": self.definition,
            "points": self.points().map(|(series, point)| json_of(series, point)).collect::<Vec<Value>>(),
        })
    }

    /// A line of JSON for each point, with figure and scope in it.
    pub fn ndjson(&self) -> String {
        let mut text = String::new();
        for (series, point) in self.points() {
            let mut line = serde_json::json!({"figure": self.definition.id, "scope": self.scope});
            if let (Value::Object(line), Value::Object(point)) = (&mut line, json_of(series, point)) {
                line.extend(self.team.iter().map(|team| ("team".to_owned(), Value::from(team.as_str()))));
                line.extend(point);
            }
            text += &format!("{line}\n");
        }
        text
    }

    /// Comma-separated values with a header. Numbers are as in JSON, what is none is empty.
    pub fn csv(&self) -> String {
        let mut text = "figure,scope,team,day,series,value,numerator,denominator,state\n".to_owned();
        for (series, point) in self.points() {
            let cells = [
                csv::field(self.definition.id),
                csv::field(&self.scope),
                csv::field(self.team.as_deref().unwrap_or_default()),
                point.day.to_string(),
                csv::field(series.unwrap_or_default()),
                plain(point.value),
                plain(point.numerator),
                plain(point.denominator),
                point.state.name().to_owned(),
            ];
            text += &csv::line(&cells);
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

    fn whose(&self) -> String {
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

    fn cell(&self, point: &Point) -> String {
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

/// A point with the name of its series behind its day.
fn json_of(series: Option<&str>, point: &Point) -> Value {
    let mut fields = Map::new();
    if let Ok(Value::Object(of_point)) = serde_json::to_value(point) {
        for (name, value) in of_point {
            let is_day = name == "day";
            fields.insert(name, value);
            if is_day {
                fields.extend(series.map(|series| ("series".to_owned(), Value::from(series))));
            }
        }
    }
    Value::Object(fields)
}

fn plain(value: Option<f64>) -> String {
    value.map_or_else(String::new, |value| value.to_string())
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
        assert_eq!(
            json["points"][0].to_string(),
            r#"{"day":"2026-11-02","value":0.125,"numerator":1,"denominator":8,"state":"final"}"#
        );
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

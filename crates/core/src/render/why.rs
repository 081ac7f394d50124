//! Why numbers of a day differ, as text and JSON.

use serde_json::{Value, json};

use super::number::count;
use super::wrap::wrapped;
use crate::figure::PointState;
use crate::figure::differences::{Section, Step};
use crate::model::day::Day;

/// Width of a value in the text.
const VALUE_WIDTH: usize = 12;

/// The numbers of a day of a scope, and what is to be said about them.
#[derive(Clone, Debug)]
pub struct DayDifferences {
    /// The organization or the enterprise.
    pub scope: String,
    /// The day, in UTC.
    pub day: Day,
    /// The smallest group of people that numbers are shown for.
    pub smallest_group: u64,
    /// The steps, section after section.
    pub steps: Vec<Step>,
    /// The enterprise, or the organizations, of the last section.
    pub related: Vec<String>,
    /// The day of the snapshot of seats, where it is another one.
    pub seats_of: Option<Day>,
    /// Parts of the day that were restated, with their first and last values.
    pub restated: Vec<RestatedPart>,
    /// Parts that are not held.
    pub missing: Vec<MissingPart>,
}

/// A part of the day that was restated.
#[derive(Clone, Debug)]
pub struct RestatedPart {
    /// Whose.
    pub scope: String,
    /// The part.
    pub part: &'static str,
    /// Name, first and last value of each number that differs; none when the first ones are not kept any more.
    pub values: Option<Vec<(String, Value, Value)>>,
}

/// A part that is not held.
#[derive(Clone, Debug)]
pub struct MissingPart {
    /// Whose.
    pub scope: String,
    /// The part.
    pub part: &'static str,
    /// The kind whose reading brings it; none where none does.
    pub kind: Option<&'static str>,
    /// Whether past days of it can be read.
    pub has_days: bool,
}

impl Section {
    fn title(self, is_of_enterprise: bool) -> &'static str {
        match (self, is_of_enterprise) {
            (Self::Reports, _) => "Its own number and its users report",
            (Self::Teams, _) => "Its teams and its users report",
            (Self::Seats, _) => "Its users report and its seats",
            (Self::Enterprise, true) => "Its organizations and its users report",
            (Self::Enterprise, false) => "Its users report and that of its enterprise",
        }
    }
}

impl DayDifferences {
    /// For a terminal: a section each, with a step a line.
    pub fn text(&self) -> String {
        let mut text = format!("{} on {}: active people\n", self.scope, self.day);
        let is_of_enterprise = self.steps.iter().any(|step| step.code.is_of_organizations());
        let mut section = None;
        for step in &self.steps {
            if section != Some(step.section) {
                section = Some(step.section);
                text += &format!("\n{}", step.section.title(is_of_enterprise));
                if step.section == Section::Enterprise {
                    text += &format!(" ({})", self.related.join(", "));
                }
                text += "\n";
            }
            text += &line(step);
        }
        for it in &self.restated {
            text += &format!("\nrestated: {}, {}\n", it.scope, it.part);
            for (name, first, last) in it.values.iter().flatten() {
                text += &format!("  {name}: {first} -> {last}\n");
            }
            text += match &it.values {
                None => "  its numbers when it became final are not kept any more\n",
                Some(values) if values.is_empty() => "  the numbers of the whole are the same, those of its parts are not\n",
                Some(_) => "",
            };
        }
        if let Some(day) = self.seats_of {
            text += &format!("\nseats are those of {day}, the snapshot nearest to the day\n");
        }
        for it in &self.missing {
            let what = match (it.kind, it.has_days) {
                (Some(kind), true) => format!("`pilotage backfill --only {kind}` reads it"),
                (Some(kind), false) => format!("only a resync on the day itself reads it, with `{kind}` in the mapping"),
                (None, _) => "GitHub has none of it".to_owned(),
            };
            text += &format!("\n{}", wrapped(&format!("not held: {} of {}; {what}", it.part, it.scope), 2));
        }
        let states = [
            (PointState::Provisional, "~ provisional: GitHub may still change it".to_owned()),
            (
                PointState::Withheld,
                format!("withheld: about fewer than {} people, or would tell of them by subtraction", self.smallest_group),
            ),
        ];
        for (state, note) in states {
            if self.steps.iter().any(|step| step.state == state) {
                text += &format!("\n{}", wrapped(&note, 2));
            }
        }
        text
    }

    /// One JSON document.
    pub fn json(&self) -> Value {
        let steps = self.steps.iter().map(|step| {
            json!({
                "section": step.section,
                "code": step.code,
                "sentence": step.code.sentence(),
                "isDifference": step.is_difference,
                "unit": if step.code.is_of_teams() { "teams" } else { "people" },
                "value": step.value,
                "state": step.state,
            })
        });
        let restated = self.restated.iter().map(|it| {
            let values =
                it.values.iter().flatten().map(|(name, first, last)| json!({ "name": name, "first": first, "last": last }));
            json!({ "scope": it.scope, "part": it.part, "values": values.collect::<Vec<_>>() })
        });
        let missing = self.missing.iter().map(|it| json!({ "scope": it.scope, "part": it.part, "kind": it.kind }));
        json!({
            "scope": self.scope,
            "day": self.day,
            "smallestGroup": self.smallest_group,
            "steps": steps.collect::<Vec<_>>(),
            "related": self.related,
            "seatsOf": self.seats_of,
            "restated": restated.collect::<Vec<_>>(),
            "missing": missing.collect::<Vec<_>>(),
        })
    }
}

/// A step in a line, its sentence wrapped behind the value.
fn line(step: &Step) -> String {
    let number = |value: i64| match (step.is_difference, value) {
        (false, _) => count(value.unsigned_abs()),
        (true, 0) => "0".to_owned(),
        (true, ..0) => format!("-{}", count(value.unsigned_abs())),
        (true, _) => format!("+{}", count(value.unsigned_abs())),
    };
    let value = match (step.state, step.value) {
        (PointState::Provisional, Some(value)) => number(value) + "~",
        (_, Some(value)) => number(value),
        (PointState::Withheld, None) => "withheld".to_owned(),
        (_, None) => "not held".to_owned(),
    };
    // The mark of a provisional value stands behind the column of digits.
    let width = if value.ends_with('~') { VALUE_WIDTH + 1 } else { VALUE_WIDTH };
    let gap = " ".repeat(VALUE_WIDTH + 3 - width);
    // The first line is shorter by what stands before it.
    let before = VALUE_WIDTH + 3;
    let sentence = wrapped(&format!("{} {}", "x".repeat(before - 1), step.code.sentence()), before);
    format!("{value:>width$}{gap}{}", sentence.get(before..).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure::differences::StepCode;

    #[test]
    fn each_step_is_a_line_and_json_says_the_same() {
        let step = |section, code, is_difference, value, state| Step { section, code, is_difference, value, state };
        use PointState::{Final, NotHeld, Provisional, Withheld};
        let differences = DayDifferences {
            scope: "acme".to_owned(),
            day: "2026-11-02".parse().unwrap(),
            smallest_group: 5,
            steps: vec![
                step(Section::Reports, StepCode::OwnNumber, false, Some(1234), Final),
                step(Section::Reports, StepCode::ReportsDiffer, true, Some(-1), Provisional),
                step(Section::Teams, StepCode::OverlapOfTeams, true, None, Withheld),
                step(Section::Seats, StepCode::Seats, false, None, NotHeld),
            ],
            related: Vec::new(),
            seats_of: Some("2026-11-03".parse().unwrap()),
            restated: vec![
                RestatedPart {
                    scope: "acme".to_owned(),
                    part: "aggregate",
                    values: Some(vec![("daily_active_users".to_owned(), 3.into(), 4.into())]),
                },
                RestatedPart { scope: "acme".to_owned(), part: "people", values: Some(Vec::new()) },
                RestatedPart { scope: "acme".to_owned(), part: "teams", values: None },
            ],
            missing: vec![MissingPart { scope: "acme".to_owned(), part: "seats", kind: Some("copilot-seats"), has_days: false }],
        };
        let text = differences.text();
        for expected in [
            "acme on 2026-11-02: active people\n\nIts own number and its users report\n       1,234   own number: ",
            "\n          -1~  in one report and not in the other: ",
            "\n    withheld   overlap: people in several of these teams\n",
            "\n    not held   people who hold a seat, each once\n",
            "restated: acme, aggregate\n  daily_active_users: 3 -> 4\n",
            "restated: acme, people\n  the numbers of the whole are the same, those of its parts are not\n",
            "restated: acme, teams\n  its numbers when it became final are not kept any more\n",
            "not held: seats of acme; only a resync on the day itself reads it, with",
            "seats are those of 2026-11-03",
            "withheld: about fewer than 5 people",
        ] {
            assert!(text.contains(expected), "{expected}\n{text}");
        }
        assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
        let json = differences.json();
        assert_eq!(
            json["steps"][1].as_object().map(|step| (step["code"].clone(), step["value"].clone(), step["state"].clone())),
            Some(("reports-differ".into(), (-1).into(), "provisional".into()))
        );
        assert_eq!(json["steps"][2]["value"], Value::Null);
    }
}

//! Editors whose versions report lines of code.

use super::context::Context;
use super::definition::{Definition, Unit};
use super::facts::{DayFacts, Reads};
use super::series::{Point, Series};
use super::windows::Newest;
use super::{Figure, Fold};
use crate::facts::PeopleSet;
use crate::model::day::Day;
use std::collections::BTreeMap;

pub(super) const FIGURE: Figure = Figure {
    definition: Definition {
        id: "editors-reporting-lines",
        title: "Editors that report lines",
        sentence: "The share of people of an editor whose versions of editor and plug-in report lines of code, on a day.",
        unit: Unit::Share,
        numerator: "people whose last known versions of editor and plug-in are at least those of GitHub's table",
        denominator: Some("people who used the editor"),
        population: "people with an entry in `totals_by_ide`, by editor; a person with two editors is in both",
        fields: &["totals_by_ide[].ide", "totals_by_ide[].last_known_ide_version", "totals_by_ide[].last_known_plugin_version"],
        first_day: "2025-10-10",
        caveats: &[
            "A low share explains few lines better than anything else.",
            "People whose versions are not known count below the line only. Editors that are not in GitHub's table have a share of 0.",
            "The versions of the table are those from which on every feature reports lines.",
        ],
        smallest_group: None,
        source: "https://docs.github.com/en/copilot/reference/copilot-usage-metrics/lines-of-code-metrics",
    },
    reads: Reads { people: Some(|set| matches!(set, PeopleSet::Editor(_) | PeopleSet::EditorReports(_))), ..Reads::NOTHING },
    days_before: 0,
    begin: |context| Box::new(EditorsReportingLines { context, days: Vec::new(), editors: BTreeMap::new() }),
};

/// Points of a bucket are those of its last day. Editors turn up as days go by, so days are kept until the end.
struct EditorsReportingLines<'a> {
    context: Context<'a>,
    days: Vec<(Day, bool, State)>,
    editors: BTreeMap<String, BTreeMap<Day, (u64, u64)>>,
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    Held,
    Withheld,
    NotHeld,
}

impl Fold for EditorsReportingLines<'_> {
    fn day(&mut self, facts: &DayFacts<'_>) {
        let state = match (facts.is_withheld, facts.people) {
            (true, _) => State::Withheld,
            (false, None) => State::NotHeld,
            (false, Some(people)) => {
                for (set, all) in &people.sets {
                    if let PeopleSet::Editor(name) = set {
                        let reporting = people.count(&PeopleSet::EditorReports(name.clone()));
                        self.editors.entry(name.clone()).or_default().insert(facts.day, (reporting, all.len()));
                    }
                }
                State::Held
            }
        };
        self.days.push((facts.day, facts.is_provisional, state));
    }

    fn finish(self: Box<Self>) -> Vec<Series> {
        let series = |name: Option<&str>, counts: &BTreeMap<Day, (u64, u64)>| {
            let mut points = Newest::new(self.context.by);
            for (day, is_provisional, state) in &self.days {
                points.push(match state {
                    State::NotHeld => Point::not_held(*day),
                    State::Withheld => Point::withheld(*day),
                    State::Held => {
                        let (reporting, all) = counts.get(day).copied().unwrap_or_default();
                        Point::ratio(*day, reporting as f64, all as f64, *is_provisional)
                    }
                });
            }
            points.series(name)
        };
        if self.editors.is_empty() {
            return vec![series(None, &BTreeMap::new())];
        }
        self.editors.iter().map(|(name, counts)| series(Some(name), counts)).collect()
    }
}

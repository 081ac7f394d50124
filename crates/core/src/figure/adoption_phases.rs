//! Phases of adoption of the people within 28 days.

use super::context::Context;
use super::definition::{Definition, Unit};
use super::facts::{DayFacts, Reads};
use super::series::Point;
use super::series::Series;
use super::windows::{Held, Newest, Window};
use super::{Figure, Fold};
use crate::facts::{PeopleSet, PersonSet};
use crate::model::day::Day;
use std::collections::BTreeMap;

pub(super) const FIGURE: Figure = Figure {
    definition: Definition {
        id: "adoption-phases",
        title: "Phases of adoption",
        sentence: "People with a row within the 28 days that end with the day, by the phase of adoption of their newest row.",
        unit: Unit::People,
        numerator: "people whose newest row has the phase",
        denominator: None,
        population: "people with a row that has a phase",
        fields: &["ai_adoption_phase.phase_number", "users-1-day"],
        first_day: "2025-10-10",
        caveats: &[
            "GitHub's aggregate counts people of a phase who were active on that day; its dashboard those of 28 days, as here.",
            "Phase 0 is GitHub's `No Cohort`: people who use Copilot passively, which is another thing than not at all.",
            "Each person is in one series.",
        ],
        smallest_group: None,
        source: "https://docs.github.com/en/copilot/concepts/copilot-usage-metrics/copilot-metrics",
    },
    reads: Reads { people: Some(|set| matches!(set, PeopleSet::Phase(_))), ..Reads::NOTHING },
    days_before: 27,
    begin: |context| {
        Box::new(AdoptionPhases {
            context,
            window: Window::new(28),
            newest: BTreeMap::new(),
            days: Vec::new(),
            phases: BTreeMap::new(),
        })
    },
};

struct AdoptionPhases<'a> {
    context: Context<'a>,
    window: Window,
    /// The people of each phase, by their newest row.
    newest: BTreeMap<i64, PersonSet>,
    days: Vec<Result<(Day, bool), Point>>,
    phases: BTreeMap<i64, BTreeMap<Day, u64>>,
}

impl Fold for AdoptionPhases<'_> {
    fn day(&mut self, facts: &DayFacts<'_>) {
        let mut today = PersonSet::new();
        if let (false, Some(people)) = (facts.is_withheld, facts.people) {
            for (set, members) in &people.sets {
                if let PeopleSet::Phase(phase) = set {
                    self.newest.values_mut().for_each(|others| *others -= members);
                    *self.newest.entry(*phase).or_default() |= members;
                    today |= members;
                }
            }
        }
        self.window.push(Held::of(facts, || facts.people.map(|_| today)));
        if self.context.since.is_some_and(|since| facts.day < since) {
            return;
        }
        match self.window.union(28) {
            Held::Missing => self.days.push(Err(Point::not_held(facts.day))),
            Held::Withheld => self.days.push(Err(Point::withheld(facts.day))),
            Held::People(seen) => {
                for (phase, people) in &self.newest {
                    let count = people.intersection_len(&seen);
                    if count > 0 {
                        self.phases.entry(*phase).or_default().insert(facts.day, count);
                    }
                }
                self.days.push(Ok((facts.day, facts.is_provisional)));
            }
        }
    }

    fn finish(self: Box<Self>) -> Vec<Series> {
        let series = |name: Option<&str>, counts: &BTreeMap<Day, u64>| {
            let mut points = Newest::new(self.context.by);
            for day in &self.days {
                points.push(match day {
                    Ok((day, is_provisional)) => {
                        let people = counts.get(day).copied().unwrap_or_default();
                        Point::count(*day, people as f64, *is_provisional)
                    }
                    Err(point) => point.clone(),
                });
            }
            points.series(name)
        };
        let name = |phase: i64| if phase == 0 { "no cohort".to_owned() } else { format!("phase {phase}") };
        if self.phases.is_empty() {
            return vec![series(None, &BTreeMap::new())];
        }
        self.phases.iter().map(|(phase, counts)| series(Some(&name(*phase)), counts)).collect()
    }
}

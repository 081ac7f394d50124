//! Phases of adoption of the people within 28 days.

use super::context::Context;
use super::definition::{Definition, Unit};
use super::facts::{DayFacts, Reads};
use super::people_by_group::PeopleByGroup;
use super::series::Series;
use super::windows::{Held, Window};
use super::{Figure, Fold};
use crate::facts::{PeopleSet, PersonSet};
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
    begin: |context| Box::new(AdoptionPhases { phases: PhaseWindow::new(), people: PeopleByGroup::new(context.by), context }),
};

/// Days of a window.
pub(super) const WINDOW_DAYS: usize = 28;

/// The people of each phase within the newest 28 days, by their newest row of all.
pub(super) struct PhaseWindow {
    window: Window,
    newest: BTreeMap<i64, PersonSet>,
}

impl PhaseWindow {
    pub(super) fn new() -> Self {
        Self { window: Window::new(WINDOW_DAYS), newest: BTreeMap::new() }
    }

    /// Takes a day. Gives the people of each phase that anybody is in, each once, or the reason why they are not known.
    pub(super) fn push(&mut self, facts: &DayFacts<'_>) -> Result<BTreeMap<i64, PersonSet>, Held> {
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
        match self.window.union(WINDOW_DAYS) {
            Held::People(seen) => {
                let of_window = self.newest.iter().map(|(phase, people)| (*phase, people & &seen));
                Ok(of_window.filter(|(_, people)| !people.is_empty()).collect())
            }
            reason => Err(reason),
        }
    }
}

/// A phase's name in series. Phase 0 is GitHub's `No Cohort`.
pub(super) fn phase_name(phase: i64) -> String {
    if phase == 0 { "no cohort".to_owned() } else { format!("phase {phase}") }
}

struct AdoptionPhases<'a> {
    context: Context<'a>,
    phases: PhaseWindow,
    people: PeopleByGroup<i64>,
}

impl Fold for AdoptionPhases<'_> {
    fn day(&mut self, facts: &DayFacts<'_>) {
        let phases = self.phases.push(facts);
        if self.context.since.is_some_and(|since| facts.day < since) {
            return;
        }
        match phases {
            Ok(phases) => self.people.push(facts, phases.into_iter().map(|(phase, people)| (phase, people.len()))),
            Err(reason) => self.people.push_without(facts, &reason),
        }
    }

    fn finish(self: Box<Self>) -> Vec<Series> {
        self.people.series(|phase| phase_name(*phase))
    }
}

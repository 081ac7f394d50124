//! Changes between phases of adoption: the matrix of people between two windows that do not overlap.

use std::collections::{BTreeMap, VecDeque};

use super::adoption_phases::{PhaseWindow, WINDOW_DAYS, phase_name};
use super::context::Context;
use super::definition::{Definition, Unit};
use super::facts::{DayFacts, Reads};
use super::people_by_group::PeopleByGroup;
use super::series::Series;
use super::windows::Held;
use super::{Figure, Fold};
use crate::facts::{PeopleSet, PersonSet};

pub(super) const FIGURE: Figure = Figure {
    definition: Definition {
        id: "adoption-phase-changes",
        title: "Changes between phases of adoption",
        sentence: "People by their phase of adoption within the 28 days that end with the day, and within the 28 days before them.",
        unit: Unit::People,
        numerator: "people by both phases, each by the newest row within its days",
        denominator: None,
        population: "people with a row that names a phase within either 28 days",
        fields: &["users-1-day", "ai_adoption_phase"],
        first_day: "2026-04-10",
        caveats: &[
            "`none` are people without such a row within those days.",
            "The two windows do not overlap, so nobody changes by a day that both have.",
            "Each person is in one series.",
            "The point of a week or a month is that of its last day.",
        ],
        smallest_group: None,
        source: "https://docs.github.com/en/copilot/concepts/copilot-usage-metrics/copilot-metrics",
    },
    reads: Reads { people: Some(|set| matches!(set, PeopleSet::Phase(_))), ..Reads::NOTHING },
    days_before: 55,
    begin: |context| {
        Box::new(AdoptionPhaseChanges {
            phases: PhaseWindow::new(),
            before: VecDeque::new(),
            people: PeopleByGroup::new(context.by),
            context,
        })
    },
};

/// People by phase within a window, each once; or the reason why that is not known.
type Phases = Result<BTreeMap<i64, PersonSet>, Held>;

/// The phase before and after; none for people without one.
type Change = (Option<i64>, Option<i64>);

struct AdoptionPhaseChanges<'a> {
    context: Context<'a>,
    phases: PhaseWindow,
    /// The phases of the newest windows, one a day, oldest first.
    before: VecDeque<Phases>,
    people: PeopleByGroup<Change>,
}

/// The number of people by both phases.
fn changes(before: &BTreeMap<i64, PersonSet>, now: &BTreeMap<i64, PersonSet>) -> Vec<(Change, u64)> {
    let everybody = |phases: &BTreeMap<i64, PersonSet>| phases.values().fold(PersonSet::new(), |all, people| all | people);
    let (was, is) = (everybody(before), everybody(now));
    let gone = before.iter().map(|(from, people)| ((Some(*from), None), people.difference_len(&is)));
    let came = now.iter().map(|(to, people)| ((None, Some(*to)), people.difference_len(&was)));
    let between = |(from, people): (&i64, &PersonSet)| -> Vec<(Change, u64)> {
        now.iter().map(|(to, others)| ((Some(*from), Some(*to)), people.intersection_len(others))).collect()
    };
    gone.chain(came).chain(before.iter().flat_map(between)).collect()
}

impl Fold for AdoptionPhaseChanges<'_> {
    fn day(&mut self, facts: &DayFacts<'_>) {
        let now = self.phases.push(facts);
        let before = if self.before.len() == WINDOW_DAYS { self.before.pop_front() } else { None };
        self.before.push_back(now.clone());
        if self.context.since.is_some_and(|since| facts.day < since) {
            return;
        }
        match (before.unwrap_or(Err(Held::Missing)), now) {
            (Ok(before), Ok(now)) => self.people.push(facts, changes(&before, &now)),
            (Err(Held::Missing), _) | (_, Err(Held::Missing)) => self.people.push_without(facts, &Held::Missing),
            (Err(reason), _) | (_, Err(reason)) => self.people.push_without(facts, &reason),
        }
    }

    fn finish(self: Box<Self>) -> Vec<Series> {
        let name = |phase: &Option<i64>| phase.map_or_else(|| "none".to_owned(), phase_name);
        self.people.series(|(from, to)| format!("{} to {}", name(from), name(to)))
    }
}

//! Surfaces of Copilot and their overlaps.

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
        id: "surfaces",
        title: "Surfaces and their overlaps",
        sentence: "People by the combination of surfaces that they used within the 28 days that end with the day.",
        unit: Unit::People,
        numerator: "people who used exactly these surfaces",
        denominator: None,
        population: "people who used any of the surfaces, each in one combination",
        fields: &[
            "used_chat",
            "used_agent",
            "used_cli",
            "used_copilot_cloud_agent",
            "used_copilot_code_review_active",
            "used_copilot_app",
        ],
        first_day: "2025-10-10",
        caveats: &[
            "A series is named after its surfaces, such as `chat + cli`. Each person is in one series, so they can be added up.",
            "Passive reviews are no use of a surface.",
            "Combinations that nobody has have no series.",
        ],
        smallest_group: None,
        source: "https://docs.github.com/en/copilot/reference/copilot-usage-metrics",
    },
    reads: Reads { people: Some(is_read), ..Reads::NOTHING },
    days_before: 27,
    begin: |context| {
        Box::new(Surfaces {
            windows: SURFACES.map(|_| Window::new(28)),
            context,
            days: Vec::new(),
            combinations: BTreeMap::new(),
        })
    },
};

/// Surfaces and their flags.
const SURFACES: [(&str, &str); 6] = [
    ("chat", "used_chat"),
    ("agent", "used_agent"),
    ("cli", "used_cli"),
    ("cloud agent", "used_copilot_cloud_agent"),
    ("code review", "used_copilot_code_review_active"),
    ("app", "used_copilot_app"),
];

fn is_read(set: &PeopleSet) -> bool {
    matches!(set, PeopleSet::Flag(flag) if SURFACES.iter().any(|(_, used)| flag == used))
}

struct Surfaces<'a> {
    context: Context<'a>,
    windows: [Window; 6],
    days: Vec<Result<(Day, bool), Point>>,
    /// People by combination, a bit for each surface, and day.
    combinations: BTreeMap<u8, BTreeMap<Day, u64>>,
}

impl Fold for Surfaces<'_> {
    fn day(&mut self, facts: &DayFacts<'_>) {
        for ((_, flag), window) in SURFACES.iter().zip(&mut self.windows) {
            window.push(Held::of(facts, || facts.people.map(|people| people.people(&PeopleSet::flag(flag)))));
        }
        let is_wanted = self.context.since.is_none_or(|since| facts.day >= since);
        if !is_wanted {
            return;
        }
        let mut sets: Vec<PersonSet> = Vec::new();
        for window in &self.windows {
            match window.union(28) {
                Held::People(people) => sets.push(people),
                Held::Withheld => return self.days.push(Err(Point::withheld(facts.day))),
                Held::Missing => return self.days.push(Err(Point::not_held(facts.day))),
            }
        }
        for (combination, people) in exactly(&sets) {
            self.combinations.entry(combination).or_default().insert(facts.day, people);
        }
        self.days.push(Ok((facts.day, facts.is_provisional)));
    }

    fn finish(self: Box<Self>) -> Vec<Series> {
        let series = |name: Option<&str>, counts: &BTreeMap<Day, u64>| {
            let mut points = Newest::new(self.context.by);
            for day in &self.days {
                points.push(match day {
                    Ok((day, is_provisional)) => {
                        Point::count(*day, counts.get(day).copied().unwrap_or_default() as f64, *is_provisional)
                    }
                    Err(point) => point.clone(),
                });
            }
            points.series(name)
        };
        if self.combinations.is_empty() {
            return vec![series(None, &BTreeMap::new())];
        }
        self.combinations.iter().map(|(combination, counts)| series(Some(&name(*combination)), counts)).collect()
    }
}

/// The number of people in each combination of sets, apart from none of them.
fn exactly(sets: &[PersonSet]) -> Vec<(u8, u64)> {
    let mut parts: Vec<(u8, PersonSet)> = Vec::new();
    for (bit, set) in sets.iter().enumerate() {
        let mut rest = set.clone();
        let mut next = Vec::new();
        for (combination, people) in parts {
            let both = &people & set;
            rest -= &both;
            let alone = people - &both;
            next.extend([(combination, alone), (combination | 1 << bit, both)].into_iter().filter(|(_, of)| !of.is_empty()));
        }
        if !rest.is_empty() {
            next.push((1 << bit, rest));
        }
        parts = next;
    }
    parts.into_iter().map(|(combination, people)| (combination, people.len())).collect()
}

fn name(combination: u8) -> String {
    let used = SURFACES.iter().enumerate().filter(|(bit, _)| combination >> bit & 1 == 1);
    used.map(|(_, (name, _))| *name).collect::<Vec<_>>().join(" + ")
}

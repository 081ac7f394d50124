//! Surfaces of Copilot and their overlaps.

use super::by_person::ByPerson;
use super::context::Context;
use super::definition::{Definition, Unit};
use super::facts::{DayFacts, Reads};
use super::people_by_group::PeopleByGroup;
use super::series::Series;
use super::windows::{Held, Window};
use super::{Figure, Fold};
use crate::facts::{PeopleSet, PersonSet};

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
        let windows = SURFACES.map(|_| Window::new(28));
        Box::new(Surfaces { windows, used: Combinations::new(), people: PeopleByGroup::new(context.by), context })
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
    used: Combinations,
    /// People by combination, a bit for each surface.
    people: PeopleByGroup<u8>,
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
        for (surface, window) in self.windows.iter().enumerate() {
            match window.union(28) {
                Held::People(people) => self.used.set(surface, people),
                reason => return self.people.push_without(facts, &reason),
            }
        }
        self.people.push(facts, self.used.people());
    }

    fn finish(self: Box<Self>) -> Vec<Series> {
        self.people.series(|combination| name(*combination))
    }
}

/// People by the combination of surfaces that they use, changed by those who begin and end using one: from day to day they are few.
struct Combinations {
    users: [PersonSet; 6],
    used: ByPerson<u8>,
    people: [u64; 64],
}

impl Combinations {
    fn new() -> Self {
        Self { users: SURFACES.map(|_| PersonSet::new()), used: ByPerson::default(), people: [0; 64] }
    }

    /// Makes these people, and no others, the users of a surface.
    fn set(&mut self, surface: usize, users: PersonSet) {
        for person in &self.users[surface] ^ &users {
            let used = self.used.of(person);
            // Nobody counts those who use nothing.
            let before = &mut self.people[usize::from(*used)];
            *before = before.saturating_sub(1);
            *used ^= 1 << surface;
            self.people[usize::from(*used)] += 1;
        }
        self.users[surface] = users;
    }

    /// How many people use exactly each combination of at least one surface.
    fn people(&self) -> impl Iterator<Item = (u8, u64)> {
        (1_u8..64).zip(self.people.iter().skip(1).copied())
    }
}

fn name(combination: u8) -> String {
    let used = SURFACES.iter().enumerate().filter(|(bit, _)| combination >> bit & 1 == 1);
    used.map(|(_, (name, _))| *name).collect::<Vec<_>>().join(" + ")
}

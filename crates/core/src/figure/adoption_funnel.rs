//! The funnel from a seat to regular use of agents.

use std::collections::VecDeque;

use super::context::Context;
use super::definition::{Definition, Unit};
use super::facts::{DayFacts, Reads};
use super::series::Point;
use super::series::Series;
use super::windows::{Held, Newest, Window};
use super::{ALL_DAYS, Figure, Fold};
use crate::facts::{PeopleSet, PersonSet};

pub(super) const FIGURE: Figure = Figure {
    definition: Definition {
        id: "adoption-funnel",
        title: "Adoption funnel",
        sentence: "How many people with a seat were ever active, are active within 28 days, on at least 8 working days of them, used agents on at least 2 days of them, and are in the third phase of adoption; each stage out of the one before.",
        unit: Unit::Share,
        numerator: "people who reach the stage and all stages before",
        denominator: Some("people who reach the stage before; of the first, the people with a seat"),
        population: "people who hold a seat on the day",
        fields: &[
            "created_at",
            "pending_cancellation_date",
            "users-1-day",
            "used_agent",
            "used_cli",
            "used_copilot_cloud_agent",
            "used_copilot_code_review_active",
            "used_copilot_app",
            "ai_adoption_phase",
        ],
        first_day: "2025-10-10",
        caveats: &[
            "Each stage is a part of the one before, so the numbers never rise.",
            "`ever active` begins with the first day that was read.",
            "Active is GitHub's definition. Agents are agent mode, command line, cloud agent, requested reviews and the app.",
            "Saturdays, Sundays and the holidays of the settings are no working days.",
            "Without a snapshot of seats on the day, that of the nearest day stands, at most three days away.",
        ],
        smallest_group: None,
        source: "https://docs.github.com/en/rest/copilot/copilot-user-management",
    },
    reads: Reads { people: Some(is_read), seats: true, holidays: true, ..Reads::NOTHING },
    days_before: ALL_DAYS,
    begin: |context| {
        Box::new(AdoptionFunnel {
            context,
            ever: PersonSet::new(),
            active: Window::new(28),
            working: DayCounts::new(28),
            agents: DayCounts::new(28),
            series: STAGES.map(|_| Newest::new(context.by)),
        })
    },
};

const STAGES: [&str; 6] =
    ["seats", "ever active", "active in 28 days", "active on 8 working days", "agents on 2 days", "phase 3"];

/// Flags of surfaces on which agents work.
const AGENTS: [&str; 5] =
    ["used_agent", "used_cli", "used_copilot_cloud_agent", "used_copilot_code_review_active", "used_copilot_app"];

/// GitHub's third phase.
const THIRD: PeopleSet = PeopleSet::Phase(3);

fn is_read(set: &PeopleSet) -> bool {
    match set {
        PeopleSet::Flag(flag) => AGENTS.contains(&flag.as_str()),
        _ => *set == PeopleSet::Reported || *set == THIRD,
    }
}

struct AdoptionFunnel<'a> {
    context: Context<'a>,
    ever: PersonSet,
    active: Window,
    working: DayCounts,
    agents: DayCounts,
    series: [Newest; 6],
}

impl Fold for AdoptionFunnel<'_> {
    fn day(&mut self, facts: &DayFacts<'_>) {
        let reported = Held::of(facts, || facts.people.map(|people| people.people(&PeopleSet::Reported)));
        let agents = facts.people.map(|people| {
            AGENTS.iter().map(|flag| people.people(&PeopleSet::flag(flag))).fold(PersonSet::new(), |all, some| all | some)
        });
        let active = if let Held::People(people) = &reported { people.clone() } else { PersonSet::new() };
        self.ever |= &active;
        let is_working_day = self.context.inputs.is_working_day(facts.day);
        self.working.push(if is_working_day { active } else { PersonSet::new() });
        self.agents.push(agents.unwrap_or_default());
        self.active.push(reported);
        if self.context.since.is_some_and(|since| facts.day < since) {
            return;
        }
        let active = self.active.union(28);
        let points = match (facts.is_withheld, active, facts.seats) {
            (true, ..) | (_, Held::Withheld, _) => STAGES.map(|_| Point::withheld(facts.day)),
            (_, Held::Missing, _) | (.., None) => STAGES.map(|_| Point::not_held(facts.day)),
            (false, Held::People(active), Some(seats)) => {
                let holders = seats.holders(facts.day);
                let third = facts.people.map(|people| people.people(&THIRD)).unwrap_or_default();
                let stages =
                    [holders.clone(), self.ever.clone(), active, self.working.at_least(8), self.agents.at_least(2), third];
                let (mut reached, mut before) = (holders.clone(), holders.len());
                stages.map(|stage| {
                    reached &= stage;
                    let point = Point::ratio(facts.day, reached.len() as f64, before as f64, facts.is_provisional);
                    before = reached.len();
                    point
                })
            }
        };
        self.series.iter_mut().zip(points).for_each(|(series, point)| series.push(point));
    }

    fn finish(self: Box<Self>) -> Vec<Series> {
        STAGES.iter().zip(self.series).map(|(name, points)| points.series(Some(name))).collect()
    }
}

/// On how many of the newest days each person was there. The counts are binary numbers whose digits are sets: a person is in the set
/// of a digit when it is 1 in the person's count.
#[derive(Debug)]
struct DayCounts {
    length: usize,
    days: VecDeque<PersonSet>,
    /// The lowest digit first.
    digits: Vec<PersonSet>,
}

impl DayCounts {
    fn new(length: usize) -> Self {
        Self { length, days: VecDeque::new(), digits: Vec::new() }
    }

    fn push(&mut self, people: PersonSet) {
        if self.days.len() == self.length
            && let Some(oldest) = self.days.pop_front()
        {
            let mut borrow = oldest;
            for digit in &mut self.digits {
                let before = digit.clone();
                *digit ^= &borrow;
                borrow -= before;
            }
        }
        let mut carry = people.clone();
        for digit in &mut self.digits {
            let both = &*digit & &carry;
            *digit ^= &carry;
            carry = both;
        }
        if !carry.is_empty() {
            self.digits.push(carry);
        }
        self.days.push_back(people);
    }

    /// Those who were there on at least that many days, which is at least one.
    fn at_least(&self, days: u32) -> PersonSet {
        if days >> self.digits.len() > 0 {
            return PersonSet::new();
        }
        let mut equal = self.digits.iter().fold(PersonSet::new(), |all, digit| all | digit);
        let mut more = PersonSet::new();
        for (place, digit) in self.digits.iter().enumerate().rev() {
            if days >> place & 1 == 1 {
                equal &= digit;
            } else {
                more |= &equal & digit;
                equal -= digit;
            }
        }
        more | equal
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_counted_within_the_newest_ones() {
        let mut counts = DayCounts::new(10);
        // Person n is there on days that n divides.
        let day = |number: u32| (1..8).filter(|person| number.is_multiple_of(*person)).collect::<PersonSet>();
        for number in 1..=25 {
            counts.push(day(number));
            for days in 1..12 {
                let naive = (1..8).filter(|person| {
                    (1.max(number as i32 - 9) as u32..=number).filter(|at| at.is_multiple_of(*person)).count() >= days
                });
                assert_eq!(counts.at_least(days as u32), naive.collect::<PersonSet>(), "day {number}, {days} days");
            }
        }
    }
}

//! What became of those who hold or held a seat.

use super::definition::{Definition, Unit};
use super::facts::{DayFacts, Reads};
use super::periods::{Period, Periods};
use super::series::Point;
use super::series::Series;
use super::windows::Held;
use super::{Figure, Fold};
use crate::facts::{PeopleSet, PersonSet};

pub(super) const FIGURE: Figure = Figure {
    definition: Definition {
        id: "seat-changes",
        title: "What became of seats",
        sentence: "People with a seat at the end of a period or of the one before, by what became of them: still active, active again, lapsed, still idle, newly given, and reclaimed.",
        unit: Unit::People,
        numerator: "people of each kind",
        denominator: None,
        population: "people with a seat at the end of the period or of the period before, each once",
        fields: &["created_at", "pending_cancellation_date", "users-1-day"],
        first_day: "2025-10-10",
        caveats: &[
            "By month it is months instead of weeks; by day it is weeks.",
            "Active is GitHub's definition, on any day of the period.",
            "It needs the seats at the ends of two periods. GitHub has no past seats.",
            "`reclaimed` are those whose seat was taken away, cancelled or left unassigned.",
            "Without a snapshot of seats on the day, that of the nearest day stands, at most three days away.",
        ],
        smallest_group: None,
        source: "https://docs.github.com/en/rest/copilot/copilot-user-management",
    },
    reads: Reads { people: Some(|set| *set == PeopleSet::Reported), seats: true, ..Reads::NOTHING },
    days_before: 62,
    begin: |context| Box::new(SeatChanges { periods: Periods::new(context.by), holders: Vec::new() }),
};

const NAMES: [&str; 6] = ["still active", "active again", "lapsed", "still idle", "newly given", "reclaimed"];

struct SeatChanges {
    periods: Periods,
    /// Holders at the end of each period; none when they were not read on its last day.
    holders: Vec<Option<PersonSet>>,
}

impl Fold for SeatChanges {
    fn day(&mut self, facts: &DayFacts<'_>) {
        self.periods.push(facts, Held::of(facts, || facts.people.map(|people| people.people(&PeopleSet::Reported))));
        self.holders.resize(self.periods.list.len(), None);
        if let Some(last) = self.holders.last_mut() {
            *last = facts.seats.map(|seats| seats.holders(facts.day));
        }
    }

    fn finish(self: Box<Self>) -> Vec<Series> {
        let periods = self.periods.finish();
        let mut series = NAMES.map(|name| Series { name: Some(name.to_owned()), points: Vec::new() });
        for (place, period) in periods.iter().enumerate() {
            let before = place.checked_sub(1).and_then(|place| Some((periods.get(place)?, self.holders.get(place)?.as_ref()?)));
            let now = self.holders.get(place).and_then(Option::as_ref);
            let points = match (before, now) {
                (Some((before, held)), Some(hold)) => changes(held, &before.people, hold, &period.people)
                    .map(|people| period.count(&[before] as &[&Period], || people)),
                _ => NAMES.map(|_| Point::not_held(period.last)),
            };
            series.iter_mut().zip(points).for_each(|(series, point)| series.points.push(point));
        }
        series.into()
    }
}

/// The number of people of each kind, in the order of [`NAMES`]: holders and active people before, and now.
fn changes(held: &PersonSet, was_active: &PersonSet, hold: &PersonSet, is_active: &PersonSet) -> [u64; 6] {
    let both = held & hold;
    let (active, idle) = (&both & is_active, &both - is_active);
    [
        active.intersection_len(was_active),
        active.difference_len(was_active),
        idle.intersection_len(was_active),
        idle.difference_len(was_active),
        hold.difference_len(held),
        held.difference_len(hold),
    ]
}

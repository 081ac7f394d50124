//! Folds the seats of an organization or an enterprise, as the REST API lists them, to the seats of a day.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use jiff::Timestamp;

use super::super::json::Json;
use super::people_day::Person;
use crate::facts::{HeldSeat, SeatsDay};
use crate::model::day::Day;

/// Error for a seat that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum SeatRefusal {
    /// It is not JSON.
    #[error("a seat is not JSON")]
    NotJson(#[source] serde_json::Error),
    /// It has no day on which it was given.
    #[error("a seat has no readable `created_at`")]
    NoCreation,
}

/// Takes seats in any order.
#[derive(Debug, Default)]
pub struct SeatsDayBuilder {
    seats: BTreeMap<u32, HeldSeat>,
    unassigned: u64,
    evidence: Option<Timestamp>,
}

impl SeatsDayBuilder {
    /// No seats yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes one seat, the text of its object. `number` gives its holder a number, for ever the same. Several seats of a person are
    /// one: an enterprise lists a seat for each team that grants it.
    ///
    /// # Errors
    /// When it cannot be read. Then the seats are not complete.
    pub fn push_seat(&mut self, text: &[u8], number: impl FnOnce(Person<'_>) -> u32) -> Result<(), SeatRefusal> {
        let seat = Json::parse(text).map_err(SeatRefusal::NotJson)?;
        let assignee = seat.get("assignee");
        let Some(id) = assignee.and_then(|user| user.get("id")).and_then(Json::id_number) else {
            self.unassigned += 1;
            return Ok(());
        };
        let created = seat.get("created_at").and_then(Json::text).and_then(day).ok_or(SeatRefusal::NoCreation)?;
        let login = assignee.and_then(|user| user.get("login")).and_then(Json::text);
        let last_activity = seat.get("last_activity_at").and_then(Json::text);
        self.evidence = self.evidence.max(last_activity.and_then(|text| text.parse().ok()));
        let found = HeldSeat {
            person: number(Person { id, login }),
            created,
            pending_cancellation: seat.get("pending_cancellation_date").and_then(Json::text).and_then(day),
            last_activity: last_activity.and_then(day),
            plan: seat.get("plan_type").and_then(Json::text).map(Into::into),
            team: seat.get("assigning_team").and_then(|team| team.get("id")).and_then(Json::id_number),
        };
        match self.seats.entry(found.person) {
            Entry::Vacant(entry) => {
                entry.insert(found);
            }
            Entry::Occupied(mut entry) => merge(entry.get_mut(), found),
        }
        Ok(())
    }

    /// The seats, when all were given.
    pub fn finish(self) -> SeatsDay {
        SeatsDay { seats: self.seats.into_values().collect(), unassigned: self.unassigned, evidence: self.evidence }
    }
}

fn merge(seat: &mut HeldSeat, other: HeldSeat) {
    seat.created = seat.created.min(other.created);
    // None stays: one of the seats is not cancelled.
    seat.pending_cancellation = seat.pending_cancellation.zip(other.pending_cancellation).map(|(one, other)| one.max(other));
    seat.last_activity = seat.last_activity.max(other.last_activity);
    // The larger name, so that the order of the seats does not matter.
    seat.plan = seat.plan.take().max(other.plan);
    seat.team = match (seat.team, other.team) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    };
}

/// The UTC day of a time such as `2026-08-01T10:00:00+02:00`, or of a date.
fn day(text: &str) -> Option<Day> {
    text.parse().ok().or_else(|| text.parse::<Timestamp>().ok().map(Day::of))
}

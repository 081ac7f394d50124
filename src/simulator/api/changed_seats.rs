//! Seats that requests have changed. They change no other state of a simulator.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use super::super::world::PersonKey;
use crate::model::day::Day;

/// In place of an organization's login, for the seats that the enterprise grants itself: no login has a slash.
pub(super) const OF_ENTERPRISE: &str = "/enterprise";

/// Change of a seat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum SeatChange {
    /// A person without a seat got one.
    Given,
    /// A pending removal was cancelled.
    Kept,
    /// The seat ends on that day.
    Ends(Day),
}

/// Changed seats, by the login of the organization and person.
#[derive(Debug, Default)]
pub(in super::super) struct SeatChanges(Mutex<BTreeMap<(String, PersonKey), SeatChange>>);

impl SeatChanges {
    pub(super) fn of(&self, organization: &str, person: PersonKey) -> Option<SeatChange> {
        let changes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        changes.get(&(organization.to_owned(), person)).copied()
    }

    /// People whose seat has changed.
    pub(super) fn given(&self, organization: &str) -> Vec<PersonKey> {
        let changes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        changes.keys().filter(|(login, _)| login == organization).map(|(_, person)| *person).collect()
    }

    pub(super) fn put(&self, organization: &str, person: PersonKey, change: SeatChange) {
        let mut changes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        changes.insert((organization.to_owned(), person), change);
    }
}

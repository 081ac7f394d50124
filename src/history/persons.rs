//! What is kept of people, and numbers of persons: GitHub's id of a user at a host has one number in the file, for ever.

use std::collections::HashMap;

use super::error::HistoryError;
use super::store::{HistoryStore, NewPerson};
use crate::copilot::facts::Person;
use crate::figure::SMALLEST_GROUP;

/// What is kept of people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PeopleKept {
    /// False when nothing is kept by which days of one person could be put together: no people, no seats, no members of teams. Sums of
    /// teams are made in memory.
    pub are_kept: bool,
    /// The smallest group for which it is worked out what may be shown of teams. For another one it is worked out anew when it is shown,
    /// which takes longer.
    pub smallest_group: u64,
}

impl Default for PeopleKept {
    fn default() -> Self {
        Self { are_kept: true, smallest_group: SMALLEST_GROUP }
    }
}

/// The numbers that a run has used so far, by host.
#[derive(Debug, Default)]
pub(super) struct Persons {
    hosts: HashMap<String, HashMap<u64, Known>>,
    next: Option<u32>,
    new: Vec<NewPerson>,
}

#[derive(Debug)]
struct Known {
    number: u32,
    login: Option<Box<str>>,
}

impl Persons {
    /// Reads the persons of a host, once.
    pub(super) fn read(&mut self, store: &HistoryStore, host: &str) -> Result<(), HistoryError> {
        if !self.hosts.contains_key(host) {
            let known = store.persons(host)?.into_iter();
            let known = known.map(|(number, id, login)| (id, Known { number, login: login.map(String::into_boxed_str) }));
            self.hosts.insert(host.to_owned(), known.collect());
        }
        if self.next.is_none() {
            self.next = Some(store.next_person()?);
        }
        Ok(())
    }

    /// The number of a person of a host that was read.
    pub(super) fn number(&mut self, host: &str, person: Person<'_>) -> u32 {
        let Self { hosts, next, new } = self;
        let known = hosts.entry(host.to_owned()).or_default();
        let is_new = !known.contains_key(&person.id);
        let known = known.entry(person.id).or_insert_with(|| {
            let number = next.unwrap_or_default();
            *next = Some(number.saturating_add(1));
            Known { number, login: None }
        });
        let has_login = person.login.is_some_and(|login| known.login.as_deref() != Some(login));
        if has_login {
            known.login = person.login.map(Into::into);
        }
        if is_new || has_login {
            let login = known.login.as_deref().map(str::to_owned);
            new.push(NewPerson { number: known.number, host: host.to_owned(), id: person.id, login });
        }
        known.number
    }

    /// Persons that the file does not have yet.
    pub(super) fn take_new(&mut self) -> Vec<NewPerson> {
        std::mem::take(&mut self.new)
    }
}

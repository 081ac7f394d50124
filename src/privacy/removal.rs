//! One person, removed from a data folder: from the history, the report cache, the reports of runs and the local catalog.

use std::path::Path;

use super::forgotten::ForgottenList;
use super::{PeopleRules, PrivacyError};
use crate::github::forget_in_cache;
use crate::history::lock::HistoryUse;
use crate::history::people::HeldPerson;
use crate::history::{HistoryReader, HistoryStore, salvage};
use crate::local_catalog::{forget_entities, named_entities};
use crate::model::person::GITHUB_LOGIN;
use crate::runs::Runs;

/// The smallest number that stands for a person wherever it stands in a text. Smaller ones are counts more often than people.
const SMALLEST_TELLING_NUMBER: u64 = 100_000;

/// What a data folder holds of a person, or held.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Removal {
    /// True when the login was forgotten before.
    pub was_forgotten: bool,
    /// Persons of the history: one for each host.
    pub persons: u64,
    /// Parts of days of the history; not known before they are changed.
    pub facts: Option<u64>,
    /// Parts of days of the history that were removed whole, because they cannot be unpacked and may be about anybody.
    pub unreadable: u64,
    /// Reports of the cache.
    pub reports: u64,
    /// Reports of runs.
    pub runs: u64,
    /// Entities of the local catalog, each by its blueprint and how many.
    pub entities: Vec<(String, u64)>,
}

/// Texts and numbers by which a data folder knows a person.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KnownAs {
    /// Logins or pseudonyms of them, in lower case.
    pub names: Vec<String>,
    /// Numbers or pseudonyms of them.
    pub ids: Vec<u64>,
}

impl KnownAs {
    /// Whether a text names the person: as a word of its own, in any case.
    pub fn is_in(&self, text: &str) -> bool {
        let text = text.to_lowercase();
        let is_part = |character: char| character.is_alphanumeric() || character == '-';
        let stands = |name: &str| {
            text.match_indices(name).any(|(at, _)| {
                let (before, after) = (&text[..at], &text[at + name.len()..]);
                !before.chars().next_back().is_some_and(is_part) && !after.chars().next().is_some_and(is_part)
            })
        };
        let number = |id: &u64| {
            let id = id.to_string();
            text.match_indices(&id).any(|(at, _)| {
                let is_digit = |character: char| character.is_ascii_digit() || character == '.';
                let (before, after) = (&text[..at], &text[at + id.len()..]);
                !before.chars().next_back().is_some_and(is_digit) && !after.chars().next().is_some_and(is_digit)
            })
        };
        self.names.iter().any(|name| stands(name)) || self.ids.iter().filter(|id| **id >= SMALLEST_TELLING_NUMBER).any(number)
    }
}

/// Removes a person from a folder, and notes them down so that no later reading brings them back. With `dry_run` nothing is changed.
///
/// Steps are in an order in which a removal that is broken off can be made again: the note first, then the history last, because it knows
/// the person's numbers.
///
/// # Errors
/// When somebody else uses the folder, or a file cannot be read or changed.
pub fn forget(folder: &Path, rules: &PeopleRules, login: &str, ids: &[u64], dry_run: bool) -> Result<Removal, PrivacyError> {
    let locked = |source| PrivacyError::File { path: folder.to_owned(), source };
    let used = || PrivacyError::Used { folder: folder.to_owned() };
    let _alone = HistoryUse::alone(folder).map_err(locked)?.ok_or_else(used)?;
    let _backfill = HistoryUse::of_backfill(folder).map_err(locked)?.ok_or_else(used)?;
    let mut list = ForgottenList::read_or_new(folder)?;
    let was_forgotten = list.holds(login);
    let persons = persons(folder, rules, login, ids)?;
    let known = known_as(rules, login, ids, &persons);
    if !dry_run {
        // Under pseudonyms, the numbers of the history are pseudonyms, and the source's own are not known.
        let raw: Vec<u64> =
            ids.iter().copied().chain(persons.iter().map(|person| person.id).filter(|_| rules.pseudonyms.is_none())).collect();
        if list.add(login, &raw) || !was_forgotten {
            list.write()?;
        }
    }
    // First, because another process may have the catalog open, and that is told before anything else is changed.
    let entities = match dry_run {
        true => named_entities(folder, &|text| known.is_in(text))?,
        false => forget_entities(folder, &|text| known.is_in(text))?,
    };
    let reports = forget_in_cache(folder, &|row| known.names_row(row), dry_run)?;
    let runs_failed = |source| PrivacyError::File { path: folder.join("runs"), source };
    let runs = Runs::in_data_folder(folder).remove_naming(&|text| known.is_in(text), dry_run).map_err(runs_failed)?;
    let (mut facts, mut unreadable) = (None, 0);
    if !dry_run {
        salvage::remove_leftovers(folder).map_err(locked)?;
        if !persons.is_empty() {
            let removed = HistoryStore::open(folder)?.remove_persons(&persons)?;
            (facts, unreadable) = (Some(removed.facts), removed.unreadable);
        }
    }
    Ok(Removal { was_forgotten, persons: persons.len() as u64, facts, unreadable, reports, runs, entities })
}

fn persons(folder: &Path, rules: &PeopleRules, login: &str, ids: &[u64]) -> Result<Vec<HeldPerson>, PrivacyError> {
    let Some(reader) = HistoryReader::open(folder)? else { return Ok(Vec::new()) };
    let known = known_as(rules, login, ids, &[]);
    let is_it = |person: &HeldPerson| {
        known.ids.contains(&person.id) || person.login.as_ref().is_some_and(|login| known.names.contains(&login.to_lowercase()))
    };
    Ok(reader.people(is_it)?)
}

/// What the folder knows a person as: by the way in which it keeps people.
fn known_as(rules: &PeopleRules, login: &str, ids: &[u64], persons: &[HeldPerson]) -> KnownAs {
    let mut known = match &rules.pseudonyms {
        None => KnownAs { names: vec![login.to_lowercase()], ids: ids.to_vec() },
        Some(pseudonyms) => {
            KnownAs { names: vec![pseudonyms.of_person(login)], ids: ids.iter().map(|id| pseudonyms.of_id(*id)).collect() }
        }
    };
    // A person of AI tools whom nothing matches.
    known.names.extend(known.names.first().map(|name| format!("{GITHUB_LOGIN}{name}")));
    for person in persons {
        known.ids.push(person.id);
        known.names.extend(person.login.as_ref().map(|login| login.to_lowercase()));
    }
    known.names.sort();
    known.names.dedup();
    known.ids.sort_unstable();
    known.ids.dedup();
    known
}

impl KnownAs {
    /// Whether a row of a report is about the person.
    fn names_row(&self, row: &[u8]) -> bool {
        #[derive(serde::Deserialize)]
        struct RowPerson {
            user_id: Option<serde_json::Value>,
            user_login: Option<String>,
        }
        let Ok(RowPerson { user_id, user_login }) = serde_json::from_slice(row) else { return false };
        let id = match user_id {
            Some(serde_json::Value::Number(id)) => id.as_u64(),
            Some(serde_json::Value::String(id)) => id.trim().parse().ok(),
            _ => None,
        };
        id.is_some_and(|id| self.ids.contains(&id)) || user_login.is_some_and(|login| self.names.contains(&login.to_lowercase()))
    }
}

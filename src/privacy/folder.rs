//! What a data folder holds of people, and its change to the way that the settings say: rewritten where that is possible, else removed.
//!
//! `privacy.json` says in which way people are kept. A folder without it that holds anything is one of names. A change is idempotent: one
//! that was broken off is made again, because the file is written last.

use std::io::{self, Read};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::forgotten::write_whole;
use super::{PeopleRules, PrivacyError};
use crate::door::data_folder;
use crate::github::{cached_report_folders, remove_cached_reports};
use crate::history::lock::HistoryUse;
use crate::history::people::HeldPerson;
use crate::history::{HistoryReader, HistoryStore, salvage, tools};
use crate::identity::{Identity, Pseudonyms, SMALLEST_PSEUDONYM};
use crate::model::person_fields::PersonFields;
use crate::runs::Runs;

/// The file in a data folder.
const FILE_NAME: &str = "privacy.json";

/// The version of its form.
const VERSION: u32 = 1;

/// The way in which a folder holds people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Held {
    version: u32,
    stamp: String,
}

/// What is to be done with a folder so that it holds people in another way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FolderChange {
    /// The way in which it holds them.
    pub from: String,
    /// The way in which it will.
    pub to: String,
    /// What becomes of it.
    pub steps: Vec<FolderStep>,
}

/// A part of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FolderStep {
    /// Reports in the cache are removed. What is needed of them is fetched again.
    RemoveReports(u64),
    /// People of the history get pseudonyms; days of one person still belong together.
    RenamePeople(u64),
    /// People, seats and members of teams are removed from the history.
    RemovePeople {
        /// People.
        people: u64,
        /// Parts of days.
        facts: u64,
    },
    /// Fields that are left out go from the days of the history.
    RewriteRows,
    /// Parts of days that cannot be unpacked were removed from the history: nobody can say what is in them. Known once it was done.
    RemoveUnreadable(u64),
    /// Reports of runs are removed: they name entities.
    RemoveRuns(u64),
    /// A damaged history that was kept, or one that was never finished, is removed: nobody can say who is in it.
    RemoveLeftovers,
}

/// The part of a stamp that says how people are named, without the fields that are left out.
fn way(stamp: &str) -> &str {
    stamp.split_once("-without-").map_or(stamp, |(way, _)| way)
}

fn held(folder: &Path) -> Result<Option<String>, PrivacyError> {
    let path = folder.join(FILE_NAME);
    let file = |source| PrivacyError::File { path: path.clone(), source };
    let mut text = Vec::new();
    match data_folder::open(&path) {
        Ok(open) => {
            open.take(1 << 16).read_to_end(&mut text).map_err(file)?;
            let unreadable = |problem: String| PrivacyError::Unreadable { path: path.clone(), problem };
            let held: Held = serde_json::from_slice(&text).map_err(|error| unreadable(error.to_string()))?;
            match held.version {
                VERSION => Ok(Some(held.stamp)),
                newer => Err(unreadable(format!("it is of version {newer}, and this program knows version {VERSION}"))),
            }
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let holds = |name: &str| folder.join(name).exists();
            let has_any = ["reports", "runs", crate::history::FILE_NAME, salvage::DAMAGED_NAME].into_iter().any(holds);
            Ok(has_any.then(|| Identity::Names.name().to_owned()))
        }
        Err(error) => Err(file(error)),
    }
}

/// The change that a folder needs. None when it holds people in that way already, or holds nobody.
///
/// # Errors
/// When the folder cannot be looked at.
pub fn change(folder: &Path, rules: &PeopleRules) -> Result<Option<FolderChange>, PrivacyError> {
    let Some(from) = held(folder)?.filter(|from| *from != rules.stamp) else { return Ok(None) };
    let to = rules.stamp.clone();
    let mut steps = Vec::new();
    let reports: u64 = cached_report_folders(folder, &rules.reports_folder())?.iter().map(|(_, files)| files).sum();
    if reports > 0 {
        steps.push(FolderStep::RemoveReports(reports));
    }
    if let Some(reader) = HistoryReader::open(folder)? {
        let of = reader.count_people()?;
        match (way(&from), rules.identity) {
            (same, _) if same == way(&to) => {}
            ("names", Identity::Pseudonyms) if of.people > 0 => steps.push(FolderStep::RenamePeople(of.people)),
            _ if of.people > 0 || (of.facts > 0 && way(&from) != "none") => {
                steps.push(FolderStep::RemovePeople { people: of.people, facts: of.facts });
            }
            _ => {}
        }
        if to.contains("-without-") {
            steps.push(FolderStep::RewriteRows);
        }
    }
    if way(&from) != way(&to) {
        let runs =
            Runs::in_data_folder(folder).ids().map_err(|source| PrivacyError::File { path: folder.join("runs"), source })?;
        if !runs.is_empty() {
            steps.push(FolderStep::RemoveRuns(runs.len() as u64));
        }
        if salvage::has_leftovers(folder) {
            steps.push(FolderStep::RemoveLeftovers);
        }
    }
    Ok(Some(FolderChange { from, to, steps }))
}

/// Makes a folder hold people in that way. Gives what was done; none when there was nothing to do.
///
/// # Errors
/// When somebody else uses the history, or a file cannot be changed. What was done stays done, and the rest is done by the next call.
pub fn carry_out(folder: &Path, rules: &PeopleRules) -> Result<Option<FolderChange>, PrivacyError> {
    let Some(mut change) = change(folder, rules)? else {
        if rules.stamp != Identity::Names.name() && held(folder)?.is_none() {
            write(folder, rules)?;
        }
        return Ok(None);
    };
    let locked = |source| PrivacyError::File { path: folder.to_owned(), source };
    let used = || PrivacyError::Used { folder: folder.to_owned() };
    let _alone = HistoryUse::alone(folder).map_err(locked)?.ok_or_else(used)?;
    let _backfill = HistoryUse::of_backfill(folder).map_err(locked)?.ok_or_else(used)?;
    let mut unreadable = 0;
    for step in &change.steps {
        match step {
            FolderStep::RemoveReports(_) => remove_cached_reports(folder, &rules.reports_folder())?,
            FolderStep::RenamePeople(_) => {
                if let Some(pseudonyms) = &rules.pseudonyms {
                    HistoryStore::open(folder)?.rename_people(|person| renamed(person, pseudonyms))?;
                }
            }
            FolderStep::RemovePeople { .. } => unreadable += HistoryStore::open(folder)?.remove_people()?.unreadable,
            FolderStep::RewriteRows => {
                let rewrite = |row: &[u8]| match row {
                    [] => Vec::new(),
                    row => rules.rewriting().rewrite(&row.to_vec().into(), &PersonFields::NOBODY).to_vec(),
                };
                unreadable += HistoryStore::open(folder)?.rewrite_rows(rewrite)?.unreadable;
            }
            FolderStep::RemoveUnreadable(_) => {}
            FolderStep::RemoveRuns(_) => {
                let runs = |source| PrivacyError::File { path: folder.join("runs"), source };
                Runs::in_data_folder(folder).remove_all().map_err(runs)?;
            }
            FolderStep::RemoveLeftovers => salvage::remove_leftovers(folder).map_err(locked)?,
        }
    }
    write(folder, rules)?;
    if unreadable > 0 {
        change.steps.push(FolderStep::RemoveUnreadable(unreadable));
    }
    Ok(Some(change))
}

/// The number and the name of a person under pseudonyms. A change that was broken off before it was noted down has renamed some already,
/// and they stay as they are.
fn renamed(person: &HeldPerson, pseudonyms: &Pseudonyms) -> (u64, Option<String>) {
    let name = person.login.as_deref();
    if person.is_of_tools() {
        let name = name.map(|name| pseudonyms.of_person(name));
        return (name.as_deref().map_or(person.id, tools::person_number), name);
    }
    match person.id >= SMALLEST_PSEUDONYM {
        true => (person.id, name.map(str::to_owned)),
        false => (pseudonyms.of_id(person.id), name.map(|name| pseudonyms.of_login(name))),
    }
}

fn write(folder: &Path, rules: &PeopleRules) -> Result<(), PrivacyError> {
    write_whole(&folder.join(FILE_NAME), &Held { version: VERSION, stamp: rules.stamp.clone() })
}

impl FolderStep {
    /// In words: what the change does.
    pub fn sentence(&self) -> String {
        use crate::render::number::counted;
        match self {
            Self::RemoveReports(files) => {
                format!("removes {} of the cache; what is needed of them is fetched again", counted(*files, "report", "reports"))
            }
            Self::RenamePeople(people) => {
                format!("gives {} of the history pseudonyms; what they did stays", counted(*people, "person", "people"))
            }
            Self::RemovePeople { people, facts } => format!(
                "removes {} from the history, with {} about single people; sums of teams stay",
                counted(*people, "person", "people"),
                counted(*facts, "part of a day", "parts of days")
            ),
            Self::RewriteRows => "removes the fields that `privacy.drop` names from the days of the history".to_owned(),
            Self::RemoveUnreadable(facts) => format!(
                "removes {} of the history that cannot be unpacked, because nobody can say who is in there",
                counted(*facts, "part of a day", "parts of days")
            ),
            Self::RemoveRuns(runs) => {
                format!("removes {}, because run reports name entities", counted(*runs, "run report", "run reports"))
            }
            Self::RemoveLeftovers => "removes the damaged or unfinished history beside the other".to_owned(),
        }
    }
}

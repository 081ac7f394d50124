//! AI tools in the history: a fact for each account and day, and all accounts together for figures.
//!
//! An account is a scope of its own level, and its people are those that were matched, by a number that one person has in every tool.

use std::collections::BTreeMap;

use rusqlite::params;
use serde::Deserialize;

use super::cells::{day_number, readings};
use super::contents;
use super::error::HistoryError;
use super::fact::{ContentHash, Part, ScopeKey};
use super::hash::{self, RowsHash};
use super::reader::HistoryReader;
use crate::copilot::facts::Person;
use crate::facts::ToolsDay;
use crate::model::day::Day;
use crate::model::person::MatchedBy;

/// The host of all accounts, so that people have one number in all of them.
pub(super) const HOST: &str = "ai-tools";

/// The scope of an account, given that of its slice.
pub(super) fn scope_of_account(of_slice: ScopeKey) -> ScopeKey {
    ScopeKey { host: HOST.to_owned(), level: ScopeKey::TOOLS.to_owned(), ..of_slice }
}

impl ScopeKey {
    /// All accounts of tools together.
    pub fn of_all_tools() -> Self {
        Self { host: HOST.to_owned(), level: Self::TOOLS.to_owned(), name: "all".to_owned() }
    }
}

/// Items of the kind `ai-tool-usage`, folded to days.
#[derive(Default)]
pub(super) struct ToolsFolding {
    days: BTreeMap<Day, (RowsHash, ToolsDay)>,
}

/// An item, as far as it is kept.
#[derive(Deserialize)]
struct ToolItem {
    tool: String,
    day: Day,
    person: String,
    matched_by: String,
    active: bool,
    #[serde(flatten)]
    sums: BTreeMap<String, serde_json::Value>,
}

/// Keys of an item that are no sums.
const NO_SUMS: [&str; 2] = ["account", "identity"];

impl ToolsFolding {
    pub(super) fn take(&mut self, json: &[u8], mut number: impl FnMut(Person<'_>) -> u32) {
        // What is no such item was told by whoever maps it.
        let Ok(item) = serde_json::from_slice::<ToolItem>(json) else { return };
        let (hash, day) = self.days.entry(item.day).or_default();
        hash.add(json);
        let tool = day.tools.entry(item.tool).or_default();
        if item.matched_by == MatchedBy::NoPerson.name() {
            tool.machines += 1;
        } else {
            let number = number(Person { id: person_number(&item.person), login: Some(&item.person) });
            tool.reported.insert(number);
            if item.active {
                tool.active.insert(number);
            }
            if item.matched_by == MatchedBy::Nothing.name() {
                tool.unmatched.insert(number);
            }
        }
        for (name, value) in item.sums {
            if let (Some(value), false) = (value.as_f64(), NO_SUMS.contains(&name.as_str())) {
                *tool.sums.entry(name).or_default() += value;
            }
        }
    }

    pub(super) fn finish(self) -> impl Iterator<Item = (Day, ContentHash, Vec<u8>)> {
        self.days.into_iter().map(|(day, (hash, tools))| (day, hash.finish(), tools.pack()))
    }
}

/// A number for a matched person, from the text that is the same in every tool. It fits a column of SQLite.
pub fn person_number(person: &str) -> u64 {
    let [a, b, c, d, e, f, g, h, ..] = hash::of_row(person.as_bytes());
    u64::from_le_bytes([a, b, c, d, e, f, g, h]) >> 1
}

impl HistoryReader {
    /// The tools of all accounts on a day, and whether any of it may still change; none when nothing is kept.
    pub(super) fn tools_of(&self, day: Day) -> Result<Option<(ToolsDay, bool)>, HistoryError> {
        let query = "SELECT number, read_at, same_since, same_readings FROM fact WHERE part = ?1 AND day = ?2 ORDER BY scope";
        type Columns = [i64; 4];
        let rows = self.rows(query, params![Part::Tools.number(), day_number(day)], |row| -> rusqlite::Result<Columns> {
            Ok([row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?])
        })?;
        let mut found: Option<(ToolsDay, bool)> = None;
        for [number, read_at, same_since, same] in rows {
            let content = contents::read(&self.connection, number, Part::Tools).map_err(HistoryError::database(&self.file))?;
            let content = content.and_then(|content| ToolsDay::unpack(&content).ok());
            let content =
                content.ok_or_else(|| self.damaged(format!("what it holds of the tools of {day} cannot be unpacked")))?;
            let is_provisional = !readings(day, read_at, same_since, same.unsigned_abs()).are_final();
            let (tools, may_change) = found.get_or_insert_default();
            tools.merge(&content);
            *may_change |= is_provisional;
        }
        Ok(found)
    }

    /// The first and the last day of which tools are kept; none when no day is.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn extent_of_tools(&self) -> Result<Option<(Day, Day)>, HistoryError> {
        let query = "SELECT min(day), max(day) FROM fact WHERE part = ?1";
        let rows = self.rows(query, [Part::Tools.number()], |row| -> rusqlite::Result<(Option<i64>, Option<i64>)> {
            Ok((row.get(0)?, row.get(1)?))
        })?;
        match rows.first() {
            Some((Some(first), Some(last))) => Ok(Some((self.day(*first)?, self.day(*last)?))),
            _ => Ok(None),
        }
    }
}

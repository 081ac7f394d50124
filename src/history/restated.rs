//! Restatements: days that were final, and of which the source says something else now.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Number;

use super::cells::inflate;
use super::contents;
use super::error::HistoryError;
use super::fact::{Part, ScopeKey};
use super::reader::HistoryReader;
use super::values;
use crate::model::day::Day;

/// A day that was final and is another one now.
#[derive(Clone, Debug, PartialEq)]
pub struct Restatement {
    /// Whose it is.
    pub scope: ScopeKey,
    /// The part.
    pub part: Part,
    /// The day.
    pub day: Day,
    /// When it had become final.
    pub final_at: Timestamp,
    /// When the last change was found.
    pub found_at: Timestamp,
    /// The values that differ. Empty when the numbers of the whole are the same, and parts of them are not. None when what the day was
    /// when it became final is not kept any more.
    pub values: Option<Vec<RestatedValue>>,
}

/// A value of a restated day.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RestatedValue {
    /// Its name: a field of the row.
    pub name: String,
    /// What it was when the day became final; none when there was none.
    pub first: Option<Number>,
    /// What it is now.
    pub last: Option<Number>,
}

impl HistoryReader {
    /// Every restatement, the newest day first.
    ///
    /// # Errors
    /// When the file cannot be read, or a content in it is damaged.
    pub fn restatements(&self) -> Result<Vec<Restatement>, HistoryError> {
        let query = "SELECT host, level, name, part, day, final_at, restated_at, final_values, fact.number
                     FROM fact JOIN scope ON scope.number = fact.scope
                     WHERE restated_at IS NOT NULL ORDER BY day DESC, host, level, name, part";
        type Columns = (ScopeKey, i64, i64, i64, i64, Option<Vec<u8>>, i64);
        // A day that is written between the two readings of it would be one without a content.
        let _snapshot = self.snapshot()?;
        let rows = self.rows(query, [], |row| -> rusqlite::Result<Columns> {
            let scope = ScopeKey { host: row.get(0)?, level: row.get(1)?, name: row.get(2)? };
            Ok((scope, row.get(3)?, row.get(4)?, row.get(5)?, row.get(6)?, row.get(7)?, row.get(8)?))
        })?;
        let read = |(scope, part, day, final_at, found_at, first, number): Columns| {
            let day = self.day(day)?;
            let part = Part::of_number(part).ok_or_else(|| self.damaged(format!("a part of {day} has the number {part}")))?;
            let damaged = || self.damaged(format!("{day} cannot be unpacked"));
            let at =
                |second: i64| Timestamp::from_second(second).map_err(|_| self.damaged(format!("a time of {day} is no time")));
            let values = match first {
                Some(first) => {
                    let first = inflate(&first).ok_or_else(damaged)?;
                    let last = contents::read(&self.connection, number, part).map_err(HistoryError::database(&self.file))?;
                    Some(differences(&first, &values::kept(part, &last.ok_or_else(damaged)?)))
                }
                None => None,
            };
            Ok(Restatement { scope, part, day, final_at: at(final_at)?, found_at: at(found_at)?, values })
        };
        rows.into_iter().map(read).collect()
    }

    /// How many days of a scope were restated since a time, whatever part of them.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn days_restated(&self, scope: &ScopeKey, since: Timestamp) -> Result<u64, HistoryError> {
        let query = "SELECT count(DISTINCT day) FROM fact JOIN scope ON scope.number = fact.scope
                     WHERE host = ?1 AND level = ?2 AND name = ?3 AND restated_at >= ?4";
        let of = rusqlite::params![scope.host, scope.level, scope.name, since.as_second()];
        Ok(self.rows(query, of, |row| row.get::<_, i64>(0))?.first().copied().unwrap_or_default().unsigned_abs())
    }
}

/// The values that two readings have differently, in the order of the first.
fn differences(first: &[u8], last: &[u8]) -> Vec<RestatedValue> {
    let (first, last) = (values::numbers(first), values::numbers(last));
    let find = |numbers: &[(String, Number)], name: &str| {
        numbers.iter().find(|(other, _)| other == name).map(|(_, number)| number.clone())
    };
    let added = last.iter().filter(|(name, _)| find(&first, name).is_none());
    let names = first.iter().chain(added).map(|(name, _)| name);
    let values = names.map(|name| RestatedValue { name: name.clone(), first: find(&first, name), last: find(&last, name) });
    values.filter(|value| value.first != value.last).collect()
}

#[cfg(test)]
mod tests {
    use rusqlite::hooks::{AuthAction, AuthContext, Authorization};

    use super::*;
    use crate::history::{DayFact, HistoryStore, Reading, hash};

    const BACK: [i32; 3] = [40, 41, 42];

    fn scope() -> ScopeKey {
        ScopeKey::of_slice("acme", false, "api.github.com")
    }

    fn today() -> Day {
        "2026-12-01".parse().unwrap()
    }

    fn write(folder: &std::path::Path, users: u32) {
        let fact = |back: i32| {
            let day = today().plus_days(-back);
            let content = format!(r#"{{"day":"{day}","daily_active_users":{users}}}"#).into_bytes();
            DayFact { scope: scope(), day, part: Part::Aggregate, hash: hash::of_row(&content), content: Some(content) }
        };
        let reading = Reading { at: "2026-12-01T09:00:00Z".parse().unwrap(), is_cached: false };
        HistoryStore::open(folder).unwrap().write(&BACK.map(fact), reading).unwrap();
    }

    #[test]
    fn days_that_are_removed_meanwhile_are_those_that_were_there_at_first() {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), 41);
        write(folder.path(), 43);
        let mut reader = HistoryReader::open(folder.path()).unwrap().unwrap();
        // Another process removes all days after they were listed, and before their contents are read.
        let place = folder.path().to_owned();
        reader
            .connection
            .authorizer(Some(move |context: AuthContext<'_>| {
                if matches!(context.action, AuthAction::Read { table_name: "content", .. }) {
                    HistoryStore::open(&place).unwrap().forget_before(today()).unwrap();
                }
                Authorization::Allow
            }))
            .unwrap();
        let found = reader.restatements().unwrap();
        let shown = |it: &Restatement| (it.values.as_ref().unwrap().len(), it.values.as_ref().unwrap()[0].last.clone());
        assert_eq!(
            found.iter().map(shown).collect::<Vec<_>>(),
            [(1, Some(43.into())), (1, Some(43.into())), (1, Some(43.into()))]
        );
        assert_eq!(reader.restatements().unwrap(), [], "they are gone now");
    }

    #[test]
    fn a_day_whose_first_values_are_gone_is_restated_all_the_same() {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), 41);
        write(folder.path(), 43);
        let file = rusqlite::Connection::open(folder.path().join(crate::history::FILE_NAME)).unwrap();
        file.execute("UPDATE fact SET final_values = x'ff' WHERE day = (SELECT min(day) FROM fact)", []).unwrap();
        // What cannot be unpacked goes when rows are rewritten, because nobody knows what is in it.
        HistoryStore::open(folder.path()).unwrap().rewrite_rows(<[u8]>::to_vec).unwrap();
        let found = HistoryReader::open(folder.path()).unwrap().unwrap().restatements().unwrap();
        let kept: Vec<bool> = found.iter().map(|it| it.values.is_some()).collect();
        assert_eq!(kept, [true, true, false]);
    }
}

//! What is held and what is missing: by scope, part and day.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::cells::{SEVERAL_DAYS, readings};
use super::error::HistoryError;
use super::fact::{Part, ScopeKey};
use super::reader::HistoryReader;
use crate::kind::{self, selection};
use crate::model::day::Day;

/// Days that pass until GitHub has a day for certain: it promises its reports within two full days.
pub const READY_AFTER_DAYS: i32 = 3;

/// Days that a resync reads when its mapping chooses none.
pub const RESYNC_DAYS: i32 = 28;

/// A part of a scope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartStatus {
    /// Whose it is.
    pub scope: ScopeKey,
    /// The part.
    pub part: Part,
    /// Days that are held.
    pub held: u64,
    /// Those of them that are final.
    pub finals: u64,
    /// Those of them that were restated.
    pub restated: u64,
    /// The first and the last day that is held.
    pub extent: Option<(Day, Day)>,
    /// When anything of it was read last.
    pub read_at: Option<Timestamp>,
    /// Days that are not held and that GitHub should have, oldest first.
    pub missing: Vec<MissingDays>,
    /// What the last reading that gave nothing ended with, of the report of several days.
    pub attempt: Option<Attempt>,
}

/// Days in a row that are not held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MissingDays {
    /// The first of them.
    pub first: Day,
    /// The last of them.
    pub last: Day,
    /// What the last reading of them ended with, if they were asked for.
    pub attempt: Option<Attempt>,
}

/// A reading that did not give a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// When it was.
    pub at: Timestamp,
    /// Name of the end of its slice, such as `forbidden`.
    pub state: String,
    /// The reason. It may quote a server.
    pub reason: String,
}

impl MissingDays {
    /// How many days they are.
    pub fn count(&self) -> u64 {
        u64::try_from(self.last.days_since(self.first) + 1).unwrap_or_default()
    }
}

/// The days that a status looks at.
#[derive(Clone, Copy, Debug)]
pub struct StatusRange {
    /// Today, in UTC.
    pub today: Day,
    /// How many days of the past are kept; none when all are.
    pub keep: Option<u32>,
    /// Whether there are no days before the first and after the last that is held, as in a demo, whose GitHub has days of its own.
    pub ends_with_held: bool,
}

/// The days of which a kind can have something: the first that GitHub has, not more than a year ago, and after those that were found
/// to have nothing.
pub fn first_possible(part: Part, scope: &ScopeKey, today: Day, floor: Option<Day>) -> Option<Day> {
    let kind = kind::find(part.kind(scope.is_enterprise())?)?;
    let since = match kind.source {
        kind::Source::Report { day, .. } => day.since,
        kind::Source::Days(answers) => answers.since,
        kind::Source::Teams(reports) => reports.memberships.since,
        _ => return None,
    };
    let since: Day = since.parse().ok()?;
    let year = today.plus_days(-selection::MOST_DAYS);
    Some(since.max(year).max(floor.map_or(since, |floor| floor.plus_days(1))))
}

/// Days of one part of one scope, while they are read.
#[derive(Default)]
struct Found {
    days: Vec<Day>,
    finals: u64,
    restated: u64,
    read_at: Option<i64>,
    floor: Option<Day>,
    attempts: BTreeMap<Option<Day>, Attempt>,
}

impl HistoryReader {
    /// Every part of every scope of which anything is held or was asked for.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn status(&self, range: StatusRange) -> Result<Vec<PartStatus>, HistoryError> {
        let mut found: BTreeMap<(ScopeKey, Part), Found> = BTreeMap::new();
        self.find_facts(&mut found)?;
        self.find_attempts(&mut found)?;
        self.find_floors(&mut found)?;
        let status = found.into_iter().map(|((scope, part), found)| found.status(scope, part, range));
        Ok(status.collect())
    }

    /// The day up to which a part was found to have nothing.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn floors(&self) -> Result<BTreeMap<(ScopeKey, Part), Day>, HistoryError> {
        let mut found = BTreeMap::new();
        self.find_floors(&mut found)?;
        Ok(found.into_iter().filter_map(|(key, found)| Some((key, found.floor?))).collect())
    }

    fn find_facts(&self, found: &mut BTreeMap<(ScopeKey, Part), Found>) -> Result<(), HistoryError> {
        let query = "SELECT host, level, name, part, day, read_at, same_since, same_readings, restated_at IS NOT NULL
                     FROM fact JOIN scope ON scope.number = fact.scope ORDER BY fact.scope, part, day";
        type Columns = (ScopeKey, i64, i64, [i64; 3], bool);
        let rows = self.rows(query, [], |row| -> rusqlite::Result<Columns> {
            let scope = ScopeKey { host: row.get(0)?, level: row.get(1)?, name: row.get(2)? };
            Ok((scope, row.get(3)?, row.get(4)?, [row.get(5)?, row.get(6)?, row.get(7)?], row.get(8)?))
        })?;
        for (scope, part, day, [read_at, same_since, same], is_restated) in rows {
            let Some(part) = Part::of_number(part) else { continue };
            let day = self.day(day)?;
            let found = found.entry((scope, part)).or_default();
            found.days.push(day);
            found.finals += u64::from(readings(day, read_at, same_since, same.unsigned_abs()).are_final());
            found.restated += u64::from(is_restated);
            found.read_at = found.read_at.max(Some(read_at));
        }
        Ok(())
    }

    fn find_attempts(&self, found: &mut BTreeMap<(ScopeKey, Part), Found>) -> Result<(), HistoryError> {
        let query =
            "SELECT host, level, name, part, day, at, state, reason FROM attempt JOIN scope ON scope.number = attempt.scope";
        type Columns = (ScopeKey, i64, i64, i64, String, String);
        let rows = self.rows(query, [], |row| -> rusqlite::Result<Columns> {
            let scope = ScopeKey { host: row.get(0)?, level: row.get(1)?, name: row.get(2)? };
            Ok((scope, row.get(3)?, row.get(4)?, row.get(5)?, row.get(6)?, row.get(7)?))
        })?;
        for (scope, part, day, at, state, reason) in rows {
            let Some(part) = Part::of_number(part) else { continue };
            let day = if day == SEVERAL_DAYS { None } else { Some(self.day(day)?) };
            let at = Timestamp::from_second(at).map_err(|_| self.damaged("the time of a reading is no time".to_owned()))?;
            found.entry((scope, part)).or_default().attempts.insert(day, Attempt { at, state, reason });
        }
        Ok(())
    }

    fn find_floors(&self, found: &mut BTreeMap<(ScopeKey, Part), Found>) -> Result<(), HistoryError> {
        let query = "SELECT host, level, name, part, day FROM floor JOIN scope ON scope.number = floor.scope";
        let rows = self.rows(query, [], |row| -> rusqlite::Result<(ScopeKey, i64, i64)> {
            let scope = ScopeKey { host: row.get(0)?, level: row.get(1)?, name: row.get(2)? };
            Ok((scope, row.get(3)?, row.get(4)?))
        })?;
        for (scope, part, day) in rows {
            let Some(part) = Part::of_number(part) else { continue };
            found.entry((scope, part)).or_default().floor = Some(self.day(day)?);
        }
        Ok(())
    }
}

impl Found {
    fn status(self, scope: ScopeKey, part: Part, range: StatusRange) -> PartStatus {
        let extent = self.days.first().copied().zip(self.days.last().copied());
        let missing = self.missing(&scope, part, range);
        let read_at = self.read_at.and_then(|second| Timestamp::from_second(second).ok());
        let held = self.days.len() as u64;
        let Self { finals, restated, mut attempts, .. } = self;
        PartStatus { scope, part, held, finals, restated, extent, read_at, missing, attempt: attempts.remove(&None) }
    }

    fn missing(&self, scope: &ScopeKey, part: Part, range: StatusRange) -> Vec<MissingDays> {
        let StatusRange { today, keep, ends_with_held } = range;
        let Some(first) = first_possible(part, scope, today, self.floor) else { return Vec::new() };
        let kept_since = keep.and_then(|days| i32::try_from(days).ok()).map(|days| today.plus_days(1 - days));
        let last_held = self.days.last().copied();
        let last = match last_held {
            Some(last) if ends_with_held => last,
            last => last.max(Some(today.plus_days(-READY_AFTER_DAYS))).unwrap_or(today),
        };
        let mut missing: Vec<MissingDays> = Vec::new();
        let first = self.days.first().copied().filter(|_| ends_with_held).map_or(first, |held| held.max(first));
        let mut day = kept_since.map_or(first, |kept| kept.max(first));
        while day <= last {
            if self.days.binary_search(&day).is_err() {
                let attempt = self.attempts.get(&Some(day));
                match missing.last_mut() {
                    Some(range)
                        if range.last.plus_days(1) == day
                            && range.attempt.as_ref().map(|it| &it.reason) == attempt.map(|it| &it.reason) =>
                    {
                        range.last = day;
                    }
                    _ => missing.push(MissingDays { first: day, last: day, attempt: attempt.cloned() }),
                }
            }
            day = day.plus_days(1);
        }
        missing
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::{DayFact, HistoryStore, Reading, hash};
    use crate::model::slice::SliceEnd;

    fn day(text: &str) -> Day {
        text.parse().unwrap()
    }

    #[test]
    fn holes_are_found_and_what_was_told_about_them_is_said() {
        let folder = tempfile::tempdir().unwrap();
        let mut store = HistoryStore::open(folder.path()).unwrap();
        let scope = ScopeKey::of_slice("acme", false, "api.github.com");
        let fact = |on: &str| DayFact {
            scope: scope.clone(),
            day: day(on),
            part: Part::Aggregate,
            hash: hash::of_row(on.as_bytes()),
            content: Some(b"{}".to_vec()),
        };
        let at: Timestamp = "2026-11-20T00:00:00Z".parse().unwrap();
        let reading = Reading { at, is_cached: false };
        store.write(&[fact("2026-11-10"), fact("2026-11-13"), fact("2026-11-18")], reading).unwrap();
        store.note_floor(&scope, Part::Aggregate, day("2026-11-08")).unwrap();
        let not_ready = SliceEnd::NotReady { reason: "GitHub answered 404".to_owned() };
        store.note_attempt(&scope, Part::Aggregate, Some(day("2026-11-12")), &not_ready, at).unwrap();
        let reader = HistoryReader::open(folder.path()).unwrap().unwrap();
        let missing = |today: &str, keep: Option<u32>, ends_with_held: bool| {
            let status = reader.status(StatusRange { today: day(today), keep, ends_with_held }).unwrap();
            let ranges = status[0].missing.iter();
            let ranges = ranges.map(|it| {
                format!("{}..{}{}", it.first.of_month(), it.last.of_month(), if it.attempt.is_some() { "!" } else { "" })
            });
            ranges.collect::<Vec<_>>().join(" ")
        };
        assert_eq!(missing("2026-11-21", None, false), "9..9 11..11 12..12! 14..17");
        assert_eq!(missing("2026-11-24", None, false), "9..9 11..11 12..12! 14..17 19..21");
        assert_eq!(missing("2026-11-24", None, true), "11..11 12..12! 14..17");
        assert_eq!(missing("2026-11-24", Some(10), true), "15..17");
        // A day that is read is missing no more.
        store.write(&[fact("2026-11-12")], reading).unwrap();
        assert_eq!(missing("2026-11-21", None, false), "9..9 11..11 14..17");
    }

    #[test]
    fn a_scope_that_was_only_asked_for_is_there_with_the_reason() {
        let folder = tempfile::tempdir().unwrap();
        let mut store = HistoryStore::open(folder.path()).unwrap();
        let scope = ScopeKey::of_slice("fleet", true, "api.github.com");
        let end = SliceEnd::Forbidden { reason: "403".to_owned(), remedy: String::new() };
        store.note_attempt(&scope, Part::Aggregate, None, &end, "2026-11-20T00:00:00Z".parse().unwrap()).unwrap();
        let reader = HistoryReader::open(folder.path()).unwrap().unwrap();
        let range = StatusRange { today: day("2025-10-15"), keep: None, ends_with_held: false };
        let status = reader.status(range).unwrap();
        assert_eq!((status.len(), status[0].held, status[0].missing[0].count()), (1, 0, 3));
        assert_eq!(status[0].attempt.as_ref().map(|it| it.state.as_str()), Some("forbidden"));
        assert_eq!(reader.scopes().unwrap(), [], "nothing of it is kept");
    }
}

//! Spot checks: old days that are read again, a few in each run, to find those that were restated.

use serde_json::{Map, Value};

use super::cells::day_number;
use super::error::HistoryError;
use super::fact::{Part, ScopeKey};
use super::finality::SETTLED_AFTER_DAYS;
use super::reader::HistoryReader;
use crate::kind::selection::MOST_DAYS;
use crate::model::day::Day;
use crate::source::{ChosenDays, DayChoice, ReadRequest};

/// Days that one run checks. A year of an organization has been checked after four months of daily runs.
const CHECKS_A_RUN: usize = 3;

/// Those of them whose reports are about single people, teams or repositories, which are larger.
const LARGE_CHECKS_A_RUN: usize = 1;

/// A day to check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Check {
    pub(super) scope: ScopeKey,
    pub(super) part: Part,
    pub(super) day: Day,
}

impl HistoryReader {
    /// The final days that were read longest ago and not today, but for those of tools, which are read with every resync anyway, and of those that GitHub still shows and that no report of the last 28 days has.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub(super) fn due_checks(&self, today: Day) -> Result<Vec<Check>, HistoryError> {
        let mut checks = self.due(today, "part = 1", CHECKS_A_RUN)?;
        let large = self.due(today, "part NOT IN (1, 7)", LARGE_CHECKS_A_RUN)?;
        checks.truncate(CHECKS_A_RUN - large.len());
        checks.extend(large);
        Ok(checks)
    }

    fn due(&self, today: Day, of: &str, count: usize) -> Result<Vec<Check>, HistoryError> {
        let query = format!(
            "SELECT host, level, name, part, day FROM fact JOIN scope ON scope.number = fact.scope
             WHERE final_at IS NOT NULL AND {of} AND day BETWEEN ?1 AND ?2 AND read_at < ?3 * 86400
             ORDER BY read_at, day, host, level, name, part LIMIT ?4"
        );
        let bounds = [
            day_number(today.plus_days(-MOST_DAYS + 1)),
            day_number(today.plus_days(-SETTLED_AFTER_DAYS)),
            // What this run has just read may be written already, and tells nothing new.
            day_number(today),
            i64::try_from(count).unwrap_or_default(),
        ];
        let rows = self.rows(&query, bounds, |row| -> rusqlite::Result<(ScopeKey, i64, i64)> {
            Ok((ScopeKey { host: row.get(0)?, level: row.get(1)?, name: row.get(2)? }, row.get(3)?, row.get(4)?))
        })?;
        let checks = rows.into_iter().filter_map(|(scope, part, day)| {
            // A part that no kind gives cannot be read again.
            let part = Part::of_number(part).filter(|part| part.has_days())?;
            Some(self.day(day).map(|day| Check { scope, part, day }))
        });
        checks.collect()
    }
}

/// One day of one scope. `host` is that of scopes that name none.
#[derive(Debug)]
struct OneDay {
    check: Check,
    host: String,
}

impl DayChoice for OneDay {
    fn of_scope(&self, scope: &str, is_enterprise: bool, possible: &[Day]) -> Vec<Day> {
        let is_meant = ScopeKey::of_slice(scope, is_enterprise, &self.host) == self.check.scope;
        possible.iter().copied().filter(|day| is_meant && *day == self.check.day).collect()
    }
}

/// The request to a source that checks a day. None for a part that no kind gives.
pub(super) fn request(check: Check, host: &str, today: Day) -> Option<ReadRequest> {
    let kind = check.part.kind(check.scope.is_enterprise())?.to_owned();
    let day = Value::from(check.day.to_string());
    let selector = Map::from_iter([("since".to_owned(), day.clone()), ("until".to_owned(), day)]);
    let choice = std::sync::Arc::new(OneDay { check, host: host.to_owned() });
    let days = Some(ChosenDays { choice, again: true });
    Some(ReadRequest { kind, selector, resource: 0, looks_at: None, today, days })
}

//! How old the newest day of a scope is.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use crate::history::fact::Part;
use crate::history::finality::FINAL_AFTER_DAYS;
use crate::history::{HistoryError, HistoryReader, ScopeKey};
use crate::model::day::Day;

/// A scope whose newest day is older than it should be.
pub(crate) struct LateScope {
    pub(crate) scope: ScopeKey,
    pub(crate) newest: Day,
    pub(crate) days: i32,
}

/// Days from Monday to Friday after which a day's numbers are late. At a weekend nobody may work, and of such a day there is no report.
const WORKING_DAYS: usize = 3;

/// Age of a scope's last reading beside the newest one from which nothing reads it any more: nobody waits for its numbers.
const FOLLOWED_FOR: SignedDuration = SignedDuration::from_hours(8 * 24);

/// Which scopes are read, and how old their newest days may be.
pub(crate) struct Freshness {
    today: Day,
    /// When each scope was read last.
    read: BTreeMap<ScopeKey, Timestamp>,
}

impl Freshness {
    pub(crate) fn of(history: &HistoryReader, today: Day) -> Result<Self, HistoryError> {
        Ok(Self { today, read: history.last_readings()?.into_iter().collect() })
    }

    /// Whether the newest day of a scope is older than what GitHub takes for a day's numbers explains, and somebody waits for it.
    pub(crate) fn is_late(&self, scope: &ScopeKey, newest: Day) -> bool {
        scope.host != ScopeKey::SIMULATED && self.is_followed(scope) && is_old(newest, self.today)
    }

    fn is_followed(&self, scope: &ScopeKey) -> bool {
        let last = self.read.values().max();
        last.zip(self.read.get(scope)).is_some_and(|(last, read)| last.duration_since(*read) < FOLLOWED_FOR)
    }

    /// Scopes that are late, in the order of the history.
    pub(crate) fn late(&self, history: &HistoryReader) -> Result<Vec<LateScope>, HistoryError> {
        let mut late = Vec::new();
        for scope in history.scopes()? {
            if let Some((_, newest)) = history.extent(&scope, Part::Aggregate)?
                && self.is_late(&scope, newest)
            {
                late.push(LateScope { scope, newest, days: self.today.days_since(newest) });
            }
        }
        Ok(late)
    }
}

fn is_old(newest: Day, today: Day) -> bool {
    let days = today.days_since(newest);
    // More than a week has enough working days, however many there are.
    let working = (1..=days.min(8)).filter(|after| newest.plus_days(*after).weekday() <= 5).count();
    days > FINAL_AFTER_DAYS && working > WORKING_DAYS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_weekend_makes_no_day_old() {
        // 27 November 2026 is a Friday.
        for (newest, today, old) in [
            ("2026-11-27", "2026-12-01", false),
            ("2026-11-27", "2026-12-02", false),
            ("2026-11-27", "2026-12-03", true),
            ("2026-11-23", "2026-11-27", false),
            ("2026-11-23", "2026-11-28", true),
            ("2026-11-26", "2026-12-01", false),
            ("2026-11-26", "2026-12-02", true),
            ("2026-01-01", "2026-12-02", true),
            ("2026-12-02", "2026-12-01", false),
        ] {
            assert_eq!(is_old(newest.parse().unwrap(), today.parse().unwrap()), old, "{newest} {today}");
        }
    }

    #[test]
    fn a_scope_that_nothing_reads_any_more_is_not_late() {
        let scope = |name: &str| ScopeKey::of_slice(name, false, "api.github.com");
        let at = |text: &str| text.parse().unwrap();
        let read = [
            (scope("acme"), at("2026-11-20T03:00:00Z")),
            (scope("gone"), at("2026-11-12T02:00:00Z")),
            (ScopeKey { host: ScopeKey::SIMULATED.to_owned(), ..scope("acme") }, at("2026-11-20T03:00:00Z")),
        ];
        let freshness = Freshness { today: "2026-11-28".parse().unwrap(), read: read.clone().into_iter().collect() };
        let newest = "2026-11-11".parse().unwrap();
        assert_eq!(read.map(|(scope, _)| freshness.is_late(&scope, newest)), [true, false, false]);
    }
}

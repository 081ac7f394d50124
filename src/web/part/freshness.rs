//! How old the newest day of a scope is.

use crate::history::fact::Part;
use crate::history::finality::FINAL_AFTER_DAYS;
use crate::history::{HistoryError, HistoryReader, ScopeKey};
use crate::model::day::Day;

/// Host of the scopes that the demo makes up, whose days end on one day and do not go on.
pub const SIMULATED_HOST: &str = "simulated";

/// A scope whose newest day is older than it should be.
pub(crate) struct LateScope {
    pub(crate) scope: ScopeKey,
    pub(crate) newest: Day,
    pub(crate) days: i32,
}

/// Whether the newest day of a scope is older than what GitHub takes for a day's numbers explains.
pub(crate) fn is_late(scope: &ScopeKey, newest: Day, today: Day) -> bool {
    scope.host != SIMULATED_HOST && today.days_since(newest) > FINAL_AFTER_DAYS
}

/// Scopes that are late, in the order of the history.
pub(crate) fn late(history: &HistoryReader, today: Day) -> Result<Vec<LateScope>, HistoryError> {
    let mut late = Vec::new();
    for scope in history.scopes()? {
        if let Some((_, newest)) = history.extent(&scope, Part::Aggregate)?
            && is_late(&scope, newest, today)
        {
            late.push(LateScope { scope, newest, days: today.days_since(newest) });
        }
    }
    Ok(late)
}

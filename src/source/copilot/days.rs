//! Days to read, and the requests that they cost.

use jiff::Timestamp;

use super::directory::Owner;
use crate::github::{CacheUse, GitHub, RateLimit};
use crate::kind::{Kind, PathTemplate, Selection};
use crate::model::day::Day;
use crate::source::ChosenDays;

/// The newest days, whose numbers GitHub still revises: they are fetched each time, whatever is kept.
const REVISED_DAYS: i32 = 4;

/// A fetch of at least so many requests is announced. Fewer are over before anybody has read of them.
const ANNOUNCED_REQUESTS: u64 = 20;

/// A fetch of so many minutes is announced where only warnings are shown.
const WORTH_A_WARNING_MINUTES: u64 = 3;

/// The days to read of one owner.
pub(super) struct Days {
    /// Oldest first, where nobody has chosen another order.
    pub(super) days: Vec<Day>,
    newest: Day,
    today: Day,
    /// Whether GitHub is asked again for what is kept.
    again: bool,
    /// Whether somebody has chosen them, who keeps days and makes no windows of them.
    pub(super) are_chosen: bool,
}

impl Days {
    /// The days that a selection takes of what GitHub has from `since` to `newest`.
    pub(super) fn new(selection: &Selection, since: &str, newest: Day, today: Day) -> Result<Self, String> {
        let since = since.parse().map_err(|error| format!("cannot tell the first day: {error}"))?;
        Ok(Self { days: selection.days(since, newest, today)?, newest, today, again: false, are_chosen: false })
    }

    /// Those of them that somebody has chosen, in that order.
    pub(super) fn chosen(mut self, chosen: &ChosenDays, scope: &str, is_enterprise: bool) -> Self {
        self.days = chosen.choice.of_scope(scope, is_enterprise, &self.days);
        self.again = chosen.again;
        self.are_chosen = true;
        self
    }

    /// Use of the report cache for a day.
    pub(super) fn cache_use(&self, day: Day) -> CacheUse {
        CacheUse::of(self.is_finished(day), self.again)
    }

    /// The first and the last of them.
    pub(super) fn window(&self) -> Option<(Day, Day)> {
        Some((*self.days.iter().min()?, *self.days.iter().max()?))
    }

    /// True for a day that GitHub revises no more: the four days before today and the four newest ones may still change.
    fn is_finished(&self, day: Day) -> bool {
        self.today.days_since(day) > REVISED_DAYS && self.newest.days_since(day) >= REVISED_DAYS
    }
}

/// Estimated cost of a long fetch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Cost {
    requests: u64,
    /// Minutes that it takes, waits for the limit included.
    minutes: u64,
    /// Number of waits for the rate limit.
    waits: u64,
}

impl Cost {
    /// The cost of so many requests with what is left of the limit. Waits are whole hours but for the first, which ends at the reset.
    fn of(requests: u64, limit: Option<RateLimit>, now: Timestamp) -> Self {
        let asking = requests.div_ceil(REQUESTS_A_MINUTE);
        let (minutes, waits) = match limit {
            Some(RateLimit { limit, remaining, reset }) if remaining < requests && limit > 0 => {
                let waits = (requests - remaining).div_ceil(limit);
                let first = u64::try_from(reset.duration_since(now).as_mins()).unwrap_or_default() + 1;
                let last = (requests - remaining - (waits - 1) * limit).div_ceil(REQUESTS_A_MINUTE);
                (first + (waits - 1) * 60 + last, waits)
            }
            _ => (asking, 0),
        };
        Self { requests, minutes, waits }
    }
}

/// Requests that GitHub answers in a minute when they are made as it asks, a few at once.
const REQUESTS_A_MINUTE: u64 = 60;

/// Says what a long fetch costs before it begins.
pub(super) fn announce(github: &GitHub, kind: &Kind, owner: &Owner, days: &Days, paths: &[PathTemplate]) {
    let is_fetched = |path: &str, day: Day| days.cache_use(day) != CacheUse::ReadAndKept || !github.keeps_day(path, day);
    let paths: Vec<String> = paths.iter().map(|path| path.fill(&owner.name, None)).collect();
    let requests = paths.iter().map(|path| days.days.iter().filter(|day| is_fetched(path, **day)).count() as u64).sum::<u64>();
    if requests < ANNOUNCED_REQUESTS {
        return;
    }
    let limit = paths.first().and_then(|path| github.rate_limit_at(path));
    let Cost { requests, minutes, waits } = Cost::of(requests, limit, github.now());
    let (kind, owner, count) = (kind.name, owner.name.as_str(), days.days.len());
    let remaining = limit.map(|limit| limit.remaining);
    match limit {
        Some(limit) if waits > 0 => tracing::warn!(
            kind, owner, days = count, requests, remaining, minutes, waits_until = %limit.reset,
            "this needs more requests than GitHub allows in this hour, so it will wait for the next one"
        ),
        // Whoever watches a terminal for minutes should know why.
        _ if minutes >= WORTH_A_WARNING_MINUTES => {
            tracing::warn!(kind, owner, days = count, requests, remaining, minutes, "reading many days, which takes a while");
        }
        _ => tracing::info!(kind, owner, days = count, requests, remaining, minutes, "reading many days"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fetch_that_does_not_fit_into_the_hour_waits_for_the_next_ones() {
        let now: Timestamp = "2026-11-20T10:00:00Z".parse().unwrap();
        let limit = |remaining| RateLimit { limit: 5000, remaining, reset: "2026-11-20T10:40:00Z".parse().unwrap() };
        // Requests, what is left, then minutes and waits.
        let table = [
            (56, None, 1, 0),
            (730, Some(5000), 13, 0),
            (730, Some(730), 13, 0),
            (730, Some(100), 41 + 11, 1),
            (5200, Some(100), 41 + 60 + 2, 2),
        ];
        for (requests, remaining, minutes, waits) in table {
            assert_eq!(
                Cost::of(requests, remaining.map(limit), now),
                Cost { requests, minutes, waits },
                "{requests} {remaining:?}"
            );
        }
    }

    #[test]
    fn the_newest_days_are_never_finished() {
        let (today, newest): (Day, Day) = ("2026-11-20".parse().unwrap(), "2026-11-18".parse().unwrap());
        let finished = |newest: Day| {
            let days = Days::new(&Selection::default(), "2026-05-14", newest, today).unwrap();
            days.days.iter().rev().find(|day| days.is_finished(**day)).unwrap().to_string()
        };
        assert_eq!(finished(newest), "2026-11-14");
        assert_eq!(finished(newest.plus_days(1)), "2026-11-15");
        assert_eq!(finished(newest.plus_days(-10)), "2026-11-04");
    }
}

//! Which days are read, and what that costs.

use super::directory::Owner;
use crate::github::GitHub;
use crate::kind::{Kind, PathTemplate, Selection};
use crate::model::day::Day;

/// The newest days, whose numbers GitHub still revises: they are fetched each time, whatever is kept.
const REVISED_DAYS: i32 = 4;

/// A fetch of at least so many requests is announced. Fewer are over before anybody has read of them.
const ANNOUNCED_REQUESTS: usize = 20;

/// The days to read of one owner.
pub(super) struct Days {
    /// Oldest first.
    pub(super) days: Vec<Day>,
    newest: Day,
    today: Day,
}

impl Days {
    /// The days that a selection takes of what GitHub has from `since` to `newest`.
    pub(super) fn new(selection: &Selection, since: &str, newest: Day, today: Day) -> Result<Self, String> {
        let since = since.parse().map_err(|error| format!("cannot tell the first day: {error}"))?;
        Ok(Self { days: selection.days(since, newest, today)?, newest, today })
    }

    /// The first and the last of them.
    pub(super) fn window(&self) -> Option<(Day, Day)> {
        Some((*self.days.first()?, *self.days.last()?))
    }

    /// Whether GitHub revises a day no more: the four days before today and the four newest ones may still change.
    pub(super) fn is_finished(&self, day: Day) -> bool {
        self.today.days_since(day) > REVISED_DAYS && self.newest.days_since(day) >= REVISED_DAYS
    }
}

/// Says what a long fetch costs before it begins.
pub(super) fn announce(github: &GitHub, kind: &Kind, owner: &Owner, days: &Days, paths: &[PathTemplate]) {
    let is_fetched = |path: &str, day: Day| !(days.is_finished(day) && github.keeps_day(path, day));
    let paths: Vec<String> = paths.iter().map(|path| path.fill(&owner.name, None)).collect();
    let requests = paths.iter().map(|path| days.days.iter().filter(|day| is_fetched(path, **day)).count()).sum::<usize>();
    if requests < ANNOUNCED_REQUESTS {
        return;
    }
    let (kind, owner, count) = (kind.name, owner.name.as_str(), days.days.len());
    match github.usage().rate_limit {
        Some(limit) if limit.remaining < requests as u64 => tracing::warn!(
            kind, owner, days = count, requests, remaining = limit.remaining, waits_until = %limit.reset,
            "this needs more requests than GitHub allows in this hour, so it will wait for the next one"
        ),
        Some(limit) => tracing::info!(
            kind,
            owner,
            days = count,
            requests,
            remaining = limit.remaining,
            "reading many days; each request takes about a second"
        ),
        None => tracing::info!(kind, owner, days = count, requests, "reading many days; each request takes about a second"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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

//! Which days a backfill reads, in which order, and when it has seen enough of a scope: the newest first, those that are held and
//! final not at all, and none older than days of which the source has nothing.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::cells::readings;
use super::error::HistoryError;
use super::fact::{Part, ScopeKey};
use super::reader::HistoryReader;
use super::status::RESYNC_DAYS;
use crate::kind::Kind;
use crate::model::day::Day;
use crate::model::slice::SliceEnd;
use crate::source::DayChoice;

/// Days in a row without a report after which none older is asked for. GitHub has left out single days, and never two weeks.
const NOTHING_FOR_DAYS: usize = 14;

/// As [`NOTHING_FOR_DAYS`], of repositories: a day on which none had a pull request has no report, and small organizations have holidays.
const QUIET_DAYS_AT_MOST: usize = 45;

/// Readings in a row that fail, after which a scope is left to the next backfill.
const FAILURES_AT_MOST: usize = 3;

/// Days that need no reading, by scope and part.
pub type HeldDays = BTreeMap<(ScopeKey, Part), HashSet<Day>>;

/// The days of one kind that a backfill wants.
#[derive(Debug)]
pub struct BackfillDays {
    part: Part,
    /// The host of scopes that name none.
    host: String,
    since: Option<Day>,
    held: HeldDays,
    floors: BTreeMap<(ScopeKey, Part), Day>,
    scopes: Mutex<BTreeMap<ScopeKey, ScopeDays>>,
}

/// What became of a scope so far.
#[derive(Clone, Debug, Default)]
struct ScopeDays {
    /// Days that were wanted when the scope was first seen.
    wanted: usize,
    asked: BTreeSet<Day>,
    read: u64,
    /// The first and the last of the days that were read.
    extent: Option<(Day, Day)>,
    /// Days without a report, with the reason, as they were asked for: newest first.
    nothing: Vec<(Day, String)>,
    failures: usize,
    has_ended: bool,
    /// Names of ends that are no success, with reason and remedy, and how many days they are about.
    unread: Vec<UnreadDays>,
}

/// Days that could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnreadDays {
    /// Whose.
    pub scope: ScopeKey,
    /// How many days; 0 for all that were left.
    pub days: u64,
    /// How reading them ended, such as `forbidden`.
    pub state: &'static str,
    /// The reason. It may quote a server.
    pub reason: String,
    /// What can be done about it.
    pub remedy: Option<String>,
}

/// What a backfill of one kind amounts to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Amount {
    /// Scopes of which days are wanted.
    pub scopes: u64,
    /// Days that are wanted.
    pub days: u64,
    /// Days that were asked for.
    pub asked: u64,
    /// Days that were read.
    pub read: u64,
}

impl HistoryReader {
    /// Days that a backfill passes over: those that are final, and those of the last 28 days, which a resync reads again.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn held_days(&self, today: Day) -> Result<HeldDays, HistoryError> {
        let query = "SELECT host, level, name, part, day, read_at, same_since, same_readings, wants_content
                     FROM fact JOIN scope ON scope.number = fact.scope";
        type Columns = (ScopeKey, i64, i64, [i64; 3], bool);
        let rows = self.rows(query, [], |row| -> rusqlite::Result<Columns> {
            let scope = ScopeKey { host: row.get(0)?, level: row.get(1)?, name: row.get(2)? };
            Ok((scope, row.get(3)?, row.get(4)?, [row.get(5)?, row.get(6)?, row.get(7)?], row.get(8)?))
        })?;
        let mut held = HeldDays::new();
        for (scope, part, day, [read_at, same_since, same], wants_content) in rows {
            let Some(part) = Part::of_number(part) else { continue };
            let day = self.day(day)?;
            let is_final = readings(day, read_at, same_since, same.unsigned_abs()).are_final();
            // Of a day of a file, GitHub may say more.
            let is_read = same > 0 && !wants_content;
            if is_read && (is_final || today.days_since(day) < RESYNC_DAYS) {
                held.entry((scope, part)).or_default().insert(day);
            }
        }
        Ok(held)
    }
}

impl BackfillDays {
    /// The days from `since` on of the part that a kind gives. None for kinds without days of which anything is kept.
    pub fn of(
        kind: &Kind,
        host: &str,
        since: Option<Day>,
        held: &HeldDays,
        floors: &BTreeMap<(ScopeKey, Part), Day>,
    ) -> Option<Self> {
        let part = Part::of_kind(kind).filter(|part| part.has_days())?;
        let (held, floors) = (held.clone(), floors.clone());
        Some(Self { part, host: host.to_owned(), since, held, floors, scopes: Mutex::default() })
    }

    /// The part that the days are of.
    pub fn part(&self) -> Part {
        self.part
    }

    /// Whether a day without a report may be a day on which nothing happened.
    fn may_have_days_of_nothing(&self) -> bool {
        self.part == Part::Repositories
    }

    fn nothing_at_most(&self) -> usize {
        if self.may_have_days_of_nothing() { QUIET_DAYS_AT_MOST } else { NOTHING_FOR_DAYS }
    }

    /// Sums over all scopes.
    pub fn amount(&self) -> Amount {
        let mut amount = Amount::default();
        for days in self.scopes().values().filter(|days| days.wanted > 0) {
            amount.scopes += 1;
            amount.days += days.wanted as u64;
            amount.asked += days.asked.len() as u64;
            amount.read += days.read;
        }
        amount
    }

    /// Whether nothing is left to be asked for.
    pub fn is_done(&self) -> bool {
        self.scopes().values().all(|days| days.has_ended || days.asked.len() >= days.wanted)
    }

    /// Notes how the slice of a day ended, or, without a day, reading a whole scope. Gives the day up to which the source has nothing,
    /// once that is known.
    pub fn ended(&self, scope: &str, is_enterprise: bool, day: Option<Day>, end: &SliceEnd) -> Option<(ScopeKey, Day)> {
        let mut scopes = self.scopes();
        let mut key = ScopeKey::of_slice(scope, is_enterprise, &self.host);
        // Some kinds of organizations are read for enterprises, too.
        let of_enterprise = ScopeKey::of_slice(scope, true, &self.host);
        if !scopes.contains_key(&key) && scopes.contains_key(&of_enterprise) {
            key = of_enterprise;
        }
        let days = scopes.entry(key.clone()).or_default();
        let Some(day) = day else {
            if !matches!(end, SliceEnd::Complete | SliceEnd::Empty) {
                days.has_ended = true;
                days.unread.push(unread(key, 0, end));
            }
            return None;
        };
        match end {
            SliceEnd::Complete | SliceEnd::Empty => {
                days.read += 1;
                days.failures = 0;
                days.extent = Some(days.extent.map_or((day, day), |(first, last)| (first.min(day), last.max(day))));
                None
            }
            // What was asked for at once with the days that ended it says nothing new.
            SliceEnd::NotReady { .. } if days.has_ended => None,
            SliceEnd::NotReady { reason } => {
                days.nothing.push((day, reason.clone()));
                days.failures = 0;
                let (count, floor) = self.nothing_before(&key, days);
                let floor = floor.filter(|_| count >= self.nothing_at_most())?;
                days.has_ended = true;
                Some((key, floor))
            }
            end => {
                days.failures += 1;
                // Who may not see one day may see none.
                let is_forbidden = matches!(end, SliceEnd::Forbidden { .. });
                days.has_ended |= is_forbidden || days.failures >= FAILURES_AT_MOST;
                match days.unread.last_mut() {
                    Some(last) if last.state == end.name() && Some(last.reason.as_str()) == end.reason() => last.days += 1,
                    _ => days.unread.push(unread(key, 1, end)),
                }
                None
            }
        }
    }

    /// Once everything was asked for: the days that could not be read, and for each scope the day up to which the source has nothing.
    pub fn finish(&self) -> (Vec<UnreadDays>, Vec<(ScopeKey, Day)>) {
        let mut floors = Vec::new();
        let mut unread = Vec::new();
        for (scope, days) in self.scopes().iter_mut() {
            // They reach to the first day that there can be.
            if !days.has_ended && days.asked.len() >= days.wanted && self.since.is_none() {
                floors.extend(self.nothing_before(scope, days).1.map(|day| (scope.clone(), day)));
            }
            unread.extend(self.holes(scope, days));
            days.nothing.clear();
            unread.append(&mut days.unread);
        }
        (unread, floors)
    }

    /// The first and the last day of a scope that are held or were read; none when there is no such day.
    fn known(&self, scope: &ScopeKey, days: &ScopeDays) -> Option<(Day, Day)> {
        let held = self.held.get(&(scope.clone(), self.part));
        let held = held.and_then(|held| Some((*held.iter().min()?, *held.iter().max()?)));
        match (held, days.extent) {
            (Some(held), Some(read)) => Some((held.0.min(read.0), held.1.max(read.1))),
            (held, read) => held.or(read),
        }
    }

    /// How many days without a report there are before everything that is held or was read, and the newest of them.
    fn nothing_before(&self, scope: &ScopeKey, days: &ScopeDays) -> (usize, Option<Day>) {
        let first = self.known(scope, days).map(|(first, _)| first);
        let before = || days.nothing.iter().map(|(day, _)| *day).filter(|day| first.is_none_or(|first| *day < first));
        (before().count(), before().max())
    }

    /// Days without a report between days that have one. Those after them may have no report yet, which is no failure, and those before
    /// them are days before the first report.
    fn holes(&self, scope: &ScopeKey, days: &ScopeDays) -> Option<UnreadDays> {
        let (first, last) = self.known(scope, days).filter(|_| !self.may_have_days_of_nothing())?;
        let mut holes = days.nothing.iter().filter(|(day, _)| first < *day && *day < last).peekable();
        let end = SliceEnd::NotReady { reason: holes.peek()?.1.clone() };
        Some(unread(scope.clone(), holes.count() as u64, &end))
    }

    fn scopes(&self) -> MutexGuard<'_, BTreeMap<ScopeKey, ScopeDays>> {
        self.scopes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The days of a scope that are wanted, newest first.
    fn wanted(&self, key: &ScopeKey, possible: &[Day]) -> Vec<Day> {
        let place = (key.clone(), self.part);
        let (held, floor) = (self.held.get(&place), self.floors.get(&place));
        let is_wanted = |day: &&Day| {
            self.since.is_none_or(|since| **day >= since)
                && floor.is_none_or(|floor| *day > floor)
                && !held.is_some_and(|held| held.contains(day))
        };
        possible.iter().rev().filter(is_wanted).copied().collect()
    }
}

fn unread(scope: ScopeKey, days: u64, end: &SliceEnd) -> UnreadDays {
    UnreadDays {
        scope,
        days,
        state: end.name(),
        reason: end.reason().unwrap_or_default().to_owned(),
        remedy: end.remedy().map(str::to_owned),
    }
}

/// Some of the days of a backfill: so many of each scope. With none, scopes are only looked at.
#[derive(Debug)]
pub struct NextDays {
    /// The backfill of the kind.
    pub backfill: std::sync::Arc<BackfillDays>,
    /// How many days of each scope.
    pub each: usize,
}

impl DayChoice for NextDays {
    fn of_scope(&self, scope: &str, is_enterprise: bool, possible: &[Day]) -> Vec<Day> {
        let key = ScopeKey::of_slice(scope, is_enterprise, &self.backfill.host);
        let wanted = self.backfill.wanted(&key, possible);
        let mut scopes = self.backfill.scopes();
        let days = scopes.entry(key).or_default();
        days.wanted = days.wanted.max(wanted.len());
        if days.has_ended {
            return Vec::new();
        }
        let next: Vec<Day> = wanted.into_iter().filter(|day| !days.asked.contains(day)).take(self.each).collect();
        days.asked.extend(&next);
        next
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::kind;

    fn day(back: i32) -> Day {
        "2026-11-20".parse::<Day>().unwrap().plus_days(-back)
    }

    fn backfill(held: &[i32], floor: Option<i32>) -> Arc<BackfillDays> {
        let key = (ScopeKey::of_slice("acme", false, "api.github.com"), Part::Aggregate);
        let held = HeldDays::from([(key.clone(), held.iter().map(|back| day(*back)).collect())]);
        let floors = floor.map(|back| (key, day(back))).into_iter().collect();
        let kind = kind::find("organization-usage-metrics").unwrap();
        Arc::new(BackfillDays::of(kind, "api.github.com", None, &held, &floors).unwrap())
    }

    fn next(backfill: &Arc<BackfillDays>, each: usize) -> Vec<i32> {
        let possible: Vec<Day> = (1..=40).rev().map(day).collect();
        let next = NextDays { backfill: Arc::clone(backfill), each }.of_scope("acme", false, &possible);
        next.into_iter().map(|it| day(0).days_since(it)).collect()
    }

    fn unread_days(unread: &[UnreadDays]) -> Vec<(u64, &'static str)> {
        unread.iter().map(|it| (it.days, it.state)).collect()
    }

    fn not_ready() -> SliceEnd {
        SliceEnd::NotReady { reason: "404".to_owned() }
    }

    #[test]
    fn the_newest_days_come_first_and_those_that_are_held_not_at_all() {
        let backfill = backfill(&[1, 2, 4], Some(38));
        assert_eq!(next(&backfill, 0), [0; 0], "a look");
        assert_eq!(backfill.amount(), Amount { scopes: 1, days: 34, asked: 0, read: 0 });
        assert_eq!(next(&backfill, 3), [3, 5, 6]);
        assert_eq!(next(&backfill, 2), [7, 8]);
        assert_eq!(next(&backfill, 100).last(), Some(&37));
        assert!(backfill.is_done());
    }

    #[test]
    fn two_weeks_of_nothing_are_the_end_and_a_hole_is_not() {
        let backfill = backfill(&[], None);
        next(&backfill, 40);
        for back in 1..=40 {
            let end = if [1, 2, 5].contains(&back) { SliceEnd::Complete } else { not_ready() };
            let floor = backfill.ended("acme", false, Some(day(back)), &end);
            assert_eq!(floor.map(|(_, floor)| floor), (back == 19).then_some(day(6)), "{back}");
        }
        assert!(backfill.is_done());
        assert_eq!(next(&backfill, 5), [0; 0]);
        let (unread, floors) = backfill.finish();
        assert_eq!((unread.len(), unread[0].days, unread[0].state, floors.len()), (1, 2, "not-ready", 0));
    }

    #[test]
    fn nothing_up_to_the_first_day_that_there_can_be_is_no_failure() {
        let backfill = backfill(&[], None);
        next(&backfill, 40);
        for back in 1..=40 {
            let end = if back <= 30 { SliceEnd::Complete } else { not_ready() };
            backfill.ended("acme", false, Some(day(back)), &end);
        }
        let (unread, floors) = backfill.finish();
        assert_eq!((unread.len(), floors[0].1), (0, day(31)));
    }

    #[test]
    fn days_without_a_report_after_days_that_are_held_are_not_the_end() {
        // Only the newest day and a hole are asked for, and GitHub has neither.
        let held: Vec<i32> = (2..=40).filter(|back| *back != 9).collect();
        let newest = backfill(&held, None);
        assert_eq!(next(&newest, 40), [1, 9]);
        for back in [1, 9] {
            assert_eq!(newest.ended("acme", false, Some(day(back)), &not_ready()), None);
        }
        let (unread, floors) = newest.finish();
        assert_eq!((unread_days(&unread), floors), (vec![(1, "not-ready")], Vec::new()), "the hole, and not the newest day");
        // Of three weeks without a report that hold a day in the middle, those before it count.
        let split = backfill(&[10], None);
        next(&split, 40);
        for back in (1..=24).filter(|back| *back != 10) {
            let floor = split.ended("acme", false, Some(day(back)), &not_ready());
            assert_eq!(floor.map(|(_, floor)| floor), (back == 24).then_some(day(11)), "{back}");
        }
        assert_eq!(
            unread_days(&split.finish().0),
            [],
            "the nine newest days may come, and the others are from before the first report"
        );
    }

    #[test]
    fn newest_days_without_a_report_are_no_failure_and_holes_are_one_whatever_is_asked_for() {
        // The newest two are not ready, and the next is read.
        let fresh = backfill(&[], None);
        next(&fresh, 40);
        for back in 1..=40 {
            let end = if back > 2 { SliceEnd::Complete } else { not_ready() };
            fresh.ended("acme", false, Some(day(back)), &end);
        }
        assert_eq!(unread_days(&fresh.finish().0), []);
        // Since a day, with holes on both sides of a day that is held, of which none older is read.
        let key = (ScopeKey::of_slice("acme", false, "api.github.com"), Part::Aggregate);
        let held = HeldDays::from([(key, [2, 10, 30].map(day).into())]);
        let kind = kind::find("organization-usage-metrics").unwrap();
        let since = Some(day(14));
        let of_days = Arc::new(BackfillDays::of(kind, "api.github.com", since, &held, &BTreeMap::new()).unwrap());
        for back in next(&of_days, 40) {
            let end = if [1, 6, 7, 12].contains(&back) { not_ready() } else { SliceEnd::Complete };
            of_days.ended("acme", false, Some(day(back)), &end);
        }
        let (unread, floors) = of_days.finish();
        assert_eq!((unread_days(&unread), floors), (vec![(3, "not-ready")], Vec::new()));
        assert_eq!(unread_days(&of_days.finish().0), [], "they are told once");
    }

    #[test]
    fn a_day_on_which_no_repository_had_a_pull_request_is_no_hole() {
        let kind = kind::find("repository-usage-metrics").unwrap();
        let days = Arc::new(BackfillDays::of(kind, "api.github.com", None, &HeldDays::new(), &BTreeMap::new()).unwrap());
        for back in next(&days, 40) {
            let end = if back % 2 == 0 { not_ready() } else { SliceEnd::Complete };
            days.ended("acme", false, Some(day(back)), &end);
        }
        assert_eq!(unread_days(&days.finish().0), []);
    }

    #[test]
    fn who_may_not_see_one_day_is_asked_for_no_other() {
        let backfill = backfill(&[], None);
        next(&backfill, 2);
        let forbidden = SliceEnd::Forbidden { reason: "403".to_owned(), remedy: "grant it".to_owned() };
        backfill.ended("acme", false, Some(day(1)), &forbidden);
        backfill.ended("acme", false, Some(day(2)), &forbidden);
        assert_eq!(next(&backfill, 2), [0; 0]);
        let (unread, _) = backfill.finish();
        assert_eq!((unread.len(), unread[0].days, unread[0].remedy.as_deref()), (1, 2, Some("grant it")));
    }
}

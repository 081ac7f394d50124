//! Times of scheduled resyncs. Pure: time and seed are arguments.
//!
//! Each time is delayed by a jitter of its own, so that a thousand installations with one schedule do not send requests to GitHub
//! and the catalog in the same second. The jitter comes from a seed and does not accumulate.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use crate::integration::guard::NextRun;
use crate::model::recurrence::Recurrence;

/// Longest jitter as a part of the interval: one tenth.
const JITTER_PART: i32 = 10;

/// Longest jitter of any interval.
const LONGEST_JITTER: SignedDuration = SignedDuration::from_mins(5);

/// Intervals without a good resync after which the daemon is not ready.
const INTERVALS_WITHOUT_GOOD_RESYNC: u32 = 3;

/// Schedule with its start.
#[derive(Clone, Debug)]
pub struct Schedule {
    recurrence: Recurrence,
    anchor: Timestamp,
    seed: u64,
}

impl Schedule {
    /// Creates a schedule that begins at `now`.
    pub fn new(recurrence: Recurrence, now: Timestamp, seed: u64) -> Self {
        // Whole seconds give readable times.
        let anchor = Timestamp::from_second(now.as_second()).unwrap_or(now);
        Self { recurrence, anchor, seed }
    }

    /// Shifts the schedule by the amount by which the clock was set forward (or back, when negative).
    #[must_use]
    pub fn set_forward(self, by: SignedDuration) -> Self {
        let anchor = self.anchor.saturating_add(by).unwrap_or(self.anchor);
        Self { anchor, ..self }
    }

    /// True for a cron expression, false for an interval.
    pub fn is_of_calendar(&self) -> bool {
        matches!(self.recurrence, Recurrence::Cron(_))
    }

    /// First scheduled time after `after`, with jitter. None: no later time can be represented.
    pub fn next(&self, after: Timestamp) -> Option<Timestamp> {
        // The start itself is not scheduled; the daemon decides about a resync at the start.
        let mut moment = self.recurrence.next(self.anchor, (after - LONGEST_JITTER).max(self.anchor))?;
        // A time that is past may lie in the future with its jitter.
        loop {
            let due = moment + self.jitter(moment)?;
            if due > after {
                return Some(due);
            }
            moment = self.recurrence.next(self.anchor, moment)?;
        }
    }

    /// Next resync in the catalog's form.
    pub fn next_run(&self, after: Timestamp) -> Option<NextRun> {
        let at = self.next(after)?;
        let interval_minutes = match &self.recurrence {
            Recurrence::Every(interval) => Some(interval.as_secs().div_ceil(60)),
            Recurrence::Cron(_) => None,
        };
        Some(NextRun { at, interval_minutes })
    }

    /// Default for the highest age of the last good resync, from the interval after `now`.
    pub fn default_ready_within(&self, now: Timestamp) -> Option<Duration> {
        let next = self.recurrence.next(self.anchor, now)?;
        let after_that = self.recurrence.next(self.anchor, next)?;
        let gap = Duration::try_from(after_that.duration_since(next)).ok()?;
        let jitter = Duration::try_from(LONGEST_JITTER).unwrap_or_default();
        Some(gap * INTERVALS_WITHOUT_GOOD_RESYNC + jitter)
    }

    fn jitter(&self, moment: Timestamp) -> Option<SignedDuration> {
        let gap = self.recurrence.next(self.anchor, moment)?.duration_since(moment);
        let longest = (gap / JITTER_PART).min(LONGEST_JITTER).as_secs().max(0).unsigned_abs();
        // An interval's jitter depends on the distance from the anchor, so that it stays when the anchor is shifted. Otherwise a
        // time could come twice.
        let place = match &self.recurrence {
            Recurrence::Every(_) => moment.duration_since(self.anchor).as_millis().unsigned_abs() as u64,
            Recurrence::Cron(_) => moment.as_millisecond().unsigned_abs(),
        };
        let mut random = ChaCha8Rng::seed_from_u64(self.seed ^ place);
        let part = (u128::from(random.next_u64()) * (u128::from(longest) + 1)) >> 64;
        i64::try_from(part).ok().map(SignedDuration::from_secs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: &str = "2026-11-01T00:00:00Z";

    fn schedule(text: &str, seed: u64) -> Schedule {
        Schedule::new(Recurrence::parse(text).unwrap(), START.parse().unwrap(), seed)
    }

    /// First `count` times.
    fn first(schedule: &Schedule, count: usize) -> Vec<Timestamp> {
        let next = |after: &Timestamp| schedule.next(*after);
        std::iter::successors(schedule.next(START.parse().unwrap()), next).take(count).collect()
    }

    #[test]
    fn each_moment_comes_once_and_late_by_a_tenth_or_five_minutes_at_most() {
        for (text, minutes, latest) in [("60", 60, 300), ("2h", 120, 300), ("10", 10, 60), ("0 * * * *", 60, 300)] {
            for seed in 0..20 {
                for (number, due) in first(&schedule(text, seed), 200).into_iter().enumerate() {
                    let nominal = START.parse::<Timestamp>().unwrap() + SignedDuration::from_mins(minutes * (number as i64 + 1));
                    let late = due.duration_since(nominal).as_secs();
                    assert!((0..=latest).contains(&late), "{text}, seed {seed}, moment {number}: late by {late} s");
                }
            }
        }
    }

    #[test]
    fn a_seed_gives_the_same_moments_and_another_seed_others() {
        assert_eq!(first(&schedule("60", 1), 9), first(&schedule("60", 1), 9));
        assert_ne!(first(&schedule("60", 1), 9), first(&schedule("60", 2), 9));
    }

    #[test]
    fn moments_that_were_slept_through_are_not_made_up_for() {
        let schedule = schedule("60", 3);
        let late: Timestamp = "2026-11-03T10:30:00Z".parse().unwrap();
        let next = schedule.next(late).unwrap();
        assert!(next.duration_since(late) <= SignedDuration::from_mins(35), "{next}");
    }

    #[test]
    fn a_clock_that_was_set_back_takes_the_schedule_with_it() {
        let (day, now) = (SignedDuration::from_hours(-24), START.parse::<Timestamp>().unwrap() + SignedDuration::from_mins(30));
        for text in ["60", "0 * * * *"] {
            let schedule = schedule(text, 4);
            let due = schedule.next(now + day).unwrap().duration_since(now + day);
            assert!(due > SignedDuration::from_hours(24), "without it, {text} waits a day: {due:#}");
            let due = schedule.set_forward(day).next(now + day).unwrap().duration_since(now + day);
            assert!(due <= SignedDuration::from_mins(35), "{text}: {due:#}");
        }
    }

    #[test]
    fn the_catalog_is_told_the_moment_and_the_minutes_between() {
        let after = START.parse().unwrap();
        let every = schedule("2h", 5).next_run(after).unwrap();
        assert_eq!((every.interval_minutes, Some(every.at)), (Some(120), schedule("2h", 5).next(after)));
        assert_eq!(schedule("0 3 * * *", 5).next_run(after).unwrap().interval_minutes, None);
    }

    #[test]
    fn without_another_word_three_resyncs_may_be_missed() {
        let now = START.parse().unwrap();
        assert_eq!(schedule("60", 1).default_ready_within(now).unwrap().as_secs(), 3 * 3600 + 300);
        assert_eq!(schedule("0 3 * * *", 1).default_ready_within(now).unwrap().as_secs(), 3 * 86_400 + 300);
    }
}

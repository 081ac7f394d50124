//! Readiness: the results of resyncs, the availability of the catalog, the state of the mapping, and the reasons against being
//! ready. The decision is pure; the time is an argument.
//!
//! Everybody who reaches the port can read the answer, so it holds codes and classes and no text of a server.

use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::failure_class::FailureClass;
use crate::catalog::ResyncStatus;
use crate::door::clock::Clock;

/// Failed checks of the catalog in a row that make the daemon not ready. A single answer can get lost.
const FAILED_CHECKS: u32 = 2;

/// Longest duration of a resync without `PILOTAGE_READY_WITHIN` and without a schedule. The first run of a large enterprise waits
/// for GitHub's hourly limit a few times; a longer one hangs.
const LONGEST_RESYNC: Duration = Duration::from_secs(6 * 60 * 60);

/// Time of day, which may be set, together with elapsed time, which never goes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClockReading {
    /// Time of day, for people.
    pub at: Timestamp,
    /// Elapsed time, for calculations; see [`Clock::elapsed`].
    pub elapsed: Duration,
}

impl ClockReading {
    /// Reads the clock.
    pub fn now(clock: &Clock) -> Self {
        Self { at: clock.now(), elapsed: clock.elapsed() }
    }

    fn since(self, earlier: Self) -> Duration {
        self.elapsed.saturating_sub(earlier.elapsed)
    }
}

/// Reason why the daemon is not ready.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotReadyReason {
    /// Code for programs: `no-good-resync`, `last-good-resync-too-old`, `resync-too-long`, `catalog-unreachable` or `mapping-invalid`.
    pub code: &'static str,
    /// Code of the failure's class, if there was a failure: `catalog-refused`, `github`, `partial` and so on.
    pub class: Option<&'static str>,
    /// Text for people.
    pub message: String,
}

impl fmt::Display for NotReadyReason {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.code, self.message)
    }
}

/// Last resync that ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LastResync {
    /// Time of its end.
    pub ended: Timestamp,
    /// State at its end.
    pub status: ResyncStatus,
    /// Class of its failure. None: it was good.
    pub failure: Option<FailureClass>,
}

/// Facts from which readiness is decided.
#[derive(Clone, Debug)]
pub struct ReadinessRecord {
    /// Start of the daemon.
    pub started: ClockReading,
    /// End of the last good resync: a complete one, or a partial one where that is allowed.
    pub last_good: Option<ClockReading>,
    /// Last resync that ended.
    pub last: Option<LastResync>,
    /// Start of the running resync.
    pub running_since: Option<ClockReading>,
    /// Time of the next scheduled resync.
    pub next: Option<Timestamp>,
    /// Failed checks of the catalog in a row: count, time of the first, class of the last.
    pub catalog: Option<(u32, Timestamp, FailureClass)>,
    /// Problem of the mapping.
    pub mapping: Option<String>,
    /// Highest age of the last good resync, and longest duration of a resync.
    pub ready_within: Option<Duration>,
}

/// Readiness record shared by the daemon and the HTTP routes.
#[derive(Debug)]
pub struct Readiness(Mutex<ReadinessRecord>);

impl Readiness {
    /// Creates the record of a daemon that starts at `started`.
    pub fn new(started: ClockReading, ready_within: Option<Duration>) -> Self {
        Self(Mutex::new(ReadinessRecord {
            started,
            last_good: None,
            last: None,
            running_since: None,
            next: None,
            catalog: None,
            mapping: None,
            ready_within,
        }))
    }

    /// Copies the record.
    pub fn read(&self) -> ReadinessRecord {
        self.record().clone()
    }

    pub(super) fn set_next(&self, at: Option<Timestamp>) {
        self.record().next = at;
    }

    pub(super) fn resync_began(&self, now: ClockReading) {
        self.record().running_since = Some(now);
    }

    /// Records the end of a resync. `status` is none when it did not begin, because another one is alive or the program stops.
    pub(super) fn resync_ended(
        &self,
        now: ClockReading,
        status: Option<ResyncStatus>,
        is_good: bool,
        failure: Option<FailureClass>,
    ) {
        let mut record = self.record();
        record.running_since = None;
        let failure = failure.filter(|_| !is_good);
        record.last = status.map(|status| LastResync { ended: now.at, status, failure }).or(record.last);
        if is_good {
            record.last_good = Some(now);
        }
    }

    pub(super) fn catalog_answered(&self) {
        self.record().catalog = None;
    }

    /// Records a failed check. True when its class differs from that of the check before.
    pub(super) fn catalog_failed(&self, now: Timestamp, failure: FailureClass) -> bool {
        let mut record = self.record();
        let (times, since) = record.catalog.map_or((0, now), |(times, since, _)| (times, since));
        let is_news = record.catalog.is_none_or(|(.., before)| before != failure);
        record.catalog = Some((times + 1, since, failure));
        is_news
    }

    /// Records the problem of the mapping. True when it changed.
    pub(super) fn set_mapping_problem(&self, problem: Option<String>) -> bool {
        let mut record = self.record();
        let is_news = record.mapping != problem;
        record.mapping = problem;
        is_news
    }

    fn record(&self) -> MutexGuard<'_, ReadinessRecord> {
        // After a panic elsewhere the record is slightly old at worst.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ReadinessRecord {
    /// Reasons why the daemon is not ready, causes first. Empty: it is ready.
    pub fn reasons(&self, now: ClockReading) -> Vec<NotReadyReason> {
        let mut reasons = Vec::new();
        let mut add = |code, class, message| reasons.push(NotReadyReason { code, class, message });
        if let Some(problem) = &self.mapping {
            add("mapping-invalid", Some(FailureClass::MAPPING.code), problem.clone());
        }
        if let Some((_, since, failure)) = self.catalog.filter(|(times, ..)| *times >= FAILED_CHECKS) {
            let message = format!("the catalog cannot be reached since {since}: {failure}");
            add("catalog-unreachable", Some(failure.code), message);
        }
        if let (None, Some(LastResync { status, failure, ended })) = (self.last_good, self.last) {
            let why = failure.map_or_else(String::new, |failure| format!(": {failure}"));
            let message = format!("no good resync since the start; the last one ended at {ended} as {}{why}", status.name());
            add("no-good-resync", failure.map(|failure| failure.code), message);
        }
        // Before the first good resync the age counts from the start.
        let age = now.since(self.last_good.unwrap_or(self.started));
        if let Some(ready_within) = self.ready_within.filter(|ready_within| age > *ready_within) {
            let last =
                self.last_good.map_or_else(|| "there was none yet".to_owned(), |moment| format!("it ended at {}", moment.at));
            let message = format!("the last good resync is older than {}: {last}", text(ready_within));
            add("last-good-resync-too-old", None, message);
        }
        let longest = self.ready_within.unwrap_or(LONGEST_RESYNC);
        if let Some(since) = self.running_since.filter(|since| now.since(*since) > longest) {
            let message = format!("the running resync began at {} and takes longer than {}", since.at, text(longest));
            add("resync-too-long", None, message);
        }
        reasons
    }

    /// Answer of `/health/ready`: Ocean's fields and words, then ours. True: ready.
    pub fn answer(&self, now: ClockReading) -> (bool, Value) {
        let reasons = self.reasons(now);
        let is_ready = reasons.is_empty();
        let reason = |it: &NotReadyReason| json!({"code": it.code, "class": it.class, "message": it.message});
        let last = |last: LastResync| {
            let class = last.failure.map(|failure| failure.code);
            json!({"status": last.status, "class": class, "endedAt": last.ended.to_string()})
        };
        let answer = json!({
            "status": if is_ready { "healthy" } else { "not_ready" },
            "check": "ready",
            "core_version": env!("CARGO_PKG_VERSION"),
            "reasons": reasons.iter().map(reason).collect::<Vec<Value>>(),
            "resyncing": self.running_since.is_some(),
            "lastResync": self.last.map(last),
            "lastGoodResync": self.last_good.map(|moment| moment.at.to_string()),
            "nextResync": self.next.map(|at| at.to_string()),
        });
        (is_ready, answer)
    }
}

fn text(duration: Duration) -> String {
    SignedDuration::try_from(duration).map_or_else(|_| format!("{} s", duration.as_secs()), |duration| format!("{duration:#}"))
}

/// Answer of `/health/live`.
pub(super) fn liveness() -> Value {
    json!({"status": "healthy", "check": "live", "core_version": env!("CARGO_PKG_VERSION")})
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minute: u64) -> ClockReading {
        let elapsed = Duration::from_secs(minute * 60);
        ClockReading { at: Timestamp::UNIX_EPOCH + elapsed, elapsed }
    }

    fn codes(readiness: &Readiness, minute: u64) -> Vec<&'static str> {
        readiness.read().reasons(at(minute)).iter().map(|reason| reason.code).collect()
    }

    fn ended(readiness: &Readiness, minute: u64, status: ResyncStatus) {
        let is_good = status == ResyncStatus::Completed;
        readiness.resync_ended(at(minute), Some(status), is_good, (!is_good).then_some(FailureClass::NO_ANSWER));
    }

    #[test]
    fn it_is_ready_while_the_last_good_resync_is_young() {
        let readiness = Readiness::new(at(0), Some(Duration::from_secs(3600)));
        let old = ["last-good-resync-too-old"];
        assert!(codes(&readiness, 60).is_empty(), "at the start there is none yet");
        assert_eq!(codes(&readiness, 61), old);
        ended(&readiness, 80, ResyncStatus::Completed);
        assert!(codes(&readiness, 140).is_empty());
        assert_eq!(codes(&readiness, 141), old);
        ended(&readiness, 150, ResyncStatus::Failed);
        assert_eq!(codes(&readiness, 150), old, "a failed one does not count");
        assert!(codes(&Readiness::new(at(0), None), 1_000_000).is_empty(), "without a limit it never gets old");
    }

    #[test]
    fn a_clock_that_is_set_changes_no_age() {
        let readiness = Readiness::new(at(0), Some(Duration::from_secs(3600)));
        ended(&readiness, 10, ResyncStatus::Completed);
        let day = SignedDuration::from_hours(24);
        for at_other in [at(60).at - day, at(60).at + day] {
            assert!(readiness.read().reasons(ClockReading { at: at_other, ..at(60) }).is_empty());
            assert!(!readiness.read().reasons(ClockReading { at: at_other, ..at(71) }).is_empty());
        }
    }

    #[test]
    fn it_is_not_ready_while_none_was_good_and_the_last_failed() {
        let readiness = Readiness::new(at(0), None);
        ended(&readiness, 1, ResyncStatus::Failed);
        let reasons = readiness.read().reasons(at(1));
        let [reason] = reasons.as_slice() else { panic!("{reasons:?}") };
        assert_eq!((reason.code, reason.class), ("no-good-resync", Some("catalog-unreachable")));
        let message = "no good resync since the start; the last one ended at 1970-01-01T00:01:00Z as failed: the catalog did not answer in time";
        assert_eq!(reason.message, message);
        readiness.resync_began(at(2));
        assert_eq!(codes(&readiness, 2), ["no-good-resync"], "that another one runs changes nothing");
        readiness.resync_ended(at(3), None, false, None);
        assert_eq!(codes(&readiness, 3), ["no-good-resync"], "nor does one that did not begin");
        ended(&readiness, 4, ResyncStatus::Completed);
        assert!(codes(&readiness, 4).is_empty());
        ended(&readiness, 5, ResyncStatus::Failed);
        assert!(codes(&readiness, 5).is_empty(), "after a good one its age decides");
    }

    #[test]
    fn a_resync_that_does_not_end_is_an_alarm() {
        for (ready_within, minutes) in [(Some(Duration::from_secs(3600)), 60), (None, 360)] {
            let readiness = Readiness::new(at(0), ready_within);
            ended(&readiness, 9, ResyncStatus::Completed);
            readiness.resync_began(at(10));
            assert!(!codes(&readiness, 10 + minutes).contains(&"resync-too-long"));
            assert!(codes(&readiness, 11 + minutes).contains(&"resync-too-long"));
            ended(&readiness, 12 + minutes, ResyncStatus::Completed);
            assert!(codes(&readiness, 12 + minutes).is_empty());
        }
    }

    #[test]
    fn one_lost_answer_of_the_catalog_is_no_alarm_and_two_are() {
        let readiness = Readiness::new(at(0), None);
        assert!(readiness.catalog_failed(at(1).at, FailureClass::NO_ANSWER));
        assert!(codes(&readiness, 1).is_empty());
        assert!(!readiness.catalog_failed(at(2).at, FailureClass::NO_ANSWER), "it is told once");
        assert_eq!(codes(&readiness, 2), ["catalog-unreachable"]);
        let message = readiness.read().reasons(at(2))[0].message.clone();
        assert_eq!(message, "the catalog cannot be reached since 1970-01-01T00:01:00Z: the catalog did not answer in time");
        readiness.catalog_answered();
        assert!(codes(&readiness, 3).is_empty());
    }

    #[test]
    fn the_answer_keeps_oceans_fields_and_words_and_says_why() {
        let readiness = Readiness::new(at(0), None);
        let (is_ready, answer) = readiness.read().answer(at(1));
        assert!(is_ready);
        assert_eq!((&answer["status"], &answer["check"]), (&json!("healthy"), &json!("ready")));
        readiness.set_mapping_problem(Some("the mapping cannot be used: 1 error".to_owned()));
        let (is_ready, answer) = readiness.read().answer(at(1));
        assert!(!is_ready);
        assert_eq!((&answer["status"], &answer["check"]), (&json!("not_ready"), &json!("ready")));
        let reason =
            json!({"code": "mapping-invalid", "class": "mapping-invalid", "message": "the mapping cannot be used: 1 error"});
        assert_eq!(answer["reasons"][0], reason);
    }
}

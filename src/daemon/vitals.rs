//! How the daemon is: what happened to its resyncs, whether the catalog answers, whether the mapping is good; and whether that
//! makes it ready. The judgement is pure; the time is an argument.
//!
//! Whoever reaches the port reads the answer, so it holds codes and classes, and no word of any server.

use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::trouble::Trouble;
use crate::catalog::ResyncStatus;
use crate::door::clock::Clock;

/// Looks at the catalog that may fail in a row until that is worth an alarm: one answer gets lost now and then.
const FAILED_LOOKS: u32 = 2;

/// How long a resync may last when neither `PILOTAGE_READY_WITHIN` nor a schedule says how old the last good one may be. A large
/// enterprise waits for GitHub's hourly limit a few times on its first run; one that takes longer than this hangs.
const LONGEST_RESYNC: Duration = Duration::from_secs(6 * 60 * 60);

/// A moment: the time of day, which may be set, and the time that has passed, which only goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// For people.
    pub at: Timestamp,
    /// For reckoning, see [`Clock::elapsed`].
    pub elapsed: Duration,
}

impl Moment {
    /// Now.
    pub fn now(clock: &Clock) -> Self {
        Self { at: clock.now(), elapsed: clock.elapsed() }
    }

    fn since(self, earlier: Self) -> Duration {
        self.elapsed.saturating_sub(earlier.elapsed)
    }
}

/// What keeps the daemon from being ready.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hindrance {
    /// For programs: `no-good-resync`, `last-good-resync-too-old`, `resync-too-long`, `catalog-unreachable` or `mapping-invalid`.
    pub code: &'static str,
    /// The class of what went wrong, where something did: `catalog-refused`, `github`, `partial` and so on.
    pub class: Option<&'static str>,
    /// For people.
    pub message: String,
}

impl fmt::Display for Hindrance {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.code, self.message)
    }
}

/// A resync that ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Last {
    /// When.
    pub ended: Timestamp,
    /// How.
    pub status: ResyncStatus,
    /// Why it was not good, when it was not.
    pub trouble: Option<Trouble>,
}

/// Everything that is known.
#[derive(Clone, Debug)]
pub struct Record {
    /// When the daemon started.
    pub started: Moment,
    /// When the last good resync ended: everything done, or a part where that is allowed.
    pub last_good: Option<Moment>,
    /// The last resync that ended.
    pub last: Option<Last>,
    /// Since when one runs.
    pub running_since: Option<Moment>,
    /// When the next one is due.
    pub next: Option<Timestamp>,
    /// How often in a row the catalog could not be looked at, since when, and why the last time.
    pub catalog: Option<(u32, Timestamp, Trouble)>,
    /// What is wrong with the mapping.
    pub mapping: Option<String>,
    /// How old the last good resync may be, and how long one may last.
    pub good_for: Option<Duration>,
}

/// The record, shared by who runs and who is asked.
#[derive(Debug)]
pub struct Vitals(Mutex<Record>);

impl Vitals {
    /// A daemon that starts now.
    pub fn new(started: Moment, good_for: Option<Duration>) -> Self {
        Self(Mutex::new(Record {
            started,
            last_good: None,
            last: None,
            running_since: None,
            next: None,
            catalog: None,
            mapping: None,
            good_for,
        }))
    }

    /// What is known now.
    pub fn read(&self) -> Record {
        self.record().clone()
    }

    pub(super) fn next_is_due(&self, at: Option<Timestamp>) {
        self.record().next = at;
    }

    pub(super) fn resync_began(&self, now: Moment) {
        self.record().running_since = Some(now);
    }

    /// `status` is none when the resync did not begin, because another one is alive or the program ends. `trouble` says why it was
    /// not good.
    pub(super) fn resync_ended(&self, now: Moment, status: Option<ResyncStatus>, is_good: bool, trouble: Option<Trouble>) {
        let mut record = self.record();
        record.running_since = None;
        let trouble = trouble.filter(|_| !is_good);
        record.last = status.map(|status| Last { ended: now.at, status, trouble }).or(record.last);
        if is_good {
            record.last_good = Some(now);
        }
    }

    pub(super) fn catalog_answered(&self) {
        self.record().catalog = None;
    }

    /// Takes note of a look that failed, and says whether it is the first of its kind in a row.
    pub(super) fn catalog_failed(&self, now: Timestamp, trouble: Trouble) -> bool {
        let mut record = self.record();
        let (times, since) = record.catalog.map_or((0, now), |(times, since, _)| (times, since));
        let is_news = record.catalog.is_none_or(|(.., before)| before != trouble);
        record.catalog = Some((times + 1, since, trouble));
        is_news
    }

    /// Takes note of what is wrong with the mapping, and says whether that is news.
    pub(super) fn mapping_is(&self, wrong: Option<String>) -> bool {
        let mut record = self.record();
        let is_news = record.mapping != wrong;
        record.mapping = wrong;
        is_news
    }

    fn record(&self) -> MutexGuard<'_, Record> {
        // A panic elsewhere leaves a record that is at worst a little old.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Record {
    /// What keeps the daemon from being ready at that moment; nothing when it is.
    pub fn hindrances(&self, now: Moment) -> Vec<Hindrance> {
        let mut hindrances = Vec::new();
        let mut say = |code, class, message| hindrances.push(Hindrance { code, class, message });
        // Causes first, then what came of them.
        if let Some(wrong) = &self.mapping {
            say("mapping-invalid", Some(Trouble::MAPPING.code), wrong.clone());
        }
        if let Some((_, since, trouble)) = self.catalog.filter(|(times, ..)| *times >= FAILED_LOOKS) {
            let message = format!("the catalog could not be looked at since {since}: {trouble}");
            say("catalog-unreachable", Some(trouble.code), message);
        }
        if let (None, Some(Last { status, trouble, ended })) = (self.last_good, self.last) {
            let why = trouble.map_or_else(String::new, |trouble| format!(": {trouble}"));
            let message = format!("no resync was good since the start; the last one ended at {ended}, {}{why}", status.name());
            say("no-good-resync", trouble.map(|trouble| trouble.code), message);
        }
        // Right after the start nothing can be good yet.
        let age = now.since(self.last_good.unwrap_or(self.started));
        if let Some(good_for) = self.good_for.filter(|good_for| age > *good_for) {
            let last =
                self.last_good.map_or_else(|| "there was none yet".to_owned(), |moment| format!("it ended at {}", moment.at));
            let message = format!("the last good resync is older than {}: {last}", words(good_for));
            say("last-good-resync-too-old", None, message);
        }
        let longest = self.good_for.unwrap_or(LONGEST_RESYNC);
        if let Some(since) = self.running_since.filter(|since| now.since(*since) > longest) {
            let message = format!("the resync that runs began at {} and lasts longer than {}", since.at, words(longest));
            say("resync-too-long", None, message);
        }
        hindrances
    }

    /// The answer to whether it is ready: Ocean's fields and words, then ours.
    pub fn readiness(&self, now: Moment) -> (bool, Value) {
        let hindrances = self.hindrances(now);
        let is_ready = hindrances.is_empty();
        let reason = |it: &Hindrance| json!({"code": it.code, "class": it.class, "message": it.message});
        let last = |last: Last| {
            let class = last.trouble.map(|trouble| trouble.code);
            json!({"status": last.status, "class": class, "endedAt": last.ended.to_string()})
        };
        let answer = json!({
            "status": if is_ready { "healthy" } else { "not_ready" },
            "check": "ready",
            "core_version": env!("CARGO_PKG_VERSION"),
            "reasons": hindrances.iter().map(reason).collect::<Vec<Value>>(),
            "resyncing": self.running_since.is_some(),
            "lastResync": self.last.map(last),
            "lastGoodResync": self.last_good.map(|moment| moment.at.to_string()),
            "nextResync": self.next.map(|at| at.to_string()),
        });
        (is_ready, answer)
    }
}

fn words(duration: Duration) -> String {
    SignedDuration::try_from(duration).map_or_else(|_| format!("{} s", duration.as_secs()), |duration| format!("{duration:#}"))
}

/// The answer to whether it lives, which it does when it answers.
pub(super) fn liveness() -> Value {
    json!({"status": "healthy", "check": "live", "core_version": env!("CARGO_PKG_VERSION")})
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minute: u64) -> Moment {
        let elapsed = Duration::from_secs(minute * 60);
        Moment { at: Timestamp::UNIX_EPOCH + elapsed, elapsed }
    }

    fn codes(vitals: &Vitals, minute: u64) -> Vec<&'static str> {
        vitals.read().hindrances(at(minute)).iter().map(|hindrance| hindrance.code).collect()
    }

    fn ended(vitals: &Vitals, minute: u64, status: ResyncStatus) {
        let is_good = status == ResyncStatus::Completed;
        vitals.resync_ended(at(minute), Some(status), is_good, (!is_good).then_some(Trouble::NO_ANSWER));
    }

    #[test]
    fn it_is_ready_while_the_last_good_resync_is_young() {
        let vitals = Vitals::new(at(0), Some(Duration::from_secs(3600)));
        let old = ["last-good-resync-too-old"];
        assert!(codes(&vitals, 60).is_empty(), "at the start there is none yet");
        assert_eq!(codes(&vitals, 61), old);
        ended(&vitals, 80, ResyncStatus::Completed);
        assert!(codes(&vitals, 140).is_empty());
        assert_eq!(codes(&vitals, 141), old);
        ended(&vitals, 150, ResyncStatus::Failed);
        assert_eq!(codes(&vitals, 150), old, "a failed one does not count");
        assert!(codes(&Vitals::new(at(0), None), 1_000_000).is_empty(), "without a limit it never gets old");
    }

    #[test]
    fn a_clock_that_is_set_changes_no_age() {
        let vitals = Vitals::new(at(0), Some(Duration::from_secs(3600)));
        ended(&vitals, 10, ResyncStatus::Completed);
        let day = SignedDuration::from_hours(24);
        for at_other in [at(60).at - day, at(60).at + day] {
            assert!(vitals.read().hindrances(Moment { at: at_other, ..at(60) }).is_empty());
            assert!(!vitals.read().hindrances(Moment { at: at_other, ..at(71) }).is_empty());
        }
    }

    #[test]
    fn it_is_not_ready_while_none_was_good_and_the_last_failed() {
        let vitals = Vitals::new(at(0), None);
        ended(&vitals, 1, ResyncStatus::Failed);
        let hindrances = vitals.read().hindrances(at(1));
        let [hindrance] = hindrances.as_slice() else { panic!("{hindrances:?}") };
        assert_eq!((hindrance.code, hindrance.class), ("no-good-resync", Some("catalog-unreachable")));
        let message = "no resync was good since the start; the last one ended at 1970-01-01T00:01:00Z, failed: the catalog gave no answer in time";
        assert_eq!(hindrance.message, message);
        vitals.resync_began(at(2));
        assert_eq!(codes(&vitals, 2), ["no-good-resync"], "that another one runs changes nothing");
        vitals.resync_ended(at(3), None, false, None);
        assert_eq!(codes(&vitals, 3), ["no-good-resync"], "nor does one that did not begin");
        ended(&vitals, 4, ResyncStatus::Completed);
        assert!(codes(&vitals, 4).is_empty());
        ended(&vitals, 5, ResyncStatus::Failed);
        assert!(codes(&vitals, 5).is_empty(), "after a good one its age decides");
    }

    #[test]
    fn a_resync_that_does_not_end_is_an_alarm() {
        for (good_for, minutes) in [(Some(Duration::from_secs(3600)), 60), (None, 360)] {
            let vitals = Vitals::new(at(0), good_for);
            ended(&vitals, 9, ResyncStatus::Completed);
            vitals.resync_began(at(10));
            assert!(!codes(&vitals, 10 + minutes).contains(&"resync-too-long"));
            assert!(codes(&vitals, 11 + minutes).contains(&"resync-too-long"));
            ended(&vitals, 12 + minutes, ResyncStatus::Completed);
            assert!(codes(&vitals, 12 + minutes).is_empty());
        }
    }

    #[test]
    fn one_lost_answer_of_the_catalog_is_no_alarm_and_two_are() {
        let vitals = Vitals::new(at(0), None);
        assert!(vitals.catalog_failed(at(1).at, Trouble::NO_ANSWER));
        assert!(codes(&vitals, 1).is_empty());
        assert!(!vitals.catalog_failed(at(2).at, Trouble::NO_ANSWER), "it is told once");
        assert_eq!(codes(&vitals, 2), ["catalog-unreachable"]);
        let message = vitals.read().hindrances(at(2))[0].message.clone();
        assert_eq!(message, "the catalog could not be looked at since 1970-01-01T00:01:00Z: the catalog gave no answer in time");
        vitals.catalog_answered();
        assert!(codes(&vitals, 3).is_empty());
    }

    #[test]
    fn the_answer_keeps_oceans_fields_and_words_and_says_why() {
        let vitals = Vitals::new(at(0), None);
        let (is_ready, answer) = vitals.read().readiness(at(1));
        assert!(is_ready);
        assert_eq!((&answer["status"], &answer["check"]), (&json!("healthy"), &json!("ready")));
        vitals.mapping_is(Some("the mapping cannot be used: 1 error".to_owned()));
        let (is_ready, answer) = vitals.read().readiness(at(1));
        assert!(!is_ready);
        assert_eq!((&answer["status"], &answer["check"]), (&json!("not_ready"), &json!("ready")));
        let reason =
            json!({"code": "mapping-invalid", "class": "mapping-invalid", "message": "the mapping cannot be used: 1 error"});
        assert_eq!(answer["reasons"][0], reason);
    }
}

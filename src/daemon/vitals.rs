//! How the daemon is: what happened to its resyncs, whether the catalog answers, whether the mapping is good; and whether that
//! makes it ready. The judgement is pure; the time is an argument.

use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::catalog::ResyncStatus;

/// Looks at the catalog that may fail in a row until that is worth an alarm: one answer gets lost now and then.
const FAILED_LOOKS: u32 = 2;

/// What keeps the daemon from being ready.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hindrance {
    /// For programs: `last-good-resync-too-old`, `catalog-unreachable` or `mapping-invalid`.
    pub code: &'static str,
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
}

/// Everything that is known.
#[derive(Clone, Debug)]
pub struct Record {
    /// When the daemon started.
    pub started: Timestamp,
    /// When the last good resync ended: everything done, or a part where that is allowed.
    pub last_good: Option<Timestamp>,
    /// The last resync that ended.
    pub last: Option<Last>,
    /// Since when one runs.
    pub running_since: Option<Timestamp>,
    /// When the next one is due.
    pub next: Option<Timestamp>,
    /// How often in a row the catalog could not be looked at, since when, and why the last time.
    pub catalog: Option<(u32, Timestamp, String)>,
    /// What is wrong with the mapping.
    pub mapping: Option<String>,
    /// How old the last good resync may be.
    pub good_for: Option<Duration>,
}

/// The record, shared by who runs and who is asked.
#[derive(Debug)]
pub struct Vitals(Mutex<Record>);

impl Vitals {
    /// A daemon that starts now.
    pub fn new(started: Timestamp, good_for: Option<Duration>) -> Self {
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

    pub(super) fn resync_began(&self, now: Timestamp) {
        self.record().running_since = Some(now);
    }

    /// `status` is none when the resync did not begin, because another one is alive or the program ends.
    pub(super) fn resync_ended(&self, now: Timestamp, status: Option<ResyncStatus>, is_good: bool) {
        let mut record = self.record();
        record.running_since = None;
        record.last = status.map(|status| Last { ended: now, status }).or(record.last);
        if is_good {
            record.last_good = Some(now);
        }
    }

    pub(super) fn catalog_answered(&self) {
        self.record().catalog = None;
    }

    pub(super) fn catalog_failed(&self, now: Timestamp, why: String) {
        let mut record = self.record();
        let (times, since) = record.catalog.as_ref().map_or((0, now), |(times, since, _)| (*times, *since));
        record.catalog = Some((times + 1, since, why));
    }

    pub(super) fn mapping_is(&self, wrong: Option<String>) {
        self.record().mapping = wrong;
    }

    fn record(&self) -> MutexGuard<'_, Record> {
        // A panic elsewhere leaves a record that is at worst a little old.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Record {
    /// What keeps the daemon from being ready at that moment; nothing when it is.
    pub fn hindrances(&self, now: Timestamp) -> Vec<Hindrance> {
        let mut hindrances = Vec::new();
        // Right after the start nothing can be good yet.
        let good_since = self.last_good.unwrap_or(self.started);
        let age = now.duration_since(good_since);
        if let Some(good_for) = self.good_for.and_then(|good_for| SignedDuration::try_from(good_for).ok())
            && age > good_for
        {
            let last = self.last_good.map_or_else(|| "there was none yet".to_owned(), |at| format!("it ended at {at}"));
            let message = format!("the last good resync is older than {good_for:#}: {last}");
            hindrances.push(Hindrance { code: "last-good-resync-too-old", message });
        }
        if let Some((_, since, why)) = self.catalog.as_ref().filter(|(times, ..)| *times >= FAILED_LOOKS) {
            let message = format!("the catalog could not be looked at since {since}: {why}");
            hindrances.push(Hindrance { code: "catalog-unreachable", message });
        }
        if let Some(wrong) = &self.mapping {
            hindrances.push(Hindrance { code: "mapping-invalid", message: wrong.clone() });
        }
        hindrances
    }

    /// The answer to whether it is ready: Ocean's fields, then ours.
    pub fn readiness(&self, now: Timestamp) -> (bool, Value) {
        let hindrances = self.hindrances(now);
        let is_ready = hindrances.is_empty();
        let reasons: Vec<Value> = hindrances.iter().map(|it| json!({"code": it.code, "message": it.message})).collect();
        let answer = json!({
            "status": if is_ready { "healthy" } else { "unhealthy" },
            "check": "ready",
            "core_version": env!("CARGO_PKG_VERSION"),
            "reasons": reasons,
            "resyncing": self.running_since.is_some(),
            "lastResync": self.last.map(|last| json!({"status": last.status, "endedAt": last.ended.to_string()})),
            "lastGoodResync": self.last_good.map(|at| at.to_string()),
            "nextResync": self.next.map(|at| at.to_string()),
        });
        (is_ready, answer)
    }
}

/// The answer to whether it lives, which it does when it answers.
pub(super) fn liveness() -> Value {
    json!({"status": "healthy", "check": "live", "core_version": env!("CARGO_PKG_VERSION")})
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_second(minute * 60).unwrap()
    }

    fn codes(vitals: &Vitals, minute: i64) -> Vec<&'static str> {
        vitals.read().hindrances(at(minute)).iter().map(|hindrance| hindrance.code).collect()
    }

    #[test]
    fn it_is_ready_while_the_last_good_resync_is_young() {
        let vitals = Vitals::new(at(0), Some(Duration::from_secs(3600)));
        let old = ["last-good-resync-too-old"];
        assert!(codes(&vitals, 60).is_empty(), "at the start there is none yet");
        assert_eq!(codes(&vitals, 61), old);
        vitals.resync_ended(at(70), Some(ResyncStatus::Failed), false);
        assert_eq!(codes(&vitals, 70), old, "a failed one does not count");
        vitals.resync_ended(at(80), Some(ResyncStatus::Completed), true);
        assert!(codes(&vitals, 140).is_empty());
        assert_eq!(codes(&vitals, 141), old);
        assert!(codes(&Vitals::new(at(0), None), 1_000_000).is_empty(), "without a limit it never gets old");
    }

    #[test]
    fn one_lost_answer_of_the_catalog_is_no_alarm_and_two_are() {
        let vitals = Vitals::new(at(0), None);
        vitals.catalog_failed(at(1), "no".to_owned());
        assert!(codes(&vitals, 1).is_empty());
        vitals.catalog_failed(at(2), "no answer in time".to_owned());
        assert_eq!(codes(&vitals, 2), ["catalog-unreachable"]);
        let message = vitals.read().hindrances(at(2))[0].message.clone();
        assert_eq!(message, "the catalog could not be looked at since 1970-01-01T00:01:00Z: no answer in time");
        vitals.catalog_answered();
        assert!(codes(&vitals, 3).is_empty());
    }

    #[test]
    fn the_answer_keeps_oceans_fields_and_says_why() {
        let vitals = Vitals::new(at(0), None);
        let (is_ready, answer) = vitals.read().readiness(at(1));
        assert!(is_ready);
        assert_eq!((&answer["status"], &answer["check"]), (&json!("healthy"), &json!("ready")));
        vitals.mapping_is(Some("resources: expected a list".to_owned()));
        let (is_ready, answer) = vitals.read().readiness(at(1));
        assert!(!is_ready);
        assert_eq!(answer["status"], "unhealthy");
        assert_eq!(answer["reasons"][0], json!({"code": "mapping-invalid", "message": "resources: expected a list"}));
    }
}

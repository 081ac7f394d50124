//! Seven days of a schedule with random faults of GitHub and the catalog and outages of hours, in paused time.
//!
//! The faults are those of the simulation. The state at the catalog and the readiness are compared with independent records.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use pilotage::catalog::ResyncStatus;
use pilotage::daemon::schedule::Schedule;
use pilotage::daemon::{Daemon, DaemonOptions};
use pilotage::door::http::{HttpService, Request, Response, TransportError};
use pilotage::model::recurrence::Recurrence;
use serde_json::Value;
use tower::ServiceExt;

use super::catalog_faults::CatalogFaults;
use super::catalog_wire::{CatalogLog, CatalogWire};
use super::github_faults::GitHubFaults;
use super::github_wire::{Log, Wire};
use super::harness::{RecordedResync, RecordingObserver, START, Setup, config, readiness, run_paused, serve};
use super::random::{Concern, RandomStream};

/// Polling interval in seconds.
const POLLING: u64 = 300;
/// Highest age of the last good resync in seconds.
const READY_WITHIN: u64 = 5 * 3600;
/// Seconds between changes of the faults.
const FAULT_PERIOD: u64 = 4 * 3600;
/// Seconds between comparisons.
const CHECK: u64 = 600;
const WEEK: u64 = 7 * 24 * 3600;
/// Outages of all servers, in hours from the start: long enough that the last good resync gets too old.
const OUTAGES: [(u64, u64); 2] = [(30, 40), (100, 112)];

/// Writing resyncs, by the identifiers in their requests. Detects two that write at the same time.
#[derive(Default)]
struct Writers {
    finished: Vec<String>,
    current: String,
    violation: Option<String>,
}

impl Writers {
    fn note(&mut self, request: &Request) {
        let query = request.uri().query().unwrap_or_default();
        let Some(id) = query.split('&').find_map(|pair| pair.strip_prefix("ocean_info_resync_id=")) else { return };
        if id != self.current {
            let before = std::mem::replace(&mut self.current, id.to_owned());
            self.finished.push(before);
            if self.finished.iter().any(|finished| finished == id) {
                self.violation = Some(format!("resync {id} writes again after another one has written"));
            }
        }
    }
}

struct Week {
    github_faults: Arc<Mutex<GitHubFaults>>,
    catalog_faults: Arc<Mutex<CatalogFaults>>,
    is_out: Arc<Mutex<bool>>,
    writers: Arc<Mutex<Writers>>,
}

impl Week {
    fn new() -> Self {
        Self {
            github_faults: Arc::new(Mutex::new(GitHubFaults::none())),
            catalog_faults: Arc::new(Mutex::new(CatalogFaults::none())),
            is_out: Arc::default(),
            writers: Arc::default(),
        }
    }

    /// Service that fails during an outage and records the writing resyncs.
    fn over(&self, wire: HttpService) -> HttpService {
        let (is_out, writers) = (Arc::clone(&self.is_out), Arc::clone(&self.writers));
        HttpService::new(tower::service_fn(move |request: Request| {
            let (wire, is_out) = (wire.clone(), *is_out.lock().unwrap());
            writers.lock().unwrap().note(&request);
            async move {
                if is_out {
                    let kind = pilotage::door::http::TransportErrorKind::Connect;
                    return Err::<Response, _>(TransportError::new(kind, "by the outage"));
                }
                wire.oneshot(request).await
            }
        }))
    }

    fn daemon(&self, setup: &Setup) -> Daemon {
        let catalog = CatalogWire {
            server: setup.direct.clone(),
            faults: Arc::clone(&self.catalog_faults),
            log: Arc::new(Mutex::new(CatalogLog::default())),
            clock: setup.clock.clone(),
        };
        let log = Arc::new(Mutex::new(Log::default()));
        let github = |server: &HttpService| {
            let (faults, log) = (Arc::clone(&self.github_faults), Arc::clone(&log));
            self.over(Wire { server: server.clone(), faults, log, clock: setup.clock.clone() }.service())
        };
        let context = setup.context_over(self.over(catalog.service()), github(&setup.api), github(&setup.files));
        let options = DaemonOptions {
            polling_interval: Duration::from_secs(POLLING),
            schedule: Some(Schedule::new(Recurrence::parse("2h").unwrap(), START.parse().unwrap(), 3)),
            kind_schedules: Vec::new(),
            ready_within: Some(Duration::from_secs(READY_WITHIN)),
            ..Setup::options()
        };
        Daemon::new(context, Setup::source(), options)
    }

    /// Draws new faults. Some periods have none, so that resyncs can be good.
    fn change_faults(&self, seed: u64, period: u64) {
        let mut stream = RandomStream::new(seed, Concern::Conditions, period);
        let paths = ["/user/orgs", "/orgs/harbor/copilot/metrics/reports/organization-28-day/latest"].map(str::to_owned);
        let has_no_faults = stream.chance(40);
        *self.github_faults.lock().unwrap() =
            if has_no_faults { GitHubFaults::none() } else { GitHubFaults::drawn(seed, period, &paths) };
        *self.catalog_faults.lock().unwrap() =
            if has_no_faults || stream.chance(50) { CatalogFaults::none() } else { CatalogFaults::drawn(seed, period) };
    }
}

/// Counts that show that the week contained the interesting cases.
#[derive(Debug, Default)]
struct WeekCounts {
    resyncs: usize,
    completed: usize,
    failed: usize,
    unready_checks: usize,
    became_ready_again: usize,
    quiet_states: usize,
}

fn word(status: ResyncStatus) -> &'static str {
    match status {
        ResyncStatus::Running => "running",
        ResyncStatus::Completed => "completed",
        ResyncStatus::Failed => "failed",
        ResyncStatus::Aborted => "aborted",
    }
}

fn moment(value: &Value) -> Option<Timestamp> {
    value.as_str()?.parse().ok()
}

/// Compares the state at the catalog with the recorded resyncs. True: the state is settled and correct.
fn check_state(state: &Value, resyncs: &[RecordedResync], faultless_since: Timestamp, now: Timestamp) -> Result<bool, String> {
    let status = state["status"].as_str().unwrap_or_default();
    let (began, ended) = (moment(&state["lastResyncStart"]), moment(&state["lastResyncEnd"]));
    let running = resyncs.last().filter(|last| last.ended.is_none());
    if matches!(status, "completed" | "failed" | "aborted") {
        // A state with an end must belong to a recorded resync.
        let (Some(began), Some(ended)) = (began, ended) else { return Err(format!("{status} without its moments")) };
        let is_so = |resync: &RecordedResync| {
            let around = resync.began - SignedDuration::from_secs(1) <= began
                && resync.ended.is_some_and(|last| ended <= last + SignedDuration::from_secs(1));
            around && resync.status.map(word) == Some(status)
        };
        // A resync whose mapping could not be read is not recorded.
        let could_not_begin = status == "failed" && !resyncs.iter().any(|resync| resync.began == began);
        if !resyncs.iter().any(is_so) && !could_not_begin {
            return Err(format!("the catalog says {status} from {began} to {ended}, which never happened"));
        }
    }
    let settled = SignedDuration::from_secs(2 * POLLING as i64 + 60);
    let last_end = resyncs.iter().filter_map(|resync| resync.ended).max().unwrap_or(now);
    if running.is_none() && now.duration_since(faultless_since) > settled && now.duration_since(last_end) > settled {
        let last = resyncs.iter().rev().find_map(|resync| resync.status).map(word);
        // A resync that could not begin is later than the last recorded one.
        let is_later = began.is_some_and(|began| began > last_end) && status == "failed";
        if last != Some(status) && !is_later {
            return Err(format!("there are no faults, nothing runs, the last one ended {last:?}, and the catalog says {status}"));
        }
        return Ok(true);
    }
    Ok(false)
}

fn week(seed: u64) -> WeekCounts {
    let seen = Arc::new(Mutex::new(WeekCounts::default()));
    let account = Arc::clone(&seen);
    run_paused(move || async move {
        let setup = &Setup::new();
        let observer = &RecordingObserver::new(&setup.clock);
        let week = &Week::new();
        let start: Timestamp = START.parse().unwrap();
        let mut faultless_since = start;
        let mut seen = WeekCounts::default();
        let mut edits = RandomStream::new(seed, Concern::History, 0);
        serve(week.daemon(setup), observer, |router, _| {
            let seen = &mut seen;
            let faultless_since = &mut faultless_since;
            let edits = &mut edits;
            async move {
                let mut was_ready = true;
                for check in 1..=WEEK / CHECK {
                    setup.wait(CHECK).await;
                    let now = setup.clock.now();
                    let hour = check * CHECK / 3600;
                    let is_out = OUTAGES.iter().any(|(from, to)| (*from..*to).contains(&hour));
                    *week.is_out.lock().unwrap() = is_out;
                    if (check * CHECK).is_multiple_of(FAULT_PERIOD) {
                        week.change_faults(seed, check * CHECK / FAULT_PERIOD);
                    }
                    let has_no_faults = week.catalog_faults.lock().unwrap().to_string().starts_with("0 % of requests, 0 %");
                    if is_out || !has_no_faults {
                        *faultless_since = now;
                    }
                    if edits.chance(2) && setup.record().await.is_object() {
                        let by = edits.pick(&[".day", ".__organization.login + \"@\" + .day"]);
                        setup.edit(&config(by)).await;
                    }
                    let resyncs = observer.resyncs();
                    let state = setup.record().await["resyncState"].take();
                    match check_state(&state, &resyncs, *faultless_since, now) {
                        Ok(is_settled) => seen.quiet_states += usize::from(is_settled),
                        Err(why) => panic!("seed {seed}, at {now}: {why}\n{state:#}\n{resyncs:#?}"),
                    }
                    let last_good = resyncs.iter().filter(|resync| resync.is_whole).filter_map(|resync| resync.ended).max();
                    let age = now.duration_since(last_good.unwrap_or(start)).as_secs();
                    let (status, ready) = readiness(&router).await;
                    let codes: Vec<&str> =
                        ready["reasons"].as_array().unwrap().iter().map(|reason| reason["code"].as_str().unwrap()).collect();
                    let says_old = codes.contains(&"last-good-resync-too-old");
                    assert_eq!(says_old, age > READY_WITHIN as i64, "seed {seed}, at {now}: {age} s, {ready}");
                    assert_eq!(status == 503, !codes.is_empty(), "{ready}");
                    assert!(!is_out || hour % 10 < 1 || status == 503, "seed {seed}, hour {hour}: {ready}");
                    seen.unready_checks += usize::from(status == 503);
                    seen.became_ready_again += usize::from(status == 200 && !was_ready);
                    was_ready = status == 200;
                }
                // No faults at the end.
                *week.github_faults.lock().unwrap() = GitHubFaults::none();
                *week.catalog_faults.lock().unwrap() = CatalogFaults::none();
                *week.is_out.lock().unwrap() = false;
                setup.wait(3 * 3600).await;
                assert_eq!((setup.status().await.as_str(), readiness(&router).await.0), ("completed", 200), "seed {seed}");
            }
        })
        .await;
        let resyncs = observer.resyncs();
        seen.resyncs = resyncs.len();
        seen.completed = resyncs.iter().filter(|resync| resync.status == Some(ResyncStatus::Completed)).count();
        seen.failed = resyncs.iter().filter(|resync| resync.status == Some(ResyncStatus::Failed)).count();
        for pair in resyncs.windows(2) {
            assert!(pair[0].ended.unwrap() <= pair[1].began, "two at once: {pair:?}");
        }
        assert_eq!(week.writers.lock().unwrap().violation, None);
        *account.lock().unwrap() = seen;
    });
    Arc::try_unwrap(seen).unwrap().into_inner().unwrap()
}

#[test]
fn through_a_week_of_faults_the_daemon_tells_the_truth_about_itself() {
    let seeds = std::env::var("PILOTAGE_WEEKS").ok().and_then(|text| text.parse().ok()).unwrap_or(2);
    for seed in 0..seeds {
        let seen = week(seed);
        assert!(seen.resyncs >= 60 && seen.completed >= 20 && seen.failed >= 1, "seed {seed}: {seen:?}");
        assert!(seen.unready_checks > 10 && seen.became_ready_again >= 2, "seed {seed}: {seen:?}");
        assert!(seen.quiet_states > 50, "seed {seed}: {seen:?}");
    }
}

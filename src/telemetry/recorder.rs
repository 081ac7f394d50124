//! Measurement of one run: its time by kind and phase, its lines in the log about reading, and at its end its report
//! and its metrics.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tracing::Span;

use super::Telemetry;
use super::changes::{self, ChangesOfRun};
use super::reading::OwnerSlices;
use super::report::{HistoryReport, Measured, RequestsReport, RunFacts, RunReport};
use super::run::Ending;
use super::{metric, metrics_of_runs};
use crate::catalog::{Catalog, Requests};
use crate::door::clock::Clock;
use crate::model::entity::EntityKey;
use crate::model::slice::Slice;
use crate::model::usage::Usage;
use crate::reconcile::decision::Decision;
use crate::reconcile::outcome::Mode;
use crate::reconcile::totals::Totals;
use crate::resync::Resync;
use crate::resync::observe::Observer;
use crate::resync::workers::Workers;
use crate::runs::{Cost, Phases, RunId, Runs};
use crate::source::Source;

/// Sources, catalog, workers and clock of the runs that are measured. Clones share their counters.
#[derive(Clone)]
pub struct Watched {
    /// The systems that are read.
    pub sources: Vec<Arc<dyn Source>>,
    /// Catalog that is written to.
    pub catalog: Catalog,
    /// Mapping threads.
    pub workers: Arc<Workers>,
    /// The time.
    pub clock: Clock,
    /// Writing, or planning only.
    pub mode: Mode,
    /// Whether what goes is kept without its name: it may be that of a person by whom nothing is to be named any more.
    pub hides_gone: bool,
    /// Whether it reads every kind that is to be read. A run of some kinds tells nothing of the rest.
    pub is_whole: bool,
}

impl Watched {
    /// Takes the parts of a run.
    pub fn of(resync: &Resync) -> Self {
        let Resync { catalog, workers, clock, options, .. } = resync;
        let sources = resync.sources.clone();
        let (catalog, workers, clock) = (Catalog::clone(catalog), Arc::clone(workers), clock.clone());
        let is_whole = options.only_kinds.is_empty();
        Self { sources, catalog, workers, clock, mode: options.mode, hides_gone: false, is_whole }
    }
}

/// Watches a run.
pub struct Recorder {
    telemetry: Telemetry,
    watched: Watched,
    id: RunId,
    facts: RunFacts,
    runs: Option<Runs>,
    changes: Option<ChangesOfRun>,
    began: Timestamp,
    before: Costs,
    progress: Mutex<Progress>,
}

#[derive(Default)]
struct Progress {
    phases: BTreeMap<usize, Phases>,
    /// The resource that is being run, and what had been spent when it began.
    open: Option<(usize, Times)>,
    /// Time at which the last resource ended.
    resources_ended: Option<Timestamp>,
    /// Counts of the clients that are in the metrics already.
    told: Costs,
    history: HistoryReport,
    /// What was read of the kind and the owner that are being read.
    reading: OwnerSlices,
}

/// Counts of the clients since they were made.
#[derive(Clone, Default)]
struct Costs {
    /// All clients of a source together, by the source's code.
    sources: BTreeMap<&'static str, Usage>,
    catalog: Requests,
    catalog_received: u64,
}

/// Time spent since the process began.
#[derive(Clone, Copy)]
struct Times {
    github: Duration,
    mapping: Duration,
    catalog: Duration,
}

impl Recorder {
    pub(super) fn new(telemetry: Telemetry, watched: Watched, facts: RunFacts, runs: Option<Runs>, name: &str) -> Self {
        let began = watched.clock.now();
        let id = RunId::new(began, name);
        let before = costs(&telemetry, &watched);
        let progress = Mutex::new(Progress { told: before.clone(), ..Progress::default() });
        let changes = runs
            .clone()
            .filter(|_| watched.mode == Mode::Resync)
            .map(|runs| ChangesOfRun::new(runs, id.clone(), watched.hides_gone));
        if watched.mode == Mode::Resync {
            telemetry.registry().note(&metric::RESYNC_RUNNING, &[], 1.0);
        }
        Self { telemetry, watched, id, facts, runs, changes, began, before, progress }
    }

    /// The run's name.
    pub fn id(&self) -> &RunId {
        &self.id
    }

    /// Takes what the run has read for the history.
    pub fn note_history(&self, history: HistoryReport) {
        self.progress().history = history;
    }

    /// Writes the report and the metrics of a resync; a plan leaves neither. Gives where the report is.
    ///
    /// A report that cannot be written is warned about, and costs the run nothing.
    pub fn end(&self, ending: Ending<'_>, exit_code: u8) -> Option<PathBuf> {
        if self.watched.mode == Mode::Plan {
            return None;
        }
        self.tell_costs();
        if let Some(changes) = &self.changes {
            changes.end();
        }
        let ended = self.watched.clock.now();
        let after = costs(&self.telemetry, &self.watched);
        let progress = self.progress();
        let received = after.catalog_received.saturating_sub(self.before.catalog_received);
        let resources = ending.outcome().map_or(0, |outcome| outcome.resources.len());
        let measured = Measured {
            began: self.began,
            ended,
            seconds: seconds(self.began, ended),
            phases: (0..resources).map(|number| progress.phases.get(&number).copied().unwrap_or_default()).collect(),
            delete_seconds: progress.resources_ended.map_or(0.0, |since| seconds(since, ended)),
            requests: RequestsReport {
                sources: spent(&self.before, &after),
                catalog: Cost::of_catalog(&self.before.catalog, &after.catalog, received),
                rate_limit: after.sources.values().cloned().fold(Usage::default(), Usage::plus).rate_limit,
            },
            history: progress.history.clone(),
        };
        drop(progress);
        metrics_of_runs::note(self.telemetry.registry(), &measured, ending, &self.watched.sources, self.watched.is_whole);
        self.telemetry.ended(ending.state());
        let hidden = ending.outcome().filter(|_| self.watched.hides_gone).and_then(changes::without_gone);
        let reported = hidden.as_ref().map_or(ending, Ending::Outcome);
        let report = RunReport::new(&self.id, &self.facts, &measured, reported, exit_code);
        for source in &self.watched.sources {
            let code = source.name().code;
            for (client, usage) in source.spent() {
                let remaining = usage.rate_limit.map(|limit| limit.remaining);
                tracing::debug!(source = code, client, requests = usage.requests, remaining, "requests of a client so far");
            }
        }
        let kept = self.runs.as_ref().and_then(|runs| match runs.write(&self.id, &report) {
            Ok(place) => Some(place),
            Err(error) => {
                let folder = runs.folder().display();
                tracing::warn!(%folder, %error, "the report of this run cannot be written");
                None
            }
        });
        // Whoever reads this line finds the report.
        let totals = ending.outcome().map(Totals::of);
        let total = |of: fn(&Totals) -> u64| totals.as_ref().map(of);
        tracing::info!(
            state = ending.state().name(),
            exit_code,
            seconds = (measured.seconds * 1000.0).round() / 1000.0,
            created = total(|totals| totals.create),
            updated = total(|totals| totals.update + totals.send),
            unchanged = total(|totals| totals.unchanged),
            deleted = total(|totals| totals.delete),
            withheld = total(|totals| totals.withheld),
            refused = total(|totals| totals.refused),
            source_requests = measured.requests.sources.values().map(|cost| cost.requests).sum::<u64>(),
            catalog_requests = measured.requests.catalog.requests,
            "resync ended"
        );
        kept
    }

    /// Puts what the clients have counted since the last time into the metrics.
    fn tell_costs(&self) {
        let now = costs(&self.telemetry, &self.watched);
        let told = std::mem::replace(&mut self.progress().told, now.clone());
        if self.watched.mode == Mode::Plan {
            return;
        }
        let registry = self.telemetry.registry();
        let catalog = Cost::of_catalog(&told.catalog, &now.catalog, 0);
        for (service, cost) in spent(&told, &now).into_iter().chain([("catalog", catalog)]) {
            registry.note(&metric::RETRIES, &[service], cost.retries as f64);
            registry.note(&metric::WAIT_SECONDS, &[service], cost.waited_seconds);
        }
    }

    fn times(&self) -> Times {
        let meter = self.telemetry.meter();
        Times { github: meter.github_time(), mapping: self.watched.workers.busy(), catalog: meter.catalog_time() }
    }

    fn progress(&self) -> MutexGuard<'_, Progress> {
        // A panic elsewhere leaves numbers that are at worst a little old.
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Observer for Recorder {
    fn span(&self) -> Span {
        let name = match self.watched.mode {
            Mode::Resync => "resync",
            Mode::Plan => "plan",
        };
        // The level is that of the least talkative log, so that no line goes without its run. Nothing fails here.
        tracing::error_span!("run", otel.name = name, run_id = %self.id, integration = self.facts.integration)
    }

    fn resource_began(&self, resource: usize, _kind: &str) {
        let now = self.times();
        self.progress().open = Some((resource, now));
    }

    fn slice_ended(&self, slice: &Slice) {
        let day = slice.day.map(tracing::field::display);
        let Slice { kind, scope, end, items, rejected, .. } = slice;
        tracing::debug!(kind, scope, day, state = end.name(), items, rejected, reason = end.reason(), "read a slice");
        let before = self.progress().reading.add(slice);
        before.iter().for_each(OwnerSlices::log);
    }

    fn decided(&self, key: &EntityKey, decision: &Decision) {
        if let Some(changes) = &self.changes {
            changes.keep(key, decision);
        }
    }

    fn resource_ended(&self, resource: usize) {
        let now = self.times();
        let read = self.progress().reading.take();
        read.iter().for_each(OwnerSlices::log);
        {
            let mut progress = self.progress();
            if let Some((open, before)) = progress.open.take()
                && open == resource
            {
                // Resources run one after the other, so what was spent in between was spent on this one.
                let phases = Phases {
                    extract_seconds: now.github.saturating_sub(before.github).as_secs_f64(),
                    transform_seconds: now.mapping.saturating_sub(before.mapping).as_secs_f64(),
                    load_seconds: now.catalog.saturating_sub(before.catalog).as_secs_f64(),
                    delete_seconds: 0.0,
                };
                progress.phases.insert(resource, phases);
            }
            progress.resources_ended = Some(self.watched.clock.now());
        }
        self.tell_costs();
    }
}

fn costs(telemetry: &Telemetry, watched: &Watched) -> Costs {
    Costs {
        sources: watched.sources.iter().map(usage).collect(),
        catalog: watched.catalog.requests(),
        catalog_received: telemetry.meter().catalog_received(),
    }
}

/// The usage of a source's clients together, by its code.
fn usage(source: &Arc<dyn Source>) -> (&'static str, Usage) {
    let clients = source.spent().into_iter().map(|(_, usage)| usage);
    (source.name().code, clients.fold(Usage::default(), Usage::plus))
}

/// The cost of each source between two looks.
fn spent(before: &Costs, after: &Costs) -> BTreeMap<&'static str, Cost> {
    let unused = Usage::default();
    let cost =
        |(code, after): (&&'static str, &Usage)| (*code, Cost::of_source(before.sources.get(code).unwrap_or(&unused), after));
    after.sources.iter().map(cost).collect()
}

fn seconds(began: Timestamp, ended: Timestamp) -> f64 {
    ended.duration_since(began).as_secs_f64().max(0.0)
}

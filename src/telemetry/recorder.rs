//! One run, as it is watched: what it takes by kind and phase, its line in the log for each slice, and at its end its report
//! and its metrics.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tracing::Span;

use super::Telemetry;
use super::report::{Cost, Measured, Phases, RequestsReport, RunFacts, RunReport};
use super::run::{Ending, RunId};
use super::runs::Runs;
use super::{figures, metric};
use crate::catalog::Requests;
use crate::github::Usage;
use crate::model::entity::EntityKey;
use crate::model::slice::Slice;
use crate::reconcile::decision::Decision;
use crate::reconcile::outcome::Mode;
use crate::resync::Resync;
use crate::resync::observe::Observer;

/// Watches a run, and passes on what it hears to somebody else.
pub struct Recorder<'a> {
    telemetry: &'a Telemetry,
    resync: &'a Resync,
    inner: &'a dyn Observer,
    id: RunId,
    facts: RunFacts,
    runs: Option<Runs>,
    began: Timestamp,
    before: Costs,
    progress: Mutex<Progress>,
}

#[derive(Default)]
struct Progress {
    phases: BTreeMap<usize, Phases>,
    /// The resource that is being run, and what had been spent when it began.
    open: Option<(usize, Times)>,
    /// When the last resource ended.
    resources_ended: Option<Timestamp>,
    /// What of the clients' counters is in the metrics already.
    told: Costs,
}

/// What the clients have counted since they were made.
#[derive(Clone, Default)]
struct Costs {
    github: Usage,
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

impl<'a> Recorder<'a> {
    pub(super) fn new(
        telemetry: &'a Telemetry,
        resync: &'a Resync,
        inner: &'a dyn Observer,
        facts: RunFacts,
        runs: Option<Runs>,
        seed: u64,
    ) -> Self {
        let began = resync.clock.now();
        let id = RunId::new(began, seed);
        let before = costs(telemetry, resync);
        let progress = Mutex::new(Progress { told: before.clone(), ..Progress::default() });
        if resync.options.mode == Mode::Resync {
            telemetry.registry().note(&metric::RESYNC_RUNNING, &[], 1.0);
        }
        Self { telemetry, resync, inner, id, facts, runs, began, before, progress }
    }

    /// The run's name.
    pub fn id(&self) -> &RunId {
        &self.id
    }

    /// The span that the run is to be carried out in, so that each of its lines in the log says which run it is.
    pub fn span(&self) -> Span {
        let name = match self.resync.options.mode {
            Mode::Resync => "resync",
            Mode::Plan => "plan",
        };
        // The level is that of the least talkative log, so that no line goes without its run. Nothing fails here.
        tracing::error_span!("run", otel.name = name, run_id = %self.id, integration = self.facts.integration)
    }

    /// Writes the report and the metrics of a resync; a plan leaves neither. Gives where the report is.
    ///
    /// A report that cannot be written is warned about, and costs the run nothing.
    pub fn end(self, ending: Ending<'_>, exit_code: u8) -> Option<PathBuf> {
        let span = self.span();
        let _entered = span.enter();
        if self.resync.options.mode == Mode::Plan {
            return None;
        }
        self.tell_costs();
        let ended = self.resync.clock.now();
        let after = costs(self.telemetry, self.resync);
        let progress = self.progress();
        let received = after.catalog_received.saturating_sub(self.before.catalog_received);
        let resources = self.resync.resources.len();
        let measured = Measured {
            began: self.began,
            ended,
            seconds: seconds(self.began, ended),
            phases: (0..resources).map(|number| progress.phases.get(&number).copied().unwrap_or_default()).collect(),
            delete_seconds: progress.resources_ended.map_or(0.0, |since| seconds(since, ended)),
            requests: RequestsReport {
                github: Cost::of_github(&self.before.github, &after.github),
                catalog: Cost::of_catalog(&self.before.catalog, &after.catalog, received),
                rate_limit: after.github.rate_limit,
            },
        };
        drop(progress);
        figures::note(self.telemetry.registry(), &measured, ending);
        self.telemetry.ended(ending.state());
        let report = RunReport::new(&self.id, &self.facts, &measured, ending, exit_code);
        tracing::info!(
            state = ending.state().name(),
            exit_code,
            seconds = measured.seconds,
            github_requests = measured.requests.github.requests,
            catalog_requests = measured.requests.catalog.requests,
            "the resync ended"
        );
        let runs = self.runs.as_ref()?;
        match runs.write(&self.id, &report) {
            Ok(place) => Some(place),
            Err(error) => {
                let folder = runs.folder().display();
                tracing::warn!(%folder, %error, "the report of this run cannot be written");
                None
            }
        }
    }

    /// Puts what the clients have counted since the last time into the metrics.
    fn tell_costs(&self) {
        let now = costs(self.telemetry, self.resync);
        let told = std::mem::replace(&mut self.progress().told, now.clone());
        if self.resync.options.mode == Mode::Plan {
            return;
        }
        let registry = self.telemetry.registry();
        let github = Cost::of_github(&told.github, &now.github);
        let catalog = Cost::of_catalog(&told.catalog, &now.catalog, 0);
        for (service, cost) in [("github", github), ("catalog", catalog)] {
            registry.note(&metric::RETRIES, &[service], cost.retries as f64);
            registry.note(&metric::WAIT_SECONDS, &[service], cost.waited_seconds);
        }
    }

    fn times(&self) -> Times {
        let meter = self.telemetry.meter();
        Times { github: meter.github_time(), mapping: self.resync.workers.busy(), catalog: meter.catalog_time() }
    }

    fn progress(&self) -> MutexGuard<'_, Progress> {
        // A panic elsewhere leaves figures that are at worst a little old.
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Observer for Recorder<'_> {
    fn resource_began(&self, resource: usize, kind: &str) {
        self.progress().open = Some((resource, self.times()));
        self.inner.resource_began(resource, kind);
    }

    fn slice_ended(&self, slice: &Slice) {
        let day = slice.day.map(tracing::field::display);
        let Slice { kind, scope, end, items, rejected, .. } = slice;
        match (end.reason(), slice.is_failure()) {
            (None, false) => tracing::info!(kind, scope, day, state = end.name(), items, "read"),
            (Some(reason), false) => tracing::info!(kind, scope, day, state = end.name(), items, reason, "not read"),
            (reason, true) => {
                tracing::warn!(kind, scope, day, state = end.name(), items, rejected, reason, "not read completely")
            }
        }
        self.inner.slice_ended(slice);
    }

    fn items_mapped(&self, resource: usize, count: u64) {
        self.inner.items_mapped(resource, count);
    }

    fn entities_loaded(&self, resource: usize, count: u64) {
        self.inner.entities_loaded(resource, count);
    }

    fn decided(&self, key: &EntityKey, decision: &Decision) {
        self.inner.decided(key, decision);
    }

    fn resource_ended(&self, resource: usize) {
        let now = self.times();
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
            progress.resources_ended = Some(self.resync.clock.now());
        }
        self.tell_costs();
        self.inner.resource_ended(resource);
    }
}

fn costs(telemetry: &Telemetry, resync: &Resync) -> Costs {
    Costs {
        github: resync.github.usage(),
        catalog: resync.catalog.requests(),
        catalog_received: telemetry.meter().catalog_received(),
    }
}

fn seconds(began: Timestamp, ended: Timestamp) -> f64 {
    ended.duration_since(began).as_secs_f64().max(0.0)
}

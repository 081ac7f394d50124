//! `pilotage serve`: resyncs that start by themselves, and the health of that over HTTP.

use std::ffi::OsString;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::future::LocalBoxFuture;
use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use super::bookkeeping::Bookkeeping;
use super::carry_out::{attend_to, attended_failure, catalog_reporting, tell_records};
use super::console::talk;
use super::failure::{Failure, exit};
use super::figures;
use super::flags::{ResyncFlags, ServeFlags};
use super::process::Process;
use super::resync;
use super::serving::{self, take};
use super::web::PagesPlace;
use super::world::{Base, Places, creates};
use crate::daemon::queue::Trigger;
use crate::daemon::schedule::Schedule;
use crate::daemon::{Daemon, DaemonObserver, DaemonOptions, KIND_SCHEDULES_AT_MOST, KindSchedule, Listener, log_waiting};
use crate::door::serving::ServingLimits;
use crate::integration::mapping::MappingSource;
use crate::integration::{RunEnd, RunRequest, RunResult};
use crate::mapping;
use crate::mapping::finding::{Finding, Severity};
use crate::model::mapping_origin::MappingOrigin;
use crate::reconcile::outcome::Mode;
use crate::resync::Resync;
use crate::resync::observe::Observer;
use crate::runs::RunId;
use crate::settings::{EventListener, LogLevel, Overrides, Settings};
use crate::source;
use crate::telemetry::{FurtherMetrics, Telemetry};

/// True in the environment of a container that Ocean's chart, action or image would start: without arguments the program is a
/// daemon then.
pub(super) fn is_ocean_container(environment: impl IntoIterator<Item = (OsString, OsString)>) -> bool {
    environment.into_iter().any(|(name, value)| {
        let name = name.to_string_lossy().to_uppercase();
        name.starts_with("OCEAN__") && !value.is_empty()
    })
}

pub(super) async fn run(process: &Process, flags: &ServeFlags) -> Result<u8, Failure> {
    let end = serving::stop_signal();
    let scope = flags.scope();
    let overrides = Overrides {
        event_listener: flags.event_listener.map(|listener| listener.to_string()),
        schedule: flags.schedule.clone(),
        address: flags.address,
        port: flags.port,
        web: flags.web,
        ..process.common.overrides(Some(&scope), flags.partial_ok)
    };
    let settings = process.settings_logging(overrides, LogLevel::Info)?;
    if settings.event_listener == EventListener::Once {
        // Once is what `resync` does, with its exit codes and without a port.
        let flags = ResyncFlags { scope, partial_ok: flags.partial_ok, ..ResyncFlags::default() };
        return resync::once(process, &flags, settings, &end).await;
    }
    let address = SocketAddr::from((settings.application_address, settings.application_port));
    let pages_place = PagesPlace::of_settings(&settings).await?;
    let place = take(address).await?;
    let mut base = Base::open(process, settings, &scope, &Places::default(), Mode::Resync)?;
    base.books.chosen_kinds.clone_from(&base.context.options.only_kinds);
    match base.settings.event_listener {
        EventListener::Never => talk("serving health checks only: the event listener says never to resync"),
        _ => {
            let (hosts, destination) = (base.settings.hosts(), &base.destination);
            talk(&format!("serving resyncs from {hosts} into {destination}\nmapping: {}", named(&base.source)));
        }
    }
    talk(&format!("health at http://{0}/health/ready, metrics at http://{0}/metrics; Ctrl-C ends it", place.address()));
    let metrics = base.settings.figure_metrics.then(|| figures::metrics(process, &base.settings, &base.settings.data));
    let pages = match pages_place {
        None => None,
        Some(place) => {
            let pages = place.serve(process, &mut base, &scope, &Places::default(), metrics.clone())?;
            talk(&format!("pages at {}", pages.address()));
            Some(pages)
        }
    };
    let figures = metrics.map(|metrics| -> FurtherMetrics { Arc::new(move || metrics.text()) });
    let options = options(&base)?;
    if matches!(&options.listener, Listener::Webhook { secret: None, .. }) {
        tracing::warn!("everybody who reaches /resync can start a resync; with PILOTAGE_WEBHOOK_SECRET only who knows it");
    }
    let Base { context, source, books, embedded: _kept_open, .. } = base;
    let daemon = Daemon::new(context, source, options);
    let router = daemon.router().merge(process.telemetry.metrics_router(figures));
    let _serving = place.serve(router, ServingLimits::STANDARD);
    let _pages = pages.map(|pages| pages.pass_on(daemon.trigger_sender(), &end));
    daemon.run(end, &Log { books, telemetry: process.telemetry.clone(), current: Mutex::default() }).await;
    Ok(exit::DONE)
}

/// The mapping that each resync looks for, in words.
fn named(source: &MappingSource) -> String {
    match &source.file {
        Some(file) => mapping::bundled::at(file)
            .map_or_else(
                || MappingOrigin::File(file.display().to_string()),
                |found| MappingOrigin::Bundled(found.file.to_owned()),
            )
            .to_string(),
        None => format!("{}; {} while it has none", MappingOrigin::Catalog, MappingOrigin::Bundled(source.bundled.1.to_owned())),
    }
}

fn options(base: &Base) -> Result<DaemonOptions, Failure> {
    let Settings { event_listener, app_host, webhook_secret, polling_interval, resync_on_start, .. } = base.settings.clone();
    let listener = match event_listener {
        EventListener::Webhook => Listener::Webhook { app_host, secret: webhook_secret },
        EventListener::Polling | EventListener::Once => Listener::Polling,
        EventListener::Never => Listener::Never,
    };
    let recurrence = base.settings.scheduled_resync_interval.clone();
    Ok(DaemonOptions {
        listener,
        polling_interval,
        resync_on_start,
        kind_schedules: kind_schedules(base)?,
        schedule: recurrence.map(|recurrence| Schedule::new(recurrence, base.context.clock.now(), base.seed)),
        ready_within: base.settings.ready_within,
        partial_ok: base.settings.partial_ok,
        reporting: catalog_reporting(&base.settings),
        creates: creates(&base.settings),
        admission: base.entry(false),
        seed: base.seed,
    })
}

/// The schedules of single kinds. Kinds with one schedule are read together, so that their runs do not follow each other.
fn kind_schedules(base: &Base) -> Result<Vec<KindSchedule>, Failure> {
    let mut groups: Vec<(String, KindSchedule)> = Vec::new();
    for (name, recurrence) in &base.settings.kind_schedules {
        if source::find(&base.context.sources, name).is_none() {
            let near = source::nearest(&base.context.sources, name).map(|near| format!("did you mean `{}`? ", near.name));
            return Err(Failure::wrong(format!("`kindSchedules` names `{name}`, and there is no such kind"))
                .help(format!("{}`pilotage kinds` lists the kinds there are", near.unwrap_or_default())));
        }
        let written = format!("{recurrence:?}");
        match groups.iter_mut().find(|(known, _)| *known == written) {
            Some((_, group)) => group.kinds.push(name.clone()),
            None => {
                let seed = base.seed.wrapping_add(groups.len() as u64 + 1);
                let schedule = Schedule::new(recurrence.clone(), base.context.clock.now(), seed);
                groups.push((written, KindSchedule { kinds: vec![name.clone()], schedule }));
            }
        }
    }
    if groups.len() > KIND_SCHEDULES_AT_MOST {
        let message = format!("`kindSchedules` has {} different schedules", groups.len());
        return Err(Failure::wrong(message).help(format!("there can be {KIND_SCHEDULES_AT_MOST}; give kinds the same schedule")));
    }
    Ok(groups.into_iter().map(|(_, group)| group).collect())
}

/// Logs the daemon's work, because it usually has no terminal.
struct Log {
    books: Bookkeeping,
    telemetry: Telemetry,
    current: Mutex<CurrentRun>,
}

/// The run that goes on.
#[derive(Default)]
struct CurrentRun {
    trigger: Option<Trigger>,
    id: Option<RunId>,
}

impl Log {
    fn current(&self) -> MutexGuard<'_, CurrentRun> {
        // A panic elsewhere leaves a name that is at worst that of the run before.
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl DaemonObserver for Log {
    fn resync_began(&self, _run: &str, trigger: Trigger) -> Box<dyn Observer> {
        if let Some(feed) = &self.books.feed {
            feed.because(&trigger.to_string());
        }
        *self.current() = CurrentRun { trigger: Some(trigger), id: None };
        Box::new(KindByKind)
    }

    fn attend<'a>(
        &'a self,
        resync: &'a Resync,
        request: RunRequest<'a>,
        end: &'a CancellationToken,
    ) -> LocalBoxFuture<'a, RunResult> {
        let began = |id: &RunId| {
            let mut current = self.current();
            let because = current.trigger.map(tracing::field::display);
            tracing::info!(because, mapping = %resync.mapping_origin, "resync began");
            current.id = Some(id.clone());
        };
        Box::pin(attend_to(&self.telemetry, &self.books, resync, request, end.cancelled(), log_waiting, began))
    }

    fn resync_ended(&self, _run: &str, result: &RunResult, next: Option<Timestamp>) {
        let id = self.current().id.clone();
        let run_id = id.as_ref().map(tracing::field::display);
        match (&result.end, result.status) {
            (Ok(RunEnd::Finished(outcome)), Some(status)) => {
                tell_records(id.as_ref(), outcome, status, next);
            }
            (Ok(_), _) => tracing::warn!(run_id, "resync aborted: requests did not end in time and were dropped"),
            (Err(error), _) => {
                let failure = attended_failure(error);
                tracing::error!(run_id, next = next.map(tracing::field::display), "resync failed: {}", failure.in_one_line());
            }
        }
    }

    fn mapping_checked(&self, findings: &[Finding]) {
        for finding in findings {
            match finding.severity {
                Severity::Error => tracing::error!("mapping: {}: {}", finding.path(), finding.message),
                Severity::Warning => tracing::warn!("mapping: {}: {}", finding.path(), finding.message),
                Severity::Note => {}
            }
        }
    }
}

/// Logs the beginning and the end of each kind.
struct KindByKind;

impl Observer for KindByKind {
    fn resource_began(&self, resource: usize, kind: &str) {
        tracing::info!(resource, kind, "reading");
    }
}

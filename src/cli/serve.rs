//! `pilotage serve`: resyncs that start by themselves, and the health of that over HTTP.

use std::ffi::OsString;
use std::net::SocketAddr;
use std::sync::Arc;

use futures_util::future::LocalBoxFuture;
use jiff::Timestamp;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::bookkeeping::Bookkeeping;
use super::carry_out::{attend_to, attended_failure, catalog_reporting, tell_records};
use super::console::talk;
use super::failure::{Failure, exit};
use super::flags::{ResyncFlags, ServeFlags};
use super::process::Process;
use super::resync;
use super::serving::{self, take};
use super::web;
use super::world::{Base, Places, creates};
use crate::daemon::queue::Trigger;
use crate::daemon::schedule::Schedule;
use crate::daemon::{Daemon, DaemonObserver, DaemonOptions, Listener, log_waiting};
use crate::door::serving::ServingLimits;
use crate::integration::{RunEnd, RunRequest, RunResult};
use crate::mapping::finding::{Finding, Severity};
use crate::reconcile::outcome::Mode;
use crate::resync::Resync;
use crate::resync::observe::Observer;
use crate::settings::{EventListener, LogLevel, Overrides, Settings};
use crate::telemetry::Telemetry;
use crate::web::feed::Feed;

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
    let place = take(address).await?;
    let mut base = Base::open(process, settings, &scope, &Places::default(), Mode::Resync)?;
    if !process.common.quiet {
        match base.settings.event_listener {
            EventListener::Never => talk("serving health checks only: the event listener says never to resync"),
            _ => talk(&format!("serving resyncs from {} into {}", base.settings.hosts(), base.destination)),
        }
        talk(&format!("health at http://{0}/health/ready, metrics at http://{0}/metrics; Ctrl-C ends it", place.address()));
    }
    let pages = match base.settings.web.listen {
        None => None,
        Some(address) => {
            let (place, feed) = (take(address).await?, Feed::new(process.clock.clone()));
            let (data, flags) = (base.settings.data.clone(), web::command_flags(process, false));
            let catalog = web::catalog_place(&base.settings)?;
            let pages = web::serve(process, &base.settings.web, place, data, flags, catalog, Some(Arc::clone(&feed)))?;
            base.books.feed = Some(Arc::clone(&feed));
            talk(&format!("pages at {}", pages.link.as_ref().unwrap_or(&pages.url)));
            Some((pages, feed))
        }
    };
    let options = options(&base);
    if matches!(&options.listener, Listener::Webhook { secret: None, .. }) {
        tracing::warn!("everybody who reaches /resync can start a resync; with PILOTAGE_WEBHOOK_SECRET only who knows it");
    }
    let Base { context, source, books, embedded: _kept_open, .. } = base;
    let daemon = Daemon::new(context, source, options);
    let _serving = place.serve(daemon.router().merge(process.telemetry.metrics_router()), ServingLimits::STANDARD);
    if let Some((_, feed)) = &pages {
        tokio::spawn(pass_on(Arc::clone(feed), daemon.trigger_sender(), end.clone()));
    }
    daemon.run(end, &Log { books, telemetry: process.telemetry.clone() }).await;
    Ok(exit::DONE)
}

/// Passes wishes of the pages on to the daemon, until the end.
async fn pass_on(feed: Arc<Feed>, triggers: mpsc::Sender<Trigger>, end: CancellationToken) {
    while serving::unless_ended(&end, feed.run_wanted()).await.is_some() {
        // A full channel already holds a trigger.
        let _ = triggers.try_send(Trigger::Page);
    }
}

fn options(base: &Base) -> DaemonOptions {
    let Settings { event_listener, app_host, webhook_secret, polling_interval, resync_on_start, .. } = base.settings.clone();
    let listener = match event_listener {
        EventListener::Webhook => Listener::Webhook { app_host, secret: webhook_secret },
        EventListener::Polling | EventListener::Once => Listener::Polling,
        EventListener::Never => Listener::Never,
    };
    let recurrence = base.settings.scheduled_resync_interval.clone();
    DaemonOptions {
        listener,
        polling_interval,
        resync_on_start,
        schedule: recurrence.map(|recurrence| Schedule::new(recurrence, base.context.clock.now(), base.seed)),
        ready_within: base.settings.ready_within,
        partial_ok: base.settings.partial_ok,
        reporting: catalog_reporting(&base.settings),
        creates: creates(&base.settings),
        admission: base.entry(false),
        seed: base.seed,
    }
}

/// Logs the daemon's work, because it usually has no terminal.
struct Log {
    books: Bookkeeping,
    telemetry: Telemetry,
}

impl DaemonObserver for Log {
    fn resync_began(&self, run: &str, trigger: Trigger) -> Box<dyn Observer> {
        if let Some(feed) = &self.books.feed {
            feed.because(&trigger.to_string());
        }
        tracing::info!(run, because = %trigger, "resync began");
        Box::new(KindByKind)
    }

    fn attend<'a>(
        &'a self,
        resync: &'a Resync,
        request: RunRequest<'a>,
        end: &'a CancellationToken,
    ) -> LocalBoxFuture<'a, RunResult> {
        Box::pin(attend_to(&self.telemetry, &self.books, resync, request, end.cancelled(), log_waiting))
    }

    fn resync_ended(&self, run: &str, result: &RunResult, next: Option<Timestamp>) {
        match (&result.end, result.status) {
            (Ok(RunEnd::Finished(outcome)), Some(status)) => {
                tell_records(run, outcome, status, next);
            }
            (Ok(_), _) => tracing::warn!(run, "resync aborted: requests did not end in time and were dropped"),
            (Err(error), _) => {
                let failure = attended_failure(error);
                tracing::error!(run, next = next.map(tracing::field::display), "resync failed: {}", failure.in_one_line());
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

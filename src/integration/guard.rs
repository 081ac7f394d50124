//! Guard: one run of an integration at a time, by the state that runs write to the catalog.
//!
//! A run writes `running` at its start and again every ten seconds, and its result at its end. A second run that finds `running`
//! waits. If the state is refreshed, the first run is alive and the second ends; otherwise the first was killed and the second
//! begins. The state is optional: a catalog that refuses it never fails a resync.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio_util::task::AbortOnDropHandle;
use tracing::Instrument;

use crate::catalog::{Catalog, CatalogError, ResyncProgress, ResyncState, ResyncStatus};
use crate::door::clock::Clock;

/// Interval of heartbeats.
const HEARTBEAT_INTERVAL: Duration = Duration::from_secs(10);

/// Time for which the state of another run is watched: three heartbeats, so that a single lost one does not count.
const WATCH_DURATION: Duration = Duration::from_secs(30);

/// Interval of reading the state of another run, so that a live one is found early.
const CHECK_INTERVAL: Duration = Duration::from_secs(5);

/// Check for other runs before a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// Begin only when no other run is alive.
    WhenAlone,
    /// Begin without a check: the user forces it, or nobody else can write to this catalog.
    Unchecked,
}

/// Next scheduled run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NextRun {
    /// Time of the run.
    pub at: Timestamp,
    /// Interval in minutes, for a schedule with equal intervals.
    pub interval_minutes: Option<u64>,
}

/// Another run of the same integration is alive.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
#[error("another resync of this integration is running: its last heartbeat was at {last_heartbeat}")]
pub struct AlreadyRunning {
    /// Time of its last heartbeat, by the catalog's clock.
    pub last_heartbeat: Timestamp,
}

/// Guard of a run that was admitted. Until it is dropped or [finished](Guard::finish), it sends a heartbeat every ten seconds.
#[derive(Debug)]
pub struct Guard {
    catalog: Arc<Catalog>,
    clock: Clock,
    progress: ResyncProgress,
    _renewal: AbortOnDropHandle<()>,
}

impl Guard {
    /// Admits a run unless another one is alive.
    ///
    /// # Flow
    /// Reads the state at the catalog. If it is `running`, calls `on_waiting` and watches the state for half a minute. Then writes
    /// `running`. A first run, and one after a run that ended, never waits.
    ///
    /// # Guarantees
    /// A catalog that cannot be read, or that refuses the state, admits the run.
    ///
    /// # Cancellation
    /// Dropping the future before it returns leaves at most one state `running` without further heartbeats.
    ///
    /// # Errors
    /// [`AlreadyRunning`], see there.
    pub async fn enter(
        catalog: &Arc<Catalog>,
        clock: &Clock,
        admission: Admission,
        on_waiting: impl FnOnce(Duration),
    ) -> Result<Self, AlreadyRunning> {
        Self::wait_until_alone(catalog, clock, admission, on_waiting).await?;
        let guard = Self::begin(catalog, clock);
        guard.report_running().await;
        Ok(guard)
    }

    /// First part of [`Guard::enter`]: checks that no other run is alive. Writes nothing.
    ///
    /// # Errors
    /// [`AlreadyRunning`], see there.
    pub(super) async fn wait_until_alone(
        catalog: &Catalog,
        clock: &Clock,
        admission: Admission,
        on_waiting: impl FnOnce(Duration),
    ) -> Result<(), AlreadyRunning> {
        if admission == Admission::WhenAlone { wait_until_alone(catalog, clock, on_waiting).await } else { Ok(()) }
    }

    /// Second part: starts the heartbeats. The first one is due in ten seconds.
    pub(super) fn begin(catalog: &Arc<Catalog>, clock: &Clock) -> Self {
        let progress = ResyncProgress::of(ResyncStatus::Running, clock.now());
        let renewal = tokio::spawn(renew(Arc::clone(catalog), clock.clone(), progress.clone()).in_current_span());
        let renewal = AbortOnDropHandle::new(renewal);
        Self { catalog: Arc::clone(catalog), clock: clock.clone(), progress, _renewal: renewal }
    }

    /// Third part: writes the state `running`.
    pub(super) async fn report_running(&self) {
        let running = ResyncProgress { next_resync: None, ..self.progress.clone() };
        // One attempt: a state that comes late is worth nothing, and the next is due in ten seconds.
        if let Err(error) = self.catalog.renew_resync_state(&running).await {
            warn("cannot write the state `running` to the catalog, so another resync may start at the same time", &error);
        }
    }

    /// Adds the next scheduled run to the state at the end.
    #[must_use]
    pub fn with_next_run(mut self, next: Option<NextRun>) -> Self {
        self.progress.next_resync = next.map(|next| next.at);
        self.progress.interval_minutes = next.and_then(|next| next.interval_minutes);
        self
    }

    /// Writes the state at the end to the catalog, for at most `at_most`, because a catalog that hangs must not hold up a finished
    /// run. Returns the state that was not accepted, so that it can be sent later.
    pub async fn finish(self, status: ResyncStatus, at_most: Duration) -> Option<ResyncProgress> {
        let Self { catalog, clock, progress, _renewal } = self;
        // A late heartbeat must not follow the end.
        drop(_renewal);
        let progress = ResyncProgress { status, last_resync_end: Some(clock.now()), ..progress };
        tokio::select! {
            biased;
            sent = catalog.put_resync_state(&progress) => match sent {
                Ok(_) => return None,
                Err(error) => warn("cannot write the state of this resync to the catalog", &error),
            },
            () = clock.sleep(at_most) => {
                tracing::warn!("the catalog did not accept the state of this resync within {} s", at_most.as_secs());
            }
        }
        Some(progress)
    }
}

fn warn(what: &str, error: &CatalogError) {
    tracing::warn!(%error, "{what}");
}

async fn renew(catalog: Arc<Catalog>, clock: Clock, progress: ResyncProgress) {
    loop {
        clock.sleep(HEARTBEAT_INTERVAL).await;
        if let Err(error) = catalog.renew_resync_state(&progress).await {
            tracing::debug!(%error, "a heartbeat did not reach the catalog");
        }
    }
}

async fn wait_until_alone(catalog: &Catalog, clock: &Clock, on_waiting: impl FnOnce(Duration)) -> Result<(), AlreadyRunning> {
    let Some(found) = running_since(catalog).await else { return Ok(()) };
    on_waiting(WATCH_DURATION);
    let began = clock.now();
    loop {
        clock.sleep(CHECK_INTERVAL).await;
        match running_since(catalog).await {
            // It ended during the wait.
            None => return Ok(()),
            Some(now) if now != found => return Err(AlreadyRunning { last_heartbeat: now.unwrap_or(began) }),
            Some(_) => {}
        }
        if clock.now().duration_since(began) >= WATCH_DURATION.try_into().unwrap_or_default() {
            tracing::info!("the other resync sent no heartbeat for half a minute; this one begins");
            return Ok(());
        }
    }
}

/// Time at which the state `running` was last written. None: another state, or a catalog that cannot be read.
async fn running_since(catalog: &Catalog) -> Option<Option<Timestamp>> {
    match catalog.integration().await {
        Ok(integration) => match integration?.resync_state? {
            ResyncState { status: Some(status), updated_at, .. } if status == "running" => Some(updated_at),
            _ => None,
        },
        Err(error) => {
            warn("cannot check at the catalog whether another resync is running", &error);
            None
        }
    }
}

#[cfg(test)]
mod tests;

//! Keeps two runs of one integration apart, by the state that runs leave at the catalog.
//!
//! A run says `running` at its start and again every ten seconds, and how it ended at its end. A second one that finds
//! `running` waits to see whether it is said again: then the first is alive and the second steps back; otherwise the first
//! was killed and the second takes over. The state is a courtesy: a catalog that refuses it never fails a resync.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio_util::task::AbortOnDropHandle;
use tracing::Instrument;

use crate::catalog::{Catalog, CatalogError, ResyncProgress, ResyncState, ResyncStatus};
use crate::door::clock::Clock;

/// From one sign of life to the next.
const RENEWAL: Duration = Duration::from_secs(10);

/// How long the state of another run is watched: three signs of life, so that one which got lost does not make it look dead.
const WATCH: Duration = Duration::from_secs(30);

/// Between two looks at the state of another run, so that one that is alive is found early.
const LOOK: Duration = Duration::from_secs(5);

/// How a run is let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entry {
    /// When no other run is alive.
    WhenAlone,
    /// Without looking: the user says so, or nobody else can write to this catalog.
    AtOnce,
}

/// The run after this one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NextRun {
    /// When it is due.
    pub at: Timestamp,
    /// Minutes between two, when they are equal.
    pub interval_minutes: Option<u64>,
}

/// Another run of the same integration is alive.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
#[error("another resync of this integration is running: it gave a sign of life at {seen}")]
pub struct AnotherRuns {
    /// When it was last heard of, by the catalog's clock.
    pub seen: Timestamp,
}

/// A run that was let in. Until it is dropped or [left](Guard::leave), the catalog hears every ten seconds that it is alive.
#[derive(Debug)]
pub struct Guard {
    catalog: Arc<Catalog>,
    clock: Clock,
    progress: ResyncProgress,
    _renewal: AbortOnDropHandle<()>,
}

impl Guard {
    /// Lets a run in, or says that another one is alive. Waits half a minute when another one may be; `tell_waiting` is called
    /// before that. A first run, and one after a run that ended, never waits.
    ///
    /// # Errors
    /// [`AnotherRuns`], see there.
    pub async fn enter(
        catalog: &Arc<Catalog>,
        clock: &Clock,
        entry: Entry,
        tell_waiting: impl FnOnce(Duration),
    ) -> Result<Self, AnotherRuns> {
        Self::watch(catalog, clock, entry, tell_waiting).await?;
        let guard = Self::begin(catalog, clock);
        guard.tell().await;
        Ok(guard)
    }

    /// The first part of entering: finds out that no other run is alive, and writes nothing.
    ///
    /// # Errors
    /// [`AnotherRuns`], see there.
    pub(super) async fn watch(
        catalog: &Catalog,
        clock: &Clock,
        entry: Entry,
        tell_waiting: impl FnOnce(Duration),
    ) -> Result<(), AnotherRuns> {
        if entry == Entry::WhenAlone { watch(catalog, clock, tell_waiting).await } else { Ok(()) }
    }

    /// The second: from here on the run is said to be alive every ten seconds, and from [`Guard::tell`] on at once.
    pub(super) fn begin(catalog: &Arc<Catalog>, clock: &Clock) -> Self {
        let progress = ResyncProgress::of(ResyncStatus::Running, clock.now());
        let renewal = tokio::spawn(renew(Arc::clone(catalog), clock.clone(), progress.clone()).in_current_span());
        let renewal = AbortOnDropHandle::new(renewal);
        Self { catalog: Arc::clone(catalog), clock: clock.clone(), progress, _renewal: renewal }
    }

    /// The last: says that the run runs.
    pub(super) async fn tell(&self) {
        let running = ResyncProgress { next_resync: None, ..self.progress.clone() };
        // One attempt: a state that comes late is worth nothing, and the next is due in ten seconds.
        if let Err(error) = self.catalog.renew_resync_state(&running).await {
            warn("cannot tell the catalog that this resync runs, so another one may start beside it", &error);
        }
    }

    /// Adds to what is told at the end when the next run is due, and how many minutes lie between two.
    #[must_use]
    pub fn followed_by(mut self, next: Option<NextRun>) -> Self {
        self.progress.next_resync = next.map(|next| next.at);
        self.progress.interval_minutes = next.and_then(|next| next.interval_minutes);
        self
    }

    /// Tells the catalog how the run ended, for as long as `at_most`: one that hangs must not keep a run that is done. Gives
    /// back what the catalog did not take, so that it can be told later.
    pub async fn leave(self, status: ResyncStatus, at_most: Duration) -> Option<ResyncProgress> {
        let Self { catalog, clock, progress, _renewal } = self;
        // A sign of life that is late must not follow the end.
        drop(_renewal);
        let progress = ResyncProgress { status, last_resync_end: Some(clock.now()), ..progress };
        tokio::select! {
            biased;
            told = catalog.put_resync_state(&progress) => match told {
                Ok(_) => return None,
                Err(error) => warn("cannot tell the catalog how this resync ended", &error),
            },
            () = clock.sleep(at_most) => {
                tracing::warn!("the catalog did not take within {} s how this resync ended", at_most.as_secs());
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
        clock.sleep(RENEWAL).await;
        if let Err(error) = catalog.renew_resync_state(&progress).await {
            tracing::debug!(%error, "a sign of life did not reach the catalog");
        }
    }
}

async fn watch(catalog: &Catalog, clock: &Clock, tell_waiting: impl FnOnce(Duration)) -> Result<(), AnotherRuns> {
    let Some(found) = running_since(catalog).await else { return Ok(()) };
    tell_waiting(WATCH);
    let began = clock.now();
    loop {
        clock.sleep(LOOK).await;
        match running_since(catalog).await {
            // It ended while we watched.
            None => return Ok(()),
            Some(now) if now != found => return Err(AnotherRuns { seen: now.unwrap_or(began) }),
            Some(_) => {}
        }
        if clock.now().duration_since(began) >= WATCH.try_into().unwrap_or_default() {
            tracing::info!("the resync that was running gave no sign of life for half a minute; taking over");
            return Ok(());
        }
    }
}

/// When the state `running` was last written, if that is the state. A catalog that cannot say hinders nobody.
async fn running_since(catalog: &Catalog) -> Option<Option<Timestamp>> {
    match catalog.integration().await {
        Ok(integration) => match integration?.resync_state? {
            ResyncState { status: Some(status), updated_at, .. } if status == "running" => Some(updated_at),
            _ => None,
        },
        Err(error) => {
            warn("cannot ask the catalog whether another resync runs", &error);
            None
        }
    }
}

#[cfg(test)]
mod tests;

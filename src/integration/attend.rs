//! Whole runs: the integration's record, the guard, the pipeline, and the state at the end. `resync` and `serve` both call
//! [`attend`]; nothing else starts the pipeline.

use std::pin::pin;
use std::time::Duration;

use serde_json::Value;

use super::announce::{CatalogReporter, CatalogReporting};
use super::guard::{Admission, AlreadyRunning, Guard, NextRun};
use super::page;
use super::record::{self, CreationPolicy, register};
use crate::catalog::{ResyncProgress, ResyncStatus};
use crate::reconcile::outcome::{Mode, Outcome};
use crate::resync::observe::{Observer, TwoObservers};
use crate::resync::{Resync, ResyncError, run};

/// Time limit for the open requests of a run that was told to stop. Containers are killed ten seconds after the signal, and the
/// state at the end is still to be sent.
const GRACE_PERIOD: Duration = Duration::from_secs(8);

/// Time limit for reporting the end of such a run.
const ABORT_REPORT_TIMEOUT: Duration = Duration::from_secs(1);

/// Time limit for reporting the end of any other run.
const END_REPORT_TIMEOUT: Duration = Duration::from_secs(5);

/// End of a run that began.
#[derive(Debug)]
#[allow(clippy::large_enum_variant, reason = "there is one of it per run")]
pub enum RunEnd {
    /// The run returned an outcome. It may have been told to stop: see [`Outcome::aborted`].
    Finished(Outcome),
    /// The run was told to stop, and its open requests did not finish in time.
    CutOff {
        /// Time that it had.
        after: Duration,
    },
}

/// Reason why a run did not begin or broke off.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// Another run is alive.
    #[error(transparent)]
    AlreadyRunning(#[from] AlreadyRunning),
    /// The pipeline, or the catalog before it, failed as a whole.
    #[error(transparent)]
    Resync(#[from] ResyncError),
}

/// Request for a run: the check before it and the reports about it.
pub struct RunRequest<'a> {
    /// Check for other runs.
    pub admission: Admission,
    /// Observer of the run.
    pub observer: &'a dyn Observer,
    /// Reports to the catalog beyond metrics.
    pub reporting: CatalogReporting,
    /// Creation of objects at the catalog besides entities.
    pub creates: CreationPolicy,
    /// Address to which the catalog reports changes, in the catalog's form. None leaves the one in the record.
    pub changelog_destination: Option<Value>,
    /// Next scheduled run.
    pub next: Option<NextRun>,
    /// Reports the run as failed even when all was done, because it used an older mapping than the current one.
    pub counts_as_failed: bool,
    /// Notes in the outcome that the mapping of the run is not the one at the catalog.
    pub compares_mapping: bool,
}

impl<'a> RunRequest<'a> {
    /// Creates a request for a single run that reports only state and metrics.
    pub fn new(admission: Admission, observer: &'a dyn Observer) -> Self {
        let reporting = CatalogReporting::default();
        let creates = CreationPolicy::Defaults;
        Self {
            admission,
            observer,
            reporting,
            creates,
            changelog_destination: None,
            next: None,
            counts_as_failed: false,
            compares_mapping: true,
        }
    }
}

/// Result of a run.
#[derive(Debug)]
pub struct RunResult {
    /// End of the run, or the reason why it did not begin or broke off.
    pub end: Result<RunEnd, RunError>,
    /// State that was sent to the catalog at the end. None for a plan, and for a run that did not begin.
    pub status: Option<ResyncStatus>,
    /// State that the catalog did not accept at the end. The daemon sends it again later.
    pub unsent_state: Option<ResyncProgress>,
}

impl RunResult {
    fn without_state(end: Result<RunEnd, RunError>) -> Self {
        Self { end, status: None, unsent_state: None }
    }
}

/// Carries out a whole run.
///
/// # Flow
/// The integration's record, the guard, the pipeline, the state at the end. A plan writes nothing and has only the pipeline.
/// `on_waiting` is called before the guard waits, up to half a minute, for a heartbeat of another run.
///
/// # Guarantees
/// Without [`Admission::Unchecked`] no run begins while the state at the catalog shows that another one is alive. A run that began leaves its state at the catalog, or
/// returns it in [`RunResult::unsent_state`].
///
/// # Cancellation
/// After `end_requested` completes, open requests are finished, nothing more is deleted, and the run ends within nine seconds even
/// when a server hangs.
pub async fn attend(
    resync: &Resync,
    request: RunRequest<'_>,
    end_requested: impl Future<Output = ()>,
    on_waiting: impl FnOnce(Duration),
) -> RunResult {
    let mut end_requested = pin!(end_requested);
    if resync.options.mode == Mode::Plan {
        let mut ended = run_until_end_requested(resync, request.observer, end_requested).await;
        if let Some(Ok(outcome)) = &mut ended
            && !outcome.aborted
            && request.compares_mapping
        {
            outcome.warnings.extend(record::compare(resync, request.creates).await);
        }
        return RunResult::without_state(run_end(ended));
    }
    let began = resync.clock.now();
    let entering = async {
        let record = register(resync, request.creates, request.changelog_destination.as_ref(), request.compares_mapping)
            .await
            .map_err(ResyncError::Catalog)?;
        Guard::wait_until_alone(&resync.catalog, &resync.clock, request.admission, on_waiting).await?;
        Ok::<_, RunError>(record)
    };
    let cut_off = Ok(RunEnd::CutOff { after: Duration::ZERO });
    let record = tokio::select! {
        biased;
        () = &mut end_requested => return RunResult::without_state(cut_off),
        entered = entering => match entered {
            Ok(record) => record,
            Err(error @ RunError::AlreadyRunning(_)) => return RunResult::without_state(Err(error)),
            Err(error) => {
                let ended = Some(resync.clock.now());
                let unsent_state = ResyncProgress { last_resync_end: ended, ..ResyncProgress::of(ResyncStatus::Failed, began) };
                return RunResult { end: Err(error), status: Some(ResyncStatus::Failed), unsent_state: Some(unsent_state) };
            }
        },
    };
    let guard = Guard::begin(&resync.catalog, &resync.clock).with_next_run(request.next);
    tokio::select! {
        biased;
        () = &mut end_requested => {
            let unsent_state = guard.finish(ResyncStatus::Aborted, ABORT_REPORT_TIMEOUT).await;
            return RunResult { end: cut_off, status: Some(ResyncStatus::Aborted), unsent_state };
        }
        () = guard.report_running() => {}
    }
    let reporter = CatalogReporter::begin(resync, &record.addresses, request.reporting);
    let mut ended = run_until_end_requested(resync, &TwoObservers(request.observer, &reporter), end_requested).await;
    if let Some(Ok(outcome)) = &mut ended {
        outcome.warnings.extend(record.notes.iter().cloned());
    }
    let status = match &ended {
        None => ResyncStatus::Aborted,
        Some(Ok(outcome)) if outcome.aborted => ResyncStatus::Aborted,
        Some(Ok(outcome)) if outcome.is_complete() && !request.counts_as_failed => ResyncStatus::Completed,
        Some(Ok(_) | Err(_)) => ResyncStatus::Failed,
    };
    let at_most = if resync.options.stop.is_cancelled() { ABORT_REPORT_TIMEOUT } else { END_REPORT_TIMEOUT };
    let outcome = ended.as_ref().and_then(|ended| ended.as_ref().ok());
    let has_defaults = !resync.default_blueprints.is_empty() && !resync.mapping.resources.is_empty();
    let creates = if status != ResyncStatus::Aborted && outcome.is_some() { request.creates } else { CreationPolicy::Nothing };
    match creates {
        CreationPolicy::Defaults if has_defaults => {
            if record.is_first() {
                page::create(resync, at_most).await;
            }
            record.mark_initialized(resync, at_most).await;
        }
        CreationPolicy::Empty => record.mark_initialized(resync, at_most).await,
        CreationPolicy::Defaults | CreationPolicy::Nothing => {}
    }
    let ((), unsent_state) = tokio::join!(reporter.end(status, outcome, at_most), guard.finish(status, at_most));
    RunResult { end: run_end(ended), status: Some(status), unsent_state }
}

fn run_end(ended: Option<Result<Outcome, ResyncError>>) -> Result<RunEnd, RunError> {
    match ended {
        Some(ended) => Ok(RunEnd::Finished(ended?)),
        None => Ok(RunEnd::CutOff { after: GRACE_PERIOD }),
    }
}

/// Runs the pipeline. None: it did not end in time after it was told to stop.
async fn run_until_end_requested(
    resync: &Resync,
    observer: &dyn Observer,
    end_requested: impl Future<Output = ()>,
) -> Option<Result<Outcome, ResyncError>> {
    let mut running = pin!(run(resync, observer));
    tokio::select! {
        biased;
        ended = &mut running => return Some(ended),
        () = end_requested => resync.options.stop.cancel(),
    }
    tokio::select! {
        biased;
        ended = running => Some(ended),
        () = resync.clock.sleep(GRACE_PERIOD) => None,
    }
}

#[cfg(test)]
mod tests;

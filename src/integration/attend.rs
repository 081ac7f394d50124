//! A whole run as its surroundings see it: the integration's record, the guard that lets it in, the run itself, which can be
//! told to end, and the word of how it ended. `resync` and `serve` both call [`attend`], and nothing else runs.

use std::pin::pin;
use std::time::Duration;

use serde_json::Value;

use super::announce::{Announcer, Courtesies};
use super::guard::{AnotherRuns, Entry, Guard, NextRun};
use super::page;
use super::record::{Creates, register};
use crate::catalog::{ResyncProgress, ResyncStatus};
use crate::reconcile::outcome::{Mode, Outcome};
use crate::resync::observe::{Both, Observer};
use crate::resync::{Resync, ResyncError, run};

/// How long a run that was told to end may take to finish what is in flight. Containers are killed ten seconds after the signal,
/// and the end of the run is still to be told.
const GRACE: Duration = Duration::from_secs(8);

/// How long the end of such a run is told at most.
const LAST_WORD: Duration = Duration::from_secs(1);

/// How long the end of any other run is told at most.
const TELLING: Duration = Duration::from_secs(5);

/// How a run ended that could go on to its end.
#[derive(Debug)]
#[allow(clippy::large_enum_variant, reason = "there is one of it per run")]
pub enum Attended {
    /// By itself. It may have been told to stop: see [`Outcome::aborted`].
    Ended(Outcome),
    /// It was told to stop, and what was in flight did not end in time.
    CutOff {
        /// How long it had.
        after: Duration,
    },
}

/// Why a run did not begin or could not go on.
#[derive(Debug, thiserror::Error)]
pub enum AttendedError {
    /// Another run is alive.
    #[error(transparent)]
    AnotherRuns(#[from] AnotherRuns),
    /// There was nothing to go on with.
    #[error(transparent)]
    Resync(#[from] ResyncError),
}

/// How a run is let in, and what is told about it.
pub struct Visit<'a> {
    /// How it is let in.
    pub entry: Entry,
    /// Who listens.
    pub observer: &'a dyn Observer,
    /// What the catalog is told beyond metrics.
    pub courtesies: Courtesies,
    /// What may be created at the catalog beside entities.
    pub creates: Creates,
    /// Whom the catalog shall tell about changes, when that is ours to say.
    pub changelog_destination: Option<Value>,
    /// The run after this one, when there will be one.
    pub next: Option<NextRun>,
    /// Whether the run cannot be more than failed, because it is not the one that was asked for.
    pub at_best_failed: bool,
}

impl<'a> Visit<'a> {
    /// A run of its own, of which nobody is told more than its state and its metrics.
    pub fn new(entry: Entry, observer: &'a dyn Observer) -> Self {
        let courtesies = Courtesies::default();
        let creates = Creates::Defaults;
        Self { entry, observer, courtesies, creates, changelog_destination: None, next: None, at_best_failed: false }
    }
}

/// What became of a run.
#[derive(Debug)]
pub struct Attendance {
    /// How it ended, or why it did not begin or could not go on.
    pub ended: Result<Attended, AttendedError>,
    /// The state that the catalog was told at the end. None when there is none: of a plan, and of a run that did not begin.
    pub status: Option<ResyncStatus>,
    /// What the catalog did not take at the end: whoever stays may tell it later.
    pub untold: Option<ResyncProgress>,
}

impl Attendance {
    fn without_state(ended: Result<Attended, AttendedError>) -> Self {
        Self { ended, status: None, untold: None }
    }
}

/// A whole run, from the integration's record to the state at its end; unless another run is alive. When `told_to_end` comes
/// true, what is in flight is finished, nothing (more) is deleted, and the run ends within nine seconds, whoever hangs. A plan
/// needs neither record nor guard: it writes nothing.
///
/// `tell_waiting` is called before half a minute is spent on finding out whether another run is alive.
pub async fn attend(
    resync: &Resync,
    visit: Visit<'_>,
    told_to_end: impl Future<Output = ()>,
    tell_waiting: impl FnOnce(Duration),
) -> Attendance {
    let mut told_to_end = pin!(told_to_end);
    if resync.options.mode == Mode::Plan {
        let ended = until_told(resync, visit.observer, told_to_end).await;
        return Attendance::without_state(attended(ended));
    }
    let began = resync.clock.now();
    let entering = async {
        let registered =
            register(resync, visit.creates, visit.changelog_destination.as_ref()).await.map_err(ResyncError::Catalog)?;
        Guard::watch(&resync.catalog, &resync.clock, visit.entry, tell_waiting).await?;
        Ok::<_, AttendedError>(registered)
    };
    let cut_off = Ok(Attended::CutOff { after: Duration::ZERO });
    let registered = tokio::select! {
        biased;
        () = &mut told_to_end => return Attendance::without_state(cut_off),
        entered = entering => match entered {
            Ok(registered) => registered,
            Err(error @ AttendedError::AnotherRuns(_)) => return Attendance::without_state(Err(error)),
            Err(error) => {
                let ended = Some(resync.clock.now());
                let untold = ResyncProgress { last_resync_end: ended, ..ResyncProgress::of(ResyncStatus::Failed, began) };
                return Attendance { ended: Err(error), status: Some(ResyncStatus::Failed), untold: Some(untold) };
            }
        },
    };
    let guard = Guard::begin(&resync.catalog, &resync.clock).followed_by(visit.next);
    tokio::select! {
        biased;
        () = &mut told_to_end => {
            let untold = guard.leave(ResyncStatus::Aborted, LAST_WORD).await;
            return Attendance { ended: cut_off, status: Some(ResyncStatus::Aborted), untold };
        }
        () = guard.tell() => {}
    }
    let announcer = Announcer::begin(resync, &registered.addresses, visit.courtesies);
    let ended = until_told(resync, &Both(visit.observer, &announcer), told_to_end).await;
    let status = match &ended {
        None => ResyncStatus::Aborted,
        Some(Ok(outcome)) if outcome.aborted => ResyncStatus::Aborted,
        Some(Ok(outcome)) if outcome.is_complete() && !visit.at_best_failed => ResyncStatus::Completed,
        Some(Ok(_) | Err(_)) => ResyncStatus::Failed,
    };
    let at_most = if resync.options.stop.is_cancelled() { LAST_WORD } else { TELLING };
    let outcome = ended.as_ref().and_then(|ended| ended.as_ref().ok());
    let has_defaults = !resync.default_blueprints.is_empty() && !resync.mapping.resources.is_empty();
    let creates = if status != ResyncStatus::Aborted && outcome.is_some() { visit.creates } else { Creates::Nothing };
    match creates {
        Creates::Defaults if has_defaults => {
            if registered.is_first() {
                page::create(resync, at_most).await;
            }
            registered.initialized(resync, at_most).await;
        }
        Creates::Empty => registered.initialized(resync, at_most).await,
        Creates::Defaults | Creates::Nothing => {}
    }
    let ((), untold) = tokio::join!(announcer.end(status, outcome, at_most), guard.leave(status, at_most));
    Attendance { ended: attended(ended), status: Some(status), untold }
}

/// A run that did not end in time was cut off.
fn attended(ended: Option<Result<Outcome, ResyncError>>) -> Result<Attended, AttendedError> {
    match ended {
        Some(ended) => Ok(Attended::Ended(ended?)),
        None => Ok(Attended::CutOff { after: GRACE }),
    }
}

/// None when the run did not end in time after it was told to.
async fn until_told(
    resync: &Resync,
    observer: &dyn Observer,
    told_to_end: impl Future<Output = ()>,
) -> Option<Result<Outcome, ResyncError>> {
    let mut running = pin!(run(resync, observer));
    tokio::select! {
        biased;
        ended = &mut running => return Some(ended),
        () = told_to_end => resync.options.stop.cancel(),
    }
    tokio::select! {
        biased;
        ended = running => Some(ended),
        () = resync.clock.sleep(GRACE) => None,
    }
}

#[cfg(test)]
mod tests;

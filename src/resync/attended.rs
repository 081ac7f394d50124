//! A run as its surroundings see it: it is let in, can be told to end, and leaves word of how it ended.

use std::pin::pin;
use std::time::Duration;

use super::guard::{AnotherRuns, Entry, Guard};
use super::observe::Observer;
use super::run::{Resync, ResyncError, run};
use crate::catalog::ResyncStatus;
use crate::reconcile::outcome::{Mode, Outcome};

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

/// Runs once, unless another run is alive. When `told_to_end` comes true, what is in flight is finished, nothing (more) is
/// deleted, and the run ends within nine seconds, whoever hangs. A plan needs no guard: it writes nothing.
///
/// `tell_waiting` is called before half a minute is spent on finding out whether another run is alive.
///
/// # Errors
/// [`AttendedError`], see there.
pub async fn attend(
    resync: &Resync,
    entry: Entry,
    observer: &dyn Observer,
    told_to_end: impl Future<Output = ()>,
    tell_waiting: impl FnOnce(Duration),
) -> Result<Attended, AttendedError> {
    let mut told_to_end = pin!(told_to_end);
    let mut guard = None;
    if resync.options.mode == Mode::Resync {
        let entering = Guard::enter(&resync.catalog, &resync.clock, entry, tell_waiting);
        guard = tokio::select! {
            biased;
            () = &mut told_to_end => return Ok(Attended::CutOff { after: Duration::ZERO }),
            entered = entering => Some(entered?),
        };
    }
    let ended = until_told(resync, observer, told_to_end).await;
    let is_stopped = resync.options.stop.is_cancelled();
    if let Some(guard) = guard {
        let status = match &ended {
            None => ResyncStatus::Aborted,
            Some(Ok(outcome)) if outcome.aborted => ResyncStatus::Aborted,
            Some(Ok(outcome)) if outcome.is_whole() => ResyncStatus::Completed,
            Some(Ok(_) | Err(_)) => ResyncStatus::Failed,
        };
        guard.leave(status, if is_stopped { LAST_WORD } else { TELLING }).await;
    }
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

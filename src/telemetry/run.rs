//! The end of a run, as whoever carried it out tells it.

use crate::reconcile::outcome::Outcome;
use crate::runs::RunState;

/// The end of a run, as whoever carried it out knows it.
#[derive(Clone, Copy, Debug)]
pub enum Ending<'a> {
    /// It came to an end, whole or not.
    Outcome(&'a Outcome),
    /// It was told to stop, and what was in flight was dropped.
    CutOff,
    /// There was nothing to go on with.
    Failed {
        /// Why, without secrets.
        error: &'a str,
    },
}

impl<'a> Ending<'a> {
    /// In one word.
    pub fn state(self) -> RunState {
        match self {
            Self::Outcome(outcome) if outcome.aborted => RunState::Aborted,
            Self::Outcome(outcome) if outcome.is_whole() => RunState::Completed,
            Self::Outcome(_) => RunState::Partial,
            Self::CutOff => RunState::Aborted,
            Self::Failed { .. } => RunState::Failed,
        }
    }

    pub(super) fn outcome(self) -> Option<&'a Outcome> {
        match self {
            Self::Outcome(outcome) => Some(outcome),
            Self::CutOff | Self::Failed { .. } => None,
        }
    }

    pub(super) fn error(self) -> Option<&'a str> {
        match self {
            Self::Failed { error } => Some(error),
            Self::Outcome(_) | Self::CutOff => None,
        }
    }
}

//! The end of a run, for its metrics and its report.

use crate::reconcile::outcome::Outcome;
use crate::runs::RunState;

/// End of a run, as its caller knows it.
#[derive(Clone, Copy, Debug)]
pub enum Ending<'a> {
    /// The run ended by itself, complete or partial.
    Outcome(&'a Outcome),
    /// The run was stopped, and running work was dropped.
    CutOff,
    /// The run could not go on.
    Failed {
        /// The error, without secrets.
        error: &'a str,
    },
}

impl<'a> Ending<'a> {
    /// State of that end.
    pub fn state(self) -> RunState {
        match self {
            Self::Outcome(outcome) if outcome.aborted => RunState::Aborted,
            Self::Outcome(outcome) if outcome.is_complete() => RunState::Completed,
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

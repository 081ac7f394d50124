//! Slices: the parts in which a resync reads GitHub, and what each read proved.
//!
//! An entity may be deleted only when every slice that could have produced it was read completely: absence must be proven.

use serde::Serialize;

use super::day::Day;

/// How the reason begins for which a file that was read to its end proves nothing. Whoever named the file knows that.
pub const FROM_A_FILE: &str = "read from a file";

/// One kind read for one scope: a report, one day of a report, or a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Slice {
    /// Index of the resource in the mapping, counted from 0.
    pub resource: usize,
    /// The kind's name, as the mapping wrote it.
    pub kind: String,
    /// Scope: `acme`, `acme/platform`, or an enterprise's slug. Empty for the list of organizations itself.
    pub scope: String,
    /// Day, when the slice is one of several days.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub day: Option<Day>,
    /// First and last day of the report, when it covers several days and names them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub window: Option<(Day, Day)>,
    /// End of the read.
    #[serde(flatten)]
    pub end: SliceEnd,
    /// Raw items that were read.
    pub items: u64,
    /// Items that could not be read or mapped. If there are any, absence is not proven, even when the read was complete.
    pub rejected: u64,
    /// Days that a report of many has not, although it has days before and after them; and the day of an answer about that day alone
    /// that is empty for the first time.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub missing_days: Vec<Day>,
}

impl Slice {
    /// A slice of which nothing was read yet: without a day, a window or items.
    pub fn new(resource: usize, kind: impl Into<String>, scope: impl Into<String>, end: SliceEnd) -> Self {
        let (kind, scope) = (kind.into(), scope.into());
        Self { resource, kind, scope, day: None, window: None, end, items: 0, rejected: 0, missing_days: Vec::new() }
    }

    /// Tells whether entities that this slice did not produce are proven to be gone.
    pub fn proves_absence(&self) -> bool {
        self.rejected == 0 && matches!(self.end, SliceEnd::Complete | SliceEnd::Empty)
    }

    /// Tells whether this slice alone makes the run partial (exit code 5). An unconfirmed slice depends on the other slices, see
    /// `Outcome::is_complete`.
    pub fn is_failure(&self) -> bool {
        self.rejected > 0 || matches!(self.end, SliceEnd::Forbidden { .. } | SliceEnd::Failed { .. })
    }
}

/// End of the read of a slice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub enum SliceEnd {
    /// Everything was read.
    Complete,
    /// GitHub states, in a readable answer with a count, that there is nothing. A file without rows does not state it.
    Empty,
    /// The report does not exist yet, in one of the forms in which GitHub says so.
    NotReady {
        /// Answer of GitHub.
        reason: String,
    },
    /// GitHub suppresses the numbers: fewer than five members have a seat.
    Suppressed {
        /// Known facts about the team.
        reason: String,
        /// What becomes of its entities, and how to be rid of them.
        remedy: String,
    },
    /// A list is empty, or lacks a name of an earlier run, and one answer alone does not prove that it is gone.
    Unconfirmed {
        /// Missing names.
        reason: String,
        /// Confirmation or remedy.
        remedy: String,
    },
    /// The credential may not read it. The items are absent because they could not be read, not because they are gone.
    Forbidden {
        /// Request and answer.
        reason: String,
        /// Remedy.
        remedy: String,
    },
    /// The read broke off, or its data proves nothing: it may be incomplete or not GitHub's.
    Failed {
        /// Attempt and result.
        reason: String,
        /// Remedy.
        remedy: String,
    },
}

impl SliceEnd {
    /// Name of the state, as printed.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::Empty => "empty",
            Self::NotReady { .. } => "not-ready",
            Self::Suppressed { .. } => "suppressed",
            Self::Unconfirmed { .. } => "unconfirmed",
            Self::Forbidden { .. } => "forbidden",
            Self::Failed { .. } => "failed",
        }
    }

    /// Reason, for every state that has one.
    pub fn reason(&self) -> Option<&str> {
        match self {
            Self::Complete | Self::Empty => None,
            Self::NotReady { reason }
            | Self::Suppressed { reason, .. }
            | Self::Unconfirmed { reason, .. }
            | Self::Forbidden { reason, .. }
            | Self::Failed { reason, .. } => Some(reason),
        }
    }

    /// Remedy, when there is one.
    pub fn remedy(&self) -> Option<&str> {
        match self {
            Self::Suppressed { remedy, .. }
            | Self::Unconfirmed { remedy, .. }
            | Self::Forbidden { remedy, .. }
            | Self::Failed { remedy, .. } => Some(remedy),
            _ => None,
        }
    }
}

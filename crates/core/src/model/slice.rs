//! A slice: one thing that a resync reads from GitHub, and what reading it proved.
//!
//! An entity may be deleted only when every slice that could have produced it was read to its end: absence must be proven.

use serde::Serialize;

use super::day::Day;

/// One kind read for one scope: a report, a day of a report, or a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Slice {
    /// Which resource of the mapping asked for it, counted from 0.
    pub resource: usize,
    /// The kind's name, as the mapping wrote it.
    pub kind: String,
    /// Who it is about: `acme`, `acme/platform`, or an enterprise's slug. Empty for the list of organizations itself.
    pub scope: String,
    /// The day, when the slice is one day of many.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub day: Option<Day>,
    /// The first and the last day of the report, when it covers many and says which.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub window: Option<(Day, Day)>,
    /// How reading it ended.
    #[serde(flatten)]
    pub end: SliceEnd,
    /// Raw items that came out of it.
    pub items: u64,
    /// Items that could not be read or mapped. When there are any, absence is not proven, however well the slice was read.
    pub rejected: u64,
    /// Days that a report of many has not, although it has days before and after them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub missing_days: Vec<Day>,
}

impl Slice {
    /// Whether what this slice did not hold is known to be gone.
    pub fn proves_absence(&self) -> bool {
        self.rejected == 0 && matches!(self.end, SliceEnd::Complete | SliceEnd::Empty)
    }

    /// Whether this slice makes the run a partial one (exit code 5), whatever else there is. What an unconfirmed one does depends
    /// on the others, see `Outcome::is_whole`.
    pub fn is_failure(&self) -> bool {
        self.rejected > 0 || matches!(self.end, SliceEnd::Forbidden { .. } | SliceEnd::Failed { .. })
    }
}

/// How reading a slice ended. Exactly one holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub enum SliceEnd {
    /// Read to its end.
    Complete,
    /// GitHub says, readably and by count, that there is nothing. A file without a row does not say so.
    Empty,
    /// No report yet, in one of the forms in which GitHub says so.
    NotReady {
        /// What came back.
        reason: String,
    },
    /// GitHub withholds it: fewer than five members with a seat.
    Suppressed {
        /// What is known of it.
        reason: String,
    },
    /// Nobody is listed, or somebody is listed no more, and one answer alone does not prove that nobody is there.
    Unconfirmed {
        /// Who is missing.
        reason: String,
        /// How it is confirmed, or mended.
        remedy: String,
    },
    /// We may not look: these items are absent because we could not read them, not because they are gone.
    Forbidden {
        /// What was asked for and what came back.
        reason: String,
        /// What to do about it.
        remedy: String,
    },
    /// Reading broke off, or what was read proves nothing: it may not be all that there is, or not GitHub's.
    Failed {
        /// What was attempted and what happened.
        reason: String,
        /// What to do about it.
        remedy: String,
    },
}

impl SliceEnd {
    /// The state's name, as printed.
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

    /// Why, for every state that needs a reason.
    pub fn reason(&self) -> Option<&str> {
        match self {
            Self::Complete | Self::Empty => None,
            Self::NotReady { reason } | Self::Suppressed { reason } => Some(reason),
            Self::Unconfirmed { reason, .. } | Self::Forbidden { reason, .. } | Self::Failed { reason, .. } => Some(reason),
        }
    }

    /// What to do, where something can be done.
    pub fn remedy(&self) -> Option<&str> {
        match self {
            Self::Unconfirmed { remedy, .. } | Self::Forbidden { remedy, .. } | Self::Failed { remedy, .. } => Some(remedy),
            _ => None,
        }
    }
}

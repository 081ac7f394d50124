//! Decision about one entity.

use std::fmt;

use super::change::FieldChange;
use super::deletion::WithheldReason;
use super::window::Window;

/// Decision about one entity; in a plan: what a resync would do.
#[derive(Clone, Debug, PartialEq)]
pub enum Decision {
    /// The catalog has no entity with that key.
    Create,
    /// The catalog has other values.
    Update(Vec<FieldChange>),
    /// The catalog has the same values.
    Unchanged,
    /// Sent without a comparison, because only the catalog can find the entity that is meant.
    Sent,
    /// It is no longer desired, and its absence is proven.
    Delete(DeletionReason),
    /// It is no longer desired, but its deletion is withheld.
    Withheld(WithheldReason),
}

/// Reason for a deletion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeletionReason {
    /// GitHub no longer has it, or the mapping makes another entity of it.
    Undesired,
    /// Its day is older than the days that reports cover.
    LeftWindow(Window),
}

impl fmt::Display for DeletionReason {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Undesired => formatter.write_str("no longer in the data that was read"),
            Self::LeftWindow(Window { first, days }) => {
                write!(formatter, "its day is before the {days}-day window, which begins {first}")
            }
        }
    }
}

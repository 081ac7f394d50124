//! What was decided about one entity.

use std::fmt;

use super::change::FieldChange;
use super::deletion::Withheld;
use super::window::Window;

/// What happens to one entity, and in a plan: what would happen.
#[derive(Clone, Debug, PartialEq)]
pub enum Decision {
    /// The catalog has none of that key.
    Create,
    /// The catalog holds other values.
    Update(Vec<FieldChange>),
    /// The catalog holds the same.
    Unchanged,
    /// Sent uncompared, because only the catalog can find out which entity is meant.
    Sent,
    /// Nothing desires it any more, and its absence is proven.
    Delete(Gone),
    /// Nothing desires it any more, and it stays.
    Withheld(Withheld),
}

/// Why nothing desires an entity any more, as far as that is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gone {
    /// GitHub does not have it any more, or the mapping makes another entity of it.
    Undesired,
    /// Its day is before those that reports cover.
    LeftWindow(Window),
}

impl fmt::Display for Gone {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Undesired => formatter.write_str("nothing that was read gives it any more"),
            Self::LeftWindow(Window { first, days }) => {
                write!(formatter, "its day has left the {days}-day window, which begins {first}")
            }
        }
    }
}

//! What was decided about one entity.

use super::change::FieldChange;
use super::deletion::Withheld;

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
    /// Nothing desires it any more.
    Delete,
    /// Nothing desires it any more, and it stays.
    Withheld(Withheld),
}

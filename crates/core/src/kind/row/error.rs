//! Reasons for which a record is not a row.

use crate::model::day::Day;

/// Reasons for which a record is not a row.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RowError {
    /// The text is not JSON.
    #[error("not JSON: {0}")]
    NotJson(String),
    /// It lacks what a row must have.
    #[error("expected {name} with {expected}, found {found}")]
    Lacks {
        /// Name of a row: `a user's day`.
        name: &'static str,
        /// Missing part.
        expected: String,
        /// Part that is there instead.
        found: String,
    },
    /// It has what only rows of another report have.
    #[error("expected {name}, found a row with `{field}`, which is one of another report")]
    Foreign {
        /// Name of a row: `a user's day`.
        name: &'static str,
        /// The field.
        field: &'static str,
    },
    /// It has what GitHub writes where something went wrong.
    #[error("expected {name}, found a record with `{field}`, which tells of a problem")]
    Problem {
        /// Name of a row: `a user's day`.
        name: &'static str,
        /// The field.
        field: &'static str,
    },
    /// A field that identifies the row is there twice.
    #[error("expected {name}, found a record in which `{field}` is written twice")]
    Twice {
        /// Name of a row: `a user's day`.
        name: &'static str,
        /// The field.
        field: &'static str,
    },
    /// There was a row of that day before.
    #[error("expected {name}, found another one of {day}")]
    DayTwice {
        /// Name of a row: `a user's day`.
        name: &'static str,
        /// The day.
        day: Day,
    },
    /// It does not say whose it is, or says it where the rows before it do not.
    #[error("expected all rows to say their `{field}`, or none, found both")]
    Unnamed {
        /// `organization_id` or `enterprise_id`.
        field: &'static str,
    },
    /// It is about a day that was not asked for.
    #[error("it is about {found}, but {asked} was asked for")]
    OtherDay {
        /// The day, or the days from and to.
        asked: String,
        /// Day of the row.
        found: Day,
    },
    /// The row is another owner's.
    #[error("expected the {field} {expected}, found {found}")]
    OtherOwner {
        /// `organization_id` or `enterprise_id`.
        field: &'static str,
        /// Id of the requested owner, or of the rows before.
        expected: String,
        /// Id in the row.
        found: String,
    },
}

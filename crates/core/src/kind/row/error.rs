//! Why a record is no row.

use crate::model::day::Day;

/// Why a record is no row.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RowError {
    /// It is no JSON.
    #[error("not JSON: {0}")]
    NotJson(String),
    /// It lacks what a row must have.
    #[error("expected {name} with {expected}, found {found}")]
    Lacks {
        /// What a row is.
        name: &'static str,
        /// What it lacks.
        expected: String,
        /// What is there instead.
        found: String,
    },
    /// It has what only rows of another report have.
    #[error("expected {name}, found a row with `{field}`, which is one of another report")]
    Foreign {
        /// What a row is.
        name: &'static str,
        /// The field.
        field: &'static str,
    },
    /// It has what GitHub writes where something went wrong.
    #[error("expected {name}, found a record with `{field}`, which tells of a problem")]
    Problem {
        /// What a row is.
        name: &'static str,
        /// The field.
        field: &'static str,
    },
    /// It says twice what tells it from others.
    #[error("expected {name}, found a record in which `{field}` is written twice")]
    Twice {
        /// What a row is.
        name: &'static str,
        /// The field.
        field: &'static str,
    },
    /// There was a row of that day before.
    #[error("expected {name}, found another one of {day}")]
    DayTwice {
        /// What a row is.
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
        /// What the row says.
        found: Day,
    },
    /// It is about somebody else.
    #[error("expected the {field} {expected}, found {found}")]
    OtherOwner {
        /// `organization_id` or `enterprise_id`.
        field: &'static str,
        /// Whose report was asked for, or what the rows before it say.
        expected: String,
        /// What the row says.
        found: String,
    },
}

//! Rows that are refused, with the reason. A refused row is counted and never guessed, and its day is incomplete.

use std::collections::BTreeMap;

use crate::model::day::Day;

/// Reason for refusing a row.
#[derive(Debug, thiserror::Error)]
pub enum RowRefusal {
    /// The line is not JSON.
    #[error("a row is not JSON")]
    NotJson(#[source] serde_json::Error),
    /// The line is JSON, but not an object.
    #[error("a row is not an object")]
    NotAnObject,
    /// The row has no day, or none that can be read.
    #[error("a row has no readable `day`")]
    NoDay,
    /// The row is of a day that was not requested.
    #[error("a row is about {found}, but {asked} was asked for")]
    OtherDay {
        /// The requested day, or the first and the last one.
        asked: String,
        /// The day of the row.
        found: Day,
    },
    /// The row does not name its organization or enterprise.
    #[error("a row has no `{field}`")]
    NoOwner {
        /// `organization_id` or `enterprise_id`.
        field: &'static str,
    },
    /// The row is of another organization or enterprise than was requested, or than the rows before it.
    #[error("a row has the {field} {found}, expected {expected}")]
    OtherOwner {
        /// `organization_id` or `enterprise_id`.
        field: &'static str,
        /// The requested id, or the id of the rows before it.
        expected: String,
        /// The id of the row.
        found: String,
    },
    /// The row has no `user_id` that is a number.
    #[error("a row has no readable `user_id`")]
    NoUser,
    /// The row has no `team_id` that is a number.
    #[error("a row has no readable `team_id`")]
    NoTeam,
    /// The row has a field that only rows of another report have.
    #[error("a row has `{field}`, which only rows of another report have")]
    OtherReport {
        /// The field.
        field: &'static str,
    },
    /// The rows of the day have more different counters than any real report.
    #[error("the rows have more than {limit} different counters, which no report of GitHub has")]
    TooManyCounters {
        /// The limit.
        limit: usize,
    },
}

impl RowRefusal {
    /// Code of the reason, for counting.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotJson(_) => "not-json",
            Self::NotAnObject => "not-an-object",
            Self::NoDay => "no-day",
            Self::OtherDay { .. } => "other-day",
            Self::NoOwner { .. } => "no-owner",
            Self::OtherOwner { .. } => "other-owner",
            Self::NoUser => "no-user",
            Self::NoTeam => "no-team",
            Self::OtherReport { .. } => "other-report",
            Self::TooManyCounters { .. } => "too-many-counters",
        }
    }
}

/// Number of refused rows by reason.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Refusals {
    by_code: BTreeMap<&'static str, u64>,
    first: Option<String>,
}

impl Refusals {
    /// Number of refused rows.
    pub fn total(&self) -> u64 {
        self.by_code.values().sum()
    }

    /// Codes and counts, in alphabetical order, see [`RowRefusal::code`].
    pub fn by_code(&self) -> impl Iterator<Item = (&'static str, u64)> + '_ {
        self.by_code.iter().map(|(code, count)| (*code, *count))
    }

    /// Message of the first refusal, without a full stop.
    pub fn first(&self) -> Option<&str> {
        self.first.as_deref()
    }

    pub(super) fn count(&mut self, refusal: &RowRefusal) {
        *self.by_code.entry(refusal.code()).or_default() += 1;
        if self.first.is_none() {
            self.first = Some(refusal.to_string());
        }
    }
}

//! Rows that a fold does not take, and why. A refused row is never guessed at: it is counted, and the day that held it is
//! incomplete.

use std::collections::BTreeMap;

use crate::model::day::Day;

/// Why a row was refused.
#[derive(Debug, thiserror::Error)]
pub enum RowRefusal {
    /// The line is no JSON text.
    #[error("a row is not JSON")]
    NotJson(#[source] serde_json::Error),
    /// The line is JSON, but no object.
    #[error("a row is not an object")]
    NotAnObject,
    /// The row says of no day, or of none that can be read, that it is about it.
    #[error("a row has no readable `day`")]
    NoDay,
    /// The row is about a day that was not asked for.
    #[error("a row is about {found}, but {asked} was asked for")]
    OtherDay {
        /// The day, or the days from and to.
        asked: String,
        /// What the row says.
        found: Day,
    },
    /// The row does not say which organization or enterprise it is about.
    #[error("a row has no `{field}`")]
    NoOwner {
        /// `organization_id` or `enterprise_id`.
        field: &'static str,
    },
    /// The row is about another organization or enterprise than was asked for, or than the rows before it.
    #[error("a row has the {field} {found}, expected {expected}")]
    OtherOwner {
        /// `organization_id` or `enterprise_id`.
        field: &'static str,
        /// Whose rows were asked for, or what the rows before it say.
        expected: String,
        /// What the row says.
        found: String,
    },
    /// The row has no `user_id` that is a number.
    #[error("a row has no readable `user_id`")]
    NoUser,
    /// The row has no `team_id` that is a number.
    #[error("a row has no readable `team_id`")]
    NoTeam,
    /// The row has what only rows of another report have.
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
    /// The reason as one word, to count by.
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

/// How many rows were refused, by reason.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Refusals {
    by_code: BTreeMap<&'static str, u64>,
    first: Option<String>,
}

impl Refusals {
    /// How many rows were refused.
    pub fn total(&self) -> u64 {
        self.by_code.values().sum()
    }

    /// Reasons and counts, by reason in alphabetical order, see [`RowRefusal::code`].
    pub fn by_code(&self) -> impl Iterator<Item = (&'static str, u64)> + '_ {
        self.by_code.iter().map(|(code, count)| (*code, *count))
    }

    /// What was wrong with the first one, as a sentence without its end.
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

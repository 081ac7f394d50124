//! Parts of a day, and the scopes that they belong to.

use crate::model::day::Day;

/// Whose a fact is. Ordered by host, level and name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ScopeKey {
    /// The host of the source, such as `api.github.com`.
    pub host: String,
    /// `organization` or `enterprise`.
    pub level: String,
    /// The login or the slug.
    pub name: String,
}

impl ScopeKey {
    /// The key of a scope as a slice names it: `acme`, or `acme at api.octo.ghe.com` where there are several hosts. `host` is the
    /// one of scopes without a host. The name is in lower case, because GitHub takes names in any case.
    pub fn of_slice(scope: &str, is_enterprise: bool, host: &str) -> Self {
        // Neither logins nor slugs have spaces.
        let (name, host) = scope.split_once(" at ").unwrap_or((scope, host));
        let level = if is_enterprise { "enterprise" } else { "organization" };
        Self { host: host.to_owned(), level: level.to_owned(), name: name.to_lowercase() }
    }
}

/// A part of a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// The row of the day's report about the whole scope.
    Aggregate,
}

impl Part {
    /// Every part.
    pub const ALL: [Self; 1] = [Self::Aggregate];

    /// Its number in the file. Numbers are never given anew.
    pub(super) fn number(self) -> i64 {
        match self {
            Self::Aggregate => 1,
        }
    }

    /// Its name in outputs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Aggregate => "aggregate",
        }
    }
}

/// One part of one day, as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DayFact {
    /// Whose it is.
    pub scope: ScopeKey,
    /// The day, in UTC.
    pub day: Day,
    /// The part.
    pub part: Part,
    /// What the source wrote.
    pub content: Vec<u8>,
}

//! What went wrong, by its class: what may be shown to whoever asks for the health. The words of servers may hold anything, so they go
//! to the log and no further.

use std::fmt;

use crate::catalog::CatalogError;
use crate::door::http::TransportErrorKind;
use crate::integration::{Attendance, Attended, AttendedError};
use crate::resync::ResyncError;
use crate::source::{SourceError, SourceName};

/// Whose fault, and of which class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// For programs: `catalog-refused`, `catalog-unreachable` and so on.
    pub code: &'static str,
    /// For people: the source that it is about, where it is about one.
    source: &'static str,
    /// For people: what happened.
    what: &'static str,
    /// The status of an answer, when there was one.
    status: Option<u16>,
}

impl Trouble {
    /// The catalog was silent.
    pub(super) const NO_ANSWER: Self = Self::of("catalog-unreachable", "the catalog gave no answer in time");
    /// The mapping cannot be used.
    pub(super) const MAPPING: Self = Self::of("mapping-invalid", "the mapping cannot be used");
    /// There is a bug, or no memory.
    pub(super) const INTERNAL: Self = Self::of("internal", "the resync could not go on");

    const fn of(code: &'static str, what: &'static str) -> Self {
        Self { code, source: "", what, status: None }
    }

    /// The class of an error of the catalog.
    pub(super) fn of_catalog(error: &CatalogError) -> Self {
        let answered = |code, what, status| Self { code, source: "", what, status: Some(status) };
        match error {
            CatalogError::Setting { .. } => Self::of("catalog-setting", "a setting of the catalog cannot be used"),
            CatalogError::Credentials { refusal, .. } => {
                answered("catalog-credentials", "the catalog does not accept the credentials", refusal.status)
            }
            CatalogError::Refused { refusal, .. } => answered("catalog-refused", "the catalog refused", refusal.status),
            CatalogError::Unavailable { refusal, .. } => {
                answered("catalog-unavailable", "the catalog cannot answer now", refusal.status)
            }
            CatalogError::Unreachable { cause, .. } => Self::of(
                "catalog-unreachable",
                match cause.kind {
                    TransportErrorKind::Connect => "there is no connection to the catalog",
                    TransportErrorKind::Certificate => "the catalog's certificate is not trusted",
                    TransportErrorKind::Timeout => "the catalog gave no answer in time",
                    TransportErrorKind::Broken => "the connection to the catalog broke",
                    TransportErrorKind::TooLarge => "the catalog's answer is too large",
                    TransportErrorKind::Page => "a page came instead of an answer of the catalog",
                    TransportErrorKind::PrivateAddress => "the catalog's host has a private address",
                    TransportErrorKind::Unsendable => "the request to the catalog cannot be written",
                },
            ),
            CatalogError::Unsendable { .. } => Self::of("catalog-unsendable", "a request to the catalog cannot be written"),
            CatalogError::Misunderstood { .. } => Self::of("catalog-misunderstood", "the catalog's answer has another shape"),
        }
    }

    /// The class of what kept a resync from being good; none when nothing did, or when nothing was to be done.
    pub(super) fn of_attendance(attendance: &Attendance) -> Option<Self> {
        match &attendance.ended {
            Ok(Attended::Ended(outcome)) if outcome.exit_code(false) == 0 => None,
            Ok(Attended::Ended(_)) => Some(Self::of("partial", "a part of the resync was not done")),
            Ok(Attended::CutOff { .. }) => Some(Self::of("aborted", "the resync was told to end")),
            Err(AttendedError::AnotherRuns(_)) => None,
            Err(AttendedError::Resync(ResyncError::Source(SourceError { what: SourceName { code, title }, .. }))) => {
                Some(Self { source: title, ..Self::of(code, " cannot be read") })
            }
            Err(AttendedError::Resync(ResyncError::Catalog(error))) => Some(Self::of_catalog(error)),
            Err(AttendedError::Resync(ResyncError::Choice(_))) => {
                Some(Self::of("choice", "what was chosen to be read does not exist"))
            }
            Err(AttendedError::Resync(_)) => Some(Self::INTERNAL),
        }
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}{}", self.source, self.what)?;
        match self.status {
            Some(status) => write!(formatter, " (status {status})"),
            None => Ok(()),
        }
    }
}

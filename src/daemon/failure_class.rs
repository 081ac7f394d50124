//! Classes of failures for the health checks. Text of servers may hold anything, so it goes to the log only.

use std::fmt;

use crate::catalog::CatalogError;
use crate::door::http::TransportErrorKind;
use crate::integration::{RunEnd, RunError, RunResult};
use crate::resync::ResyncError;
use crate::source::{SourceError, SourceName};

/// Class of a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FailureClass {
    /// Code for programs: `catalog-refused`, `catalog-unreachable` and so on.
    pub code: &'static str,
    /// Title of the source it is about, or nothing.
    source: &'static str,
    /// Text for people.
    text: &'static str,
    /// HTTP status of the answer, if there was one.
    status: Option<u16>,
}

impl FailureClass {
    pub(super) const NO_ANSWER: Self = Self::of("catalog-unreachable", "the catalog did not answer in time");
    pub(super) const MAPPING: Self = Self::of("mapping-invalid", "the mapping cannot be used");
    /// A bug, or no memory.
    pub(super) const INTERNAL: Self = Self::of("internal", "the resync stopped because of an internal error");

    const fn of(code: &'static str, text: &'static str) -> Self {
        Self { code, source: "", text, status: None }
    }

    /// Class of an error of the catalog.
    pub(super) fn of_catalog(error: &CatalogError) -> Self {
        let answered = |code, text, status| Self { code, source: "", text, status: Some(status) };
        match error {
            CatalogError::Setting { .. } => Self::of("catalog-setting", "a setting of the catalog cannot be used"),
            CatalogError::Credentials { refusal, .. } => {
                answered("catalog-credentials", "the catalog does not accept the credentials", refusal.status)
            }
            CatalogError::Refused { refusal, .. } => answered("catalog-refused", "the catalog refused a request", refusal.status),
            CatalogError::Unavailable { refusal, .. } => {
                answered("catalog-unavailable", "the catalog is temporarily unavailable", refusal.status)
            }
            CatalogError::Unreachable { cause, .. } => Self::of(
                "catalog-unreachable",
                match cause.kind {
                    TransportErrorKind::Connect => "there is no connection to the catalog",
                    TransportErrorKind::Certificate => "the catalog's certificate is not trusted",
                    TransportErrorKind::Timeout => "the catalog did not answer in time",
                    TransportErrorKind::Broken => "the connection to the catalog broke",
                    TransportErrorKind::TooLarge => "the catalog's answer is too large",
                    TransportErrorKind::Page => "an HTML page came instead of the catalog's answer",
                    TransportErrorKind::PrivateAddress => "the catalog's host has a private address",
                    TransportErrorKind::Unsendable => "the request to the catalog cannot be written",
                },
            ),
            CatalogError::Unsendable { .. } => Self::of("catalog-unsendable", "a request to the catalog cannot be written"),
            CatalogError::UnexpectedAnswer { .. } => {
                Self::of("catalog-misunderstood", "the catalog's answer has an unexpected form")
            }
        }
    }

    /// Class of the failure of a run. None: the run was good, or another run was alive.
    pub(super) fn of_result(result: &RunResult) -> Option<Self> {
        match &result.end {
            Ok(RunEnd::Finished(outcome)) if outcome.exit_code(false) == 0 => None,
            Ok(RunEnd::Finished(_)) => Some(Self::of("partial", "the resync was partial")),
            Ok(RunEnd::CutOff { .. }) => Some(Self::of("aborted", "the resync was stopped")),
            Err(RunError::AlreadyRunning(_)) => None,
            Err(RunError::Resync(ResyncError::Source(SourceError { what: SourceName { code, title }, .. }))) => {
                Some(Self { source: title, ..Self::of(code, " cannot be read") })
            }
            Err(RunError::Resync(ResyncError::Catalog(error))) => Some(Self::of_catalog(error)),
            Err(RunError::Resync(ResyncError::Choice(_))) => Some(Self::of("choice", "a selected kind or scope does not exist")),
            Err(RunError::Resync(_)) => Some(Self::INTERNAL),
        }
    }
}

impl fmt::Display for FailureClass {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}{}", self.source, self.text)?;
        match self.status {
            Some(status) => write!(formatter, " (status {status})"),
            None => Ok(()),
        }
    }
}

//! Name and end of a run.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::reconcile::outcome::Outcome;

/// Name of a run: `20261121T013126Z-5f3a9c`, the second in which it began and six digits, which are those of its name in the
/// catalog where that is hexadecimal. Sorting by name sorts by time.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RunId(String);

impl RunId {
    /// Makes the name of a run that begins at that time. `name` is another name that differs from run to run, such as a UUID.
    pub fn new(began: Timestamp, name: &str) -> Self {
        let digits = name.chars().filter(char::is_ascii_hexdigit).map(|digit| digit.to_ascii_lowercase());
        let digits: String = digits.chain("000000".chars()).take(6).collect();
        Self(format!("{}-{digits}", began.strftime("%Y%m%dT%H%M%SZ")))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for RunId {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let shape = |(index, byte): (usize, u8)| match index {
            8 => byte == b'T',
            15 => byte == b'Z',
            16 => byte == b'-',
            17.. => byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte),
            _ => byte.is_ascii_digit(),
        };
        if text.len() == 23 && text.bytes().enumerate().all(shape) {
            Ok(Self(text.to_owned()))
        } else {
            Err("not a name of a run")
        }
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// State of a run at its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RunState {
    /// Everything was read, mapped and written.
    Completed,
    /// Part of it was read, mapped or written.
    Partial,
    /// The run could not go on.
    Failed,
    /// The run was stopped.
    Aborted,
}

impl RunState {
    /// All states.
    pub const ALL: [Self; 4] = [Self::Completed, Self::Partial, Self::Failed, Self::Aborted];

    /// Name in reports and labels.
    pub fn name(self) -> &'static str {
        match self {
            Self::Completed => "completed",
            Self::Partial => "partial",
            Self::Failed => "failed",
            Self::Aborted => "aborted",
        }
    }
}

/// End of a run, as its caller knows it.
#[derive(Clone, Copy, Debug)]
pub enum Ending<'a> {
    /// The run ended by itself, complete or partial.
    Outcome(&'a Outcome),
    /// The run was stopped, and running work was dropped.
    CutOff,
    /// The run could not go on.
    Failed {
        /// The error, without secrets.
        error: &'a str,
    },
}

impl<'a> Ending<'a> {
    /// State of that end.
    pub fn state(self) -> RunState {
        match self {
            Self::Outcome(outcome) if outcome.aborted => RunState::Aborted,
            Self::Outcome(outcome) if outcome.is_complete() => RunState::Completed,
            Self::Outcome(_) => RunState::Partial,
            Self::CutOff => RunState::Aborted,
            Self::Failed { .. } => RunState::Failed,
        }
    }

    pub(super) fn outcome(self) -> Option<&'a Outcome> {
        match self {
            Self::Outcome(outcome) => Some(outcome),
            Self::CutOff | Self::Failed { .. } => None,
        }
    }

    pub(super) fn error(self) -> Option<&'a str> {
        match self {
            Self::Failed { error } => Some(error),
            Self::Outcome(_) | Self::CutOff => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_says_when_and_reads_back() {
        let at: Timestamp = "2026-11-21T01:31:26.5Z".parse().unwrap();
        let id = RunId::new(at, "5f3A9c01-0000-4000-8000-000000000000");
        assert_eq!(id.as_str(), "20261121T013126Z-5f3a9c");
        assert_eq!(id.as_str().parse(), Ok(id.clone()));
        assert_eq!(RunId::new(at, "x1").as_str(), "20261121T013126Z-100000");
        assert!(id < RunId::new("2026-11-21T01:31:27Z".parse().unwrap(), "0"));
    }

    #[test]
    fn what_is_no_name_leads_to_no_file() {
        for text in ["", "../../etc/passwd", "20261121T013126Z-5f3a9", "20261121T013126Z-5F3A9C", "20261121T013126Z-5f3a9c.json"]
        {
            assert!(text.parse::<RunId>().is_err(), "{text}");
        }
    }
}

//! A run's name, and the state in which it ended.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Names a run: `20261121T013126Z-5f3a9c`, the second in which it began and six digits, which it shares with the name that the
/// catalog knows it by where that is hexadecimal.
/// Sorting by name sorts by time, to the second: [`super::Runs::ids`] has the order of runs within one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RunId(String);

impl RunId {
    /// A name for a run that begins at that moment. `name` is another one, which differs from run to run, such as a UUID.
    pub fn new(began: Timestamp, name: &str) -> Self {
        let digits = name.chars().filter(char::is_ascii_hexdigit).map(|digit| digit.to_ascii_lowercase());
        let digits: String = digits.chain("000000".chars()).take(6).collect();
        Self(format!("{}-{digits}", began.strftime("%Y%m%dT%H%M%SZ")))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The second in which the run began, as the name has it.
    pub(super) fn second(&self) -> &str {
        self.0.split('-').next().unwrap_or_default()
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
        if text.len() == 23 && text.bytes().enumerate().all(shape) { Ok(Self(text.to_owned())) } else { Err("no name of a run") }
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// End of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RunState {
    /// Everything was read, mapped and written.
    Completed,
    /// A part of it was.
    Partial,
    /// There was nothing to go on with.
    Failed,
    /// Stopped by a signal.
    Aborted,
}

impl RunState {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Completed, Self::Partial, Self::Failed, Self::Aborted];

    /// As in reports and labels.
    pub fn name(self) -> &'static str {
        match self {
            Self::Completed => "completed",
            Self::Partial => "partial",
            Self::Failed => "failed",
            Self::Aborted => "aborted",
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

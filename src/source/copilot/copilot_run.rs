//! The state of GitHub Copilot during one run.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::hosts::{Claims, HostRun};
use super::lists::Lists;
use crate::model::day::Day;
use crate::model::non_empty::NonEmpty;
use crate::source::listings::ListingsFile;

/// GitHub Copilot during one run.
pub(super) struct CopilotRun {
    pub(super) hosts: NonEmpty<HostRun>,
    pub(super) only: Vec<String>,
    pub(super) accept_empty: Vec<String>,
    pub(super) claims: Claims,
    pub(super) lists: Arc<Lists>,
    pub(super) listings: Option<ListingsFile>,
    pub(super) integration: String,
    /// A sentence about a file of listings that cannot be read.
    pub(super) damaged: Option<String>,
    /// The newest day of lists of days that do not say it; none: yesterday.
    pub(super) newest_day: Option<Day>,
    pub(super) stop: CancellationToken,
}

impl CopilotRun {
    /// Whether flags let an organization be read.
    pub(super) fn wants(&self, login: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|only| only.eq_ignore_ascii_case(login))
    }
}

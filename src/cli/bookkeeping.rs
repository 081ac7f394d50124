//! Common part of the reports of all runs of a process.

use std::path::PathBuf;

use crate::settings::Settings;
use crate::telemetry::RunFacts;

/// Common part of the reports of all runs of a process, and the folder that they are kept in.
pub(super) struct Bookkeeping {
    /// Integration, hosts and catalog.
    pub(super) facts: RunFacts,
    /// The data folder.
    pub(super) data: PathBuf,
    /// Exit code 0 for a run that was complete in part only.
    pub(super) partial_ok: bool,
}

impl Bookkeeping {
    /// Makes it from the settings; `destination` is the catalog in words.
    pub(super) fn new(settings: &Settings, destination: &str) -> Self {
        let facts = RunFacts {
            integration: settings.integration_identifier.clone(),
            github: settings.hosts(),
            catalog: destination.to_owned(),
        };
        Self { facts, data: settings.data.clone(), partial_ok: settings.partial_ok }
    }
}

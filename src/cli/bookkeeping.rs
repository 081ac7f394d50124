//! What the reports of all runs of this process say alike.

use std::path::PathBuf;

use crate::settings::Settings;
use crate::telemetry::RunFacts;

/// What the reports of all runs of this process say alike, and where they are kept.
pub(super) struct Bookkeeping {
    /// Who reads from where into what.
    pub(super) facts: RunFacts,
    /// The data folder.
    pub(super) data: PathBuf,
    /// Whether a run that did a part ends with 0.
    pub(super) partial_ok: bool,
}

impl Bookkeeping {
    /// What the settings say; `destination` is where entities go, in words.
    pub(super) fn new(settings: &Settings, destination: &str) -> Self {
        let facts = RunFacts {
            integration: settings.integration_identifier.clone(),
            github: settings.hosts(),
            catalog: destination.to_owned(),
        };
        Self { facts, data: settings.data.clone(), partial_ok: settings.partial_ok }
    }
}

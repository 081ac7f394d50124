//! What this process knows about its runs, and the collector that its environment names.

use std::path::PathBuf;
use std::sync::LazyLock;

use super::sources;
use super::world::open_network;
use crate::settings::Settings;
use crate::telemetry::otlp::Collector;
use crate::telemetry::{RunFacts, Telemetry};

/// One for the process: what a daemon counts must outlive each of its runs.
pub(super) fn telemetry() -> &'static Telemetry {
    static TELEMETRY: LazyLock<Telemetry> = LazyLock::new(Telemetry::default);
    &TELEMETRY
}

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
            github: sources::hosts(settings),
            catalog: destination.to_owned(),
        };
        Self { facts, data: settings.data.clone(), partial_ok: settings.partial_ok }
    }
}

/// Opens the collector that `OTEL_*` variables name. What is wrong with it is a sentence to be told, never a failure.
pub(super) fn collector(settings: &Settings) -> Result<Option<Collector>, String> {
    let variable = |name: &str| std::env::var(name).ok();
    // Looked at first, so that without one not even a connection pool is made.
    if !Collector::is_named(&variable) {
        return Ok(None);
    }
    let network = open_network(settings).map_err(|failure| failure.to_string())?;
    Collector::open(&variable, network)
}

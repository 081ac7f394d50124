//! What this process knows about its runs, and the collector that its environment names.

use std::sync::LazyLock;

use super::world::open_network;
use crate::settings::Settings;
use crate::telemetry::Telemetry;
use crate::telemetry::otlp::Collector;

/// One for the process: what a daemon counts must outlive each of its runs.
pub(super) fn telemetry() -> &'static Telemetry {
    static TELEMETRY: LazyLock<Telemetry> = LazyLock::new(Telemetry::default);
    &TELEMETRY
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

//! Observation of runs: outcome, duration and cost, for dashboards, collectors and run reports.
//!
//! | subject | file |
//! | --- | --- |
//! | all metrics, as data | [`metric`] |
//! | values of the metrics, and the text of `/metrics` | [`registry`] |
//! | counts and times of requests | [`http`] |
//! | addresses without names | [`route`] |
//! | one run, watched; its lines about reading | [`recorder`], `reading` |
//! | what a run did, as metrics | `metrics_of_runs`, `withheld` |
//! | what a run changed, entity by entity | `changes` |
//! | a run's end | [`run`] |
//! | its report, which [`crate::runs`] keeps | [`report`] |
//! | the collector that variables name | [`collector`] |
//! | traces and metrics for it, with the feature `otlp` | [`otlp`], `instruments` |
//!
//! Each module logs its own events with `tracing`; `cli/log` formats them.
//!
//! The code that carries out a run calls [`Telemetry::begin`], makes the recorder an observer of the run, and then calls
//! [`Recorder::end`]. The code that makes a client wraps its service with [`Telemetry::meter`].

pub mod collector;
pub mod http;
pub mod metric;
#[cfg(feature = "otlp")]
pub mod otlp;
pub mod recorder;
pub mod registry;
pub mod report;
pub mod route;
pub mod run;

mod changes;
#[cfg(feature = "otlp")]
mod instruments;
mod metrics_of_runs;
mod reading;
mod withheld;
#[cfg(not(feature = "otlp"))]
pub mod without_otlp;

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use axum::Router;
use axum::response::IntoResponse;
use axum::routing::get;

use crate::runs::{RunState, Runs};

#[cfg(not(feature = "otlp"))]
pub use without_otlp as otlp;

pub use self::http::{Meter, Service};
pub use recorder::{Recorder, Watched};
pub use registry::Registry;
pub use report::{HistoryReport, RestatedReport, RunFacts, RunReport};
pub use run::Ending;

/// Metrics of another part of the program, as text in the format of Prometheus.
pub type FurtherMetrics = Arc<dyn Fn() -> String + Send + Sync>;

/// Telemetry of a process. One per process; clones share it.
#[derive(Clone, Debug, Default)]
pub struct Telemetry(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    registry: Arc<Registry>,
    meter: OnceLock<Meter>,
    collector: OnceLock<otlp::Collector>,
    /// Set if the last run was stopped by a signal: the process must then end quickly.
    is_hurried: AtomicBool,
}

impl Telemetry {
    /// Values of all metrics.
    pub fn registry(&self) -> &Registry {
        &self.0.registry
    }

    /// The meter that wraps the services of clients.
    pub fn meter(&self) -> &Meter {
        self.0.meter.get_or_init(|| Meter::new(Arc::clone(&self.0.registry)))
    }

    /// Begins to watch a run that is about to be carried out. With a data folder its report is kept there. `name` differs from run
    /// to run, see [`crate::runs::RunId::new`].
    pub fn begin(&self, watched: Watched, facts: RunFacts, data: Option<&Path>, name: &str) -> Recorder {
        Recorder::new(self.clone(), watched, facts, data.map(Runs::in_data_folder), name)
    }

    /// Sends traces and metrics to a collector from now on. Only the first collector counts.
    pub fn send_to(&self, collector: otlp::Collector) {
        if let Some(instruments) = collector.instruments() {
            self.0.registry.send_to(instruments);
        }
        let _ = self.0.collector.set(collector);
    }

    /// Sends the remaining data to the collector, if there is one, and waits for that within its limits.
    pub async fn close(&self) {
        if let Some(connection) = self.0.collector.get() {
            let hurried = self.0.is_hurried.load(Ordering::Relaxed);
            connection.close(if hurried { collector::LAST_WORDS_HURRIED } else { collector::LAST_WORDS }).await;
        }
    }

    fn ended(&self, state: RunState) {
        self.0.is_hurried.store(state == RunState::Aborted, Ordering::Relaxed);
    }

    /// The text of `/metrics`, and its media type.
    pub fn text(&self) -> (&'static str, String) {
        (registry::TEXT_TYPE, self.0.registry.text())
    }

    /// A router that answers `GET /metrics`, and `/metrics/` as Ocean does. What `further` gives stands behind the metrics of runs; it
    /// may read files.
    pub fn metrics_router(&self, further: Option<FurtherMetrics>) -> Router {
        let answer = move |telemetry: Self, further: Option<FurtherMetrics>| async move {
            let (media_type, mut text) = telemetry.text();
            if let Some(further) = further {
                match tokio::task::spawn_blocking(move || further()).await {
                    Ok(further) => text += &further,
                    Err(error) => tracing::error!(%error, "further metrics broke off"),
                }
            }
            ([(::http::header::CONTENT_TYPE, media_type)], text).into_response()
        };
        let route = || {
            let (telemetry, further) = (self.clone(), further.clone());
            get(move || answer(telemetry.clone(), further.clone()))
        };
        Router::new().route("/metrics", route()).route("/metrics/", route())
    }
}

//! Outputs beside the pages, over what a run of the demo left.

mod dashboard;
mod digest;
mod mcp;
mod metrics;
mod openapi;
mod same;
mod suppressed;

use std::collections::BTreeMap;

use pilotage::door::clock::Clock;
use pilotage::figure::FigureRules;
use pilotage::history::figure_metrics::FigureMetrics;

use crate::telemetry::lint;
use crate::web_figures::{NOW, data_folder};

/// A sample of the metrics: name, labels, value.
type Sample = (String, BTreeMap<String, String>, f64);

/// The metrics of the demo's figures.
async fn exposed() -> (String, Vec<Sample>) {
    let text = FigureMetrics::new(data_folder(), Clock::starting_at(NOW.parse().unwrap()), FigureRules::default()).text();
    let samples = lint::samples(&text);
    (text, samples)
}

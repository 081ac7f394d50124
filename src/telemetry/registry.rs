//! Values of all metrics of a process, and their text in the format of Prometheus.
//!
//! The crate `prometheus` keeps them: it writes the text that `promtool check metrics` accepts, in which type and help of a
//! counter stand under its whole name. The OpenMetrics format of `prometheus-client` leaves out `_total` there, and fails that
//! check.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use prometheus::{CounterVec, GaugeVec, HistogramOpts, HistogramVec, Opts, TextEncoder};

use super::metric::{METRICS, Metric, Shape};
use super::metrics_of_runs;
use super::otlp::Instruments;
use super::withheld::Withheld;

/// Media type of [`Registry::text`].
pub const TEXT_TYPE: &str = prometheus::TEXT_FORMAT;

/// Values of all metrics of one process.
pub struct Registry {
    registry: prometheus::Registry,
    families: BTreeMap<&'static str, Family>,
    instruments: OnceLock<Instruments>,
    /// What the runs so far have told of entities that stay.
    pub(super) withheld: Withheld,
}

enum Family {
    Counter(CounterVec),
    Gauge(GaugeVec),
    Histogram(HistogramVec),
}

impl Default for Registry {
    fn default() -> Self {
        let registry = prometheus::Registry::new();
        let mut families = BTreeMap::new();
        for metric in METRICS {
            // Both fail only for a malformed or repeated name, which the test of the table finds.
            if let Some(family) = Family::new(metric)
                && family.register(&registry).is_ok()
            {
                families.insert(metric.name, family);
            }
        }
        let this = Self { registry, families, instruments: OnceLock::new(), withheld: Withheld::default() };
        metrics_of_runs::begin(&this);
        this
    }
}

impl Family {
    fn new(metric: &Metric) -> Option<Self> {
        match metric.shape {
            Shape::Counter => CounterVec::new(Opts::new(metric.name, metric.help), metric.labels).ok().map(Self::Counter),
            Shape::Gauge => GaugeVec::new(Opts::new(metric.name, metric.help), metric.labels).ok().map(Self::Gauge),
            Shape::Histogram(buckets) => {
                let options = HistogramOpts::new(metric.name, metric.help).buckets(buckets.to_vec());
                HistogramVec::new(options, metric.labels).ok().map(Self::Histogram)
            }
        }
    }

    fn register(&self, registry: &prometheus::Registry) -> prometheus::Result<()> {
        match self {
            Self::Counter(family) => registry.register(Box::new(family.clone())),
            Self::Gauge(family) => registry.register(Box::new(family.clone())),
            Self::Histogram(family) => registry.register(Box::new(family.clone())),
        }
    }
}

impl Registry {
    /// Records a value: a counter grows by it (negative values are ignored), a gauge is set to it, a histogram counts it.
    /// `labels` has one value for each label of the metric; with another number of values nothing is recorded.
    pub fn note(&self, metric: &Metric, labels: &[&str], value: f64) {
        match self.families.get(metric.name) {
            Some(Family::Counter(family)) => {
                if let Ok(counter) = family.get_metric_with_label_values(labels)
                    && value >= 0.0
                {
                    counter.inc_by(value);
                }
            }
            Some(Family::Gauge(family)) => {
                if let Ok(gauge) = family.get_metric_with_label_values(labels) {
                    gauge.set(value);
                }
            }
            Some(Family::Histogram(family)) => {
                if let Ok(histogram) = family.get_metric_with_label_values(labels) {
                    histogram.observe(value);
                }
            }
            None => {}
        }
        if let Some(instruments) = self.instruments.get() {
            instruments.note(metric, labels, value);
        }
    }

    /// Removes the values of a gauge whose labels belong to one run, so that a kind that is gone from the mapping does not stay.
    pub fn clear(&self, metric: &Metric) {
        if let Some(Family::Gauge(family)) = self.families.get(metric.name) {
            family.reset();
        }
    }

    /// Removes one value of a gauge, if there is one.
    pub fn remove(&self, metric: &Metric, labels: &[&str]) {
        if let Some(Family::Gauge(family)) = self.families.get(metric.name) {
            // It fails where there is no such value.
            let _ = family.remove_label_values(labels);
        }
    }

    /// Sends everything that is recorded from now on to a collector as well. Only the first instruments count.
    pub(super) fn send_to(&self, instruments: Instruments) {
        let _ = self.instruments.set(instruments);
    }

    /// All values in the text format of Prometheus, version 0.0.4. Metrics without a value are left out.
    pub fn text(&self) -> String {
        // Encoding fails only for families without a name or a value, which are not gathered.
        TextEncoder::new().encode_to_string(&self.registry.gather()).unwrap_or_default()
    }
}

impl std::fmt::Debug for Registry {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Registry").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::telemetry::metric;

    #[test]
    fn every_metric_of_the_table_can_hold_a_value_and_shows_it() {
        let registry = Registry::default();
        for metric in METRICS {
            registry.note(metric, &vec!["x"; metric.labels.len()], 1.0);
        }
        let text = registry.text();
        for metric in METRICS {
            let typed = format!("# TYPE {} {}\n", metric.name, metric.shape.name());
            assert!(text.contains(&typed), "{typed}{text}");
            assert!(text.contains(&format!("# HELP {} {}\n", metric.name, metric.help)), "{}", metric.name);
        }
    }

    #[test]
    fn what_alerts_look_at_is_there_before_the_first_resync() {
        let text = Registry::default().text();
        for line in [
            r#"pilotage_resyncs_total{state="completed"} 0"#,
            r#"pilotage_resyncs_total{state="failed"} 0"#,
            "pilotage_resync_running 0",
            "pilotage_last_resync_timestamp_seconds 0",
            "pilotage_last_success_timestamp_seconds 0",
            r#"pilotage_deletions_withheld{reason="unproven"} 0"#,
            r#"pilotage_deletions_withheld{reason="threshold"} 0"#,
            r#"pilotage_slices{kind="organization-usage-metrics",state="forbidden"} 0"#,
            r#"pilotage_slices{kind="copilot-seats",state="failed"} 0"#,
            r#"pilotage_http_retries_total{service="catalog"} 0"#,
            r#"pilotage_http_wait_seconds_total{service="github"} 0"#,
        ] {
            assert!(text.lines().any(|other| other == line), "{line}\n{text}");
        }
    }

    #[test]
    fn what_was_cleared_is_gone_and_the_wrong_number_of_labels_is_no_value() {
        let registry = Registry::default();
        registry.note(&metric::SLICES, &["gone-kind", "complete"], 1.0);
        registry.clear(&metric::SLICES);
        registry.note(&metric::SLICES, &["a"], 1.0);
        registry.note(&metric::SLICES, &["kept-kind", "complete"], 2.0);
        assert_eq!(
            registry.text().lines().filter(|line| line.starts_with("pilotage_slices")).collect::<Vec<_>>(),
            ["pilotage_slices{kind=\"kept-kind\",state=\"complete\"} 2"]
        );
    }

    #[test]
    fn a_counter_never_shrinks() {
        let registry = Registry::default();
        registry.note(&metric::RETRIES, &["github"], 3.0);
        registry.note(&metric::RETRIES, &["github"], -2.0);
        assert!(registry.text().contains("pilotage_http_retries_total{service=\"github\"} 3\n"));
    }
}

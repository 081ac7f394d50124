//! All metrics as OpenTelemetry instruments, for a collector.

use std::collections::BTreeMap;

use opentelemetry::KeyValue;
use opentelemetry::metrics::{Counter, Gauge, Histogram, Meter};

use super::metric::{METRICS, Metric, Shape};

/// Instruments of the metrics, by the name of each.
///
/// Ocean's names are not among them: they repeat other metrics, and no dashboard reads them from a collector.
pub(super) struct Instruments(BTreeMap<&'static str, Instrument>);

enum Instrument {
    Counter(Counter<f64>),
    Gauge(Gauge<f64>),
    Histogram(Histogram<f64>),
}

impl Instruments {
    pub(super) fn new(meter: &Meter) -> Self {
        let instruments = METRICS.iter().filter(|metric| !metric.is_oceans()).map(|metric| {
            let name = metric.name.strip_suffix("_total").unwrap_or(metric.name);
            let unit = match () {
                () if name.ends_with("_seconds") => "s",
                () if name.ends_with("_bytes") => "By",
                () => "1",
            };
            let instrument = match metric.shape {
                Shape::Counter => {
                    Instrument::Counter(meter.f64_counter(name).with_unit(unit).with_description(metric.help).build())
                }
                Shape::Gauge => Instrument::Gauge(meter.f64_gauge(name).with_unit(unit).with_description(metric.help).build()),
                Shape::Histogram(buckets) => {
                    let histogram = meter.f64_histogram(name).with_unit(unit).with_description(metric.help);
                    Instrument::Histogram(histogram.with_boundaries(buckets.to_vec()).build())
                }
            };
            (metric.name, instrument)
        });
        Self(instruments.collect())
    }

    /// Records a value, with a value for each label of the metric.
    pub(super) fn note(&self, metric: &Metric, labels: &[&str], value: f64) {
        let Some(instrument) = self.0.get(metric.name) else { return };
        let pairs = metric.labels.iter().zip(labels).map(|(name, value)| KeyValue::new(*name, (*value).to_owned()));
        let pairs: Vec<KeyValue> = pairs.collect();
        match instrument {
            Instrument::Counter(counter) => counter.add(value.max(0.0), &pairs),
            Instrument::Gauge(gauge) => gauge.record(value, &pairs),
            Instrument::Histogram(histogram) => histogram.record(value, &pairs),
        }
    }
}

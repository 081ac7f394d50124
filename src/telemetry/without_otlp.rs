//! In place of `otlp` in a program without that feature: nothing of it can exist. Whoever names a collector is told before
//! anything runs, see [`IS_BUILT_IN`].

use std::convert::Infallible;
use std::time::Duration;

use super::metric::Metric;
use crate::door::http::HttpService;
use crate::door::network::Variables;

/// Tells whether this program can send traces and metrics to a collector.
pub const IS_BUILT_IN: bool = false;

/// Source of spans.
#[derive(Clone, Debug)]
pub struct Tracer(pub Infallible);

/// What metrics are recorded with.
#[derive(Debug)]
pub(super) struct Instruments(Infallible);

impl Instruments {
    pub(super) fn note(&self, _: &Metric, _: &[&str], _: f64) {
        match self.0 {}
    }
}

/// Connection to a collector.
#[derive(Debug)]
pub struct Collector(Infallible);

impl Collector {
    /// Opens none.
    ///
    /// # Errors
    /// Never.
    pub fn open(_: Variables<'_>, _: HttpService) -> Result<Option<Self>, String> {
        Ok(None)
    }

    /// Source of spans.
    pub fn tracer(&self) -> Option<Tracer> {
        match self.0 {}
    }

    pub(super) fn instruments(&self) -> Option<Instruments> {
        match self.0 {}
    }

    pub(super) async fn close(&self, _: Duration) {
        match self.0 {}
    }
}

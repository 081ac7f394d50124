//! All metrics as data: name, help text, labels. [`super::registry`] keeps their values, and a test compares
//! `docs/observability.md` with this table.
//!
//! Labels have few values: kinds, states, routes without names. No login, organization or team is ever a label value.

/// A metric.
#[derive(Debug, PartialEq)]
pub struct Metric {
    /// Name as in the exposition, with its unit and, for a counter, `_total` at the end.
    pub name: &'static str,
    /// Type of the metric.
    pub shape: Shape,
    /// Help text, one sentence.
    pub help: &'static str,
    /// Names of its labels, in the order in which values are given.
    pub labels: &'static [&'static str],
}

/// Type of a metric.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Shape {
    /// A number that only grows.
    Counter,
    /// A number that goes up and down.
    Gauge,
    /// Numbers of observations up to each of these bounds.
    Histogram(&'static [f64]),
}

impl Shape {
    /// Name of the type in the exposition.
    pub fn name(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram(_) => "histogram",
        }
    }
}

/// Bounds for the duration of a run, in seconds: from a small organization to a run that waits for a rate limit.
const RUN_SECONDS: &[f64] = &[1.0, 5.0, 15.0, 60.0, 300.0, 900.0, 1800.0, 3600.0, 7200.0, 14400.0];

/// Bounds for the duration of a request, in seconds: GitHub and Port answer within ten seconds or not at all, files of reports
/// may take longer.
const REQUEST_SECONDS: &[f64] = &[0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0];

const fn counter(name: &'static str, labels: &'static [&'static str], help: &'static str) -> Metric {
    Metric { name, shape: Shape::Counter, help, labels }
}

const fn gauge(name: &'static str, labels: &'static [&'static str], help: &'static str) -> Metric {
    Metric { name, shape: Shape::Gauge, help, labels }
}

/// Version of the program.
pub static BUILD_INFO: Metric = gauge("pilotage_build_info", &["version"], "Always 1; the label says which version runs.");
/// Number of runs that ended.
pub static RESYNCS: Metric = counter("pilotage_resyncs_total", &["state"], "Resyncs that ended, by how they ended.");
/// Duration of runs.
pub static RESYNC_DURATION: Metric = Metric {
    name: "pilotage_resync_duration_seconds",
    shape: Shape::Histogram(RUN_SECONDS),
    help: "Wall time of whole resyncs.",
    labels: &[],
};
/// 1 while a run is in progress.
pub static RESYNC_RUNNING: Metric = gauge("pilotage_resync_running", &[], "1 while a resync is going on, else 0.");
/// End of the last run in any state.
pub static LAST_RESYNC: Metric =
    gauge("pilotage_last_resync_timestamp_seconds", &[], "When the last resync ended, however it ended.");
/// End of the last complete run.
pub static LAST_SUCCESS: Metric = gauge(
    "pilotage_last_success_timestamp_seconds",
    &[],
    "When the last resync of everything ended of which nothing was missing.",
);
/// Items read.
pub static ITEMS: Metric =
    counter("pilotage_items_total", &["kind", "result"], "Raw items that were read, by what became of them before the catalog.");
/// Number of entities by decision.
pub static ENTITIES: Metric = counter("pilotage_entities_total", &["kind", "action"], "Entities, by what was done with them.");
/// Number of slices of the last run by end.
pub static SLICES: Metric = gauge(
    "pilotage_slices",
    &["kind", "state"],
    "Slices (a kind read for a scope) of the last resync of their kind, by how reading them ended.",
);
/// Number of deletions that were withheld in the last run.
pub static DELETIONS_WITHHELD: Metric = gauge(
    "pilotage_deletions_withheld",
    &["reason"],
    "Entities that nothing desires any more and that the last resync of their kind kept, by the reason.",
);
/// Time by kind and phase.
pub static PHASE_SECONDS: Metric = counter(
    "pilotage_phase_seconds_total",
    &["kind", "phase"],
    "Time spent on a kind: extract and load in requests to GitHub and the catalog, added up where they run side by side, transform in mapping.",
);
/// Remaining requests of GitHub's rate limit.
pub static RATE_LIMIT_REMAINING: Metric =
    gauge("pilotage_github_rate_limit_remaining", &[], "Requests left in this window of GitHub's rate limit, as last told.");
/// Requests that GitHub allows per window.
pub static RATE_LIMIT: Metric =
    gauge("pilotage_github_rate_limit", &[], "Requests that GitHub allows in a window, as last told.");
/// End of the window of the rate limit.
pub static RATE_LIMIT_RESET: Metric = gauge(
    "pilotage_github_rate_limit_reset_timestamp_seconds",
    &[],
    "When the next window of GitHub's rate limit begins, as last told.",
);
/// Number of requests.
pub static REQUESTS: Metric = counter(
    "pilotage_http_requests_total",
    &["service", "method", "route", "status"],
    "Requests to GitHub and the catalog, repetitions included; status `none` when no whole answer came.",
);
/// Duration of requests.
pub static REQUEST_DURATION: Metric = Metric {
    name: "pilotage_http_request_duration_seconds",
    shape: Shape::Histogram(REQUEST_SECONDS),
    help: "From a request to the end of its answer.",
    labels: &["service", "route"],
};
/// Bytes received.
pub static RECEIVED_BYTES: Metric =
    counter("pilotage_http_received_bytes_total", &["service"], "Bytes of answers' bodies, unpacked.");
/// Bytes sent.
pub static SENT_BYTES: Metric = counter("pilotage_http_sent_bytes_total", &["service"], "Bytes of requests' bodies.");
/// Number of repeated requests.
pub static RETRIES: Metric = counter("pilotage_http_retries_total", &["service"], "Requests that repeated one that had failed.");
/// Time spent waiting.
pub static WAIT_SECONDS: Metric = counter(
    "pilotage_http_wait_seconds_total",
    &["service"],
    "Time that requests waited for a rate limit or before a repetition, added up where they wait side by side.",
);
/// Days that were read for the history.
pub static HISTORY_DAYS: Metric = counter(
    "pilotage_history_readings_total",
    &["result"],
    "Days that were read for the history: new, changed, unchanged, or restated after they were final.",
);

/// Ocean's name: time by kind and phase of the last run.
pub static OCEAN_DURATION: Metric = gauge("duration_seconds", &["kind", "phase"], "Ocean's: time of the last resync's phases.");
/// Ocean's name: counts by kind and phase of the last run.
pub static OCEAN_COUNT: Metric = gauge(
    "object_count",
    &["kind", "phase", "object_count_type"],
    "Ocean's: objects of the last resync, by phase and what became of them.",
);
/// Ocean's name: 1 when the kind had no failure in the last run.
pub static OCEAN_SUCCESS: Metric =
    gauge("success", &["kind", "phase"], "Ocean's: 1 when that part of the last resync was complete, else 0.");
/// Ocean's name: time spent waiting for rate limits.
pub static OCEAN_WAIT: Metric = gauge(
    "rate_limit_wait_seconds",
    &["kind", "phase", "endpoint"],
    "Ocean's: time that the last resync's requests waited for GitHub.",
);

/// All metrics; those with Ocean's names come last.
pub static METRICS: &[&Metric] = &[
    &BUILD_INFO,
    &RESYNCS,
    &RESYNC_DURATION,
    &RESYNC_RUNNING,
    &LAST_RESYNC,
    &LAST_SUCCESS,
    &ITEMS,
    &ENTITIES,
    &SLICES,
    &DELETIONS_WITHHELD,
    &PHASE_SECONDS,
    &RATE_LIMIT_REMAINING,
    &RATE_LIMIT,
    &RATE_LIMIT_RESET,
    &REQUESTS,
    &REQUEST_DURATION,
    &RECEIVED_BYTES,
    &SENT_BYTES,
    &RETRIES,
    &WAIT_SECONDS,
    &HISTORY_DAYS,
    &OCEAN_DURATION,
    &OCEAN_COUNT,
    &OCEAN_SUCCESS,
    &OCEAN_WAIT,
];

impl Metric {
    /// Tells whether it has a name of Ocean, for existing dashboards. Such a name does not follow the conventions of Prometheus.
    pub fn is_oceans(&self) -> bool {
        !self.name.starts_with("pilotage_")
    }
}

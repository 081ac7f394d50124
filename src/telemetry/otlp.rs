//! Traces and metrics for a collector, by OTLP over HTTP, when the standard `OTEL_*` variables name one.
//!
//! The SDK is OpenTelemetry's own. Its requests use the HTTP client of `door`, so there is no second HTTP client and no second
//! TLS. Spans and values are handed over in memory and sent by threads of the SDK. A collector that is down, slow or wrong delays
//! a run by at most [`LAST_WORDS`](super::collector::LAST_WORDS) at its end, and causes one line in the log.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use opentelemetry::KeyValue;
use opentelemetry::metrics::MeterProvider;
use opentelemetry::trace::TracerProvider;
use opentelemetry_http::{HttpClient, HttpError};
use opentelemetry_otlp::{MetricExporter, Protocol, RetryPolicy, SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::metrics::SdkMeterProvider;
use opentelemetry_sdk::trace::{SdkTracer, SdkTracerProvider};
use tokio::runtime::Handle;
use tower::ServiceExt;

use super::collector::wants;
pub(super) use super::instruments::Instruments;
use crate::door::http::{HttpService, read_whole};
use crate::door::network::Variables;

/// Maximum time of one request to the collector, unless `OTEL_EXPORTER_OTLP_TIMEOUT` is set.
const REQUEST_AT_MOST: Duration = Duration::from_secs(10);

/// Maximum size of a collector's answer, in bytes. It lists what the collector refused.
const ANSWER_BYTES_AT_MOST: usize = 64 << 10;

/// Tells whether this program can send traces and metrics to a collector.
pub const IS_BUILT_IN: bool = true;

/// Source of spans.
pub type Tracer = SdkTracer;

/// Connection to a collector.
pub struct Collector {
    tracing: Option<SdkTracerProvider>,
    metrics: Option<SdkMeterProvider>,
}

impl Collector {
    /// Connects to the collector that the variables name. None if they name none, and outside of a runtime: commands that need
    /// none end before anything could be sent. The runtime must live until the collector is closed.
    ///
    /// # Errors
    /// A variable is invalid. The caller should report it, but no run fails because of it.
    pub fn open(variables: Variables<'_>, http: HttpService) -> Result<Option<Self>, String> {
        let (traces, metrics) = (wants(variables, "TRACES"), wants(variables, "METRICS"));
        let Some(runtime) = Handle::try_current().ok().filter(|_| traces || metrics) else { return Ok(None) };
        check_endpoints(variables)?;
        let timeout = variables("OTEL_EXPORTER_OTLP_TIMEOUT").and_then(|text| text.trim().parse().ok());
        let door = || Door {
            http: http.clone(),
            runtime: runtime.clone(),
            timeout: timeout.map_or(REQUEST_AT_MOST, Duration::from_millis),
            has_failed: AtomicBool::new(false),
        };
        // Its message quotes the address, which may contain a password.
        let refuses = |_: opentelemetry_otlp::ExporterBuildError| "its variables make no exporter".to_owned();
        let resource = resource(variables);
        let tracing = traces.then(|| {
            let exporter = SpanExporter::builder().with_http().with_http_client(door());
            // The only protocol that is compiled in: with a variable for gRPC nothing would be sent otherwise.
            let exporter = exporter.with_protocol(Protocol::HttpBinary).with_retry_policy(RetryPolicy::recommended());
            let exporter = exporter.build().map_err(refuses)?;
            Ok::<_, String>(SdkTracerProvider::builder().with_batch_exporter(exporter).with_resource(resource.clone()).build())
        });
        let metrics = metrics.then(|| {
            let exporter = MetricExporter::builder().with_http().with_http_client(door());
            let exporter = exporter.with_protocol(Protocol::HttpBinary).build().map_err(refuses)?;
            Ok::<_, String>(SdkMeterProvider::builder().with_periodic_exporter(exporter).with_resource(resource).build())
        });
        Ok(Some(Self { tracing: tracing.transpose()?, metrics: metrics.transpose()? }))
    }

    /// Source of spans; none when traces are not requested.
    pub fn tracer(&self) -> Option<Tracer> {
        self.tracing.as_ref().map(|provider| provider.tracer("pilotage"))
    }

    /// What metrics are recorded with; none when they are not requested.
    pub(super) fn instruments(&self) -> Option<Instruments> {
        self.metrics.as_ref().map(|provider| Instruments::new(&provider.meter("pilotage")))
    }

    /// Sends the remaining data, for at most that time.
    pub(super) async fn close(&self, at_most: Duration) {
        let (tracing, metrics) = (self.tracing.clone(), self.metrics.clone());
        // Both wait for threads of their own; a thread that hangs ends with the process.
        let tracing = tokio::task::spawn_blocking(move || tracing.map(|provider| provider.shutdown_with_timeout(at_most)));
        let metrics = tokio::task::spawn_blocking(move || metrics.map(|provider| provider.shutdown_with_timeout(at_most)));
        if tokio::time::timeout(at_most, async { tokio::join!(tracing, metrics) }).await.is_err() {
            tracing::debug!("the collector did not take the last traces and metrics in time");
        }
    }
}

impl fmt::Debug for Collector {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Collector").finish_non_exhaustive()
    }
}

/// The variables that name a collector.
const ENDPOINTS: [&str; 3] =
    ["OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT"];

/// Checks that the values are addresses. They are not shown in the error, because they may hold a password.
fn check_endpoints(variables: Variables<'_>) -> Result<(), String> {
    for name in ENDPOINTS {
        let Some(value) = variables(name).filter(|value| !value.trim().is_empty()) else { continue };
        let is_address = url::Url::parse(value.trim())
            .is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
            && value.trim().parse::<http::Uri>().is_ok();
        if !is_address {
            return Err(format!("{name} is not an address that begins with http:// or https://"));
        }
    }
    Ok(())
}

/// Description of this process: the standard variables, with the name of Pilotage where they are not set.
fn resource(variables: Variables<'_>) -> Resource {
    let attributes = variables("OTEL_RESOURCE_ATTRIBUTES").unwrap_or_default();
    let is_named = variables("OTEL_SERVICE_NAME").is_some_and(|name| !name.trim().is_empty())
        || attributes.split(',').any(|pair| pair.trim_start().starts_with("service.name="));
    let resource = Resource::builder().with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")));
    if is_named { resource } else { resource.with_service_name("pilotage") }.build()
}

/// The HTTP client of `door`, as the SDK uses it from its own threads.
struct Door {
    http: HttpService,
    runtime: Handle,
    timeout: Duration,
    has_failed: AtomicBool,
}

#[async_trait]
impl HttpClient for Door {
    async fn send_bytes(&self, request: http::Request<Bytes>) -> Result<http::Response<Bytes>, HttpError> {
        let (http, timeout) = (self.http.clone(), self.timeout);
        let asked = self.runtime.spawn(async move {
            let asking = async {
                let (parts, body) = http.oneshot(request).await?.into_parts();
                Ok(http::Response::from_parts(parts, read_whole(body, ANSWER_BYTES_AT_MOST).await?))
            };
            let late = || crate::door::http::TransportError::new(crate::door::http::TransportErrorKind::Timeout, "the collector");
            tokio::time::timeout(timeout, asking).await.unwrap_or_else(|_| Err(late()))
        });
        let answer = asked.await.map_err(|_| "the runtime has ended".to_owned())?;
        let problem = match &answer {
            Ok(answer) if answer.status().is_success() => None,
            Ok(answer) => Some(format!("it answered {}", answer.status().as_u16())),
            Err(error) => Some(error.to_string()),
        };
        // Logged once, without address and headers, because these may contain a key.
        match problem {
            Some(problem) if !self.has_failed.swap(true, Ordering::Relaxed) => {
                tracing::warn!(%problem, "the collector of OTEL_EXPORTER_OTLP_ENDPOINT takes no traces or metrics; the run goes on");
            }
            Some(problem) => tracing::debug!(%problem, "the collector takes no traces or metrics"),
            None => self.has_failed.store(false, Ordering::Relaxed),
        }
        Ok(answer?)
    }
}

impl fmt::Debug for Door {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Door").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_collector_that_is_no_address_is_refused_without_being_shown() {
        let checked = |value: &str| {
            let find = |name: &str| (name == "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT").then(|| value.to_owned());
            check_endpoints(&find)
        };
        for value in [
            "u:S3cretPw@host:4318",
            "host:4318",
            "grpc://u:S3cretPw@host",
            "http://",
            "\"http://u:S3cretPw@h\"",
            "http://a b:S3cretPw@h",
        ] {
            let error = checked(value).unwrap_err();
            assert_eq!(error, "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT is not an address that begins with http:// or https://");
        }
        for value in ["http://127.0.0.1:4318", "https://u:w@host/v1/traces", " "] {
            assert_eq!(checked(value), Ok(()), "{value}");
        }
    }
}

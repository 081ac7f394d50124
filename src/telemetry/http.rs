//! Counts and times of requests: a service around an HTTP service. Retries and waits are not visible here; the clients count
//! them.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{HeaderMap, Method};
use http_body::{Frame, SizeHint};
use http_body_util::BodyExt;
use tower::ServiceExt;
use tracing::{Instrument, Span, field};

use super::metric;
use super::registry::Registry;
use super::route::route;
use crate::door::client::wait::{RATE_LIMIT_REMAINING, RATE_LIMIT_RESET};
use crate::door::http::{Body, HttpService, Request, Response, TransportError};

/// Service that requests go to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Service {
    /// GitHub's API.
    GitHub,
    /// The servers that store the files of reports.
    Files,
    /// Claude Code's usage report.
    ClaudeCode,
    /// Cursor's Admin API.
    Cursor,
    /// The catalog.
    Catalog,
}

impl Service {
    /// Name in labels.
    pub fn name(self) -> &'static str {
        match self {
            Self::GitHub => "github",
            Self::Files => "github-files",
            Self::ClaudeCode => "claude-code",
            Self::Cursor => "cursor",
            Self::Catalog => "catalog",
        }
    }

    /// Path without names. Paths of report files have no meaning, and their addresses are signed.
    fn route(self, path: &str) -> String {
        if self == Self::Files { "file".to_owned() } else { route(path) }
    }
}

/// Cost of the requests to one service since the start of the process.
#[derive(Debug, Default)]
struct Spent {
    nanoseconds: AtomicU64,
    sent: AtomicU64,
    received: AtomicU64,
}

/// Counts requests, their time and their bytes.
#[derive(Clone, Debug, Default)]
pub struct Meter(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    registry: Arc<Registry>,
    github: Spent,
    tools: Spent,
    catalog: Spent,
}

impl Meter {
    /// A meter whose counts go into `registry`.
    pub fn new(registry: Arc<Registry>) -> Self {
        Self(Arc::new(Inner { registry, ..Inner::default() }))
    }

    /// Wraps a service so that its requests are counted.
    pub fn around(&self, service: Service, http: HttpService) -> HttpService {
        let meter = self.clone();
        HttpService::new(tower::service_fn(move |request: Request| meter.clone().call(service, http.clone(), request)))
    }

    /// Time of all requests to GitHub and its files, added up.
    pub(super) fn github_time(&self) -> Duration {
        Duration::from_nanos(self.0.github.nanoseconds.load(Ordering::Relaxed))
    }

    /// Time of all requests to the catalog, added up.
    pub(super) fn catalog_time(&self) -> Duration {
        Duration::from_nanos(self.0.catalog.nanoseconds.load(Ordering::Relaxed))
    }

    /// Bytes of bodies received from the catalog.
    pub(super) fn catalog_received(&self) -> u64 {
        self.0.catalog.received.load(Ordering::Relaxed)
    }

    fn spent(&self, service: Service) -> &Spent {
        match service {
            Service::GitHub | Service::Files => &self.0.github,
            Service::ClaudeCode | Service::Cursor => &self.0.tools,
            Service::Catalog => &self.0.catalog,
        }
    }

    async fn call(self, service: Service, http: HttpService, request: Request) -> Result<Response, TransportError> {
        let method = request.method().clone();
        let route = service.route(request.uri().path());
        let span = tracing::debug_span!(
            "request",
            otel.name = format!("{method} {route}"),
            otel.kind = "client",
            service = service.name(),
            http.request.method = %method,
            http.response.status_code = field::Empty,
        );
        let sent = request.body().len() as u64;
        self.spent(service).sent.fetch_add(sent, Ordering::Relaxed);
        self.0.registry.note(&metric::SENT_BYTES, &[service.name()], sent as f64);
        let under_way = UnderWay {
            meter: self,
            service,
            method,
            route,
            began: Instant::now(),
            status: None,
            received: 0,
            span: span.clone(),
        };
        let mut under_way = under_way;
        // Dropping `under_way` without a status records the error.
        let response = http.oneshot(request).instrument(span.clone()).await?;
        under_way.status = Some(response.status().as_u16());
        span.record("http.response.status_code", response.status().as_u16());
        if service == Service::GitHub {
            under_way.meter.take_limit(response.headers());
        }
        Ok(response.map(|body| Counted { body, under_way }.boxed_unsync()))
    }

    fn take_limit(&self, headers: &HeaderMap) {
        let number = |name: &str| headers.get(name)?.to_str().ok()?.trim().parse::<f64>().ok();
        let pairs = [
            (&metric::RATE_LIMIT, "x-ratelimit-limit"),
            (&metric::RATE_LIMIT_REMAINING, RATE_LIMIT_REMAINING),
            (&metric::RATE_LIMIT_RESET, RATE_LIMIT_RESET),
        ];
        for (metric, header) in pairs {
            if let Some(value) = number(header) {
                self.0.registry.note(metric, &[], value);
            }
        }
    }
}

/// A request in progress. It is recorded when its answer was read completely, or dropped.
struct UnderWay {
    meter: Meter,
    service: Service,
    method: Method,
    route: String,
    began: Instant,
    status: Option<u16>,
    received: u64,
    /// Open as long as the request, so that a trace includes the reading of the answer.
    span: Span,
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        let took = self.began.elapsed();
        let spent = self.meter.spent(self.service);
        let nanoseconds = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
        spent.nanoseconds.fetch_add(nanoseconds, Ordering::Relaxed);
        spent.received.fetch_add(self.received, Ordering::Relaxed);
        let registry = &self.meter.0.registry;
        let service = self.service.name();
        let status = self.status.map_or_else(|| "none".to_owned(), |status| status.to_string());
        registry.note(&metric::REQUESTS, &[service, method_label(&self.method), &self.route, &status], 1.0);
        registry.note(&metric::REQUEST_DURATION, &[service, &self.route], took.as_secs_f64());
        registry.note(&metric::RECEIVED_BYTES, &[service], self.received as f64);
        self.span.in_scope(|| {
            tracing::trace!(
                service,
                route = self.route,
                status,
                milliseconds = took.as_millis(),
                bytes = self.received,
                "a request came to its end"
            );
        });
    }
}

fn method_label(method: &Method) -> &str {
    // Only known methods become label values, so that their number is limited.
    match method.as_str() {
        known @ ("GET" | "POST" | "PUT" | "PATCH" | "DELETE" | "HEAD") => known,
        _ => "other",
    }
}

/// A body whose bytes are counted while it is read.
struct Counted {
    body: Body,
    under_way: UnderWay,
}

impl http_body::Body for Counted {
    type Data = Bytes;
    type Error = TransportError;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, TransportError>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(context));
        match &frame {
            Some(Ok(frame)) => self.under_way.received += frame.data_ref().map_or(0, |data| data.len() as u64),
            // A broken connection is recorded as no answer, with any status.
            Some(Err(_)) => self.under_way.status = None,
            None => {}
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use axum::routing::get;

    use super::*;
    use crate::door::http::{in_memory, read_whole};

    async fn ask(service: Service, path: &'static str) -> String {
        let router = axum::Router::new()
            .route(
                "/orgs/{org}/teams",
                get(|| async { ([("x-ratelimit-remaining", "41"), ("x-ratelimit-limit", "60")], "12345") }),
            )
            .route("/{path}", get(|| async { (http::StatusCode::FORBIDDEN, "no") }));
        let registry = Arc::new(Registry::default());
        let meter = Meter::new(Arc::clone(&registry));
        let http = meter.around(service, in_memory(router));
        let request = http::Request::get(format!("http://any.test{path}")).body(Bytes::from_static(b"abc")).unwrap();
        let response = http.oneshot(request).await.unwrap();
        assert!(!registry.text().contains("pilotage_http_requests_total"), "it is counted at its end");
        read_whole(response.into_body(), 100).await.unwrap();
        registry.text()
    }

    #[tokio::test]
    async fn a_request_is_counted_by_its_route_and_status_without_any_name() {
        let text = ask(Service::GitHub, "/orgs/octo-secret-org/teams").await;
        for line in [
            r#"pilotage_http_requests_total{method="GET",route="/orgs/{}/teams",service="github",status="200"} 1"#,
            r#"pilotage_http_received_bytes_total{service="github"} 5"#,
            r#"pilotage_http_sent_bytes_total{service="github"} 3"#,
            r#"pilotage_http_request_duration_seconds_count{route="/orgs/{}/teams",service="github"} 1"#,
            "pilotage_github_rate_limit_remaining 41",
            "pilotage_github_rate_limit 60",
        ] {
            assert!(text.lines().any(|other| other == line), "{line}\n{text}");
        }
        assert!(!text.contains("octo"), "{text}");
    }

    #[tokio::test]
    async fn a_signed_address_of_a_file_leaves_nothing_but_that_it_is_a_file() {
        let text = ask(Service::Files, "/f3a9c2?sig=canary").await;
        assert!(text.contains(r#"route="file",service="github-files",status="403"} 1"#), "{text}");
        assert!(!text.contains("canary") && !text.contains("f3a9c2"), "{text}");
    }

    #[tokio::test]
    async fn a_request_without_an_answer_has_no_status() {
        let registry = Arc::new(Registry::default());
        let meter = Meter::new(Arc::clone(&registry));
        let broken = || Err(TransportError::new(crate::door::http::TransportErrorKind::Connect, "refused"));
        let http = meter.around(Service::Catalog, HttpService::new(tower::service_fn(move |_: Request| async move { broken() })));
        let request = http::Request::get("http://any.test/v1/blueprints/x").body(Bytes::new()).unwrap();
        assert!(http.oneshot(request).await.is_err());
        assert!(registry.text().contains(r#"route="/v1/blueprints/{}",service="catalog",status="none"} 1"#));
    }
}

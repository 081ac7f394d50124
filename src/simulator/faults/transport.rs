//! Requests without an answer. A server in memory cannot do that, so a service before it does.

use std::time::Duration;

use serde::Deserialize;
use tower::ServiceExt;

use crate::door::http::{HttpService, Request, TransportError, TransportErrorKind};

use super::{FaultPosition, Faults};

/// Cause of a missing answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TransportFault {
    /// The connection is refused.
    Refused,
    /// Nothing arrives within the time limit.
    Timeout,
    /// The connection breaks before the answer begins, after the server has acted on the request.
    Reset,
}

impl Faults {
    /// Service before another one, in which the rules with a `transport` act. Other rules act at the server, see
    /// [`Faults::around`].
    pub fn on_the_way_to(&self, service: HttpService) -> HttpService {
        let faults = self.clone();
        HttpService::new(tower::service_fn(move |request: Request| {
            let (faults, service) = (faults.clone(), service.clone());
            async move {
                let uri = request.uri();
                let rule = faults.rule(FaultPosition::BeforeServer, request.method().as_str(), uri.path(), uri.query());
                let Some((fault, delay_ms)) = rule.and_then(|rule| Some((rule.transport?, rule.delay_ms))) else {
                    return service.oneshot(request).await;
                };
                if delay_ms > 0 {
                    tokio::time::sleep(Duration::from_millis(delay_ms)).await;
                }
                let kind = match fault {
                    TransportFault::Refused => TransportErrorKind::Connect,
                    TransportFault::Timeout => TransportErrorKind::Timeout,
                    TransportFault::Reset => {
                        // The answer is dropped.
                        drop(service.oneshot(request).await);
                        TransportErrorKind::Broken
                    }
                };
                Err(TransportError::new(kind, "by a rule of the simulator"))
            }
        }))
    }
}

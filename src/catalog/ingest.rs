//! Reports of an integration about its runs: metrics, heartbeats, log records. No run depends on them, so each is sent in one
//! attempt, and callers treat a failure as a warning.

use http::Method;
use serde_json::{Value, json};
use url::{Host, Url};

use super::Catalog;
use super::call::{Call, IngestUrl, RetryMode};
use super::error::CatalogError;

impl Catalog {
    /// Sends the metrics of all kinds of a resync. The caller decides the content of the events.
    ///
    /// # Errors
    /// This attempt fails.
    pub async fn post_sync_metrics(&self, to: &IngestUrl, events: &[Value]) -> Result<(), CatalogError> {
        let attempted = "send the metrics of a resync";
        self.send_to_ingest(Method::POST, to, &["syncMetrics"], attempted, &json!({"syncKindsMetrics": events})).await
    }

    /// Sends the metrics of one kind of a resync.
    ///
    /// # Errors
    /// This attempt fails.
    pub async fn put_kind_metrics(&self, to: &IngestUrl, resync: &str, kind: &str, event: &Value) -> Result<(), CatalogError> {
        let segments = ["syncMetrics", "resync", resync, "kind", kind];
        let attempted = format!("send the metrics of `{kind}`");
        self.send_to_ingest(Method::PUT, to, &segments, &attempted, &json!({"syncKindMetrics": event})).await
    }

    /// Sends a heartbeat of a resync.
    ///
    /// # Errors
    /// This attempt fails.
    pub async fn post_heartbeat(&self, to: &IngestUrl, resync: &str) -> Result<(), CatalogError> {
        self.send_to_ingest(Method::POST, to, &["heartbeat"], "send a heartbeat", &json!({"eventId": resync})).await
    }

    /// Adds to the integration's log at the catalog.
    ///
    /// # Errors
    /// This attempt fails.
    pub async fn post_logs(&self, to: &IngestUrl, records: &[Value]) -> Result<(), CatalogError> {
        self.send_to_ingest(Method::POST, to, &[], "add to the integration's log", &json!({"logs": records})).await
    }

    async fn send_to_ingest(
        &self,
        method: Method,
        to: &IngestUrl,
        segments: &[&str],
        attempted: &str,
        body: &Value,
    ) -> Result<(), CatalogError> {
        // The token goes along, as the catalog's own client sends it, and whoever may write the integration's record may write
        // any address into it.
        if let Err(reason) = check_ingest_address(to.expose(), &self.shared.base_url, &self.ingest_hosts) {
            return Err(CatalogError::Setting { what: format!("the address that the catalog gave to {attempted}"), reason });
        }
        let call = Call::at_ingest(method, to, segments, attempted).json(body).retry_mode(RetryMode::Once).needs_no_answer();
        self.shared.send(&call).await.map(drop)
    }
}

/// The domains of Port: its API and what takes metrics and logs are hosts below them (`api.us.port.io`, `ingest.us.port.io`,
/// `api.getport.io`, `ingest.getport.io`).
const DOMAINS_OF_PORT: [&str; 2] = ["port.io", "getport.io"];

/// Checks that the catalog's token may be sent to an address that the catalog gave. Its host must be the catalog's own, another host
/// of Port's when the catalog is one of them, or one of the settings. It must be encrypted when the catalog's own address is.
fn check_ingest_address(to: &str, base_url: &str, named: &[String]) -> Result<(), String> {
    let (Ok(to), Ok(base)) = (Url::parse(to), Url::parse(base_url)) else { return Err("it is no address".to_owned()) };
    let (Some(host), Some(home)) = (to.host(), base.host()) else { return Err("it has no host".to_owned()) };
    let is_named = |other: &String| Url::parse(other).is_ok_and(|other| other.host() == Some(host.clone()));
    match () {
        () if !matches!(to.scheme(), "http" | "https") => Err("it is no address of HTTP".to_owned()),
        () if !to.username().is_empty() || to.password().is_some() => Err("it holds a user".to_owned()),
        () if to.scheme() == "http" && base.scheme() == "https" => {
            Err("it is not encrypted, and the catalog's own address is".to_owned())
        }
        () if host == home || is_of_port(&host) && is_of_port(&home) || named.iter().any(is_named) => Ok(()),
        () => Err(format!(
            "`{host}` is not the catalog's own host, so the catalog's token is not sent there; if it is yours, set \
             OCEAN__PORT__INGEST_URL to https://{host}"
        )),
    }
}

fn is_of_port(host: &Host<&str>) -> bool {
    let Host::Domain(name) = host else { return false };
    DOMAINS_OF_PORT.iter().any(|domain| name.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_goes_to_the_catalogs_own_host_and_to_those_that_are_named() {
        let port = "https://api.getport.io";
        let allowed = [
            ("https://ingest.getport.io/logs/x", port),
            ("https://ingest.us.port.io/metrics", "https://api.us.port.io"),
            ("https://ingest.port.io", port),
            ("https://catalog.acme.example:8443/ingest", "https://catalog.acme.example/base"),
            ("http://127.0.0.1:8080/ingest", "http://127.0.0.1:8080"),
            ("https://catalog.acme.example/ingest", "http://catalog.acme.example"),
        ];
        for (to, base) in allowed {
            assert_eq!(check_ingest_address(to, base, &[]), Ok(()), "{to} of {base}");
        }
        let refused = [
            ("https://evil.example/", port),
            ("https://getport.io.evil.example/", port),
            ("https://evilport.io/", port),
            ("https://ingest.getport.io/", "https://catalog.acme.example"),
            ("http://ingest.getport.io/", port),
            ("https://api.getport.io@evil.example/", port),
            ("https://me:word@api.getport.io/", port),
            ("http://127.0.0.2:8080/ingest", "http://127.0.0.1:8080"),
            ("http://169.254.169.254/", "http://127.0.0.1:8080"),
            ("ftp://api.getport.io/", port),
            ("nonsense", port),
        ];
        for (to, base) in refused {
            assert!(check_ingest_address(to, base, &[]).is_err(), "{to} of {base}");
        }
        let named = ["https://metrics.acme.example".to_owned()];
        assert_eq!(check_ingest_address("https://metrics.acme.example/x", "https://catalog.acme.example", &named), Ok(()));
        let reason = check_ingest_address("https://evil.example/secret?sig=1", port, &named).unwrap_err();
        assert!(reason.contains("`evil.example`") && !reason.contains("sig"), "{reason}");
    }
}

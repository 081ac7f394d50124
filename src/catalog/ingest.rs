//! What an integration tells about its runs: metrics, signs of life, log records. No run depends on any of it, so each is one
//! attempt, and who calls takes a failure for a warning.

use http::Method;
use serde_json::{Value, json};
use url::{Host, Url};

use super::Catalog;
use super::call::{Call, IngestUrl, Patience};
use super::error::CatalogError;

impl Catalog {
    /// Tells where the kinds of a resync stand, all at once. What an event holds is up to who makes it.
    ///
    /// # Errors
    /// When this one attempt fails.
    pub async fn post_sync_metrics(&self, to: &IngestUrl, events: &[Value]) -> Result<(), CatalogError> {
        let attempted = "tell the metrics of a resync";
        self.tell_elsewhere(Method::POST, to, &["syncMetrics"], attempted, &json!({"syncKindsMetrics": events})).await
    }

    /// Tells where one kind of a resync stands.
    ///
    /// # Errors
    /// When this one attempt fails.
    pub async fn put_kind_metrics(&self, to: &IngestUrl, resync: &str, kind: &str, event: &Value) -> Result<(), CatalogError> {
        let segments = ["syncMetrics", "resync", resync, "kind", kind];
        let attempted = format!("tell the metrics of `{kind}`");
        self.tell_elsewhere(Method::PUT, to, &segments, &attempted, &json!({"syncKindMetrics": event})).await
    }

    /// Gives a sign of life of a resync.
    ///
    /// # Errors
    /// When this one attempt fails.
    pub async fn post_heartbeat(&self, to: &IngestUrl, resync: &str) -> Result<(), CatalogError> {
        self.tell_elsewhere(Method::POST, to, &["heartbeat"], "give a sign of life", &json!({"eventId": resync})).await
    }

    /// Adds to the integration's log at the catalog.
    ///
    /// # Errors
    /// When this one attempt fails.
    pub async fn post_logs(&self, to: &IngestUrl, records: &[Value]) -> Result<(), CatalogError> {
        self.tell_elsewhere(Method::POST, to, &[], "add to the integration's log", &json!({"logs": records})).await
    }

    async fn tell_elsewhere(
        &self,
        method: Method,
        to: &IngestUrl,
        segments: &[&str],
        attempted: &str,
        body: &Value,
    ) -> Result<(), CatalogError> {
        // The token goes along, as the catalog's own client sends it, and whoever may write the integration's record may write
        // any address into it.
        if let Err(reason) = may_have_the_token(to.expose(), &self.shared.base_url, &self.ingest_hosts) {
            return Err(CatalogError::Setting { what: format!("the address that the catalog gave to {attempted}"), reason });
        }
        let call = Call::elsewhere(method, to, segments, attempted).json(body).patience(Patience::None).needs_no_answer();
        self.shared.send(&call).await.map(drop)
    }
}

/// The domains of Port: its API and what takes metrics and logs are hosts below them (`api.us.port.io`, `ingest.us.port.io`,
/// `api.getport.io`, `ingest.getport.io`).
const DOMAINS_OF_PORT: [&str; 2] = ["port.io", "getport.io"];

/// Whether the catalog's token may go to an address of its choice: it must be on the catalog's own host, on another host of Port's
/// when the catalog is one of them, or on a host that the settings name; and encrypted when the catalog's own address is.
fn may_have_the_token(to: &str, base_url: &str, named: &[String]) -> Result<(), String> {
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
            assert_eq!(may_have_the_token(to, base, &[]), Ok(()), "{to} of {base}");
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
            assert!(may_have_the_token(to, base, &[]).is_err(), "{to} of {base}");
        }
        let named = ["https://metrics.acme.example".to_owned()];
        assert_eq!(may_have_the_token("https://metrics.acme.example/x", "https://catalog.acme.example", &named), Ok(()));
        let reason = may_have_the_token("https://evil.example/secret?sig=1", port, &named).unwrap_err();
        assert!(reason.contains("`evil.example`") && !reason.contains("sig"), "{reason}");
    }
}

//! What an integration tells about its runs: metrics, signs of life, log records. No run depends on any of it, so each is one
//! attempt, and who calls takes a failure for a warning.

use std::fmt;

use http::Method;
use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};

use super::Catalog;
use super::call::{Call, Patience};
use super::error::CatalogError;

/// An address at which the catalog takes something of one integration. Whoever knows it can write there, so it does not print.
#[derive(Clone, PartialEq, Eq)]
pub struct IngestUrl(String);

impl IngestUrl {
    /// The address, for the one place that puts it on the wire.
    pub(super) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for IngestUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("[address]")
    }
}

/// Reads `{"ingestUrl": ".."}`. What is none is not there.
pub(super) fn ingest_url<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<IngestUrl>, D::Error> {
    let attributes = Option::<Value>::deserialize(deserializer)?;
    let url = attributes.as_ref().and_then(|attributes| attributes.get("ingestUrl")).and_then(Value::as_str);
    Ok(url.filter(|url| !url.is_empty()).map(|url| IngestUrl(url.trim_end_matches('/').to_owned())))
}

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
        // The token goes along, as the catalog's own client sends it, and must not go where everybody can read it.
        if to.expose().starts_with("http://") && self.shared.base_url.starts_with("https://") {
            let reason = "it is not encrypted, and the catalog's own address is".to_owned();
            return Err(CatalogError::Setting { what: format!("the address that the catalog gave to {attempted}"), reason });
        }
        let call = Call::elsewhere(method, to, segments, attempted).json(body).patience(Patience::None).needs_no_answer();
        self.shared.send(&call).await.map(drop)
    }
}

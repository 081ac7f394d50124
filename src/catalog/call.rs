//! One call of the catalog's interface, before it is a request: path, query, body, and how it is to be treated.

use std::fmt;

use bytes::Bytes;
use http::Method;
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use url::form_urlencoded;

use super::error::CatalogError;
use super::verdict::SHOWN_CHARACTERS;
use crate::model::escape;
use crate::model::segment::segment;

/// What to ask of the catalog.
#[derive(Clone, Debug)]
pub(super) struct Call {
    pub(super) method: Method,
    /// Where the path goes, when that is not the catalog's address.
    pub(super) elsewhere: Option<IngestUrl>,
    /// Path and query after the base URL, escaped: `/v1/blueprints/service?..`.
    pub(super) target: String,
    /// Why it cannot be sent, when a name in its path is none.
    pub(super) unsendable: Option<String>,
    pub(super) body: Bytes,
    /// Reads after "cannot".
    pub(super) attempted: String,
    /// Whether what this call writes is marked as ours, and what it reads is limited to ours, by the longer User-Agent.
    pub(super) as_exporter: bool,
    /// Whether the catalog should not start a resync because of this call.
    pub(super) skips_resync: bool,
    pub(super) patience: Patience,
    pub(super) is_sign_in: bool,
    /// Whether an answer without a body is a broken one.
    pub(super) needs_answer: bool,
}

/// How much a call may wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Patience {
    /// Ten attempts, every wait that the catalog asks for, and its turn behind the others.
    Full,
    /// One attempt now, past the others: what is worthless when it comes late.
    None,
}

impl Call {
    /// A call of `/v1` and `segments`, each of which is escaped as a whole, so that an identifier may hold a slash.
    pub(super) fn new(method: Method, segments: &[&str], attempted: impl Into<String>) -> Self {
        let mut target = "/v1".to_owned();
        for name in segments {
            target.push('/');
            target.push_str(&segment(name));
        }
        Self { target, unsendable: no_segment(segments), ..Self::bare(method, attempted) }
    }

    /// A call of another address that the catalog gave out, with `segments` after it.
    pub(super) fn elsewhere(method: Method, to: &IngestUrl, segments: &[&str], attempted: impl Into<String>) -> Self {
        let target = segments.iter().map(|name| format!("/{}", segment(name))).collect();
        Self { target, unsendable: no_segment(segments), elsewhere: Some(to.clone()), ..Self::bare(method, attempted) }
    }

    fn bare(method: Method, attempted: impl Into<String>) -> Self {
        Self {
            method,
            elsewhere: None,
            target: String::new(),
            unsendable: None,
            body: Bytes::new(),
            // Names in it may have any length.
            attempted: escape::shortened(&attempted.into(), SHOWN_CHARACTERS).into_owned(),
            as_exporter: false,
            skips_resync: false,
            patience: Patience::Full,
            is_sign_in: false,
            needs_answer: true,
        }
    }

    /// Adds the query, in the order given. Names may repeat.
    pub(super) fn query<'a>(mut self, pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
        if !query.is_empty() {
            self.target.push('?');
            self.target.push_str(&query);
        }
        self
    }

    pub(super) fn json(self, body: &Value) -> Self {
        self.body(Bytes::from(body.to_string()))
    }

    /// Sets the body, which is JSON already.
    pub(super) fn body(mut self, body: Bytes) -> Self {
        self.body = body;
        self
    }

    pub(super) fn exporter(mut self) -> Self {
        self.as_exporter = true;
        self
    }

    pub(super) fn skips_resync(mut self, skips: bool) -> Self {
        self.skips_resync = skips;
        self
    }

    pub(super) fn patience(mut self, patience: Patience) -> Self {
        self.patience = patience;
        self
    }

    pub(super) fn sign_in(mut self) -> Self {
        self.is_sign_in = true;
        self
    }

    /// Takes an answer without a body for a good one.
    pub(super) fn needs_no_answer(mut self) -> Self {
        self.needs_answer = false;
        self
    }

    /// The path without the query, for logs.
    pub(super) fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }
}

/// A name that makes another path of the one it stands in. Clients and proxies take `%2E%2E` for `..`, so no escape helps.
fn no_segment(segments: &[&str]) -> Option<String> {
    let name = segments.iter().find(|name| is_no_segment(name))?;
    Some(format!("`{name}` cannot stand in an address"))
}

/// Whether a name cannot stand in a path: it is empty, or climbs.
pub(super) fn is_no_segment(name: &str) -> bool {
    matches!(name, "" | "." | "..")
}

impl Call {
    pub(super) fn misunderstood(&self, reason: impl ToString) -> CatalogError {
        CatalogError::Misunderstood { attempted: self.attempted.clone(), reason: reason.to_string() }
    }
}

/// An address at which the catalog takes something of one integration. Whoever knows it can write there, so it does not print.
#[derive(Clone, Default, PartialEq, Eq)]
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identifier_stays_one_segment_whatever_it_holds() {
        let call = Call::new(Method::GET, &["integration", "a/b c+d?e#f%g", "kinds"], "x");
        assert_eq!(call.target, "/v1/integration/a%2Fb%20c%2Bd%3Fe%23f%25g/kinds");
    }

    #[test]
    fn a_name_that_climbs_is_not_sent() {
        for name in ["", ".", ".."] {
            for call in [
                Call::new(Method::POST, &["blueprints", name, "entities", "bulk"], "x"),
                Call::elsewhere(Method::PUT, &IngestUrl::default(), &["syncMetrics", name], "x"),
            ] {
                assert!(call.unsendable.is_some_and(|reason| reason.contains(&format!("`{name}`"))), "{name}");
            }
        }
        let call = Call::new(Method::GET, &["blueprints", "...", "a..b", ".x"], "x");
        assert_eq!((call.target.as_str(), call.unsendable), ("/v1/blueprints/.../a..b/.x", None));
    }

    #[test]
    fn a_query_keeps_its_order_and_its_repetitions() {
        let call = Call::new(Method::POST, &["entities", "search"], "x").query([("include", "a"), ("include", "properties.b c")]);
        assert_eq!(call.target, "/v1/entities/search?include=a&include=properties.b+c");
        assert_eq!(call.path(), "/v1/entities/search");
    }
}

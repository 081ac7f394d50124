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

/// Call of the catalog's API.
#[derive(Clone, Debug)]
pub(super) struct Call {
    pub(super) method: Method,
    /// Address in place of the catalog's own.
    pub(super) ingest_url: Option<IngestUrl>,
    /// Path and query after the base URL, escaped: `/v1/blueprints/service?..`.
    pub(super) target: String,
    /// Reason why it cannot be sent: a name that cannot be part of a path.
    pub(super) unsendable: Option<String>,
    pub(super) body: Bytes,
    /// Attempted request and its object, as it follows the word "cannot".
    pub(super) attempted: String,
    /// Sends the longer User-Agent, which marks written entities as owned and limits reading to owned ones.
    pub(super) as_exporter: bool,
    /// Parameter by which the catalog starts no resync because of this call.
    pub(super) skips_resync: bool,
    pub(super) retry_mode: RetryMode,
    pub(super) is_sign_in: bool,
    /// Takes an answer without a body for a broken one.
    pub(super) needs_answer: bool,
}

/// Attempts and waits of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RetryMode {
    /// Ten attempts, every wait that the catalog asks for, and a permit of the gate.
    Full,
    /// One attempt at once, without a permit, for calls that are useless when late.
    Once,
}

impl Call {
    /// A call of `/v1` and `segments`, each of which is escaped as a whole, so that an identifier may hold a slash.
    pub(super) fn new(method: Method, segments: &[&str], attempted: impl Into<String>) -> Self {
        let mut target = "/v1".to_owned();
        for name in segments {
            target.push('/');
            target.push_str(&segment(name));
        }
        Self { target, unsendable: invalid_segment(segments), ..Self::bare(method, attempted) }
    }

    /// A call of another address that the catalog gave out, with `segments` after it.
    pub(super) fn at_ingest(method: Method, to: &IngestUrl, segments: &[&str], attempted: impl Into<String>) -> Self {
        let target = segments.iter().map(|name| format!("/{}", segment(name))).collect();
        Self { target, unsendable: invalid_segment(segments), ingest_url: Some(to.clone()), ..Self::bare(method, attempted) }
    }

    fn bare(method: Method, attempted: impl Into<String>) -> Self {
        Self {
            method,
            ingest_url: None,
            target: String::new(),
            unsendable: None,
            body: Bytes::new(),
            // Names in it may have any length.
            attempted: escape::shortened(&attempted.into(), SHOWN_CHARACTERS).into_owned(),
            as_exporter: false,
            skips_resync: false,
            retry_mode: RetryMode::Full,
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

    pub(super) fn retry_mode(mut self, retry_mode: RetryMode) -> Self {
        self.retry_mode = retry_mode;
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

/// Reason against a path with a name that changes it. Clients and proxies take `%2E%2E` for `..`, so escaping does not help.
fn invalid_segment(segments: &[&str]) -> Option<String> {
    let name = segments.iter().find(|name| is_invalid_segment(name))?;
    Some(format!("`{name}` cannot be part of an address"))
}

/// True for names that cannot be part of a path: empty, `.` and `..`.
pub(super) fn is_invalid_segment(name: &str) -> bool {
    matches!(name, "" | "." | "..")
}

impl Call {
    pub(super) fn unexpected_answer(&self, reason: impl ToString) -> CatalogError {
        CatalogError::UnexpectedAnswer { attempted: self.attempted.clone(), reason: reason.to_string() }
    }
}

/// An address at which the catalog takes something of one integration. It gives the right to write there, so it does not print.
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
                Call::at_ingest(Method::PUT, &IngestUrl::default(), &["syncMetrics", name], "x"),
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

//! Search for owned entities by identifier.

use futures_util::StreamExt;
use http::Method;
use serde_json::{Value, json};
use url::form_urlencoded;

use super::Catalog;
use super::call::Call;
use super::error::CatalogError;
use crate::model::current::CurrentEntity;

/// Highest number of identifiers per search. The answer has no pages, so this limits its size.
const IDENTIFIERS_AT_MOST: usize = 50;
/// Highest number of bytes of the requested names in the address; servers and proxies commonly accept 8 KiB. With more, all fields
/// are requested, which is slower and never wrong.
const INCLUDE_BYTES_AT_MOST: usize = 4 << 10;
/// Concurrent searches of one call.
const CONCURRENT_SEARCHES: usize = 4;

/// Bytes of the address that these names take.
fn include_bytes(include: &[String]) -> usize {
    include
        .iter()
        .map(|path| "&include=".len() + form_urlencoded::byte_serialize(path.as_bytes()).map(str::len).sum::<usize>())
        .sum()
}

impl Catalog {
    /// Searches for owned entities, 50 per request. The result has no particular order, and lacks entities that do not exist or are
    /// owned by others.
    ///
    /// `include` names the requested fields besides blueprint and identifier: `title`, `icon`, `team`, `properties.x`,
    /// `relations.y`. If it is empty or too long, all fields are returned.
    ///
    /// # Errors
    /// The catalog refuses or does not answer. No entity is returned then.
    pub async fn search_owned(
        &self,
        blueprint: &str,
        identifiers: &[String],
        include: &[String],
    ) -> Result<Vec<CurrentEntity>, CatalogError> {
        // Collected first: a stream that maps borrowed chunks to futures cannot be sent between threads.
        let chunks = identifiers.chunks(IDENTIFIERS_AT_MOST);
        let searches: Vec<_> = chunks.map(|chunk| self.search(blueprint, chunk, include)).collect();
        let mut found = futures_util::stream::iter(searches).buffered(CONCURRENT_SEARCHES);
        let mut all = Vec::with_capacity(identifiers.len());
        while let Some(found) = found.next().await.transpose()? {
            all.extend(found);
        }
        Ok(all)
    }

    async fn search(
        &self,
        blueprint: &str,
        identifiers: &[String],
        include: &[String],
    ) -> Result<Vec<CurrentEntity>, CatalogError> {
        let rule = |property, operator, value: Value| json!({"property": property, "operator": operator, "value": value});
        let body = json!({
            "combinator": "and",
            "rules": [
                rule("$identifier", "in", json!(identifiers)),
                rule("$blueprint", "=", json!(blueprint)),
                rule("$datasource", "contains", json!(self.datasource_prefix())),
                rule("$datasource", "contains", json!(self.datasource_suffix())),
            ],
        });
        // A name limits the answer to the named fields, so without `include` none is named.
        let always: &[&str] = if include.is_empty() { &[] } else { &["blueprint", "identifier"] };
        let requested = always.iter().copied().chain(include.iter().map(String::as_str)).map(|path| ("include", path));
        let requested = if include_bytes(include) > INCLUDE_BYTES_AT_MOST { Vec::new() } else { requested.collect() };
        let attempted = format!("search for {} entities of `{blueprint}`", identifiers.len());
        let call = Call::new(Method::POST, &["entities", "search"], attempted)
            .query(std::iter::once(("exclude_calculated_properties", "true")).chain(requested))
            .json(&body)
            .exporter();
        self.shared.send(&call).await?.read_by(CurrentEntity::read_all, &call)
    }

    /// Prefix of the data source of all entities of this type of integration.
    pub(super) fn datasource_prefix(&self) -> String {
        format!("port-ocean/{}/", self.shared.integration_type)
    }

    /// Suffix of the data source of all entities of this integration. The version is in between and does not matter.
    pub(super) fn datasource_suffix(&self) -> String {
        format!("/{}/exporter", self.shared.integration_identifier)
    }
}

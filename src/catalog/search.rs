//! Reading entities that are ours, by identifier.

use futures_util::StreamExt;
use http::Method;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value, json};
use url::form_urlencoded;

use super::Catalog;
use super::call::Call;
use super::error::CatalogError;

/// Identifiers per search at most: its answer comes in one piece, whatever its size.
const IDENTIFIERS_AT_MOST: usize = 50;
/// Bytes of the names of what is asked for at most: they stand in the address, and servers and proxies commonly take 8 KiB of it.
/// Beyond, everything is asked for, which is more to read and never wrong.
const INCLUDE_BYTES_AT_MOST: usize = 4 << 10;
/// Searches of one call under way at a time.
const SEARCHES_UNDER_WAY: usize = 4;

/// An entity as it is at the catalog, as far as it was asked for.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct CurrentEntity {
    /// The entity's identifier.
    pub identifier: String,
    /// The blueprint's identifier.
    pub blueprint: String,
    /// What people read, when there is one.
    #[serde(default)]
    pub title: Option<Value>,
    /// Name of an icon of the portal, when there is one.
    #[serde(default)]
    pub icon: Option<Value>,
    /// A team or a list of teams, when there are any.
    #[serde(default)]
    pub team: Option<Value>,
    /// Property to value.
    #[serde(default, deserialize_with = "map_or_null")]
    pub properties: Map<String, Value>,
    /// Relation to the related entity's identifier, a list of them, or null.
    #[serde(default, deserialize_with = "map_or_null")]
    pub relations: Map<String, Value>,
}

/// How long the part of an address is that asks for all of these.
fn include_bytes(include: &[String]) -> usize {
    include
        .iter()
        .map(|path| "&include=".len() + form_urlencoded::byte_serialize(path.as_bytes()).map(str::len).sum::<usize>())
        .sum()
}

fn map_or_null<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Map<String, Value>, D::Error> {
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}

impl Catalog {
    /// Those of the entities that exist and are ours, in no particular order. Entities of others are absent, as are those that do
    /// not exist.
    ///
    /// `include` names what is asked for beside blueprint and identifier: `title`, `icon`, `team`, `properties.x`, `relations.y`.
    /// When it is empty, or too long to be asked for, everything is told.
    /// Asks for 50 at a time.
    ///
    /// # Errors
    /// When the catalog refuses or does not answer. Then nothing is known of any of them.
    pub async fn search_owned(
        &self,
        blueprint: &str,
        identifiers: &[String],
        include: &[String],
    ) -> Result<Vec<CurrentEntity>, CatalogError> {
        // Collected first: a stream that maps borrowed chunks to futures cannot be sent between threads.
        let chunks = identifiers.chunks(IDENTIFIERS_AT_MOST);
        let searches: Vec<_> = chunks.map(|chunk| self.search(blueprint, chunk, include)).collect();
        let mut found = futures_util::stream::iter(searches).buffered(SEARCHES_UNDER_WAY);
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
        #[derive(Deserialize)]
        struct Found {
            entities: Vec<CurrentEntity>,
        }
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
        // Asking for something is asking for nothing else, so without a wish nothing is named.
        let always: &[&str] = if include.is_empty() { &[] } else { &["blueprint", "identifier"] };
        let asked = always.iter().copied().chain(include.iter().map(String::as_str)).map(|path| ("include", path));
        let asked = if include_bytes(include) > INCLUDE_BYTES_AT_MOST { Vec::new() } else { asked.collect() };
        let attempted = format!("search for {} entities of `{blueprint}`", identifiers.len());
        let call = Call::new(Method::POST, &["entities", "search"], attempted)
            .query(std::iter::once(("exclude_calculated_properties", "true")).chain(asked))
            .json(&body)
            .exporter();
        let found: Found = self.shared.send(&call).await?.read(&call)?;
        Ok(found.entities)
    }

    /// What the data source of every entity of our type begins with.
    pub(super) fn datasource_prefix(&self) -> String {
        format!("port-ocean/{}/", self.shared.integration_type)
    }

    /// What the data source of every entity of our integration ends with. The version stands in between, so it does not count.
    pub(super) fn datasource_suffix(&self) -> String {
        format!("/{}/exporter", self.shared.integration_identifier)
    }
}

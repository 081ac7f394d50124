//! Entities as the catalog has them, read from its answers. They are as long as the catalog is large, and read in this crate because it is
//! compiled for speed.

use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

/// Current entity of the catalog, with the requested fields.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct CurrentEntity {
    /// Identifier of the entity.
    pub identifier: String,
    /// Identifier of the blueprint.
    pub blueprint: String,
    /// Title.
    #[serde(default)]
    pub title: Option<Value>,
    /// Name of an icon of the portal.
    #[serde(default)]
    pub icon: Option<Value>,
    /// Team or list of teams.
    #[serde(default)]
    pub team: Option<Value>,
    /// Values by property.
    #[serde(default, deserialize_with = "map_or_null")]
    pub properties: Map<String, Value>,
    /// Identifier of the related entity by relation, a list of them, or null.
    #[serde(default, deserialize_with = "map_or_null")]
    pub relations: Map<String, Value>,
}

impl CurrentEntity {
    /// Reads the answer to a search.
    ///
    /// # Errors
    /// It is not the JSON that Port documents.
    pub fn read_all(answer: &[u8]) -> serde_json::Result<Vec<Self>> {
        #[derive(Deserialize)]
        struct SearchAnswer {
            entities: Vec<CurrentEntity>,
        }
        read(answer).map(|SearchAnswer { entities }| entities)
    }
}

/// Owned entity.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OwnedEntity {
    /// Identifier of the blueprint.
    pub blueprint: String,
    /// Identifier of the entity.
    pub identifier: String,
    /// Time of the last write, if the catalog gives it.
    #[serde(default, deserialize_with = "timestamp_or_none")]
    pub updated_at: Option<Timestamp>,
}

/// Page of a listing of owned entities.
#[derive(Debug, Deserialize)]
pub struct OwnedPage {
    /// The entities. A page may be empty without being the last.
    pub entities: Vec<OwnedEntity>,
    /// Where the next page begins, in the catalog's form. Null or an empty text after the last one.
    #[serde(default)]
    pub next: Value,
}

impl OwnedPage {
    /// Reads a page.
    ///
    /// # Errors
    /// It is not the JSON that Port documents.
    pub fn read(answer: &[u8]) -> serde_json::Result<Self> {
        read(answer)
    }
}

/// Reads JSON. Its UTF-8 is checked at once, not text by text.
///
/// # Errors
/// It is not the JSON of a `T`.
pub(super) fn read<T: DeserializeOwned>(answer: &[u8]) -> serde_json::Result<T> {
    match simdutf8::compat::from_utf8(answer) {
        Ok(text) => serde_json::from_str(text),
        // Fails where the text does, with a line and a column.
        Err(_) => serde_json::from_slice(answer),
    }
}

/// Reads a timestamp. Any other value gives none.
///
/// # Errors
/// The text is not JSON.
pub fn timestamp_or_none<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Timestamp>, D::Error> {
    let value = Value::deserialize(deserializer)?;
    Ok(value.as_str().and_then(|text| text.parse().ok()))
}

fn map_or_null<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Map<String, Value>, D::Error> {
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}

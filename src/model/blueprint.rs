//! A blueprint: what entities of one type may hold.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A blueprint as the catalog's API writes it. Keys that have no meaning here are kept in [`Blueprint::other`], so that what
/// is read can be sent on unchanged.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Blueprint {
    /// At most 100 characters.
    pub identifier: String,
    /// What people read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// What entities hold.
    #[serde(default)]
    pub schema: Schema,
    /// Relation name to relation.
    #[serde(default)]
    pub relations: Map<String, Value>,
    /// Icon, calculation, mirror and aggregation properties, and whatever else there is.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// The properties of a blueprint.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Schema {
    /// Property name to its JSON Schema (`type`, `format`, `enum` and so on).
    #[serde(default)]
    pub properties: Map<String, Value>,
    /// Names of the properties that every entity must have.
    #[serde(default)]
    pub required: Vec<String>,
}

/// A relation of a blueprint, read out of [`Blueprint::relations`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Relation {
    /// The blueprint that is related to.
    pub target: String,
    /// Whether there may be several.
    #[serde(default)]
    pub many: bool,
    /// Whether there must be one.
    #[serde(default)]
    pub required: bool,
}

impl Blueprint {
    /// The relation of that name, or none when there is none or it is not one.
    pub fn relation(&self, name: &str) -> Option<Relation> {
        self.relations
            .get(name)
            .and_then(|value| Relation::deserialize(value).ok())
    }
}

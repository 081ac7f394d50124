//! The model of a mapping file: which resources are read, and how their items become entities.
//!
//! A file is YAML; what the catalog keeps is the same as JSON. Reading either is `read`; evaluating it is
//! [`super::evaluate`]; its JSON Schema is [`super::schema`].

use std::ops::Range;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

use super::finding::{Fix, Location};
use super::tree::{self, Place};

/// Share of the entities we own that one resync may delete at most, when the mapping does not say.
pub const DEFAULT_DELETION_THRESHOLD: f64 = 0.9;
/// Key under which an element of `itemsToParse` is put into its item, when the mapping does not say.
pub const DEFAULT_ITEM_NAME: &str = "item";

/// A mapping of GitHub Copilot's records to entities of the catalog.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(title = "Mapping")]
pub struct Mapping {
    /// Deletes the entities that require a deleted one too.
    #[schemars(default = "yes")]
    pub delete_dependent_entities: bool,
    /// Creates entities that exist only as the target of a relation, with nothing but their identifier.
    #[schemars(default = "yes")]
    pub create_missing_related_entities: bool,
    /// Keeps the fields of an entity that are not mapped. When false, an update replaces the whole entity.
    #[schemars(default = "yes")]
    pub enable_merge_entity: bool,
    /// Entities are deleted only if they are at most this share of those we own: 0 never deletes, 1 always does.
    #[schemars(default = "default_threshold", range(min = 0.0, max = 1.0))]
    pub entity_deletion_threshold: f64,
    /// The resources, in the order in which they are read.
    pub resources: Vec<Resource>,
}

/// One kind, the items of it that are mapped, and the entities that they become.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(title = "Resource")]
pub struct Resource {
    /// The kind, a name in `pilotage kinds`.
    #[schemars(with = "String")]
    pub kind: Name,
    /// Lets a resync delete entities that this resource no longer produces. When false, they stay for ever.
    #[serde(skip_serializing_if = "is_true")]
    #[schemars(default = "yes")]
    pub enable_delete: bool,
    /// The items that are mapped, and the days and scopes that are read.
    pub selector: Selector,
    /// The entities that the items become.
    pub port: Port,
}

/// A name and the place where it is written. Two are equal when their texts are.
#[derive(Clone, Debug)]
pub struct Name {
    /// The name.
    pub text: String,
    location: Location,
    place: Option<Place>,
}

impl Name {
    pub(super) fn new(text: String, location: Location, place: Option<Place>) -> Self {
        Self { text, location, place }
    }

    /// The change of the file by which it becomes another one.
    pub(super) fn rewritten(&self, text: &str) -> Option<Fix> {
        self.place.as_ref()?.edited(&self.text, &[(0..self.text.len(), text.to_owned())])
    }

    /// Place of the text.
    pub fn location(&self) -> Location {
        self.location.clone()
    }
}

impl PartialEq for Name {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Serialize for Name {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

/// The items that are mapped, and the days and scopes that are read.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[schemars(title = "Selector")]
pub struct Selector {
    /// A jq expression that gives true for an item that is taken and false for one that is not.
    pub query: Expression,
    /// Settings of the kind: `since`, `until`, `days`, `membership`.
    #[serde(flatten)]
    pub other: Map<String, Value>,
    /// Those settings with their places.
    #[serde(skip)]
    #[schemars(skip)]
    pub keys: SelectorEntries,
}

/// Settings of a selector besides its query, with their places. Places make no difference between two mappings.
#[derive(Clone, Debug, Default)]
pub struct SelectorEntries(pub Vec<SelectorKey>);

impl PartialEq for SelectorEntries {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

/// A key of a selector.
#[derive(Clone, Debug)]
pub struct SelectorKey {
    /// The key.
    pub key: String,
    /// The value.
    pub value: Value,
    /// Place of the key.
    pub key_location: Location,
    /// Place of the value.
    pub value_location: Location,
}

/// The entities that the items become.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(title = "Port")]
pub struct Port {
    /// The entity of an item.
    pub entity: EntityMappings,
    /// A jq expression that gives a list; each of its elements makes an entity of its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub items_to_parse: Option<Expression>,
    /// The key under which such an element is put into its item.
    #[serde(skip_serializing_if = "is_default_item_name")]
    #[schemars(default = "default_item_name")]
    pub items_to_parse_name: String,
    /// Removes the list from the item before its elements are put in.
    #[serde(skip_serializing_if = "is_true")]
    #[schemars(default = "yes")]
    pub items_to_parse_top_level_transform: bool,
}

/// The entity of an item.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[schemars(title = "Entity")]
pub struct EntityMappings {
    /// The fields of the entity.
    pub mappings: Mappings,
}

/// The fields of an entity: jq expressions over the item.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[schemars(title = "Mappings")]
pub struct Mappings {
    /// The identifier, unique within the blueprint. An item whose identifier is null or empty is skipped.
    pub identifier: Template,
    /// The entity's blueprint; usually a text constant: `'"github_copilot_usage"'`.
    pub blueprint: Expression,
    /// The title for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<Expression>,
    /// Name of an icon of the portal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub icon: Option<Expression>,
    /// The team that owns the entity, a list of teams, or a search query.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub team: Option<Template>,
    /// Property of the blueprint to jq expression. A property that is not named is not touched.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<std::collections::BTreeMap<String, Expression>>")]
    pub properties: Option<Named<Expression>>,
    /// Relation of the blueprint to the related entity's identifier, a list of them, or a search query.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<std::collections::BTreeMap<String, Template>>")]
    pub relations: Option<Named<Template>>,
}

/// Names to values, in the order in which they are written.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Named<T>(pub Vec<(String, T)>);

impl<T: Serialize> Serialize for Named<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

/// An expression, or a search query whose every text is an expression.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Template {
    /// A jq expression.
    Expression(Expression),
    /// An object: each value is evaluated.
    Object(Named<Template>),
    /// A list: each element is evaluated.
    List(Vec<Template>),
}

/// A jq expression and the place where it is written. Two are equal when their texts are.
#[derive(Clone, Debug)]
pub struct Expression {
    /// The jq text.
    pub text: String,
    /// Keys from the root: `resources[0].selector.query`.
    pub path: String,
    pub(super) file: Arc<str>,
    pub(super) place: Option<Place>,
    /// Place of its key.
    pub(super) key: Option<Place>,
}

impl Expression {
    /// An expression outside a mapping. `name` is the file's name in findings.
    pub(super) fn alone(text: &str, name: &str) -> Self {
        Self { text: text.to_owned(), path: String::new(), file: name.into(), place: None, key: None }
    }

    /// Place of the whole expression.
    pub fn location(&self) -> Location {
        match &self.place {
            Some(place) => place.location_inside(&self.path, &self.text, &(0..self.text.len())),
            None => self.location_of(&(0..self.text.len())),
        }
    }

    /// Place of its key; without one, as [`Expression::location`].
    pub fn key_location(&self) -> Location {
        match &self.key {
            Some(key) => key.location(&self.path),
            None => self.location(),
        }
    }

    /// Place of some of its bytes. An empty range, and one at the end, gives the place just after the preceding text.
    pub fn location_of(&self, part: &Range<usize>) -> Location {
        match &self.place {
            Some(place) => place.location_inside(&self.path, &self.text, part),
            None => tree::location_in_expression(&self.file, &self.path, &self.text, part),
        }
    }
}

impl Expression {
    /// The change of the file by which the expression's text changes at those places, in the order of the text. None for an
    /// expression that was not read from text, or when a change cannot be written where it stands.
    pub fn edited(&self, changes: &[(Range<usize>, String)]) -> Option<Fix> {
        self.place.as_ref()?.edited(&self.text, changes)
    }

    /// The change of the file by which the whole text becomes another one.
    pub fn rewritten(&self, text: &str) -> Option<Fix> {
        self.edited(&[(0..self.text.len(), text.to_owned())])
    }
}

impl PartialEq for Expression {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Serialize for Expression {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl Mapping {
    /// The mapping as the catalog keeps it. Keys that have no meaning are gone.
    pub fn to_json(&self) -> Value {
        serde_json::to_value(self).unwrap_or_default()
    }
}

/// A mapping as the catalog keeps it, as YAML with its keys in their order. Reading it gives the same mapping.
pub fn to_yaml(config: &Value) -> String {
    // What came as JSON has text keys and no cycle, so it can always be written.
    serde_yaml::to_string(config).unwrap_or_default()
}

fn yes() -> bool {
    true
}

fn default_threshold() -> f64 {
    DEFAULT_DELETION_THRESHOLD
}

fn default_item_name() -> String {
    DEFAULT_ITEM_NAME.to_owned()
}

fn is_default_item_name(name: &str) -> bool {
    name == DEFAULT_ITEM_NAME
}

// serde hands over a reference.
#[allow(clippy::trivially_copy_pass_by_ref)]
fn is_true(value: &bool) -> bool {
    *value
}

#[cfg(test)]
mod tests;

//! Entities of the catalog as a mapping makes them, and the key that identifies each.

use std::borrow::Cow;
use std::hash::Hasher;

use serde::Serialize;
use serde_json::Value;
use siphasher::sip128::{Hasher128, SipHasher13};

use super::fields::Fields;

/// An entity as it is sent. It has only the fields that the mapping has.
///
/// A mapped property whose expression gives null is in [`Entity::properties`] with the value null and is sent as null; a property
/// that is not mapped is absent. The same holds for title, icon and team.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Entity {
    /// Usually a text. Any JSON value that is not empty is sent unchanged; an object is a search query.
    pub identifier: Value,
    /// The blueprint's identifier.
    pub blueprint: String,
    /// Title shown in the portal, when mapped.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<Value>,
    /// Name of an icon of the portal, when mapped.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub icon: Option<Value>,
    /// A team, a list of teams, or a search query, when mapped.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub team: Option<Value>,
    /// Property to value, when the mapping has `properties`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub properties: Option<Fields>,
    /// Relation to the related entity's identifier, a list of them, null, or a search query, when the mapping has `relations`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub relations: Option<Fields>,
}

/// Bytes that are reserved for the text of an entity: metrics of a day take 300 to 900.
const JSON_BYTES: usize = 1024;

impl Entity {
    /// The key under which the catalog keeps this entity.
    pub fn key(&self) -> EntityKey {
        EntityKey { blueprint: self.blueprint.clone(), identifier: normal_identifier(&self.identifier).into_owned() }
    }

    /// Like [`Entity::key`], but consumes the entity and copies nothing.
    pub fn into_key(self) -> EntityKey {
        let identifier = match self.identifier {
            Value::String(text) => text,
            other => normal_identifier(&other).into_owned(),
        };
        EntityKey { blueprint: self.blueprint, identifier }
    }

    /// Fingerprint of the key, see [`EntityKey::fingerprint`].
    pub fn fingerprint(&self) -> u128 {
        fingerprint(&self.blueprint, &normal_identifier(&self.identifier))
    }

    /// The JSON text that the catalog is sent. Written here because this crate is compiled for speed, and each entity passes here.
    pub fn to_json(&self) -> Vec<u8> {
        let mut text = Vec::with_capacity(JSON_BYTES);
        // Keys are strings and the target is memory, so this does not fail. Otherwise the catalog would refuse the empty object.
        if serde_json::to_writer(&mut text, self).is_err() {
            text = b"{}".to_vec();
        }
        text
    }

    /// Tells whether the catalog must search to find the entity, its team or its relations. Such an entity cannot be compared
    /// before it is sent.
    pub fn is_searched(&self) -> bool {
        self.identifier.is_object()
            || self.team.as_ref().is_some_and(Value::is_object)
            || self.relations.iter().flat_map(Fields::values).any(Value::is_object)
    }
}

/// Identity of an entity: blueprint and identifier, the latter as text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct EntityKey {
    /// The blueprint's identifier.
    pub blueprint: String,
    /// The entity's identifier as text, see [`normal_identifier`].
    pub identifier: String,
}

impl EntityKey {
    /// 128-bit hash of the key, for sets that live as long as a run. Among a billion keys, two have the same hash with a
    /// probability of about 10⁻²¹, so the full key is not kept.
    pub fn fingerprint(&self) -> u128 {
        fingerprint(&self.blueprint, &self.identifier)
    }
}

fn fingerprint(blueprint: &str, identifier: &str) -> u128 {
    let mut hasher = SipHasher13::new();
    hasher.write(blueprint.as_bytes());
    // A byte that no text holds keeps `("ab", "c")` apart from `("a", "bc")`.
    hasher.write_u8(0xff);
    hasher.write(identifier.as_bytes());
    hasher.finish128().as_u128()
}

impl std::fmt::Display for EntityKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}/{}", self.blueprint, self.identifier)
    }
}

/// An identifier as text, as Ocean and the catalog compare them: `5` and `"5"` are the same, `true` is `True`, and an object
/// is its JSON with sorted keys.
pub fn normal_identifier(identifier: &Value) -> Cow<'_, str> {
    match identifier {
        Value::String(text) => text.into(),
        Value::Bool(true) => "True".into(),
        Value::Bool(false) => "False".into(),
        Value::Object(_) => sorted(identifier).to_string().into(),
        other => other.to_string().into(),
    }
}

fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let mut entries: Vec<_> = map.iter().collect();
            entries.sort_by_key(|(key, _)| *key);
            Value::Object(entries.into_iter().map(|(key, value)| (key.clone(), sorted(value))).collect())
        }
        Value::Array(list) => Value::Array(list.iter().map(sorted).collect()),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn identifiers_of_any_type_have_a_text() {
        let cases = [
            (json!("a@2026-08-01"), "a@2026-08-01"),
            (json!(5), "5"),
            (json!(true), "True"),
            (json!({"rules": [], "combinator": "and"}), r#"{"combinator":"and","rules":[]}"#),
        ];
        for (identifier, text) in cases {
            assert_eq!(normal_identifier(&identifier), text);
        }
    }

    #[test]
    fn a_fingerprint_keeps_blueprint_and_identifier_apart() {
        let key = |blueprint: &str, identifier: &str| EntityKey { blueprint: blueprint.into(), identifier: identifier.into() };
        assert_ne!(key("ab", "c").fingerprint(), key("a", "bc").fingerprint());
        assert_eq!(key("ab", "c").fingerprint(), key("ab", "c").fingerprint());
    }

    #[test]
    fn only_what_was_mapped_is_sent() {
        let entity = Entity {
            identifier: json!("a"),
            blueprint: "b".into(),
            title: None,
            icon: None,
            team: Some(Value::Null),
            properties: Some(Fields::from_iter([("x".to_owned(), Value::Null)])),
            relations: None,
        };
        let sent = serde_json::to_string(&entity).unwrap();
        assert_eq!(sent, r#"{"identifier":"a","blueprint":"b","team":null,"properties":{"x":null}}"#);
    }
}

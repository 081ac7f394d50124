//! Refusals of the catalog that are certain before an entity is sent, so that a plan can name them.
//!
//! Only what the blueprint itself says is judged. What the catalog alone can know, such as whether a related entity exists, shows when
//! the entity is sent.

use serde_json::Value;

use crate::model::blueprint::Blueprint;
use crate::model::entity::Entity;
use crate::model::fields::Fields;

/// The longest identifier of an entity, in characters.
const IDENTIFIER_CHARACTERS: usize = 1000;

/// Characters beside letters and digits that an identifier may have.
const MARKS: &str = "@_.+:\\/='-";

/// The reason for which the catalog will refuse an entity; none when nothing is known against it. `is_new`: the catalog does not have
/// the entity, so fields that are not sent stay empty.
pub fn refusal(entity: &Entity, blueprint: &Blueprint, is_new: bool) -> Option<String> {
    of_identifier(&entity.identifier)
        .or_else(|| of_properties(entity, blueprint))
        .or_else(|| of_relations(entity, blueprint))
        .or_else(|| of_required(entity, blueprint, is_new))
}

/// Letters that are not ASCII are not judged.
fn of_identifier(identifier: &Value) -> Option<String> {
    let text = identifier.as_str()?;
    let is_wrong = |character: &char| character.is_ascii() && !character.is_ascii_alphanumeric() && !MARKS.contains(*character);
    if let Some(wrong) = text.chars().find(is_wrong) {
        return Some(format!("\"identifier\" must NOT have the character {wrong:?}"));
    }
    if matches!(text, "." | "..") {
        return Some("\"identifier\" must NOT be \".\" or \"..\"".to_owned());
    }
    let is_long = text.len() > IDENTIFIER_CHARACTERS && text.chars().count() > IDENTIFIER_CHARACTERS;
    is_long.then(|| format!("\"identifier\" must NOT have more than {IDENTIFIER_CHARACTERS} characters"))
}

fn of_properties(entity: &Entity, blueprint: &Blueprint) -> Option<String> {
    let mut properties = entity.properties.iter().flat_map(Fields::iter);
    properties.find_map(|(name, value)| match blueprint.schema.properties.get(name) {
        None => Some(format!("the blueprint has no property \"{name}\"")),
        Some(_) if value.is_null() => None,
        Some(schema) => of_value(schema, value).map(|expected| format!("\"{name}\" must be {expected}")),
    })
}

/// What a value must be and is not.
fn of_value(schema: &Value, value: &Value) -> Option<String> {
    let kind = schema.get("type").and_then(Value::as_str)?;
    let fits = match kind {
        "string" => value.is_string(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        _ => true,
    };
    if !fits {
        return Some(kind.to_owned());
    }
    let allowed = schema.get("enum").and_then(Value::as_array)?;
    (!allowed.is_empty() && !allowed.contains(value)).then(|| "one of the values that the blueprint allows".to_owned())
}

fn of_relations(entity: &Entity, blueprint: &Blueprint) -> Option<String> {
    let mut relations = entity.relations.iter().flat_map(Fields::iter);
    relations.find_map(|(name, value)| {
        let Some(relation) = blueprint.relation(name) else {
            return Some(format!("the blueprint has no relation \"{name}\""));
        };
        match value {
            Value::Array(_) if !relation.many => Some(format!("relation \"{name}\" takes one entity, not a list")),
            Value::String(_) if relation.many => Some(format!("relation \"{name}\" takes a list of entities, not one")),
            _ => None,
        }
    })
}

fn of_required(entity: &Entity, blueprint: &Blueprint, is_new: bool) -> Option<String> {
    let is_empty = |fields: &Option<Fields>, name: &str| match fields.as_ref().and_then(|fields| fields.get(name)) {
        Some(value) => value.is_null(),
        None => is_new,
    };
    let property = blueprint.schema.required.iter().find(|name| is_empty(&entity.properties, name));
    if let Some(name) = property {
        return Some(format!("it must have the property \"{name}\""));
    }
    let is_required = |name: &&String| blueprint.relation(name).is_some_and(|relation| relation.required);
    let relation = blueprint.relations.keys().filter(is_required).find(|name| is_empty(&entity.relations, name));
    relation.map(|name| format!("it must have the relation \"{name}\""))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn blueprint() -> Blueprint {
        let properties = json!({
            "text": {"type": "string"}, "count": {"type": "number"}, "is": {"type": "boolean"}, "list": {"type": "array"},
            "part": {"type": "object"}, "level": {"type": "string", "enum": ["high", "low"]}, "any": {},
        });
        let relation = |many: bool, required: bool| json!({"target": "t", "many": many, "required": required});
        let blueprint = json!({
            "identifier": "b",
            "schema": {"properties": properties, "required": ["text"]},
            "relations": {"one": relation(false, false), "many": relation(true, false), "must": relation(false, true)},
        });
        serde_json::from_value(blueprint).unwrap()
    }

    fn refused(identifier: &Value, properties: &Value, relations: &Value, is_new: bool) -> Option<String> {
        let fields = |value: &Value| {
            let object = value.as_object()?;
            Some(Fields::from_iter(object.iter().map(|(name, value)| (name.clone(), value.clone()))))
        };
        let entity = Entity {
            identifier: identifier.clone(),
            blueprint: "b".into(),
            title: None,
            icon: None,
            team: None,
            properties: fields(properties),
            relations: fields(relations),
        };
        refusal(&entity, &blueprint(), is_new)
    }

    #[test]
    fn what_fits_is_not_refused() {
        let must = json!({"must": "x"});
        for identifier in ["a@b_c.d+e:f\\g/h='i-9", "über", "क"] {
            assert_eq!(refused(&json!(identifier), &json!({"text": "x"}), &must, true), None, "{identifier}");
        }
        let properties = json!({"text": "x", "count": 1.5, "is": false, "list": [1], "part": {}, "level": "low", "any": [null]});
        assert_eq!(refused(&json!("a"), &properties, &json!({"one": "x", "many": ["y"], "must": "z"}), true), None);
        let nulls = json!({"text": "x", "count": null, "level": null});
        assert_eq!(refused(&json!("a"), &nulls, &json!({"one": null, "many": null, "must": {"rules": []}}), true), None);
        // Only the catalog can find out which entity is meant, and an update keeps what it does not send.
        assert_eq!(refused(&json!({"rules": []}), &json!({"count": 1}), &json!(null), false), None);
        assert_eq!(refused(&json!(7), &json!({}), &json!({}), false), None);
    }

    #[test]
    fn what_does_not_fit_is_refused_with_the_reason() {
        let must = || json!({"must": "x"});
        let text = |field: &str, value: Value| {
            let mut properties = json!({"text": "x"});
            properties[field] = value;
            properties
        };
        let cases = [
            (json!("c#"), text("count", json!(1)), must(), "\"identifier\" must NOT have the character '#'"),
            (json!("a b"), text("count", json!(1)), must(), "must NOT have the character ' '"),
            (json!("a\nb"), text("count", json!(1)), must(), "must NOT have the character '\\n'"),
            (json!(".."), text("count", json!(1)), must(), "must NOT be"),
            (json!("x".repeat(1001)), text("count", json!(1)), must(), "more than 1000 characters"),
            (json!("a"), text("cuont", json!(1)), must(), "the blueprint has no property \"cuont\""),
            (json!("a"), text("count", json!("1")), must(), "\"count\" must be number"),
            (json!("a"), text("text", json!(1)), must(), "\"text\" must be string"),
            (json!("a"), text("is", json!("true")), must(), "\"is\" must be boolean"),
            (json!("a"), text("list", json!({})), must(), "\"list\" must be array"),
            (json!("a"), text("part", json!([])), must(), "\"part\" must be object"),
            (json!("a"), text("level", json!("medium")), must(), "\"level\" must be one of the values"),
            (json!("a"), json!({"text": null}), must(), "it must have the property \"text\""),
            (json!("a"), json!({}), must(), "it must have the property \"text\""),
            (json!("a"), json!({"text": "x"}), json!({}), "it must have the relation \"must\""),
            (json!("a"), json!({"text": "x"}), json!({"must": "x", "two": "x"}), "the blueprint has no relation \"two\""),
            (json!("a"), json!({"text": "x"}), json!({"must": "x", "one": ["x"]}), "\"one\" takes one entity, not a list"),
            (json!("a"), json!({"text": "x"}), json!({"must": "x", "many": "x"}), "\"many\" takes a list of entities"),
        ];
        for (identifier, properties, relations, expected) in cases {
            let reason = refused(&identifier, &properties, &relations, true).unwrap_or_default();
            assert!(reason.contains(expected), "{expected}: {reason}");
        }
        // An update that empties what must be there.
        assert!(refused(&json!("a"), &json!({"text": null}), &json!({}), false).is_some());
    }
}

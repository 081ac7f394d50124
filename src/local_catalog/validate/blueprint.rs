//! Rules for blueprints and their changes. Pure: the caller checks that related blueprints exist.

use serde_json::{Map, Value, json};

use super::identifier;
use super::property::{Property, ValueType};
use crate::local_catalog::error::ApiError;
use crate::model::blueprint::Blueprint;

/// Most characters of a blueprint's title.
const TITLE_LENGTH: usize = 100;
/// Most characters of a blueprint's description.
const DESCRIPTION_LENGTH: usize = 200;

/// Completes a sent blueprint with the keys that every blueprint of the API has.
pub(crate) fn complete(sent: Value) -> Result<Map<String, Value>, ApiError> {
    let Value::Object(mut document) = sent else { return Err(ApiError::invalid("body must be object")) };
    let schema = document.entry("schema").or_insert_with(|| json!({}));
    let Some(schema) = schema.as_object_mut() else { return Err(ApiError::invalid("\"schema\" must be object")) };
    schema.entry("properties").or_insert_with(|| json!({}));
    schema.entry("required").or_insert_with(|| json!([]));
    for name in ["relations", "mirrorProperties", "calculationProperties", "aggregationProperties"] {
        let part = document.entry(name).or_insert_with(|| json!({}));
        let Some(part) = part.as_object() else { return Err(ApiError::invalid(format!("\"{name}\" must be object"))) };
        check_names(name, part)?;
    }
    Ok(document)
}

/// Parses a complete document as a blueprint, and checks everything that does not need the catalog.
pub(crate) fn check(document: &Map<String, Value>) -> Result<Blueprint, ApiError> {
    let problem = |message: String| Err(ApiError::invalid(message));
    let blueprint: Blueprint = match serde_json::from_value(Value::Object(document.clone())) {
        Ok(blueprint) => blueprint,
        Err(error) => return problem(format!("body is not a blueprint: {error}")),
    };
    if let Err(wrong) = identifier::check_blueprint(&blueprint.identifier) {
        return problem(format!("\"identifier\" {wrong}"));
    }
    if blueprint.title.as_ref().is_some_and(|title| !(1..=TITLE_LENGTH).contains(&title.chars().count())) {
        return problem(format!("\"title\" must have between 1 and {TITLE_LENGTH} characters"));
    }
    let description = document.get("description").and_then(Value::as_str);
    if description.is_some_and(|description| description.chars().count() > DESCRIPTION_LENGTH) {
        return problem(format!("\"description\" must NOT have more than {DESCRIPTION_LENGTH} characters"));
    }
    check_names("properties", &blueprint.schema.properties)?;
    for (name, schema) in &blueprint.schema.properties {
        match schema.get("type").and_then(Value::as_str) {
            Some(kind) if ValueType::named(kind).is_some() => {}
            Some(kind) => {
                return problem(format!("type of property \"{name}\" must be one of the allowed values, not \"{kind}\""));
            }
            None => return problem(format!("property \"{name}\" must have required property 'type'")),
        }
    }
    if let Some(name) = blueprint.schema.required.iter().find(|name| !blueprint.schema.properties.contains_key(*name)) {
        return problem(format!("required property \"{name}\" is not in the schema"));
    }
    for name in blueprint.relations.keys() {
        match blueprint.relation(name) {
            None => return problem(format!("relation \"{name}\" must have required property 'target'")),
            Some(relation) if relation.many && relation.required => {
                return problem(format!("relation \"{name}\" cannot be both many and required"));
            }
            Some(_) => {}
        }
    }
    Ok(blueprint)
}

/// Checks the schemas of sent properties beyond their types. Stored schemas are not checked, so that they stay readable.
pub(crate) fn check_schemas(blueprint: &Blueprint) -> Result<(), ApiError> {
    blueprint.schema.properties.iter().try_for_each(|(name, schema)| {
        let mut problems = Vec::new();
        Property::compile(schema, &mut problems);
        match problems.first() {
            Some(problem) => Err(ApiError::invalid(format!("of property \"{name}\" {problem}"))),
            None => Ok(()),
        }
    })
}

/// Checks that no property changes its type: entities have values of the old type.
pub(crate) fn check_types_kept(current: &Blueprint, desired: &Blueprint) -> Result<(), ApiError> {
    let changed = desired.schema.properties.iter().find(|(name, schema)| {
        current.schema.properties.get(*name).is_some_and(|current| current.get("type") != schema.get("type"))
    });
    match changed {
        Some((name, _)) => Err(ApiError::invalid(format!("the type of property \"{name}\" cannot be changed"))),
        None => Ok(()),
    }
}

fn check_names(part: &str, names: &Map<String, Value>) -> Result<(), ApiError> {
    names.keys().try_for_each(|name| {
        identifier::check_property(name).map_err(|wrong| ApiError::invalid(format!("\"{name}\" in \"{part}\" {wrong}")))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(sent: Value) -> String {
        complete(sent).and_then(|document| check(&document)).map(|_| String::new()).unwrap_or_else(|error| error.message)
    }

    #[test]
    fn a_blueprint_is_completed() {
        let document = complete(json!({"identifier": "a", "title": "A"})).unwrap();
        assert_eq!(document["schema"], json!({"properties": {}, "required": []}));
        assert_eq!(document["aggregationProperties"], json!({}));
    }

    #[test]
    fn what_is_no_blueprint_is_refused_with_the_reason() {
        let with = |name: &str, value: Value| json!({"identifier": "a", "title": "A", name: value});
        let cases = [
            (json!([]), "body must be object"),
            (with("identifier", json!("a b")), "\"identifier\" must NOT have the character ' '"),
            (with("title", json!("")), "\"title\" must have between 1 and 100 characters"),
            (
                with("schema", json!({"properties": {"a b": {"type": "string"}}})),
                "\"a b\" in \"properties\" must NOT have the character ' '",
            ),
            (
                with("schema", json!({"properties": {"a": {"type": "integer"}}})),
                "type of property \"a\" must be one of the allowed values, not \"integer\"",
            ),
            (with("schema", json!({"properties": {}, "required": ["a"]})), "required property \"a\" is not in the schema"),
            (with("relations", json!({"r": {}})), "relation \"r\" must have required property 'target'"),
            (
                with("relations", json!({"r": {"target": "b", "many": true, "required": true}})),
                "relation \"r\" cannot be both many and required",
            ),
        ];
        for (sent, message) in cases {
            assert_eq!(refusal(sent.clone()), message, "{sent}");
        }
        assert_eq!(refusal(with("calculationProperties", json!({"rate": {"calculation": "1", "type": "number"}}))), "");
    }
}

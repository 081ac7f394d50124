//! Rules for entities by their blueprints, and for blueprints by the API. Pure: the caller checks what the catalog holds.

pub(crate) mod blueprint;
pub(crate) mod format;
pub(crate) mod identifier;
pub(crate) mod pattern;
pub(crate) mod property;

use std::collections::HashMap;

use serde_json::Value;

use super::error::ApiError;
use super::fields::JsonFields;
use crate::model::blueprint::{Blueprint, Relation};
use property::Property;

/// Blueprint compiled for checking many entities.
#[derive(Debug)]
pub(crate) struct BlueprintRules {
    properties: HashMap<String, Property>,
    required: Vec<String>,
    pub(crate) relations: HashMap<String, Relation>,
}

impl BlueprintRules {
    pub(crate) fn of(blueprint: &Blueprint) -> Self {
        let relations = blueprint.relations.keys().filter_map(|name| Some((name.clone(), blueprint.relation(name)?))).collect();
        let properties = &blueprint.schema.properties;
        Self {
            // Unusable patterns were refused with their blueprint, or stored by a version with another grammar.
            properties: properties
                .iter()
                .map(|(name, schema)| (name.clone(), Property::compile(schema, &mut Vec::new())))
                .collect(),
            required: blueprint.schema.required.clone(),
            relations,
        }
    }

    /// Checks sent properties. Null unsets a property, so it fits every type.
    pub(crate) fn check_properties(&self, sent: &JsonFields<'_>, accept_unknown: bool) -> Result<(), ApiError> {
        for (name, text) in sent.iter() {
            match self.properties.get(name) {
                Some(property) => property.check(text).map_err(|problem| ApiError::mismatch(format!("\"{name}\" {problem}")))?,
                None if accept_unknown => {}
                None => {
                    let message =
                        format!("\"properties\" must NOT have additional properties: \"{name}\" is not in the blueprint");
                    return Err(ApiError::mismatch(message));
                }
            }
        }
        Ok(())
    }

    /// Checks that an entity to be stored has all required fields.
    pub(crate) fn check_required(&self, properties: &JsonFields<'_>, relations: &JsonFields<'_>) -> Result<(), ApiError> {
        let is_set = |fields: &JsonFields<'_>, name: &str| fields.get(name).is_some_and(|text| text != "null");
        if let Some(name) = self.required.iter().find(|name| !is_set(properties, name)) {
            return Err(ApiError::mismatch(format!("\"properties\" must have required property '{name}'")));
        }
        let relation = self.relations.iter().find(|(name, relation)| relation.required && !is_set(relations, name));
        if let Some((name, _)) = relation {
            return Err(ApiError::new(422, "required_relation", format!("Relation \"{name}\" is required")));
        }
        Ok(())
    }

    /// Checks sent relations: known, and one or many as in the blueprint. The caller checks that related entities exist.
    pub(crate) fn check_relations(&self, sent: &JsonFields<'_>) -> Result<(), ApiError> {
        for (name, text) in sent.iter() {
            let relation = self.relations.get(name).ok_or_else(|| ApiError::not_found("Relation", name))?;
            let is_text = |value: &Value| value.is_string();
            match serde_json::from_str::<Value>(text).unwrap_or_default() {
                Value::Null => {}
                Value::String(_) if !relation.many => {}
                Value::Array(list) if relation.many && list.iter().all(is_text) => {}
                Value::Array(_) if !relation.many => return Err(many_violation(name, "takes one entity, not a list")),
                Value::String(_) => return Err(many_violation(name, "takes a list of entities, not one")),
                _ => return Err(ApiError::invalid(format!("relation \"{name}\" must be string, array of strings or null"))),
            }
        }
        Ok(())
    }
}

fn many_violation(name: &str, problem: &str) -> ApiError {
    ApiError::new(422, "relation_many_violation", format!("Relation with identifier \"{name}\" {problem}"))
}

/// Checks a title or an icon. The API turns numbers and booleans into text; the text is returned for storing.
pub(crate) fn label(name: &str, text: &str) -> Result<String, ApiError> {
    match serde_json::from_str::<Value>(text) {
        Ok(Value::Null | Value::String(_)) => Ok(text.to_owned()),
        Ok(value @ (Value::Number(_) | Value::Bool(_))) => Ok(Value::from(value.to_string()).to_string()),
        _ => Err(ApiError::invalid(format!("\"{name}\" must be string"))),
    }
}

/// Checks a team: a name, a list of names, or null.
pub(crate) fn team(text: &str) -> Result<(), ApiError> {
    match serde_json::from_str::<Value>(text) {
        Ok(Value::Null | Value::String(_)) => Ok(()),
        Ok(Value::Array(list)) if list.iter().all(Value::is_string) => Ok(()),
        _ => Err(ApiError::invalid("\"team\" must be string, array of strings or null")),
    }
}

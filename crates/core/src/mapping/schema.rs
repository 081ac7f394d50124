//! The JSON Schema of a mapping file, for editors.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Value, json};

use super::file::{DEFAULT_ITEM_NAME, Expression, Mapping, Template};

/// The JSON Schema (draft 2020-12) of a mapping file. `kinds` are the names that `kind` may have, each with what it is.
pub fn schema(kinds: &[(&str, &str)]) -> Value {
    let mut schema = schemars::schema_for!(Mapping).to_value();
    if let Some(kind) = schema.pointer_mut("/$defs/Resource/properties/kind") {
        let of = |(name, about): &(&str, &str)| json!({"const": name, "description": about});
        kind["anyOf"] = kinds.iter().map(of).collect();
    }
    // What is left out when it is the default would otherwise have no default in the schema.
    let defaults = [
        ("Resource/properties/enableDelete", Value::Bool(true)),
        ("Port/properties/itemsToParseName", Value::from(DEFAULT_ITEM_NAME)),
        ("Port/properties/itemsToParseTopLevelTransform", Value::Bool(true)),
    ];
    for (path, default) in defaults {
        if let Some(property) = schema.pointer_mut(&format!("/$defs/{path}")) {
            property["default"] = default;
        }
    }
    // An editor should mark a key that is ignored. The root takes keys in snake_case too, a selector whatever its kind knows.
    for closed in ["Resource", "Port", "EntityMappings", "Mappings"] {
        if let Some(Value::Object(object)) = schema.pointer_mut(&format!("/$defs/{closed}")) {
            object.insert("additionalProperties".to_owned(), Value::Bool(false));
        }
    }
    schema
}

impl JsonSchema for Expression {
    fn schema_name() -> Cow<'static, str> {
        "Expression".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "title": "jq expression",
            "description": "jq over one item; its first output counts, and no output or an error is null. Quote text constants twice: '\"text\"'.",
            "type": "string"
        })
    }
}

impl JsonSchema for Template {
    fn schema_name() -> Cow<'static, str> {
        "Template".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "title": "jq expression or search query",
            "description": "A jq expression, or a search query whose every text is one.",
            "anyOf": [generator.subschema_for::<Expression>(), generator.subschema_for::<Query>()]
        })
    }
}

/// A search query, as the schema knows it; the model keeps one as a [`Template`].
struct Query;

impl JsonSchema for Query {
    fn schema_name() -> Cow<'static, str> {
        "Query".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let expression = generator.subschema_for::<Expression>();
        let query = generator.subschema_for::<Query>();
        json_schema!({
            "title": "search query",
            "description": "Finds entities at the catalog. Every text is jq, so constants are quoted twice: `combinator: '\"and\"'`.",
            "type": "object",
            "required": ["combinator", "rules"],
            "properties": {
                "combinator": expression.clone(),
                "rules": {"type": "array", "items": {"anyOf": [
                    {
                        "title": "rule",
                        "type": "object",
                        "required": ["property", "operator", "value"],
                        "properties": {"property": expression.clone(), "operator": expression.clone(), "value": expression},
                        "additionalProperties": false
                    },
                    query
                ]}}
            },
            "additionalProperties": false
        })
    }
}

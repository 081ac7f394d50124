//! The JSON Schema of a settings file, made from the table of settings, for editors.

use serde_json::{Map, Value, json};

use super::sources;
use super::table::{KNOWN, Known, Shape};

/// The JSON Schema of a settings file. Keys of Ocean's without meaning here are allowed and not described.
pub fn schema() -> Value {
    let mut root = group("");
    root["$schema"] = json!("https://json-schema.org/draft/2020-12/schema");
    root["title"] = json!("Settings of Pilotage");
    root
}

/// The settings whose keys begin with `prefix`, which is empty or ends with a dot.
fn group(prefix: &str) -> Value {
    let mut properties = Map::new();
    for known in KNOWN {
        let Some(rest) = known.key.strip_prefix(prefix) else { continue };
        match rest.split_once('.') {
            None => properties.insert(rest.to_owned(), described(known)),
            Some((name, _)) => {
                let below = group(&format!("{prefix}{name}."));
                match properties.get_mut(name) {
                    None => properties.insert(name.to_owned(), below),
                    Some(plain) => {
                        // A setting that has settings below it, too.
                        if plain.get("properties").is_none() {
                            plain["properties"] = below["properties"].clone();
                            if let Some(types) = plain["type"].as_array_mut() {
                                types.push(json!("object"));
                            }
                        }
                        None
                    }
                }
            }
        };
    }
    json!({"type": "object", "properties": properties})
}

fn described(known: &Known) -> Value {
    // Every value may be a text instead: a placeholder for an environment variable.
    let mut schema = match known.shape {
        Shape::Secret if known.key == sources::KEY => sources::schema(),
        Shape::Text | Shape::Secret => json!({"type": "string"}),
        Shape::Url => json!({"type": "string", "format": "uri"}),
        Shape::Boolean => json!({"type": ["boolean", "string"]}),
        Shape::Seconds => json!({"type": ["number", "string"], "exclusiveMinimum": 0}),
        Shape::Interval => json!({"type": ["integer", "string"], "minimum": 1}),
        Shape::Recurrence => json!({"type": ["integer", "string"], "minimum": 1}),
        Shape::Part => json!({"type": ["number", "string"], "minimum": 0, "maximum": 1}),
        Shape::Days | Shape::People => json!({"type": ["integer", "string"], "minimum": 1}),
        Shape::Address => json!({"type": "string", "anyOf": [{"format": "ipv4"}, {"format": "ipv6"}]}),
        Shape::PortNumber => json!({"type": ["integer", "string"], "minimum": 0, "maximum": 65535}),
        Shape::Table(table) => table.schema(),
        Shape::List => json!({"type": ["array", "string"], "items": {"type": "string"}}),
        Shape::Choice(choices) => json!({"type": "string", "enum": choices}),
    };
    schema["description"] = json!(format!("{}. Variable: {}", known.about, known.variable));
    if !known.default.is_empty() {
        schema["default"] = serde_json::from_str(known.default).unwrap_or_else(|_| json!(known.default));
    }
    schema
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schema_has_every_setting_in_its_place() {
        let schema = schema();
        let token = &schema["properties"]["integration"]["properties"]["config"]["properties"]["githubToken"];
        assert_eq!(token["type"], "string");
        assert_eq!(schema["properties"]["clientTimeout"]["default"], 60);
        assert_eq!(schema["properties"]["initializePortResources"]["default"], true);
        assert_eq!(schema["properties"]["port"]["properties"]["baseUrl"]["default"], "https://api.getport.io");
        for known in KNOWN {
            let pointer: String = known.key.split('.').map(|name| format!("/properties/{name}")).collect();
            assert!(schema.pointer(&pointer).is_some(), "{}", known.key);
        }
    }
}

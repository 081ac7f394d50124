//! JSON Schema, as far as `values.schema.json` uses it. A keyword that is not known here fails, so that none is taken for obeyed.

use serde_json::Value as Json;

/// Errors of a value, each with its path; empty when it is valid.
pub(crate) fn errors(schema: &Json, value: &Json) -> Vec<String> {
    let mut errors = Vec::new();
    check(schema, value, "", &mut errors);
    errors
}

fn check(schema: &Json, value: &Json, path: &str, errors: &mut Vec<String>) {
    let place = if path.is_empty() { "values" } else { path };
    for (keyword, rule) in schema.as_object().unwrap() {
        match keyword.as_str() {
            "$schema" | "title" | "description" | "additionalProperties" => {}
            "type" => {
                let allowed: Vec<&str> = match rule {
                    Json::Array(types) => types.iter().map(|one| one.as_str().unwrap()).collect(),
                    one => vec![one.as_str().unwrap()],
                };
                if !allowed.iter().any(|one| is_of_type(value, one)) {
                    errors.push(format!("{place}: {value} is not of type {}", allowed.join(", ")));
                }
            }
            "enum" if !rule.as_array().unwrap().contains(value) => errors.push(format!("{place}: {value} is none of {rule}")),
            "minimum" if value.as_f64() < rule.as_f64() && value.is_number() => {
                errors.push(format!("{place}: {value} is below {rule}"))
            }
            "maximum" if value.as_f64() > rule.as_f64() => errors.push(format!("{place}: {value} is above {rule}")),
            "exclusiveMinimum" if value.as_f64() <= rule.as_f64() && value.is_number() => {
                errors.push(format!("{place}: {value} is not above {rule}"));
            }
            "minLength" if length(value).is_some_and(|length| length < rule.as_u64().unwrap()) => {
                errors.push(format!("{place}: {value} is too short"));
            }
            "maxLength" if length(value).is_some_and(|length| length > rule.as_u64().unwrap()) => {
                errors.push(format!("{place}: {value} is too long"));
            }
            "pattern" => {
                let pattern = fancy_regex::Regex::new(rule.as_str().unwrap()).unwrap();
                if value.as_str().is_some_and(|text| !pattern.is_match(text).unwrap()) {
                    errors.push(format!("{place}: {value} does not match {rule}"));
                }
            }
            "required" => {
                let missing = rule.as_array().unwrap().iter().map(|name| name.as_str().unwrap());
                for name in missing.filter(|name| value.is_object() && value.get(name).is_none()) {
                    errors.push(format!("{place}: {name} is missing"));
                }
            }
            "items" => {
                for (index, item) in value.as_array().into_iter().flatten().enumerate() {
                    check(rule, item, &format!("{path}[{index}]"), errors);
                }
            }
            "properties" => properties(schema, value, path, errors),
            "enum" | "minimum" | "maximum" | "exclusiveMinimum" | "minLength" | "maxLength" => {}
            other => panic!("{place}: the keyword {other} is not known here"),
        }
    }
}

fn properties(schema: &Json, value: &Json, path: &str, errors: &mut Vec<String>) {
    let known = schema["properties"].as_object().unwrap();
    for (name, value) in value.as_object().into_iter().flatten() {
        let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        match known.get(name) {
            Some(schema) => check(schema, value, &path, errors),
            None if schema["additionalProperties"] == false => errors.push(format!("{path}: no such value")),
            None => {}
        }
    }
}

fn length(value: &Json) -> Option<u64> {
    value.as_str().map(|text| text.chars().count() as u64)
}

fn is_of_type(value: &Json, name: &str) -> bool {
    match name {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "string" => value.is_string(),
        "number" => value.is_number(),
        "integer" => value.is_i64() || value.is_u64(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        other => panic!("no type {other}"),
    }
}

use serde_json::json;

use super::*;

/// Keywords of parts, and values that look different and are equal.
fn more() -> Vec<(Value, Value, &'static str)> {
    let object = |more: Value| {
        let mut schema = json!({"type": "object"});
        schema.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        schema
    };
    vec![
        (
            json!({"type": "array", "uniqueItems": true}),
            json!([{"a": 1, "b": 2}, {"b": 2, "a": 1}]),
            "must NOT have duplicate items",
        ),
        (json!({"type": "array", "uniqueItems": true}), json!([1, 1.0]), "must NOT have duplicate items"),
        (json!({"type": "array", "uniqueItems": true}), json!([1, "1", [1], {"a": 1}, null, true]), ""),
        (
            json!({"type": "array", "items": {"type": "object", "required": ["a"]}}),
            json!([{}]),
            "/0 must have required property 'a'",
        ),
        (json!({"type": "array", "contains": {"type": "number"}}), json!(["a"]), "must contain at least 1 valid item(s)"),
        (json!({"type": "array", "items": false}), json!([1]), "/0 boolean schema is false"),
        (json!({"type": "number", "multipleOf": 5}), json!(7), "must be multiple of 5"),
        (json!({"type": "number", "multipleOf": 0.5}), json!(7), ""),
        (json!({"type": "number", "enum": [1.0]}), json!(1), ""),
        (json!({"type": "string", "const": "a"}), json!("b"), "must be equal to constant"),
        (object(json!({"const": {"a": 1, "b": [0]}})), json!({"b": [-0.0], "a": 1.0}), ""),
        (object(json!({"required": ["a"]})), json!({}), "must have required property 'a'"),
        (object(json!({"required": ["a"]})), json!({"a": null}), ""),
        (object(json!({"properties": {"a": {"type": "number"}}})), json!({"a": "x"}), "/a must be number"),
        (object(json!({"properties": {"a": {"type": "number"}}})), json!({"a": null}), "/a must be number"),
        (object(json!({"properties": {"a": {"type": ["number", "null"]}}})), json!({"a": null}), ""),
        (object(json!({"properties": {"a": {"type": "integer"}}})), json!({"a": 1.5}), "/a must be integer"),
        (object(json!({"properties": {"a": {"type": "integer"}}})), json!({"a": 2.0}), ""),
        (
            object(json!({"properties": {"a": {"type": "object", "properties": {"b": {"maxLength": 1}}}}})),
            json!({"a": {"b": "xy"}}),
            "/a/b must NOT have more than 1 characters",
        ),
        (object(json!({"additionalProperties": {"type": "string"}})), json!({"a": 1}), "/a must be string"),
        (object(json!({"additionalProperties": false, "patternProperties": {"^x": {}}})), json!({"x1": 1}), ""),
        (
            object(json!({"additionalProperties": false, "patternProperties": {"^x": {}}})),
            json!({"y": 1}),
            "must NOT have additional properties",
        ),
        (object(json!({"patternProperties": {"^x": {"type": "number"}}})), json!({"x/1": "a"}), "/x~11 must be number"),
        (object(json!({"propertyNames": {"maxLength": 1}})), json!({"ab": 1}), "property name must be valid"),
        (object(json!({"minProperties": 1})), json!({}), "must NOT have fewer than 1 properties"),
        (object(json!({"maxProperties": 1})), json!({"a": 1, "b": 1}), "must NOT have more than 1 properties"),
        (json!({"anyOf": [{"type": "string"}, {"minimum": 5}]}), json!(4), "must match a schema in anyOf"),
        (json!({"oneOf": [{"minimum": 1}, {"minimum": 2}]}), json!(3), "must match exactly one schema in oneOf"),
        (json!({"allOf": [{"minimum": 1}, {"maximum": 2}]}), json!(3), "must be <= 2"),
        (json!({"type": "string", "not": {"const": "a"}}), json!("a"), "must NOT be valid"),
        (json!({"type": "string", "pattern": "^\\d+$"}), json!("١٢"), "must match pattern \"^\\d+$\""),
        (json!({"type": "string", "minimum": 5, "items": {}, "required": ["a"]}), json!("a"), ""),
    ]
}

#[test]
fn a_value_fits_or_the_reason_is_given() {
    let cases = [
        (json!({"type": "string"}), json!("a"), ""),
        (json!({"type": "string"}), json!(null), ""),
        (json!({"type": "string"}), json!(5), "must be string"),
        (json!({"type": "number"}), json!("5"), "must be number"),
        (json!({"type": "number"}), json!(-1.5), ""),
        (json!({"type": "boolean"}), json!(0), "must be boolean"),
        (json!({"type": "object"}), json!({"any": {"thing": 1}}), ""),
        (json!({"type": "object"}), json!([]), "must be object"),
        (json!({"type": "array"}), json!([1, "a"]), ""),
        (json!({"type": "array"}), json!({}), "must be array"),
        (json!({"type": "array", "items": {"type": "string"}}), json!(["a", 1]), "/1 must be string"),
        (json!({"type": "array", "items": {"type": "string"}}), json!([null]), "/0 must be string"),
        (json!({"type": "array", "maxItems": 1}), json!([1, 2]), "must NOT have more than 1 items"),
        (json!({"type": "array", "uniqueItems": true}), json!([1, 1]), "must NOT have duplicate items"),
        (json!({"type": "string", "format": "date-time"}), json!("2026-08-01T00:00:00Z"), ""),
        (json!({"type": "string", "format": "date-time"}), json!("2026-08-01T00:00:00.123+02:00"), ""),
        (json!({"type": "string", "format": "date-time"}), json!("2026-08-01"), "must match format \"date-time\""),
        (json!({"type": "string", "format": "date-time"}), json!("20260801T000000Z"), "must match format \"date-time\""),
        (json!({"type": "string", "format": "date-time"}), json!("2026-02-30T00:00:00Z"), "must match format \"date-time\""),
        (json!({"type": "string", "format": "url"}), json!("https://example.com/a"), ""),
        (json!({"type": "string", "format": "url"}), json!("example"), "must match format \"url\""),
        (json!({"type": "string", "format": "email"}), json!("mona@octo.org"), ""),
        (json!({"type": "string", "format": "email"}), json!("mona"), "must match format \"email\""),
        (json!({"type": "string", "format": "ipv4"}), json!("10.0.0.256"), "must match format \"ipv4\""),
        (json!({"type": "string", "format": "ipv6"}), json!("::1"), ""),
        (json!({"type": "string", "format": "yaml"}), json!(": ["), ""),
        (json!({"type": "string", "enum": ["a", "b"]}), json!("c"), "must be equal to one of the allowed values"),
        (json!({"type": "number", "minimum": 0, "maximum": 10}), json!(11), "must be <= 10"),
        (json!({"type": "number", "exclusiveMinimum": 0}), json!(0), "must be > 0"),
        (json!({"type": "string", "maxLength": 2}), json!("äöü"), "must NOT have more than 2 characters"),
        (json!({"type": "string", "pattern": "^a"}), json!("ba"), "must match pattern \"^a\""),
        (
            json!({"type": "object", "properties": {"a": {}}, "additionalProperties": false}),
            json!({"b": 1}),
            "must NOT have additional properties",
        ),
    ];
    for (schema, value, problem) in cases.into_iter().chain(more()) {
        let result = Property::compile(&schema, &mut Vec::new()).check(&value.to_string());
        assert_eq!(result.err().unwrap_or_default(), problem, "{schema} {value}");
    }
}

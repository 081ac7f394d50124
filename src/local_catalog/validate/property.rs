//! JSON Schema of properties: the keywords that the API allows in a blueprint, checked as ajv 8 does. Pure.
//!
//! Unknown keywords and formats have no effect, nor do keywords with a value of the wrong form.

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::format::Format;
use super::pattern::Pattern;

/// Compiled schema, of a property or a part of one.
#[derive(Debug)]
pub(crate) struct Property {
    /// Allowed types. All when empty.
    types: Vec<ValueType>,
    rules: Vec<Keyword>,
}

/// Type of JSON Schema.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum ValueType {
    String,
    Number,
    Integer,
    Boolean,
    Object,
    Array,
    Null,
}

/// Compiled keyword. It has no effect on values of other types.
#[derive(Debug)]
enum Keyword {
    /// `enum` and `const`: the allowed values in canonical form, and the message for others.
    OneOf(HashSet<String>, &'static str),
    /// Limit of a number, by its sign in the message: `<=`, `>=`, `<`, `>`.
    Bound(&'static str, f64),
    MultipleOf(f64),
    Count(CountSubject, CountLimit, u64),
    Pattern(Pattern),
    Format(Format),
    UniqueItems,
    Items(Box<Property>),
    Contains(Box<Property>),
    Required(Vec<String>),
    /// `properties`, `patternProperties` and `additionalProperties`.
    Members {
        named: Vec<(String, Property)>,
        matching: Vec<(Pattern, Property)>,
        others: OtherKeys,
    },
    Names(Box<Property>),
    AllOf(Vec<Property>),
    AnyOf(Vec<Property>),
    OneMatches(Vec<Property>),
    Not(Box<Property>),
    /// The schema `false`.
    Never,
}

/// Subject of a count.
#[derive(Clone, Copy, Debug, PartialEq)]
enum CountSubject {
    Characters,
    Items,
    Properties,
}

/// Direction of a limit.
#[derive(Clone, Copy, Debug, PartialEq)]
enum CountLimit {
    Least,
    Most,
}

/// Keys that no other keyword of their object covers.
#[derive(Debug)]
enum OtherKeys {
    Allowed,
    Refused,
    Of(Box<Property>),
}

impl ValueType {
    /// Types of a blueprint's property.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::of_schema(name).filter(|kind| !matches!(kind, Self::Integer | Self::Null))
    }

    fn of_schema(name: &str) -> Option<Self> {
        Some(match name {
            "string" => Self::String,
            "number" => Self::Number,
            "integer" => Self::Integer,
            "boolean" => Self::Boolean,
            "object" => Self::Object,
            "array" => Self::Array,
            "null" => Self::Null,
            _ => return None,
        })
    }

    fn name(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Number => "number",
            Self::Integer => "integer",
            Self::Boolean => "boolean",
            Self::Object => "object",
            Self::Array => "array",
            Self::Null => "null",
        }
    }

    /// Type of a JSON text, by its first character. Never `integer`.
    fn of_text(text: &str) -> Self {
        match text.as_bytes().first() {
            Some(b'"') => Self::String,
            Some(b'{') => Self::Object,
            Some(b'[') => Self::Array,
            Some(b't' | b'f') => Self::Boolean,
            Some(b'n') => Self::Null,
            _ => Self::Number,
        }
    }

    fn has(self, value: &Value) -> bool {
        match (self, value) {
            (Self::String, Value::String(_))
            | (Self::Number, Value::Number(_))
            | (Self::Boolean, Value::Bool(_))
            | (Self::Object, Value::Object(_))
            | (Self::Array, Value::Array(_))
            | (Self::Null, Value::Null) => true,
            (Self::Integer, Value::Number(number)) => number.as_f64().is_some_and(|number| number.fract() == 0.0),
            _ => false,
        }
    }
}

impl Property {
    /// Compiles a property's schema. Unusable parts, such as invalid patterns, have no effect and are added to `problems`.
    pub(crate) fn compile(schema: &Value, problems: &mut Vec<String>) -> Self {
        match schema {
            Value::Object(schema) => Self { types: types(schema), rules: Keyword::all_of(schema, problems) },
            Value::Bool(false) => Self { types: Vec::new(), rules: vec![Keyword::Never] },
            _ => Self { types: Vec::new(), rules: Vec::new() },
        }
    }

    /// Checks a value, given as JSON. Null unsets, so it always fits.
    ///
    /// # Errors
    /// Problem in the words of ajv, to follow the property's name.
    pub(crate) fn check(&self, text: &str) -> Result<(), String> {
        if text == "null" {
            return Ok(());
        }
        // Most properties have only a type, so their values are not parsed.
        if let ([kind], true) = (self.types.as_slice(), self.rules.is_empty())
            && *kind != ValueType::Integer
        {
            return if ValueType::of_text(text) == *kind { Ok(()) } else { Err(format!("must be {}", kind.name())) };
        }
        let value: Value = serde_json::from_str(text).map_err(|error| format!("cannot be read: {error}"))?;
        self.check_value(&value)
    }

    fn check_value(&self, value: &Value) -> Result<(), String> {
        if !self.types.is_empty() && !self.types.iter().any(|kind| kind.has(value)) {
            let names: Vec<&str> = self.types.iter().map(|kind| kind.name()).collect();
            return Err(format!("must be {}", names.join(",")));
        }
        self.rules.iter().try_for_each(|rule| rule.check(value))
    }

    fn fits(&self, value: &Value) -> bool {
        self.check_value(value).is_ok()
    }
}

fn types(schema: &Map<String, Value>) -> Vec<ValueType> {
    match schema.get("type") {
        Some(Value::String(name)) => ValueType::of_schema(name).into_iter().collect(),
        Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).filter_map(ValueType::of_schema).collect(),
        _ => Vec::new(),
    }
}

impl Keyword {
    /// Rules of a schema, in ajv's order.
    fn all_of(schema: &Map<String, Value>, problems: &mut Vec<String>) -> Vec<Self> {
        let mut rules = Vec::new();
        let number = |name: &str| schema.get(name).and_then(Value::as_f64);
        let count = |name: &str| schema.get(name).and_then(Value::as_f64).filter(|count| *count >= 0.0).map(|count| count as u64);
        if let Some(allowed) = schema.get("enum").and_then(Value::as_array) {
            rules.push(Self::OneOf(allowed.iter().map(canonical).collect(), "must be equal to one of the allowed values"));
        }
        if let Some(value) = schema.get("const") {
            rules.push(Self::OneOf([canonical(value)].into(), "must be equal to constant"));
        }
        for (name, sign) in [("maximum", "<="), ("minimum", ">="), ("exclusiveMaximum", "<"), ("exclusiveMinimum", ">")] {
            rules.extend(number(name).map(|limit| Self::Bound(sign, limit)));
        }
        rules.extend(number("multipleOf").filter(|divisor| *divisor > 0.0).map(Self::MultipleOf));
        for (name, counted, bound) in [
            ("maxLength", CountSubject::Characters, CountLimit::Most),
            ("minLength", CountSubject::Characters, CountLimit::Least),
            ("maxItems", CountSubject::Items, CountLimit::Most),
            ("minItems", CountSubject::Items, CountLimit::Least),
            ("maxProperties", CountSubject::Properties, CountLimit::Most),
            ("minProperties", CountSubject::Properties, CountLimit::Least),
        ] {
            rules.extend(count(name).map(|limit| Self::Count(counted, bound, limit)));
        }
        rules.extend(
            schema.get("pattern").and_then(Value::as_str).and_then(|source| pattern(source, problems)).map(Self::Pattern),
        );
        rules.extend(schema.get("format").and_then(Value::as_str).and_then(Format::named).map(Self::Format));
        if schema.get("uniqueItems") == Some(&Value::Bool(true)) {
            rules.push(Self::UniqueItems);
        }
        if let Some(Value::Array(names)) = schema.get("required") {
            rules.push(Self::Required(names.iter().filter_map(Value::as_str).map(str::to_owned).collect()));
        }
        let mut one = |name: &str| is_schema(schema.get(name)).map(|schema| Box::new(Property::compile(schema, problems)));
        rules.extend(one("items").map(Self::Items));
        rules.extend(one("contains").map(Self::Contains));
        rules.extend(one("propertyNames").map(Self::Names));
        rules.extend(one("not").map(Self::Not));
        rules.extend(Self::members(schema, problems));
        let mut several = |name: &str| {
            let schemas = schema.get(name).and_then(Value::as_array)?;
            Some(schemas.iter().map(|schema| Property::compile(schema, problems)).collect())
        };
        rules.extend(several("anyOf").map(Self::AnyOf));
        rules.extend(several("oneOf").map(Self::OneMatches));
        rules.extend(several("allOf").map(Self::AllOf));
        rules
    }

    fn members(schema: &Map<String, Value>, problems: &mut Vec<String>) -> Option<Self> {
        let part = |name: &str| schema.get(name).and_then(Value::as_object).into_iter().flatten();
        let named: Vec<_> =
            part("properties").map(|(name, schema)| (name.clone(), Property::compile(schema, problems))).collect();
        let matching = part("patternProperties").filter_map(|(source, schema)| {
            let schema = Property::compile(schema, problems);
            Some((pattern(source, problems)?, schema))
        });
        let matching: Vec<_> = matching.collect();
        let others = match schema.get("additionalProperties") {
            Some(Value::Bool(false)) => OtherKeys::Refused,
            Some(schema @ Value::Object(_)) => OtherKeys::Of(Box::new(Property::compile(schema, problems))),
            _ => OtherKeys::Allowed,
        };
        let restricts = !named.is_empty() || !matching.is_empty() || !matches!(others, OtherKeys::Allowed);
        restricts.then_some(Self::Members { named, matching, others })
    }

    fn check(&self, value: &Value) -> Result<(), String> {
        let refused = |message: &str| Err(message.to_owned());
        match (self, value) {
            (Self::Never, _) => refused("boolean schema is false"),
            (Self::OneOf(allowed, message), _) if !allowed.contains(&canonical(value)) => refused(message),
            (Self::Bound(sign, limit), Value::Number(number)) => {
                let number = number.as_f64().unwrap_or(f64::NAN);
                let holds = match *sign {
                    "<=" => number <= *limit,
                    ">=" => number >= *limit,
                    "<" => number < *limit,
                    _ => number > *limit,
                };
                if holds { Ok(()) } else { Err(format!("must be {sign} {limit}")) }
            }
            (Self::MultipleOf(divisor), Value::Number(number)) => {
                let quotient = number.as_f64().unwrap_or(f64::NAN) / divisor;
                // ajv compares with `parseInt`, which misreads exponents: from 1e21 on no number is a multiple.
                let is_multiple = quotient.fract() == 0.0 && quotient.abs() < 1e21;
                if is_multiple { Ok(()) } else { Err(format!("must be multiple of {divisor}")) }
            }
            (Self::Count(counted, bound, limit), _) => check_count(*counted, *bound, *limit, value),
            (Self::Pattern(pattern), Value::String(text)) if !pattern.is_match(text) => {
                Err(format!("must match pattern \"{}\"", pattern.source()))
            }
            (Self::Format(format), Value::String(text)) => format.check(text),
            (Self::UniqueItems, Value::Array(list)) => {
                let mut seen = HashSet::new();
                if list.iter().all(|item| seen.insert(canonical(item))) {
                    Ok(())
                } else {
                    refused("must NOT have duplicate items")
                }
            }
            (Self::Items(schema), Value::Array(list)) => {
                let check = |(index, item): (usize, &Value)| {
                    schema.check_value(item).map_err(|problem| below(&index.to_string(), &problem))
                };
                list.iter().enumerate().try_for_each(check)
            }
            (Self::Contains(schema), Value::Array(list)) if !list.iter().any(|item| schema.fits(item)) => {
                refused("must contain at least 1 valid item(s)")
            }
            (Self::Required(names), Value::Object(map)) => match names.iter().find(|name| !map.contains_key(*name)) {
                Some(name) => Err(format!("must have required property '{name}'")),
                None => Ok(()),
            },
            (Self::Members { named, matching, others }, Value::Object(map)) => check_members(named, matching, others, map),
            (Self::Names(schema), Value::Object(map)) => {
                let fits = |name: &String| schema.fits(&Value::String(name.clone()));
                if map.keys().all(fits) { Ok(()) } else { refused("property name must be valid") }
            }
            (Self::AllOf(schemas), _) => schemas.iter().try_for_each(|schema| schema.check_value(value)),
            (Self::AnyOf(schemas), _) if !schemas.iter().any(|schema| schema.fits(value)) => {
                refused("must match a schema in anyOf")
            }
            (Self::OneMatches(schemas), _) if schemas.iter().filter(|schema| schema.fits(value)).count() != 1 => {
                refused("must match exactly one schema in oneOf")
            }
            (Self::Not(schema), _) if schema.fits(value) => refused("must NOT be valid"),
            _ => Ok(()),
        }
    }
}

fn pattern(source: &str, problems: &mut Vec<String>) -> Option<Pattern> {
    Pattern::compile(source)
        .map_err(|problem| problems.push(format!("pattern \"{source}\" is not a regular expression: {problem}")))
        .ok()
}

fn is_schema(value: Option<&Value>) -> Option<&Value> {
    value.filter(|value| value.is_object() || value.is_boolean())
}

fn check_count(counted: CountSubject, bound: CountLimit, limit: u64, value: &Value) -> Result<(), String> {
    let (count, what) = match (counted, value) {
        (CountSubject::Characters, Value::String(text)) => (text.chars().count(), "characters"),
        (CountSubject::Items, Value::Array(list)) => (list.len(), "items"),
        (CountSubject::Properties, Value::Object(map)) => (map.len(), "properties"),
        _ => return Ok(()),
    };
    match bound {
        CountLimit::Least if (count as u64) < limit => Err(format!("must NOT have fewer than {limit} {what}")),
        CountLimit::Most if count as u64 > limit => Err(format!("must NOT have more than {limit} {what}")),
        _ => Ok(()),
    }
}

fn check_members(
    named: &[(String, Property)],
    matching: &[(Pattern, Property)],
    others: &OtherKeys,
    map: &Map<String, Value>,
) -> Result<(), String> {
    for (name, value) in map {
        let own = named.iter().find(|(known, _)| known == name).map(|(_, schema)| schema);
        let by_pattern = matching.iter().filter(|(pattern, _)| pattern.is_match(name)).map(|(_, schema)| schema);
        let mut schemas: Vec<&Property> = own.into_iter().chain(by_pattern).collect();
        if schemas.is_empty() {
            match others {
                OtherKeys::Allowed => {}
                OtherKeys::Refused => return Err("must NOT have additional properties".to_owned()),
                OtherKeys::Of(schema) => schemas.push(schema),
            }
        }
        schemas.into_iter().try_for_each(|schema| schema.check_value(value)).map_err(|problem| below(name, &problem))?;
    }
    Ok(())
}

/// Problem of a part, with its path: `/0/name must be string`.
fn below(part: &str, problem: &str) -> String {
    let part = part.replace('~', "~0").replace('/', "~1");
    if problem.starts_with('/') { format!("/{part}{problem}") } else { format!("/{part} {problem}") }
}

/// Text that is equal for values that are equal in JavaScript: keys sorted, numbers by value.
fn canonical(value: &Value) -> String {
    match value {
        // Adding zero turns negative zero into zero.
        Value::Number(number) => format!("{:?}", number.as_f64().unwrap_or(f64::NAN) + 0.0),
        Value::Array(list) => format!("[{}]", list.iter().map(canonical).collect::<Vec<_>>().join(",")),
        Value::Object(map) => {
            let mut members: Vec<(&String, &Value)> = map.iter().collect();
            members.sort_unstable_by_key(|(name, _)| *name);
            let member = |(name, value): (&String, &Value)| format!("{}:{}", Value::String(name.clone()), canonical(value));
            format!("{{{}}}", members.into_iter().map(member).collect::<Vec<_>>().join(","))
        }
        Value::Null | Value::Bool(_) | Value::String(_) => value.to_string(),
    }
}

#[cfg(test)]
mod tests;

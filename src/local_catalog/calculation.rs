//! Calculation properties: values that a blueprint computes of each entity with jq, as Port does when it answers.
//!
//! The input of an expression is the entity as the API answers it. What fails or gives nothing is null, and says why to whoever asks.

use std::collections::HashMap;

use jiff::Timestamp;
use rusqlite::Connection;
use serde_json::Value;

use super::error::ApiError;
use super::fields::{JsonFields, write_text};
use super::projection::{Projection, write_entity};
use super::storage::blueprints;
use super::storage::entities::{EntityRow, StoredNames};
use crate::door::stack::on_evaluation_stack;
use crate::mapping::program::{CompileOptions, Program, Run, Value as JqValue};
use crate::model::blueprint::Blueprint;

/// Name of the key of a blueprint.
const KEY: &str = "calculationProperties";

/// One calculated property of an entity.
#[derive(Clone, Debug, PartialEq)]
pub struct CalculatedProperty {
    /// Name of the property.
    pub name: String,
    /// The value; null when the expression gives nothing.
    pub value: Value,
    /// Why the expression failed or does not compile; none when it gave a value, null included.
    pub failure: Option<String>,
}

/// The expressions of a blueprint, compiled.
pub struct Calculator {
    programs: Vec<(String, Result<Program, String>)>,
}

impl Calculator {
    /// Compiles the expressions of a blueprint. Must run on a thread with the stack of an evaluation.
    pub fn compile(blueprint: &Blueprint) -> Self {
        let properties = blueprint.other.get(KEY).and_then(Value::as_object).into_iter().flatten();
        let programs = properties.map(|(name, property)| {
            let source = property.get("calculation").and_then(Value::as_str);
            let compiled = match source {
                None => Err("the blueprint has no `calculation` for it".to_owned()),
                Some(source) => Program::compile(source, &CompileOptions::default()).map_err(|errors| {
                    let first = errors.first().map(ToString::to_string);
                    format!("the calculation does not compile: {}", first.unwrap_or_default())
                }),
            };
            (name.clone(), compiled)
        });
        Self { programs: programs.collect() }
    }

    /// True when the blueprint calculates nothing.
    pub fn is_empty(&self) -> bool {
        self.programs.is_empty()
    }

    /// The values for an entity, in the order of the blueprint. Must run on a thread with the stack of an evaluation.
    pub fn values(&self, entity: &Value, now: Timestamp) -> Vec<CalculatedProperty> {
        let (input, run) = (JqValue::from_json(entity), Run::new(now));
        let value = |(name, program): &(String, Result<Program, String>)| {
            let given = program
                .as_ref()
                .map_err(Clone::clone)
                .and_then(|program| program.first(&input, &run).map_err(|failure| failure.to_string()));
            let (value, failure) = match given {
                Ok(value) => (value.map_or(Value::Null, |value| value.to_json()), None),
                Err(failure) => (Value::Null, Some(failure)),
            };
            CalculatedProperty { name: name.clone(), value, failure }
        };
        self.programs.iter().map(value).collect()
    }
}

/// Adds the calculated properties of entities to their properties. What fails is null.
pub(crate) fn calculate(
    connection: &Connection,
    names: &StoredNames,
    rows: &mut [EntityRow],
    now: Timestamp,
) -> Result<(), ApiError> {
    let mut calculating: HashMap<i64, Blueprint> = HashMap::new();
    for row in rows.iter() {
        if !calculating.contains_key(&row.blueprint)
            && let Some(stored) = blueprints::find(connection, names.blueprint(row.blueprint))?
        {
            calculating.insert(row.blueprint, stored.blueprint);
        }
    }
    calculating.retain(|_, blueprint| blueprint.other.get(KEY).and_then(Value::as_object).is_some_and(|all| !all.is_empty()));
    if calculating.is_empty() {
        return Ok(());
    }
    let work = || {
        let compiled = calculating.iter().map(|(number, blueprint)| (*number, Calculator::compile(blueprint)));
        let calculators: HashMap<i64, Calculator> = compiled.collect();
        for row in rows {
            if let Some(calculator) = calculators.get(&row.blueprint) {
                add(calculator, row, names, now);
            }
        }
    };
    on_evaluation_stack(work).map_err(|error| ApiError::internal(error.to_string()))
}

fn add(calculator: &Calculator, row: &mut EntityRow, names: &StoredNames, now: Timestamp) {
    let mut text = String::new();
    write_entity(&mut text, row, names, &Projection::default());
    // What is nested too deeply for the parser calculates as if there were nothing.
    let entity: Value = serde_json::from_str(&text).unwrap_or_default();
    let mut added = String::from("{");
    for (number, property) in calculator.values(&entity, now).into_iter().enumerate() {
        if number > 0 {
            added.push(',');
        }
        write_text(&mut added, &property.name);
        added.push(':');
        added.push_str(&property.value.to_string());
    }
    added.push('}');
    let merged = JsonFields::parse(&row.content.properties).and_then(|mut properties| {
        properties.merge(JsonFields::parse(&added)?);
        let mut text = String::new();
        properties.write(&mut text);
        Ok(text)
    });
    if let Ok(merged) = merged {
        row.content.properties = merged;
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_expression_sees_the_entity_and_what_fails_is_null_with_its_reason() {
        let blueprint: Blueprint = serde_json::from_value(json!({
            "identifier": "b",
            "calculationProperties": {
                "sum": {"type": "number", "calculation": ".properties.a + .properties.b"},
                "nothing": {"type": "number", "calculation": "empty"},
                "half": {"type": "number", "calculation": ".properties.a / .properties.zero"},
                "wrong": {"type": "number", "calculation": ".properties | nope"},
                "none": {"type": "number"},
                "who": {"type": "string", "calculation": ".identifier + \"@\" + .relations.r"},
            },
        }))
        .unwrap();
        let entity = json!({"identifier": "x", "properties": {"a": 1, "b": 2, "zero": 0}, "relations": {"r": "y"}});
        let values =
            on_evaluation_stack(|| Calculator::compile(&blueprint).values(&entity, "2026-11-01T00:00:00Z".parse().unwrap()));
        let shown: Vec<_> = values
            .unwrap()
            .into_iter()
            .map(|property| {
                (property.name, property.value, property.failure.map(|text| text.chars().take(30).collect::<String>()))
            })
            .collect();
        let of = |name: &str, value: Value, failure: Option<&str>| (name.to_owned(), value, failure.map(str::to_owned));
        assert_eq!(
            shown,
            [
                of("sum", json!(3), None),
                of("nothing", json!(null), None),
                of("half", json!(null), Some("number (1) and number (0) cann")),
                of("wrong", json!(null), Some("the calculation does not compi")),
                of("none", json!(null), Some("the blueprint has no `calculat")),
                of("who", json!("x@y"), None),
            ]
        );
    }
}

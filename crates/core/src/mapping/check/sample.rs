//! `type-mismatch` that only a sample shows: the entities of sample items against their blueprint.

use serde_json::Value;

use super::blueprint::types_of;
use super::infer::Types;
use crate::mapping::codes;
use crate::mapping::evaluate::CompiledResource;
use crate::mapping::file::{Named, Resource};
use crate::mapping::finding::Finding;
use crate::mapping::program::Run;
use crate::model::blueprint::Blueprint;
use crate::model::item::Batch;

/// Maps sample items and tells each property that gets a value of another type than its blueprint's, once, with the first
/// such value. `compiled` is what the resource compiles to.
pub fn check_sample(
    resource: &Resource,
    compiled: &CompiledResource,
    batch: &Batch,
    run: &Run,
    blueprints: &[Blueprint],
) -> Vec<Finding> {
    let mapped = compiled.map_batch(batch, run);
    let mut findings = Vec::new();
    for (name, expression) in resource
        .port
        .entity
        .mappings
        .properties
        .iter()
        .flat_map(|Named(all)| all)
    {
        let wrong = mapped
            .entities
            .iter()
            .zip(&mapped.lines)
            .find_map(|(entity, line)| {
                let blueprint = blueprints
                    .iter()
                    .find(|blueprint| blueprint.identifier == entity.blueprint)?;
                let wanted = blueprint
                    .schema
                    .properties
                    .get(name)?
                    .get("type")?
                    .as_str()?;
                let value = entity.properties.as_ref()?.get(name)?;
                let fits = value.is_null() || types_of(wanted)?.meets(type_of(value));
                (!fits).then(|| (wanted.to_owned(), value, line))
            });
        let Some((wanted, value, line)) = wrong else {
            continue;
        };
        let given = type_of(value).words();
        let message = format!(
            "the property `{name}` is of type {wanted}, but item {line} of the sample gives {given}"
        );
        let finding = Finding::error(codes::TYPE_MISMATCH, message)
            .at(expression.location())
            .label(short(value))
            .help("change the expression, or the property's type in the blueprint");
        findings.push(finding);
    }
    findings
}

fn type_of(value: &Value) -> Types {
    match value {
        Value::Null => Types::NULL,
        Value::Bool(_) => Types::BOOLEAN,
        Value::Number(_) => Types::NUMBER,
        Value::String(_) => Types::TEXT,
        Value::Array(_) => Types::LIST,
        Value::Object(_) => Types::OBJECT,
    }
}

/// The value, cut to what fits on a line.
fn short(value: &Value) -> String {
    let text = value.to_string();
    let cut: String = text.chars().take(40).collect();
    if cut.len() < text.len() {
        format!("{cut}…")
    } else {
        cut
    }
}

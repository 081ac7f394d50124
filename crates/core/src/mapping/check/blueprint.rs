//! Checks against the catalog's blueprints: `unknown-blueprint`, `unknown-property`, `unknown-relation`, `missing-required`
//! and `type-mismatch`.

use serde_json::Value;

use super::infer::Types;
use super::{Looked, Role, Subject};
use crate::mapping::codes;
use crate::mapping::evaluate::text_constant;
use crate::mapping::file::{Named, Template};
use crate::mapping::finding::{Finding, Location};
use crate::mapping::nearest::nearest;
use crate::model::blueprint::Blueprint;

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    let Some(blueprints) = subject.world.blueprints else {
        return;
    };
    let mappings = &subject.resource.port.entity.mappings;
    // A blueprint that depends on the item is not known here.
    let Some(name) = text_constant(&mappings.blueprint.text) else {
        return;
    };
    let Some(blueprint) = blueprints.iter().find(|blueprint| blueprint.identifier == name) else {
        let finding = Finding::error(codes::UNKNOWN_BLUEPRINT, format!("the catalog has no blueprint `{name}`"))
            .at(mappings.blueprint.location());
        let names = blueprints.iter().map(|blueprint| blueprint.identifier.as_str());
        findings.push(match nearest(&name, names) {
            Some(near) => finding.help(format!("did you mean `{near}`?")),
            None => finding.help("create it, or name one that is there"),
        });
        return;
    };
    for (name, expression) in mappings.properties.iter().flat_map(|Named(all)| all) {
        if !blueprint.schema.properties.contains_key(name) {
            let finding = unknown(codes::UNKNOWN_PROPERTY, "property", name, blueprint, expression.key_location());
            findings.push(finding.help(help("property", name, blueprint.schema.properties.keys())));
        }
    }
    for (name, template) in mappings.relations.iter().flat_map(|Named(all)| all) {
        if !blueprint.relations.contains_key(name) {
            let at = first_location(template).unwrap_or_else(|| mappings.blueprint.location());
            let finding = unknown(codes::UNKNOWN_RELATION, "relation", name, blueprint, at);
            findings.push(finding.help(help("relation", name, blueprint.relations.keys())));
        }
    }
    missing(subject, blueprint, findings);
    for looked in &subject.expressions {
        if let Role::Property(name) = looked.role
            && let Some(schema) = blueprint.schema.properties.get(name)
        {
            findings.extend(mismatch(looked, name, schema));
        }
    }
}

fn unknown(code: &'static str, what: &str, name: &str, blueprint: &Blueprint, at: Location) -> Finding {
    let message = format!("the blueprint `{}` has no {what} `{name}`", blueprint.identifier);
    Finding::error(code, message).at(at)
}

fn help<'a>(what: &str, name: &str, known: impl Iterator<Item = &'a String>) -> String {
    match nearest(name, known.map(String::as_str)) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("add the {what} to the blueprint, or remove it here; the catalog refuses entities with it"),
    }
}

fn first_location(template: &Template) -> Option<Location> {
    match template {
        Template::Expression(expression) => Some(expression.key_location()),
        Template::Object(Named(entries)) => entries.iter().find_map(|(_, value)| first_location(value)),
        Template::List(list) => list.iter().find_map(first_location),
    }
}

fn missing(subject: &Subject<'_>, blueprint: &Blueprint, findings: &mut Vec<Finding>) {
    let mappings = &subject.resource.port.entity.mappings;
    let mapped = |name: &str| mappings.properties.iter().flat_map(|Named(all)| all).any(|(mapped, _)| mapped == name);
    let related = |name: &str| mappings.relations.iter().flat_map(|Named(all)| all).any(|(mapped, _)| mapped == name);
    let required = blueprint.schema.required.iter().filter(|name| !mapped(name)).map(|name| ("property", name));
    let relations = blueprint.relations.keys().filter(|name| {
        let needed = blueprint.relation(name).is_some_and(|relation| relation.required);
        needed && !related(name)
    });
    for (what, name) in required.chain(relations.map(|name| ("relation", name))) {
        let message = format!("the blueprint `{}` requires the {what} `{name}`, which is not mapped", blueprint.identifier);
        let finding = Finding::error(codes::MISSING_REQUIRED, message)
            .at(mappings.blueprint.location())
            .help(format!("map `{name}`, or make it optional in the blueprint"));
        findings.push(finding);
    }
}

/// The types of the values that a property of that type holds; none for a type that is not known.
pub(super) fn types_of(property_type: &str) -> Option<Types> {
    Some(match property_type {
        "string" => Types::TEXT,
        "number" | "integer" => Types::NUMBER,
        "boolean" => Types::BOOLEAN,
        "array" => Types::LIST,
        "object" => Types::OBJECT,
        _ => return None,
    })
}

/// An expression that can only give what the property cannot hold.
fn mismatch(looked: &Looked<'_>, name: &str, schema: &Value) -> Option<Finding> {
    let wanted = schema.get("type").and_then(Value::as_str)?;
    let allowed = types_of(wanted)?;
    let output = &looked.inference.output;
    let given = output.types.without(Types::NULL);
    if given != Types::NOTHING && !given.meets(allowed) {
        let message = format!("the property `{name}` is of type {wanted}, but the expression gives {}", given.words());
        let finding = Finding::error(codes::TYPE_MISMATCH, message).at(looked.expression.location());
        return Some(match (wanted, given) {
            ("string", Types::NUMBER | Types::BOOLEAN) => finding.help("append `| tostring`"),
            ("number", Types::TEXT) => finding.help("append `| tonumber`"),
            ("number", Types::LIST) => finding.help("append `| add` or `| length`"),
            _ => finding.help("change the expression, or the property's type in the blueprint"),
        });
    }
    let format = schema.get("format").and_then(Value::as_str);
    if format == Some("date-time") && output.is_day {
        let message = format!("the property `{name}` is a date-time, but the expression gives a date");
        let text = &looked.expression.text;
        let finding = Finding::error(codes::TYPE_MISMATCH, message)
            .at(looked.expression.location())
            .help(format!("write `{text} + \"T00:00:00Z\"`"));
        return Some(finding);
    }
    None
}

//! Checks that the catalog's blueprints have everything that the mapping writes, as `pilotage validate` does.

use super::diagnosis::{DiagnosisBuilder, check};
use crate::door::stack::on_evaluation_stack;
use crate::kind;
use crate::mapping::check::{KnownKind, World, check as find};
use crate::mapping::codes;
use crate::mapping::evaluate::text_constant;
use crate::mapping::file::{Mapping, Resource};
use crate::mapping::finding::Finding;
use crate::model::blueprint::Blueprint;
use crate::model::diagnosis::{Check, ErrorName, MissingRequirement, Problem};

/// Reports for each blueprint of the mapping whether it exists and fits.
pub(super) fn report(mapping: &Mapping, existing: &[Blueprint], defaults: &[Blueprint], diagnosis: &mut DiagnosisBuilder) {
    let mut names: Vec<String> = Vec::new();
    for name in mapping.resources.iter().filter_map(blueprint_of) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    for name in names {
        let resources: Vec<&Resource> =
            mapping.resources.iter().filter(|resource| blueprint_of(resource).as_ref() == Some(&name)).collect();
        let mut kinds: Vec<&str> = resources.iter().map(|resource| resource.kind.text.as_str()).collect();
        kinds.dedup();
        let row = check("", format!("blueprint `{name}`"), kinds.join(", "));
        let is_there = existing.iter().any(|blueprint| blueprint.identifier == name);
        let default = defaults.iter().find(|blueprint| blueprint.identifier == name);
        let against = match (is_there, default) {
            (false, Some(default)) => std::slice::from_ref(default),
            _ => existing,
        };
        let only = Mapping { resources: resources.into_iter().cloned().collect(), ..mapping.clone() };
        let mapped = only.resources.iter().map(properties).sum::<usize>();
        let findings = findings(&only, against);
        let note = match is_there {
            true => format!("exists and has all that is mapped ({})", counted(mapped)),
            false => "does not exist yet; the first resync creates it".to_owned(),
        };
        if findings.is_empty() {
            diagnosis.check(Check { note: Some(note), ..row });
            continue;
        }
        diagnosis.problems(row, findings.iter().map(problem));
    }
}

fn counted(properties: usize) -> String {
    if properties == 1 { "1 property".to_owned() } else { format!("{properties} properties") }
}

pub(super) fn blueprint_of(resource: &Resource) -> Option<String> {
    text_constant(&resource.port.entity.mappings.blueprint.text)
}

fn properties(resource: &Resource) -> usize {
    resource.port.entity.mappings.properties.as_ref().map_or(0, |named| named.0.len())
}

/// Problems of blueprints. Runs on a thread with a stack for deep expressions; without one there are no findings.
fn findings(mapping: &Mapping, blueprints: &[Blueprint]) -> Vec<Finding> {
    let kinds: Vec<KnownKind<'_>> = kind::ALL
        .iter()
        .map(|kind| KnownKind {
            name: kind.name,
            aliases: kind.aliases,
            fields: kind.item_fields().collect(),
            selector: kind.selector_keys(),
        })
        .collect();
    let found = on_evaluation_stack(|| find(mapping, &World { kinds: &kinds, blueprints: Some(blueprints) })).unwrap_or_default();
    let about_blueprints = [
        codes::UNKNOWN_BLUEPRINT,
        codes::UNKNOWN_PROPERTY,
        codes::UNKNOWN_RELATION,
        codes::MISSING_REQUIRED,
        codes::TYPE_MISMATCH,
    ];
    found.into_iter().filter(|finding| about_blueprints.contains(&finding.code)).collect()
}

fn problem(finding: &Finding) -> Problem {
    let missing =
        if finding.code == codes::UNKNOWN_BLUEPRINT { MissingRequirement::Blueprint } else { MissingRequirement::Property };
    let place = finding.location.as_ref().map(|location| match location.line {
        Some(line) => format!("{}:{line}, {}", location.file, location.path),
        None => location.path.clone(),
    });
    let remedy = finding.help.as_deref().unwrap_or("change the blueprint or the mapping so that they agree");
    Problem { place, ..Problem::new(ErrorName::InvalidBlueprint, missing, &finding.message, remedy) }
}

//! Finds blueprints that would hold an enterprise and its organizations. A resync refuses them in the same words.

use super::ExaminedSource;
use super::blueprints::blueprint_of;
use super::diagnosis::{DiagnosisBuilder, check};
use super::github::wants_organizations;
use crate::kind::levels::{MixedLevels, mixed};
use crate::mapping::file::Mapping;
use crate::model::diagnosis::{ErrorName, MissingRequirement, Problem};

/// Reports the blueprints that would hold both levels.
pub(super) fn report(sources: &[ExaminedSource<'_>], mapping: &Mapping, diagnosis: &mut DiagnosisBuilder) {
    let given: Vec<(&str, String)> =
        mapping.resources.iter().filter_map(|resource| Some((resource.kind.text.as_str(), blueprint_of(resource)?))).collect();
    let given: Vec<(&str, &str)> = given.iter().map(|(kind, blueprint)| (*kind, blueprint.as_str())).collect();
    for source in sources {
        let Some(enterprise) = source.enterprises.first() else { continue };
        let Some(other) = sources.iter().find(|other| other.address == source.address && wants_organizations(other)) else {
            continue;
        };
        let organizations = match other.organizations {
            [] => "the organizations that the credential sees".to_owned(),
            names => format!("organizations {}", names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")),
        };
        for mixed in mixed(&given) {
            let problem = Problem {
                error: ErrorName::InvalidSettings,
                missing: MissingRequirement::Setting,
                scope: String::new(),
                summary: mixed.sentence(enterprise, &organizations),
                said: None,
                place: None,
                remedy: MixedLevels::REMEDY.to_owned(),
                page: None,
                curl: None,
                is_needed: true,
            };
            diagnosis.problem(check("", "one level in each blueprint", mixed.blueprint.clone()), problem);
        }
    }
}

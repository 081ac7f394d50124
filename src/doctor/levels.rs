//! Finds blueprints that would hold an enterprise and its organizations. A resync refuses them in the same words.

use super::ExaminedSource;
use super::blueprints::blueprint_of;
use super::diagnosis::{DiagnosisBuilder, check};
use super::github::wants_organizations;
use crate::github::selection::is_pattern;
use crate::kind::levels::{LevelsOfHost, MixedLevels, mixed_of_hosts};
use crate::mapping::file::Mapping;
use crate::model::diagnosis::Problem;

/// Reports the blueprints that would hold both levels.
pub(super) fn report(sources: &[ExaminedSource<'_>], mapping: &Mapping, diagnosis: &mut DiagnosisBuilder) {
    let given: Vec<(&str, String)> =
        mapping.resources.iter().filter_map(|resource| Some((resource.kind.text.as_str(), blueprint_of(resource)?))).collect();
    let given: Vec<(&str, &str)> = given.iter().map(|(kind, blueprint)| (*kind, blueprint.as_str())).collect();
    let addresses: Vec<String> = sources.iter().map(|source| source.github.host()).collect();
    let read = sources.iter().zip(&addresses).map(|(source, address)| LevelsOfHost {
        host: address,
        enterprise: source.enterprises.first().map(String::as_str),
        organizations: wants_organizations(source).then_some(source.organizations),
        has_list: source.organizations.is_empty() || source.organizations.iter().any(|name| is_pattern(name)),
    });
    for (blueprint, summary) in mixed_of_hosts(&read.collect::<Vec<_>>(), &given) {
        let problem = Problem::of_setting(summary, MixedLevels::REMEDY);
        diagnosis.problem(check("", "one level in each blueprint", blueprint), problem);
    }
}

//! Everything that can be said about a mapping without a resync: what `pilotage validate` prints and the mapping page marks.

use super::run_at;
use super::sample::{SampleError, Sampler};
use crate::kind;
use crate::mapping::check::{self, KnownKind, Survival, World, check_sample, survival, trial, with_sampled};
use crate::mapping::evaluate::CompiledMapping;
use crate::mapping::file::Mapping;
use crate::mapping::finding::{Finding, Severity, in_reading_order};
use crate::mapping::fix::{self, Fixed};
use crate::mapping::program::CompileOptions;
use crate::mapping::{codes, ignore};
use crate::model::blueprint::Blueprint;

/// Sample items that each resource is tried on: all that a small organization has in a month.
const SAMPLED_ITEMS: usize = 500;

/// Blueprints that mappings are checked against.
#[derive(Clone, Debug)]
pub struct KnownBlueprints {
    /// The blueprints.
    pub blueprints: Vec<Blueprint>,
    /// True for the built-in ones, which nobody named: the catalog may have others.
    pub are_bundled: bool,
}

/// Findings of one mapping, in the order of its text. Needs the stack of an evaluation.
///
/// # Errors
/// When there is no sample to try the mapping on.
pub fn findings(
    text: &str,
    name: &str,
    options: &CompileOptions,
    known: &KnownBlueprints,
    sampler: &Sampler,
) -> Result<Vec<Finding>, SampleError> {
    let kinds = kinds();
    let world = World { kinds: &kinds, blueprints: Some(&known.blueprints) };
    let (mapping, mut findings) = check::validate(text, name, options, &world);
    if let Some(mapping) = &mapping {
        findings = with_sampled(findings, sampled(mapping, options, &world, known, sampler)?);
    }
    soften(known, &mut findings);
    findings = ignore::apply(text, name, findings);
    in_reading_order(&mut findings);
    Ok(findings)
}

/// Makes the changes that findings are certain of, and leaves every other byte of the text alone. Needs the stack of an evaluation.
pub fn fixed(text: &str, name: &str, options: &CompileOptions, known: &KnownBlueprints) -> Fixed {
    fix::fixed(text, |text| findings_of_text(text, name, options, known))
}

/// Findings of the text alone. Findings of a sample have no certain change.
fn findings_of_text(text: &str, name: &str, options: &CompileOptions, known: &KnownBlueprints) -> Vec<Finding> {
    let kinds = kinds();
    let world = World { kinds: &kinds, blueprints: Some(&known.blueprints) };
    let mut findings = check::validate(text, name, options, &world).1;
    soften(known, &mut findings);
    // Whether a comment ignores something shows with a sample only.
    let ignored = ignore::apply(text, name, findings);
    ignored.into_iter().filter(|finding| finding.code != codes::UNUSED_IGNORE).collect()
}

/// All kinds, as mappings are checked against them.
fn kinds() -> Vec<KnownKind<'static>> {
    let known = |kind: &'static kind::Kind| KnownKind {
        name: kind.name,
        aliases: kind.aliases,
        fields: kind.item_fields().collect(),
        selector: kind.selector_keys(),
    };
    kind::ALL.iter().map(known).collect()
}

/// The bundled blueprints are not all that a catalog may have, so an unknown one is no error.
fn soften(known: &KnownBlueprints, findings: &mut [Finding]) {
    let unknown = findings.iter_mut().filter(|finding| known.are_bundled && finding.code == codes::UNKNOWN_BLUEPRINT);
    for finding in unknown {
        let is_misspelt = finding.help.as_ref().is_some_and(|help| help.starts_with("did you mean"));
        finding.severity = if is_misspelt { Severity::Warning } else { Severity::Note };
        finding.message = "the blueprint is none of the bundled ones, so nothing is checked against it".to_owned();
        let misspelt = finding.help.take().filter(|_| is_misspelt).map(|help| format!("{help} or ")).unwrap_or_default();
        finding.help = Some(format!("{misspelt}check against your own: `--blueprints PATH`, or `--catalog`"));
    }
}

/// Findings that need items: each resource is tried on items of a simulated GitHub.
fn sampled(
    mapping: &Mapping,
    options: &CompileOptions,
    world: &World<'_>,
    known: &KnownBlueprints,
    sampler: &Sampler,
) -> Result<Vec<Finding>, SampleError> {
    let compiled = CompiledMapping::compile(mapping, options);
    let run = run_at(sampler.now());
    let mut findings = Vec::new();
    let (mut left_out, mut has_any) = (Vec::new(), false);
    for (resource, compiled) in mapping.resources.iter().zip(compiled.resources()) {
        let Some(kind) = kind::find(&resource.kind.text) else { continue };
        let batches = sampler.batches(kind, SAMPLED_ITEMS)?;
        if let Some(kind) = world.kinds.iter().find(|known| known.name == kind.name) {
            findings.extend(trial(resource, compiled, kind, &batches, &run));
        }
        findings.extend(check_sample(resource, compiled, &batches, &run, &known.blueprints));
        match survival(resource, compiled, &batches, &run) {
            Survival::Some => has_any = true,
            Survival::Never(finding) => findings.push(finding),
            Survival::LeftOut { finding, depends_on_items } => {
                has_any |= depends_on_items;
                left_out.push(finding);
            }
        }
    }
    if !has_any {
        // Nothing is left of the whole mapping, and no other items would change that.
        left_out.iter_mut().for_each(|finding| finding.severity = Severity::Error);
    }
    findings.extend(left_out);
    Ok(findings)
}

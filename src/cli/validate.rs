//! `pilotage validate`: everything that can be said about mappings without a resync.
//!
//! | file | subject |
//! | --- | --- |
//! | `blueprints` | what mappings are checked against |
//! | `fixing` | `--fix`: the changes that are certain |
//! | `page` | `--explain`: the page about findings |

mod blueprints;
mod fixing;
mod page;

use std::path::Path;

pub(super) use self::blueprints::Known;
use super::bundled;
use super::console::{self, Written};
use super::failure::{Failure, exit};
use super::flags::{FindingFormat, ValidateFlags};
use super::mapping_file::{check_name, compile_options, read_bytes, run_at};
use super::process::Process;
use crate::authoring::sample::Sampler;
use crate::door::stack::on_evaluation_stack;
use crate::kind;
use crate::mapping;
use crate::mapping::check::{self, KnownKind, Survival, World, check_sample, survival, trial, with_sampled};
use crate::mapping::evaluate::CompiledMapping;
use crate::mapping::file::Mapping;
use crate::mapping::finding::{Finding, Severity, in_reading_order};
use crate::mapping::program::CompileOptions;
use crate::mapping::{codes, encoding, ignore};
use crate::render;

/// Sample items that each resource is tried on: all that a small organization has in a month.
const SAMPLED_ITEMS: usize = 500;

/// A file to look at: its text, or why it has none.
struct Source {
    name: String,
    text: Result<String, Box<Finding>>,
}

pub(super) fn run(process: &Process, flags: &ValidateFlags) -> Result<u8, Failure> {
    if let Some(code) = &flags.explain {
        return page::explain(code);
    }
    let options = compile_options(process)?;
    let known = blueprints::blueprints(process, flags)?;
    let files: Vec<Option<&Path>> = match flags.files.as_slice() {
        [] => vec![None],
        files => files.iter().map(|file| Some(file.as_path())).collect(),
    };
    let mut sources = files.iter().map(|file| source(*file)).collect::<Result<Vec<_>, _>>()?;
    if flags.fix {
        let each = files.iter().zip(&mut sources);
        each.into_iter().try_for_each(|(file, source)| fixing::fix(*file, source, flags.diff, &options, &known))?;
        if flags.diff {
            return Ok(exit::DONE);
        }
    }
    let findings = on_evaluation_stack(|| {
        let sampler = Sampler::new()?;
        let each = |source: &Source| match &source.text {
            Ok(text) => findings(text, &source.name, &options, &known, &sampler),
            Err(finding) => Ok(vec![(**finding).clone()]),
        };
        sources.iter().map(each).collect::<Result<Vec<_>, Failure>>()
    })??;
    let findings = findings.concat();
    let names: Vec<&str> = sources.iter().map(|source| source.name.as_str()).collect();
    let (written, text) = match flags.output {
        FindingFormat::Text => (Written::Page, render::finding::report(&names, &findings)),
        FindingFormat::Json => (Written::Json, format!("{:#}\n", render::finding::json(&findings))),
        FindingFormat::Sarif => {
            (Written::Json, format!("{:#}\n", render::finding::sarif::log(&findings, env!("CARGO_PKG_VERSION"))))
        }
        FindingFormat::Github => (Written::Commands, render::finding::github::annotations(&findings)),
    };
    console::data(written, &text)?;
    let least = if flags.deny_warnings { Severity::Warning } else { Severity::Error };
    let is_wrong = findings.iter().any(|finding| finding.severity >= least);
    Ok(if is_wrong { exit::WRONG } else { exit::DONE })
}

fn source(file: Option<&Path>) -> Result<Source, Failure> {
    let Some(file) = file else {
        return Ok(Source { name: bundled::MAPPING_NAME.to_owned(), text: Ok(bundled::MAPPING.to_owned()) });
    };
    if let Some(bundled) = mapping::bundled::at(file) {
        return Ok(Source { name: bundled.file.to_owned(), text: Ok(bundled.text.to_owned()) });
    }
    check_name(file)?;
    let name = file.display().to_string();
    let text = encoding::text(&read_bytes(file)?, &name);
    Ok(Source { name, text })
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

/// Findings of one mapping, in the order of its text.
pub(super) fn findings(
    text: &str,
    name: &str,
    options: &CompileOptions,
    known: &Known,
    sampler: &Sampler,
) -> Result<Vec<Finding>, Failure> {
    let kinds = kinds();
    let world = World { kinds: &kinds, blueprints: Some(&known.blueprints) };
    let (mapping, mut findings) = check::validate(text, name, options, &world);
    if let Some(mapping) = &mapping {
        findings = with_sampled(findings, sampled(mapping, options, &world, known, sampler)?);
    }
    if known.bundled {
        findings.iter_mut().filter(|finding| finding.code == codes::UNKNOWN_BLUEPRINT).for_each(blueprints::soften);
    }
    findings = ignore::apply(text, name, findings);
    in_reading_order(&mut findings);
    Ok(findings)
}

/// Findings that need items: each resource is tried on items of a simulated GitHub.
fn sampled(
    mapping: &Mapping,
    options: &CompileOptions,
    world: &World<'_>,
    known: &Known,
    sampler: &Sampler,
) -> Result<Vec<Finding>, Failure> {
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

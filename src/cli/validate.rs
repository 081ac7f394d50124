//! `pilotage validate`: everything that can be said about mappings without a resync.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::console::{self, Written};
use super::failure::{Failure, exit};
use super::flags::{FindingFormat, ValidateFlags};
use super::mapping_file::{compile_options, read_mapping_text, read_text, run_at};
use super::network::open_network;
use super::open_catalog::{catalog_failure, open_catalog};
use super::process::Process;
use super::{bundled, on_runtime};
use crate::authoring::sample::Sampler;
use crate::door::stack::on_evaluation_stack;
use crate::kind;
use crate::mapping::check::{self, KnownKind, Survival, World, check_sample, survival};
use crate::mapping::codes;
use crate::mapping::evaluate::CompiledMapping;
use crate::mapping::file::Mapping;
use crate::mapping::finding::{Finding, Severity, in_reading_order};
use crate::mapping::program::CompileOptions;
use crate::model::blueprint::Blueprint;
use crate::reconcile::outcome::Mode;
use crate::render;

/// Sample items that each resource is tried on.
const SAMPLED_ITEMS: usize = 3;

/// Sample items that a resource is tried on of which the first few gave nothing: a selector may look for what is rare.
const SAMPLED_ITEMS_AT_MOST: usize = 500;

/// What mappings are checked against.
pub(super) struct Known {
    pub(super) blueprints: Vec<Blueprint>,
    /// Whether nobody named them, so that the catalog may well have others.
    pub(super) bundled: bool,
}

pub(super) fn run(process: &Process, flags: &ValidateFlags) -> Result<u8, Failure> {
    let options = compile_options(process)?;
    let known = blueprints(process, flags)?;
    let files: Vec<Option<&Path>> = match flags.files.as_slice() {
        [] => vec![None],
        files => files.iter().map(|file| Some(file.as_path())).collect(),
    };
    let texts = files.into_iter().map(read_mapping_text).collect::<Result<Vec<_>, _>>()?;
    let findings = on_evaluation_stack(|| {
        let sampler = Sampler::new()?;
        let each = |(text, name): &(String, String)| findings(text, name, &options, &known, &sampler);
        texts.iter().map(each).collect::<Result<Vec<_>, Failure>>()
    })??;
    let findings = findings.concat();
    let names: Vec<&str> = texts.iter().map(|(_, name)| name.as_str()).collect();
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

/// What is to be said about one mapping, in the order of its text.
pub(super) fn findings(
    text: &str,
    name: &str,
    options: &CompileOptions,
    known: &Known,
    sampler: &Sampler,
) -> Result<Vec<Finding>, Failure> {
    let kinds = kind::ALL.iter();
    let kinds = kinds.map(|kind| KnownKind {
        name: kind.name,
        aliases: kind.aliases,
        fields: kind.item_fields().collect(),
        selector: kind.selector_keys(),
    });
    let kinds: Vec<_> = kinds.collect();
    let world = World { kinds: &kinds, blueprints: Some(&known.blueprints) };
    let (mapping, mut findings) = check::validate(text, name, options, &world);
    if let Some(mapping) = &mapping {
        for finding in sampled(mapping, options, known, sampler)? {
            let is_known = |other: &Finding| other.code == finding.code && other.path() == finding.path();
            if !findings.iter().any(is_known) {
                findings.push(finding);
            }
        }
        in_reading_order(&mut findings);
    }
    if known.bundled {
        findings.iter_mut().filter(|finding| finding.code == codes::UNKNOWN_BLUEPRINT).for_each(soften);
    }
    Ok(findings)
}

/// What only shows when items are mapped: each resource is tried on a few items of a simulated GitHub.
fn sampled(mapping: &Mapping, options: &CompileOptions, known: &Known, sampler: &Sampler) -> Result<Vec<Finding>, Failure> {
    let compiled = CompiledMapping::compile(mapping, options);
    let run = run_at(sampler.now());
    let mut findings = Vec::new();
    let (mut left_out, mut has_any) = (Vec::new(), false);
    for (resource, compiled) in mapping.resources.iter().zip(compiled.resources()) {
        let Some(kind) = kind::find(&resource.kind.text) else { continue };
        let few = sampler.batches(kind, SAMPLED_ITEMS)?;
        for batch in &few {
            findings.extend(check_sample(resource, compiled, batch, &run, &known.blueprints));
        }
        let survives = match survival(resource, compiled, &few, &run) {
            Survival::LeftOut { .. } => survival(resource, compiled, &sampler.batches(kind, SAMPLED_ITEMS_AT_MOST)?, &run),
            survives => survives,
        };
        match survives {
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

/// The bundled blueprints are not all that a catalog may have.
fn soften(finding: &mut Finding) {
    let is_misspelt = finding.help.as_ref().is_some_and(|help| help.starts_with("did you mean"));
    finding.severity = if is_misspelt { Severity::Warning } else { Severity::Note };
    finding.message = "the blueprint is none of the bundled ones, so nothing is checked against it".to_owned();
    let misspelt = finding.help.take().filter(|_| is_misspelt).map(|help| format!("{help} or ")).unwrap_or_default();
    finding.help = Some(format!("{misspelt}check against your own: `--blueprints PATH`, or `--catalog`"));
}

fn blueprints(process: &Process, flags: &ValidateFlags) -> Result<Known, Failure> {
    let (blueprints, bundled) = match &flags.blueprints {
        _ if flags.catalog => (catalog_blueprints(process)?, false),
        Some(path) => (read_blueprints(path)?, false),
        None => (bundled::blueprints()?, true),
    };
    Ok(Known { blueprints, bundled })
}

fn catalog_blueprints(process: &Process) -> Result<Vec<Blueprint>, Failure> {
    on_runtime(process, async {
        let settings = process.settings(process.common.overrides(None, false))?;
        let network = open_network(&settings)?;
        let (catalog, _embedded, destination) = open_catalog(process, &settings, &network, Mode::Plan)?;
        let blueprints = catalog.blueprints().await.map_err(|error| catalog_failure(exit::FAILED, &error))?;
        if blueprints.is_empty() {
            let failure = Failure::wrong(format!("{destination} has no blueprint to check against"));
            return Err(failure.help("a resync creates the bundled ones; without --catalog, those are checked against"));
        }
        Ok(blueprints)
    })
}

/// The blueprints of a JSON file, or of each `*.json` in a folder.
fn read_blueprints(path: &Path) -> Result<Vec<Blueprint>, Failure> {
    if !path.is_dir() {
        return read_blueprint_file(path);
    }
    let cannot = |error: std::io::Error| Failure::wrong(format!("cannot read the folder `{}`: {error}", path.display()));
    let entries = std::fs::read_dir(path).map_err(cannot)?;
    let files = entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<PathBuf>, _>>().map_err(cannot)?;
    let mut files: Vec<_> = files.into_iter().filter(|file| file.extension().is_some_and(|end| end == "json")).collect();
    files.sort();
    if files.is_empty() {
        return Err(Failure::wrong(format!("there is no blueprint in `{}`: no file ends in .json", path.display())));
    }
    let blueprints = files.iter().map(|file| read_blueprint_file(file)).collect::<Result<Vec<_>, _>>()?;
    Ok(blueprints.concat())
}

/// One blueprint, a list of them, or the catalog's own answer `{"blueprints": [..]}`.
fn read_blueprint_file(file: &Path) -> Result<Vec<Blueprint>, Failure> {
    let text = read_text(file)?;
    let wrong = |error: serde_json::Error| {
        Failure::wrong(format!("`{}` holds no blueprint: {error}", file.display()))
            .help("a blueprint is what the catalog exports: an object with `identifier` and `schema`, or a list of them")
    };
    let mut json: Value = serde_json::from_str(&text).map_err(wrong)?;
    if let Some(list) = json.get_mut("blueprints").map(Value::take) {
        json = list;
    }
    match json {
        Value::Array(list) => list.into_iter().map(serde_json::from_value).collect::<Result<_, _>>().map_err(wrong),
        one => serde_json::from_value(one).map(|blueprint| vec![blueprint]).map_err(wrong),
    }
}

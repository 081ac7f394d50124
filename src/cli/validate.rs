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

use super::bundled;
use super::console::{self, Written};
use super::failure::{Failure, exit};
use super::flags::{FindingFormat, ValidateFlags};
use super::mapping_file::{check_name, compile_options, read_bytes};
use super::process::Process;
use crate::authoring::findings::findings;
use crate::authoring::sample::Sampler;
use crate::door::stack::on_evaluation_stack;
use crate::mapping;
use crate::mapping::encoding;
use crate::mapping::finding::{Finding, Severity};
use crate::render;

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
            Ok(text) => Ok(findings(text, &source.name, &options, &known, &sampler)?),
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

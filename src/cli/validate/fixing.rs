//! `validate --fix`: makes the changes that findings are certain of, and leaves every other byte of the file alone.

use std::path::Path;

use super::Source;
use crate::authoring::findings::{KnownBlueprints, fixed};
use crate::cli::console::{self, Written, talk};
use crate::cli::failure::Failure;
use crate::cli::mapping_file::is_stdin;
use crate::door::stack::on_evaluation_stack;
use crate::mapping::fix::Fixed;
use crate::mapping::program::CompileOptions;
use crate::render::difference;

/// Changes one file, or shows the changes.
pub(super) fn fix(
    file: Option<&Path>,
    source: &mut Source,
    is_shown: bool,
    options: &CompileOptions,
    known: &KnownBlueprints,
) -> Result<(), Failure> {
    let file = file.filter(|file| !is_stdin(file)).ok_or_else(|| {
        Failure::wrong("--fix changes files, and there is none")
            .help("name the mapping file: `pilotage validate copilot.yaml --fix`")
    })?;
    // A file in another encoding has a finding of its own.
    let Ok(text) = &source.text else { return Ok(()) };
    let name = source.name.as_str();
    let Fixed { text: changed, gone } = on_evaluation_stack(|| fixed(text, name, options, known))?;
    if is_shown {
        console::data(Written::Page, &difference::unified((name, text), (name, &changed)))?;
        return Ok(());
    }
    if gone.is_empty() {
        return Ok(());
    }
    let cannot = |error: std::io::Error| Failure::failed(format!("cannot write `{}`: {error}", file.display()));
    std::fs::write(file, &changed).map_err(cannot)?;
    for finding in &gone {
        let line =
            finding.location.as_ref().and_then(|location| location.line).map(|line| format!(":{line}")).unwrap_or_default();
        talk(&format!("fixed {name}{line}: {} [{}]", finding.message, finding.code));
    }
    source.text = Ok(changed);
    Ok(())
}

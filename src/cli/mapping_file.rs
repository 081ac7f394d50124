//! A mapping for the commands that work offline: read, compiled, its mistakes printed.

use std::io::Read;
use std::path::Path;

use super::bundled;
use super::console::tell_findings;
use super::failure::Failure;
use super::process::Process;
use crate::kind;
use crate::mapping;
use crate::mapping::encoding;
use crate::mapping::evaluate::{CompiledMapping, CompiledResource};
use crate::mapping::file::Mapping;
use crate::mapping::program::CompileOptions;

/// Stands for a file's name where stdin is read.
const STDIN: &str = "-";

/// Options of expressions, from the settings: the same as in a resync.
pub(super) fn compile_options(process: &Process) -> Result<CompileOptions, Failure> {
    let settings = process.settings(process.common.overrides(None, false))?;
    Ok(CompileOptions { environment: settings.jq_environment, ..CompileOptions::default() })
}

/// The bytes of a file, or of stdin when it is `-`.
pub(super) fn read_bytes(file: &Path) -> Result<Vec<u8>, Failure> {
    let read = || {
        if !is_stdin(file) {
            return std::fs::read(file);
        }
        let mut bytes = Vec::new();
        std::io::stdin().lock().read_to_end(&mut bytes).map(|_| bytes)
    };
    read().map_err(|error| Failure::wrong(format!("cannot read `{}`: {error}", file.display())))
}

/// The text of a file, or of stdin when it is `-`.
pub(super) fn read_text(file: &Path) -> Result<String, Failure> {
    let name = file.display().to_string();
    encoding::text(&read_bytes(file)?, &name).map_err(|finding| {
        let place = finding.location.as_ref().and_then(|location| Some(format!(":{}:{}", location.line?, location.column?)));
        let failure = Failure::wrong(format!("cannot read `{name}{}`: {}", place.unwrap_or_default(), finding.message));
        finding.help.into_iter().fold(failure, Failure::help)
    })
}

/// True when the name of a file stands for stdin.
pub(super) fn is_stdin(file: &Path) -> bool {
    file.as_os_str() == STDIN
}

/// The text of a mapping and its name in messages: of a file, or of the bundled mapping of that name, else of the default one.
pub(super) fn read_mapping_text(file: Option<&Path>) -> Result<(String, String), Failure> {
    let Some(file) = file else { return Ok((bundled::MAPPING.to_owned(), bundled::MAPPING_NAME.to_owned())) };
    if let Some(bundled) = mapping::bundled::at(file) {
        return Ok((bundled.text.to_owned(), bundled.file.to_owned()));
    }
    check_name(file)?;
    Ok((read_text(file)?, file.display().to_string()))
}

/// Checks that a word is not a misspelt name of a bundled mapping.
pub(super) fn check_name(file: &Path) -> Result<(), Failure> {
    match mapping::bundled::remedy(file).filter(|_| !is_stdin(file) && !file.exists()) {
        Some(remedy) => Err(Failure::wrong(format!("there is no mapping `{}`", file.display())).help(remedy)),
        None => Ok(()),
    }
}

/// Reads and compiles a mapping, and says on stderr what is wrong with it. Needs the stack of an evaluation.
pub(super) fn load(text: &str, name: &str, options: &CompileOptions) -> Result<CompiledMapping, Failure> {
    let (mapping, findings) = Mapping::read(text, name);
    tell_findings(&findings);
    let mapping = mapping.ok_or_else(|| {
        Failure::wrong(format!("{name} cannot be used")).help("correct what is named above; `pilotage validate` checks more")
    })?;
    let compiled = CompiledMapping::compile(&mapping, options);
    tell_findings(compiled.findings());
    Ok(compiled)
}

/// The resources of a kind, whichever of its names the mapping uses.
pub(super) fn of_kind<'a>(mapping: &'a CompiledMapping, kind: &str) -> Vec<&'a CompiledResource> {
    mapping.resources().iter().filter(|resource| same_kind(resource.kind(), kind)).collect()
}

/// True when two names mean the same kind.
pub(super) fn same_kind(one: &str, other: &str) -> bool {
    one == other || kind::find(one).is_some_and(|kind| kind::find(other) == Some(kind))
}

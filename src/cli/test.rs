//! `pilotage test`: the cases that stand beside a mapping.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde_json::Value;

use super::console;
use super::failure::{Failure, exit};
use super::flags::{TestFlags, TextOrJson};
use super::mapping_file::{compile_options, load, of_kind, read_text, same_kind};
use super::process::Process;
use crate::authoring::{CASE_NOW, run_at};
use crate::door::stack::on_evaluation_stack;
use crate::mapping::case::{Case, CaseFile, CaseResult, run_case};
use crate::mapping::evaluate::CompiledMapping;
use crate::mapping::program::CompileOptions;
use crate::render::case::{self, ReportedCase};

/// Between the name of a mapping and its ending, in the name of its test file.
const TEST: &str = ".test";

pub(super) fn run(process: &Process, flags: &TestFlags) -> Result<u8, Failure> {
    let options = compile_options(process)?;
    let files = test_files(&flags.files)?;
    let told = on_evaluation_stack(|| {
        let all = files.iter().map(|file| run_file(file, flags, &options));
        all.collect::<Result<Vec<_>, Failure>>()
    })??;
    let told = told.concat();
    if let (true, Some(filter)) = (told.is_empty(), &flags.filter) {
        return Err(Failure::wrong(format!("no case has `{filter}` in its name")));
    }
    let text = match flags.output {
        TextOrJson::Text => case::report(&told),
        TextOrJson::Json => format!("{:#}\n", case::json(&told)),
    };
    console::data(flags.output, &text)?;
    let (_, failed) = case::counts(&told);
    Ok(if failed == 0 { exit::DONE } else { exit::WRONG })
}

/// The test files of mappings; without mappings, every one in the working directory.
fn test_files(mappings: &[PathBuf]) -> Result<Vec<PathBuf>, Failure> {
    if !mappings.is_empty() {
        return mappings.iter().map(|mapping| test_file_of(mapping)).collect();
    }
    let cannot = |error: std::io::Error| Failure::failed(format!("cannot read this folder: {error}"));
    let mut files = Vec::new();
    for entry in std::fs::read_dir(".").map_err(cannot)? {
        let name = PathBuf::from(entry.map_err(cannot)?.file_name());
        if is_test_file(&name) {
            files.push(name);
        }
    }
    files.sort();
    if files.is_empty() {
        return Err(Failure::wrong("there is no file NAME.test.yaml here").help("`pilotage init` writes a mapping with its test"));
    }
    Ok(files)
}

fn test_file_of(mapping: &Path) -> Result<PathBuf, Failure> {
    if is_test_file(mapping) {
        return Ok(mapping.to_owned());
    }
    let stem = mapping.file_stem().unwrap_or_default().to_string_lossy();
    let named = |ending: &str| mapping.with_file_name(format!("{stem}{TEST}.{ending}"));
    let found = ["yaml", "yml"].map(named).into_iter().find(|file| file.is_file());
    found.ok_or_else(|| {
        let failure = Failure::wrong(format!("there is no `{}`", named("yaml").display()));
        failure.help("the cases of a mapping stand beside it; `pilotage init` writes a mapping with its test")
    })
}

fn is_test_file(file: &Path) -> bool {
    let is_yaml = file.extension().is_some_and(|ending| ending == "yaml" || ending == "yml");
    is_yaml && file.file_stem().is_some_and(|stem| stem.to_string_lossy().ends_with(TEST))
}

/// Runs the cases of one test file, in their order.
fn run_file(file: &Path, flags: &TestFlags, options: &CompileOptions) -> Result<Vec<ReportedCase>, Failure> {
    let name = file.display().to_string();
    let cases = CaseFile::read(&read_text(file)?).map_err(|error| Failure::wrong(format!("{name}: {error}")))?;
    let folder = file.parent().unwrap_or(Path::new(""));
    let mapping_file = match &cases.mapping {
        Some(mapping) => folder.join(mapping),
        None => mapping_of(file),
    };
    let text = read_text(&mapping_file)
        .map_err(|failure| failure.help(format!("{name} is about it; `mapping:` in it names another")))?;
    let mapping = load(&text, &mapping_file.display().to_string(), options)?;
    // What cannot be read is told by the case that needs it.
    let read = |file: &str| Some((file.to_owned(), std::fs::read_to_string(folder.join(file)).ok()?));
    let files: BTreeMap<String, String> = cases.files().filter_map(read).collect();
    let run = run_at(Timestamp::from_second(CASE_NOW).unwrap_or(Timestamp::UNIX_EPOCH));
    let wanted = |case: &&Case| flags.filter.as_ref().is_none_or(|filter| case.name.contains(filter));
    let mut told = Vec::new();
    for case in cases.cases.iter().filter(wanted) {
        let result = run_case(case, &mapping, &files, same_kind, &run);
        let updated = flags.update && update(case, &mapping, &files, folder, &result)?;
        told.push(ReportedCase { file: name.clone(), result, updated });
    }
    Ok(told)
}

/// The mapping that a test file belongs to by its name; the two may be called `.yaml` and `.yml`.
fn mapping_of(file: &Path) -> PathBuf {
    let stem = file.file_stem().unwrap_or_default().to_string_lossy();
    let stem = stem.strip_suffix(TEST).unwrap_or(&stem);
    let ending = file.extension().unwrap_or_default().to_string_lossy();
    let named = |ending: &str| file.with_file_name(format!("{stem}.{ending}"));
    [&*ending, "yaml", "yml"].map(named).into_iter().find(|mapping| mapping.is_file()).unwrap_or_else(|| named(&ending))
}

/// Writes what came out into the case's golden file, when it has one and something else came out than is there.
fn update(
    case: &Case,
    mapping: &CompiledMapping,
    files: &BTreeMap<String, String>,
    folder: &Path,
    result: &CaseResult,
) -> Result<bool, Failure> {
    let Some(golden) = case.expect_file.as_ref().filter(|_| !result.passed()) else {
        return Ok(false);
    };
    // A case that could not run has nothing to write.
    let has_item = case.file.as_ref().is_none_or(|file| files.contains_key(file));
    if !has_item || of_kind(mapping, &case.kind).is_empty() {
        return Ok(false);
    }
    let path = folder.join(golden);
    let text = format!("{:#}\n", Value::from(result.entities.clone()));
    std::fs::write(&path, text).map_err(|error| Failure::failed(format!("cannot write `{}`: {error}", path.display())))?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_test_file_is_told_by_its_name() {
        let cases = [
            ("copilot.test.yaml", true),
            ("a/copilot.test.yml", true),
            ("copilot.yaml", false),
            ("test.yaml", false),
            ("copilot.test", false),
            ("copilot.test.json", false),
        ];
        for (file, expected) in cases {
            assert_eq!(is_test_file(Path::new(file)), expected, "{file}");
        }
    }

    #[test]
    fn a_test_file_belongs_to_the_mapping_of_its_name() {
        assert_eq!(mapping_of(Path::new("a.test.b/nowhere.test.yml")), Path::new("a.test.b/nowhere.yml"));
    }
}

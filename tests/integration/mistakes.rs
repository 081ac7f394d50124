//! Mistakes that people make in a mapping, one file each: what the program says about each is a snapshot, as are the corrections
//! that it makes.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::support::repository;

/// Bytes of a file that is too large. A file of that size is made here and not kept.
const TOO_LARGE: usize = (1 << 20) + 1;

/// What is no mistake: nothing may be said about it.
const NO_MISTAKE: &[&str] = &["accepted-", "ignored"];

/// The files in a folder of their own, by name.
fn mistakes() -> (tempfile::TempDir, Vec<String>) {
    let folder = tempfile::tempdir().unwrap();
    let mut names = Vec::new();
    for entry in std::fs::read_dir(repository("tests/mappings/mistakes")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let mut bytes = std::fs::read(&path).unwrap();
        if name == "too-large.yaml" {
            let line = bytes.iter().take_while(|byte| **byte != b'\n').copied().chain([b'\n']).collect::<Vec<_>>();
            while bytes.len() < TOO_LARGE {
                bytes.extend_from_slice(&line);
            }
        }
        std::fs::write(folder.path().join(&name), bytes).unwrap();
        names.push(name);
    }
    names.sort();
    (folder, names)
}

fn validate(folder: &Path, flags: &[&str], names: &[String]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pilotage"));
    command.arg("validate").args(names).args(flags).current_dir(folder).env_clear().env("HOME", folder);
    let output = command.output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    String::from_utf8(output.stdout).unwrap()
}

/// Texts of the mistakes by the codes of what is said about them. What is not UTF-8 is read as far as it can be.
pub(crate) fn by_code() -> BTreeMap<String, Vec<String>> {
    let (folder, names) = mistakes();
    let said: Value = serde_json::from_str(&validate(folder.path(), &["--output", "json"], &names)).unwrap();
    let mut by_code: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for finding in said["findings"].as_array().unwrap() {
        let file = finding["location"]["file"].as_str().unwrap();
        let text = String::from_utf8_lossy(&std::fs::read(folder.path().join(file)).unwrap()).into_owned();
        by_code.entry(finding["code"].as_str().unwrap().to_owned()).or_default().push(text);
    }
    by_code
}

#[test]
fn what_is_said_about_each_mistake_is_known() {
    let (folder, names) = mistakes();
    assert!(names.len() >= 70);
    let page = validate(folder.path(), &[], &names);
    let mut said: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for paragraph in page.split("\n\n").filter(|paragraph| paragraph.contains("  --> ")) {
        let file = paragraph.split("  --> ").nth(1).and_then(|rest| rest.split(['\n', ':']).next()).unwrap();
        said.entry(file).or_default().push(paragraph);
    }
    for name in &names {
        let said = said.remove(name.as_str()).unwrap_or_default();
        let is_mistake = !NO_MISTAKE.iter().any(|start| name.starts_with(start));
        assert_eq!(!said.is_empty(), is_mistake, "{name}: {said:#?}");
        if is_mistake {
            for finding in &said {
                assert!(finding.contains("\nhelp: ") && finding.contains("\nsee: "), "{name} has no remedy: {finding}");
            }
            insta::assert_snapshot!(name.trim_end_matches(".yaml"), said.join("\n\n"));
        }
    }
    assert!(said.is_empty(), "{said:#?}");
}

#[test]
fn the_corrections_of_mistakes_are_known_and_nothing_else_is_changed() {
    let (folder, names) = mistakes();
    let before: Vec<_> = names.iter().map(|name| std::fs::read(folder.path().join(name)).unwrap()).collect();
    let shown = validate(folder.path(), &["--fix", "--diff"], &names);
    let after: Vec<_> = names.iter().map(|name| std::fs::read(folder.path().join(name)).unwrap()).collect();
    assert!(before == after, "--diff changed a file");
    insta::assert_snapshot!("corrections", shown);
}

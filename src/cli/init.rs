//! `pilotage init`: a starter mapping with its test beside it.

use std::path::Path;

use super::console::talk;
use super::failure::{Failure, exit};
use super::flags::{InitFlags, InitTemplate};
use crate::mapping::bundled::USAGE;

/// A template: the kinds that it takes from the recommended mapping, and the cases beside it.
struct Template {
    /// Empty: all of them.
    kinds: &'static [&'static str],
    test: &'static str,
}

impl Template {
    fn of(template: InitTemplate) -> Self {
        match template {
            InitTemplate::Starter => Self { kinds: &[], test: include_str!("init/starter.test.yaml") },
            InitTemplate::Teams => Self { kinds: &["team-usage-metrics"], test: include_str!("init/teams.test.yaml") },
            InitTemplate::Seats => {
                Self { kinds: &["copilot-seats", "copilot-billing"], test: include_str!("init/seats.test.yaml") }
            }
            InitTemplate::All => Self { kinds: &[], test: include_str!("init/all.test.yaml") },
        }
    }
}

const STARTER: &str = include_str!("init/starter.yaml");

/// First lines of a mapping that is made of a template.
const HEAD: &str = "\
# yaml-language-server: $schema=./pilotage.schema.json
#
# With that first line, editors with YAML support complete and check this file as you write. They need the schema once:
#   pilotage schema > pilotage.schema.json
";

/// The text of a mapping.
fn mapping_text(template: InitTemplate) -> String {
    match (template, Template::of(template).kinds) {
        (InitTemplate::Starter, _) => STARTER.to_owned(),
        (_, []) => format!("{HEAD}#\n{}", USAGE.text),
        (_, kinds) => format!("{HEAD}entityDeletionThreshold: 0\nresources:\n{}", resources_of(USAGE.text, kinds)),
    }
}

/// The resources of these kinds, with the comments before them, as they are written.
fn resources_of(mapping: &str, kinds: &[&str]) -> String {
    let (_, resources) = mapping.split_once("\nresources:\n").unwrap_or_default();
    let (mut taken, mut comments, mut is_taken) = (String::new(), String::new(), false);
    for line in resources.lines() {
        if line.starts_with("  #") {
            comments.push_str(&format!("{line}\n"));
            continue;
        }
        if let Some(kind) = line.strip_prefix("  - kind: ") {
            is_taken = kinds.contains(&kind);
        }
        if is_taken {
            taken.push_str(&format!("{comments}{line}\n"));
        }
        comments.clear();
    }
    taken
}

pub(super) fn run(flags: &InitFlags) -> Result<u8, Failure> {
    let mapping = &flags.file;
    let stem = mapping.file_stem().unwrap_or_default().to_string_lossy();
    let ending = mapping.extension().map_or("yaml".into(), |ending| ending.to_string_lossy());
    if !matches!(&*ending, "yaml" | "yml") {
        return Err(Failure::wrong(format!("`{}` is not named like a mapping", mapping.display())).help("end it with .yaml"));
    }
    let mapping = mapping.with_extension(&*ending);
    let test = mapping.with_file_name(format!("{stem}.test.{ending}"));
    if let Some(file) = [&mapping, &test].into_iter().find(|file| !flags.force && file.exists()) {
        return Err(
            Failure::wrong(format!("`{}` is there already", file.display())).help("name another, or overwrite with --force")
        );
    }
    let template = Template::of(flags.template);
    write(&mapping, &mapping_text(flags.template))?;
    write(&test, template.test)?;
    let (mapping, test) = (mapping.display(), test.display());
    talk(&format!(
        "wrote {mapping} and {test}\n\n\
         look at it:  pilotage preview {mapping} --limit 1\n\
         check it:    pilotage validate {mapping}\n\
         test it:     pilotage test {mapping}"
    ));
    Ok(exit::DONE)
}

fn write(file: &Path, text: &str) -> Result<(), Failure> {
    let written = match file.parent() {
        Some(folder) => std::fs::create_dir_all(folder).and_then(|()| std::fs::write(file, text)),
        None => std::fs::write(file, text),
    };
    written.map_err(|error| Failure::failed(format!("cannot write `{}`: {error}", file.display())))
}

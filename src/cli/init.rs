//! `pilotage init`: a starter mapping with its test beside it.

use std::path::Path;

use super::console::talk;
use super::failure::{Failure, exit};
use super::flags::InitFlags;

const MAPPING: &str = include_str!("init/starter.yaml");
const TEST: &str = include_str!("init/starter.test.yaml");

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
    for (file, text) in [(&mapping, MAPPING), (&test, TEST)] {
        write(file, text)?;
    }
    let (mapping, test) = (mapping.display(), test.display());
    talk(&format!(
        "wrote {mapping} and {test}\n\n\
         look at it:  pilotage preview --mapping {mapping} --kind organization-usage-metrics --sample\n\
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

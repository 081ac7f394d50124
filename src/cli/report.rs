//! `pilotage report`: one HTML file with the charts and tables of all figures.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

use super::console::talk;
use super::demo;
use super::failure::{Failure, exit};
use super::figures::refused;
use super::flags::ReportFlags;
use super::process::Process;
use crate::figure;
use crate::history::HistoryReader;
use crate::history::selection::{self, FigureSelection};
use crate::model::day::Day;
use crate::render::figure::FigureAnswer;
use crate::render::number::counted;
use crate::render::report::{self, ReportScope};

/// Days of a report when no first day is named.
const WINDOW: i32 = 90;

pub(super) fn run(process: &Process, flags: &ReportFlags) -> Result<u8, Failure> {
    let folder = demo::folder(process.settings(process.common.overrides(None, false))?.data, flags.demo);
    let reader = HistoryReader::open(&folder).map_err(|error| Failure::from_error(exit::FAILED, &error))?;
    let now = process.clock.now();
    let mut scopes: BTreeMap<String, Vec<FigureAnswer>> = BTreeMap::new();
    let (scope, since, by) = (flags.scope.clone(), flags.since, flags.by.into());
    let selection = FigureSelection { scope, since, window: Some(WINDOW), by, team: None };
    for figure in figure::ALL {
        let found = selection::answers(reader.as_ref(), figure, &selection, Day::of(now));
        for answer in found.map_err(|error| refused(error, &folder, flags.demo))? {
            scopes.entry(answer.scope.clone()).or_default().push(answer);
        }
    }
    let scopes: Vec<ReportScope> = scopes.into_iter().map(|(name, answers)| ReportScope { name, answers }).collect();
    let document = report::html(&scopes, &now.strftime("%Y-%m-%d %H:%M UTC").to_string());
    let cannot = |error| Failure::failed(format!("cannot write the report to `{}`: {error}", flags.out.display()));
    write_whole(&flags.out, document.as_bytes()).map_err(cannot)?;
    let figures = scopes.iter().map(|scope| scope.answers.len()).sum::<usize>();
    talk(&format!(
        "wrote {} of {} to {}",
        counted(figures as u64, "figure", "figures"),
        counted(scopes.len() as u64, "scope", "scopes"),
        flags.out.display()
    ));
    Ok(exit::DONE)
}

/// Writes a file beside its place first, so that a report is there whole or not at all.
fn write_whole(file: &Path, content: &[u8]) -> std::io::Result<()> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let name = file.file_name().ok_or_else(|| std::io::Error::other("it is no name of a file"))?;
    let beside = folder.join(format!(".{}.{}", name.to_string_lossy(), std::process::id()));
    let written =
        std::fs::File::create(&beside).and_then(|mut file| file.write_all(content)).and_then(|()| std::fs::rename(&beside, file));
    if written.is_err() {
        // The reason is that of writing; what is left of the file beside it says nothing more.
        let _ = std::fs::remove_file(&beside);
    }
    written
}

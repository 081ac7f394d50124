//! `pilotage report`: one HTML file with the charts and tables of all figures.

use std::collections::BTreeMap;

use super::console::talk;
use super::demo;
use super::failure::{Failure, exit};
use super::figures::refused;
use super::flags::ReportFlags;
use super::process::Process;
use super::whole_file::WholeFile;
use crate::figure;
use crate::history::HistoryReader;
use crate::history::selection::{self, FigureSelection, SelectionError};
use crate::model::day::Day;
use crate::render::figure::FigureAnswer;
use crate::render::number::counted;
use crate::render::report::{self, ReportScope};

/// Days of a report when no first day is named.
const WINDOW: i32 = 90;

pub(super) fn run(process: &Process, flags: &ReportFlags) -> Result<u8, Failure> {
    let settings = process.settings(process.common.overrides(None, false))?;
    let folder = demo::folder(settings.data.clone(), flags.demo);
    let reader = HistoryReader::open(&folder).map_err(|error| Failure::from_error(exit::FAILED, &error))?;
    let now = process.clock.now();
    // What is of the accounts of all tools together comes last.
    let mut scopes: BTreeMap<(bool, String), Vec<FigureAnswer>> = BTreeMap::new();
    let (scope, since, by) = (flags.scope.clone(), flags.since, flags.by.into());
    let selection = FigureSelection { scope, since, window: Some(WINDOW), by, team: None };
    let mut lacking = None;
    for figure in figure::ALL {
        match selection::answers(reader.as_ref(), figure, &selection, &settings.figures, Day::of(now)) {
            Ok(found) => found.into_iter().for_each(|answer| {
                scopes.entry((figure.reads.tools, answer.scope.clone())).or_default().push(answer);
            }),
            // A mapping seldom has every kind; a report without any figure is none.
            Err(error @ (SelectionError::NotRead { .. } | SelectionError::NoDay { .. })) => lacking = Some(error),
            Err(error) => return Err(refused(error, &folder, flags.demo)),
        }
    }
    if let Some(error) = lacking.filter(|_| scopes.is_empty()) {
        return Err(refused(error, &folder, flags.demo));
    }
    let scopes: Vec<ReportScope> = scopes.into_iter().map(|((_, name), answers)| ReportScope { name, answers }).collect();
    let document = report::html(&scopes, &now.strftime("%Y-%m-%d %H:%M UTC").to_string());
    let cannot = |error| Failure::failed(format!("cannot write the report to `{}`: {error}", flags.out.display()));
    WholeFile::create(&flags.out)
        .and_then(|mut file| file.write(document.as_bytes()).and_then(|()| file.finish()))
        .map_err(cannot)?;
    let figures = scopes.iter().map(|scope| scope.answers.len()).sum::<usize>();
    talk(&format!(
        "wrote {} of {} to {}",
        counted(figures as u64, "figure", "figures"),
        counted(scopes.len() as u64, "scope", "scopes"),
        flags.out.display()
    ));
    Ok(exit::DONE)
}

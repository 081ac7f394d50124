//! `pilotage figures`: figures of what resyncs have read, from the history in the data folder.

use std::path::Path;

use super::choices;
use super::console::{self, Written};
use super::demo;
use super::failure::{Failure, exit};
use super::flags::{FigureFormat, FigureShowFlags, FiguresFlags, FiguresVerb, TextOrJson};
use super::process::Process;
use crate::figure::{self, Definition, Figure};
use crate::history::HistoryReader;
use crate::history::selection::{self, FigureSelection, SelectionError};
use crate::model::day::Day;
use crate::render::chart;
use crate::render::figure::FigureAnswer;
use crate::render::table::{Align, Table};
use crate::render::wrap::{self, wrapped};

pub(super) fn run(process: &Process, flags: &FiguresFlags) -> Result<u8, Failure> {
    let folder = demo::folder(process.settings(process.common.overrides(None, false))?.data, flags.demo);
    match &flags.verb {
        None => console::data(Written::Page, &list())?,
        Some(FiguresVerb::Define { id, output }) => define(find(id)?, *output)?,
        Some(FiguresVerb::Show(show)) => {
            let answers = answers(&folder, flags.demo, show, Day::of(process.clock.now()))?;
            print(&answers, show.output)?;
        }
    }
    Ok(exit::DONE)
}

fn list() -> String {
    let table = Table::new(["id", "title"].map(|header| (header, Align::Left)));
    let rows = figure::ALL.iter().map(|figure| [figure.definition.id, figure.definition.title]);
    rows.fold(table, Table::row).fits()
}

fn define(figure: &Figure, output: TextOrJson) -> Result<(), Failure> {
    let text = match output {
        TextOrJson::Text => definition(&figure.definition),
        TextOrJson::Json => {
            let json = serde_json::to_string_pretty(&figure.definition);
            json.map_err(|error| Failure::failed(format!("cannot write the definition: {error}")))? + "\n"
        }
    };
    console::data(output, &text)?;
    Ok(())
}

fn definition(of: &Definition) -> String {
    let mut page = format!("{}\n{}\n", of.title, wrapped(of.sentence, 0));
    let fields = of.fields.join(", ");
    let facts = [
        ("counted", Some(of.numerator)),
        ("out of", of.denominator),
        ("of whom", Some(of.population)),
        ("first day", Some(of.first_day)),
        ("fields", Some(fields.as_str())),
        ("source", Some(of.source)),
    ];
    for (name, fact) in facts {
        page.extend(fact.map(|fact| wrap::labelled(name, fact)));
    }
    page += "\n";
    page.extend(of.caveats.iter().map(|caveat| wrapped(&format!("- {caveat}"), 2)));
    page
}

pub(super) fn find(id: &str) -> Result<&'static Figure, Failure> {
    figure::find(id).ok_or_else(|| {
        let failure = Failure::wrong(format!("there is no figure `{id}`"));
        match figure::nearest(id) {
            Some(near) => failure.help(format!("did you mean `{}`?", near.definition.id)),
            None => failure.help("`pilotage figures` lists those there are"),
        }
    })
}

/// The figure for each scope that is wanted.
fn answers(folder: &Path, is_demo: bool, flags: &FigureShowFlags, today: Day) -> Result<Vec<FigureAnswer>, Failure> {
    let figure = find(&flags.id)?;
    let reader = HistoryReader::open(folder).map_err(|error| Failure::from_error(exit::FAILED, &error))?;
    let selection = FigureSelection {
        scope: flags.scope.clone(),
        team: flags.team.clone(),
        since: flags.since,
        by: flags.by.into(),
        ..FigureSelection::default()
    };
    let first: Option<Day> = figure.definition.first_day.parse().ok();
    if let Some((since, first)) = flags.since.zip(first).filter(|(since, first)| since < first) {
        return Err(Failure::wrong(format!("--since {since}, but GitHub has nothing for `{}` before {first}", flags.id))
            .help("leave it out to begin with the first day that was read"));
    }
    let answers =
        selection::answers(reader.as_ref(), figure, &selection, today).map_err(|error| refused(error, folder, is_demo))?;
    let one_scope = match flags.output {
        FigureFormat::Json => Some("json"),
        FigureFormat::Svg => Some("svg"),
        _ => None,
    };
    if let Some(format) = one_scope.filter(|_| answers.len() > 1) {
        let names: Vec<&str> = answers.iter().map(|answer| answer.scope.as_str()).collect();
        return Err(Failure::wrong(format!("--output {format} is of one scope, and there are {}", names.join(", ")))
            .help("name one with --scope, or use --output ndjson"));
    }
    Ok(answers)
}

/// A selection without an answer, in the words of the command line.
pub(super) fn refused(error: SelectionError, folder: &Path, is_demo: bool) -> Failure {
    let command = if is_demo { "pilotage demo --once" } else { "pilotage resync" };
    match error {
        SelectionError::Nothing => Failure::wrong(format!("no numbers are kept in {} yet", folder.display())).help(format!(
            "`{command}` keeps them, when the mapping has `organization-usage-metrics` or `enterprise-usage-metrics`"
        )),
        SelectionError::Future { since, today } => {
            Failure::wrong(format!("--since {since} is in the future")).help(format!("today is {today} in UTC"))
        }
        SelectionError::NoDay { newest } => Failure::wrong("no day since then was read")
            .help(format!("the newest day is {newest}; `{command}` reads newer ones when GitHub has them")),
        SelectionError::Scope { ref name, ref there } => {
            let failure = Failure::wrong(error.to_string());
            match choices::nearest(name, there.iter().map(String::as_str)) {
                Some(near) => failure.help(format!("did you mean `{near}`?")),
                None => failure.help(format!("there are those of {}", there.join(", "))),
            }
        }
        SelectionError::Several(_) => Failure::wrong(error.to_string()).help("name one with --scope"),
        SelectionError::Team { ref name, ref there } => {
            let failure = Failure::wrong(error.to_string());
            match choices::nearest(name, there.iter().map(String::as_str)) {
                Some(near) => failure.help(format!("did you mean `{near}`?")),
                None => failure.help("`team-usage-metrics` brings the teams; GitHub reports none with fewer than five members"),
            }
        }
        SelectionError::NotRead { ref kinds } => {
            let kinds = kinds.iter().map(|kind| format!("`{kind}`")).collect::<Vec<_>>().join(" and ");
            Failure::wrong(error.to_string())
                .help(format!("`{command}` reads {kinds} when the mapping has it, `pilotage backfill` past days of it"))
        }
        SelectionError::History(error) => Failure::from_error(exit::FAILED, &error),
    }
}

fn print(answers: &[FigureAnswer], format: FigureFormat) -> Result<(), Failure> {
    let parts = |text: fn(&FigureAnswer) -> String| answers.iter().map(text).collect::<Vec<String>>();
    let (written, text) = match format {
        FigureFormat::Table => (Written::Page, parts(FigureAnswer::text).join("\n")),
        FigureFormat::Markdown => (Written::File, parts(FigureAnswer::markdown).join("\n")),
        FigureFormat::Svg => (Written::File, parts(chart::file).concat()),
        FigureFormat::Ndjson => (Written::Json, parts(FigureAnswer::ndjson).concat()),
        FigureFormat::Json => (Written::Json, parts(FigureAnswer::json_text).concat()),
        FigureFormat::Csv => {
            // The header stands once.
            let rows = |(number, text): (usize, String)| match (number, text.split_once('\n')) {
                (1.., Some((_, rows))) => rows.to_owned(),
                _ => text,
            };
            (Written::File, parts(FigureAnswer::csv).into_iter().enumerate().map(rows).collect())
        }
    };
    console::data(written, &text)?;
    Ok(())
}

//! `pilotage figures`: figures of what resyncs have read, from the history in the data folder.

use std::io::{self, Write as _};
use std::path::Path;
use std::sync::Arc;

use super::choices;
use super::console::{self, Written};
use super::demo_folder;
use super::failure::{Failure, exit};
use super::flags::{FigureFormat, FigureShowFlags, FiguresFlags, FiguresVerb, TextOrJson};
use super::process::Process;
use super::style;
use crate::figure::{self, Definition, Figure, FigureRules};
use crate::history::figure_metrics::FigureMetrics;
use crate::history::selection::{self, FigureSelection, SelectionError};
use crate::history::{HistoryError, HistoryReader};
use crate::model::day::Day;
use crate::render::chart;
use crate::render::figure::FigureAnswer;
use crate::render::table::{Align, Table};
use crate::render::why::{DayDifferences, MissingPart, RestatedPart};
use crate::render::wrap::{self, wrapped};
use crate::settings::Settings;

/// Bytes of JSON that are written at once.
const JSON_PIECE: usize = 1 << 16;

pub(super) fn run(process: &Process, flags: &FiguresFlags) -> Result<u8, Failure> {
    let settings = process.settings(process.common.overrides(None, false))?;
    let folder = demo_folder::folder(settings.data.clone(), flags.demo);
    let rules = &settings.figures;
    match &flags.verb {
        None => console::data(Written::Page, &list())?,
        Some(FiguresVerb::Define { id, output }) => define(find(id)?, rules, *output)?,
        Some(FiguresVerb::Why { scope, day, output }) => {
            let found = why(&folder, flags.demo, scope, *day, rules, Day::of(process.clock.now()))?;
            let text = match output {
                TextOrJson::Text => found.text(),
                TextOrJson::Json => format!("{:#}\n", found.json()),
            };
            console::data(*output, &text)?;
        }
        Some(FiguresVerb::Show(show)) => {
            let answers = answers(&folder, flags.demo, show, rules, Day::of(process.clock.now()))?;
            print(&answers, show.output)?;
        }
    }
    Ok(exit::DONE)
}

/// Figures of a data folder for a scraper.
pub(super) fn metrics(process: &Process, settings: &Settings, folder: &Path) -> Arc<FigureMetrics> {
    Arc::new(FigureMetrics::new(folder.to_owned(), process.clock.clone(), settings.figures.clone()))
}

fn list() -> String {
    let table = Table::new(["id", "title"].map(|header| (header, Align::Left)));
    let rows = figure::ALL.iter().map(|figure| [figure.definition.id, figure.definition.title]);
    style::fitted(&rows.fold(table, Table::row))
}

fn define(figure: &Figure, rules: &FigureRules, output: TextOrJson) -> Result<(), Failure> {
    let shown = figure.definition.for_groups_of(rules.smallest_group);
    let text = match output {
        TextOrJson::Text => definition(&shown, &rules.inputs.rows(&figure.reads)),
        TextOrJson::Json => {
            let json = serde_json::to_string_pretty(&shown);
            json.map_err(|error| Failure::failed(format!("cannot write the definition: {error}")))? + "\n"
        }
    };
    console::data(output, &text)?;
    Ok(())
}

fn definition(of: &Definition, inputs: &[String]) -> String {
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
    page.extend(of.smallest_group.map(|people| wrap::labelled("groups", &format!("of at least {people} people"))));
    page.extend(inputs.iter().map(|row| wrap::labelled("settings", row)));
    page += "\n";
    page.extend(of.caveats.iter().map(|caveat| wrapped(&format!("- {caveat}"), 2)));
    page
}

/// Every difference between the numbers of a day of a scope.
fn why(folder: &Path, is_demo: bool, name: &str, day: Day, rules: &FigureRules, today: Day) -> Result<DayDifferences, Failure> {
    if day > today {
        return Err(Failure::wrong(format!("{day} is in the future")).help(format!("today is {today} in UTC")));
    }
    let broken = |error: HistoryError| Failure::from_error(exit::FAILED, &error);
    let reader = HistoryReader::open(folder).map_err(broken)?;
    let scopes = selection::scopes(reader.as_ref(), Some(name)).map_err(|error| refused(error, folder, is_demo))?;
    let (Some(reader), [scope]) = (reader, scopes.as_slice()) else {
        let names: Vec<String> = scopes.iter().map(|scope| scope.label(&scopes)).collect();
        return Err(refused(SelectionError::Several(names), folder, is_demo));
    };
    let Some(found) = reader.explain(scope, day, rules.smallest_group).map_err(broken)? else {
        let command = if is_demo { "pilotage demo --once" } else { "pilotage backfill" };
        return Err(Failure::wrong(format!("nothing of {name} is held of {day}")).help(format!(
            "`{command}` reads past days; `pilotage history status --scope {}` shows those that are held",
            scope.name
        )));
    };
    let all = reader.scopes().map_err(broken)?;
    let value = |number: Option<serde_json::Number>| number.map_or(serde_json::Value::Null, serde_json::Value::Number);
    let restated = found.restated.into_iter().map(|it| RestatedPart {
        scope: it.scope.label(&all),
        part: it.part.name(),
        values: it.values.map(|all| all.into_iter().map(|of| (of.name, value(of.first), value(of.last))).collect()),
    });
    let missing = found.missing.into_iter().map(|(of, part)| MissingPart {
        scope: of.label(&all),
        part: part.name(),
        kind: part.kind(of.is_enterprise()),
        has_days: part.has_days(),
    });
    Ok(DayDifferences {
        scope: scope.label(&all),
        day,
        smallest_group: rules.smallest_group,
        steps: found.steps,
        related: found.related.iter().map(|it| it.label(&all)).collect(),
        seats_of: found.seats_of,
        restated: restated.collect(),
        missing: missing.collect(),
    })
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
fn answers(
    folder: &Path,
    is_demo: bool,
    flags: &FigureShowFlags,
    rules: &FigureRules,
    today: Day,
) -> Result<Vec<FigureAnswer>, Failure> {
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
        selection::answers(reader.as_ref(), figure, &selection, rules, today).map_err(|error| refused(error, folder, is_demo))?;
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

/// Writes [`FigureAnswer::json_text`] piece by piece.
fn write_json(answer: &FigureAnswer, out: &mut dyn io::Write) -> io::Result<()> {
    let mut out = io::BufWriter::with_capacity(JSON_PIECE, out);
    serde_json::to_writer_pretty(&mut out, &answer.document())?;
    out.write_all(b"\n")?;
    out.flush()
}

fn print_json(answers: &[FigureAnswer]) -> Result<(), Failure> {
    let mut out = console::Pieces::new(Written::Json);
    let written = answers.iter().try_for_each(|answer| write_json(answer, &mut out)).and_then(|()| out.end());
    written.or_else(console::is_unread)?;
    Ok(())
}

fn print(answers: &[FigureAnswer], format: FigureFormat) -> Result<(), Failure> {
    let parts = |text: fn(&FigureAnswer) -> String| answers.iter().map(text).collect::<Vec<String>>();
    let (written, text) = match format {
        FigureFormat::Table => (Written::Page, parts(FigureAnswer::text).join("\n")),
        FigureFormat::Markdown => (Written::File, parts(FigureAnswer::markdown).join("\n")),
        FigureFormat::Svg => (Written::File, parts(chart::file).concat()),
        FigureFormat::Ndjson => (Written::Json, parts(FigureAnswer::ndjson).concat()),
        FigureFormat::Json => return print_json(answers),
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

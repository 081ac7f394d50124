//! `pilotage figures`: figures of what resyncs have read, from the history in the data folder.

use std::path::Path;

use super::choices;
use super::console::{self, Written, talk};
use super::demo;
use super::failure::{Failure, exit};
use super::flags::{FigureFormat, FigureShowFlags, FiguresFlags, FiguresVerb, TextOrJson};
use super::process::Process;
use crate::figure::{self, Definition, Figure};
use crate::history::fact::Part;
use crate::history::{HistoryError, HistoryReader, ScopeKey};
use crate::model::day::Day;
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
    rows.fold(table, Table::row).to_string()
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

fn find(id: &str) -> Result<&'static Figure, Failure> {
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
    if let Some(since) = flags.since.filter(|since| *since > today) {
        return Err(Failure::wrong(format!("--since {since} is in the future")).help(format!("today is {today} in UTC")));
    }
    let first: Option<Day> = figure.definition.first_day.parse().ok();
    if let Some((since, first)) = flags.since.zip(first).filter(|(since, first)| since < first) {
        return Err(Failure::wrong(format!("--since {since}, but GitHub has nothing for `{}` before {first}", flags.id))
            .help("leave it out to begin with the first day that was read"));
    }
    let reader = HistoryReader::open(folder).map_err(|error| failure(&error))?;
    let command = if is_demo { "pilotage demo --once" } else { "pilotage resync" };
    let empty = || {
        Failure::wrong(format!("no numbers are kept in {} yet", folder.display())).help(format!(
            "`{command}` keeps them, when the mapping has `organization-usage-metrics` or `enterprise-usage-metrics`"
        ))
    };
    let reader = reader.ok_or_else(empty)?;
    let all = reader.scopes().map_err(|error| failure(&error))?;
    if all.is_empty() {
        return Err(empty());
    }
    let scopes = wanted(&all, flags.scope.as_deref())?;
    if flags.output == FigureFormat::Json && scopes.len() > 1 {
        let names: Vec<String> = scopes.iter().map(|scope| label(scope, &all)).collect();
        return Err(Failure::wrong(format!("--output json is of one scope, and there are {}", names.join(", ")))
            .help("name one with --scope, or use --output ndjson"));
    }
    let parts = parts(figure, flags.team.as_deref());
    let mut answers = Vec::new();
    let mut newest = None;
    let mut lacking: Vec<&'static str> = Vec::new();
    let scopes = match &flags.team {
        Some(team) => with_team(&reader, scopes, team)?,
        None => scopes,
    };
    for scope in scopes {
        let mut extent: Option<(Day, Day)> = None;
        for part in &parts {
            match reader.extent(scope, *part).map_err(|error| failure(&error))? {
                Some((first, last)) => {
                    extent = Some(extent.map_or((first, last), |known| (known.0.min(first), known.1.max(last))))
                }
                None => lacking.extend(part.kind(scope.is_enterprise())),
            }
        }
        let Some((first, last)) = extent else { continue };
        newest = newest.max(Some(last));
        let since = flags.since.unwrap_or(first);
        if since > last {
            continue;
        }
        let by = flags.by.into();
        let team = flags.team.as_deref();
        let series = reader.compute_of(figure, scope, team, by, (since, last)).map_err(|error| failure(&error))?;
        let (scope, team) = (label(scope, &all), flags.team.clone());
        answers.push(FigureAnswer { definition: figure.definition, scope, team, by, series });
    }
    lacking.sort_unstable();
    lacking.dedup();
    let kinds = lacking.iter().map(|kind| format!("`{kind}`")).collect::<Vec<_>>().join(" and ");
    let reading = format!("`{command}` reads {kinds} when the mapping has it, `pilotage backfill` past days of it");
    match (answers.is_empty(), newest) {
        (false, _) => {
            if !lacking.is_empty() {
                talk(&format!("note: of some scopes not everything that `{}` needs was read; {reading}", flags.id));
            }
            Ok(answers)
        }
        (true, None) => Err(Failure::wrong(format!("nothing that `{}` is made of was read yet", flags.id)).help(reading)),
        (true, Some(newest)) => Err(Failure::wrong("no day since then was read")
            .help(format!("the newest day is {newest}; `{command}` reads newer ones when GitHub has them"))),
    }
}

/// The parts of a day that a figure needs, of a whole scope or of a team.
fn parts(figure: &Figure, team: Option<&str>) -> Vec<Part> {
    let needed: Vec<Part> = figure.reads.parts().filter_map(Part::find).collect();
    match team {
        // What a team did is in its record.
        Some(_) => needed.into_iter().filter(|part| *part != Part::Aggregate).chain([Part::Teams]).collect(),
        None => needed,
    }
}

/// The scopes that have a team of that name.
fn with_team<'a>(reader: &HistoryReader, scopes: Vec<&'a ScopeKey>, team: &str) -> Result<Vec<&'a ScopeKey>, Failure> {
    let mut found = Vec::new();
    let mut slugs: Vec<String> = Vec::new();
    for scope in scopes {
        let of_scope = reader.teams(scope).map_err(|error| failure(&error))?;
        if of_scope.iter().any(|slug| slug.eq_ignore_ascii_case(team)) {
            found.push(scope);
        }
        slugs.extend(of_scope);
    }
    if !found.is_empty() {
        return Ok(found);
    }
    let failure = Failure::wrong(format!("no team `{team}` is in what was read"));
    Err(match choices::nearest(team, slugs.iter().map(String::as_str)) {
        Some(near) => failure.help(format!("did you mean `{near}`?")),
        None => failure.help("`team-usage-metrics` brings the teams; GitHub reports none with fewer than five members"),
    })
}

/// The scopes of that name, or all.
fn wanted<'a>(all: &'a [ScopeKey], name: Option<&str>) -> Result<Vec<&'a ScopeKey>, Failure> {
    let Some(name) = name else { return Ok(all.iter().collect()) };
    let is_meant = |scope: &&ScopeKey| scope.name.eq_ignore_ascii_case(name) || label(scope, all).eq_ignore_ascii_case(name);
    let found: Vec<&ScopeKey> = all.iter().filter(is_meant).collect();
    if !found.is_empty() {
        return Ok(found);
    }
    let failure = Failure::wrong(format!("no numbers of `{name}` are kept"));
    Err(match choices::nearest(name, all.iter().map(|scope| scope.name.as_str())) {
        Some(near) => failure.help(format!("did you mean `{near}`?")),
        None => {
            let names: Vec<String> = all.iter().map(|scope| label(scope, all)).collect();
            failure.help(format!("there are those of {}", names.join(", ")))
        }
    })
}

fn label(scope: &ScopeKey, all: &[ScopeKey]) -> String {
    scope.label(all)
}

fn print(answers: &[FigureAnswer], format: FigureFormat) -> Result<(), Failure> {
    let parts = |text: fn(&FigureAnswer) -> String| answers.iter().map(text).collect::<Vec<String>>();
    let (written, text) = match format {
        FigureFormat::Table => (Written::Page, parts(FigureAnswer::text).join("\n")),
        FigureFormat::Markdown => (Written::File, parts(FigureAnswer::markdown).join("\n")),
        FigureFormat::Ndjson => (Written::Json, parts(FigureAnswer::ndjson).concat()),
        FigureFormat::Json => (Written::Json, parts(|answer| format!("{:#}\n", answer.json())).concat()),
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

fn failure(error: &HistoryError) -> Failure {
    Failure::from_error(exit::FAILED, error)
}

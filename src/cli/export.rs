//! `pilotage export`: figures, day facts and entities for other programs, piece by piece, so that memory does not grow with them.

use std::io;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use serde_json::json;

use super::catalog_list;
use super::console::{self, Written, talk};
use super::demo;
use super::failure::{Failure, exit};
use super::figures::{find, refused};
use super::flags::{ExportFlags, ExportFormat, ExportSubject, PointWidth};
use super::process::Process;
use super::whole_file::WholeFile;
use crate::figure::{self, Figure, FigureRules, PointState};
use crate::history::selection::{self, FigureSelection, SelectionError};
use crate::history::{HistoryReader, Part, ScopeKey};
use crate::local_catalog::{LocalCatalogReader, StoredEntity};
use crate::model::day::Day;
use crate::render::figure::FigureAnswer;
use crate::render::number::counted;
use crate::render::openmetrics::text::Exposition;
use crate::render::openmetrics::{self, MetricScope};
use crate::render::plain;

/// Bytes that are written together.
const PIECE_BYTES: usize = 1 << 16;

/// The line that ends a text of OpenMetrics.
const END: &str = "# EOF\n";

pub(super) fn run(process: &Process, flags: &ExportFlags) -> Result<u8, Failure> {
    check(flags)?;
    let settings = process.settings(process.common.overrides(None, false))?;
    let folder = demo::folder(settings.data, flags.demo);
    let today = Day::of(process.clock.now());
    let mut out = Out::begin(flags)?;
    match flags.what {
        ExportSubject::Figures => figures(&folder, flags, &settings.figures, today, &mut out)?,
        ExportSubject::Facts => facts(&folder, flags, today, &mut out)?,
        ExportSubject::Entities => entities(&folder, flags, &mut out)?,
    }
    out.finish()?;
    Ok(exit::DONE)
}

/// Checks that the flags go together.
fn check(flags: &ExportFlags) -> Result<(), Failure> {
    let ExportFlags { what, format, names, .. } = flags;
    let given = [
        ("--figure", !flags.figure.is_empty()),
        ("--team", flags.team.is_some()),
        ("--by", flags.by.is_some()),
        ("--since", flags.since.is_some()),
        ("--scope", flags.scope.is_some()),
    ];
    let (foreign, subject) = match what {
        ExportSubject::Figures => (0, "figures"),
        ExportSubject::Facts => (3, "facts"),
        ExportSubject::Entities => (5, "entities"),
    };
    if let Some((flag, _)) = given.iter().take(foreign).find(|(_, is_given)| *is_given) {
        return Err(Failure::wrong(format!("{flag} chooses nothing of --what {subject}")).help("leave it out"));
    }
    if *what != ExportSubject::Figures {
        if *format == ExportFormat::Openmetrics {
            return Err(Failure::wrong(format!("--format openmetrics is of figures, and not of --what {subject}"))
                .help("use --format csv or --format ndjson"));
        }
        if !names {
            return Err(Failure::wrong(format!("--what {subject} tells about single people, and --names was not given"))
                .help("add --names if whoever gets it may see people; figures name nobody"));
        }
    }
    if *format == ExportFormat::Openmetrics {
        if flags.team.is_some() {
            return Err(Failure::wrong("--format openmetrics is of whole organizations and enterprises")
                .help("leave out --team; figures by team, such as `team-active-share`, have a label `team`"));
        }
        if flags.by.is_some_and(|by| by != PointWidth::Day) {
            return Err(Failure::wrong("--format openmetrics has a value for each day").help("leave out --by"));
        }
    }
    Ok(())
}

/// Where an export goes.
struct Out {
    file: Option<(PathBuf, WholeFile)>,
    form: Written,
    piece: String,
    /// Whether somebody still reads it.
    is_heard: bool,
}

impl Out {
    fn begin(flags: &ExportFlags) -> Result<Self, Failure> {
        let create = |place: &PathBuf| match WholeFile::create(place) {
            Ok(file) => Ok((place.clone(), file)),
            Err(error) => Err(cannot(place, &error)),
        };
        let file = flags.out.as_ref().map(create).transpose()?;
        let form = if flags.format == ExportFormat::Ndjson { Written::Json } else { Written::File };
        Ok(Self { file, form, piece: String::new(), is_heard: true })
    }

    /// Adds text. False when nobody reads it any more.
    fn add(&mut self, text: &str) -> Result<bool, Failure> {
        self.piece += text;
        if self.piece.len() >= PIECE_BYTES {
            self.write()?;
        }
        Ok(self.is_heard)
    }

    fn write(&mut self) -> Result<(), Failure> {
        match &mut self.file {
            Some((place, file)) => file.write(self.piece.as_bytes()).map_err(|error| cannot(place, &error))?,
            None => self.is_heard = console::piece(self.form, &self.piece)?,
        }
        self.piece.clear();
        Ok(())
    }

    fn finish(mut self) -> Result<(), Failure> {
        self.write()?;
        match self.file {
            Some((place, file)) => file.finish().map_err(|error| cannot(&place, &error)),
            None => Ok(()),
        }
    }
}

fn cannot(place: &Path, error: &io::Error) -> Failure {
    Failure::failed(format!("cannot write the export to `{}`: {error}", place.display()))
}

fn history(folder: &Path) -> Result<Option<HistoryReader>, Failure> {
    HistoryReader::open(folder).map_err(|error| Failure::from_error(exit::FAILED, &error))
}

fn figures(folder: &Path, flags: &ExportFlags, rules: &FigureRules, today: Day, out: &mut Out) -> Result<(), Failure> {
    let wanted: Vec<&'static Figure> = match flags.figure.is_empty() {
        true => figure::ALL.to_vec(),
        false => flags.figure.iter().map(|id| find(id)).collect::<Result<_, _>>()?,
    };
    let reader = history(folder)?;
    let selection = FigureSelection {
        scope: flags.scope.clone(),
        team: flags.team.clone(),
        since: flags.since,
        by: flags.by.map_or(PointWidth::Day, |by| by).into(),
        ..FigureSelection::default()
    };
    let (mut is_first, mut provisional, mut lacking) = (true, 0, None);
    for figure in wanted {
        let answers = match selection::scope_answers(reader.as_ref(), figure, &selection, rules, today) {
            Ok(answers) => answers,
            // A mapping seldom has every kind, so of all figures those are written that there are.
            Err(error @ (SelectionError::NotRead { .. } | SelectionError::NoDay { .. })) if flags.figure.is_empty() => {
                lacking = Some(error);
                continue;
            }
            Err(error) => return Err(refused(error, folder, flags.demo)),
        };
        let text = match flags.format {
            ExportFormat::Csv => csv(&answers, is_first),
            ExportFormat::Ndjson => answers.iter().map(|(_, answer)| answer.ndjson()).collect(),
            ExportFormat::Openmetrics => samples(answers, &mut provisional),
        };
        is_first = false;
        if !out.add(&text)? {
            return Ok(());
        }
    }
    if let Some(error) = lacking.filter(|_| is_first) {
        return Err(refused(error, folder, flags.demo));
    }
    if flags.format == ExportFormat::Openmetrics {
        out.add(END)?;
        if provisional > 0 {
            talk(&format!(
                "{} left out: a block of Prometheus is never changed, and GitHub may still change them",
                counted(provisional, "provisional value is", "provisional values are")
            ));
        }
    }
    Ok(())
}

/// The header stands once.
fn csv(answers: &[(ScopeKey, FigureAnswer)], is_first: bool) -> String {
    let rows = |(number, (_, answer)): (usize, &(ScopeKey, FigureAnswer))| {
        let text = answer.csv();
        match text.split_once('\n') {
            Some((_, rows)) if number > 0 || !is_first => rows.to_owned(),
            _ => text,
        }
    };
    answers.iter().enumerate().map(rows).collect()
}

/// The final values of a figure. `provisional` counts those that are left out.
fn samples(answers: Vec<(ScopeKey, FigureAnswer)>, provisional: &mut u64) -> String {
    let of_metric = answers.into_iter().map(|(scope, mut answer)| {
        for series in &mut answer.series {
            let before = series.points.len();
            series.points.retain(|point| point.state != PointState::Provisional);
            *provisional += (before - series.points.len()) as u64;
        }
        let is_enterprise = scope.is_enterprise();
        (MetricScope { host: scope.host, is_enterprise, name: scope.name }, answer)
    });
    let families = openmetrics::days(&of_metric.collect::<Vec<_>>());
    let text = openmetrics::text::write(&families, Exposition::OpenMetrics);
    text.strip_suffix(END).unwrap_or(&text).to_owned()
}

fn facts(folder: &Path, flags: &ExportFlags, today: Day, out: &mut Out) -> Result<(), Failure> {
    let since = match flags.since {
        Some(since) if since > today => {
            return Err(refused(SelectionError::Future { since, today }, folder, flags.demo));
        }
        since => since,
    };
    let reader = history(folder)?;
    let scopes = selection::scopes(reader.as_ref(), flags.scope.as_deref());
    let scopes = scopes.map_err(|error| refused(error, folder, flags.demo))?;
    if flags.format == ExportFormat::Csv {
        out.add(plain::FACT_COLUMNS)?;
    }
    let mut failed = Ok(true);
    for (reader, scope) in reader.iter().flat_map(|reader| scopes.iter().map(move |scope| (reader, scope))) {
        for part in Part::ALL {
            let Some((first, last)) = reader.extent(scope, part).map_err(|error| Failure::from_error(exit::FAILED, &error))?
            else {
                continue;
            };
            let take = |fact: plain::PlainFact| {
                failed = out.add(&if flags.format == ExportFormat::Csv { fact.csv() } else { fact.ndjson() });
                matches!(failed, Ok(true))
            };
            let read = reader.plain(scope, part, (since.unwrap_or(first).max(first), last), take);
            read.map_err(|error| Failure::from_error(exit::FAILED, &error))?;
            if !matches!(failed, Ok(true)) {
                return failed.map(drop);
            }
        }
    }
    Ok(())
}

fn entities(folder: &Path, flags: &ExportFlags, out: &mut Out) -> Result<(), Failure> {
    let reader = LocalCatalogReader::open(folder).map_err(|error| catalog_list::failure(&error))?;
    let is_csv = flags.format == ExportFormat::Csv;
    if is_csv {
        out.add(plain::ENTITY_COLUMNS)?;
    }
    let mut added = Ok(true);
    let visit = |entity: StoredEntity| {
        let mut json = json!(entity);
        added = match json.as_object_mut() {
            Some(fields) if is_csv => {
                fields.retain(|name, _| name != "blueprint" && name != "identifier");
                out.add(&plain::entity_csv(&entity.blueprint, &entity.identifier, fields))
            }
            _ => out.add(&format!("{json}\n")),
        };
        if matches!(added, Ok(true)) { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    };
    reader.export(visit).map_err(|error| catalog_list::failure(&error))?;
    added.map(drop)
}

//! `pilotage history`: what is held of the past, what was restated, and a new history of what is left of an old one.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Value, json};

use super::choices;
use super::console;
use super::demo;
use super::failure::{Failure, exit};
use super::flags::{HistoryFlags, HistoryVerb, TextOrJson};
use super::history_rebuild;
use super::process::Process;
use crate::history::restated::Restatement;
use crate::history::status::{MissingDays, PartStatus, RESYNC_DAYS, StatusRange};
use crate::history::{HistoryError, HistoryReader, ScopeKey};
use crate::model::day::Day;
use crate::render::number::{count, counted};
use crate::render::table::{Align, Table};
use crate::render::wrap::wrapped;

/// Values of a restated day that are shown; the rest is in JSON.
const SHOWN_VALUES: usize = 6;

pub(super) async fn run(process: &Process, flags: &HistoryFlags) -> Result<u8, Failure> {
    let settings = process.settings(process.common.overrides(None, false))?;
    let folder = demo::folder(settings.data.clone(), flags.demo);
    match &flags.verb {
        HistoryVerb::Status { scope, output } => {
            let today = Day::of(process.clock.now());
            let range = StatusRange { today, keep: settings.history_keep, ends_with_held: flags.demo };
            let Some(reader) = open(&folder)? else { return Err(nothing(&folder, flags.demo)) };
            let all = reader.status(range).map_err(|error| failure(&error))?;
            if all.is_empty() {
                return Err(nothing(&folder, flags.demo));
            }
            let shown = of_scope(&all, scope.as_deref())?;
            let commands = Commands { today, is_demo: flags.demo };
            let text = match output {
                TextOrJson::Text => status_page(&shown, &commands, scope.is_some()),
                TextOrJson::Json => document(&json!({ "parts": shown.iter().map(|it| part(it, &commands)).collect::<Vec<_>>() })),
            };
            console::data(*output, &text)?;
        }
        HistoryVerb::Restated { output } => {
            let Some(reader) = open(&folder)? else { return Err(nothing(&folder, flags.demo)) };
            let restated = reader.restatements().map_err(|error| failure(&error))?;
            let text = match output {
                TextOrJson::Text => restated_page(&restated),
                TextOrJson::Json => document(&json!({ "days": restated.iter().map(restated_day).collect::<Vec<_>>() })),
            };
            console::data(*output, &text)?;
        }
        HistoryVerb::Rebuild => return history_rebuild::run(process, settings, &folder, flags.demo).await,
    }
    Ok(exit::DONE)
}

fn open(folder: &Path) -> Result<Option<HistoryReader>, Failure> {
    HistoryReader::open(folder).map_err(|error| failure(&error))
}

fn failure(error: &HistoryError) -> Failure {
    Failure::from_error(exit::FAILED, error)
}

fn nothing(folder: &Path, is_demo: bool) -> Failure {
    let command = if is_demo { "pilotage demo --once" } else { "pilotage resync" };
    Failure::wrong(format!("no days are kept in {} yet", folder.display()))
        .help(format!("`{command}` keeps those that it reads, `pilotage backfill` reads older ones"))
}

/// The parts of the scope of that name, or all.
fn of_scope<'a>(all: &'a [PartStatus], name: Option<&str>) -> Result<Vec<&'a PartStatus>, Failure> {
    let Some(name) = name else { return Ok(all.iter().collect()) };
    let scopes = scopes(all);
    let is_meant =
        |it: &&PartStatus| it.scope.name.eq_ignore_ascii_case(name) || it.scope.label(&scopes).eq_ignore_ascii_case(name);
    let found: Vec<&PartStatus> = all.iter().filter(is_meant).collect();
    if !found.is_empty() {
        return Ok(found);
    }
    let failure = Failure::wrong(format!("no days of `{name}` are kept"));
    Err(match choices::nearest(name, scopes.iter().map(|scope| scope.name.as_str())) {
        Some(near) => failure.help(format!("did you mean `{near}`?")),
        None => failure
            .help(format!("there are those of {}", scopes.iter().map(|it| it.label(&scopes)).collect::<Vec<_>>().join(", "))),
    })
}

fn scopes(of: &[PartStatus]) -> Vec<ScopeKey> {
    let mut scopes: Vec<ScopeKey> = of.iter().map(|it| it.scope.clone()).collect();
    scopes.dedup();
    scopes
}

/// The commands that bring what is missing.
struct Commands {
    today: Day,
    is_demo: bool,
}

impl Commands {
    /// The command for missing days; none where nothing brings them.
    fn bringing(&self, status: &PartStatus, missing: &MissingDays) -> Option<String> {
        let kind = status.part.kind(status.scope.is_enterprise())?;
        if self.is_demo {
            return Some("pilotage demo --once".to_owned());
        }
        // A resync reads the last 28 days, if its mapping has the kind.
        if self.today.days_since(missing.first) <= RESYNC_DAYS {
            return Some(format!("pilotage resync --only {kind}"));
        }
        let org = if status.scope.is_enterprise() { String::new() } else { format!(" --org {}", status.scope.name) };
        Some(format!("pilotage backfill --only {kind}{org} --since {}", missing.first))
    }
}

fn status_page(parts: &[&PartStatus], commands: &Commands, is_one_scope: bool) -> String {
    let all: Vec<PartStatus> = parts.iter().map(|it| (*it).clone()).collect();
    let scopes = scopes(&all);
    let left = ["scope", "part"].map(|header| (header, Align::Left));
    let right = ["days", "final", "restated"].map(|header| (header, Align::Right));
    let days = ["first", "last"].map(|header| (header, Align::Left));
    let table = Table::new(left.into_iter().chain(right).chain(days).chain([("missing", Align::Right)]));
    let page = parts.iter().fold(table, |table, it| {
        let day = |day: Option<Day>| day.map_or("-".to_owned(), |day| day.to_string());
        let missing = it.missing.iter().map(MissingDays::count).sum();
        table.row([
            it.scope.label(&scopes),
            it.part.name().to_owned(),
            count(it.held),
            count(it.finals),
            count(it.restated),
            day(it.extent.map(|(first, _)| first)),
            day(it.extent.map(|(_, last)| last)),
            count(missing),
        ])
    });
    let mut text = page.to_string();
    text += &if is_one_scope { gaps(parts, commands) } else { by_kind(parts, commands) };
    text += &attempts(parts, &scopes);
    text
}

/// Each gap of one scope, with the reason and the command.
fn gaps(parts: &[&PartStatus], commands: &Commands) -> String {
    let mut text = String::new();
    for it in parts {
        for missing in &it.missing {
            let days = counted(missing.count(), "day", "days");
            text += &format!("\n{}, {} to {}: {days} not held\n", it.part.name(), missing.first, missing.last);
            if let Some(attempt) = &missing.attempt {
                text += &indented(&format!("{}: {}", attempt.state, attempt.reason));
            }
            if let Some(command) = commands.bringing(it, missing) {
                text += &format!("  {command}\n");
            }
        }
    }
    text
}

/// What is missing of all scopes, by kind.
fn by_kind(parts: &[&PartStatus], commands: &Commands) -> String {
    /// Scopes, days, and the first of them.
    type Sum = (u64, u64, Option<Day>);
    let mut kinds: BTreeMap<(&str, bool), Sum> = BTreeMap::new();
    for it in parts {
        let Some(kind) = it.part.kind(it.scope.is_enterprise()) else { continue };
        let mut of_it: BTreeMap<bool, (u64, Day)> = BTreeMap::new();
        for missing in &it.missing {
            let is_recent = commands.today.days_since(missing.first) <= RESYNC_DAYS;
            let sum = of_it.entry(is_recent).or_insert((0, missing.first));
            *sum = (sum.0 + missing.count(), sum.1.min(missing.first));
        }
        for (is_recent, (days, first)) in of_it {
            let sum = kinds.entry((kind, is_recent)).or_default();
            *sum = (sum.0 + 1, sum.1 + days, Some(sum.2.map_or(first, |known| known.min(first))));
        }
    }
    let mut text = String::new();
    for ((kind, is_recent), (scopes, days, first)) in kinds {
        let (days, scopes) = (counted(days, "day", "days"), counted(scopes, "scope", "scopes"));
        let first = first.map(|first| first.to_string()).unwrap_or_default();
        text += &format!("\n{days} of {scopes} not held, the first {first}\n");
        text += &match (commands.is_demo, is_recent) {
            (true, _) => "  pilotage demo --once\n".to_owned(),
            (false, true) => format!("  pilotage resync --only {kind}\n"),
            (false, false) => format!("  pilotage backfill --only {kind} --since {first}\n"),
        };
    }
    text
}

/// What the last reading of a report of several days ended with, where it gave nothing.
fn attempts(parts: &[&PartStatus], scopes: &[ScopeKey]) -> String {
    let mut text = String::new();
    for it in parts {
        let Some(attempt) = &it.attempt else { continue };
        let at = attempt.at.strftime("%Y-%m-%d %H:%M UTC");
        text += &format!("\n{}, {}: the last reading gave nothing ({at})\n", it.scope.label(scopes), it.part.name());
        text += &indented(&format!("{}: {}", attempt.state, attempt.reason));
    }
    text
}

/// A text of a server in lines that stand two columns in.
fn indented(text: &str) -> String {
    format!("  {}", wrapped(&crate::model::escape::line(text), 2))
}

fn part(it: &PartStatus, commands: &Commands) -> Value {
    let missing = it.missing.iter().map(|missing| {
        json!({
            "first": missing.first,
            "last": missing.last,
            "days": missing.count(),
            "command": commands.bringing(it, missing),
            "state": missing.attempt.as_ref().map(|attempt| &attempt.state),
            "reason": missing.attempt.as_ref().map(|attempt| &attempt.reason),
        })
    });
    let attempt = it.attempt.as_ref().map(|it| json!({ "at": it.at, "state": it.state, "reason": it.reason }));
    json!({
        "host": it.scope.host,
        "level": it.scope.level,
        "scope": it.scope.name,
        "part": it.part.name(),
        "kind": it.part.kind(it.scope.is_enterprise()),
        "held": it.held,
        "final": it.finals,
        "restated": it.restated,
        "first": it.extent.map(|(first, _)| first),
        "last": it.extent.map(|(_, last)| last),
        "readAt": it.read_at,
        "missing": missing.collect::<Vec<_>>(),
        "lastAttempt": attempt,
    })
}

fn restated_page(restated: &[Restatement]) -> String {
    if restated.is_empty() {
        return "no day that was final has changed since\n".to_owned();
    }
    let mut all: Vec<ScopeKey> = restated.iter().map(|it| it.scope.clone()).collect();
    all.sort();
    all.dedup();
    let mut text = String::new();
    for it in restated {
        let found = it.found_at.strftime("%Y-%m-%d");
        text += &format!("{}  {}, {}, found on {found}\n", it.day, it.scope.label(&all), it.part.name());
        let number = |number: &Option<serde_json::Number>| number.as_ref().map_or("none".to_owned(), ToString::to_string);
        let Some(values) = &it.values else {
            text += "  its numbers when it became final are not kept any more\n";
            continue;
        };
        for value in values.iter().take(SHOWN_VALUES) {
            text += &indented(&format!("{}: {} -> {}", value.name, number(&value.first), number(&value.last)));
        }
        match values.len() {
            0 => text += "  the numbers of the whole are the same, those of its parts are not\n",
            all if all > SHOWN_VALUES => {
                text += &format!("  {} more, see --output json\n", counted((all - SHOWN_VALUES) as u64, "value", "values"));
            }
            _ => {}
        }
    }
    text
}

fn restated_day(it: &Restatement) -> Value {
    json!({
        "host": it.scope.host,
        "level": it.scope.level,
        "scope": it.scope.name,
        "part": it.part.name(),
        "day": it.day,
        "finalAt": it.final_at,
        "foundAt": it.found_at,
        "isCompared": it.values.is_some(),
        "values": it.values.as_deref().unwrap_or_default(),
    })
}

fn document(value: &Value) -> String {
    format!("{value:#}\n")
}

//! `pilotage backfill`: reads the days of the past that the history does not hold. It writes no entity.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::backfill_plan::{self, LEFT_TO_OTHERS};
use super::bookkeeping::history_host;
use super::choices;
use super::console::{self, Written, talk};
use super::failure::{Failure, exit};
use super::flags::BackfillFlags;
use super::network::open_network;
use super::people;
use super::process::Process;
use super::serving;
use super::sources::{self, Opened};
use crate::door::clock::Clock;
use crate::history::backfill::{Amount, BackfillDays, HeldDays, NextDays, UnreadDays};
use crate::history::lock::HistoryUse;
use crate::history::writing::Summary;
use crate::history::{HistoryError, HistoryReader, HistoryRecorder, HistoryStore, Part, ScopeKey};
use crate::identity::Identity;
use crate::kind::{self, Kind, Source as KindSource, Vendor, selection::MOST_DAYS};
use crate::model::day::Day;
use crate::model::escape;
use crate::model::slice::{Slice, SliceEnd};
use crate::model::usage::{RateLimit, Usage};
use crate::privacy::PeopleRules;
use crate::reconcile::outcome::Mode;
use crate::render::number::{count, counted};
use crate::render::wrap::wrapped;
use crate::resync::observe::FurtherReading;
use crate::settings::{Overrides, Settings};
use crate::source::copilot::CopilotSource;
use crate::source::listings::ListingsFile;
use crate::source::{ChosenDays, Event, ReadRequest, Source, SourceError, SourceRun};

/// Slices between two looks whether somebody else needs GitHub.
const SLICES_A_ROUND: usize = 100;

/// Time between two looks while waiting, and between two lines of progress.
const LOOK_EVERY: Duration = Duration::from_secs(1);
const TELL_EVERY: Duration = Duration::from_secs(5);

/// Events that may wait between reading and keeping.
const EVENTS_AHEAD: usize = 4;

/// A backfill that is going on.
struct Backfill<'a> {
    run: Arc<dyn SourceRun>,
    source: CopilotSource,
    recorder: HistoryRecorder,
    kinds: Vec<(&'static Kind, Arc<BackfillDays>)>,
    floors: Vec<(ScopeKey, Part, Day)>,
    today: Day,
    clock: Clock,
    folder: &'a Path,
    is_quiet: bool,
    told: Option<tokio::time::Instant>,
    /// Time spent reading, without waits for others.
    reading: Duration,
}

pub(super) async fn run(process: &Process, flags: &BackfillFlags) -> Result<u8, Failure> {
    let end = serving::stop_signal();
    let overrides = Overrides { github_host: flags.github_host.clone(), ..process.common.overrides(None, false) };
    let settings = process.settings(overrides)?;
    if !settings.history {
        return Err(Failure::wrong("the settings say that no history is kept").help("set `history` to true, or leave it out"));
    }
    let today = Day::of(process.clock.now());
    check_since(flags, today)?;
    let kinds = kinds(flags, settings.privacy.identity)?;
    let folder = settings.data.clone();
    let rules = people::rules(&settings)?;
    let source = open(process, &settings, flags, &rules)?;
    people::settle(&folder, &rules, if flags.dry_run { Mode::Plan } else { Mode::Resync })?;
    let cannot = |error: std::io::Error| Failure::failed(format!("cannot use the data folder {}: {error}", folder.display()));
    let Some(_use) = HistoryUse::of_backfill(&folder).map_err(cannot)? else {
        return Err(Failure::failed(format!("another backfill of {} is running", folder.display())).help("wait for it to end"));
    };
    // An old file is brought to the format of today, and a damaged one is told, before anything is asked for.
    drop(HistoryStore::open(&folder).map_err(|error| failure(&error))?);
    let (held, floors) = known(&folder, today).map_err(|error| failure(&error))?;
    let host = history_host(&settings);
    let days = |kind: &'static Kind| Some((kind, Arc::new(BackfillDays::of(kind, &host, flags.since, &held, &floors)?)));
    let stop = CancellationToken::new();
    let mut backfill = Backfill {
        run: source.begin(&settings.integration_identifier, &stop),
        source,
        recorder: HistoryRecorder::of_backfill(folder.clone(), host.clone(), process.clock.clone())
            .with_people(people::kept(&settings)),
        kinds: kinds.into_iter().filter_map(days).collect(),
        floors: Vec::new(),
        today,
        clock: process.clock.clone(),
        folder: &folder,
        is_quiet: process.common.quiet,
        told: None,
        reading: Duration::ZERO,
    };
    let read = async {
        backfill.check().await?;
        backfill.look().await?;
        backfill.tell_plan();
        if !flags.dry_run {
            backfill.read().await?;
        }
        Ok(())
    };
    let ended = tokio::select! {
        biased;
        () = end.cancelled() => None,
        read = read => Some(read),
    };
    if flags.dry_run {
        return ended.unwrap_or(Ok(())).map(|()| exit::DONE);
    }
    backfill.finish(ended)
}

/// Days before which a part of a scope has no report.
type Floors = BTreeMap<(ScopeKey, Part), Day>;

/// The days that are held, and those up to which there is nothing. The file is closed again: whoever closes it last tidies it up, and
/// that must be who writes.
fn known(folder: &Path, today: Day) -> Result<(HeldDays, Floors), HistoryError> {
    match HistoryReader::open(folder)? {
        Some(reader) => Ok((reader.held_days(today)?, reader.floors()?)),
        None => Ok(Default::default()),
    }
}

fn failure(error: &HistoryError) -> Failure {
    Failure::from_error(exit::FAILED, error)
}

fn source_failure(error: &SourceError) -> Failure {
    Failure::from_error(exit::FAILED, error).help(error.remedy.clone())
}

fn check_since(flags: &BackfillFlags, today: Day) -> Result<(), Failure> {
    let Some(since) = flags.since else { return Ok(()) };
    if since >= today {
        return Err(Failure::wrong(format!("--since {since} is not in the past")).help(format!("today is {today} in UTC")));
    }
    let first = kind::of(Vendor::GitHub).filter_map(|kind| kind.selector_keys().first_day).min();
    if let Some(first) = first.filter(|first| since < *first) {
        return Err(Failure::wrong(format!("--since {since}, but GitHub has nothing of days before {first}"))
            .help("leave it out to read from the first day that GitHub has"));
    }
    let year = today.plus_days(-MOST_DAYS);
    if since < year {
        return Err(Failure::wrong(format!("--since {since}, but GitHub shows no day before {year}, {MOST_DAYS} days ago"))
            .help("leave it out to read from the first day that GitHub has"));
    }
    Ok(())
}

/// The kinds that are wanted: those with days of which something is kept.
fn kinds(flags: &BackfillFlags, identity: Identity) -> Result<Vec<&'static Kind>, Failure> {
    let is_kept = |part: Part| part.has_days() && (identity != Identity::Nobody || !part.is_of_people());
    let has_days = |kind: &Kind| kind.vendor() == Vendor::GitHub && Part::of_kind(kind).is_some_and(is_kept);
    if flags.only.is_empty() {
        // What is billed needs a right of its own, which many credentials do not have: it is read when it is named.
        let is_report = |kind: &&Kind| !matches!(kind.source, KindSource::Days(_));
        return Ok(kind::ALL.iter().filter(|kind| has_days(kind)).filter(is_report).collect());
    }
    let mut kinds: Vec<&'static Kind> = Vec::new();
    for name in &flags.only {
        let found = kind::find(name).ok_or_else(|| {
            let near = kind::nearest(name).map(|kind| format!("did you mean `{}`? ", kind.name)).unwrap_or_default();
            Failure::wrong(format!("`--only {name}`: there is no such kind"))
                .help(format!("{near}`pilotage kinds` lists the kinds there are"))
        })?;
        if !has_days(found) {
            let all: Vec<&str> = kind::ALL.iter().filter(|kind| has_days(kind)).map(|kind| kind.name).collect();
            return Err(Failure::wrong(format!("`--only {name}`: the history keeps no past days of it"))
                .help(format!("there are {}", all.join(", "))));
        }
        if !kinds.iter().any(|kind| kind.name == found.name) {
            kinds.push(found);
        }
    }
    Ok(kinds)
}

fn open(process: &Process, settings: &Settings, flags: &BackfillFlags, rules: &PeopleRules) -> Result<CopilotSource, Failure> {
    settings.github.check_logins().map_err(|error| Failure::wrong(error.to_string()))?;
    let network = open_network(settings)?;
    let mut opened = sources::open(process, settings, &network)?;
    let ingest = rules.ingest(&settings.data).map_err(|error| people::failure(&error))?;
    for Opened { github, .. } in opened.iter_mut() {
        let reports = settings.data.join(rules.reports_folder());
        *github = github.clone().taking_people_by(Arc::clone(&ingest)).keeping_reports_in(reports);
    }
    let listings = Some(ListingsFile::in_data_folder(&settings.data));
    let source = CopilotSource { only: flags.org.clone(), listings, ..sources::copilot(opened) };
    source.check_without_asking().map_err(|wrong| Failure::wrong(wrong.to_string()).help(wrong.help))?;
    choices::kinds_exist(&flags.only, &[Arc::new(source.clone()) as Arc<dyn Source>])?;
    Ok(source)
}

impl Backfill<'_> {
    async fn check(&self) -> Result<(), Failure> {
        let names: Vec<&'static str> = self.kinds.iter().map(|(kind, _)| kind.name).collect();
        self.run.check(&names).await.map_err(|wrong| Failure::wrong(wrong.to_string()).help(wrong.help))
    }

    /// Looks which scopes there are and which days of them are wanted.
    async fn look(&mut self) -> Result<(), Failure> {
        for number in 0..self.kinds.len() {
            self.read_some(number, 0).await?;
        }
        Ok(())
    }

    /// Says what is going to be read, what it costs and how long it takes.
    fn tell_plan(&self) {
        if self.is_quiet {
            return;
        }
        let kinds: Vec<(&'static Kind, Amount)> = self.kinds.iter().map(|(kind, days)| (*kind, days.amount())).collect();
        let plan = backfill_plan::plan(&kinds, self.rate_limit(), self.clock.now());
        talk(plan.as_deref().unwrap_or("every day that GitHub has is held"));
    }

    async fn read(&mut self) -> Result<(), Failure> {
        while self.kinds.iter().any(|(_, days)| !days.is_done()) {
            for number in 0..self.kinds.len() {
                let days = Arc::clone(&self.kinds[number].1);
                if days.is_done() {
                    continue;
                }
                self.give_way().await;
                let scopes = usize::try_from(days.amount().scopes).unwrap_or(1).max(1);
                let began = self.clock.instant();
                self.read_some(number, (SLICES_A_ROUND / scopes).clamp(1, 28)).await?;
                self.reading += self.clock.instant().duration_since(began);
                self.keep_floors()?;
                if self.recorder.has_failed() {
                    return Err(Failure::failed("the history cannot be written").help("look at the warning above"));
                }
                self.tell_progress();
            }
        }
        Ok(())
    }

    /// Reads a few days of each scope of a kind; with none, only looks at the scopes.
    async fn read_some(&mut self, number: usize, each: usize) -> Result<(), Failure> {
        let (kind, days) = (self.kinds[number].0, Arc::clone(&self.kinds[number].1));
        let choice = Arc::new(NextDays { backfill: Arc::clone(&days), each });
        let request = ReadRequest {
            kind: kind.name.to_owned(),
            selector: Map::from_iter([("days".to_owned(), Value::from(MOST_DAYS))]),
            resource: number,
            looks_at: None,
            today: self.today,
            days: Some(ChosenDays { choice, again: false }),
        };
        let (sender, mut receiver) = mpsc::channel(EVENTS_AHEAD);
        let mut floors = Vec::new();
        let take = async {
            let mut open: Option<Slice> = None;
            let mut fatal = None;
            while let Some(event) = receiver.recv().await {
                self.recorder.take(&event);
                match event {
                    Event::Began(slice) => open = Some(slice),
                    Event::Ended { end, rejected, .. } => {
                        let Some(slice) = open.take() else { continue };
                        let end = doubted(end, rejected.count);
                        // Of the whole kind, and of single teams, nothing is kept.
                        if !slice.scope.is_empty() && !slice.scope.contains('/') {
                            let is_enterprise = kind.scope.is_enterprise();
                            let floor = days.ended(&slice.scope, is_enterprise, slice.day, &end);
                            floors.extend(floor.map(|(scope, day)| (scope, days.part(), day)));
                        }
                    }
                    Event::Fatal(error) => fatal = Some(error),
                    _ => {}
                }
            }
            fatal
        };
        let (read, fatal) = tokio::join!(self.run.read(request, sender), take);
        self.floors.append(&mut floors);
        read.map_err(|error| source_failure(&error))?;
        fatal.map_or(Ok(()), |error| Err(source_failure(&error)))
    }

    /// Writes down up to which days the source has nothing.
    fn keep_floors(&mut self) -> Result<(), Failure> {
        if self.floors.is_empty() {
            return Ok(());
        }
        // One writer after the other.
        self.recorder.settle();
        let mut store = HistoryStore::open(self.folder).map_err(|error| failure(&error))?;
        for (scope, part, day) in self.floors.drain(..) {
            store.note_floor(&scope, part, day).map_err(|error| failure(&error))?;
        }
        Ok(())
    }

    /// Waits while a resync runs, and while few requests are left for others.
    async fn give_way(&self) {
        let mut has_told = false;
        loop {
            let now = self.clock.now();
            let scarce = self.rate_limit().filter(|limit| limit.remaining < limit.limit / LEFT_TO_OTHERS && limit.reset > now);
            let reason = match scarce {
                _ if HistoryUse::has_run(self.folder) => "a resync is running".to_owned(),
                Some(limit) => format!("few requests are left until {}", limit.reset.strftime("%H:%M UTC")),
                None => return,
            };
            if !has_told && !self.is_quiet {
                talk(&format!("waiting: {reason}"));
            }
            has_told = true;
            self.clock.sleep(LOOK_EVERY).await;
        }
    }

    fn rate_limit(&self) -> Option<RateLimit> {
        self.source.spent().into_iter().map(|(_, usage)| usage).fold(Usage::default(), Usage::plus).rate_limit
    }

    fn tell_progress(&mut self) {
        let now = self.clock.instant();
        if self.is_quiet || self.told.is_some_and(|told| now.duration_since(told) < TELL_EVERY) {
            return;
        }
        self.told = Some(now);
        let amounts = self.kinds.iter().map(|(_, days)| days.amount());
        let (asked, all) = amounts.fold((0, 0), |(asked, all), amount| (asked + amount.asked, all + amount.days));
        talk(&backfill_plan::progress(asked, all, self.reading));
    }

    fn finish(mut self, ended: Option<Result<(), Failure>>) -> Result<u8, Failure> {
        let is_whole = matches!(ended, Some(Ok(())));
        let mut unread: BTreeMap<&'static str, Vec<UnreadDays>> = BTreeMap::new();
        for (kind, days) in &self.kinds {
            let (mut of_kind, floors) = days.finish();
            if is_whole {
                self.floors.extend(floors.into_iter().map(|(scope, day)| (scope, days.part(), day)));
            }
            unread.entry(kind.name).or_default().append(&mut of_kind);
        }
        if is_whole {
            self.keep_floors()?;
            self.run.keep();
        }
        let Summary { new, changed, unchanged, restated, .. } = self.recorder.finish();
        let read = new + changed + unchanged + restated.len() as u64;
        let mut text = format!("{} read: {} new", counted(read, "day", "days"), count(new));
        for (number, what) in [(changed, "changed"), (unchanged, "the same"), (restated.len() as u64, "restated")] {
            if number > 0 {
                text += &format!(", {} {what}", count(number));
            }
        }
        text += "\n";
        let unread: Vec<(&str, UnreadDays)> =
            unread.into_iter().flat_map(|(kind, unread)| unread.into_iter().map(move |it| (kind, it))).collect();
        console::data(Written::Page, &text)?;
        for (kind, it) in &unread {
            talk(&told(kind, it));
        }
        match ended {
            None => Err(Failure::failed("stopped").help("what was read is kept; run it again, and it goes on")),
            Some(Err(failure)) => Err(failure),
            Some(Ok(())) if unread.is_empty() => Ok(exit::DONE),
            Some(Ok(())) => Ok(exit::PARTIAL),
        }
    }
}

fn told(kind: &str, it: &UnreadDays) -> String {
    let days = if it.days == 0 { String::new() } else { format!(", {}", counted(it.days, "day", "days")) };
    let mut text = format!("{}, {kind}{days}: {}\n", it.scope.name, it.state);
    text += &format!("  {}", wrapped(&escape::line(&it.reason), 2));
    if let Some(remedy) = &it.remedy {
        text += &format!("  {}", wrapped(&escape::line(remedy), 2));
    }
    text.trim_end().to_owned()
}

/// A slice of which records were rejected is not read.
fn doubted(end: SliceEnd, rejected: u64) -> SliceEnd {
    match end {
        SliceEnd::Complete if rejected > 0 => SliceEnd::Failed {
            reason: format!("{} could not be read", counted(rejected, "record", "records")),
            remedy: "run it again later".to_owned(),
        },
        end => end,
    }
}

//! `pilotage history rebuild`: a new history of what can be read of the old one and of the report cache. GitHub is not asked.

use std::path::Path;
use std::sync::Arc;

use super::bookkeeping::history_host;
use super::console::{self, Written};
use super::failure::{Failure, exit};
use super::network::open_network;
use super::people;
use super::process::Process;
use super::sources::{self, Opened};
use crate::github::{DayReader, GitHub};
use crate::history::HistoryRecorder;
use crate::history::salvage::{DAMAGED_NAME, RebuildError, Rebuilding};
use crate::history::writing::Summary;
use crate::kind::{self, DayReport, Kind, ScopeLevel, Source, TeamReports, Vendor, persons};
use crate::model::item::{Batch, Enrichment};
use crate::model::secret::Secret;
use crate::model::slice::{Slice, SliceEnd};
use crate::privacy::PeopleRules;
use crate::reconcile::outcome::Mode;
use crate::render::number::counted;
use crate::resync::observe::Observer;
use crate::settings::Settings;
use crate::source::{ReportRows, RowsReport};

pub(super) async fn run(process: &Process, settings: Settings, folder: &Path, is_demo: bool) -> Result<u8, Failure> {
    let rules = people::rules(&settings)?;
    let kept = people::kept(&settings);
    people::settle(folder, &rules, Mode::Resync)?;
    let mut rebuilding = Rebuilding::begin(folder).map_err(|error| failure(&error))?;
    let salvaged = rebuilding.salvaged().clone();
    let host = history_host(&settings);
    let hosts = hosts(process, settings, folder, &rules)?;
    let recorder = HistoryRecorder::of_rebuild(&mut rebuilding, folder.to_owned(), host, process.clock.clone()).with_people(kept);
    let mut unreadable = 0;
    // A demo's reports are not cached.
    for (github, name) in hosts.iter().filter(|_| !is_demo) {
        for kind in kind::of(Vendor::GitHub) {
            for report in reports(kind) {
                unreadable += of_report(github, name, kind, report, &recorder).await;
            }
            if let Source::Teams(teams) = kind.source {
                unreadable += of_teams(github, name, kind, teams, &recorder).await;
            }
        }
    }
    let Summary { new, has_failed, .. } = recorder.finish();
    if has_failed {
        return Err(Failure::failed(format!("the new history in {} could not be written", folder.display()))
            .help("the old one is as it was; look at the warning above"));
    }
    rebuilding.finish().map_err(|error| failure(&error))?;
    let mut text = match &salvaged.damage {
        Some(damage) => format!(
            "the old history was damaged: {damage}\n{} of it could be read; it is kept as {}\n",
            counted(salvaged.facts, "part of a day", "parts of days"),
            folder.join(DAMAGED_NAME).display()
        ),
        None => format!("{} of the old history\n", counted(salvaged.facts, "part of a day", "parts of days")),
    };
    text += &format!("{} of the report cache\n", counted(new, "part of a day", "parts of days"));
    if unreadable > 0 {
        text += &format!("{} of the report cache could not be read\n", counted(unreadable, "report", "reports"));
    }
    text += "`pilotage history status` shows what is missing, and the command that brings it\n";
    console::data(Written::Page, &text)?;
    Ok(if unreadable > 0 { exit::PARTIAL } else { exit::DONE })
}

fn failure(error: &RebuildError) -> Failure {
    let failure = Failure::from_error(exit::FAILED, error);
    match error {
        RebuildError::Used { .. } => failure.help("wait for it to end, or stop it"),
        _ => failure,
    }
}

/// A client of each host, which reads its cached reports, with what scopes have behind their names where there are several.
fn hosts(
    process: &Process,
    mut settings: Settings,
    folder: &Path,
    rules: &PeopleRules,
) -> Result<Vec<(GitHub, String)>, Failure> {
    // Nothing is sent, so a credential is not needed.
    settings.github.sources = settings.github.sources.map(|mut source| {
        if source.login().is_err() {
            source.token = Some(Secret::new("none"));
            source.app_id = None;
        }
        source
    });
    let network = open_network(&settings)?;
    let opened = sources::open(process, &settings, &network)?;
    let reports = folder.join(rules.reports_folder());
    let ingest = rules.ingest(folder).map_err(|error| people::failure(&error))?;
    let mut clients: Vec<GitHub> = Vec::new();
    for Opened { github, .. } in opened.iter() {
        if !clients.iter().any(|known| known.host() == github.host()) {
            clients.push(github.clone().taking_people_by(Arc::clone(&ingest)).reading_reports_kept_in(reports.clone()));
        }
    }
    let is_alone = clients.len() == 1;
    let named = clients.into_iter().map(|github| {
        let suffix = if is_alone { String::new() } else { format!(" at {}", github.host()) };
        (github, suffix)
    });
    Ok(named.collect())
}

/// The reports of one day whose rows are the kind's items.
fn reports(kind: &Kind) -> Vec<DayReport> {
    let sources = [Some(kind.source), kind.of_enterprise];
    let day = |source: Source| if let Source::Report { day, .. } = source { Some(day) } else { None };
    sources.into_iter().flatten().filter_map(day).collect()
}

/// Gives the cached days of a report to the recorder. Says how many could not be read.
async fn of_report(github: &GitHub, suffix: &str, kind: &'static Kind, report: DayReport, recorder: &HistoryRecorder) -> u64 {
    let mut unreadable = 0;
    let level = if report.path.0.starts_with("/enterprises/") { ScopeLevel::Enterprise } else { ScopeLevel::Organization };
    let enrichment = Arc::new(level.enrichment(serde_json::Value::Null, None));
    for cached in github.cached_days(report.path) {
        let path = report.path.fill(&cached.owner, None);
        for day in cached.days {
            let Some(mut lines) = github.kept_day(&path, day, &kind.persons) else {
                unreadable += 1;
                continue;
            };
            let slice =
                Slice { day: Some(day), ..Slice::new(0, kind.name, format!("{}{suffix}", cached.owner), SliceEnd::Complete) };
            unreadable += u64::from(!of_day(&mut lines, &slice, kind, &enrichment, recorder).await);
        }
    }
    unreadable
}

/// Gives the cached days of teams to the recorder: those of which both reports are cached. Says how many could not be read.
async fn of_teams(github: &GitHub, suffix: &str, kind: &'static Kind, reports: TeamReports, recorder: &HistoryRecorder) -> u64 {
    let mut unreadable = 0;
    for cached in github.cached_days(reports.memberships.path) {
        let paths = [reports.memberships.path, reports.users.path].map(|path| path.fill(&cached.owner, None));
        for day in cached.days.iter().copied().filter(|day| github.keeps_day(&paths[1], *day)) {
            let slice =
                Slice { day: Some(day), ..Slice::new(0, kind.name, format!("{}{suffix}", cached.owner), SliceEnd::Complete) };
            recorder.slice_began(&slice);
            let mut is_whole = true;
            for (report, path) in [RowsReport::Memberships, RowsReport::Users].into_iter().zip(&paths) {
                is_whole &= match github.kept_day(path, day, &persons::USER_ROWS) {
                    Some(mut lines) => of_rows(&mut lines, report, recorder).await,
                    None => false,
                };
            }
            recorder.slice_read(0, &SliceEnd::Complete, u64::from(!is_whole));
            unreadable += u64::from(!is_whole);
        }
    }
    unreadable
}

/// Gives the rows of a report to the recorder. Says whether they could be read.
async fn of_rows(lines: &mut DayReader, report: RowsReport, recorder: &HistoryRecorder) -> bool {
    recorder.items_are_cached(lines.cached().and_then(|cached| cached.kept_at));
    loop {
        match lines.next().await {
            Ok(Some(rows)) => recorder.rows_read(&ReportRows { report, rows }),
            Ok(None) => return true,
            Err(_) => return false,
        }
    }
}

/// Gives a day to the recorder. Says whether it could be read.
async fn of_day(
    lines: &mut DayReader,
    slice: &Slice,
    kind: &'static Kind,
    enrichment: &Arc<Enrichment>,
    recorder: &HistoryRecorder,
) -> bool {
    recorder.slice_began(slice);
    recorder.items_are_cached(lines.cached().and_then(|cached| cached.kept_at));
    let mut rejected = 0;
    loop {
        match lines.next().await {
            Ok(Some(records)) => {
                let split = records.into_iter().map(|record| kind.split.items(record));
                let (items, wrong): (Vec<_>, Vec<_>) = split.partition(Result::is_ok);
                rejected += wrong.len() as u64;
                let items = items.into_iter().flatten().flatten().collect();
                let batch = Batch { source: lines.source(), enrichment: Arc::clone(enrichment), items };
                recorder.items_read(0, &batch);
            }
            Ok(None) => break,
            Err(_) => {
                rejected += 1;
                break;
            }
        }
    }
    recorder.slice_read(0, &SliceEnd::Complete, rejected);
    rejected == 0
}

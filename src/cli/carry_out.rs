//! A run from beginning to end, for every command and schedule, and its messages.

use std::time::Duration;

use jiff::Timestamp;
use tokio_util::sync::CancellationToken;
use tracing::Instrument;

use super::bookkeeping::Bookkeeping;
use super::console::{self, Written, talk};
use super::failure::{Failure, exit};
use super::flags::TextOrJson;
use super::open_catalog::catalog_failure;
use super::process::Process;
use super::progress::Progress;
use super::serving;
use super::style::Style;
use super::waits;
use super::world::{World, creates};
use crate::catalog::ResyncStatus;
use crate::history;
use crate::integration::announce::{CatalogReporting, Level, LogRecord, log_records};
use crate::integration::{RunEnd, RunError, RunRequest, RunResult, attend};
use crate::reconcile::outcome::Outcome;
use crate::render;
use crate::resync::observe::{NoObserver, Observer, TwoObservers};
use crate::resync::{Resync, ResyncError};
use crate::runs::RunId;
use crate::settings::Settings;
use crate::telemetry::{Ending, HistoryReport, RestatedReport, Telemetry, Watched};

/// Does work that precedes a run. A signal to stop ends it at once.
pub(super) async fn or_stopped<T>(end: &CancellationToken, work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let stopped = || Err(Failure::failed("stopped before anything was done"));
    serving::unless_ended(end, work).await.unwrap_or_else(stopped)
}

/// Reports to the catalog besides metrics.
pub(super) fn catalog_reporting(settings: &Settings) -> CatalogReporting {
    CatalogReporting { examples: settings.send_raw_data_examples, logs: settings.send_logs }
}

/// A run that was carried out.
pub(super) struct Ended {
    /// Its name, by which `pilotage runs` shows it.
    pub(super) id: RunId,
    /// Its outcome.
    pub(super) outcome: Outcome,
}

/// Runs, stopping early at a signal.
pub(super) async fn carry_out(
    process: &Process,
    world: &World,
    request: RunRequest<'_>,
    end: &CancellationToken,
) -> Result<Ended, Failure> {
    let until_stopped = async {
        end.cancelled().await;
        process.screen.without_bars(|| talk("stopping: requests that have begun are finished, nothing is deleted"));
    };
    let waiting = |wait: Duration| {
        let sentence = format!(
            "a resync of this integration is recorded as running; watching it for {} s to see whether it is alive (--force does not wait)",
            wait.as_secs()
        );
        process.screen.without_bars(|| talk(&sentence));
    };
    let mut id = None;
    let began = |run: &RunId| id = Some(run.clone());
    let result = attend_to(&process.telemetry, &world.books, &world.resync, request, until_stopped, waiting, began).await;
    let outcome = match result.end {
        Ok(ended) => outcome_of(ended)?,
        Err(error) => return Err(attended_failure(&error)),
    };
    let id = id.ok_or_else(|| Failure::failed("the run has no name"))?;
    Ok(Ended { id, outcome })
}

/// Runs a resync with its progress on the terminal. `force`: without looking for another run.
pub(super) async fn resync_once(
    process: &Process,
    world: &World,
    force: bool,
    end: &CancellationToken,
) -> Result<Ended, Failure> {
    let resources = world.resync.resources.len();
    let progress = Progress::new(process.screen.clone(), resources).watching(waits::of(world));
    let request = RunRequest {
        reporting: catalog_reporting(&world.settings),
        creates: creates(&world.settings),
        ..RunRequest::new(world.entry(force), &progress)
    };
    let ended = carry_out(process, world, request, end).await;
    // The bars go away with it, and what is printed next would mix with them.
    drop(progress);
    ended
}

/// The one place where this program runs a resync or a plan, whatever verb or schedule wants it: what every run leaves behind
/// besides its entities belongs here. `began` gets the name of the run before anything is asked.
pub(super) async fn attend_to(
    telemetry: &Telemetry,
    books: &Bookkeeping,
    resync: &Resync,
    request: RunRequest<'_>,
    until_stopped: impl Future<Output = ()>,
    log_waiting: impl FnOnce(Duration),
    began: impl FnOnce(&RunId),
) -> RunResult {
    let name = resync.catalog.resync_id().unwrap_or_default();
    let watched = Watched::of(resync);
    let is_whole = watched.is_whole || resync.options.only_kinds == books.chosen_kinds;
    let watched = Watched { hides_gone: books.hides_gone(), is_whole, ..watched };
    let recorder = telemetry.begin(watched, books.facts_of(resync), Some(&books.data), name);
    let span = recorder.span();
    span.in_scope(|| began(recorder.id()));
    let history = books.history_of(resync);
    let keeping: &dyn Observer = history.as_ref().map_or(&NoObserver, |history| history);
    let feed = books.feed.as_ref().map(|feed| feed.begin(recorder.id()));
    let feed: &dyn Observer = feed.as_ref().map_or(&NoObserver, |feed| feed);
    let both = TwoObservers(request.observer, &recorder);
    let kept = TwoObservers(&both, keeping);
    let all = TwoObservers(&kept, feed);
    let request = RunRequest { observer: &all, ..request };
    let stop_wanted = async {
        match &books.feed {
            Some(feed) => feed.stop_wanted().await,
            None => std::future::pending().await,
        }
    };
    let until_stopped = async {
        tokio::select! {
            () = until_stopped => {}
            () = stop_wanted => {}
        }
    };
    let result = attend(resync, request, until_stopped, log_waiting).instrument(span.clone()).await;
    if let Some(history) = history {
        span.in_scope(|| recorder.note_history(history_report(&history.finish())));
    }
    let failure = result.end.as_ref().err().map(attended_failure);
    let (ending, code) = match (&result.end, &failure) {
        (Ok(RunEnd::Finished(outcome)), _) => (Ending::Outcome(outcome), outcome.exit_code(books.partial_ok)),
        (Err(_), Some(failure)) => (Ending::Failed { error: failure.message() }, failure.code),
        (Ok(RunEnd::CutOff { .. }) | Err(_), _) => (Ending::CutOff, exit::FAILED),
    };
    span.in_scope(|| recorder.end(ending, code));
    if let Some(feed) = &books.feed {
        feed.ended(ending.state());
    }
    result
}

/// What a run has read for the history, for its report; what was restated is told.
fn history_report(summary: &history::writing::Summary) -> HistoryReport {
    let restated = summary.restated.iter();
    let restated: Vec<RestatedReport> =
        restated.map(|it| RestatedReport { scope: it.scope.name.clone(), part: it.part.name(), day: it.day }).collect();
    if !restated.is_empty() {
        tracing::warn!(days = restated.len(), "GitHub has restated days that were final; `pilotage history restated` shows them");
    }
    HistoryReport { new: summary.new, changed: summary.changed, unchanged: summary.unchanged, restated }
}

/// The outcome of a run that ended by itself.
pub(super) fn outcome_of(ended: RunEnd) -> Result<Outcome, Failure> {
    match ended {
        RunEnd::Finished(outcome) => Ok(outcome),
        RunEnd::CutOff { after } => {
            let message = match after.as_secs() {
                0 => "stopped before anything was done".to_owned(),
                seconds => format!("stopped, and requests that did not end within {seconds} s were dropped"),
            };
            Err(Failure::failed(message).help("run it again: what is done stays done, the rest is done then"))
        }
    }
}

/// Failure of a run that did not begin or could not go on.
pub(super) fn attended_failure(error: &RunError) -> Failure {
    match error {
        RunError::AlreadyRunning(alive) => Failure::failed(alive.to_string())
            .help("wait for it to end, or stop it; --force starts without looking, which makes two write at the same time"),
        RunError::Resync(error) => failure(error),
    }
}

/// Outcome with the name of its run, for JSON.
#[derive(serde::Serialize)]
struct Named<'a> {
    id: &'a str,
    #[serde(flatten)]
    outcome: &'a Outcome,
}

/// Prints an outcome in the requested form. In text, the result comes first, and problems go to stderr, so that they are seen when
/// stdout is redirected, and when only errors are kept. With `--quiet` the result is left out.
pub(super) fn print(process: &Process, ended: &Ended, form: TextOrJson) -> Result<(), Failure> {
    let Ended { id, outcome } = ended;
    let text = match form {
        TextOrJson::Text => {
            if !process.common.quiet {
                console::data(Written::Report, &render::outcome::summary(outcome, Style::current().stdout_width))?;
            }
            let problems = render::outcome::problems(outcome);
            if !problems.is_empty() {
                talk(&format!("\n{}", problems.trim()));
            }
            if !process.common.quiet {
                talk(&format!("\nrun {id}; `pilotage runs last` shows this again"));
            }
            return Ok(());
        }
        TextOrJson::Json => {
            let json = serde_json::to_string_pretty(&Named { id: id.as_str(), outcome });
            json.map_err(|error| Failure::failed(format!("cannot write the outcome: {error}")))? + "\n"
        }
    };
    console::data(form, &text)?;
    Ok(())
}

/// Logs the warnings and errors of a run that ended. `run_id` is none where the lines are logged within the run.
pub(super) fn tell_records(run_id: Option<&RunId>, outcome: &Outcome, status: ResyncStatus, next: Option<Timestamp>) {
    let next = next.map(tracing::field::display);
    let run_id = run_id.map(tracing::field::display);
    let mut records = log_records(outcome, status);
    // The last one sums up, as the line of the recorder does with more numbers; it is repeated only where it is bad news.
    records.pop_if(|last| last.level == Level::Info);
    for LogRecord { level, kind, scope, message } in records {
        match level {
            Level::Error => tracing::error!(run_id, kind, scope, next, "{message}"),
            Level::Warning => tracing::warn!(run_id, kind, scope, next, "{message}"),
            Level::Info => tracing::info!(run_id, next, "{message}"),
        }
    }
}

fn failure(error: &ResyncError) -> Failure {
    match error {
        ResyncError::Catalog(cause) => catalog_failure(exit::FAILED, cause),
        ResyncError::Source(cause) => Failure::from_error(exit::FAILED, cause).help(cause.remedy.clone()),
        ResyncError::Choice(wrong) => Failure::wrong(wrong.to_string()).help(wrong.help.clone()),
        ResyncError::Workers(_) => Failure::from_error(exit::FAILED, error),
    }
}

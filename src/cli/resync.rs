//! `pilotage resync`: makes the catalog agree with GitHub, once.

use std::io::{self, IsTerminal};
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tracing::Instrument;

use super::console::{self, talk};
use super::failure::{Failure, exit};
use super::flags::{CommonFlags, ResyncFlags, TextOrJson};
use super::plan;
use super::progress::Progress;
use super::serve;
use super::serving;
use super::sources;
use super::telemetry::{Bookkeeping, telemetry};
use super::world::{Base, Places, Started, World, catalog_failure, creates};
use crate::catalog::ResyncStatus;
use crate::github::RequestSubject;
use crate::integration::announce::CatalogReporting;
use crate::integration::{RunEnd, RunError, RunRequest, RunResult, attend};
use crate::model::slice::Slice;
use crate::reconcile::outcome::{Mode, Outcome};
use crate::render;
use crate::resync::observe::{Observer, TwoObservers};
use crate::resync::{Resync, ResyncError};
use crate::settings::Settings;
use crate::telemetry::{Ending, Watched};

pub(super) async fn run(common: &CommonFlags, flags: &ResyncFlags) -> Result<u8, Failure> {
    if flags.confirm && !(io::stdin().is_terminal() && io::stderr().is_terminal()) {
        return Err(Failure::wrong("--confirm asks on a terminal, and there is none")
            .help("`pilotage plan` shows what would change; without --confirm `pilotage resync` does it"));
    }
    let end = serving::word_to_end();
    let mode = if flags.confirm { Mode::Plan } else { Mode::Resync };
    let mut world = or_stopped(&end, World::open(common, &flags.scope, flags.partial_ok, mode)).await?;
    if !common.quiet {
        talk(&format!("resync from {} into {}", sources::hosts(&world.settings), world.destination));
    }
    if flags.confirm {
        let planned = plan::show(&world, &end).await?;
        let code = planned.exit_code(world.settings.partial_ok);
        if planned.aborted || planned.changes() == 0 {
            return Ok(code);
        }
        if !agreed(&end, "write these changes?").await? {
            talk("nothing was written");
            return Ok(exit::FAILED);
        }
        drop(world);
        world = or_stopped(&end, World::open(common, &flags.scope, flags.partial_ok, Mode::Resync)).await?;
    }
    let outcome = finish(&world, flags, &end).await?;
    print(&outcome, flags.output)?;
    Ok(outcome.exit_code(world.settings.partial_ok))
}

/// One resync with settings that were read already, for `serve` with the listener that resyncs once. Nobody may be watching, so
/// what went wrong is in the log; a run that could not be made is there, too.
pub(super) async fn once(
    common: &CommonFlags,
    flags: &ResyncFlags,
    started: Started,
    end: &CancellationToken,
) -> Result<u8, Failure> {
    let ended = run_once(common, flags, started, end).await;
    if let Err(failure) = &ended {
        tracing::error!("resync failed: {}", failure.in_one_line());
    }
    ended
}

async fn run_once(common: &CommonFlags, flags: &ResyncFlags, started: Started, end: &CancellationToken) -> Result<u8, Failure> {
    let base = Base::open(started, &flags.scope, &Places::default(), Mode::Resync)?;
    let world = or_stopped(end, World::of(base)).await?;
    if !common.quiet {
        talk(&format!("resync from {} into {}", world.settings.github.host, world.destination));
    }
    let outcome = finish(&world, flags, end).await?;
    let status = match (outcome.aborted, outcome.is_complete()) {
        (true, _) => ResyncStatus::Aborted,
        (false, true) => ResyncStatus::Completed,
        (false, false) => ResyncStatus::Failed,
    };
    serve::tell_records(world.resync.catalog.resync_id().unwrap_or_default(), &outcome, status, None);
    // Its troubles are in the log, once.
    console::data(console::Written::Page, &render::outcome::summary(&outcome))?;
    Ok(outcome.exit_code(world.settings.partial_ok))
}

async fn finish(world: &World, flags: &ResyncFlags, end: &CancellationToken) -> Result<Outcome, Failure> {
    let progress = Progress::new(world.screen.clone());
    let request = RunRequest {
        reporting: catalog_reporting(&world.settings),
        creates: creates(&world.settings),
        ..RunRequest::new(world.entry(flags.force), &progress)
    };
    let outcome = carry_out(world, request, end).await?;
    // The bars go away with it, and what is printed next would mix with them.
    drop(progress);
    Ok(outcome)
}

/// What is done before a run begins. The word to end ends it at once.
pub(super) async fn or_stopped<T>(end: &CancellationToken, work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let stopped = || Err(Failure::failed("stopped before anything was done"));
    serving::unless_ended(end, work).await.unwrap_or_else(stopped)
}

/// What the catalog is told beyond metrics.
pub(super) fn catalog_reporting(settings: &Settings) -> CatalogReporting {
    CatalogReporting { examples: settings.send_raw_data_examples, logs: settings.send_logs }
}

/// Asks whether to go on. Whoever tells the process to end has answered no.
pub(super) async fn agreed(end: &CancellationToken, question: &'static str) -> Result<bool, Failure> {
    let asked = tokio::task::spawn_blocking(|| super::catalog::agreed(question));
    match serving::unless_ended(end, asked).await {
        None => {
            talk("");
            Ok(false)
        }
        Some(answer) => answer.map_err(|_| Failure::failed("the question broke off"))?,
    }
}

/// Runs, stopping early when the process is told to end.
pub(super) async fn carry_out(world: &World, request: RunRequest<'_>, end: &CancellationToken) -> Result<Outcome, Failure> {
    let told_to_end = async {
        end.cancelled().await;
        talk("stopping: what is in flight is finished, nothing is deleted");
    };
    let waiting = |wait: Duration| {
        talk(&format!(
            "a resync of this integration is said to be running; watching it for {} s to see whether it is alive (--force does not wait)",
            wait.as_secs()
        ));
    };
    match attend_to(&world.books, &world.resync, request, told_to_end, waiting).await.end {
        Ok(ended) => outcome_of(ended),
        Err(error) => Err(attended_failure(&error)),
    }
}

/// The one place where this program runs a resync or a plan, whatever verb or schedule wants it: what every run leaves behind
/// besides its entities belongs here.
pub(super) async fn attend_to(
    books: &Bookkeeping,
    resync: &Resync,
    request: RunRequest<'_>,
    told_to_end: impl Future<Output = ()>,
    on_waiting: impl FnOnce(Duration),
) -> RunResult {
    let name = resync.catalog.resync_id().unwrap_or_default();
    let recorder = telemetry().begin(Watched::of(resync), books.facts.clone(), Some(&books.data), name);
    let span = recorder.span();
    let both = TwoObservers(request.observer, &recorder);
    let request = RunRequest { observer: &both, ..request };
    let result = attend(resync, request, told_to_end, on_waiting).instrument(span.clone()).await;
    let failure = result.end.as_ref().err().map(attended_failure);
    let (ending, code) = match (&result.end, &failure) {
        (Ok(RunEnd::Finished(outcome)), _) => (Ending::Outcome(outcome), outcome.exit_code(books.partial_ok)),
        (Err(_), Some(failure)) => (Ending::Failed { error: failure.message() }, failure.code),
        (Ok(RunEnd::CutOff { .. }) | Err(_), _) => (Ending::CutOff, exit::FAILED),
    };
    span.in_scope(|| recorder.end(ending, code));
    result
}

/// The outcome of a run that was not cut off.
pub(super) fn outcome_of(ended: RunEnd) -> Result<Outcome, Failure> {
    match ended {
        RunEnd::Finished(outcome) => Ok(outcome),
        RunEnd::CutOff { after } => {
            let message = match after.as_secs() {
                0 => "stopped before anything was done".to_owned(),
                seconds => format!("stopped, and what was in flight was dropped because it did not end within {seconds} s"),
            };
            Err(Failure::failed(message).help("run it again: what is done stays done, the rest is done then"))
        }
    }
}

/// Why a run did not begin or could not go on, for people.
pub(super) fn attended_failure(error: &RunError) -> Failure {
    match error {
        RunError::AlreadyRunning(alive) => Failure::failed(alive.to_string())
            .help("wait for it to end, or stop it; --force starts without looking, which makes two write at the same time"),
        RunError::Resync(error) => failure(error),
    }
}

/// Prints an outcome in the form that was asked for. As text, what went wrong goes to stderr: whoever reads only what was done
/// must not miss it, and whoever keeps only errors must find them.
pub(super) fn print(outcome: &Outcome, form: TextOrJson) -> Result<(), Failure> {
    let text = match form {
        TextOrJson::Text => {
            let problems = render::outcome::problems(outcome);
            if !problems.is_empty() {
                talk(&format!("{}\n", problems.trim()));
            }
            render::outcome::summary(outcome)
        }
        TextOrJson::Json => {
            let json = serde_json::to_string_pretty(outcome);
            json.map_err(|error| Failure::failed(format!("cannot write the outcome: {error}")))? + "\n"
        }
    };
    console::data(form, &text)?;
    Ok(())
}

impl Observer for Progress {
    fn resource_began(&self, resource: usize, kind: &str) {
        self.resource_started(resource, kind, None);
    }

    fn slice_ended(&self, slice: &Slice) {
        self.scope_done(slice.resource);
    }

    fn items_mapped(&self, resource: usize, count: u64) {
        self.items(resource, count);
    }

    fn entities_loaded(&self, resource: usize, count: u64) {
        self.entities(resource, count);
    }

    fn resource_ended(&self, resource: usize) {
        self.resource_finished(resource);
    }
}

fn failure(error: &ResyncError) -> Failure {
    match error {
        ResyncError::Catalog(cause) => catalog_failure(exit::FAILED, cause),
        ResyncError::GitHub(cause) => {
            let end = cause.slice_end(RequestSubject::Organizations);
            Failure::from_error(exit::FAILED, cause).help(end.remedy().unwrap_or_default())
        }
        ResyncError::Choice(wrong) => Failure::wrong(wrong.to_string()).help(wrong.help.clone()),
        ResyncError::Workers(_) => Failure::from_error(exit::FAILED, error),
    }
}

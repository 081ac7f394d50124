//! `pilotage resync`: makes the catalog agree with GitHub, once.

use std::io::{self, IsTerminal};

use tracing::Instrument;

use super::console::{self, talk};
use super::failure::{Failure, exit};
use super::flags::{CommonFlags, ResyncFlags, TextOrJson};
use super::plan;
use super::progress::Progress;
use super::telemetry::telemetry;
use super::world::{World, catalog_failure, seed};
use crate::github::About;
use crate::model::slice::Slice;
use crate::reconcile::outcome::{Mode, Outcome};
use crate::render;
use crate::resync::guard::Entry;
use crate::resync::observe::{Both, Observer};
use crate::resync::{Attended, AttendedError, Resync, ResyncError, attend};
use crate::telemetry::{Ending, Watched};

pub(super) async fn run(common: &CommonFlags, flags: &ResyncFlags) -> Result<u8, Failure> {
    if flags.confirm && !(io::stdin().is_terminal() && io::stderr().is_terminal()) {
        return Err(Failure::wrong("--confirm asks on a terminal, and there is none")
            .help("`pilotage plan` shows what would change; without --confirm `pilotage resync` does it"));
    }
    let mode = if flags.confirm { Mode::Plan } else { Mode::Resync };
    let mut world = World::open(common, &flags.scope, flags.partial_ok, mode).await?;
    if !common.quiet {
        talk(&format!("resync from {} into {}", world.settings.github.host, world.destination));
    }
    if flags.confirm {
        let planned = plan::show(&world).await?;
        let code = planned.exit_code(world.settings.partial_ok);
        if planned.aborted || planned.changes() == 0 {
            return Ok(code);
        }
        if !agreed().await? {
            talk("nothing was written");
            return Ok(exit::FAILED);
        }
        drop(world);
        world = World::open(common, &flags.scope, flags.partial_ok, Mode::Resync).await?;
    }
    world.create_integration().await?;
    let progress = Progress::new(world.screen.clone());
    let outcome = carry_out(&world, world.entry(flags.force), &progress).await?;
    // The bars go away with it, and what is printed next would mix with them.
    drop(progress);
    print(&outcome, flags.output)?;
    Ok(outcome.exit_code(world.settings.partial_ok))
}

/// Asks whether to go on. Whoever tells the process to end has answered no.
async fn agreed() -> Result<bool, Failure> {
    let asked = tokio::task::spawn_blocking(|| super::catalog::agreed("write these changes?"));
    tokio::select! {
        () = told_to_end() => {
            talk("");
            Ok(false)
        }
        answer = asked => answer.map_err(|_| Failure::failed("the question broke off"))?,
    }
}

/// Comes true when the process is told to end, and never where that cannot be listened for.
async fn told_to_end() {
    if !super::serving::told_to_end().await {
        std::future::pending::<()>().await;
    }
}

/// Runs, stopping early when the process is told to end. A resync leaves its report and its metrics, however it ends.
pub(super) async fn carry_out(world: &World, entry: Entry, observer: &dyn Observer) -> Result<Outcome, Failure> {
    let World { resync, settings, .. } = world;
    let recorder = telemetry().begin(Watched::of(resync), world.facts(), Some(&settings.data), &run_name());
    let span = recorder.span();
    let ended = attend_talking(resync, entry, &Both(observer, &recorder)).instrument(span.clone()).await;
    let is_cut_off = matches!(ended, Ok(Attended::CutOff { .. }));
    let ended = outcome(ended);
    let (ending, code) = match &ended {
        Ok(outcome) => (Ending::Outcome(outcome), outcome.exit_code(settings.partial_ok)),
        Err(failure) if is_cut_off => (Ending::CutOff, failure.code),
        Err(failure) => (Ending::Failed { error: failure.message() }, failure.code),
    };
    span.in_scope(|| recorder.end(ending, code));
    ended
}

/// A name for a run that another of the same second does not have.
fn run_name() -> String {
    // Of a clock's reading the lower digits differ, and the product carries them to the front.
    format!("{:016x}", seed().wrapping_mul(0x9e37_79b9_7f4a_7c15))
}

async fn attend_talking(resync: &Resync, entry: Entry, observer: &dyn Observer) -> Result<Attended, AttendedError> {
    let told_to_end = async {
        told_to_end().await;
        talk("stopping: what is in flight is finished, nothing is deleted");
    };
    let waiting = |wait: std::time::Duration| {
        talk(&format!(
            "a resync of this integration is said to be running; watching it for {} s to see whether it is alive (--force does not wait)",
            wait.as_secs()
        ));
    };
    attend(resync, entry, observer, told_to_end, waiting).await
}

fn outcome(ended: Result<Attended, AttendedError>) -> Result<Outcome, Failure> {
    match ended {
        Ok(Attended::Ended(outcome)) => Ok(outcome),
        Ok(Attended::CutOff { after }) => {
            let message = match after.as_secs() {
                0 => "stopped before anything was done".to_owned(),
                seconds => format!("stopped, and what was in flight was dropped because it did not end within {seconds} s"),
            };
            Err(Failure::failed(message).help("run it again: what is done stays done, the rest is done then"))
        }
        Err(AttendedError::AnotherRuns(alive)) => Err(Failure::failed(alive.to_string())
            .help("wait for it to end, or stop it; --force starts without looking, which makes two write at the same time")),
        Err(AttendedError::Resync(error)) => Err(failure(&error)),
    }
}

/// Prints an outcome in the form that was asked for.
pub(super) fn print(outcome: &Outcome, form: TextOrJson) -> Result<(), Failure> {
    let text = match form {
        TextOrJson::Text => render::outcome::text(outcome),
        TextOrJson::Json => {
            let json = serde_json::to_string_pretty(outcome);
            json.map_err(|error| Failure::failed(format!("cannot write the outcome: {error}")))? + "\n"
        }
    };
    console::data(&text)?;
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
            let end = cause.slice_end(About::Organizations);
            Failure::from_error(exit::FAILED, cause).help(end.remedy().unwrap_or_default())
        }
        ResyncError::Workers(_) => Failure::from_error(exit::FAILED, error),
    }
}

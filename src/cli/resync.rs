//! `pilotage resync`: makes the catalog agree with GitHub, once.

use super::console;
use super::failure::{Failure, exit};
use super::flags::{CommonFlags, ResyncFlags, TextOrJson};
use super::progress::Progress;
use super::world::{World, catalog_failure};
use crate::github::About;
use crate::model::slice::Slice;
use crate::reconcile::outcome::{Mode, Outcome};
use crate::render;
use crate::resync::observe::Observer;
use crate::resync::{self, Resync, ResyncError};

pub(super) async fn run(common: &CommonFlags, flags: &ResyncFlags) -> Result<u8, Failure> {
    let world = World::open(common, &flags.scope, flags.partial_ok, Mode::Resync).await?;
    if !common.quiet {
        console::talk(&format!("resync from {} into {}", world.settings.github.host, world.destination));
    }
    let progress = Progress::new(world.screen.clone());
    let outcome = carry_out(&world.resync, &progress).await?;
    // The bars go away with it, and what is printed next would mix with them.
    drop(progress);
    print(&outcome, flags.output)?;
    Ok(outcome.exit_code(world.settings.partial_ok))
}

/// Runs, stopping early when the process is told to end.
pub(super) async fn carry_out(resync: &Resync, observer: &dyn Observer) -> Result<Outcome, Failure> {
    let stop = resync.options.stop.clone();
    let listener = tokio::spawn(async move {
        if super::serving::told_to_end().await {
            stop.cancel();
        }
    });
    let ran = resync::run(resync, observer).await;
    listener.abort();
    ran.map_err(|error| failure(&error))
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

//! `pilotage resync`: makes the catalog agree with GitHub, once.

use std::io::{self, IsTerminal};

use tokio_util::sync::CancellationToken;

use super::carry_out::{carry_out, catalog_reporting, or_stopped, print, tell_records};
use super::console::{self, talk};
use super::failure::{Failure, exit};
use super::flags::ResyncFlags;
use super::plan;
use super::process::Process;
use super::progress::Progress;
use super::question::agreed_unless_stopped;
use super::serving;
use super::world::{Base, Places, World, creates};
use crate::catalog::ResyncStatus;
use crate::integration::RunRequest;
use crate::reconcile::outcome::{Mode, Outcome};
use crate::render;
use crate::settings::Settings;

pub(super) async fn run(process: &Process, flags: &ResyncFlags) -> Result<u8, Failure> {
    if flags.confirm && !(io::stdin().is_terminal() && io::stderr().is_terminal()) {
        return Err(Failure::wrong("--confirm asks on a terminal, and there is none")
            .help("`pilotage plan` shows what would change; without --confirm `pilotage resync` does it"));
    }
    let end = serving::stop_signal();
    let mode = if flags.confirm { Mode::Plan } else { Mode::Resync };
    let mut world = or_stopped(&end, World::open(process, &flags.scope, flags.partial_ok, mode)).await?;
    if !process.common.quiet {
        talk(&format!("resync from {} into {}\n{}", world.shared.settings.hosts(), world.shared.destination, world.mapping));
    }
    if flags.confirm {
        let planned = plan::show(process, &world, &end).await?;
        let code = planned.exit_code(world.shared.settings.partial_ok);
        if planned.aborted || planned.changes() == 0 {
            return Ok(code);
        }
        if !agreed_unless_stopped(&end, "write these changes?").await? {
            talk("nothing was written");
            return Ok(exit::FAILED);
        }
        drop(world);
        world = or_stopped(&end, World::open(process, &flags.scope, flags.partial_ok, Mode::Resync)).await?;
    }
    let outcome = finish(process, &world, flags, &end).await?;
    print(&outcome, flags.output)?;
    Ok(outcome.exit_code(world.shared.settings.partial_ok))
}

/// One resync with settings that were read already, for `serve` with the listener that resyncs once. Nobody may be watching, so
/// what went wrong is in the log; a run that could not be made is there, too.
pub(super) async fn once(
    process: &Process,
    flags: &ResyncFlags,
    settings: Settings,
    end: &CancellationToken,
) -> Result<u8, Failure> {
    let ended = run_once(process, flags, settings, end).await;
    if let Err(failure) = &ended {
        tracing::error!("resync failed: {}", failure.in_one_line());
    }
    ended
}

async fn run_once(process: &Process, flags: &ResyncFlags, settings: Settings, end: &CancellationToken) -> Result<u8, Failure> {
    let base = Base::open(process, settings, &flags.scope, &Places::default(), Mode::Resync)?;
    let world = or_stopped(end, World::of(base)).await?;
    if !process.common.quiet {
        talk(&format!("resync from {} into {}\n{}", world.shared.settings.hosts(), world.shared.destination, world.mapping));
    }
    let outcome = finish(process, &world, flags, end).await?;
    let status = match (outcome.aborted, outcome.is_complete()) {
        (true, _) => ResyncStatus::Aborted,
        (false, true) => ResyncStatus::Completed,
        (false, false) => ResyncStatus::Failed,
    };
    tell_records(world.resync.catalog.resync_id().unwrap_or_default(), &outcome, status, None);
    // Its troubles are in the log, once.
    console::data(console::Written::Page, &render::outcome::summary(&outcome))?;
    Ok(outcome.exit_code(world.shared.settings.partial_ok))
}

async fn finish(process: &Process, world: &World, flags: &ResyncFlags, end: &CancellationToken) -> Result<Outcome, Failure> {
    let progress = Progress::new(process.screen.clone());
    let request = RunRequest {
        reporting: catalog_reporting(&world.shared.settings),
        creates: creates(&world.shared.settings),
        ..RunRequest::new(world.shared.entry(flags.force), &progress)
    };
    let outcome = carry_out(process, world, request, end).await?;
    // The bars go away with it, and what is printed next would mix with them.
    drop(progress);
    Ok(outcome)
}

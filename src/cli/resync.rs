//! `pilotage resync`: makes the catalog agree with GitHub, once.

use std::io::{self, IsTerminal};

use tokio_util::sync::CancellationToken;

use super::apply;
use super::carry_out::{Ended, or_stopped, print, resync_once, tell_records};
use super::console::{self, Written, talk};
use super::failure::{Failure, exit};
use super::flags::ResyncFlags;
use super::plan;
use super::process::Process;
use super::question::agreed_unless_stopped;
use super::serving;
use super::style::Style;
use super::world::{Base, Places, World};
use crate::catalog::ResyncStatus;
use crate::reconcile::outcome::Mode;
use crate::render;
use crate::settings::Settings;

pub(super) async fn run(process: &Process, flags: &ResyncFlags) -> Result<u8, Failure> {
    if flags.confirm && !(io::stdin().is_terminal() && io::stderr().is_terminal()) {
        return Err(Failure::wrong("--confirm asks on a terminal, and there is none")
            .help("`pilotage plan` shows what would change; without --confirm `pilotage resync` does it"));
    }
    if let Some(file) = &flags.plan {
        return apply::run(process, flags, file).await;
    }
    let end = serving::stop_signal();
    let mode = if flags.confirm { Mode::Plan } else { Mode::Resync };
    let mut world = or_stopped(&end, World::open(process, &flags.scope, flags.partial_ok, mode)).await?;
    talk(&format!("resync from {} into {}\n{}", world.origin, world.destination, world.mapping));
    if flags.confirm {
        let planned = plan::show(process, &world, &end).await?;
        let code = planned.exit_code(world.settings.partial_ok);
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
    let ended = resync_once(process, &world, flags.force, &end).await?;
    print(process, &ended, flags.output)?;
    Ok(ended.outcome.exit_code(world.settings.partial_ok))
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
    // With JSON logs the error itself is a line of the log.
    if let Err(failure) = &ended
        && !Style::current().is_json
    {
        tracing::error!("resync failed: {}", failure.in_one_line());
    }
    ended
}

async fn run_once(process: &Process, flags: &ResyncFlags, settings: Settings, end: &CancellationToken) -> Result<u8, Failure> {
    let base = Base::open(process, settings, &flags.scope, &Places::default(), Mode::Resync)?;
    let world = or_stopped(end, World::of(base)).await?;
    talk(&format!("resync from {} into {}\n{}", world.origin, world.destination, world.mapping));
    let Ended { id, outcome } = resync_once(process, &world, flags.force, end).await?;
    let status = match (outcome.aborted, outcome.is_complete()) {
        (true, _) => ResyncStatus::Aborted,
        (false, true) => ResyncStatus::Completed,
        (false, false) => ResyncStatus::Failed,
    };
    tell_records(Some(&id), &outcome, status, None);
    // Its troubles are in the log, once.
    if !process.common.quiet {
        console::data(Written::Report, &render::outcome::summary(&outcome, Style::current().stdout_width))?;
    }
    Ok(outcome.exit_code(world.settings.partial_ok))
}

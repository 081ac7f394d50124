//! `pilotage resync --plan`: applies what was reviewed, or writes nothing.
//!
//! A second plan is made and compared with the file before anything is opened for writing. The run that follows has the changes of
//! the file, and neither sends nor deletes anything else: what moves after the comparison is left as it is.

use std::path::Path;
use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::carry_out::{carry_out, or_stopped, print, resync_once};
use super::console::talk;
use super::failure::Failure;
use super::flags::ResyncFlags;
use super::plan_file::{Comparison, PlanFile, PlanHead};
use super::process::Process;
use super::serving;
use super::world::World;
use crate::integration::RunRequest;
use crate::integration::guard::Admission;
use crate::reconcile::outcome::Mode;
use crate::render::number::counted;
use crate::resync::review::Reviewed;

pub(super) async fn run(process: &Process, flags: &ResyncFlags, path: &Path) -> Result<u8, Failure> {
    let file = PlanFile::open(path)?;
    let scope = file.head.choices.flags(&file.head.mapping, &flags.scope);
    let flags = ResyncFlags { scope, ..flags.clone() };
    let end = serving::stop_signal();
    compare(process, &flags, &file, path, &end).await?;
    let mut world = open(process, &flags, &file, path, Mode::Resync, &end).await?;
    world.resync.options.reviewed = Some(Arc::new(file.reviewed()?));
    let ended = resync_once(process, &world, flags.force, &end).await?;
    print(process, &ended, flags.output)?;
    Ok(ended.outcome.exit_code(world.settings.partial_ok))
}

/// Plans again, and checks that the changes are those of the file.
async fn compare(
    process: &Process,
    flags: &ResyncFlags,
    file: &PlanFile,
    path: &Path,
    end: &CancellationToken,
) -> Result<(), Failure> {
    let mut world = open(process, flags, file, path, Mode::Plan, end).await?;
    if !process.common.quiet {
        let changes = counted(file.end.changes, "change", "changes");
        talk(&format!(
            "resync from {} into {}\n{}\nplan of {}: {changes}; comparing it with the world of now",
            world.origin,
            world.destination,
            world.mapping,
            file.began()
        ));
    }
    world.resync.options.reviewed = Some(Arc::new(Reviewed { began: file.began(), ..Reviewed::default() }));
    let comparison = Comparison::new(file)?;
    let ended = carry_out(process, &world, RunRequest::new(Admission::Unchecked, &comparison), end).await?;
    if ended.outcome.aborted {
        return Err(Failure::failed("stopped before anything was written"));
    }
    comparison.check()
}

/// Opens what the flags name, and checks that it is what the plan was made for.
async fn open(
    process: &Process,
    flags: &ResyncFlags,
    file: &PlanFile,
    path: &Path,
    mode: Mode,
    end: &CancellationToken,
) -> Result<World, Failure> {
    let opened = async {
        let world = World::open(process, &flags.scope, flags.partial_ok, mode).await?;
        let now = PlanHead::of(&world, &flags.scope, file.began()).await;
        match file.head.difference(&now) {
            None => Ok(world),
            Some(difference) => Err(Failure::wrong(format!(
                "`{}` cannot be applied here: {difference}; nothing was written",
                path.display()
            ))
            .help("run it with the settings and the mapping of the plan, or make a new plan with `pilotage plan --out FILE`")),
        }
    };
    or_stopped(end, opened).await
}

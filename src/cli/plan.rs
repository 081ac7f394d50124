//! `pilotage plan`: what a resync would do, without doing it.

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use tokio_util::sync::CancellationToken;

use super::carry_out::{carry_out, or_stopped};
use super::console::{self, Written};
use super::failure::{Failure, exit};
use super::flags::{PlanFlags, PlanFormat, Show};
use super::plan_file::{PlanFileWriter, PlanHead};
use super::process::Process;
use super::progress::{Progress, Screen};
use super::serving;
use super::waits;
use super::world::{World, creates};
use crate::integration::RunRequest;
use crate::integration::guard::Admission;
use crate::model::entity::EntityKey;
use crate::reconcile::decision::Decision;
use crate::reconcile::outcome::{Mode, Outcome};
use crate::render;
use crate::render::number::counted;
use crate::render::plan::{PlanAction, PlanOutput, PlanWriter};
use crate::resync::observe::{NoObserver, Observer, TwoObservers};

/// Changes that are listed when no limit is given. More than that nobody reads, and a comment on a pull request cannot hold.
pub(super) const LISTED_CHANGES: usize = 200;

pub(super) async fn run(process: &Process, flags: &PlanFlags) -> Result<u8, Failure> {
    let end = serving::stop_signal();
    let mut scope = flags.scope.clone();
    scope.mapping = flags.mapping_file.clone().or(scope.mapping);
    let world = or_stopped(&end, World::open(process, &scope, flags.partial_ok, Mode::Plan)).await?;
    console::talk(&format!("plan of a resync from {} into {}\n{}", world.origin, world.destination, world.mapping));
    let form = match flags.output {
        PlanFormat::Text => PlanOutput::Text,
        PlanFormat::Json => PlanOutput::Json,
        PlanFormat::Markdown => PlanOutput::Markdown,
    };
    let all = if form == PlanOutput::Json { 0 } else { LISTED_CHANGES };
    let writer = PlanWriter::new(form, actions(&flags.show), flags.limit.unwrap_or(all));
    let file = match &flags.out {
        None => None,
        Some(path) => {
            let head = or_stopped(&end, async { Ok(PlanHead::of(&world, &scope, process.clock.now()).await) }).await?;
            Some((path, PlanFileWriter::new(path, &head)?))
        }
    };
    let outcome = match file {
        None => print(process, &world, writer, &NoObserver, true, &end).await?,
        Some((path, file)) => {
            let outcome = print(process, &world, writer, &file, true, &end).await?;
            finish(process, path, file, &outcome)?;
            outcome
        }
    };
    match outcome.exit_code(world.settings.partial_ok) {
        exit::DONE if flags.exit_code && outcome.changes() > 0 => Ok(exit::CHANGES),
        code => Ok(code),
    }
}

/// Shows on the terminal what a resync would do with a mapping that is about to become the integration's. The difference between
/// the two is shown before it.
pub(super) async fn show(process: &Process, world: &World, end: &CancellationToken) -> Result<Outcome, Failure> {
    print(process, world, PlanWriter::new(PlanOutput::Text, actions(&[]), LISTED_CHANGES), &NoObserver, false, end).await
}

/// Gives the plan file its name, unless the plan was stopped.
fn finish(process: &Process, path: &Path, file: PlanFileWriter, outcome: &Outcome) -> Result<(), Failure> {
    let shown = path.display();
    if outcome.aborted {
        console::talk(&format!("`{shown}` was not written, because the plan was stopped"));
        return Ok(());
    }
    let changes = file.finish()?;
    if !process.common.quiet {
        let changes = counted(changes, "change", "changes");
        console::talk(&format!("\n`{shown}` has {changes}; `pilotage resync --plan {shown}` applies exactly those, or nothing"));
    }
    Ok(())
}

/// Plans, printing as it goes. `compares_mapping`: notes that the mapping is not the integration's.
async fn print(
    process: &Process,
    world: &World,
    writer: PlanWriter,
    other: &dyn Observer,
    compares_mapping: bool,
    end: &CancellationToken,
) -> Result<Outcome, Failure> {
    // JSON and Markdown hold them; a person reads them beside the plan.
    let prints_problems = writer.form() == PlanOutput::Text;
    let written = written(writer.form());
    let printer = Printer { writer: Mutex::new(writer), screen: process.screen.clone() };
    let resources = world.resync.resources.len();
    let progress = Progress::new(process.screen.clone(), resources).watching(waits::of(world));
    let shown = TwoObservers(&printer, &progress);
    let both = TwoObservers(&shown, other);
    let ended = carry_out(
        process,
        world,
        RunRequest { creates: creates(&world.settings), compares_mapping, ..RunRequest::new(Admission::Unchecked, &both) },
        end,
    )
    .await;
    // The bars go away with it, and what is printed next would mix with them.
    drop(progress);
    let outcome = ended?.outcome;
    let problems = render::outcome::problems(&outcome);
    if prints_problems && !problems.is_empty() {
        console::talk(problems.trim_end());
    }
    console::data(written, &printer.with(|writer| writer.closing(&outcome)))?;
    Ok(outcome)
}

fn written(form: PlanOutput) -> Written {
    match form {
        PlanOutput::Text => Written::Report,
        PlanOutput::Markdown => Written::Page,
        PlanOutput::Json => Written::Json,
    }
}

/// Everything but what stays as it is.
pub(super) fn every_change() -> Vec<PlanAction> {
    vec![PlanAction::Create, PlanAction::Update, PlanAction::Delete, PlanAction::Withheld]
}

fn actions(show: &[Show]) -> Vec<PlanAction> {
    if show.is_empty() {
        return every_change();
    }
    let action = |show: &Show| match show {
        Show::Create => PlanAction::Create,
        Show::Update => PlanAction::Update,
        Show::Delete => PlanAction::Delete,
        Show::Withheld => PlanAction::Withheld,
        Show::Unchanged => PlanAction::Unchanged,
    };
    show.iter().map(action).collect()
}

/// Prints decisions as they are made, so that none has to be kept.
struct Printer {
    writer: Mutex<PlanWriter>,
    screen: Screen,
}

impl Printer {
    fn with<T>(&self, write: impl FnOnce(&mut PlanWriter) -> T) -> T {
        write(&mut self.writer.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Observer for Printer {
    fn decided(&self, key: &EntityKey, decision: &Decision) {
        let (written, lines) = self.with(|writer| (written(writer.form()), writer.decision(key, decision)));
        if !lines.is_empty() {
            // A plan that cannot be printed is noticed at its end.
            let _ = self.screen.without_bars(|| console::data(written, &lines));
        }
    }
}

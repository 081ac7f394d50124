//! `pilotage plan`: what a resync would do, without doing it.

use std::sync::{Mutex, PoisonError};

use tokio_util::sync::CancellationToken;

use super::carry_out::{carry_out, or_stopped};
use super::console::{self, Written};
use super::failure::{Failure, exit};
use super::flags::{PlanFlags, PlanFormat, Show};
use super::process::Process;
use super::serving;
use super::world::World;
use crate::integration::RunRequest;
use crate::integration::guard::Admission;
use crate::model::entity::EntityKey;
use crate::reconcile::decision::Decision;
use crate::reconcile::outcome::{Mode, Outcome};
use crate::render;
use crate::render::plan::{PlanAction, PlanOutput, PlanWriter};
use crate::resync::observe::Observer;

/// Changes that are listed when no limit is given. More than that nobody reads, and a comment on a pull request cannot hold.
const LISTED_CHANGES: usize = 200;

pub(super) async fn run(process: &Process, flags: &PlanFlags) -> Result<u8, Failure> {
    let end = serving::stop_signal();
    let mut scope = flags.scope.clone();
    scope.mapping = flags.mapping_file.clone().or(scope.mapping);
    let world = or_stopped(&end, World::open(process, &scope, flags.partial_ok, Mode::Plan)).await?;
    if !process.common.quiet {
        console::talk(&format!(
            "plan of a resync from {} into {}\n{}",
            world.shared.settings.hosts(),
            world.shared.destination,
            world.mapping
        ));
    }
    let form = match flags.output {
        PlanFormat::Text => PlanOutput::Text,
        PlanFormat::Json => PlanOutput::Json,
        PlanFormat::Markdown => PlanOutput::Markdown,
    };
    let all = if form == PlanOutput::Json { 0 } else { LISTED_CHANGES };
    let outcome = print(process, &world, PlanWriter::new(form, actions(&flags.show), flags.limit.unwrap_or(all)), &end).await?;
    match outcome.exit_code(world.shared.settings.partial_ok) {
        exit::DONE if flags.exit_code && outcome.changes() > 0 => Ok(exit::CHANGES),
        code => Ok(code),
    }
}

/// Shows on the terminal what a resync would do.
pub(super) async fn show(process: &Process, world: &World, end: &CancellationToken) -> Result<Outcome, Failure> {
    print(process, world, PlanWriter::new(PlanOutput::Text, actions(&[]), LISTED_CHANGES), end).await
}

/// Plans, printing as it goes.
async fn print(process: &Process, world: &World, writer: PlanWriter, end: &CancellationToken) -> Result<Outcome, Failure> {
    // JSON and Markdown hold them; a person reads them beside the plan.
    let prints_problems = writer.form() == PlanOutput::Text;
    let written = written(writer.form());
    let printer = Printer(Mutex::new(writer));
    let outcome = carry_out(process, world, RunRequest::new(Admission::Unchecked, &printer), end).await?;
    let problems = render::outcome::problems(&outcome);
    if prints_problems && !problems.is_empty() {
        console::talk(problems.trim_end());
    }
    console::data(written, &printer.with(|writer| writer.closing(&outcome)))?;
    Ok(outcome)
}

fn written(form: PlanOutput) -> Written {
    match form {
        PlanOutput::Text | PlanOutput::Markdown => Written::Page,
        PlanOutput::Json => Written::Json,
    }
}

fn actions(show: &[Show]) -> Vec<PlanAction> {
    if show.is_empty() {
        return vec![PlanAction::Create, PlanAction::Update, PlanAction::Delete, PlanAction::Withheld];
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
struct Printer(Mutex<PlanWriter>);

impl Printer {
    fn with<T>(&self, write: impl FnOnce(&mut PlanWriter) -> T) -> T {
        write(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Observer for Printer {
    fn decided(&self, key: &EntityKey, decision: &Decision) {
        let (written, lines) = self.with(|writer| (written(writer.form()), writer.decision(key, decision)));
        // A plan that cannot be printed is noticed at its end.
        let _ = console::data(written, &lines);
    }
}

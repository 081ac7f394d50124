//! Writes a plan file while the plan is made.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use ring::digest::{Context, SHA256};
use serde::Serialize;

use super::{EndLine, PlanEnd, PlanHead};
use crate::cli::failure::Failure;
use crate::door::data_folder;
use crate::model::entity::{Entity, EntityKey};
use crate::reconcile::decision::Decision;
use crate::resync::observe::Observer;
use crate::resync::review::{PlannedChange, hexadecimal};

/// Writer of a plan file, as an observer of the plan. The file gets its name once it is whole; until then it has `.partial` after it.
pub(in crate::cli) struct PlanFileWriter {
    path: PathBuf,
    partial: PathBuf,
    state: Mutex<State>,
}

struct State {
    file: BufWriter<File>,
    hash: Context,
    end: PlanEnd,
    /// The first error. Nothing is written after it.
    error: Option<io::Error>,
}

impl State {
    fn line(&mut self, value: &impl Serialize) {
        let written = serde_json::to_vec(value).map_err(io::Error::from).and_then(|mut line| {
            line.push(b'\n');
            self.hash.update(&line);
            self.file.write_all(&line)
        });
        if let (Err(error), None) = (written, &self.error) {
            self.error = Some(error);
        }
    }

    fn change(&mut self, change: &PlannedChange) {
        if self.error.is_none() {
            self.end.changes += 1;
            self.line(change);
        }
    }
}

impl PlanFileWriter {
    /// Makes the file, readable for its owner alone, and writes the head.
    ///
    /// # Errors
    /// The file cannot be made.
    pub(in crate::cli) fn new(path: &Path, head: &PlanHead) -> Result<Self, Failure> {
        let mut partial = path.as_os_str().to_owned();
        partial.push(".partial");
        let partial = PathBuf::from(partial);
        // One that a killed plan left behind.
        let removed = fs::remove_file(&partial).or_else(|error| match error.kind() {
            io::ErrorKind::NotFound => Ok(()),
            _ => Err(error),
        });
        let file = removed.and_then(|()| data_folder::create(&partial));
        let file = file.map_err(|error| cannot_write(path, &error))?;
        let state = State { file: BufWriter::new(file), hash: Context::new(&SHA256), end: PlanEnd::default(), error: None };
        let writer = Self { path: path.to_owned(), partial, state: Mutex::new(state) };
        writer.with(|state| state.line(head));
        Ok(writer)
    }

    fn with<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        change(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Writes the end, and gives the file its name. Returns the number of changes.
    ///
    /// # Errors
    /// The file could not be written; it does not exist then, or is the one that was there before.
    pub(in crate::cli) fn finish(self) -> Result<u64, Failure> {
        let finished = self.with(|state| {
            if let Some(error) = state.error.take() {
                return Err(error);
            }
            state.end.sha256 = hexadecimal(state.hash.clone().finish().as_ref());
            let end = EndLine { end: state.end.clone() };
            state.line(&end);
            match state.error.take() {
                Some(error) => Err(error),
                None => state.file.flush().and_then(|()| state.file.get_ref().sync_all()),
            }
        });
        finished.and_then(|()| fs::rename(&self.partial, &self.path)).map_err(|error| cannot_write(&self.path, &error))?;
        Ok(self.with(|state| state.end.changes))
    }
}

impl Drop for PlanFileWriter {
    fn drop(&mut self) {
        // It is there only when the plan did not come to its end. One that stays is replaced by the next plan.
        let _ = fs::remove_file(&self.partial);
    }
}

impl Observer for PlanFileWriter {
    fn blueprint_missing(&self, blueprint: &str) {
        self.with(|state| state.end.blueprints.insert(blueprint.to_owned()));
    }

    fn compared(&self, entity: &Entity, decision: &Decision) {
        if let Some(change) = PlannedChange::of(entity, decision) {
            self.with(|state| state.change(&change));
        }
    }

    fn decided(&self, key: &EntityKey, decision: &Decision) {
        match decision {
            Decision::Delete(_) => self.with(|state| state.change(&PlannedChange::deletion(key))),
            Decision::Withheld(_) => self.with(|state| state.end.withheld += 1),
            Decision::Create | Decision::Update(_) | Decision::Unchanged | Decision::Sent => {}
        }
    }
}

fn cannot_write(path: &Path, error: &io::Error) -> Failure {
    Failure::failed(format!("cannot write the plan file `{}`: {error}", path.display()))
}

//! Decisions of a run as the changes that are kept of it. The file is made at the first one.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::model::entity::EntityKey;
use crate::reconcile::decision::Decision;
use crate::runs::{ChangesWriter, KeptChange, KeptField, RunId, Runs};

/// Changes of one run, while it goes on.
pub(super) struct ChangesOfRun {
    runs: Runs,
    id: RunId,
    state: Mutex<Writing>,
}

enum Writing {
    NotYet,
    Open(ChangesWriter),
    /// It ended, or failed and that was told.
    Closed,
}

impl ChangesOfRun {
    pub(super) fn new(runs: Runs, id: RunId) -> Self {
        Self { runs, id, state: Mutex::new(Writing::NotYet) }
    }

    /// Keeps a decision, unless it leaves the entity as it was. Changes that cannot be kept are warned about once, and cost the run
    /// nothing.
    pub(super) fn keep(&self, key: &EntityKey, decision: &Decision) {
        let Some(change) = change_of(key, decision) else { return };
        let mut state = self.state();
        if let Writing::NotYet = *state {
            *state = match self.runs.begin_changes(&self.id) {
                Ok(writer) => Writing::Open(writer),
                Err(error) => {
                    self.warn(&error);
                    Writing::Closed
                }
            };
        }
        if let Writing::Open(writer) = &mut *state {
            writer.add(change);
        }
    }

    /// Ends the file.
    pub(super) fn end(&self) {
        let ended = std::mem::replace(&mut *self.state(), Writing::Closed);
        if let Writing::Open(writer) = ended
            && let Err(error) = writer.finish()
        {
            self.warn(&error);
        }
    }

    fn warn(&self, error: &std::io::Error) {
        let folder = self.runs.folder().display();
        tracing::warn!(%folder, %error, "the changes of this run cannot be kept; its report counts them all the same");
    }

    fn state(&self) -> MutexGuard<'_, Writing> {
        // A panic elsewhere leaves at worst a change that is not kept.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A decision in the form that is kept. None for an entity that stays as it was.
fn change_of(key: &EntityKey, decision: &Decision) -> Option<KeptChange> {
    let (action, fields, reason) = match decision {
        Decision::Unchanged => return None,
        Decision::Create => ("create", Vec::new(), None),
        Decision::Sent => ("send", Vec::new(), None),
        Decision::Update(changes) => {
            let field = |change: &crate::reconcile::change::FieldChange| KeptField {
                field: change.field.clone(),
                from: change.current.clone(),
                to: change.desired.clone(),
            };
            ("update", changes.iter().map(field).collect(), None)
        }
        Decision::Delete(reason) => ("delete", Vec::new(), Some(reason.to_string())),
        Decision::Withheld(reason) => ("withheld", Vec::new(), Some(reason.to_string())),
    };
    let EntityKey { blueprint, identifier } = key;
    Some(KeptChange { action: action.to_owned(), blueprint: blueprint.clone(), identifier: identifier.clone(), fields, reason })
}

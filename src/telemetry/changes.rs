//! Decisions of a run as the changes that are kept of it. The file is made at the first one.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::model::entity::EntityKey;
use crate::reconcile::decision::Decision;
use crate::reconcile::kept_change::KeptChange;
use crate::reconcile::outcome::Outcome;
use crate::runs::{ChangesWriter, RunId, Runs};

/// In place of the name of an entity that is gone.
const NOT_KEPT: &str = "(not kept)";

/// Changes of one run, while it goes on.
pub(super) struct ChangesOfRun {
    runs: Runs,
    id: RunId,
    hides_gone: bool,
    state: Mutex<Writing>,
}

enum Writing {
    NotYet,
    Open(ChangesWriter),
    /// It ended, or failed and that was told.
    Closed,
}

impl ChangesOfRun {
    pub(super) fn new(runs: Runs, id: RunId, hides_gone: bool) -> Self {
        Self { runs, id, hides_gone, state: Mutex::new(Writing::NotYet) }
    }

    /// Keeps a decision, unless it leaves the entity as it was. Changes that cannot be kept are warned about once, and cost the run
    /// nothing.
    pub(super) fn keep(&self, key: &EntityKey, decision: &Decision) {
        let Some(mut change) = KeptChange::of(key, decision) else { return };
        if self.hides_gone {
            hide_gone(&mut change);
        }
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

/// Takes out what is gone after the change: the names of entities that are deleted, or would be, and values before an update.
fn hide_gone(change: &mut KeptChange) {
    if matches!(change.action.as_str(), "delete" | "withheld") {
        change.identifier = NOT_KEPT.to_owned();
    }
    change.fields.iter_mut().for_each(|field| field.from = serde_json::Value::Null);
}

/// An outcome without the names of entities whose deletion was refused. None when none was. The catalog's messages go with them: they may
/// quote these names, and those of others.
pub(super) fn without_gone(outcome: &Outcome) -> Option<Outcome> {
    if outcome.deletion.refused.first.is_empty() {
        return None;
    }
    let mut outcome = outcome.clone();
    for refused in &mut outcome.deletion.refused.first {
        refused.entity.identifier = NOT_KEPT.to_owned();
        refused.reason = "the catalog's message is not kept, because it may name people".to_owned();
    }
    Some(outcome)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reconcile::kept_change::KeptField;
    use crate::reconcile::outcome::{DeletionOutcome, Mode, RefusedEntity};

    #[test]
    fn a_refused_deletion_names_nobody() {
        let mut outcome = Outcome {
            mode: Mode::Resync,
            aborted: false,
            resources: Vec::new(),
            slices: Vec::new(),
            deletion: DeletionOutcome::default(),
            warnings: Vec::new(),
            broken_expressions: Vec::new(),
            seconds: 0.0,
        };
        assert!(without_gone(&outcome).is_none());
        let entity = EntityKey { blueprint: "copilot_seat".to_owned(), identifier: "acme/mona".to_owned() };
        outcome.deletion.refused.add(RefusedEntity { entity, reason: "mona has a dependent, lisa".to_owned() });
        let hidden = without_gone(&outcome).unwrap();
        let text = serde_json::to_string(&hidden).unwrap() + &crate::render::outcome::problems(&hidden);
        assert!(!text.contains("mona") && !text.contains("lisa"), "{text}");
        assert!(text.contains("copilot_seat") && hidden.deletion.refused.count == 1, "{text}");
    }

    #[test]
    fn what_is_gone_can_be_left_out() {
        let field = KeptField { field: "properties.n".to_owned(), from: "mona".into(), to: "p-1".into() };
        let change = |action: &str| KeptChange {
            action: action.to_owned(),
            blueprint: "b".to_owned(),
            identifier: "acme/mona".to_owned(),
            fields: vec![field.clone()],
            reason: None,
        };
        for (action, identifier) in
            [("delete", "(not kept)"), ("withheld", "(not kept)"), ("update", "acme/mona"), ("create", "acme/mona")]
        {
            let mut change = change(action);
            hide_gone(&mut change);
            assert_eq!((change.identifier.as_str(), &change.fields[0].from), (identifier, &serde_json::Value::Null), "{action}");
            assert_eq!(change.fields[0].to, "p-1");
        }
    }
}

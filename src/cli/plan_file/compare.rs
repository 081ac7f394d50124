//! Compares a plan file with the world as it is now: a second plan is made, and must have the same changes.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use super::read::PlanFile;
use crate::cli::failure::Failure;
use crate::model::entity::{Entity, EntityKey};
use crate::model::escape;
use crate::reconcile::decision::Decision;
use crate::reconcile::outcome::{EXAMPLES_LIMIT, Examples};
use crate::render::number::count;
use crate::resync::fingerprints::Fingerprints;
use crate::resync::observe::Observer;
use crate::resync::review::{ChangeAction, PlannedChange};

/// Differences that are listed; the rest is counted.
const LISTED: usize = 10;

/// Observer of a plan that is compared with a plan file. Keeps 16 bytes of each change.
pub(in crate::cli) struct Comparison<'a> {
    file: &'a PlanFile,
    state: Mutex<State>,
}

struct State {
    /// Changes of the file that were not seen yet.
    left: Fingerprints,
    /// Entities that were sent without a comparison: the same one may be sent several times.
    sent: Fingerprints,
    /// Number of changes now.
    changes: u64,
    /// Changes that the file does not have.
    new: Examples<PlannedChange>,
    blueprints: BTreeSet<String>,
}

impl<'a> Comparison<'a> {
    /// Reads the changes of the file.
    ///
    /// # Errors
    /// The file cannot be read any more.
    pub(in crate::cli) fn new(file: &'a PlanFile) -> Result<Self, Failure> {
        let left = file.fingerprints()?;
        Ok(Self {
            file,
            state: Mutex::new(State {
                left,
                sent: Fingerprints::default(),
                changes: 0,
                new: Examples::default(),
                blueprints: BTreeSet::new(),
            }),
        })
    }

    fn with(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner));
    }

    fn see(&self, change: PlannedChange) {
        self.with(|state| {
            state.changes += 1;
            let fingerprint = change.fingerprint();
            let is_sent = change.action == ChangeAction::Send;
            if !(state.left.remove(&fingerprint) || is_sent && state.sent.contains(&fingerprint)) {
                state.new.add(change);
            } else if is_sent {
                state.sent.insert(fingerprint);
            }
        });
    }

    /// Checks, once the plan came to its end, that its changes are those of the file.
    ///
    /// # Errors
    /// They are not; the error lists the first differences.
    pub(in crate::cli) fn check(self) -> Result<(), Failure> {
        let State { left, changes, new, blueprints, sent: _ } = self.state.into_inner().unwrap_or_else(PoisonError::into_inner);
        let mut gone = Examples::default();
        if !left.is_empty() {
            self.file.changes(|change| {
                if left.contains(&change.fingerprint()) {
                    gone.add(change);
                }
            })?;
        }
        let end = &self.file.end;
        let mut differences = differences(&new, &gone);
        let mut more = new.count + gone.count;
        for blueprint in blueprints.symmetric_difference(&end.blueprints) {
            let how = if blueprints.contains(blueprint) {
                "would be created, and the plan does not create it"
            } else {
                "is there already"
            };
            differences.push(format!("  blueprint `{blueprint}` {how}"));
            more += 1;
        }
        if differences.is_empty() && changes != end.changes {
            differences.push(format!("  {} changes now, {} in the plan", count(changes), count(end.changes)));
            more += 1;
        }
        if differences.is_empty() {
            return Ok(());
        }
        differences.truncate(LISTED);
        let unlisted = more.saturating_sub(differences.len() as u64);
        if unlisted > 0 && more > LISTED as u64 {
            differences.push(format!("  and {} more", count(unlisted)));
        }
        let message = format!(
            "the world is no longer as it was planned on {}, so nothing was written\n{}",
            self.file.began(),
            differences.join("\n")
        );
        Err(Failure::failed(message).help("make a new plan with `pilotage plan --out FILE`, and review it"))
    }
}

/// A line for each difference. One entity that is on both sides has one line.
fn differences(new: &Examples<PlannedChange>, gone: &Examples<PlannedChange>) -> Vec<String> {
    let mut lines = Vec::new();
    let is_same =
        |one: &PlannedChange, other: &PlannedChange| one.blueprint == other.blueprint && one.identifier == other.identifier;
    for change in &new.first {
        let planned = gone.first.iter().find(|planned| is_same(planned, change));
        let how = match planned {
            None => format!("{}, which the plan does not have", now(change)),
            Some(planned) if planned.action != change.action => format!("{}, and the plan has: {}", now(change), now(planned)),
            Some(planned) if planned.before != change.before => "the catalog holds other values than were planned for".to_owned(),
            Some(_) => "other values than planned would be sent".to_owned(),
        };
        lines.push(line(change, &how));
    }
    for change in gone.first.iter().filter(|gone| !new.first.iter().any(|new| is_same(new, gone))) {
        // Of more than these, an entity may be on the other side too.
        let how = if new.count > EXAMPLES_LIMIT as u64 { "is no longer so" } else { "is no longer to be done" };
        lines.push(line(change, &format!("{} {how}", now(change))));
    }
    lines
}

fn now(change: &PlannedChange) -> &'static str {
    match change.action {
        ChangeAction::Create => "create",
        ChangeAction::Update => "update",
        ChangeAction::Send => "send",
        ChangeAction::Delete => "delete",
    }
}

fn line(change: &PlannedChange, how: &str) -> String {
    format!("  {}: {how}", escape::text(&format!("{}/{}", change.blueprint, change.identifier)))
}

impl Observer for Comparison<'_> {
    fn blueprint_missing(&self, blueprint: &str) {
        self.with(|state| {
            state.blueprints.insert(blueprint.to_owned());
        });
    }

    fn compared(&self, entity: &Entity, decision: &Decision) {
        if let Some(change) = PlannedChange::of(entity, decision) {
            self.see(change);
        }
    }

    fn decided(&self, key: &EntityKey, decision: &Decision) {
        if matches!(decision, Decision::Delete(_)) {
            self.see(PlannedChange::deletion(key));
        }
    }
}

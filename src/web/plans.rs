//! Plans that pages ask for: what a resync would do, with the integration's mapping or with one of the mapping page, which can then
//! become the integration's. The process that runs resyncs carries the wishes out; pages show the newest plan.
//!
//! A plan writes nothing: it is kept in memory, its changes packed, and is gone with the process.

use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use serde_json::Value;
use tokio::sync::Notify;

use crate::reconcile::kept_change::KeptChange;
use crate::runs::PackedChanges;

/// Plans of this process.
#[derive(Default)]
pub struct Plans {
    state: Mutex<PlansState>,
    wanted: Notify,
}

#[derive(Default)]
struct PlansState {
    wish: Option<PlanWish>,
    is_busy: bool,
    newest: Option<Arc<ShownPlan>>,
}

/// Something that a page asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PlanWish {
    /// A plan, with the text of a mapping or with the one that is in use.
    Plan {
        /// YAML.
        mapping: Option<String>,
    },
    /// The mapping of the newest plan becomes the integration's.
    Push,
}

/// A plan, as pages show it.
#[derive(Debug)]
pub struct ShownPlan {
    /// Time at which it began.
    pub began: Timestamp,
    /// Its duration.
    pub seconds: f64,
    /// The mapping in words.
    pub mapping_name: String,
    /// A mapping of the mapping page; none when it is the one in use.
    pub mapping: Option<PlannedMapping>,
    /// Its end.
    pub end: Result<PlanEnd, PlanFailure>,
    /// What became of pushing its mapping; none when nobody has pushed it.
    pub pushed: Option<Result<String, PlanFailure>>,
}

/// A mapping that may become the integration's.
#[derive(Clone, Debug)]
pub struct PlannedMapping {
    /// In the form that the catalog keeps.
    pub config: Value,
    /// The integration's mapping when the plan began. It is pushed only while that is so.
    pub stored: Option<Value>,
    /// The lines that differ; empty when the integration has that mapping.
    pub difference: String,
}

/// Result of a plan.
#[derive(Clone, Debug)]
pub struct PlanEnd {
    /// Counts, in a sentence.
    pub summary: String,
    /// Problems and notes; empty without any.
    pub problems: String,
    /// As the command prints it.
    pub text: String,
    /// For a pull request.
    pub markdown: String,
    /// The changes.
    pub changes: Arc<PackedChanges>,
}

/// The reason why there is no plan, or why a mapping was not pushed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanFailure {
    /// What was attempted and what came back.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
}

impl ShownPlan {
    /// Shows its changes, in their order, until `visit` breaks. False when there is no plan to have any.
    pub(super) fn each_change(&self, visit: impl FnMut(KeptChange) -> ControlFlow<()>) -> std::io::Result<bool> {
        match &self.end {
            Ok(end) => end.changes.each(visit).map(|()| true),
            Err(_) => Ok(false),
        }
    }

    /// Whether its mapping can become the integration's.
    pub(super) fn can_be_pushed(&self) -> bool {
        let differs = self.mapping.as_ref().is_some_and(|mapping| !mapping.difference.is_empty());
        differs && self.end.is_ok() && !matches!(self.pushed, Some(Ok(_)))
    }
}

impl Plans {
    /// Waits for the next wish, which is being carried out from then on, until [`Plans::done`].
    pub async fn wanted(&self) -> PlanWish {
        loop {
            if let Some(wish) = self.state().wish.take() {
                return wish;
            }
            self.wanted.notified().await;
        }
    }

    /// A plan is made.
    pub fn done(&self, plan: ShownPlan) {
        let mut state = self.state();
        state.newest = Some(Arc::new(plan));
        state.is_busy = false;
    }

    /// The mapping of the newest plan was pushed, or was not.
    pub fn pushed(&self, result: Result<String, PlanFailure>) {
        let mut state = self.state();
        state.is_busy = false;
        let Some(newest) = state.newest.take() else { return };
        let ShownPlan { began, seconds, mapping_name, mapping, end, .. } = &*newest;
        state.newest = Some(Arc::new(ShownPlan {
            began: *began,
            seconds: *seconds,
            mapping_name: mapping_name.clone(),
            mapping: mapping.clone(),
            end: end.clone(),
            pushed: Some(result),
        }));
    }

    /// The newest plan.
    pub fn newest(&self) -> Option<Arc<ShownPlan>> {
        self.state().newest.clone()
    }

    /// Asks for something. False when something is being carried out, or a mapping cannot be pushed.
    pub(super) fn ask(&self, wish: PlanWish) -> bool {
        let mut state = self.state();
        let is_possible = wish != PlanWish::Push || state.newest.as_ref().is_some_and(|plan| plan.can_be_pushed());
        if state.is_busy || !is_possible {
            return false;
        }
        state.is_busy = true;
        state.wish = Some(wish);
        drop(state);
        self.wanted.notify_one();
        true
    }

    /// Whether something is being carried out.
    pub(super) fn is_busy(&self) -> bool {
        self.state().is_busy
    }

    fn state(&self) -> MutexGuard<'_, PlansState> {
        // A panic elsewhere leaves at worst the plan before.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use serde_json::json;

    use super::*;
    use crate::runs::ChangesPacker;

    /// A plan of two changes, one of them about a person.
    pub(in crate::web) fn plan(mapping: Option<&str>, login: &str) -> ShownPlan {
        let change = |blueprint: &str, identifier: &str| KeptChange {
            action: "create".to_owned(),
            blueprint: blueprint.to_owned(),
            identifier: identifier.to_owned(),
            fields: Vec::new(),
            reason: None,
        };
        let mut changes = ChangesPacker::default();
        changes.add(change("copilot_organization_usage", "acme@2026-11-01"));
        changes.add(change("copilot_seat", login));
        ShownPlan {
            began: "2026-11-01T00:00:00Z".parse().unwrap(),
            seconds: 1.0,
            mapping_name: "mine".to_owned(),
            mapping: mapping.map(|difference| PlannedMapping {
                config: json!({}),
                stored: None,
                difference: difference.to_owned(),
            }),
            end: Ok(PlanEnd {
                summary: "plan: 2 to create".to_owned(),
                problems: format!("note: {login} has no title"),
                text: format!("copilot_seat\n  + {login}\n"),
                markdown: format!("`{login}`"),
                changes: Arc::new(changes.finish()),
            }),
            pushed: None,
        }
    }

    #[tokio::test]
    async fn one_wish_at_a_time_and_only_a_plan_that_changes_the_mapping_can_be_pushed() {
        let plans = Plans::default();
        assert!(!plans.ask(PlanWish::Push), "there is no plan");
        assert!(plans.ask(PlanWish::Plan { mapping: None }) && !plans.ask(PlanWish::Plan { mapping: None }));
        assert_eq!(plans.wanted().await, PlanWish::Plan { mapping: None });
        assert!(plans.is_busy() && !plans.ask(PlanWish::Push));
        plans.done(plan(Some(""), "ada"));
        assert!(!plans.ask(PlanWish::Push), "the integration has that mapping");
        plans.done(plan(Some("+ a line"), "ada"));
        assert!(plans.ask(PlanWish::Push));
        assert_eq!(plans.wanted().await, PlanWish::Push);
        plans.pushed(Ok("done".to_owned()));
        assert!(!plans.ask(PlanWish::Push), "once");
        assert_eq!(plans.newest().unwrap().pushed, Some(Ok("done".to_owned())));
    }
}

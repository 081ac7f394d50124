//! Tools about runs. Entities, items and their texts may name people, so they are counted and not shown.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{McpServer, ToolFailure};
use crate::runs::{KeptResource, KeptRun, KeptSlice, Runs};

/// Runs that are listed, unless another number is asked for, and at most.
const LISTED: usize = 10;
const LISTED_AT_MOST: usize = 100;

/// Slices of a run that are shown; the rest is counted.
const SLICES_AT_MOST: usize = 100;

/// Arguments of `list_runs`.
#[derive(Debug, Deserialize)]
pub(super) struct ListRuns {
    limit: Option<usize>,
}

/// Arguments of `show_run`.
#[derive(Debug, Deserialize)]
pub(super) struct ShowRun {
    id: Option<String>,
}

impl McpServer {
    pub(super) fn list_runs(&self, arguments: ListRuns) -> Result<Value, ToolFailure> {
        let (runs, unreadable) = Runs::in_data_folder(&self.folder).list().map_err(|error| ToolFailure::of(&error))?;
        let limit = arguments.limit.unwrap_or(LISTED).min(LISTED_AT_MOST);
        let shown: Vec<Value> = runs.iter().take(limit).map(head).collect();
        Ok(json!({"runs": shown, "more": runs.len().saturating_sub(limit), "unreadable": unreadable.len()}))
    }

    pub(super) fn show_run(&self, arguments: &ShowRun) -> Result<Value, ToolFailure> {
        let id = arguments.id.as_deref().unwrap_or("last");
        let (_, run) = Runs::in_data_folder(&self.folder).find(id).map_err(|error| ToolFailure::of(&error))?;
        let mut shown = head(&run);
        shown["resources"] = run.resources.iter().map(resource).collect();
        let is_whole = |slice: &&KeptSlice| matches!(slice.state.as_str(), "complete" | "empty") && slice.rejected == 0;
        let (whole, others): (Vec<&KeptSlice>, Vec<&KeptSlice>) = run.slices.iter().partition(is_whole);
        shown["completeSlices"] = whole.len().into();
        shown["otherSlices"] = others.iter().take(SLICES_AT_MOST).map(|one| slice(one)).collect();
        shown["moreSlices"] = others.len().saturating_sub(SLICES_AT_MOST).into();
        let deletion = run.deletion.unwrap_or_default();
        let of_blueprint = deletion
            .blueprints
            .iter()
            .map(|of| json!({"blueprint": of.blueprint, "candidates": of.candidates, "deleted": of.deleted}));
        shown["deletions"] = of_blueprint.collect();
        Ok(shown)
    }
}

/// What is listed of a run.
fn head(run: &KeptRun) -> Value {
    json!({
        "id": run.id, "began": run.began, "seconds": run.seconds, "state": run.state, "exitCode": run.exit_code,
        "mapping": run.mapping, "totals": run.totals,
    })
}

fn resource(of: &KeptResource) -> Value {
    json!({
        "kind": of.kind, "blueprint": of.blueprint, "items": of.items, "created": of.created, "updated": of.updated + of.sent,
        "unchanged": of.unchanged, "rejected": of.rejected.count, "refused": of.refused.count, "duplicates": of.duplicates.count,
    })
}

fn slice(of: &KeptSlice) -> Value {
    json!({
        "kind": of.kind, "scope": of.scope, "day": of.day, "state": of.state, "reason": of.reason, "remedy": of.remedy,
        "rejected": of.rejected,
    })
}

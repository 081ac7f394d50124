//! A run and the numbers that it read as Markdown, for the summary of a job.

use std::path::Path;

use super::overview;
use crate::figure::FigureRules;
use crate::history::HistoryError;
use crate::model::escape;
use crate::render;
use crate::render::number::{self, count};
use crate::runs::KeptRun;

/// Characters of the problems that are shown; the report has all.
const PROBLEMS_AT_MOST: usize = 20_000;

/// A heading, a table of the mapping's resources, problems, and a table of organizations with spark bars. `folder` is the data folder.
pub(super) fn text(run: &KeptRun, folder: &Path, rules: &FigureRules) -> Result<String, HistoryError> {
    let took = number::duration(std::time::Duration::try_from_secs_f64(run.seconds).unwrap_or_default());
    let mut page = format!("**Resync {}**, exit code {}, in {took}\n\n", run.state.name(), run.exit_code);
    if let Some(error) = &run.error {
        page += &block(error);
    }
    if !run.resources.is_empty() {
        page += &table(run);
    }
    if !run.problems.is_empty() {
        page += &format!("\n<details><summary>Problems and notes</summary>\n\n{}\n</details>\n", block(&run.problems));
    }
    let numbers = overview::numbers(folder, rules)?;
    if !numbers.is_empty() {
        page += &format!("\n{}", render::overview::markdown(&numbers));
    }
    Ok(page)
}

/// A row for each resource, then for each blueprint of which entities were deleted or withheld.
fn table(run: &KeptRun) -> String {
    let mut text =
        "| kind | items | created | updated | same | rejected | refused |\n| --- |".to_owned() + &" ---: |".repeat(6) + "\n";
    for resource in &run.resources {
        let counts = [
            resource.items,
            resource.created,
            resource.updated + resource.sent,
            resource.unchanged,
            resource.rejected.count,
            resource.refused.count,
        ];
        text += &format!("| {} | {} |\n", render::overview::span(&resource.kind), counts.map(count).join(" | "));
    }
    let deletions = run.deletion.iter().flat_map(|deletion| &deletion.blueprints).filter(|of| of.candidates > 0);
    let rows: Vec<String> = deletions
        .map(|of| {
            let kept = count(of.candidates.saturating_sub(of.deleted));
            format!("| {} | {} | {kept} |\n", render::overview::span(&of.blueprint), count(of.deleted))
        })
        .collect();
    if !rows.is_empty() {
        text += &format!("\n| blueprint | deleted | withheld |\n| --- | ---: | ---: |\n{}", rows.concat());
    }
    text
}

/// Text that nothing in it can end.
fn block(text: &str) -> String {
    let text = escape::page(text);
    format!("```text\n{}\n```\n", escape::fenced(&escape::shortened(text.trim(), PROBLEMS_AT_MOST)))
}

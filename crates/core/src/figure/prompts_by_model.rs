//! Prompts by model.

use super::aggregate::{AggregateRow, Breakdown};
use super::aliases::model;
use super::definition::{Definition, Unit};
use super::facts::{DayFacts, Reads};
use super::series::Series;
use super::sums::{Sums, groups};
use super::{Figure, Fold};

pub(super) const FIGURE: Figure = Figure {
    definition: Definition {
        id: "prompts-by-model",
        title: "Prompts by model",
        sentence: "Prompts that people sent, by the model that answered.",
        unit: Unit::Prompts,
        numerator: "prompts",
        denominator: None,
        population: "prompts of everybody in the organization, the enterprise or the team",
        fields: &["totals_by_model_feature[].model", "totals_by_model_feature[].user_initiated_interaction_count"],
        first_day: "2025-10-10",
        caveats: &[
            "No model is known for completions, so there is no acceptance by model.",
            "`auto` is GitHub's own choice of a model, `unknown` are prompts of which GitHub does not know the model.",
            "The twelve models with most prompts have a series, and `all other` is the rest.",
            "Breakdowns by model do not add up to all prompts.",
        ],
        smallest_group: None,
        source: "https://docs.github.com/en/copilot/reference/copilot-usage-metrics",
    },
    reads: Reads::lists(&["totals_by_model_feature"]),
    days_before: 0,
    begin: |context| Box::new(PromptsByModel(Sums::new(context.by))),
};

/// Groups with a series of their own.
const MOST: usize = 12;

struct PromptsByModel(Sums<String>);

impl Fold for PromptsByModel {
    fn day(&mut self, facts: &DayFacts<'_>) {
        let entries = facts.aggregate.and_then(AggregateRow::read).and_then(|row| row.entries(Breakdown::ModelFeature));
        if self.0.begin(facts, entries.is_some()) {
            for entry in entries.into_iter().flatten() {
                let prompts = entry.user_initiated_interaction_count.unwrap_or_default();
                self.0.add(model(entry.model.as_deref().unwrap_or("unknown")), prompts, 0.0);
            }
        }
    }

    fn finish(self: Box<Self>) -> Vec<Series> {
        groups::series(self.0, MOST, false)
    }
}

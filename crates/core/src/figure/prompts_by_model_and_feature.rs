//! Prompts by model and feature.

use super::aggregate::{AggregateRow, Breakdown};
use super::aliases::model;
use super::definition::{Definition, Unit};
use super::facts::{DayFacts, Reads};
use super::series::Series;
use super::sums::{Sums, groups};
use super::{Figure, Fold};

pub(super) const FIGURE: Figure = Figure {
    definition: Definition {
        id: "prompts-by-model-and-feature",
        title: "Prompts by model and feature",
        sentence: "Prompts that people sent, by the model that answered and the feature in which they were sent.",
        unit: Unit::Prompts,
        numerator: "prompts",
        denominator: None,
        population: "prompts of everybody in the organization, the enterprise or the team",
        fields: &[
            "totals_by_model_feature[].model",
            "totals_by_model_feature[].feature",
            "totals_by_model_feature[].user_initiated_interaction_count",
        ],
        first_day: "2025-10-10",
        caveats: &[
            "A series is named `MODEL / FEATURE`.",
            "The forty with most prompts have a series, and `all other` is the rest.",
            "No model is known for completions.",
        ],
        smallest_group: None,
        source: "https://docs.github.com/en/copilot/reference/copilot-usage-metrics",
    },
    reads: Reads::lists(&["totals_by_model_feature"]),
    days_before: 0,
    begin: |context| Box::new(PromptsByModelAndFeature(Sums::new(context.by))),
};

/// Groups with a series of their own.
const MOST: usize = 40;

struct PromptsByModelAndFeature(Sums<String>);

impl Fold for PromptsByModelAndFeature {
    fn day(&mut self, facts: &DayFacts<'_>) {
        let entries = facts.aggregate.and_then(AggregateRow::read).and_then(|row| row.entries(Breakdown::ModelFeature));
        if self.0.begin(facts, entries.is_some()) {
            for entry in entries.into_iter().flatten() {
                let prompts = entry.user_initiated_interaction_count.unwrap_or_default();
                let feature = entry.feature.as_deref().unwrap_or("unknown");
                let name = format!("{} / {feature}", model(entry.model.as_deref().unwrap_or("unknown")));
                self.0.add(name, prompts, 0.0);
            }
        }
    }

    fn finish(self: Box<Self>) -> Vec<Series> {
        groups::series(self.0, MOST, false)
    }
}

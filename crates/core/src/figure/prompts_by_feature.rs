//! Prompts by the feature in which they were sent: the modes of the chat, and others.

use super::aggregate::{AggregateRow, Breakdown};
use super::definition::{Definition, Unit};
use super::facts::{DayFacts, Reads};
use super::series::Series;
use super::sums::{Sums, groups};
use super::{Figure, Fold};

pub(super) const FIGURE: Figure = Figure {
    definition: Definition {
        id: "prompts-by-feature",
        title: "Prompts by feature",
        sentence: "Prompts that people sent, by the feature in which they were sent: ask, edit, plan, agent and custom mode, inline chat, and others.",
        unit: Unit::Prompts,
        numerator: "prompts",
        denominator: None,
        population: "prompts of everybody in the organization, the enterprise or the team",
        fields: &["totals_by_feature[].feature", "totals_by_feature[].user_initiated_interaction_count"],
        first_day: "2025-10-10",
        caveats: &[
            "`chat_panel_unknown_mode` are prompts of which GitHub does not know the mode.",
            "Features without a prompt have no series.",
        ],
        smallest_group: None,
        source: "https://docs.github.com/en/copilot/reference/copilot-usage-metrics",
    },
    reads: Reads::lists(&["totals_by_feature"]),
    days_before: 0,
    begin: |context| Box::new(PromptsByFeature(Sums::new(context.by))),
};

/// Groups with a series of their own.
const MOST: usize = 20;

struct PromptsByFeature(Sums<String>);

impl Fold for PromptsByFeature {
    fn day(&mut self, facts: &DayFacts<'_>) {
        let entries = facts.aggregate.and_then(AggregateRow::read).and_then(|row| row.entries(Breakdown::Feature));
        if self.0.begin(facts, entries.is_some()) {
            for entry in entries.into_iter().flatten() {
                let prompts = entry.user_initiated_interaction_count.unwrap_or_default();
                if prompts > 0.0 {
                    self.0.add(entry.feature.unwrap_or_else(|| "unknown".to_owned()), prompts, 0.0);
                }
            }
        }
    }

    fn finish(self: Box<Self>) -> Vec<Series> {
        groups::series(self.0, MOST, false)
    }
}

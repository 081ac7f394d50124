//! Acceptance of completions: the share of suggestions in the editor that people took over.

use super::aggregate::{AggregateRow, COMPLETION};
use super::definition::{Definition, Unit};
use super::facts::DayFacts;
use super::series::Series;
use super::sums::Sums;
use super::{Figure, Fold};

pub(super) const FIGURE: Figure = Figure {
    definition: Definition {
        id: "completion-acceptance",
        title: "Acceptance of completions",
        sentence: "The share of code completions shown in editors that people accepted, in whole or in part.",
        unit: Unit::Share,
        numerator: "completions accepted",
        denominator: Some("completions shown"),
        population: "completions of everybody in the organization or enterprise",
        fields: &[
            "totals_by_feature[].feature",
            "totals_by_feature[].code_acceptance_activity_count",
            "totals_by_feature[].code_generation_activity_count",
        ],
        first_day: "2025-10-10",
        caveats: &[
            "Only the feature `code_completion` counts. Agents edit without asking, so a rate over all features falls as agents rise.",
            "It is a sum over a sum, never a mean of daily rates. Without completions there is no value.",
        ],
        smallest_group: None,
        source: "https://docs.github.com/en/copilot/reference/copilot-usage-metrics",
    },
    begin: |by| Box::new(CompletionAcceptance(Sums::new(by))),
};

struct CompletionAcceptance(Sums);

impl Fold for CompletionAcceptance {
    fn day(&mut self, facts: &DayFacts<'_>) {
        let Some(row) = facts.aggregate.and_then(AggregateRow::read) else {
            self.0.not_held(facts.day);
            return;
        };
        let accepted = row.feature(COMPLETION).filter_map(|totals| totals.code_acceptance_activity_count).sum();
        let shown = row.feature(COMPLETION).filter_map(|totals| totals.code_generation_activity_count).sum();
        self.0.add(facts.day, accepted, shown, facts.is_provisional);
    }

    fn finish(self: Box<Self>) -> Vec<Series> {
        vec![self.0.ratios(None)]
    }
}

//! Acceptance of completions: the share of suggestions in the editor that people took over.

use super::aggregate::{AggregateRow, Breakdown, COMPLETION};
use super::definition::{Definition, Unit};
use super::facts::{DayFacts, Reads};
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
        population: "completions of everybody in the organization, the enterprise or the team",
        fields: &[
            "totals_by_feature[].feature",
            "totals_by_feature[].code_acceptance_activity_count",
            "totals_by_feature[].code_generation_activity_count",
        ],
        first_day: "2025-10-10",
        caveats: &[
            "Only the feature `code_completion` counts. Agents edit without asking, so a rate over all features falls as agents rise.",
            "It is a sum over a sum, never a mean of daily rates. Without completions there is no value.",
            "The band, `low` and `high` in JSON, is Wilson's 95 % interval: what chance alone would make of so many completions.",
        ],
        smallest_group: None,
        source: "https://docs.github.com/en/copilot/reference/copilot-usage-metrics",
    },
    reads: Reads::lists(&["totals_by_feature"]),
    days_before: 0,
    begin: |context| Box::new(CompletionAcceptance(Sums::new(context.by))),
};

struct CompletionAcceptance(Sums<()>);

impl Fold for CompletionAcceptance {
    fn day(&mut self, facts: &DayFacts<'_>) {
        let entries = facts.aggregate.and_then(AggregateRow::read).and_then(|row| row.entries(Breakdown::Feature));
        if self.0.begin(facts, entries.is_some()) {
            for entry in entries.iter().flatten() {
                if entry.is_of(COMPLETION) {
                    let (accepted, shown) = entry.completions();
                    self.0.add((), accepted, shown);
                }
            }
        }
    }

    fn finish(self: Box<Self>) -> Vec<Series> {
        self.0.ratio()
    }
}

//! Lines by the feature that changed them.

use super::aggregate::{AggregateRow, Breakdown};
use super::definition::{Definition, Unit};
use super::facts::{DayFacts, Reads};
use super::series::Series;
use super::sums::{Sums, groups};
use super::{Figure, Fold};

pub(super) const FIGURE: Figure = Figure {
    definition: Definition {
        id: "lines-by-feature",
        title: "Lines by feature",
        sentence: "Lines of code that were added and deleted with Copilot, by the feature that changed them.",
        unit: Unit::Lines,
        numerator: "lines added and deleted",
        denominator: None,
        population: "changes of everybody in the organization, the enterprise or the team",
        fields: &["totals_by_feature[].feature", "totals_by_feature[].loc_added_sum", "totals_by_feature[].loc_deleted_sum"],
        first_day: "2025-10-10",
        caveats: &["`agent_edit` are changes by agents.", "Features without lines have no series."],
        smallest_group: None,
        source: "https://docs.github.com/en/copilot/reference/copilot-usage-metrics",
    },
    reads: Reads::lists(&["totals_by_feature"]),
    days_before: 0,
    begin: |context| Box::new(LinesByFeature(Sums::new(context.by))),
};

/// Groups with a series of their own.
const MOST: usize = 20;

struct LinesByFeature(Sums<String>);

impl Fold for LinesByFeature {
    fn day(&mut self, facts: &DayFacts<'_>) {
        let entries = facts.aggregate.and_then(AggregateRow::read).and_then(|row| row.entries(Breakdown::Feature));
        if self.0.begin(facts, entries.is_some()) {
            for entry in entries.into_iter().flatten() {
                let lines = entry.lines();
                if lines > 0.0 {
                    self.0.add(entry.feature.unwrap_or_else(|| "unknown".to_owned()), lines, 0.0);
                }
            }
        }
    }

    fn finish(self: Box<Self>) -> Vec<Series> {
        groups::series(self.0, MOST, false)
    }
}

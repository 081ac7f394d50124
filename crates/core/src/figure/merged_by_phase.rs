//! Merged pull requests by phase.

use super::aggregate::AggregateRow;
use super::definition::{Definition, Unit};
use super::facts::{DayFacts, Reads};
use super::series::Series;
use super::sums::{Sums, groups};
use super::{Figure, Fold};

pub(super) const FIGURE: Figure = Figure {
    definition: Definition {
        id: "merged-by-phase",
        title: "Merged pull requests by phase",
        sentence: "Pull requests merged for each active person and day, by the phase of adoption of their authors.",
        unit: Unit::Rate,
        numerator: "pull requests merged",
        denominator: Some("active people of the phase on each day, added up"),
        population: "people by phase of adoption, on days on which GitHub gives the average",
        fields: &["totals_by_ai_adoption_phase[].avg_pull_requests_merged", "totals_by_ai_adoption_phase[].total_engaged_users"],
        first_day: "2025-12-12",
        caveats: &[
            "The phases are different people, and not the same people later. A difference is no effect of Copilot.",
            "Averages of days are weighted by the people of each day.",
        ],
        smallest_group: None,
        source: "https://docs.github.com/en/copilot/concepts/copilot-usage-metrics/copilot-metrics",
    },
    reads: Reads::lists(&["totals_by_ai_adoption_phase"]),
    days_before: 0,
    begin: |context| Box::new(MergedByPhase(Sums::new(context.by))),
};

struct MergedByPhase(Sums<String>);

impl Fold for MergedByPhase {
    fn day(&mut self, facts: &DayFacts<'_>) {
        let phases = facts.aggregate.and_then(AggregateRow::read).and_then(|row| row.phases());
        if self.0.begin(facts, phases.is_some()) {
            for phase in phases.into_iter().flatten() {
                if let (Some(average), Some(people)) = (phase.avg_pull_requests_merged, phase.total_engaged_users) {
                    self.0.add(phase.phase.unwrap_or_else(|| "unknown".to_owned()), average * people, people);
                }
            }
        }
    }

    fn finish(self: Box<Self>) -> Vec<Series> {
        // Phases have an order of their own.
        let mut series = groups::series(self.0, 12, true);
        series.sort_by(|one, other| one.name.cmp(&other.name));
        series
    }
}

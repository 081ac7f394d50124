//! Minutes to merge by phase.

use super::aggregate::AggregateRow;
use super::definition::{Definition, Unit};
use super::facts::{DayFacts, Reads};
use super::series::Series;
use super::sums::{Sums, groups};
use super::{Figure, Fold};

pub(super) const FIGURE: Figure = Figure {
    definition: Definition {
        id: "minutes-to-merge-by-phase",
        title: "Minutes to merge by phase",
        sentence: "The median minutes to merge of each day, weighted by the active people of the phase, by the phase of adoption of the authors.",
        unit: Unit::Rate,
        numerator: "median minutes to merge of each day, times active people",
        denominator: Some("active people of the phase on each day, added up"),
        population: "people by phase of adoption, on days on which GitHub gives the average",
        fields: &[
            "totals_by_ai_adoption_phase[].avg_pull_requests_median_minutes_to_merge",
            "totals_by_ai_adoption_phase[].total_engaged_users",
        ],
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
    begin: |context| Box::new(MinutesToMergeByPhase(Sums::new(context.by))),
};

struct MinutesToMergeByPhase(Sums<String>);

impl Fold for MinutesToMergeByPhase {
    fn day(&mut self, facts: &DayFacts<'_>) {
        let phases = facts.aggregate.and_then(AggregateRow::read).and_then(|row| row.phases());
        if self.0.begin(facts, phases.is_some()) {
            for phase in phases.into_iter().flatten() {
                if let (Some(average), Some(people)) =
                    (phase.avg_pull_requests_median_minutes_to_merge, phase.total_engaged_users)
                {
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

//! Minutes until a pull request is merged.

use super::aggregate::AggregateRow;
use super::definition::{Definition, Unit};
use super::facts::{DayFacts, Reads};
use super::medians::Medians;
use super::series::Series;
use super::{Figure, Fold};

pub(super) const FIGURE: Figure = Figure {
    definition: Definition {
        id: "minutes-to-merge",
        title: "Minutes to merge",
        sentence: "The median of the minutes from the creation of a pull request to its merge, of those merged on the day: of all, of those by Copilot, and of those that Copilot reviewed.",
        unit: Unit::Minutes,
        numerator: "the day's median, as GitHub gives it",
        denominator: None,
        population: "pull requests of the organization or enterprise; teams have none",
        fields: &[
            "pull_requests.median_minutes_to_merge",
            "pull_requests.median_minutes_to_merge_copilot_authored",
            "pull_requests.median_minutes_to_merge_copilot_reviewed",
        ],
        first_day: "2025-12-12",
        caveats: &[
            "Medians of days cannot be averaged. The point of a week or a month is the middle of the daily medians, which is not the median of its pull requests.",
            "A day without merges has no value.",
            "The three groups are different pull requests, so a difference is no effect.",
        ],
        smallest_group: None,
        source: "https://docs.github.com/en/copilot/reference/copilot-usage-metrics",
    },
    reads: Reads::lists(&["pull_requests"]),
    days_before: 0,
    begin: |context| Box::new(MinutesToMerge { series: NAMES.map(|_| Medians::new(context.by)) }),
};

const NAMES: [&str; 3] = ["all", "by Copilot", "reviewed by Copilot"];

struct MinutesToMerge {
    series: [Medians; 3],
}

impl Fold for MinutesToMerge {
    fn day(&mut self, facts: &DayFacts<'_>) {
        let pulls = facts.aggregate.and_then(AggregateRow::read).and_then(|row| row.pull_requests());
        let is_held = pulls.is_some();
        let pulls = pulls.unwrap_or_default();
        let medians = [
            pulls.median_minutes_to_merge,
            pulls.median_minutes_to_merge_copilot_authored,
            pulls.median_minutes_to_merge_copilot_reviewed,
        ];
        self.series.iter_mut().zip(medians).for_each(|(series, median)| series.day(facts, is_held, median));
    }

    fn finish(self: Box<Self>) -> Vec<Series> {
        NAMES.iter().zip(self.series).map(|(name, medians)| medians.series(name)).collect()
    }
}

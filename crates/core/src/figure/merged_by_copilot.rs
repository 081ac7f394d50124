//! The share of merged pull requests that Copilot created.

use super::aggregate::AggregateRow;
use super::definition::{Definition, Unit};
use super::facts::{DayFacts, Reads};
use super::series::Series;
use super::sums::Sums;
use super::{Figure, Fold};

pub(super) const FIGURE: Figure = Figure {
    definition: Definition {
        id: "merged-by-copilot",
        title: "Merged pull requests by Copilot",
        sentence: "The share of merged pull requests that Copilot created.",
        unit: Unit::Share,
        numerator: "merged pull requests created by Copilot",
        denominator: Some("merged pull requests"),
        population: "pull requests of the organization or enterprise; teams have none",
        fields: &["pull_requests.total_merged_created_by_copilot", "pull_requests.total_merged"],
        first_day: "2025-12-12",
        caveats: &[
            "Pull requests of a transferred repository are counted where it is.",
            "Organizations do not add up to the enterprise.",
        ],
        smallest_group: None,
        source: "https://docs.github.com/en/copilot/reference/copilot-usage-metrics",
    },
    reads: Reads::lists(&["pull_requests"]),
    days_before: 0,
    begin: |context| Box::new(MergedByCopilot(Sums::new(context.by))),
};

struct MergedByCopilot(Sums<()>);

impl Fold for MergedByCopilot {
    fn day(&mut self, facts: &DayFacts<'_>) {
        let pulls = facts.aggregate.and_then(AggregateRow::read).and_then(|row| row.pull_requests());
        if self.0.begin(facts, pulls.is_some())
            && let Some(pulls) = pulls
        {
            self.0.add((), pulls.total_merged_created_by_copilot.unwrap_or_default(), pulls.total_merged.unwrap_or_default());
        }
    }

    fn finish(self: Box<Self>) -> Vec<Series> {
        self.0.ratio()
    }
}

//! How many of the pull requests by the cloud agent are merged.

use super::aggregate::AggregateRow;
use super::definition::{Definition, Unit};
use super::facts::{DayFacts, Reads};
use super::series::Point;
use super::series::Series;
use super::windows::Newest;
use super::{Figure, Fold};
use std::collections::VecDeque;

pub(super) const FIGURE: Figure = Figure {
    definition: Definition {
        id: "cloud-agent-merge-share",
        title: "Pull requests of the cloud agent that are merged",
        sentence: "Pull requests created by Copilot that were merged within the 28 days that end with the day, divided by those that it created within them.",
        unit: Unit::Share,
        numerator: "pull requests created by Copilot and merged within 28 days",
        denominator: Some("pull requests created by Copilot within 28 days"),
        population: "pull requests of the organization or enterprise; teams have none",
        fields: &["pull_requests.total_merged_created_by_copilot", "pull_requests.total_created_by_copilot"],
        first_day: "2025-12-12",
        caveats: &[
            "Merges follow days after, so the ratio of one day means nothing and is not shown.",
            "A part of those merged was created before the 28 days, so it can be above 100 %.",
        ],
        smallest_group: None,
        source: "https://docs.github.com/en/copilot/reference/copilot-usage-metrics",
    },
    reads: Reads::lists(&["pull_requests"]),
    days_before: 27,
    begin: |context| Box::new(CloudAgentMergeShare { days: VecDeque::new(), points: Newest::new(context.by) }),
};

/// Days of the window.
const DAYS: usize = 28;

struct CloudAgentMergeShare {
    /// Merged and created; none of a day that is not held.
    days: VecDeque<Option<(f64, f64)>>,
    points: Newest,
}

impl Fold for CloudAgentMergeShare {
    fn day(&mut self, facts: &DayFacts<'_>) {
        let pulls = facts.aggregate.and_then(AggregateRow::read).and_then(|row| row.pull_requests());
        if self.days.len() == DAYS {
            self.days.pop_front();
        }
        self.days.push_back(pulls.map(|pulls| {
            let merged = pulls.total_merged_created_by_copilot.unwrap_or_default();
            (merged, pulls.total_created_by_copilot.unwrap_or_default())
        }));
        let is_whole = self.days.len() == DAYS && self.days.iter().all(Option::is_some);
        self.points.push(match (facts.is_withheld, is_whole) {
            (true, _) => Point::withheld(facts.day),
            (false, false) => Point::not_held(facts.day),
            (false, true) => {
                let sum = |part: fn((f64, f64)) -> f64| self.days.iter().flatten().map(|day| part(*day)).sum();
                Point::ratio(facts.day, sum(|day| day.0), sum(|day| day.1), facts.is_provisional)
            }
        });
    }

    fn finish(self: Box<Self>) -> Vec<Series> {
        vec![self.points.series(None)]
    }
}

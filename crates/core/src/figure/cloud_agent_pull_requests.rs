//! Pull requests by the cloud agent.

use super::aggregate::AggregateRow;
use super::definition::{Definition, Unit};
use super::facts::{DayFacts, Reads};
use super::series::Series;
use super::sums::Sums;
use super::{Figure, Fold};

pub(super) const FIGURE: Figure = Figure {
    definition: Definition {
        id: "cloud-agent-pull-requests",
        title: "Pull requests by the cloud agent",
        sentence: "Pull requests that Copilot created, and pull requests created by Copilot that were merged.",
        unit: Unit::PullRequests,
        numerator: "pull requests created, and merged",
        denominator: None,
        population: "pull requests of the organization or enterprise; teams have none",
        fields: &["pull_requests.total_created_by_copilot", "pull_requests.total_merged_created_by_copilot"],
        first_day: "2025-12-12",
        caveats: &["Merged ones may have been created on an earlier day."],
        smallest_group: None,
        source: "https://docs.github.com/en/copilot/reference/copilot-usage-metrics",
    },
    reads: Reads::lists(&["pull_requests"]),
    days_before: 0,
    begin: |context| Box::new(CloudAgentPullRequests(Sums::new(context.by))),
};

struct CloudAgentPullRequests(Sums<&'static str>);

impl Fold for CloudAgentPullRequests {
    fn day(&mut self, facts: &DayFacts<'_>) {
        let pulls = facts.aggregate.and_then(AggregateRow::read).and_then(|row| row.pull_requests());
        if self.0.begin(facts, pulls.is_some())
            && let Some(pulls) = pulls
        {
            self.0.add("created", pulls.total_created_by_copilot.unwrap_or_default(), 0.0);
            self.0.add("merged", pulls.total_merged_created_by_copilot.unwrap_or_default(), 0.0);
        }
    }

    fn finish(self: Box<Self>) -> Vec<Series> {
        self.0.count_series(&["created", "merged"])
    }
}

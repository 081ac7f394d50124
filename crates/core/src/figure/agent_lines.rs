//! The agents' share of the lines that were changed with Copilot.

use super::aggregate::{AGENT_EDIT, AggregateRow};
use super::definition::{Definition, Unit};
use super::facts::DayFacts;
use super::series::Series;
use super::sums::Sums;
use super::{Figure, Fold};

pub(super) const FIGURE: Figure = Figure {
    definition: Definition {
        id: "agent-lines",
        title: "Lines by agents",
        sentence: "The share of lines added and deleted with Copilot that agents changed.",
        unit: Unit::Share,
        numerator: "lines added and deleted by agents",
        denominator: Some("lines added and deleted with Copilot"),
        population: "changes of everybody in the organization or enterprise",
        fields: &["totals_by_feature[].feature", "totals_by_feature[].loc_added_sum", "totals_by_feature[].loc_deleted_sum"],
        first_day: "2025-10-10",
        caveats: &[
            "Agents are the feature `agent_edit`, as in GitHub's figure of the agents' contribution.",
            "Editors and plug-ins below GitHub's minimum versions do not report lines.",
        ],
        smallest_group: None,
        source: "https://docs.github.com/en/copilot/concepts/copilot-usage-metrics/copilot-metrics",
    },
    begin: |by| Box::new(AgentLines(Sums::new(by))),
};

struct AgentLines(Sums);

impl Fold for AgentLines {
    fn day(&mut self, facts: &DayFacts<'_>) {
        let Some(AggregateRow { totals_by_feature: Some(features), .. }) = facts.aggregate.and_then(AggregateRow::read) else {
            self.0.not_held(facts.day);
            return;
        };
        let (mut by_agents, mut all) = (0.0, 0.0);
        for totals in &features {
            let changed = totals.loc_added_sum.unwrap_or_default() + totals.loc_deleted_sum.unwrap_or_default();
            all += changed;
            if totals.feature.as_deref() == Some(AGENT_EDIT) {
                by_agents += changed;
            }
        }
        self.0.add(facts.day, by_agents, all, facts.is_provisional);
    }

    fn finish(self: Box<Self>) -> Vec<Series> {
        vec![self.0.ratios(None)]
    }
}

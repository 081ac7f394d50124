//! The agents' share of the lines that were changed with Copilot.

use super::aggregate::{AGENT_EDIT, AggregateRow, Breakdown};
use super::definition::{Definition, Unit};
use super::facts::{DayFacts, Reads};
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
        population: "changes of everybody in the organization, the enterprise or the team",
        fields: &["totals_by_feature[].feature", "totals_by_feature[].loc_added_sum", "totals_by_feature[].loc_deleted_sum"],
        first_day: "2025-10-10",
        caveats: &[
            "Agents are the feature `agent_edit`, as in GitHub's figure of the agents' contribution.",
            "Editors and plug-ins below GitHub's minimum versions do not report lines, see `editors-reporting-lines`.",
        ],
        smallest_group: None,
        source: "https://docs.github.com/en/copilot/concepts/copilot-usage-metrics/copilot-metrics",
    },
    reads: Reads::lists(&["totals_by_feature"]),
    days_before: 0,
    begin: |context| Box::new(AgentLines(Sums::new(context.by))),
};

struct AgentLines(Sums<()>);

impl Fold for AgentLines {
    fn day(&mut self, facts: &DayFacts<'_>) {
        let entries = facts.aggregate.and_then(AggregateRow::read).and_then(|row| row.entries(Breakdown::Feature));
        if self.0.begin(facts, entries.is_some()) {
            for entry in entries.iter().flatten() {
                let lines = entry.lines();
                self.0.add((), if entry.is_of(AGENT_EDIT) { lines } else { 0.0 }, lines);
            }
        }
    }

    fn finish(self: Box<Self>) -> Vec<Series> {
        self.0.ratio()
    }
}

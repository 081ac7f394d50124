//! Uses of MCP servers.

use super::aggregate::{AggregateRow, Breakdown};
use super::definition::{Definition, Unit};
use super::facts::{DayFacts, Reads};
use super::series::Series;
use super::sums::{Sums, groups};
use super::{Figure, Fold};

pub(super) const FIGURE: Figure = Figure {
    definition: Definition {
        id: "uses-of-mcp",
        title: "Uses of MCP servers",
        sentence: "How often people used MCP servers in the command line, by name.",
        unit: Unit::Uses,
        numerator: "uses",
        denominator: None,
        population: "uses of everybody in the organization, the enterprise or the team",
        fields: &["totals_by_mcp[].mcp", "totals_by_mcp[].interaction_count"],
        first_day: "2025-10-10",
        caveats: &[
            "GitHub reports the five with most uses of each person and day, so there are more.",
            "GitHub writes `other` or `custom` in place of names that customers have given.",
            "People who used two are in both, so people cannot be derived.",
        ],
        smallest_group: None,
        source: "https://docs.github.com/en/copilot/reference/copilot-usage-metrics",
    },
    reads: Reads::AGGREGATE,
    days_before: 0,
    begin: |context| Box::new(UsesOfMcp(Sums::new(context.by))),
};

/// Groups with a series of their own.
const MOST: usize = 12;

struct UsesOfMcp(Sums<String>);

impl Fold for UsesOfMcp {
    fn day(&mut self, facts: &DayFacts<'_>) {
        let entries = facts.aggregate.and_then(AggregateRow::read).and_then(|row| row.entries(Breakdown::Mcp));
        if self.0.begin(facts, entries.is_some()) {
            for entry in entries.into_iter().flatten() {
                let uses = entry.interaction_count.unwrap_or_default();
                self.0.add(entry.skill.unwrap_or_else(|| "unknown".to_owned()), uses, 0.0);
            }
        }
    }

    fn finish(self: Box<Self>) -> Vec<Series> {
        groups::series(self.0, MOST, false)
    }
}

//! Prompts for each active person and day.

use super::aggregate::AggregateRow;
use super::definition::{Definition, Unit};
use super::facts::{DayFacts, Reads};
use super::series::Series;
use super::sums::Sums;
use super::{Figure, Fold};

pub(super) const FIGURE: Figure = Figure {
    definition: Definition {
        id: "prompts-per-person-day",
        title: "Prompts per active person and day",
        sentence: "Prompts that people sent, divided by the active people of each day, added up.",
        unit: Unit::Rate,
        numerator: "prompts",
        denominator: Some("active people of each day, added up"),
        population: "everybody in the organization, the enterprise or the team",
        fields: &["user_initiated_interaction_count", "daily_active_users"],
        first_day: "2025-10-10",
        caveats: &[
            "People whom only GitHub's servers know count below the line and have no prompts above it.",
            "Completions are no prompts.",
        ],
        smallest_group: None,
        source: "https://docs.github.com/en/copilot/reference/copilot-usage-metrics",
    },
    reads: Reads::AGGREGATE,
    days_before: 0,
    begin: |context| Box::new(PromptsPerPersonDay(Sums::new(context.by))),
};

struct PromptsPerPersonDay(Sums<()>);

impl Fold for PromptsPerPersonDay {
    fn day(&mut self, facts: &DayFacts<'_>) {
        let row = facts.aggregate.and_then(AggregateRow::read).unwrap_or_default();
        let numbers = row.user_initiated_interaction_count.zip(row.daily_active_users);
        if self.0.begin(facts, numbers.is_some())
            && let Some((prompts, people)) = numbers
        {
            self.0.add((), prompts, people);
        }
    }

    fn finish(self: Box<Self>) -> Vec<Series> {
        self.0.ratio()
    }
}

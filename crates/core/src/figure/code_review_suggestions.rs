//! Suggestions of reviews by Copilot that were applied.

use super::aggregate::AggregateRow;
use super::definition::{Definition, Unit};
use super::facts::{DayFacts, Reads};
use super::series::Series;
use super::sums::{Sums, groups};
use super::{Figure, Fold};

pub(super) const FIGURE: Figure = Figure {
    definition: Definition {
        id: "code-review-suggestions",
        title: "Suggestions of reviews applied",
        sentence: "The share of suggestions of Copilot's reviews that were applied, by type of comment.",
        unit: Unit::Share,
        numerator: "suggestions applied",
        denominator: Some("suggestions"),
        population: "pull requests of the organization or enterprise; teams have none",
        fields: &["pull_requests.copilot_suggestions_by_comment_type"],
        first_day: "2025-12-12",
        caveats: &[
            "A suggestion may be applied on a later day than it was made, so a day can have more applied than made.",
            "The twelve types with most suggestions have a series, and `all other` is the rest.",
        ],
        smallest_group: None,
        source: "https://docs.github.com/en/copilot/reference/copilot-usage-metrics",
    },
    reads: Reads::lists(&["pull_requests"]),
    days_before: 0,
    begin: |context| Box::new(CodeReviewSuggestions(Sums::new(context.by))),
};

struct CodeReviewSuggestions(Sums<String>);

impl Fold for CodeReviewSuggestions {
    fn day(&mut self, facts: &DayFacts<'_>) {
        let pulls = facts.aggregate.and_then(AggregateRow::read).and_then(|row| row.pull_requests());
        if self.0.begin(facts, pulls.is_some())
            && let Some(pulls) = pulls
        {
            for of_type in pulls.copilot_suggestions_by_comment_type.into_iter().flatten() {
                let applied = of_type.total_copilot_applied_suggestions.unwrap_or_default();
                let made = of_type.total_copilot_suggestions.unwrap_or_default();
                self.0.add(of_type.comment_type.unwrap_or_else(|| "unknown".to_owned()), applied, made);
            }
        }
    }

    fn finish(self: Box<Self>) -> Vec<Series> {
        groups::series(self.0, 12, true)
    }
}

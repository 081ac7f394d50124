//! Acceptance of completions by language.

use super::aggregate::{AggregateRow, Breakdown, COMPLETION};
use super::aliases::language;
use super::definition::{Definition, Unit};
use super::facts::{DayFacts, Reads};
use super::series::Series;
use super::sums::{Sums, groups};
use super::{Figure, Fold};

pub(super) const FIGURE: Figure = Figure {
    definition: Definition {
        id: "completion-acceptance-by-language",
        title: "Acceptance of completions by language",
        sentence: "The share of code completions that people accepted, by the language of the file.",
        unit: Unit::Share,
        numerator: "completions accepted",
        denominator: Some("completions shown"),
        population: "completions of everybody in the organization, the enterprise or the team",
        fields: &[
            "totals_by_language_feature[].language",
            "totals_by_language_feature[].feature",
            "totals_by_language_feature[].code_acceptance_activity_count",
            "totals_by_language_feature[].code_generation_activity_count",
        ],
        first_day: "2025-10-10",
        caveats: &[
            "Languages are ordered by completions shown. The eight with most have a series, and `all other` is the rest.",
            "Names of one language are put together: `csharp` is `c#`, and others, see the documentation.",
            "`unknown` are completions of which GitHub does not know the language.",
        ],
        smallest_group: None,
        source: "https://docs.github.com/en/copilot/reference/copilot-usage-metrics",
    },
    reads: Reads::lists(&["totals_by_language_feature"]),
    days_before: 0,
    begin: |context| Box::new(CompletionAcceptanceByLanguage(Sums::new(context.by))),
};

/// Groups with a series of their own.
const MOST: usize = 8;

struct CompletionAcceptanceByLanguage(Sums<String>);

impl Fold for CompletionAcceptanceByLanguage {
    fn day(&mut self, facts: &DayFacts<'_>) {
        let entries = facts.aggregate.and_then(AggregateRow::read).and_then(|row| row.entries(Breakdown::LanguageFeature));
        if self.0.begin(facts, entries.is_some()) {
            for entry in entries.into_iter().flatten() {
                if entry.is_of(COMPLETION) {
                    let (accepted, shown) = entry.completions();
                    self.0.add(language(entry.language.as_deref().unwrap_or("unknown")), accepted, shown);
                }
            }
        }
    }

    fn finish(self: Box<Self>) -> Vec<Series> {
        groups::series(self.0, MOST, true)
    }
}

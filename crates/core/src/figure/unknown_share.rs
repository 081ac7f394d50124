//! What GitHub knows no language or no model of.

use super::aggregate::{AggregateRow, Breakdown};
use super::definition::{Definition, Unit};
use super::facts::{DayFacts, Reads};
use super::series::Series;
use super::sums::Sums;
use super::{Figure, Fold};

pub(super) const FIGURE: Figure = Figure {
    definition: Definition {
        id: "unknown-share",
        title: "Unknown languages and models",
        sentence: "The share of suggestions of which GitHub does not know the language, and of prompts of which it does not know the model.",
        unit: Unit::Share,
        numerator: "suggestions and prompts under `unknown`",
        denominator: Some("suggestions by language, and prompts by model"),
        population: "everybody in the organization, the enterprise or the team",
        fields: &[
            "totals_by_language_feature[].language",
            "totals_by_language_feature[].code_generation_activity_count",
            "totals_by_model_feature[].model",
            "totals_by_model_feature[].user_initiated_interaction_count",
        ],
        first_day: "2025-10-10",
        caveats: &["`others` are known and rare, and not counted as unknown."],
        smallest_group: None,
        source: "https://docs.github.com/en/copilot/reference/copilot-usage-metrics",
    },
    reads: Reads::lists(&["totals_by_language_feature", "totals_by_model_feature"]),
    days_before: 0,
    begin: |context| Box::new(UnknownShare { languages: Sums::new(context.by), models: Sums::new(context.by) }),
};

const UNKNOWN: &str = "unknown";

struct UnknownShare {
    languages: Sums<&'static str>,
    models: Sums<&'static str>,
}

impl Fold for UnknownShare {
    fn day(&mut self, facts: &DayFacts<'_>) {
        let row = facts.aggregate.and_then(AggregateRow::read);
        let languages = row.as_ref().and_then(|row| row.entries(Breakdown::LanguageFeature));
        let models = row.as_ref().and_then(|row| row.entries(Breakdown::ModelFeature));
        if self.languages.begin(facts, languages.is_some()) {
            for entry in languages.into_iter().flatten() {
                let count = entry.code_generation_activity_count.unwrap_or_default();
                self.languages.add("languages", if entry.language.as_deref() == Some(UNKNOWN) { count } else { 0.0 }, count);
            }
        }
        if self.models.begin(facts, models.is_some()) {
            for entry in models.into_iter().flatten() {
                let count = entry.user_initiated_interaction_count.unwrap_or_default();
                self.models.add("models", if entry.model.as_deref() == Some(UNKNOWN) { count } else { 0.0 }, count);
            }
        }
    }

    fn finish(self: Box<Self>) -> Vec<Series> {
        [self.languages.ratio_series(&["languages"]), self.models.ratio_series(&["models"])].concat()
    }
}

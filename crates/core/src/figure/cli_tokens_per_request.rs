//! Tokens for each request of the command line.

use super::aggregate::AggregateRow;
use super::definition::{Definition, Unit};
use super::facts::{DayFacts, Reads};
use super::series::Series;
use super::sums::Sums;
use super::{Figure, Fold};

pub(super) const FIGURE: Figure = Figure {
    definition: Definition {
        id: "cli-tokens-per-request",
        title: "Tokens per request of the command line",
        sentence: "Tokens that went to models and came from them, divided by the requests, in the command line.",
        unit: Unit::Rate,
        numerator: "output tokens and prompt tokens",
        denominator: Some("requests to models"),
        population: "use by everybody in the organization, the enterprise or the team",
        fields: &[
            "totals_by_cli.token_usage.output_tokens_sum",
            "totals_by_cli.token_usage.prompt_tokens_sum",
            "totals_by_cli.request_count",
        ],
        first_day: "2025-12-12",
        caveats: &[
            "It is divided anew from the sums. GitHub's averages of days are not averaged.",
            "Days without requests have no value.",
        ],
        smallest_group: None,
        source: "https://docs.github.com/en/copilot/reference/copilot-usage-metrics",
    },
    reads: Reads::lists(&["totals_by_cli"]),
    days_before: 0,
    begin: |context| Box::new(CliTokensPerRequest(Sums::new(context.by))),
};

struct CliTokensPerRequest(Sums<()>);

impl Fold for CliTokensPerRequest {
    fn day(&mut self, facts: &DayFacts<'_>) {
        let row = facts.aggregate.and_then(AggregateRow::read);
        if self.0.begin(facts, row.is_some()) {
            let cli = row.and_then(|row| row.cli()).unwrap_or_default();
            let usage = cli.token_usage.unwrap_or_default();
            let tokens = usage.output_tokens_sum.unwrap_or_default() + usage.prompt_tokens_sum.unwrap_or_default();
            self.0.add((), tokens, cli.request_count.unwrap_or_default());
        }
    }

    fn finish(self: Box<Self>) -> Vec<Series> {
        self.0.ratio()
    }
}

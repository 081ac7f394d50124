//! Use of the command line.

use super::aggregate::AggregateRow;
use super::definition::{Definition, Unit};
use super::facts::{DayFacts, Reads};
use super::series::Series;
use super::sums::Sums;
use super::{Figure, Fold};

pub(super) const FIGURE: Figure = Figure {
    definition: Definition {
        id: "cli-activity",
        title: "Use of the command line",
        sentence: "Sessions, prompts and requests of Copilot in the command line.",
        unit: Unit::Uses,
        numerator: "sessions, prompts, and requests to models",
        denominator: None,
        population: "use by everybody in the organization, the enterprise or the team",
        fields: &["totals_by_cli.session_count", "totals_by_cli.prompt_count", "totals_by_cli.request_count"],
        first_day: "2025-12-12",
        caveats: &["GitHub leaves the command line out on days on which nobody used it; they are 0."],
        smallest_group: None,
        source: "https://docs.github.com/en/copilot/reference/copilot-usage-metrics",
    },
    reads: Reads::lists(&["totals_by_cli"]),
    days_before: 0,
    begin: |context| Box::new(CliActivity(Sums::new(context.by))),
};

struct CliActivity(Sums<&'static str>);

impl Fold for CliActivity {
    fn day(&mut self, facts: &DayFacts<'_>) {
        let row = facts.aggregate.and_then(AggregateRow::read);
        if self.0.begin(facts, row.is_some()) {
            let cli = row.and_then(|row| row.cli()).unwrap_or_default();
            self.0.add("sessions", cli.session_count.unwrap_or_default(), 0.0);
            self.0.add("prompts", cli.prompt_count.unwrap_or_default(), 0.0);
            self.0.add("requests", cli.request_count.unwrap_or_default(), 0.0);
        }
    }

    fn finish(self: Box<Self>) -> Vec<Series> {
        self.0.count_series(&["sessions", "prompts", "requests"])
    }
}

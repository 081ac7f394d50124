//! Uses of custom agents.

use super::Figure;
use super::aggregate::Breakdown;
use super::customisation::{CAVEATS, CustomisationUses, FIRST_DAY};
use super::definition::{Definition, Unit};
use super::facts::Reads;

pub(super) const FIGURE: Figure = Figure {
    definition: Definition {
        id: "uses-of-custom-agents",
        title: "Uses of custom agents",
        sentence: "How often people used custom agents in the command line, by name.",
        unit: Unit::Uses,
        numerator: "uses",
        denominator: None,
        population: "uses of everybody in the organization, the enterprise or the team",
        fields: &["totals_by_custom_agent[].custom_agent", "totals_by_custom_agent[].interaction_count"],
        first_day: FIRST_DAY,
        caveats: CAVEATS,
        smallest_group: None,
        source: "https://docs.github.com/en/copilot/reference/copilot-usage-metrics",
    },
    reads: Reads::lists(&["totals_by_custom_agent"]),
    days_before: 0,
    begin: |context| Box::new(CustomisationUses::new(Breakdown::CustomAgent, context.by)),
};

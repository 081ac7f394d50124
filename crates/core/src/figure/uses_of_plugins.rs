//! Uses of plug-ins.

use super::Figure;
use super::aggregate::Breakdown;
use super::customisation::{CustomisationUses, FIRST_DAY, FIVE_OF_EACH, MASKED_NAMES, NOT_ADDITIVE};
use super::definition::{Definition, Unit};
use super::facts::Reads;

pub(super) const FIGURE: Figure = Figure {
    definition: Definition {
        id: "uses-of-plugins",
        title: "Uses of plug-ins",
        sentence: "How often people used plug-ins in the command line, by name.",
        unit: Unit::Uses,
        numerator: "uses",
        denominator: None,
        population: "uses of everybody in the organization, the enterprise or the team",
        fields: &["totals_by_plugin[].plugin", "totals_by_plugin[].interaction_count"],
        first_day: FIRST_DAY,
        caveats: &[
            FIVE_OF_EACH,
            MASKED_NAMES,
            NOT_ADDITIVE,
            "A plug-in may consist of skills, so it is counted in `uses-of-skills` as well.",
        ],
        smallest_group: None,
        source: "https://docs.github.com/en/copilot/reference/copilot-usage-metrics",
    },
    reads: Reads::lists(&["totals_by_plugin"]),
    days_before: 0,
    begin: |context| Box::new(CustomisationUses::new(Breakdown::Plugin, context.by)),
};

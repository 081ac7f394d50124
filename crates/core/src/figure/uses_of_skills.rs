//! Uses of skills.

use super::Figure;
use super::aggregate::Breakdown;
use super::customisation::{CAVEATS, CustomisationUses, FIRST_DAY};
use super::definition::{Definition, Unit};
use super::facts::Reads;

pub(super) const FIGURE: Figure = Figure {
    definition: Definition {
        id: "uses-of-skills",
        title: "Uses of skills",
        sentence: "How often people used skills in the command line, by name.",
        unit: Unit::Uses,
        numerator: "uses",
        denominator: None,
        population: "uses of everybody in the organization, the enterprise or the team",
        fields: &["totals_by_skill[].skill", "totals_by_skill[].interaction_count"],
        first_day: FIRST_DAY,
        caveats: CAVEATS,
        smallest_group: None,
        source: "https://docs.github.com/en/copilot/reference/copilot-usage-metrics",
    },
    reads: Reads::lists(&["totals_by_skill"]),
    days_before: 0,
    begin: |context| Box::new(CustomisationUses::new(Breakdown::Skill, context.by)),
};

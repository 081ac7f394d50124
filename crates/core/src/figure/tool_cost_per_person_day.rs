//! Cost of AI tools per active person and day.

use super::Figure;
use super::definition::{Definition, Unit};
use super::facts::Reads;
use super::tools::{self, SumByTool};

pub(super) const FIGURE: Figure = Figure {
    definition: Definition {
        id: "tool-cost-per-person-day",
        title: "Cost of AI tools per active person and day",
        sentence: "What a tool says that its use costs, in US dollars, divided by the active people of each day, added up, by tool.",
        unit: Unit::Rate,
        numerator: "estimated cost in US dollars",
        denominator: Some("active people of each day, added up"),
        population: "people and keys with a row of the tool",
        fields: &["cost_cents", "active", "tool"],
        first_day: tools::FIRST_DAY,
        caveats: &[
            tools::CAVEATS[0],
            tools::CAVEATS[1],
            tools::CAVEATS[2],
            "It is the tool's estimate and no invoice; a tool that tells no cost has no series. Seats cost besides.",
        ],
        smallest_group: None,
        source: tools::SOURCE,
    },
    reads: Reads { tools: true, ..Reads::NOTHING },
    days_before: 0,
    begin: |context| Box::new(SumByTool::new(context, "cost_cents", 0.01)),
};

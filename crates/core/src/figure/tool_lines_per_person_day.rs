//! Lines of AI tools per active person and day.

use super::Figure;
use super::definition::{Definition, Unit};
use super::facts::Reads;
use super::tools::{self, SumByTool};

pub(super) const FIGURE: Figure = Figure {
    definition: Definition {
        id: "tool-lines-per-person-day",
        title: "Lines of AI tools per active person and day",
        sentence: "Lines of code that came from a tool, divided by the active people of each day, added up, by tool.",
        unit: Unit::Rate,
        numerator: "lines that were added",
        denominator: Some("active people of each day, added up"),
        population: "people and keys with a row of the tool",
        fields: &["lines_added", "active", "tool"],
        first_day: tools::FIRST_DAY,
        caveats: &[
            tools::CAVEATS[0],
            tools::CAVEATS[1],
            tools::CAVEATS[2],
            "Tools count lines in their own ways: some those that people took, others those that an agent wrote.",
        ],
        smallest_group: None,
        source: tools::SOURCE,
    },
    reads: Reads { tools: true, ..Reads::NOTHING },
    days_before: 0,
    begin: |context| Box::new(SumByTool::new(context, "lines_added", 1.0)),
};

//! Active people by AI tool.

use super::Figure;
use super::definition::{Definition, Unit};
use super::facts::Reads;
use super::tools::{self, PeopleByTool};

pub(super) const FIGURE: Figure = Figure {
    definition: Definition {
        id: "tool-active-people",
        title: "Active people by AI tool",
        sentence: "Different people who used an AI tool within the 28 days that end with the day, by tool.",
        unit: Unit::People,
        numerator: "people who used the tool",
        denominator: None,
        population: "people with a row of the tool; keys and service accounts are no people",
        fields: &["active", "person", "tool"],
        first_day: tools::FIRST_DAY,
        caveats: &[
            tools::CAVEATS[0],
            tools::CAVEATS[1],
            tools::CAVEATS[2],
            "People of several tools are in several series, so they must not be added up; see `tool-overlap`.",
        ],
        smallest_group: None,
        source: tools::SOURCE,
    },
    reads: Reads { tools: true, ..Reads::NOTHING },
    days_before: 27,
    begin: |context| Box::new(PeopleByTool::new(context, |tool| &tool.active)),
};

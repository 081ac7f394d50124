//! People that cannot be matched.

use super::Figure;
use super::definition::{Definition, Unit};
use super::facts::Reads;
use super::tools::{self, PeopleByTool};

pub(super) const FIGURE: Figure = Figure {
    definition: Definition {
        id: "tool-unmatched-people",
        title: "People that cannot be matched",
        sentence: "Different people with a row of an AI tool within the 28 days that end with the day whom no alias and no e-mail address matches, by tool.",
        unit: Unit::People,
        numerator: "people with a login that no alias names",
        denominator: None,
        population: "people with a row of the tool",
        fields: &["matched_by", "person", "tool"],
        first_day: tools::FIRST_DAY,
        caveats: &[
            tools::CAVEATS[0],
            tools::CAVEATS[1],
            tools::CAVEATS[2],
            "Each of them may be somebody who is counted in another tool as well.",
        ],
        smallest_group: None,
        source: tools::SOURCE,
    },
    reads: Reads { tools: true, ..Reads::NOTHING },
    days_before: 27,
    begin: |context| Box::new(PeopleByTool::new(context, |tool| &tool.unmatched)),
};

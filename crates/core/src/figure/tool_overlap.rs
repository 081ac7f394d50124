//! Overlap of AI tools.

use super::Figure;
use super::definition::{Definition, Unit};
use super::facts::Reads;
use super::tools::{self, Overlap};

pub(super) const FIGURE: Figure = Figure {
    definition: Definition {
        id: "tool-overlap",
        title: "Overlap of AI tools",
        sentence: "People by the combination of AI tools that they used within the 28 days that end with the day.",
        unit: Unit::People,
        numerator: "people who used exactly these tools",
        denominator: None,
        population: "people who used any of the tools, each in one combination",
        fields: &["active", "person", "tool"],
        first_day: tools::FIRST_DAY,
        caveats: &[
            tools::CAVEATS[0],
            tools::CAVEATS[1],
            tools::CAVEATS[2],
            "A series is named after its tools, such as `copilot + cursor`. Each person is in one series, so they can be added up.",
            "Who cannot be matched is in a combination of one tool, also if they use several.",
        ],
        smallest_group: None,
        source: tools::SOURCE,
    },
    reads: Reads { tools: true, ..Reads::NOTHING },
    days_before: 27,
    begin: |context| Box::new(Overlap::new(context)),
};

//! Lines of code that were added and deleted with Copilot.

use super::aggregate::AggregateRow;
use super::definition::{Definition, Unit};
use super::facts::{DayFacts, Reads};
use super::series::Series;
use super::sums::Sums;
use super::{Figure, Fold};

pub(super) const FIGURE: Figure = Figure {
    definition: Definition {
        id: "lines",
        title: "Lines of code",
        sentence: "Lines of code that were added and deleted with Copilot, by people and by agents.",
        unit: Unit::Lines,
        numerator: "lines added, and lines deleted",
        denominator: None,
        population: "changes of everybody in the organization, the enterprise or the team",
        fields: &["loc_added_sum", "loc_deleted_sum"],
        first_day: "2025-10-10",
        caveats: &[
            "Agents add lines without suggesting them, so more lines can be added than were suggested.",
            "Editors and plug-ins below GitHub's minimum versions do not report lines, see `editors-reporting-lines`.",
        ],
        smallest_group: None,
        source: "https://docs.github.com/en/copilot/reference/copilot-usage-metrics",
    },
    reads: Reads::AGGREGATE,
    days_before: 0,
    begin: |context| Box::new(Lines { added: Sums::new(context.by), deleted: Sums::new(context.by) }),
};

/// A row has either, both or none.
struct Lines {
    added: Sums<&'static str>,
    deleted: Sums<&'static str>,
}

impl Fold for Lines {
    fn day(&mut self, facts: &DayFacts<'_>) {
        let row = facts.aggregate.and_then(AggregateRow::read).unwrap_or_default();
        let each = [(&mut self.added, "added", row.loc_added_sum), (&mut self.deleted, "deleted", row.loc_deleted_sum)];
        for (sums, name, lines) in each {
            if sums.begin(facts, lines.is_some()) {
                sums.add(name, lines.unwrap_or_default(), 0.0);
            }
        }
    }

    fn finish(self: Box<Self>) -> Vec<Series> {
        [self.added.count_series(&["added"]), self.deleted.count_series(&["deleted"])].concat()
    }
}

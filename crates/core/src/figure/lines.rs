//! Lines of code that were added and deleted with Copilot.

use super::aggregate::AggregateRow;
use super::definition::{Definition, Unit};
use super::facts::DayFacts;
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
        population: "changes of everybody in the organization or enterprise",
        fields: &["loc_added_sum", "loc_deleted_sum"],
        first_day: "2025-10-10",
        caveats: &[
            "Agents add lines without suggesting them, so more lines can be added than were suggested.",
            "Editors and plug-ins below GitHub's minimum versions do not report lines.",
        ],
        smallest_group: None,
        source: "https://docs.github.com/en/copilot/reference/copilot-usage-metrics",
    },
    begin: |by| Box::new(Lines { added: Sums::new(by), deleted: Sums::new(by) }),
};

struct Lines {
    added: Sums,
    deleted: Sums,
}

impl Fold for Lines {
    fn day(&mut self, facts: &DayFacts<'_>) {
        let row = facts.aggregate.and_then(AggregateRow::read).unwrap_or_default();
        for (sums, lines) in [(&mut self.added, row.loc_added_sum), (&mut self.deleted, row.loc_deleted_sum)] {
            match lines {
                Some(lines) => sums.add(facts.day, lines, 0.0, facts.is_provisional),
                None => sums.not_held(facts.day),
            }
        }
    }

    fn finish(self: Box<Self>) -> Vec<Series> {
        vec![self.added.counts(Some("added")), self.deleted.counts(Some("deleted"))]
    }
}

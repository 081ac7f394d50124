//! Acceptance of completions by editor, of people whose completions are known to be of one editor.

use super::definition::{Definition, Unit};
use super::facts::{DayFacts, Reads};
use super::series::{Point, Series};
use super::sums::{Sums, groups};
use super::{Figure, Fold};

pub(super) const FIGURE: Figure = Figure {
    definition: Definition {
        id: "completion-acceptance-by-editor",
        title: "Acceptance of completions by editor",
        sentence: "The share of code completions that people accepted, by editor, of people who used exactly one editor on a day.",
        unit: Unit::Share,
        numerator: "completions accepted by people with exactly one editor",
        denominator: Some("completions shown to them"),
        population: "days of people with exactly one entry in `totals_by_ide`",
        fields: &[
            "users-1-day",
            "totals_by_ide[].ide",
            "totals_by_feature[].code_acceptance_activity_count",
            "totals_by_feature[].code_generation_activity_count",
        ],
        first_day: "2025-10-10",
        caveats: &[
            "`totals_by_ide` is not split by feature, so the ratio of its own numbers is false.",
            "The series `coverage` is the share of completions that such people were shown. Where it is below 60 %, editors have no value: they are withheld as not meaningful.",
        ],
        smallest_group: None,
        source: "https://docs.github.com/en/copilot/reference/copilot-usage-metrics",
    },
    reads: Reads { editors: true, ..Reads::NOTHING },
    days_before: 0,
    begin: |context| Box::new(ByEditor { editors: Sums::new(context.by), coverage: Sums::new(context.by) }),
};

/// The name of the series of coverage.
const COVERAGE: &str = "coverage";

/// The share of completions below which nothing is said of editors.
const SMALLEST_COVERAGE: f64 = 0.6;

/// Editors with a series of their own.
const MOST: usize = 10;

struct ByEditor {
    editors: Sums<String>,
    coverage: Sums<()>,
}

impl Fold for ByEditor {
    fn day(&mut self, facts: &DayFacts<'_>) {
        let sums = facts.people.and_then(|people| people.editors.as_ref());
        self.editors.begin(facts, sums.is_some());
        if !self.coverage.begin(facts, sums.is_some()) {
            return;
        }
        let Some(sums) = sums else { return };
        let covered: u64 = sums.by_editor.values().map(|(completions, _)| completions.shown).sum();
        self.coverage.add((), covered as f64, sums.shown_to_all as f64);
        for (editor, (completions, _)) in &sums.by_editor {
            self.editors.add(editor.clone(), completions.accepted as f64, completions.shown as f64);
        }
    }

    fn finish(self: Box<Self>) -> Vec<Series> {
        let coverage = Series { name: Some(COVERAGE.to_owned()), points: self.coverage.ratios(&()) };
        let mut series = groups::series(self.editors, MOST, true);
        series.retain(|series| series.name.is_some());
        for series in &mut series {
            for (point, coverage) in series.points.iter_mut().zip(&coverage.points) {
                if coverage.value.is_some_and(|share| share < SMALLEST_COVERAGE) {
                    *point = Point::withheld(point.day);
                }
            }
        }
        series.push(coverage);
        series
    }
}

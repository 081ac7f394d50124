//! Figures: numbers for people, with one definition each. Pure: day facts go in, oldest first, and series come out. Where the
//! facts come from and how a series is shown is the caller's.
//!
//! | subject | file |
//! | --- | --- |
//! | what a figure is | [`definition`] |
//! | what is known of one day of one scope | [`facts`] |
//! | the row of a day's report: the fields that figures read | `aggregate` |
//! | points, series and their states | [`series`] |
//! | days put together to days, weeks or months | [`bucket`] |
//! | a ratio or a sum by bucket | `sums` |
//!
//! | id | file |
//! | --- | --- |
//! | `active-people` | `active_people` |
//! | `completion-acceptance` | `completion_acceptance` |
//! | `lines` | `lines` |
//! | `agent-lines` | `agent_lines` |
//!
//! Adding one is a file, a line in [`ALL`] and a row in the table of its tests.

mod active_people;
mod agent_lines;
mod aggregate;
pub mod bucket;
mod completion_acceptance;
pub mod definition;
pub mod facts;
mod lines;
pub mod series;
mod sums;

pub use bucket::Bucket;
pub use definition::{Definition, Unit};
pub use facts::DayFacts;
pub use series::{Point, PointState, Series};

/// Similarity from which on a name is a misspelling of an id: 0 is nothing in common, 1 is equal.
const NEAREST_SIMILARITY: f64 = 0.7;

/// A figure: what it means, and how it is computed.
#[derive(Debug)]
pub struct Figure {
    /// Definition of the figure.
    pub definition: Definition,
    /// Begins a computation over days that will be given oldest first.
    begin: fn(Bucket) -> Box<dyn Fold>,
}

/// A computation that takes one day after the other. It holds numbers of buckets, never the facts themselves.
pub trait Fold {
    /// Takes a day. Days come oldest first, each one once; a day that is not held comes with nothing in it.
    fn day(&mut self, day: &DayFacts<'_>);

    /// The series, in the figure's order. Points are oldest first.
    fn finish(self: Box<Self>) -> Vec<Series>;
}

impl Figure {
    /// Begins a computation, for points of that width.
    pub fn begin(&self, by: Bucket) -> Box<dyn Fold> {
        (self.begin)(by)
    }

    /// The series of these days, oldest first.
    /// # Examples
    /// ```
    /// use pilotage_core::figure::{Bucket, DayFacts, find};
    /// use pilotage_core::model::day::Day;
    ///
    /// let row = |shown, accepted| {
    ///     format!(
    ///         r#"{{"totals_by_feature": [{{"feature": "code_completion", "code_generation_activity_count": {shown},
    ///             "code_acceptance_activity_count": {accepted}}}]}}"#
    ///     )
    /// };
    /// let rows = [row(2, 1), row(8, 1)];
    /// let monday: Day = "2026-11-02".parse().unwrap();
    /// let days = rows.iter().zip([monday, monday.plus_days(1)]);
    /// let days = days.map(|(row, day)| DayFacts { aggregate: Some(row), ..DayFacts::not_held(day) });
    ///
    /// let acceptance = find("completion-acceptance").unwrap();
    /// let series = acceptance.compute(Bucket::Week, days);
    /// // Two of ten, not the mean of a half and an eighth.
    /// assert_eq!(series[0].points[0].value, Some(0.2));
    /// ```
    pub fn compute<'a>(&self, by: Bucket, days: impl IntoIterator<Item = DayFacts<'a>>) -> Vec<Series> {
        let mut fold = self.begin(by);
        for day in days {
            fold.day(&day);
        }
        fold.finish()
    }
}

/// Every figure, in the order in which they are listed.
pub const ALL: &[&Figure] = &[&active_people::FIGURE, &completion_acceptance::FIGURE, &lines::FIGURE, &agent_lines::FIGURE];

/// The figure of that id.
pub fn find(id: &str) -> Option<&'static Figure> {
    ALL.iter().copied().find(|figure| figure.definition.id == id)
}

/// The figure whose id is most like a misspelt one, when one is near enough.
pub fn nearest(id: &str) -> Option<&'static Figure> {
    let near = ALL.iter().map(|figure| (strsim::jaro_winkler(figure.definition.id, id), *figure));
    let best = near.max_by(|(one, _), (other, _)| one.total_cmp(other));
    best.filter(|(similarity, _)| *similarity >= NEAREST_SIMILARITY).map(|(_, figure)| figure)
}

#[cfg(test)]
mod tests;

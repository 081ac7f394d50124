//! Figures: numbers for people, with one definition each. Pure: day facts go in, oldest first, and series come out. Where the
//! facts come from and how a series is shown is the caller's.
//!
//! | subject | file |
//! | --- | --- |
//! | what a figure is | [`definition`] |
//! | what is known of one day of one scope, and what a figure reads of it | [`facts`] |
//! | what a computation is told besides: width, team or not, prices, holidays | [`context`] |
//! | the row of a day's report: the fields that figures read | `aggregate` |
//! | points, series and their states | [`series`] |
//! | intervals of shares | [`band`] |
//! | why numbers of a day differ | [`differences`] |
//! | days put together to days, weeks or months | [`bucket`] |
//! | sums and ratios by bucket, and groups with names of the data | `sums` |
//! | unions of people over windows, and by week or month | `windows`, `periods` |
//! | people by groups of which everybody is in one | `people_by_group` |
//! | groups that must be withheld, tables of teams | `small_groups`, `league`, `active_members` |
//! | lines of billing, first uses of seats | `billing`, `first_use` |
//! | uses of customisations by name | `customisation` |
//! | a value for each person | `by_person` |
//! | middles of what cannot be added up | `medians` |
//! | all AI tools together | `tools` |
//! | languages and models with several names | [`aliases`] |
//!
//! Each figure is a file of its name: `active-people` is `active_people`. They are listed in [`ALL`]. Adding one is a file, a line
//! there and a row in `docs/figures.md`.

mod active_members;
mod active_people;
mod adoption_funnel;
mod adoption_phase_changes;
mod adoption_phases;
mod agent_lines;
mod agent_people;
mod aggregate;
pub mod aliases;
pub mod band;
pub mod billing;
pub mod bucket;
mod by_person;
mod cli_activity;
mod cli_tokens_per_request;
mod cloud_agent_merge_share;
mod cloud_agent_pull_requests;
mod code_review_people;
mod code_review_suggestions;
mod completion_acceptance;
mod completion_acceptance_by_editor;
mod completion_acceptance_by_language;
pub mod context;
mod credit_concentration;
mod credit_pool;
mod credits_by_model;
mod credits_by_sku;
mod customisation;
mod days_to_first_use;
pub mod definition;
pub mod differences;
mod editors_reporting_lines;
pub mod facts;
mod first_use;
mod growth;
mod idle_seat_cost;
mod league;
mod lines;
mod lines_by_feature;
mod medians;
mod merged_by_copilot;
mod merged_by_phase;
mod minutes_to_merge;
mod minutes_to_merge_by_phase;
mod people_by_group;
mod people_with_activity;
mod periods;
mod prompts_by_feature;
mod prompts_by_model;
mod prompts_by_model_and_feature;
mod prompts_per_person_day;
mod retention;
mod review_stages;
mod seat_changes;
mod seat_evidence_age;
mod seats_by_activity;
mod seats_in_use;
mod seats_used_within;
pub mod series;
mod server_only_people;
mod small_groups;
mod stickiness;
mod sums;
mod surfaces;
mod team_active_change;
mod team_active_share;
mod team_agent_lines;
mod team_agent_people;
mod team_completion_acceptance;
mod team_credits_per_person_day;
mod team_members;
mod team_prompts_per_person_day;
mod tool_active_people;
mod tool_cost_per_person_day;
mod tool_lines_per_person_day;
mod tool_overlap;
mod tool_unmatched_people;
mod tools;
mod unknown_share;
mod uses_of_custom_agents;
mod uses_of_mcp;
mod uses_of_plugins;
mod uses_of_skills;
mod uses_of_slash_commands;
mod windows;

use crate::model::day::Day;

pub use bucket::Bucket;
pub use context::{Context, Dated, FigureRules, Inputs, SMALLEST_GROUP};
pub use definition::{Definition, Unit};
pub use facts::{DayFacts, Reads, TeamsFacts};
pub use series::{Point, PointState, Series};

/// Marks a figure that needs every day of the history before the first one that is wanted, see [`Figure::days_before`].
pub const ALL_DAYS: i32 = i32::MAX;

/// Similarity from which on a name is a misspelling of an id: 0 is nothing in common, 1 is equal.
const NEAREST_SIMILARITY: f64 = 0.7;

/// A figure: what it means, and how it is computed.
#[derive(Debug)]
pub struct Figure {
    /// Definition of the figure.
    pub definition: Definition,
    /// What it reads of a day.
    pub reads: Reads,
    /// Days before the first one that is wanted, which must be given as well: they fill windows. [`ALL_DAYS`]: all that there are.
    pub days_before: i32,
    /// Begins a computation over days that will be given oldest first.
    begin: for<'a> fn(Context<'a>) -> Box<dyn Fold + 'a>,
}

/// A computation that takes one day after the other. It holds numbers of buckets, never the facts themselves.
pub trait Fold {
    /// Takes a day. Days come oldest first, each one once; a day that is not held comes with nothing in it.
    fn day(&mut self, day: &DayFacts<'_>);

    /// The series, in the figure's order. Points are oldest first.
    fn finish(self: Box<Self>) -> Vec<Series>;
}

impl Figure {
    /// Begins a computation.
    pub fn begin<'a>(&self, context: Context<'a>) -> Box<dyn Fold + 'a> {
        let fold = (self.begin)(context);
        match context.since {
            Some(since) => Box::new(Since { since, fold }),
            None => fold,
        }
    }

    /// The series of these days, oldest first.
    /// # Examples
    /// ```
    /// use pilotage_core::figure::{Bucket, Context, DayFacts, find};
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
    /// let series = acceptance.compute(Context::new(Bucket::Week), days);
    /// // Two of ten, not the mean of a half and an eighth.
    /// assert_eq!(series[0].points[0].value, Some(0.2));
    /// ```
    pub fn compute<'a>(&self, context: Context<'_>, days: impl IntoIterator<Item = DayFacts<'a>>) -> Vec<Series> {
        let mut fold = self.begin(context);
        for day in days {
            fold.day(&day);
        }
        fold.finish()
    }
}

/// Leaves out points before a day, which days before it have made.
struct Since<'a> {
    since: Day,
    fold: Box<dyn Fold + 'a>,
}

impl Fold for Since<'_> {
    fn day(&mut self, day: &DayFacts<'_>) {
        self.fold.day(day);
    }

    fn finish(self: Box<Self>) -> Vec<Series> {
        let mut series = self.fold.finish();
        series.iter_mut().for_each(|series| series.points.retain(|point| point.day >= self.since));
        series
    }
}

/// Every figure, in the order in which they are listed.
pub const ALL: &[&Figure] = &[
    &active_people::FIGURE,
    &people_with_activity::FIGURE,
    &seats_in_use::FIGURE,
    &adoption_funnel::FIGURE,
    &stickiness::FIGURE,
    &growth::FIGURE,
    &retention::FIGURE,
    &days_to_first_use::FIGURE,
    &seats_used_within::FIGURE,
    &adoption_phases::FIGURE,
    &adoption_phase_changes::FIGURE,
    &seat_changes::FIGURE,
    &completion_acceptance::FIGURE,
    &completion_acceptance_by_language::FIGURE,
    &completion_acceptance_by_editor::FIGURE,
    &prompts_per_person_day::FIGURE,
    &prompts_by_feature::FIGURE,
    &prompts_by_model::FIGURE,
    &prompts_by_model_and_feature::FIGURE,
    &lines::FIGURE,
    &lines_by_feature::FIGURE,
    &agent_lines::FIGURE,
    &editors_reporting_lines::FIGURE,
    &agent_people::FIGURE,
    &surfaces::FIGURE,
    &cli_activity::FIGURE,
    &cli_tokens_per_request::FIGURE,
    &code_review_people::FIGURE,
    &code_review_suggestions::FIGURE,
    &cloud_agent_pull_requests::FIGURE,
    &cloud_agent_merge_share::FIGURE,
    &uses_of_skills::FIGURE,
    &uses_of_mcp::FIGURE,
    &uses_of_custom_agents::FIGURE,
    &uses_of_slash_commands::FIGURE,
    &uses_of_plugins::FIGURE,
    &merged_by_copilot::FIGURE,
    &minutes_to_merge::FIGURE,
    &review_stages::FIGURE,
    &merged_by_phase::FIGURE,
    &minutes_to_merge_by_phase::FIGURE,
    &team_members::FIGURE,
    &team_active_share::FIGURE,
    &team_active_change::FIGURE,
    &team_prompts_per_person_day::FIGURE,
    &team_completion_acceptance::FIGURE,
    &team_agent_lines::FIGURE,
    &team_agent_people::FIGURE,
    &team_credits_per_person_day::FIGURE,
    &seats_by_activity::FIGURE,
    &seat_evidence_age::FIGURE,
    &idle_seat_cost::FIGURE,
    &credit_pool::FIGURE,
    &credits_by_model::FIGURE,
    &credits_by_sku::FIGURE,
    &credit_concentration::FIGURE,
    &unknown_share::FIGURE,
    &server_only_people::FIGURE,
    &tool_active_people::FIGURE,
    &tool_overlap::FIGURE,
    &tool_lines_per_person_day::FIGURE,
    &tool_cost_per_person_day::FIGURE,
    &tool_unmatched_people::FIGURE,
];

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
mod pitfalls;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod values;

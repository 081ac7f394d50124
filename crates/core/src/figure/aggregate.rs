//! The row of a day's report of an organization or an enterprise, as far as figures read it. A field that is absent or null is
//! none: GitHub leaves out counts of nobody.

use serde::Deserialize;

/// The feature of suggestions in the editor, the only one whose suggestions are accepted or not.
pub(super) const COMPLETION: &str = "code_completion";

/// The feature of edits by an agent, which adds lines without suggesting them.
pub(super) const AGENT_EDIT: &str = "agent_edit";

/// A day of an organization or an enterprise.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct AggregateRow {
    pub(super) daily_active_users: Option<f64>,
    pub(super) weekly_active_users: Option<f64>,
    pub(super) monthly_active_users: Option<f64>,
    pub(super) loc_added_sum: Option<f64>,
    pub(super) loc_deleted_sum: Option<f64>,
    pub(super) totals_by_feature: Option<Vec<FeatureTotals>>,
}

/// The counters of one feature.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct FeatureTotals {
    pub(super) feature: Option<String>,
    pub(super) code_generation_activity_count: Option<f64>,
    pub(super) code_acceptance_activity_count: Option<f64>,
    pub(super) loc_added_sum: Option<f64>,
    pub(super) loc_deleted_sum: Option<f64>,
}

impl AggregateRow {
    /// Reads a row. None when it is not one: then the day is as good as not held.
    pub(super) fn read(row: &str) -> Option<Self> {
        serde_json::from_str(row).ok()
    }

    /// The counters of the features of that name. There may be none, or several entries.
    pub(super) fn feature<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a FeatureTotals> {
        self.totals_by_feature.iter().flatten().filter(move |totals| totals.feature.as_deref() == Some(name))
    }
}

//! The row of a day's report of an organization or an enterprise, or a team's record in the same shape, as far as figures read it.
//! A field that is absent or null is none: GitHub leaves out counts of nobody. Breakdowns are read when a figure asks for them.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

/// The feature of suggestions in the editor, the only one whose suggestions are accepted or not.
pub(super) const COMPLETION: &str = "code_completion";

/// The feature of edits by an agent, which adds lines without suggesting them.
pub(super) const AGENT_EDIT: &str = "agent_edit";

/// A day of an organization, an enterprise or a team.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct AggregateRow<'a> {
    pub(super) daily_active_users: Option<f64>,
    pub(super) weekly_active_users: Option<f64>,
    pub(super) monthly_active_users: Option<f64>,
    pub(super) monthly_active_agent_users: Option<f64>,
    pub(super) daily_active_copilot_code_review_users: Option<f64>,
    pub(super) daily_passive_copilot_code_review_users: Option<f64>,
    pub(super) user_initiated_interaction_count: Option<f64>,
    pub(super) ai_credits_used: Option<f64>,
    pub(super) loc_added_sum: Option<f64>,
    pub(super) loc_deleted_sum: Option<f64>,
    #[serde(borrow)]
    totals_by_feature: Option<&'a RawValue>,
    #[serde(borrow)]
    totals_by_language_feature: Option<&'a RawValue>,
    #[serde(borrow)]
    totals_by_model_feature: Option<&'a RawValue>,
    #[serde(borrow)]
    totals_by_cli: Option<&'a RawValue>,
    #[serde(borrow)]
    totals_by_skill: Option<&'a RawValue>,
    #[serde(borrow)]
    totals_by_mcp: Option<&'a RawValue>,
    #[serde(borrow)]
    totals_by_custom_agent: Option<&'a RawValue>,
    #[serde(borrow)]
    totals_by_slash_cmd: Option<&'a RawValue>,
    #[serde(borrow)]
    totals_by_plugin: Option<&'a RawValue>,
    #[serde(borrow)]
    totals_by_ai_adoption_phase: Option<&'a RawValue>,
    #[serde(borrow)]
    pull_requests: Option<&'a RawValue>,
}

/// An entry of a breakdown. Which of the names it has depends on the breakdown.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Entry {
    pub(super) feature: Option<String>,
    pub(super) language: Option<String>,
    pub(super) model: Option<String>,
    #[serde(alias = "skill", alias = "mcp", alias = "custom_agent", alias = "slash_cmd", alias = "plugin")]
    pub(super) name: Option<String>,
    pub(super) interaction_count: Option<f64>,
    pub(super) user_initiated_interaction_count: Option<f64>,
    pub(super) code_generation_activity_count: Option<f64>,
    pub(super) code_acceptance_activity_count: Option<f64>,
    pub(super) loc_added_sum: Option<f64>,
    pub(super) loc_deleted_sum: Option<f64>,
}

impl Entry {
    pub(super) fn is_of(&self, feature: &str) -> bool {
        self.feature.as_deref() == Some(feature)
    }

    /// Completions accepted and shown.
    pub(super) fn completions(&self) -> (f64, f64) {
        (self.code_acceptance_activity_count.unwrap_or_default(), self.code_generation_activity_count.unwrap_or_default())
    }

    /// Lines added and deleted.
    pub(super) fn lines(&self) -> f64 {
        self.loc_added_sum.unwrap_or_default() + self.loc_deleted_sum.unwrap_or_default()
    }
}

/// Use of the command line.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct CliTotals {
    pub(super) session_count: Option<f64>,
    pub(super) request_count: Option<f64>,
    pub(super) prompt_count: Option<f64>,
    pub(super) token_usage: Option<TokenUsage>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct TokenUsage {
    pub(super) output_tokens_sum: Option<f64>,
    pub(super) prompt_tokens_sum: Option<f64>,
}

/// Pull requests of a day.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct PullRequests {
    pub(super) total_merged: Option<f64>,
    pub(super) total_created_by_copilot: Option<f64>,
    pub(super) total_merged_created_by_copilot: Option<f64>,
    pub(super) median_minutes_to_merge: Option<f64>,
    pub(super) median_minutes_to_merge_copilot_authored: Option<f64>,
    pub(super) median_minutes_to_merge_copilot_reviewed: Option<f64>,
    pub(super) copilot_suggestions_by_comment_type: Option<Vec<CommentType>>,
}

/// Suggestions of reviews by type of comment.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct CommentType {
    pub(super) comment_type: Option<String>,
    pub(super) total_copilot_suggestions: Option<f64>,
    pub(super) total_copilot_applied_suggestions: Option<f64>,
}

/// Outcomes of the people in a phase of adoption.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct PhaseTotals {
    pub(super) phase: Option<String>,
    pub(super) total_engaged_users: Option<f64>,
    pub(super) avg_pull_requests_merged: Option<f64>,
    pub(super) avg_pull_requests_median_minutes_to_merge: Option<f64>,
}

/// A list of an aggregate row.
#[derive(Clone, Copy, Debug)]
pub(super) enum Breakdown {
    Feature,
    LanguageFeature,
    ModelFeature,
    Skill,
    Mcp,
    CustomAgent,
    SlashCommand,
    Plugin,
}

impl<'a> AggregateRow<'a> {
    /// Reads a row. None when it is not one: then the day is as good as not held.
    pub(super) fn read(row: &'a str) -> Option<Self> {
        serde_json::from_str(row).ok()
    }

    /// The entries of a breakdown. None when the row does not have it, or it is none.
    pub(super) fn entries(&self, of: Breakdown) -> Option<Vec<Entry>> {
        read(match of {
            Breakdown::Feature => self.totals_by_feature,
            Breakdown::LanguageFeature => self.totals_by_language_feature,
            Breakdown::ModelFeature => self.totals_by_model_feature,
            Breakdown::Skill => self.totals_by_skill,
            Breakdown::Mcp => self.totals_by_mcp,
            Breakdown::CustomAgent => self.totals_by_custom_agent,
            Breakdown::SlashCommand => self.totals_by_slash_cmd,
            Breakdown::Plugin => self.totals_by_plugin,
        })
    }

    /// Use of the command line; none when nobody used it.
    pub(super) fn cli(&self) -> Option<CliTotals> {
        read(self.totals_by_cli)
    }

    /// Pull requests; none when the row has none, as that of a team.
    pub(super) fn pull_requests(&self) -> Option<PullRequests> {
        read(self.pull_requests)
    }

    /// Outcomes by phase of adoption.
    pub(super) fn phases(&self) -> Option<Vec<PhaseTotals>> {
        read(self.totals_by_ai_adoption_phase)
    }
}

fn read<T: DeserializeOwned>(raw: Option<&RawValue>) -> Option<T> {
    serde_json::from_str(raw?.get()).ok()
}

//! Which figure is which metric: name, label and unit. One row for each figure; a test finds what is missing.

use MetricUnit::{Days, Minutes, Number, Ratio};

const SECONDS_OF_A_MINUTE: f64 = 60.0;
const SECONDS_OF_A_DAY: f64 = 24.0 * 60.0 * 60.0;

/// Unit of a figure's value, as far as a metric writes it otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MetricUnit {
    /// A plain number, or a unit without a base unit.
    Number,
    /// A share from 0 to 1.
    Ratio,
    /// Minutes; the metric has seconds.
    Minutes,
    /// Days; the metric has seconds.
    Days,
}

impl MetricUnit {
    /// The unit that the metric's name ends with.
    pub fn name(self) -> Option<&'static str> {
        match self {
            Self::Number => None,
            Self::Ratio => Some("ratio"),
            Self::Minutes | Self::Days => Some("seconds"),
        }
    }

    /// A value of the figure in the metric's unit.
    pub fn converted(self, value: f64) -> f64 {
        match self {
            Self::Number | Self::Ratio => value,
            Self::Minutes => value * SECONDS_OF_A_MINUTE,
            Self::Days => value * SECONDS_OF_A_DAY,
        }
    }
}

/// A figure as a metric. Help and meaning are those of its definition.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FigureMetric {
    /// The figure's id.
    pub figure: &'static str,
    /// Name of the metric, with its unit at the end.
    pub name: &'static str,
    /// Label with the name of the series; none for a figure with one series.
    pub label: Option<&'static str>,
    /// Unit of the figure's value, which the metric may have in another one.
    pub unit: MetricUnit,
}

/// A figure with a metric for each series.
const fn parted(figure: &'static str, name: &'static str, label: &'static str, unit: MetricUnit) -> FigureMetric {
    FigureMetric { figure, name, label: Some(label), unit }
}

/// A figure with one series.
const fn single(figure: &'static str, name: &'static str, unit: MetricUnit) -> FigureMetric {
    FigureMetric { figure, name, label: None, unit }
}

/// The metric of every figure, in the order of [`crate::figure::ALL`].
#[rustfmt::skip]
pub const FIGURE_METRICS: &[FigureMetric] = &[
    parted("active-people", "copilot_active_users", "window", Number),
    parted("people-with-activity", "copilot_users_with_activity", "window", Number),
    single("seats-in-use", "copilot_seats_in_use_ratio", Ratio),
    parted("adoption-funnel", "copilot_adoption_funnel_ratio", "stage", Ratio),
    single("stickiness", "copilot_stickiness_ratio", Ratio),
    parted("growth", "copilot_users_by_growth", "growth", Number),
    single("days-to-first-use", "copilot_time_to_first_use_seconds", Days),
    parted("seats-used-within", "copilot_seats_used_soon_ratio", "within", Ratio),
    parted("adoption-phases", "copilot_users_by_adoption_phase", "phase", Number),
    parted("adoption-phase-changes", "copilot_users_by_adoption_phase_change", "change", Number),
    parted("seat-changes", "copilot_users_by_seat_change", "change", Number),
    single("completion-acceptance", "copilot_completion_acceptance_ratio", Ratio),
    parted("completion-acceptance-by-language", "copilot_completion_acceptance_by_language_ratio", "language", Ratio),
    parted("completion-acceptance-by-editor", "copilot_completion_acceptance_by_editor_ratio", "editor", Ratio),
    single("prompts-per-person-day", "copilot_prompts_per_user_day", Number),
    parted("prompts-by-feature", "copilot_prompts_by_feature", "feature", Number),
    parted("prompts-by-model", "copilot_prompts_by_model", "model", Number),
    parted("prompts-by-model-and-feature", "copilot_prompts_by_model_and_feature", "model_and_feature", Number),
    parted("lines", "copilot_lines", "change", Number),
    parted("lines-by-feature", "copilot_lines_by_feature", "feature", Number),
    single("agent-lines", "copilot_agent_lines_ratio", Ratio),
    parted("editors-reporting-lines", "copilot_users_of_editors_reporting_lines_ratio", "editor", Ratio),
    parted("agent-people", "copilot_agent_users_ratio", "evidence", Ratio),
    parted("surfaces", "copilot_users_by_surfaces", "surfaces", Number),
    parted("cli-activity", "copilot_cli_activity", "activity", Number),
    single("cli-tokens-per-request", "copilot_cli_tokens_per_request", Number),
    parted("code-review-people", "copilot_code_review_users", "part", Number),
    parted("code-review-suggestions", "copilot_code_review_suggestions_applied_ratio", "comment_type", Ratio),
    parted("cloud-agent-pull-requests", "copilot_cloud_agent_pull_requests", "state", Number),
    single("cloud-agent-merge-share", "copilot_cloud_agent_merged_ratio", Ratio),
    parted("uses-of-skills", "copilot_skill_uses", "skill", Number),
    parted("uses-of-mcp", "copilot_mcp_server_uses", "server", Number),
    parted("uses-of-custom-agents", "copilot_custom_agent_uses", "agent", Number),
    parted("uses-of-slash-commands", "copilot_slash_command_uses", "command", Number),
    parted("uses-of-plugins", "copilot_plugin_uses", "plugin", Number),
    single("merged-by-copilot", "copilot_merged_by_copilot_ratio", Ratio),
    parted("minutes-to-merge", "copilot_time_to_merge_seconds", "pull_requests", Minutes),
    parted("review-stages", "copilot_review_stage_seconds", "stage", Minutes),
    parted("merged-by-phase", "copilot_merged_per_user_day_by_adoption_phase", "phase", Number),
    parted("minutes-to-merge-by-phase", "copilot_time_to_merge_by_adoption_phase_seconds", "phase", Minutes),
    parted("team-members", "copilot_team_members", "team", Number),
    parted("team-active-share", "copilot_team_active_users_ratio", "team", Ratio),
    parted("team-active-change", "copilot_team_active_users_change", "team", Number),
    parted("team-prompts-per-person-day", "copilot_team_prompts_per_user_day", "team", Number),
    parted("team-completion-acceptance", "copilot_team_completion_acceptance_ratio", "team", Ratio),
    parted("team-agent-lines", "copilot_team_agent_lines_ratio", "team", Ratio),
    parted("team-agent-people", "copilot_team_agent_users_ratio", "team", Ratio),
    parted("team-credits-per-person-day", "copilot_team_credits_per_user_day", "team", Number),
    parted("seats-by-activity", "copilot_seats", "activity", Number),
    single("seat-evidence-age", "copilot_seat_evidence_age_seconds", Days),
    parted("idle-seat-cost", "copilot_idle_seat_cost", "part", Number),
    parted("credit-pool", "copilot_credits_of_month", "part", Number),
    parted("credits-by-model", "copilot_billed_credits_by_model", "model", Number),
    parted("credits-by-sku", "copilot_billed_credits_by_sku", "sku", Number),
    parted("credit-concentration", "copilot_credit_concentration_ratio", "part", Ratio),
    parted("unknown-share", "copilot_unknown_ratio", "unknown", Ratio),
    single("server-only-people", "copilot_server_only_users_ratio", Ratio),
];

/// Figures without a metric, with the reason.
pub const WITHOUT_METRIC: &[(&str, &str)] = &[
    ("retention", "its series are named after weeks, so that a database of metrics would get new ones for ever"),
    ("tool-active-people", OF_ALL_ACCOUNTS),
    ("tool-overlap", OF_ALL_ACCOUNTS),
    ("tool-cost-per-person-day", OF_ALL_ACCOUNTS),
    ("tool-lines-per-person-day", OF_ALL_ACCOUNTS),
    ("tool-unmatched-people", OF_ALL_ACCOUNTS),
];

/// The reason of figures of AI tools.
const OF_ALL_ACCOUNTS: &str =
    "it is of the accounts of all tools together, and metrics are those of an organization or an enterprise";

/// The metric of a figure; none for those of [`WITHOUT_METRIC`].
pub fn metric(figure: &str) -> Option<&'static FigureMetric> {
    FIGURE_METRICS.iter().find(|metric| metric.figure == figure)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::figure;

    #[test]
    fn every_figure_has_a_metric_or_a_reason_in_the_order_of_figures() {
        let with: Vec<&str> = FIGURE_METRICS.iter().map(|metric| metric.figure).collect();
        let without: Vec<&str> = WITHOUT_METRIC.iter().map(|(figure, _)| *figure).collect();
        let all = figure::ALL.iter().map(|figure| figure.definition.id);
        assert_eq!(with, all.filter(|id| !without.contains(id)).collect::<Vec<_>>());
        assert!(without.iter().all(|id| figure::find(id).is_some()));
    }

    #[test]
    fn names_are_unique_and_end_with_their_unit() {
        let names: BTreeSet<&str> = FIGURE_METRICS.iter().map(|metric| metric.name).collect();
        assert_eq!(names.len(), FIGURE_METRICS.len());
        for metric in FIGURE_METRICS {
            let is_word = |text: &str| text.chars().all(|it| it.is_ascii_lowercase() || it == '_');
            assert!(metric.name.starts_with("copilot_") && is_word(metric.name), "{}", metric.name);
            assert!(metric.label.is_none_or(is_word), "{:?}", metric.label);
            assert_eq!(metric.name.ends_with("_ratio"), metric.unit == Ratio, "{}", metric.name);
            assert_eq!(metric.name.ends_with("_seconds"), matches!(metric.unit, Minutes | Days), "{}", metric.name);
        }
    }
}

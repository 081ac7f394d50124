//! A day of an organization or an enterprise in the usage reports.

use super::breakdown::{self as by, with_counters};
use super::customization as cli;
use super::pull_requests::PULL_REQUESTS;
use crate::model::field::{Field, FieldType};

const fn users(name: &'static str, about: &'static str) -> Field {
    Field::plain(name, FieldType::Integer, about)
}

const fn average(name: &'static str, about: &'static str) -> Field {
    Field::plain(name, FieldType::Number, about)
}

const BY_ADOPTION_PHASE: Field = Field::list(
    "totals_by_ai_adoption_phase",
    "people and averages by how far they have adopted Copilot",
    &[
        Field::plain("phase", FieldType::Text, "`No Cohort`, `Phase 1`, `Phase 2` or `Phase 3`"),
        users("phase_number", "0 to 3"),
        users("total_engaged_users", "people of the phase who used Copilot that day"),
        users("users_in_phase_28d", "people of the phase within 28 days"),
        average("avg_user_initiated_interactions", "prompts per person"),
        average("avg_code_generation_activities", "pieces of code produced per person"),
        average("avg_code_acceptance_activities", "pieces of code taken over per person"),
        average("avg_loc_added", "lines added per person"),
        average("avg_loc_deleted", "lines deleted per person"),
        average("avg_pull_requests_reviewed", "pull requests reviewed per person"),
        average("avg_pull_requests_created", "pull requests opened per person"),
        average("avg_pull_requests_merged", "pull requests merged per person"),
        users("total_pull_requests_merged", "pull requests merged"),
        average("avg_pull_requests_median_minutes_to_merge", "median minutes to merge, averaged"),
        average("avg_pull_requests_minutes_to_review", "minutes to the first review, averaged"),
        average("avg_pull_requests_review_cycles", "rounds of review, averaged"),
    ],
);

/// One day; people are counted once per figure, so days and organizations must not be added up.
pub(in crate::kind) const DAY: &[Field] = with_counters![
    Field::plain("day", FieldType::Day, "the day, in UTC"),
    Field::plain("enterprise_id", FieldType::Text, "the enterprise's number; empty for an organization without one"),
    Field::plain("organization_id", FieldType::Text, "the organization's number; absent for an enterprise"),
    users("daily_active_users", "people who used Copilot that day"),
    users("weekly_active_users", "people who used Copilot within 7 days"),
    users("monthly_active_users", "people who used Copilot within 28 days"),
    users("monthly_active_chat_users", "people who used chat within 28 days"),
    users("monthly_active_agent_users", "people who used agent mode within 28 days"),
    users("daily_active_copilot_cloud_agent_users", "people who used the cloud agent that day"),
    users("weekly_active_copilot_cloud_agent_users", "people who used the cloud agent within 7 days"),
    users("monthly_active_copilot_cloud_agent_users", "people who used the cloud agent within 28 days"),
    users("daily_active_copilot_code_review_users", "people who asked Copilot for a review that day"),
    users("weekly_active_copilot_code_review_users", "people who asked Copilot for a review within 7 days"),
    users("monthly_active_copilot_code_review_users", "people who asked Copilot for a review within 28 days"),
    users("daily_passive_copilot_code_review_users", "people who were given a review by Copilot that day"),
    users("weekly_passive_copilot_code_review_users", "people who were given a review by Copilot within 7 days"),
    users("monthly_passive_copilot_code_review_users", "people who were given a review by Copilot within 28 days"),
    users("daily_active_cli_users", "people who used the command line that day; absent when nobody did"),
    users("daily_active_copilot_app_users", "people who used the Copilot app that day; null when nobody did"),
    users("daily_active_vscode_agent_users", "people who used the window for agents that day"),
    users("weekly_active_vscode_agent_users", "people who used the window for agents since Sunday"),
    users("monthly_active_vscode_agent_users", "people who used the window for agents since the month began"),
    cli::DISTINCT_SKILLS,
    cli::DISTINCT_AGENTS,
    cli::DISTINCT_SERVERS,
    cli::DISTINCT_COMMANDS,
    cli::DISTINCT_PLUGINS,
    cli::BY_SKILL,
    cli::BY_AGENT,
    cli::BY_SERVER,
    cli::BY_COMMAND,
    cli::BY_PLUGIN,
    by::BY_IDE,
    by::BY_FEATURE,
    by::BY_LANGUAGE_FEATURE,
    by::BY_LANGUAGE_MODEL,
    by::BY_MODEL_FEATURE,
    by::BY_CLI,
    by::BY_COPILOT_APP,
    by::BY_VSCODE_AGENT,
    by::BY_THIRD_PARTY_AGENT,
    BY_ADOPTION_PHASE,
    PULL_REQUESTS,
];

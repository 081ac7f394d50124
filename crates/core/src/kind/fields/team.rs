//! A day of a team. The record is made here, from the rows of its members; what each field means is told in
//! `docs/team-metrics.md`.

use super::breakdown::{self as by, with_counters};
use super::customization as cli;
use crate::model::field::{Field, FieldType};

const fn people(name: &'static str, about: &'static str) -> Field {
    Field::plain(name, FieldType::Integer, about)
}

const BY_ADOPTION_PHASE: Field = Field::list(
    "totals_by_ai_adoption_phase",
    "members with a row by how far they have adopted Copilot",
    &[
        Field::plain("phase", FieldType::Text, "`No Cohort`, `Phase 1`, `Phase 2` or `Phase 3`"),
        people("phase_number", "0 to 3"),
        people("total_engaged_users", "members of the phase"),
    ],
);

/// One team on one day. Counters are sums over its members; people are counted once.
pub(in crate::kind) const DAY: &[Field] = with_counters![
    Field::plain("day", FieldType::Day, "the day, in UTC"),
    Field::plain("organization_id", FieldType::Text, "the organization's number; absent for an enterprise's team"),
    Field::plain("enterprise_id", FieldType::Text, "the enterprise's number; absent for an organization's team"),
    Field::plain("team_id", FieldType::Integer, "the team's number, which tells teams apart"),
    Field::plain("slug", FieldType::Text, "the team's name in addresses on that day"),
    Field::plain("membership", FieldType::Text, "`current` when the members are those of today; else absent"),
    people("members_total", "people in the team on that day"),
    people("members_active", "those of them whose row shows that they did something"),
    people("members_idle", "those of them who did not"),
    people("members_in_report", "the same as `members_total`"),
    people("daily_active_users", "members with a row, as GitHub counts, those seen only by its servers included"),
    people("weekly_active_users", "different members with a row within 7 days; null unless all 7 are held"),
    people("monthly_active_users", "different members with a row within 28 days; null unless all 28 are held"),
    people("active_users_28d", "the same as `monthly_active_users`"),
    people("days_in_report_7d", "on how many of the 7 days the team stood in the report"),
    people("days_in_report_28d", "on how many of the 28 days the team stood in the report"),
    people("active_users_documented_count_distinct", "the same as `daily_active_users`, by the name of GitHub's recipe"),
    people("users_with_interaction_or_generation", "members who prompted or were given any output"),
    people("daily_active_chat_users", "members who used chat"),
    people("daily_active_agent_users", "members who used agent mode"),
    people("daily_active_cli_users", "members who used the command line"),
    people("daily_active_copilot_app_users", "members who used the Copilot app"),
    people("daily_active_vscode_agent_users", "members who used the window for agents"),
    people("daily_active_copilot_cloud_agent_users", "members who used the cloud agent"),
    people("daily_active_copilot_code_review_users", "members who asked Copilot for a review"),
    people("daily_passive_copilot_code_review_users", "members who were given a review by Copilot"),
    Field::plain("ai_credits_used", FieldType::Number, "credits used that day, as measured and not as billed"),
    BY_ADOPTION_PHASE,
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
];

//! A day of a user in the usage reports.

use super::breakdown::{self as by, with_counters};
use super::customization as cli;
use crate::model::field::{Field, FieldType};

const fn used(name: &'static str, about: &'static str) -> Field {
    Field::plain(name, FieldType::Boolean, about)
}

/// One user on one day.
pub(in crate::kind) const DAY: &[Field] = with_counters![
    Field::plain("day", FieldType::Day, "the day, in UTC"),
    Field::plain("report_start_day", FieldType::Day, "the first day of the report; only in reports of 28 days"),
    Field::plain("report_end_day", FieldType::Day, "the last day of the report; only in reports of 28 days"),
    Field::plain("enterprise_id", FieldType::Text, "the enterprise's number; empty for an organization without one"),
    Field::plain("organization_id", FieldType::Text, "the organization's number; absent for an enterprise"),
    Field::plain("user_id", FieldType::Integer, "the user's number"),
    Field::plain("user_login", FieldType::Text, "the user's login"),
    Field::plain(
        "ai_credits_used",
        FieldType::Number,
        "credits used that day, as measured and not as billed; absent before 2026-06-19"
    ),
    used("used_agent", "whether agent mode was used"),
    used("used_chat", "whether chat was used"),
    used("used_cli", "whether the command line was used"),
    used("used_copilot_app", "whether the Copilot app was used"),
    used("used_copilot_coding_agent", "the older name of `used_copilot_cloud_agent`, always equal to it"),
    used("used_copilot_cloud_agent", "whether the cloud agent was used"),
    used("used_copilot_code_review_active", "whether the user asked Copilot for a review; null when nothing is known"),
    used("used_copilot_code_review_passive", "whether the user was given a review by Copilot; null when nothing is known"),
    used("used_vscode_agent", "whether the window for agents in Visual Studio Code was used"),
    Field::object(
        "ai_adoption_phase",
        "how far the user has adopted Copilot, over the last 28 days",
        &[
            Field::plain("phase_number", FieldType::Integer, "0 to 3"),
            Field::plain("phase", FieldType::Text, "`No Cohort`, `Phase 1`, `Phase 2` or `Phase 3`"),
            Field::plain("version", FieldType::Text, "the version of the classification"),
        ],
    ),
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
    by::BY_IDE_OF_USER,
    by::BY_FEATURE,
    by::BY_LANGUAGE_FEATURE,
    by::BY_LANGUAGE_MODEL,
    by::BY_MODEL_FEATURE,
    by::BY_CLI_OF_USER,
    by::BY_COPILOT_APP,
    by::BY_VSCODE_AGENT,
    by::BY_THIRD_PARTY_AGENT,
];

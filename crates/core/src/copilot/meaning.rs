//! Meaning of the fields of a user's row: keys, counters that can be summed, and numbers that cannot be combined.
//!
//! The fields are open: GitHub adds counters every month. So the rules name what can *not* be summed. A number that no rule names
//! is a counter and is summed under its name.

/// A breakdown: a list of entries, each for one value of its keys.
pub(super) struct Breakdown {
    pub(super) name: &'static str,
    /// Fields that identify an entry. Each entry of a record has all of them, in this order; one that the row did not have is
    /// null.
    pub(super) keys: &'static [&'static str],
    /// Fields that describe a key. The value of the first row that has one is kept.
    pub(super) labels: &'static [&'static str],
}

const fn by(name: &'static str, keys: &'static [&'static str]) -> Breakdown {
    Breakdown { name, keys, labels: &[] }
}

/// Breakdowns that GitHub documents. An undocumented one is keyed by all texts and ids of its entries.
static BREAKDOWNS: [Breakdown; 11] = [
    by("totals_by_ide", &["ide"]),
    by("totals_by_feature", &["feature"]),
    by("totals_by_language_feature", &["language", "feature"]),
    by("totals_by_language_model", &["language", "model"]),
    by("totals_by_model_feature", &["model", "feature"]),
    by("totals_by_skill", &["skill"]),
    by("totals_by_custom_agent", &["custom_agent"]),
    by("totals_by_mcp", &["mcp"]),
    by("totals_by_slash_cmd", &["slash_cmd"]),
    by("totals_by_plugin", &["plugin"]),
    // An agent's name can change, its id cannot.
    Breakdown { name: "totals_by_3rd_party_agent", keys: &["agent_id"], labels: &["agent_name"] },
];

/// Name of the object with the user's adoption phase.
pub(super) const PHASE: &str = "ai_adoption_phase";

/// Users by phase. A row has one object `ai_adoption_phase`; the name is that of GitHub's reports with totals.
pub(super) static PHASES: Breakdown =
    Breakdown { name: "totals_by_ai_adoption_phase", keys: &["phase"], labels: &["phase_number"] };

/// The documented breakdown of that name.
pub(super) fn breakdown(name: &str) -> Option<&'static Breakdown> {
    BREAKDOWNS.iter().find(|breakdown| breakdown.name == name)
}

/// Counters that GitHub guarantees on every row. They are 0 for a team in which no member has a row.
pub(super) const PROMISED_COUNTERS: [&str; 7] = [
    "user_initiated_interaction_count",
    "code_generation_activity_count",
    "code_acceptance_activity_count",
    "loc_suggested_to_add_sum",
    "loc_suggested_to_delete_sum",
    "loc_added_sum",
    "loc_deleted_sum",
];

/// Fields that a team's record sets itself. A row's field of such a name is left out, so that no name occurs twice.
const RECORD_FIELDS: [&str; 22] = [
    "day",
    "organization_id",
    "enterprise_id",
    "user_id",
    "user_login",
    "team_id",
    "slug",
    "membership",
    "members_in_report",
    "members_total",
    "members_active",
    "members_idle",
    "active_users_documented_count_distinct",
    "users_with_interaction_or_generation",
    "daily_active_users",
    "weekly_active_users",
    "monthly_active_users",
    "active_users_28d",
    "days_in_report_7d",
    "days_in_report_28d",
    "report_start_day",
    "report_end_day",
];

/// Tells whether a number is an id and not an amount.
pub(super) fn is_identity(name: &str) -> bool {
    name == "id" || name.ends_with("_id") || name.ends_with("_partition")
}

/// Tells whether the numbers of several users can be added up. Averages, medians, percentiles, extremes and ratios cannot, nor
/// can counts of distinct things (`distinct_skill_use_count`): two users may have used the same skill.
pub(super) fn is_additive(name: &str) -> bool {
    const NOT_BY_PREFIX: [&str; 7] = ["avg_", "average_", "mean_", "median_", "min_", "max_", "distinct_"];
    const NOT_BY_SUFFIX: [&str; 6] = ["_avg", "_average", "_median", "_ratio", "_rate", "_percent"];
    let percentile = name.strip_prefix('p').and_then(|rest| rest.split_once('_'));
    let is_percentile = percentile.is_some_and(|(rank, _)| rank.parse::<u16>().is_ok());
    !is_percentile
        && !is_identity(name)
        && !name.ends_with("_percentage")
        && !NOT_BY_PREFIX.iter().any(|prefix| name.starts_with(prefix))
        && !NOT_BY_SUFFIX.iter().any(|suffix| name.ends_with(suffix))
}

/// Tells whether a field is left out of team records: it concerns one user only, such as the last version, or the record sets it
/// itself.
pub(super) fn is_left_out(name: &str, is_at_top: bool) -> bool {
    name.starts_with("last_known_") || is_at_top && RECORD_FIELDS.contains(&name)
}

/// Name under which a team's record counts the users whose flag is true, as in GitHub's reports with totals: `used_chat` is
/// counted in `daily_active_chat_users`. None for a flag that does not stand for use.
pub(super) fn people_field(flag: &str) -> Option<String> {
    let used = flag.strip_prefix("used_")?;
    Some(match used {
        // The former is the older name of the latter; rows of one period have either, or both with the same value.
        "copilot_coding_agent" | "copilot_cloud_agent" => "daily_active_copilot_cloud_agent_users".to_owned(),
        "copilot_code_review_active" => "daily_active_copilot_code_review_users".to_owned(),
        PASSIVE_REVIEW => "daily_passive_copilot_code_review_users".to_owned(),
        other => format!("daily_active_{other}_users"),
    })
}

/// Flag of a review that Copilot made without a request of the user. It is not activity of the user.
const PASSIVE_REVIEW: &str = "copilot_code_review_passive";

/// Tells whether a true flag of that name shows activity of the user.
pub(super) fn is_use(flag: &str) -> bool {
    flag.strip_prefix("used_").is_some_and(|used| used != PASSIVE_REVIEW)
}

/// Tells whether a counter of that name above 0 shows activity of the user. Credits do not: in some organizations almost half of
/// the rows have credits and nothing else.
pub(super) fn is_activity(counter: &str) -> bool {
    counter != "ai_credits_used"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_can_be_added_up_is_added_up() {
        let additive = ["user_initiated_interaction_count", "loc_added_sum", "ai_credits_used", "prompts_of_tomorrow", "p_count"];
        for name in additive {
            assert!(is_additive(name), "{name}");
        }
        let not_additive = [
            "avg_tokens_per_request",
            "median_minutes_to_merge",
            "p90_minutes_ready_to_first_review",
            "max_sessions",
            "acceptance_rate",
            "distinct_skill_use_count",
            "agent_id",
            "entity_id_partition",
        ];
        for name in not_additive {
            assert!(!is_additive(name), "{name}");
        }
    }

    #[test]
    fn flags_are_counted_under_the_names_of_githubs_aggregates() {
        let cases = [
            ("used_chat", Some("daily_active_chat_users")),
            ("used_copilot_coding_agent", Some("daily_active_copilot_cloud_agent_users")),
            ("used_copilot_cloud_agent", Some("daily_active_copilot_cloud_agent_users")),
            ("used_copilot_code_review_passive", Some("daily_passive_copilot_code_review_users")),
            ("used_something_new", Some("daily_active_something_new_users")),
            ("is_new", None),
        ];
        for (flag, field) in cases {
            assert_eq!(people_field(flag).as_deref(), field, "{flag}");
        }
    }
}

//! The sums of a team for tables of all teams, from its record.

use serde_json::Value;

use crate::facts::TeamSums;

/// Reads the sums from a record. What the record does not have is 0.
pub(super) fn of(record: &Value) -> TeamSums {
    let features = || record["totals_by_feature"].as_array().into_iter().flatten();
    let of_feature = |name: &str, counters: &[&str]| -> u64 {
        let those = features().filter(|entry| entry["feature"].as_str() == Some(name));
        those.map(|entry| sum(entry, counters)).fold(0, u64::saturating_add)
    };
    let lines = ["loc_added_sum", "loc_deleted_sum"];
    TeamSums {
        reported: sum(record, &["daily_active_users"]),
        active: sum(record, &["members_active"]),
        agent_people: sum(record, &["daily_active_agent_users"]),
        prompts: sum(record, &["user_initiated_interaction_count"]),
        shown: of_feature("code_completion", &["code_generation_activity_count"]),
        accepted: of_feature("code_completion", &["code_acceptance_activity_count"]),
        agent_lines: of_feature("agent_edit", &lines),
        lines: features().map(|entry| sum(entry, &lines)).fold(0, u64::saturating_add),
        credits: record["ai_credits_used"].as_f64().unwrap_or_default(),
    }
}

fn sum(of: &Value, counters: &[&str]) -> u64 {
    counters.iter().filter_map(|name| of[*name].as_u64()).fold(0, u64::saturating_add)
}

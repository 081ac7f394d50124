//! Activity of a user on a day, by the definition of Pilotage: for `members_active` of teams and for the legacy format.
//!
//! GitHub's active users are more: every user with a row, also those that only its servers know. `daily_active_users` of teams
//! and the windows use GitHub's definition, see [`super::team_record`].

use super::json::Json;
use super::meaning;

/// Tells whether a row shows activity of its user: any counter but the credits is above 0, at any depth, or any flag but that of
/// passive reviews is true.
///
/// Having a row is not enough here: in some organizations almost half of the rows have credits and nothing else.
pub(super) fn is_active(row: &Json<'_>) -> bool {
    shows_activity(row, true)
}

/// Tells whether the user prompted or was given output: the two counters by which GitHub's documentation calls a user active.
pub(super) fn prompted_or_generated(row: &Json<'_>) -> bool {
    is_above_zero(row, "user_initiated_interaction_count") || is_above_zero(row, "code_generation_activity_count")
}

/// Tells whether the user did something deliberately: prompted, accepted, or used a feature that must be called. Being shown a
/// suggestion is not enough.
pub(super) fn is_engaged(row: &Json<'_>) -> bool {
    let Json::Object(fields) = row else {
        return false;
    };
    is_above_zero(row, "user_initiated_interaction_count")
        || is_above_zero(row, "code_acceptance_activity_count")
        || fields.iter().any(|(name, value)| *value == Json::Bool(true) && meaning::is_use(name))
}

fn is_above_zero(row: &Json<'_>, name: &str) -> bool {
    row.get(name).is_some_and(is_positive)
}

fn is_positive(value: &Json<'_>) -> bool {
    matches!(value, Json::Integer(1..)) || matches!(value, Json::Decimal(number) if *number > 0.0)
}

fn shows_activity(object: &Json<'_>, is_at_top: bool) -> bool {
    let Json::Object(fields) = object else {
        return false;
    };
    fields.iter().any(|(name, value)| match value {
        _ if meaning::is_left_out(name, is_at_top) || name == meaning::PHASE => false,
        Json::Bool(flag) => *flag && is_at_top && meaning::is_use(name),
        Json::List(entries) => entries.iter().any(|entry| shows_activity(entry, false)),
        Json::Object(_) => shows_activity(value, false),
        number => is_positive(number) && meaning::is_additive(name) && meaning::is_activity(name),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_not_yet_activity() {
        let cases = [
            (r#"{"ai_credits_used":0.4,"loc_added_sum":0,"used_chat":false}"#, false),
            (r#"{"loc_added_sum":1}"#, true),
            (r#"{"used_copilot_cloud_agent":true}"#, true),
            (r#"{"used_copilot_code_review_passive":true}"#, false),
            (r#"{"used_copilot_code_review_active":null}"#, false),
            (r#"{"totals_by_3rd_party_agent":[{"agent_id":7,"user_initiated_interaction_count":2}]}"#, true),
            (r#"{"totals_by_3rd_party_agent":[{"agent_id":7,"user_initiated_interaction_count":0}]}"#, false),
            (r#"{"totals_by_cli":{"token_usage":{"avg_tokens_per_request":3.5,"output_tokens_sum":0}}}"#, false),
            (r#"{"totals_by_cli":{"token_usage":{"output_tokens_sum":9}}}"#, true),
            (r#"{"user_id":5,"entity_id_partition":3,"ai_adoption_phase":{"phase_number":3,"phase":"Phase 3"}}"#, false),
        ];
        for (line, expected) in cases {
            assert_eq!(is_active(&Json::parse(line.as_bytes()).unwrap()), expected, "{line}");
        }
    }

    #[test]
    fn being_shown_a_suggestion_is_activity_but_no_engagement() {
        let cases = [
            (r#"{"code_generation_activity_count":3}"#, true, true, false),
            (r#"{"code_generation_activity_count":3,"code_acceptance_activity_count":1}"#, true, true, true),
            (r#"{"user_initiated_interaction_count":1}"#, true, true, true),
            (r#"{"used_copilot_cloud_agent":true}"#, true, false, true),
            (r#"{"used_copilot_code_review_passive":true}"#, false, false, false),
        ];
        for (line, active, prompted, engaged) in cases {
            let row = Json::parse(line.as_bytes()).unwrap();
            assert_eq!((is_active(&row), prompted_or_generated(&row), is_engaged(&row)), (active, prompted, engaged), "{line}");
        }
    }
}

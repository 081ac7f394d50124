//! Pull requests in usage records of organizations and enterprises.

use crate::model::field::{Field, FieldType};

const fn count(name: &'static str, about: &'static str) -> Field {
    Field::plain(name, FieldType::Integer, about)
}

const fn minutes(name: &'static str, about: &'static str) -> Field {
    Field::plain(name, FieldType::Number, about)
}

pub(super) const PULL_REQUESTS: Field = Field::object(
    "pull_requests",
    "pull requests of the day",
    &[
        count("total_created", "pull requests opened"),
        count("total_reviewed", "pull requests reviewed"),
        count("total_merged", "pull requests merged"),
        count("total_suggestions", "suggestions in reviews"),
        count("total_applied_suggestions", "suggestions in reviews that were applied"),
        count("total_created_by_copilot", "pull requests that Copilot opened"),
        count("total_reviewed_by_copilot", "pull requests that Copilot reviewed"),
        count("total_merged_created_by_copilot", "merged pull requests that Copilot had opened"),
        count("total_merged_reviewed_by_copilot", "merged pull requests that Copilot had reviewed"),
        count("total_copilot_suggestions", "suggestions by Copilot in reviews"),
        count("total_copilot_applied_suggestions", "suggestions by Copilot that were applied"),
        minutes("median_minutes_to_merge", "median minutes from opening to merging; null without merges"),
        minutes("median_minutes_to_merge_copilot_authored", "the same, of those that Copilot opened"),
        minutes("median_minutes_to_merge_copilot_reviewed", "the same, of those that Copilot reviewed"),
        Field::list(
            "copilot_suggestions_by_comment_type",
            "suggestions by Copilot by type of comment",
            &[
                Field::plain("comment_type", FieldType::Text, "the type"),
                count("total_copilot_suggestions", "suggestions"),
                count("total_copilot_applied_suggestions", "suggestions that were applied"),
            ],
        ),
    ],
);

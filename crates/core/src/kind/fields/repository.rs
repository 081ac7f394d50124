//! A day of a repository in the usage reports.

use super::pull_requests::PULL_REQUESTS;
use crate::model::field::{Field, FieldType};

const fn minutes(name: &'static str, about: &'static str) -> Field {
    Field::plain(name, FieldType::Number, about)
}

const REVIEW_TIMES: Field = Field::list(
    "pull_request_review_times",
    "how long reviews took; an empty list when no pull request counts, which is not zero minutes",
    &[
        Field::plain("authored_by", FieldType::Text, "who opened them; today always `human`"),
        Field::plain("reviewed_by", FieldType::Text, "who reviewed them; today always `human`"),
        Field::plain("total_merged", FieldType::Integer, "pull requests merged"),
        minutes("median_minutes_ready_to_first_review", "median minutes from ready to the first review"),
        minutes("p90_minutes_ready_to_first_review", "the same that nine of ten stay below"),
        minutes("median_minutes_first_to_final_review", "median minutes from the first review to the last"),
        minutes("p90_minutes_first_to_final_review", "the same that nine of ten stay below"),
        minutes("median_minutes_final_review_to_merge", "median minutes from the last review to merging"),
        minutes("p90_minutes_final_review_to_merge", "the same that nine of ten stay below"),
    ],
);

/// One repository on one day; repositories without pull requests that day are left out by GitHub.
pub(in crate::kind) const DAY: &[Field] = &[
    Field::plain("day", FieldType::Day, "the day, in UTC"),
    Field::plain("enterprise_id", FieldType::Text, "the enterprise's number; empty for an organization without one"),
    Field::plain("organization_id", FieldType::Text, "the organization's number"),
    Field::plain("repo_id", FieldType::Integer, "the repository's number"),
    Field::plain("repo_owner_name", FieldType::Text, "the owner's name"),
    Field::plain("repo_name", FieldType::Text, "the repository's name"),
    Field::plain("repo_visibility", FieldType::Text, "`PRIVATE`, `INTERNAL` or `PUBLIC`"),
    PULL_REQUESTS,
    REVIEW_TIMES,
];

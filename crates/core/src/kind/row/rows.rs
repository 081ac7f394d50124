//! Required fields of the rows of each report, and of the elements of each list.

use super::{Required, Row, Value};

const DAY: Required = Required { any_of: &["day"], value: Value::Day };

/// A user's day.
pub(in crate::kind) const USER_DAY: Row = Row {
    name: "a user's day",
    required: &[DAY, Required { any_of: &["user_id", "user_login"], value: Value::Identity }],
    foreign: &["team_id", "repo_id", "day_totals"],
    one_a_day: None,
};

/// The day of an organization or an enterprise as a whole. In all that GitHub documents, and in rows of older days, it has several of
/// these.
pub(in crate::kind) const AGGREGATE_DAY: Row = Row {
    name: "a day of an organization or an enterprise",
    required: &[
        DAY,
        Required {
            any_of: &[
                "daily_active_users",
                "user_initiated_interaction_count",
                "weekly_active_users",
                "monthly_active_users",
                "monthly_active_chat_users",
                "code_generation_activity_count",
                "code_acceptance_activity_count",
                "loc_suggested_to_add_sum",
                "loc_added_sum",
                "loc_deleted_sum",
                "totals_by_ide",
                "totals_by_feature",
                "pull_requests",
            ],
            value: Value::Measure,
        },
    ],
    foreign: &["user_id", "user_login", "team_id", "repo_id"],
    one_a_day: Some("day"),
};

/// A repository's day.
pub(in crate::kind) const REPOSITORY_DAY: Row = Row {
    name: "a repository's day",
    required: &[
        DAY,
        Required { any_of: &["repo_id"], value: Value::Identity },
        Required {
            any_of: &[
                "pull_requests",
                "pull_request_review_times",
                "user_initiated_interaction_count",
                "code_generation_activity_count",
                "loc_added_sum",
            ],
            value: Value::Measure,
        },
    ],
    foreign: &["user_id", "user_login", "team_id", "daily_active_users", "day_totals"],
    one_a_day: None,
};

/// A day of an endpoint that GitHub closed.
pub(in crate::kind) const LEGACY_DAY: Row = Row {
    name: "a day of Copilot metrics",
    required: &[
        Required { any_of: &["date"], value: Value::Day },
        Required {
            any_of: &[
                "total_active_users",
                "total_engaged_users",
                "copilot_ide_code_completions",
                "copilot_ide_chat",
                "copilot_dotcom_chat",
                "copilot_dotcom_pull_requests",
            ],
            value: Value::Measure,
        },
    ],
    foreign: &[],
    one_a_day: Some("date"),
};

/// A seat. The account that it was given to may be gone, and then is null.
pub(in crate::kind) const SEAT: Row = Row {
    name: "a seat",
    required: &[Required { any_of: &["assignee", "created_at"], value: Value::Something }],
    foreign: &["seats", "total_seats"],
    one_a_day: None,
};

/// Billing of an organization.
pub(in crate::kind) const BILLING: Row = Row {
    name: "an organization's Copilot billing",
    required: &[Required { any_of: &["seat_breakdown"], value: Value::Total }],
    foreign: &[],
    one_a_day: None,
};

/// A line of the usage of AI credits.
pub(in crate::kind) const USAGE_ITEM: Row = Row {
    name: "a line of billing",
    required: &[
        DAY,
        Required { any_of: &["sku"], value: Value::Identity },
        Required { any_of: &["grossQuantity", "netQuantity"], value: Value::Measure },
    ],
    foreign: &["usageItems", "seat_breakdown"],
    one_a_day: None,
};

/// A team.
pub(in crate::kind) const TEAM: Row = Row {
    name: "a team",
    required: &[Required { any_of: &["id"], value: Value::Identity }, Required { any_of: &["slug"], value: Value::Identity }],
    foreign: &["login", "full_name"],
    one_a_day: None,
};

/// An account of somebody.
pub(in crate::kind) const ACCOUNT: Row = Row {
    name: "an account",
    required: &[Required { any_of: &["id"], value: Value::Identity }, Required { any_of: &["login"], value: Value::Identity }],
    foreign: &["slug", "full_name"],
    one_a_day: None,
};

/// A repository.
pub(in crate::kind) const REPOSITORY: Row = Row {
    name: "a repository",
    required: &[
        Required { any_of: &["id"], value: Value::Identity },
        Required { any_of: &["full_name"], value: Value::Identity },
    ],
    foreign: &["login", "slug"],
    one_a_day: None,
};

/// A day of an actor in Claude Code. Whose, and of which day, is checked by who reads it.
pub(in crate::kind) const CLAUDE_CODE_DAY: Row = Row {
    name: "an actor's day in Claude Code",
    required: &[
        Required { any_of: &["date"], value: Value::Something },
        Required { any_of: &["actor"], value: Value::Something },
        Required { any_of: &["core_metrics"], value: Value::Measure },
    ],
    foreign: &[],
    one_a_day: None,
};

/// A member of a Cursor team.
pub(in crate::kind) const CURSOR_MEMBER: Row = Row {
    name: "a member of a Cursor team",
    required: &[Required { any_of: &["email"], value: Value::Identity }, Required { any_of: &["role"], value: Value::Something }],
    foreign: &["teamMembers", "spendCents"],
    one_a_day: None,
};

/// A member's day in Cursor.
pub(in crate::kind) const CURSOR_DAY: Row = Row {
    name: "a member's day in Cursor",
    required: &[
        DAY,
        Required { any_of: &["email", "userId"], value: Value::Something },
        Required { any_of: &["isActive"], value: Value::Measure },
    ],
    foreign: &["data"],
    one_a_day: None,
};

/// What a member of a Cursor team spent.
pub(in crate::kind) const CURSOR_SPEND: Row = Row {
    name: "what a member of a Cursor team spent",
    required: &[
        Required { any_of: &["email", "userId"], value: Value::Something },
        Required { any_of: &["spendCents", "overallSpendCents"], value: Value::Measure },
    ],
    foreign: &["teamMemberSpend"],
    one_a_day: None,
};

/// One use of a model in Cursor.
pub(in crate::kind) const CURSOR_EVENT: Row = Row {
    name: "a usage event of Cursor",
    required: &[
        Required { any_of: &["timestamp"], value: Value::Identity },
        Required { any_of: &["model"], value: Value::Something },
    ],
    foreign: &["usageEvents"],
    one_a_day: None,
};

/// A day with a tool, which is made and not read.
pub(in crate::kind) const TOOL_DAY: Row = Row {
    name: "a person's day with a tool",
    required: &[DAY, Required { any_of: &["tool"], value: Value::Something }],
    foreign: &[],
    one_a_day: None,
};

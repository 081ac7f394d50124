//! Fields of Claude Code, of Cursor, and of the one model of a day with an AI tool.

use crate::model::field::{Field, FieldType};

const fn count(name: &'static str, about: &'static str) -> Field {
    Field::plain(name, FieldType::Integer, about)
}

const fn number(name: &'static str, about: &'static str) -> Field {
    Field::plain(name, FieldType::Number, about)
}

const fn text(name: &'static str, about: &'static str) -> Field {
    Field::plain(name, FieldType::Text, about)
}

const fn flag(name: &'static str, about: &'static str) -> Field {
    Field::plain(name, FieldType::Boolean, about)
}

const ACCEPTED: &[Field] = &[count("accepted", "proposals that were taken"), count("rejected", "proposals that were not")];

/// What an actor did with Claude Code on a day in one kind of terminal.
pub(in crate::kind) const CLAUDE_CODE_DAY: &[Field] = &[
    Field::plain("date", FieldType::DateTime, "the day in UTC, at midnight"),
    Field::object(
        "actor",
        "who: a person or an API key",
        &[
            text("type", "`user_actor` or `api_actor`"),
            text("email_address", "the person's e-mail address, of a `user_actor`"),
            text("api_key_name", "the key's name, of an `api_actor`"),
        ],
    ),
    text("organization_id", "Anthropic's id of the organization"),
    text("customer_type", "`api` or `subscription`"),
    text("subscription_type", "the plan of a subscription, or null"),
    text("terminal_type", "where it ran, such as `vscode` or `iTerm.app`"),
    Field::object(
        "core_metrics",
        "what was done",
        &[
            count("num_sessions", "sessions"),
            Field::object(
                "lines_of_code",
                "lines that Claude Code changed",
                &[count("added", "lines added"), count("removed", "lines removed")],
            ),
            count("commits_by_claude_code", "commits made through Claude Code"),
            count("pull_requests_by_claude_code", "pull requests made through Claude Code"),
        ],
    ),
    Field::object(
        "tool_actions",
        "proposals of its tools",
        &[
            Field::object("edit_tool", "edits", ACCEPTED),
            Field::object("multi_edit_tool", "several edits at once", ACCEPTED),
            Field::object("write_tool", "new files", ACCEPTED),
            Field::object("notebook_edit_tool", "edits of notebooks", ACCEPTED),
        ],
    ),
    Field::list(
        "model_breakdown",
        "tokens and cost by model",
        &[
            text("model", "the model"),
            Field::object(
                "tokens",
                "tokens",
                &[
                    count("input", "in"),
                    count("output", "out"),
                    count("cache_read", "read from the cache"),
                    count("cache_creation", "written to the cache"),
                ],
            ),
            Field::object(
                "estimated_cost",
                "an estimate, which is no invoice",
                &[text("currency", "`USD`"), number("amount", "cents")],
            ),
        ],
    ),
];

/// A member of a Cursor team.
pub(in crate::kind) const CURSOR_MEMBER: &[Field] = &[
    count("id", "Cursor's number"),
    text("name", "the name for people"),
    text("email", "the e-mail address"),
    text("role", "`owner`, `member` or `free-owner`"),
    flag("isRemoved", "whether the member was removed from the team"),
];

/// A member's day.
pub(in crate::kind) const CURSOR_DAY: &[Field] = &[
    count("date", "the day in UTC, as milliseconds since 1970"),
    Field::plain("day", FieldType::Day, "the day in UTC"),
    count("userId", "Cursor's number of the member"),
    text("email", "the member's e-mail address"),
    flag("isActive", "whether the member did anything"),
    count("totalLinesAdded", "lines added that Cursor suggested, taken or not"),
    count("totalLinesDeleted", "lines deleted that Cursor suggested, taken or not"),
    count("acceptedLinesAdded", "lines added that were taken"),
    count("acceptedLinesDeleted", "lines deleted that were taken"),
    count("totalApplies", "suggestions that were applied"),
    count("totalAccepts", "suggestions that were taken"),
    count("totalRejects", "suggestions that were not"),
    count("totalTabsShown", "completions shown"),
    count("totalTabsAccepted", "completions taken"),
    count("composerRequests", "requests of the composer"),
    count("chatRequests", "requests of the chat"),
    count("agentRequests", "requests of the agent"),
    count("cmdkUsages", "uses of inline edits"),
    count("subscriptionIncludedReqs", "usage events that the plan includes"),
    count("apiKeyReqs", "usage events with a key of one's own"),
    count("usageBasedReqs", "usage events that are billed by use"),
    count("bugbotUsages", "uses of the review bot"),
    text("mostUsedModel", "the model that was used most"),
    text("applyMostUsedExtension", "the ending of files with most applied suggestions"),
    text("tabMostUsedExtension", "the ending of files with most completions"),
    text("clientVersion", "the version of Cursor"),
];

/// What a member spent in the running cycle.
pub(in crate::kind) const CURSOR_SPEND: &[Field] = &[
    count("userId", "Cursor's number of the member"),
    text("name", "the name for people"),
    text("email", "the e-mail address"),
    text("role", "the role in the team"),
    number("spendCents", "cents spent on demand in this cycle"),
    number("overallSpendCents", "cents spent in this cycle, with what the plan includes"),
    number("includedSpendCents", "cents of it that the plan includes"),
    count("fastPremiumRequests", "requests of the premium kind"),
    number("hardLimitOverrideDollars", "a limit of the member's own"),
    number("monthlyLimitDollars", "the member's limit of a month; null when there is none"),
];

/// One use of a model.
pub(in crate::kind) const CURSOR_EVENT: &[Field] = &[
    text("timestamp", "the moment, as milliseconds since 1970"),
    text("userEmail", "the member's e-mail address"),
    text("serviceAccountId", "the service account's id, when it was one"),
    text("serviceAccountName", "the service account's name, when it was one"),
    text("model", "the model"),
    text("kind", "how it is billed"),
    text("kindLabel", "how it is billed, in older answers"),
    flag("maxMode", "whether the mode with the largest context was on"),
    number("requestsCosts", "requests that it counts as"),
    flag("isTokenBasedCall", "whether it is billed by tokens"),
    flag("isChargeable", "whether it is charged"),
    flag("isHeadless", "whether nobody was at the keyboard"),
    Field::object(
        "tokenUsage",
        "tokens",
        &[
            count("inputTokens", "in"),
            count("outputTokens", "out"),
            count("cacheWriteTokens", "written to the cache"),
            count("cacheReadTokens", "read from the cache"),
            number("totalCents", "cents of the tokens"),
        ],
    ),
    number("chargedCents", "cents charged"),
    number("cursorTokenFee", "cents of it that are Cursor's fee"),
];

/// A person's day with one AI tool, see [`crate::kind::tool_usage`].
pub(in crate::kind) const TOOL_DAY: &[Field] = &[
    text("tool", "`copilot`, `cursor` or `claude-code`"),
    text("account", "the organization, enterprise or team of the tool that it was read of"),
    Field::plain("day", FieldType::Day, "the day in UTC"),
    text("person", "whom the row is about: the same text in every tool; the key or the service account where it is no person"),
    text("identity", "the person as the tool names it"),
    text("matched_by", "`alias`, `email`, `none` for a login that no alias names, or `no-person`"),
    flag("active", "whether the tool was used"),
    count("interactions", "requests and prompts of a person; absent where the tool does not tell"),
    count("lines_suggested", "lines that the tool suggested; absent where the tool does not tell"),
    count("lines_added", "lines of the tool that came into the code; absent where the tool does not tell"),
    count("lines_deleted", "lines that the tool deleted; absent where the tool does not tell"),
    count("sessions", "sessions; absent where the tool does not tell"),
    number("cost_cents", "cents in US dollars, as the tool estimates them; absent where the tool does not tell"),
    number("credits", "AI credits; absent where the tool has none"),
];

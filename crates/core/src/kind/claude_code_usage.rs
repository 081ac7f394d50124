//! The kind `claude-code-usage`.

use super::{AccountList, Kind, PathTemplate, Right, ScopeLevel, Source, Split, Vendor, fields, persons, row};

/// <https://platform.claude.com/docs/en/manage-claude/claude-code-analytics-api>
///
/// Anthropic documents no first day; the product was shown to the public in 2025.
pub(super) const KIND: Kind = Kind {
    name: "claude-code-usage",
    aliases: &[],
    about: "what each person or API key did with Claude Code, one item per actor, day and terminal",
    scope: ScopeLevel::AccountDay,
    source: Source::Account(AccountList {
        vendor: Vendor::ClaudeCode,
        method: "GET",
        path: PathTemplate("/v1/organizations/usage_report/claude_code"),
        right: Right::ClaudeCodeAnalytics,
        since: Some("2025-01-01"),
    }),
    of_enterprise: None,
    split: Split::Whole,
    row: row::CLAUDE_CODE_DAY,
    fields: fields::tools::CLAUDE_CODE_DAY,
    persons: persons::CLAUDE_CODE_DAYS,
    blueprints: &["claude_code_usage"],
    sunset: None,
};

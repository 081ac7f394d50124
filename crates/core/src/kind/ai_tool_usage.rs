//! The kind `ai-tool-usage`.

use super::{Kind, ScopeLevel, Source, Split, fields, persons, row};

/// Made of the days of people that other kinds give, see [`super::tool_usage`].
pub(super) const KIND: Kind = Kind {
    name: "ai-tool-usage",
    aliases: &[],
    about: "one model of a person's day with any AI tool, one item per tool, account, person and day",
    scope: ScopeLevel::Nothing,
    source: Source::ToolDays,
    of_enterprise: None,
    split: Split::Whole,
    row: row::TOOL_DAY,
    fields: fields::tools::TOOL_DAY,
    persons: persons::TOOL_DAYS,
    blueprints: &["ai_tool_usage"],
    sunset: None,
};

//! The kind `ai-credit-usage`.

use super::{DayAnswers, Kind, PathTemplate, Right, ScopeLevel, Source, Split, fields, persons, row};

/// The first day on which Copilot was billed in AI credits.
const SINCE: &str = "2026-06-01";

/// <https://docs.github.com/en/rest/billing/usage>
///
/// An answer names no user and no cost center unless it is asked about one, and GitHub has no list by user: that would be a request for
/// each person and day. An answer about one is refused, because it is a part of the bill. Credits of people are in the users' reports, as
/// `ai_credits_used`.
pub(super) const KIND: Kind = Kind {
    name: "ai-credit-usage",
    aliases: &[],
    about: "AI credits that are billed, one item per day, SKU and model",
    scope: ScopeLevel::Organization,
    source: Source::Days(DayAnswers {
        path: PathTemplate("/organizations/{owner}/settings/billing/ai_credit/usage"),
        right: Right::Billing,
        since: SINCE,
    }),
    of_enterprise: Some(Source::Days(DayAnswers {
        path: PathTemplate("/enterprises/{owner}/settings/billing/ai_credit/usage"),
        right: Right::Billing,
        since: SINCE,
    })),
    split: Split::UsageItems,
    row: row::USAGE_ITEM,
    fields: fields::billing::USAGE_ITEM,
    persons: persons::NOBODY,
    blueprints: &["ai_credit_usage"],
    sunset: None,
};

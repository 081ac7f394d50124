//! The kind `organization-user-usage-metrics`.

use super::{Kind, ScopeLevel, Source, Split, fields, persons, reports, row};

/// <https://docs.github.com/en/rest/copilot/copilot-usage-metrics>
pub(super) const KIND: Kind = Kind {
    name: "organization-user-usage-metrics",
    aliases: &["user-usage-metrics"],
    about: "Copilot usage of each user of an organization, one item per user and day",
    scope: ScopeLevel::Organization,
    source: Source::Report { latest: Some(reports::ORGANIZATION_USERS_LATEST), day: reports::ORGANIZATION_USERS },
    of_enterprise: None,
    split: Split::Whole,
    row: row::USER_DAY,
    fields: fields::user::DAY,
    persons: persons::USER_ROWS,
    blueprints: &["copilot_user_usage", "githubCopilotUserUsage"],
    sunset: None,
};

//! The kind `enterprise-user-usage-metrics`.

use super::{Kind, ScopeLevel, Source, Split, fields, persons, reports, row};

/// <https://docs.github.com/en/enterprise-cloud@latest/rest/copilot/copilot-usage-metrics>
pub(super) const KIND: Kind = Kind {
    name: "enterprise-user-usage-metrics",
    aliases: &[],
    about: "Copilot usage of each user of an enterprise, one item per user and day",
    scope: ScopeLevel::Enterprise,
    source: Source::Report { latest: Some(reports::ENTERPRISE_USERS_LATEST), day: reports::ENTERPRISE_USERS },
    of_enterprise: None,
    split: Split::Whole,
    row: row::USER_DAY,
    fields: fields::user::DAY,
    persons: persons::USER_ROWS,
    blueprints: &["copilot_enterprise_user_usage"],
    sunset: None,
};

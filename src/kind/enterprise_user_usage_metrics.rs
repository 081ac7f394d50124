//! The kind `enterprise-user-usage-metrics`.

use super::{Kind, PathTemplate, ScopeLevel, Source, Split, fields};

/// <https://docs.github.com/en/enterprise-cloud@latest/rest/copilot/copilot-usage-metrics>
pub(super) const KIND: Kind = Kind {
    name: "enterprise-user-usage-metrics",
    aliases: &[],
    about: "Copilot usage of each user of an enterprise, one item per user and day",
    scope: ScopeLevel::Enterprise,
    source: Source::Report {
        latest: PathTemplate("/enterprises/{owner}/copilot/metrics/reports/users-28-day/latest"),
        day: PathTemplate("/enterprises/{owner}/copilot/metrics/reports/users-1-day"),
    },
    split: Split::Whole,
    fields: fields::user::DAY,
    sunset: None,
};

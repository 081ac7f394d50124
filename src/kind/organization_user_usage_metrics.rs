//! The kind `organization-user-usage-metrics`.

use super::{Kind, PathTemplate, ScopeLevel, Source, Split, fields};

/// <https://docs.github.com/en/rest/copilot/copilot-usage-metrics>
pub(super) const KIND: Kind = Kind {
    name: "organization-user-usage-metrics",
    aliases: &["user-usage-metrics"],
    about: "Copilot usage of each user of an organization, one item per user and day",
    scope: ScopeLevel::Organization,
    source: Source::Report {
        latest: PathTemplate("/orgs/{owner}/copilot/metrics/reports/users-28-day/latest"),
        day: PathTemplate("/orgs/{owner}/copilot/metrics/reports/users-1-day"),
    },
    split: Split::Whole,
    fields: fields::user::DAY,
    sunset: None,
};

//! The kind `repository-usage-metrics`.

use super::{Kind, PathTemplate, ScopeLevel, Source, Split, fields, persons, reports, row};

/// <https://docs.github.com/en/rest/copilot/copilot-usage-metrics>
pub(super) const KIND: Kind = Kind {
    name: "repository-usage-metrics",
    aliases: &[],
    about: "Copilot in pull requests, one item per repository and day",
    scope: ScopeLevel::Organization,
    source: Source::Report {
        latest: None,
        day: reports::of_organization(
            PathTemplate("/orgs/{owner}/copilot/metrics/reports/repos-1-day"),
            reports::ORGANIZATIONS_SINCE,
        ),
    },
    of_enterprise: Some(Source::Report {
        latest: None,
        day: reports::of_enterprise(
            PathTemplate("/enterprises/{owner}/copilot/metrics/reports/repos-1-day"),
            reports::ENTERPRISES_SINCE,
        ),
    }),
    split: Split::Whole,
    row: row::REPOSITORY_DAY,
    fields: fields::repository::DAY,
    persons: persons::NOBODY,
    blueprints: &["copilot_repository_usage"],
    sunset: None,
};

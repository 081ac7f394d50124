//! The kind `organization-usage-metrics`.

use super::{Kind, PathTemplate, ScopeLevel, Source, Split, fields, persons, reports, row};

/// <https://docs.github.com/en/rest/copilot/copilot-usage-metrics>
pub(super) const KIND: Kind = Kind {
    name: "organization-usage-metrics",
    aliases: &[],
    about: "Copilot usage of an organization, one item per day",
    scope: ScopeLevel::Organization,
    source: Source::Report {
        latest: Some(PathTemplate("/orgs/{owner}/copilot/metrics/reports/organization-28-day/latest")),
        day: reports::of_organization(PathTemplate("/orgs/{owner}/copilot/metrics/reports/organization-1-day"), "2025-12-12"),
    },
    of_enterprise: None,
    split: Split::DayTotals,
    row: row::AGGREGATE_DAY,
    fields: fields::aggregate::DAY,
    persons: persons::NOBODY,
    blueprints: &["copilot_organization_usage", "githubCopilotOrganizationUsage"],
    sunset: None,
};

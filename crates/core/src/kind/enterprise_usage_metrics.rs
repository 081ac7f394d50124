//! The kind `enterprise-usage-metrics`.

use super::{Kind, PathTemplate, ScopeLevel, Source, Split, fields, persons, reports, row};

/// <https://docs.github.com/en/enterprise-cloud@latest/rest/copilot/copilot-usage-metrics>
pub(super) const KIND: Kind = Kind {
    name: "enterprise-usage-metrics",
    aliases: &[],
    about: "Copilot usage of an enterprise, one item per day",
    scope: ScopeLevel::Enterprise,
    source: Source::Report {
        latest: Some(PathTemplate("/enterprises/{owner}/copilot/metrics/reports/enterprise-28-day/latest")),
        day: reports::of_enterprise(PathTemplate("/enterprises/{owner}/copilot/metrics/reports/enterprise-1-day"), "2025-10-10"),
    },
    of_enterprise: None,
    split: Split::DayTotals,
    row: row::AGGREGATE_DAY,
    fields: fields::aggregate::DAY,
    persons: persons::NOBODY,
    blueprints: &["copilot_enterprise_usage"],
    sunset: None,
};

//! The kind `enterprise-usage-metrics`.

use super::{DayReport, Kind, PathTemplate, ScopeLevel, Source, Split, fields};

/// <https://docs.github.com/en/enterprise-cloud@latest/rest/copilot/copilot-usage-metrics>
pub(super) const KIND: Kind = Kind {
    name: "enterprise-usage-metrics",
    aliases: &[],
    about: "Copilot usage of an enterprise, one item per day",
    scope: ScopeLevel::Enterprise,
    source: Source::Report {
        latest: Some(PathTemplate("/enterprises/{owner}/copilot/metrics/reports/enterprise-28-day/latest")),
        day: DayReport {
            path: PathTemplate("/enterprises/{owner}/copilot/metrics/reports/enterprise-1-day"),
            since: "2025-10-10",
        },
    },
    of_enterprise: None,
    split: Split::DayTotals,
    fields: fields::aggregate::DAY,
    sunset: None,
};

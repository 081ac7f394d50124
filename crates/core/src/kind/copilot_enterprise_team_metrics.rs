//! The kind `copilot-enterprise-team-metrics`.

use super::{Kind, MadeFrom, PathTemplate, ScopeLevel, Source, Split, Sunset, fields, persons, reports, row};

/// GitHub closed its source on 2026-04-02. Hosts that still serve it are read as before; elsewhere records of the same shape are
/// made, see `docs/legacy-shape.md`.
pub(super) const KIND: Kind = Kind {
    name: "copilot-enterprise-team-metrics",
    aliases: &[],
    about: "Copilot metrics of an enterprise's teams in the form of 2024, one item per team and day",
    scope: ScopeLevel::EnterpriseTeam,
    source: Source::Legacy {
        path: PathTemplate("/enterprises/{owner}/team/{team}/copilot/metrics"),
        made_from: MadeFrom::Teams(reports::ENTERPRISE_TEAMS),
    },
    of_enterprise: None,
    split: Split::Whole,
    row: row::LEGACY_DAY,
    fields: fields::legacy::DAY,
    persons: persons::NOBODY,
    blueprints: &[],
    sunset: Some(Sunset { closed: "2026-04-02", replacement: "enterprise-team-usage-metrics" }),
};

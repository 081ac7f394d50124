//! The kind `copilot-team-metrics`.

use super::{Kind, MadeFrom, PathTemplate, ScopeLevel, Source, Split, Sunset, fields, persons, reports, row};

/// GitHub closed its source on 2026-04-02. Hosts that still serve it are read as before; elsewhere records of the same shape are
/// made, see `docs/legacy-shape.md`.
pub(super) const KIND: Kind = Kind {
    name: "copilot-team-metrics",
    aliases: &[],
    about: "Copilot metrics of an organization's teams in the form of 2024, one item per team and day",
    scope: ScopeLevel::OrganizationTeam,
    source: Source::Legacy {
        path: PathTemplate("/orgs/{owner}/team/{team}/copilot/metrics"),
        made_from: MadeFrom::Teams(reports::ORGANIZATION_TEAMS),
    },
    of_enterprise: None,
    split: Split::Whole,
    row: row::LEGACY_DAY,
    fields: fields::legacy::DAY,
    persons: persons::NOBODY,
    blueprints: &["github_copilot_usage"],
    sunset: Some(Sunset { closed: "2026-04-02", replacement: "team-usage-metrics" }),
};

//! The kind `copilot-organization-metrics`.

use super::{Kind, MadeFrom, PathTemplate, ScopeLevel, Source, Split, Sunset, fields, persons, reports, row};

/// GitHub closed its source on 2026-04-02. Hosts that still serve it are read as before; elsewhere records of the same shape are
/// made, see `docs/legacy-shape.md`.
pub(super) const KIND: Kind = Kind {
    name: "copilot-organization-metrics",
    aliases: &[],
    about: "Copilot metrics of an organization in the form of 2024, one item per day",
    scope: ScopeLevel::Organization,
    source: Source::Legacy {
        path: PathTemplate("/orgs/{owner}/copilot/metrics"),
        made_from: MadeFrom::Users { latest: reports::ORGANIZATION_USERS_LATEST, day: reports::ORGANIZATION_USERS },
    },
    of_enterprise: None,
    split: Split::Whole,
    row: row::LEGACY_DAY,
    fields: fields::legacy::DAY,
    persons: persons::NOBODY,
    blueprints: &["github_copilot_usage"],
    sunset: Some(Sunset { closed: "2026-04-02", replacement: "organization-usage-metrics" }),
};

//! The kind `copilot-team-metrics`.

use super::{Kind, PathTemplate, ScopeLevel, Source, Split, Sunset, fields};

/// GitHub closed its source on 2026-04-02; hosts that still serve it are read as before.
pub(super) const KIND: Kind = Kind {
    name: "copilot-team-metrics",
    aliases: &[],
    about: "Copilot metrics of a team in the form of 2024, one item per day",
    scope: ScopeLevel::OrganizationTeam,
    source: Source::Pages { path: PathTemplate("/orgs/{owner}/team/{team}/copilot/metrics") },
    split: Split::Whole,
    fields: fields::legacy::DAY,
    // GitHub has no report per team; the users of an organization are what comes closest.
    sunset: Some(Sunset { closed: "2026-04-02", replacement: "organization-user-usage-metrics" }),
};

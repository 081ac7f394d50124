//! The kind `team-usage-metrics`.

use super::{Kind, ScopeLevel, Source, Split, fields, persons, reports, row};

/// Usage of each team of an organization, by day. The fields are explained in `docs/team-metrics.md`.
pub(super) const KIND: Kind = Kind {
    name: "team-usage-metrics",
    aliases: &[],
    about: "Copilot usage of an organization's teams, made from the reports of users and of their teams, one item per team and day",
    scope: ScopeLevel::OrganizationTeam,
    source: Source::Teams(reports::ORGANIZATION_TEAMS),
    of_enterprise: None,
    split: Split::Whole,
    row: row::USER_DAY,
    fields: fields::team::DAY,
    persons: persons::NOBODY,
    blueprints: &["copilot_team_usage"],
    sunset: None,
};

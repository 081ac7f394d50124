//! The kind `github-teams`.

use super::{Form, Kind, PathTemplate, Right, ScopeLevel, Source, Split, fields, persons, row};

/// <https://docs.github.com/en/rest/teams/teams>
pub(super) const KIND: Kind = Kind {
    name: "github-teams",
    aliases: &[],
    about: "teams of an organization, one item per team, with the team above",
    scope: ScopeLevel::Organization,
    source: Source::Pages { path: PathTemplate("/orgs/{owner}/teams?per_page=100"), form: Form::List, right: Right::Teams },
    of_enterprise: None,
    split: Split::Whole,
    row: row::TEAM,
    fields: fields::directory::TEAM,
    persons: persons::TEAMS_AND_REPOSITORIES,
    blueprints: &["github_team"],
    sunset: None,
};

//! The kind `github-team-repositories`.

use super::{Form, Kind, PathTemplate, Right, ScopeLevel, Source, Split, fields, persons, row};

/// <https://docs.github.com/en/rest/teams/teams>
pub(super) const KIND: Kind = Kind {
    name: "github-team-repositories",
    aliases: &[],
    about: "repositories of each team, one item per team and repository",
    scope: ScopeLevel::OrganizationTeam,
    source: Source::Pages {
        path: PathTemplate("/orgs/{owner}/teams/{team}/repos?per_page=100"),
        form: Form::List,
        right: Right::Teams,
    },
    of_enterprise: None,
    split: Split::Whole,
    row: row::REPOSITORY,
    fields: fields::directory::REPOSITORY,
    persons: persons::TEAMS_AND_REPOSITORIES,
    blueprints: &["github_team_repository"],
    sunset: None,
};

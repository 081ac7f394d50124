//! The kind `github-team-members`.

use super::{Form, Kind, PathTemplate, Right, ScopeLevel, Source, Split, fields, persons, row};

/// <https://docs.github.com/en/rest/teams/members>
pub(super) const KIND: Kind = Kind {
    name: "github-team-members",
    aliases: &[],
    about: "members of each team, one item per team and member",
    scope: ScopeLevel::OrganizationTeam,
    source: Source::Pages {
        path: PathTemplate("/orgs/{owner}/teams/{team}/members?per_page=100"),
        form: Form::List,
        right: Right::Teams,
    },
    of_enterprise: None,
    split: Split::Whole,
    row: row::ACCOUNT,
    fields: fields::directory::ACCOUNT,
    persons: persons::GITHUB_USERS,
    blueprints: &["github_team_membership"],
    sunset: None,
};

//! The kind `github-organization-members`.

use super::{Form, Kind, PathTemplate, Right, ScopeLevel, Source, Split, fields, persons, row};

/// <https://docs.github.com/en/rest/orgs/members>
pub(super) const KIND: Kind = Kind {
    name: "github-organization-members",
    aliases: &[],
    about: "members of an organization, one item per member",
    scope: ScopeLevel::Organization,
    source: Source::Pages { path: PathTemplate("/orgs/{owner}/members?per_page=100"), form: Form::List, right: Right::Teams },
    of_enterprise: None,
    split: Split::Whole,
    row: row::ACCOUNT,
    fields: fields::directory::ACCOUNT,
    persons: persons::GITHUB_USERS,
    blueprints: &["github_user"],
    sunset: None,
};

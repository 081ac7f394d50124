//! The kind `github-repositories`.

use super::{Form, Kind, PathTemplate, Right, ScopeLevel, Source, Split, fields, persons, row};

/// <https://docs.github.com/en/rest/repos/repos>
pub(super) const KIND: Kind = Kind {
    name: "github-repositories",
    aliases: &[],
    about: "repositories of an organization, one item per repository, without their content",
    scope: ScopeLevel::Organization,
    source: Source::Pages { path: PathTemplate("/orgs/{owner}/repos?per_page=100"), form: Form::List, right: Right::Profile },
    of_enterprise: None,
    split: Split::Whole,
    row: row::REPOSITORY,
    fields: fields::directory::REPOSITORY,
    persons: persons::TEAMS_AND_REPOSITORIES,
    blueprints: &["github_repository"],
    sunset: None,
};

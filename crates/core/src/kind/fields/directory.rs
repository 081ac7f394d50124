//! Teams, members and repositories of an organization, as GitHub lists them.

use crate::model::field::{Field, FieldType};

const fn text(name: &'static str, about: &'static str) -> Field {
    Field::plain(name, FieldType::Text, about)
}

const fn flag(name: &'static str, about: &'static str) -> Field {
    Field::plain(name, FieldType::Boolean, about)
}

const fn count(name: &'static str, about: &'static str) -> Field {
    Field::plain(name, FieldType::Integer, about)
}

const ID: Field = count("id", "GitHub's number");
const NODE_ID: Field = text("node_id", "GitHub's identifier in its other API");
const URL: Field = text("url", "the address in GitHub's API");
const HTML_URL: Field = text("html_url", "the page");
const AVATAR_URL: Field = text("avatar_url", "the picture");

/// Somebody with an account.
pub(in crate::kind) const ACCOUNT: &[Field] = &[
    text("login", "the login"),
    ID,
    NODE_ID,
    AVATAR_URL,
    text("gravatar_id", "an older picture"),
    URL,
    HTML_URL,
    text("followers_url", "an address in GitHub's API"),
    text("following_url", "an address in GitHub's API"),
    text("gists_url", "an address in GitHub's API"),
    text("starred_url", "an address in GitHub's API"),
    text("subscriptions_url", "an address in GitHub's API"),
    text("organizations_url", "an address in GitHub's API"),
    text("repos_url", "an address in GitHub's API"),
    text("events_url", "an address in GitHub's API"),
    text("received_events_url", "an address in GitHub's API"),
    text("type", "`User` or `Bot`"),
    text("user_view_type", "how much of the account is shown"),
    flag("site_admin", "whether it belongs to GitHub's staff"),
    text("role", "`maintainer` or `member` of the team; only of members of teams"),
    flag("inherited", "whether the membership comes from a team below; only of members of teams"),
];

/// A repository. Of a private one GitHub gives the same fields, and none of its content.
pub(in crate::kind) const REPOSITORY: &[Field] = &[
    ID,
    NODE_ID,
    text("name", "the name"),
    text("full_name", "owner and name"),
    flag("private", "whether it is private or internal"),
    text("visibility", "`public`, `internal` or `private`"),
    text("description", "what people wrote about it"),
    HTML_URL,
    URL,
    text("language", "the language of most of its code"),
    text("default_branch", "the branch that others begin at"),
    flag("archived", "whether it is archived"),
    flag("fork", "whether it was forked"),
    flag("disabled", "whether it is switched off"),
    Field::plain("created_at", FieldType::DateTime, "when it was made"),
    Field::plain("updated_at", FieldType::DateTime, "when it was changed"),
    Field::plain("pushed_at", FieldType::DateTime, "when something was pushed"),
    Field::object("owner", "the organization", &[text("login", "the name in addresses"), ID]),
    text("role_name", "the team's role; only of repositories of teams"),
    Field::object("permissions", "the team's permissions, or those of the credential", &[]),
];

/// A team.
pub(in crate::kind) const TEAM: &[Field] = super::scope::TEAM_KEYS;

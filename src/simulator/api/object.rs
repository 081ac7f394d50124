//! Organizations, teams and people in the JSON of REST.
//!
//! URLs are those of api.github.com, wherever the simulator listens: they become parts of entities, which must not change with
//! a port.

use serde_json::{Map, Value, json};

use super::super::names;
use super::super::world::{Enterprise, PersonKey, Team, WorldOrganization};

const API: &str = "https://api.github.com";
const WEB: &str = "https://github.com";

/// Organization in a list.
pub(super) fn organization(organization: &WorldOrganization) -> Value {
    let WorldOrganization { id, login, description, .. } = organization;
    json!({
        "login": login,
        "id": id,
        "node_id": format!("O_kgDO{id:08}"),
        "url": format!("{API}/orgs/{login}"),
        "repos_url": format!("{API}/orgs/{login}/repos"),
        "events_url": format!("{API}/orgs/{login}/events"),
        "hooks_url": format!("{API}/orgs/{login}/hooks"),
        "issues_url": format!("{API}/orgs/{login}/issues"),
        "members_url": format!("{API}/orgs/{login}/members{{/member}}"),
        "public_members_url": format!("{API}/orgs/{login}/public_members{{/member}}"),
        "avatar_url": format!("https://avatars.githubusercontent.com/u/{id}?v=4"),
        "description": description,
    })
}

/// Organization on its own.
pub(super) fn full_organization(whose: &WorldOrganization) -> Value {
    let seats = whose.members.len();
    let more = json!({
        "name": whose.name,
        "blog": "",
        "twitter_username": null,
        "is_verified": true,
        "has_organization_projects": true,
        "has_repository_projects": true,
        "public_repos": 2,
        "public_gists": 0,
        "followers": 0,
        "following": 0,
        "html_url": format!("{WEB}/{}", whose.login),
        "created_at": "2019-03-14T09:26:53Z",
        "updated_at": "2026-01-12T08:00:00Z",
        "archived_at": null,
        "type": "Organization",
        "total_private_repos": 6,
        "owned_private_repos": 6,
        "plan": { "name": "enterprise", "space": 976_562_499, "private_repos": 999_999, "filled_seats": seats, "seats": seats },
        "default_repository_permission": "read",
        "members_can_create_repositories": true,
        "two_factor_requirement_enabled": true,
        "members_can_create_teams": true,
    });
    merged(organization(whose), more)
}

/// Team in a list.
pub(super) fn team(organization: &WorldOrganization, enterprise: &Enterprise, team: &Team) -> Value {
    let Team { id, name, slug, .. } = team;
    json!({
        "id": id,
        "node_id": format!("T_kwDO{id:08}"),
        "url": format!("{API}/organizations/{}/team/{id}", organization.id),
        "html_url": format!("{WEB}/orgs/{}/teams/{slug}", organization.login),
        "name": name,
        "slug": slug,
        "description": format!("{name} of {}", organization.name),
        "privacy": "closed",
        "notification_setting": "notifications_enabled",
        "permission": "pull",
        "members_url": format!("{API}/organizations/{}/team/{id}/members{{/member}}", organization.id),
        "repositories_url": format!("{API}/organizations/{}/team/{id}/repos", organization.id),
        "type": "organization",
        "organization_id": organization.id,
        "enterprise_id": enterprise.id,
        "parent": null,
    })
}

/// Team on its own.
pub(super) fn full_team(whose: &WorldOrganization, enterprise: &Enterprise, one: &Team) -> Value {
    let more = json!({
        "members_count": one.members.len(),
        "repos_count": 2,
        "created_at": "2020-02-03T10:00:00Z",
        "updated_at": "2025-11-05T10:00:00Z",
        "organization": full_organization(whose),
    });
    merged(team(whose, enterprise, one), more)
}

/// Team of the enterprise. Its slug has the prefix `ent:` in REST; reports show it without.
pub(super) fn enterprise_team(enterprise: &Enterprise, team: &Team) -> Value {
    let (slug, path) = (format!("ent:{}", team.slug), format!("/enterprises/{}/teams/{}", enterprise.slug, team.slug));
    json!({
        "id": team.id,
        "name": team.name,
        "description": format!("{} of {}", team.name, enterprise.name),
        "slug": slug,
        "url": format!("{API}{path}"),
        "group_id": null,
        "organization_selection_type": "all",
        "html_url": format!("{WEB}{path}"),
        "members_url": format!("{API}{path}/members{{/member}}"),
        "created_at": "2025-06-02T09:00:00Z",
        "updated_at": "2026-02-11T09:00:00Z",
    })
}

pub(super) fn user(person: PersonKey) -> Value {
    account(&person.login(), person.id(), "User")
}

/// Organization in the form of a user account, as GitHub shows the owner of an App or of an installation.
pub(super) fn organization_account(organization: &WorldOrganization) -> Value {
    account(&organization.login, organization.id, "Organization")
}

fn account(login: &str, id: u64, kind: &str) -> Value {
    let url = format!("{API}/users/{login}");
    json!({
        "login": login,
        "id": id,
        "node_id": format!("{}_kgDO{id:08}", &kind[..1]),
        "avatar_url": format!("https://avatars.githubusercontent.com/u/{id}?v=4"),
        "gravatar_id": "",
        "url": url,
        "html_url": format!("{WEB}/{login}"),
        "followers_url": format!("{url}/followers"),
        "following_url": format!("{url}/following{{/other_user}}"),
        "gists_url": format!("{url}/gists{{/gist_id}}"),
        "starred_url": format!("{url}/starred{{/owner}}{{/repo}}"),
        "subscriptions_url": format!("{url}/subscriptions"),
        "organizations_url": format!("{url}/orgs"),
        "repos_url": format!("{url}/repos"),
        "events_url": format!("{url}/events{{/privacy}}"),
        "received_events_url": format!("{url}/received_events"),
        "type": kind,
        "user_view_type": "public",
        "site_admin": false,
    })
}

/// Repository in a list. Every third one is private.
pub(super) fn repository(organization: &WorldOrganization, number: u32) -> Value {
    let WorldOrganization { id, login, .. } = organization;
    let name = names::repository(number);
    let repository = id * 100 + u64::from(number);
    let is_private = number % 3 == 1;
    json!({
        "id": repository,
        "node_id": format!("R_kgDO{repository:08}"),
        "name": name,
        "full_name": format!("{login}/{name}"),
        "private": is_private,
        "visibility": if is_private { "private" } else { "internal" },
        "description": format!("{name} of {login}"),
        "html_url": format!("{WEB}/{login}/{name}"),
        "url": format!("{API}/repos/{login}/{name}"),
        "language": "Rust",
        "default_branch": "main",
        "archived": false,
        "fork": false,
        "disabled": false,
        "created_at": "2021-04-06T08:00:00Z",
        "updated_at": "2026-10-01T08:00:00Z",
        "pushed_at": "2026-10-01T08:00:00Z",
        "owner": { "login": login, "id": id },
        "permissions": { "admin": false, "push": true, "pull": true },
    })
}

/// Owner of the token.
pub(super) fn token_owner() -> Value {
    let owner = user(PersonKey { organization: 0, index: 0 });
    let more = json!({
        "name": "Owner of the token",
        "company": null,
        "blog": "",
        "location": null,
        "email": null,
        "hireable": null,
        "bio": null,
        "public_repos": 0,
        "public_gists": 0,
        "followers": 0,
        "following": 0,
        "created_at": "2015-05-04T12:00:00Z",
        "updated_at": "2026-01-01T12:00:00Z",
        "private_gists": 0,
        "total_private_repos": 0,
        "owned_private_repos": 0,
        "disk_usage": 0,
        "collaborators": 0,
        "two_factor_authentication": true,
    });
    merged(owner, more)
}

/// First object with the keys of the second appended.
pub(super) fn merged(first: Value, second: Value) -> Value {
    let mut whole = Map::new();
    for object in [first, second] {
        if let Value::Object(object) = object {
            whole.extend(object);
        }
    }
    Value::Object(whole)
}

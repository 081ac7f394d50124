//! Endpoints of the token's owner, organizations, teams and members.

use axum::Extension;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use serde_json::{Value, json};

use super::super::access::VisibleOrganizations;
use super::super::names::REPOSITORY_COUNT;
use super::super::world::{PersonKey, Team, WorldOrganization};
use super::answer::{self, ApiAnswer, PER_PAGE, RequestParts, list, not_found, ok};
use super::object;
use super::{SharedState, SimulatorState};

pub(super) async fn user() -> ApiAnswer {
    ok(&object::token_owner())
}

pub(super) async fn user_organizations(
    State(server): SharedState,
    Extension(visible): Extension<VisibleOrganizations>,
    parts: RequestParts,
) -> ApiAnswer {
    let seen: Vec<&WorldOrganization> =
        server.world.organizations().iter().filter(|organization| visible.lists(&organization.login)).collect();
    let hidden = server.world.organizations().iter().filter(|organization| visible.leaves_out(&organization.login));
    let hidden: Vec<String> = hidden.map(|organization| organization.id.to_string()).collect();
    let mut answer = list(&parts, &seen, |organization| object::organization(organization));
    // Organizations that need single sign-on are left out, and their ids are in a header.
    if let Ok(partial) = HeaderValue::from_str(&format!("partial-results; organizations={}", hidden.join(",")))
        && !hidden.is_empty()
    {
        answer.headers_mut().insert("x-github-sso", partial);
    }
    answer
}

/// All organizations with an id above `since`.
pub(super) async fn organizations(State(server): SharedState, parts: RequestParts) -> ApiAnswer {
    let number = |name| parts.parameter(name).and_then(|text| text.parse::<u64>().ok());
    let since = number("since").unwrap_or(0);
    let per_page = number("per_page").filter(|count| *count > 0).map_or(PER_PAGE, |count| count.min(100) as usize);
    let after: Vec<&WorldOrganization> =
        server.world.organizations().iter().filter(|organization| organization.id > since).collect();
    let page: Vec<Value> = after.iter().take(per_page).map(|organization| object::organization(organization)).collect();
    let mut answer = ok(&page);
    if let Some(last) = after.get(per_page.saturating_sub(1)).filter(|_| after.len() > per_page) {
        let link = format!("<{}{}?per_page={per_page}&since={}>; rel=\"next\"", parts.base, parts.path, last.id);
        if let Ok(link) = HeaderValue::from_str(&link) {
            answer.headers_mut().insert(header::LINK, link);
        }
    }
    answer
}

pub(super) async fn organization(State(server): SharedState, Path(org): Path<String>, headers: HeaderMap) -> ApiAnswer {
    let Some(organization) = server.world.organization(&org) else { return not_found() };
    let answer = ok(&object::full_organization(organization));
    tagged(answer, &headers, &format!("\"o-{}-{}\"", organization.id, organization.members.len()))
}

pub(super) async fn members(State(server): SharedState, Path(org): Path<String>, parts: RequestParts) -> ApiAnswer {
    match server.world.organization(&org) {
        Some(organization) => list(&parts, &organization.members, |person| object::user(*person)),
        None => not_found(),
    }
}

pub(super) async fn teams(State(server): SharedState, Path(org): Path<String>, parts: RequestParts) -> ApiAnswer {
    let Some(organization) = server.world.organization(&org) else { return not_found() };
    // Enterprise teams are listed at the enterprise only.
    let teams: &[Team] = if parts.parameter("team_type") == Some("enterprise") { &[] } else { &organization.teams };
    list(&parts, teams, |team| object::team(organization, server.world.enterprise(), team))
}

fn find<'a>(server: &'a SimulatorState, org: &str, slug: &str) -> Option<(&'a WorldOrganization, &'a Team)> {
    let organization = server.world.organization(org)?;
    let team = organization.teams.iter().find(|team| team.slug.eq_ignore_ascii_case(slug))?;
    Some((organization, team))
}

pub(super) async fn team(State(server): SharedState, Path((org, slug)): Path<(String, String)>) -> ApiAnswer {
    match find(&server, &org, &slug) {
        Some((organization, team)) => ok(&object::full_team(organization, server.world.enterprise(), team)),
        None => not_found(),
    }
}

/// Role of a person in a team. The first member is the maintainer.
fn role(team: &Team, person: PersonKey) -> &'static str {
    if team.members.first() == Some(&person) { "maintainer" } else { "member" }
}

pub(super) async fn team_members(
    State(server): SharedState,
    Path((org, slug)): Path<(String, String)>,
    parts: RequestParts,
) -> ApiAnswer {
    let Some((_, team)) = find(&server, &org, &slug) else { return not_found() };
    let wanted = parts.parameter("role").filter(|role| *role != "all");
    let members: Vec<PersonKey> =
        team.members.iter().copied().filter(|person| wanted.is_none_or(|wanted| wanted == role(team, *person))).collect();
    list(&parts, &members, |person| {
        object::merged(object::user(*person), json!({ "role": role(team, *person), "inherited": false }))
    })
}

pub(super) async fn repositories(State(server): SharedState, Path(org): Path<String>, parts: RequestParts) -> ApiAnswer {
    let Some(organization) = server.world.organization(&org) else { return not_found() };
    let numbers: Vec<u32> = (0..REPOSITORY_COUNT).collect();
    list(&parts, &numbers, |number| object::repository(organization, *number))
}

/// A team has every second repository, beginning with another one each.
pub(super) async fn team_repositories(
    State(server): SharedState,
    Path((org, slug)): Path<(String, String)>,
    parts: RequestParts,
) -> ApiAnswer {
    let Some((organization, team)) = find(&server, &org, &slug) else { return not_found() };
    let numbers: Vec<u32> = (0..REPOSITORY_COUNT).filter(|number| (u64::from(*number) + team.id) % 2 == 0).collect();
    list(&parts, &numbers, |number| object::merged(object::repository(organization, *number), json!({"role_name": "write"})))
}

pub(super) async fn child_teams(State(server): SharedState, Path((org, slug)): Path<(String, String)>) -> ApiAnswer {
    match find(&server, &org, &slug) {
        Some(_) => ok(&Vec::<Value>::new()),
        None => not_found(),
    }
}

pub(super) async fn team_membership(
    State(server): SharedState,
    Path((org, slug, login)): Path<(String, String, String)>,
) -> ApiAnswer {
    let Some((organization, team)) = find(&server, &org, &slug) else { return not_found() };
    match team.members.iter().find(|person| person.login().eq_ignore_ascii_case(&login)) {
        Some(person) => ok(&json!({
            "url": format!("https://api.github.com/organizations/{}/team/{}/memberships/{login}", organization.id, team.id),
            "role": role(team, *person),
            "state": "active",
        })),
        None => not_found(),
    }
}

/// Adds an ETag, or answers 304 when the client has that version.
fn tagged(mut answer: ApiAnswer, headers: &HeaderMap, tag: &str) -> ApiAnswer {
    if headers.get(header::IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == tag.as_bytes()) {
        answer = answer::with_body(StatusCode::NOT_MODIFIED, "application/json; charset=utf-8", "");
    }
    if let Ok(tag) = HeaderValue::from_str(tag) {
        answer.headers_mut().insert(header::ETAG, tag);
    }
    answer
}

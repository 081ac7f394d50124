//! Endpoints of the enterprise: its teams, their members, and its organizations.

use axum::extract::{Path, State};
use serde_json::{Value, json};

use super::super::world::{Enterprise, Team};
use super::answer::{ApiAnswer, RequestParts, list, not_found, ok};
use super::object;
use super::{SharedState, SimulatorState};

fn enterprise<'a>(server: &'a SimulatorState, slug: &str) -> Option<&'a Enterprise> {
    Some(server.world.enterprise()).filter(|enterprise| enterprise.slug.eq_ignore_ascii_case(slug))
}

/// Team by its id, or by its slug with or without the prefix.
pub(super) fn find<'a>(server: &'a SimulatorState, slug: &str, team: &str) -> Option<&'a Team> {
    let bare = team.strip_prefix("ent:").unwrap_or(team);
    let is_it = |one: &&Team| one.slug.eq_ignore_ascii_case(bare) || one.id.to_string() == team;
    enterprise(server, slug)?.teams.iter().find(is_it)
}

pub(super) async fn teams(State(server): SharedState, Path(slug): Path<String>, parts: RequestParts) -> ApiAnswer {
    match enterprise(&server, &slug) {
        Some(enterprise) => list(&parts, &enterprise.teams, |team| object::enterprise_team(enterprise, team)),
        None => not_found(),
    }
}

pub(super) async fn team(State(server): SharedState, Path((slug, team)): Path<(String, String)>) -> ApiAnswer {
    match find(&server, &slug, &team) {
        Some(team) => ok(&object::enterprise_team(server.world.enterprise(), team)),
        None => not_found(),
    }
}

pub(super) async fn memberships(
    State(server): SharedState,
    Path((slug, team)): Path<(String, String)>,
    parts: RequestParts,
) -> ApiAnswer {
    match find(&server, &slug, &team) {
        Some(team) => list(&parts, &team.members, |person| object::user(*person)),
        None => not_found(),
    }
}

pub(super) async fn organizations(
    State(server): SharedState,
    Path((slug, team)): Path<(String, String)>,
    parts: RequestParts,
) -> ApiAnswer {
    match find(&server, &slug, &team) {
        Some(_) => list(&parts, server.world.organizations(), object::organization),
        None => not_found(),
    }
}

pub(super) async fn installable_organizations(
    State(server): SharedState,
    Path(slug): Path<String>,
    parts: RequestParts,
) -> ApiAnswer {
    let Some(_) = enterprise(&server, &slug) else { return not_found() };
    list(&parts, server.world.organizations(), |organization| -> Value {
        json!({ "id": organization.id, "login": organization.login })
    })
}

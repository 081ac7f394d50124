//! Endpoints of a GitHub App: its installations and their tokens.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde_json::{Map, Value, json};

use super::super::access::{App, Installation, Target};
use super::answer::{ApiAnswer, RequestParts, error, json as answer_json, list, not_found, ok};
use super::object;
use super::{SharedState, SimulatorState};

const DOCUMENTATION: &str = "https://docs.github.com/rest/apps/apps";

pub(super) async fn app(State(server): SharedState) -> ApiAnswer {
    let Some(app) = &server.access_control.access.app else { return not_found() };
    ok(&json!({
        "id": app.id,
        "slug": app.slug,
        "client_id": app.client_id,
        "node_id": format!("A_kwDO{:08}", app.id),
        "owner": server.world.organizations().first().map(object::organization_account),
        "name": app.slug,
        "description": "",
        "external_url": "https://example.com",
        "html_url": format!("https://github.com/apps/{}", app.slug),
        "created_at": "2026-01-05T10:00:00Z",
        "updated_at": "2026-06-01T10:00:00Z",
        "permissions": {},
        "events": [],
    }))
}

pub(super) async fn installations(State(server): SharedState, parts: RequestParts) -> ApiAnswer {
    let Some(app) = &server.access_control.access.app else { return not_found() };
    list(&parts, &app.installations, |installation| object_of(&server, app, installation))
}

pub(super) async fn installation(State(server): SharedState, Path(id): Path<u64>) -> ApiAnswer {
    found(&server, |installation| installation.id == id)
}

pub(super) async fn organization_installation(State(server): SharedState, Path(org): Path<String>) -> ApiAnswer {
    found(&server, |one| matches!(&one.target, Target::Organization(login) if login.eq_ignore_ascii_case(&org)))
}

pub(super) async fn enterprise_installation(State(server): SharedState, Path(enterprise): Path<String>) -> ApiAnswer {
    found(&server, |one| matches!(&one.target, Target::Enterprise(slug) if slug.eq_ignore_ascii_case(&enterprise)))
}

fn found(server: &SimulatorState, is_it: impl Fn(&Installation) -> bool) -> ApiAnswer {
    let Some(app) = &server.access_control.access.app else { return not_found() };
    match app.installations.iter().find(|installation| is_it(installation)) {
        Some(installation) => ok(&object_of(server, app, installation)),
        None => not_found(),
    }
}

pub(super) async fn access_token(State(server): SharedState, Path(id): Path<u64>) -> ApiAnswer {
    let Some(app) = &server.access_control.access.app else { return not_found() };
    let Some(installation) = app.installations.iter().find(|installation| installation.id == id) else {
        return not_found();
    };
    if installation.is_suspended {
        return error(StatusCode::FORBIDDEN, "This installation has been suspended", DOCUMENTATION);
    }
    let (token, expires_at) = server.access_control.issue(installation, server.now());
    answer_json(
        StatusCode::CREATED,
        &json!({
            "token": token,
            "expires_at": expires_at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            "permissions": permissions(installation),
            "repository_selection": "all",
        }),
    )
}

fn permissions(installation: &Installation) -> Value {
    let read = |permission: &String| (permission.clone(), Value::from("read"));
    Value::Object(installation.permissions.iter().map(read).collect::<Map<String, Value>>())
}

fn object_of(server: &SimulatorState, app: &App, installation: &Installation) -> Value {
    let Installation { id, target, is_suspended, .. } = installation;
    let (kind, account, target_id, page) = match target {
        Target::Organization(login) => {
            let organization = server.world.organization(login);
            let account = organization.map(object::organization_account);
            ("Organization", account, organization.map(|organization| organization.id), format!("organizations/{login}"))
        }
        Target::Enterprise(slug) => {
            let enterprise = server.world.enterprise();
            let account = json!({
                "id": enterprise.id,
                "slug": enterprise.slug,
                "name": enterprise.name,
                "node_id": format!("E_kgDO{:08}", enterprise.id),
                "avatar_url": format!("https://avatars.githubusercontent.com/b/{}", enterprise.id),
                "description": null,
                "website_url": null,
                "html_url": format!("https://github.com/enterprises/{slug}"),
                "created_at": "2024-01-01T00:00:00Z",
                "updated_at": "2026-01-01T00:00:00Z",
            });
            ("Enterprise", Some(account), Some(enterprise.id), format!("enterprises/{slug}"))
        }
    };
    json!({
        "id": id,
        "client_id": app.client_id,
        "account": account,
        "repository_selection": "all",
        "access_tokens_url": format!("https://api.github.com/app/installations/{id}/access_tokens"),
        "repositories_url": "https://api.github.com/installation/repositories",
        "html_url": format!("https://github.com/{page}/settings/installations/{id}"),
        "app_id": app.id,
        "app_slug": app.slug,
        "target_id": target_id,
        "target_type": kind,
        "permissions": permissions(installation),
        "events": [],
        "created_at": "2026-06-01T00:00:00Z",
        "updated_at": "2026-06-01T00:00:00Z",
        "single_file_name": null,
        "suspended_by": null,
        "suspended_at": is_suspended.then_some("2026-07-01T00:00:00Z"),
    })
}

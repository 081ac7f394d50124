//! Assigning and removing seats. Requests change no other state of a simulator.

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde_json::{Value, json};

use super::super::world::{PersonKey, WorldOrganization};
use super::answer::{ApiAnswer, invalid, json as answer_json, not_found};
use super::changed_seats::{OF_ENTERPRISE, SeatChange};
use super::{SharedState, SimulatorState, seats};
use crate::model::day::Day;

/// Days to the end of a billing cycle, at any time.
const CYCLE_DAYS: i32 = 30;

pub(super) async fn add_users(State(server): SharedState, Path(org): Path<String>, body: Bytes) -> ApiAnswer {
    change(&server, &org, &body, "selected_usernames", true)
}

pub(super) async fn remove_users(State(server): SharedState, Path(org): Path<String>, body: Bytes) -> ApiAnswer {
    change(&server, &org, &body, "selected_usernames", false)
}

pub(super) async fn add_teams(State(server): SharedState, Path(org): Path<String>, body: Bytes) -> ApiAnswer {
    change(&server, &org, &body, "selected_teams", true)
}

pub(super) async fn remove_teams(State(server): SharedState, Path(org): Path<String>, body: Bytes) -> ApiAnswer {
    change(&server, &org, &body, "selected_teams", false)
}

pub(super) async fn add_users_of_enterprise(State(server): SharedState, Path(slug): Path<String>, body: Bytes) -> ApiAnswer {
    change_of_enterprise(&server, &slug, &body, true)
}

pub(super) async fn remove_users_of_enterprise(State(server): SharedState, Path(slug): Path<String>, body: Bytes) -> ApiAnswer {
    change_of_enterprise(&server, &slug, &body, false)
}

/// Changes the seats that an enterprise grants itself, which are beside those of its organizations.
fn change_of_enterprise(server: &SimulatorState, slug: &str, body: &[u8], gives: bool) -> ApiAnswer {
    if !server.world.enterprise().slug.eq_ignore_ascii_case(slug) {
        return not_found();
    }
    let key = "selected_usernames";
    let Some(names) = names(body, key) else { return invalid("CopilotSeat", key, "missing_field") };
    let mut people = Vec::new();
    for name in &names {
        match server.world.organizations().iter().find_map(|organization| who(server, organization, key, name)) {
            Some(found) => people.extend(found),
            None => return invalid("CopilotSeat", key, "invalid"),
        }
    }
    let change_one = |person: &PersonKey| {
        let current = server.seats.of(OF_ENTERPRISE, *person);
        let is_held = matches!(current, Some(SeatChange::Given | SeatChange::Kept));
        let change = match (gives, current) {
            (true, None) => SeatChange::Given,
            (true, Some(_)) => SeatChange::Kept,
            (false, _) => SeatChange::Ends(Day::of(server.now()).plus_days(CYCLE_DAYS)),
        };
        let changes = gives != is_held;
        if changes {
            server.seats.put(OF_ENTERPRISE, *person, change);
        }
        changes
    };
    answer(gives, people.iter().filter(|person| change_one(person)).count())
}

fn names(body: &[u8], key: &str) -> Option<Vec<String>> {
    let parts: Value = serde_json::from_slice(body).unwrap_or_default();
    let names: Option<Vec<String>> = parts[key].as_array()?.iter().map(|name| name.as_str().map(str::to_owned)).collect();
    names.filter(|names| !names.is_empty())
}

fn answer(gives: bool, changed: usize) -> ApiAnswer {
    match gives {
        true => answer_json(StatusCode::CREATED, &json!({ "seats_created": changed })),
        false => answer_json(StatusCode::OK, &json!({ "seats_cancelled": changed })),
    }
}

fn change(server: &SimulatorState, org: &str, body: &[u8], key: &str, gives: bool) -> ApiAnswer {
    let Some(organization) = server.world.organization(org) else { return not_found() };
    let Some(names) = names(body, key) else { return invalid("CopilotSeat", key, "missing_field") };
    let mut people = Vec::new();
    for name in &names {
        match who(server, organization, key, name) {
            Some(found) => people.extend(found),
            None => return invalid("CopilotSeat", key, "invalid"),
        }
    }
    answer(gives, people.into_iter().filter(|person| change_one(server, organization, *person, key, gives)).count())
}

/// People with a name: one person, of any organization, or the members of a team.
fn who(server: &SimulatorState, organization: &WorldOrganization, key: &str, name: &str) -> Option<Vec<PersonKey>> {
    if key == "selected_teams" {
        let team = organization.teams.iter().find(|team| team.slug.eq_ignore_ascii_case(name))?;
        return Some(team.members.clone());
    }
    let mut everybody = server.world.organizations().iter().flat_map(|organization| organization.members.iter());
    everybody.find(|person| person.login().eq_ignore_ascii_case(name)).map(|person| vec![*person])
}

/// Changes one seat. False when nothing changed.
fn change_one(server: &SimulatorState, organization: &WorldOrganization, person: PersonKey, key: &str, gives: bool) -> bool {
    let login = &organization.login;
    let has_one = organization.members.contains(&person) || server.seats.of(login, person).is_some();
    let seat = seats::current(server, organization, person);
    let ends = !seat["pending_cancellation_date"].is_null();
    if gives {
        let change = if has_one { SeatChange::Kept } else { SeatChange::Given };
        let changes = !has_one || ends;
        if changes {
            server.seats.put(login, person, change);
        }
        return changes;
    }
    // GitHub does not remove a single seat that was assigned through a team.
    let is_the_way_it_came = seat.get("assigning_team").is_some() == (key == "selected_teams");
    let changes = has_one && !ends && is_the_way_it_came;
    if changes {
        server.seats.put(login, person, SeatChange::Ends(Day::of(server.now()).plus_days(CYCLE_DAYS)));
    }
    changes
}

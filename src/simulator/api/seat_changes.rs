//! Assigning and removing seats. Requests change no other state of a simulator.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde_json::{Value, json};

use super::super::world::{PersonKey, WorldOrganization};
use super::answer::{ApiAnswer, invalid, json as answer_json, not_found};
use super::{SharedState, SimulatorState, seats};
use crate::model::day::Day;

/// Days to the end of a billing cycle, at any time.
const CYCLE_DAYS: i32 = 30;

/// Change of a seat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum SeatChange {
    /// A person without a seat got one.
    Given,
    /// A pending removal was cancelled.
    Kept,
    /// The seat ends on that day.
    Ends(Day),
}

/// Changed seats, by the login of the organization and person.
#[derive(Debug, Default)]
pub(in super::super) struct SeatChanges(Mutex<BTreeMap<(String, PersonKey), SeatChange>>);

impl SeatChanges {
    pub(super) fn of(&self, organization: &str, person: PersonKey) -> Option<SeatChange> {
        let changes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        changes.get(&(organization.to_owned(), person)).copied()
    }

    /// People whose seat has changed.
    pub(super) fn given(&self, organization: &str) -> Vec<PersonKey> {
        let changes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        changes.keys().filter(|(login, _)| login == organization).map(|(_, person)| *person).collect()
    }

    fn put(&self, organization: &str, person: PersonKey, change: SeatChange) {
        let mut changes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        changes.insert((organization.to_owned(), person), change);
    }
}

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

fn change(server: &SimulatorState, org: &str, body: &[u8], key: &str, gives: bool) -> ApiAnswer {
    let Some(organization) = server.world.organization(org) else { return not_found() };
    let parts: Value = serde_json::from_slice(body).unwrap_or_default();
    let names: Option<Vec<&str>> = parts[key].as_array().and_then(|names| names.iter().map(Value::as_str).collect());
    let Some(names) = names.filter(|names| !names.is_empty()) else {
        return invalid("CopilotSeat", key, "missing_field");
    };
    let mut people = Vec::new();
    for name in names {
        match who(server, organization, key, name) {
            Some(found) => people.extend(found),
            None => return invalid("CopilotSeat", key, "invalid"),
        }
    }
    let changed = people.into_iter().filter(|person| change_one(server, organization, *person, key, gives)).count();
    match gives {
        true => answer_json(StatusCode::CREATED, &json!({ "seats_created": changed })),
        false => answer_json(StatusCode::OK, &json!({ "seats_cancelled": changed })),
    }
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

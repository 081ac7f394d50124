//! Seats of Copilot, and the settings of an organization.

use axum::extract::{Path, State};
use serde_json::{Value, json};

use crate::model::day::Day;

use super::super::activity::{UserDay, activity_bit};
use super::super::calendar::CalendarDay;
use super::super::dimension::IDES;
use super::super::profile::Profile;
use super::super::random::{RandomStream, Stream, StreamPosition};
use super::super::world::{PersonKey, World, WorldOrganization};
use super::answer::{ApiAnswer, ListPage, RequestParts, not_found, ok};
use super::changed_seats::{OF_ENTERPRISE, SeatChange};
use super::object;
use super::{SharedState, SimulatorState};

/// Default seats of a page.
const PER_PAGE: usize = 50;
/// Days that are searched for the last activity of a person.
const LOOK_BACK_DAYS: i32 = 60;
/// Members from which on the last one's account is deleted while the seat is still billed.
const MEMBERS_WITH_A_LOST_ONE: usize = 20;

pub(super) async fn organization(State(server): SharedState, Path(org): Path<String>, parts: RequestParts) -> ApiAnswer {
    let Some(organization) = server.world.organization(&org) else { return not_found() };
    let seats: Vec<_> =
        holders(&server, organization).into_iter().map(|(organization, person)| (Some(organization), person)).collect();
    envelope(&server, &parts.page(seats.len(), PER_PAGE), &seats, seats.len())
}

/// Holders of a seat: all members, then people who were assigned one later.
fn holders<'a>(server: &'a SimulatorState, organization: &'a WorldOrganization) -> Vec<(&'a WorldOrganization, PersonKey)> {
    let given = server.seats.given(&organization.login);
    let given = given.into_iter().filter(|person| !organization.members.contains(person));
    organization.members.iter().copied().chain(given).map(|person| (organization, person)).collect()
}

/// One seat for each organization that grants it, and for the enterprise itself, while the total counts each person once.
pub(super) async fn enterprise(State(server): SharedState, Path(slug): Path<String>, parts: RequestParts) -> ApiAnswer {
    if !server.world.enterprise().slug.eq_ignore_ascii_case(&slug) {
        return not_found();
    }
    let of_organizations = server.world.organizations().iter().flat_map(|organization| holders(&server, organization));
    let of_organizations = of_organizations.map(|(organization, person)| (Some(organization), person));
    let own = server.seats.given(OF_ENTERPRISE).into_iter().map(|person| (None, person));
    let seats: Vec<(Option<&WorldOrganization>, PersonKey)> = of_organizations.chain(own).collect();
    let mut people: Vec<PersonKey> = seats.iter().map(|(_, person)| *person).collect();
    people.sort_unstable();
    people.dedup();
    envelope(&server, &parts.page(seats.len(), PER_PAGE), &seats, people.len())
}

fn envelope(
    server: &SimulatorState,
    page: &ListPage,
    seats: &[(Option<&WorldOrganization>, PersonKey)],
    total: usize,
) -> ApiAnswer {
    let seat = |(organization, person): &(Option<&WorldOrganization>, PersonKey)| match organization {
        Some(organization) => current(server, organization, *person),
        None => of_enterprise(server, *person),
    };
    let seats: Vec<Value> = seats[page.elements.clone()].iter().map(seat).collect();
    page.linked(ok(&json!({ "total_seats": total, "seats": seats })))
}

pub(super) async fn member(State(server): SharedState, Path((org, login)): Path<(String, String)>) -> ApiAnswer {
    let Some(organization) = server.world.organization(&org) else { return not_found() };
    match holders(&server, organization).iter().find(|(_, person)| person.login().eq_ignore_ascii_case(&login)) {
        Some((_, person)) => ok(&current(&server, organization, *person)),
        None => not_found(),
    }
}

/// Seat with its changes since the world was made.
pub(super) fn current(server: &SimulatorState, organization: &WorldOrganization, person: PersonKey) -> Value {
    let mut seat = seat(&server.world, organization, person, server.world.options().until);
    match server.seats.of(&organization.login, person) {
        Some(SeatChange::Given | SeatChange::Kept) => seat["pending_cancellation_date"] = Value::Null,
        Some(SeatChange::Ends(day)) => seat["pending_cancellation_date"] = Value::from(day.to_string()),
        None => {}
    }
    seat
}

/// Seat that the enterprise grants itself: as the person's other one, but of no organization and no team.
fn of_enterprise(server: &SimulatorState, person: PersonKey) -> Value {
    let organizations = server.world.organizations();
    let home = organizations.iter().find(|organization| organization.members.contains(&person)).or(organizations.first());
    let mut seat = home.map_or(Value::Null, |home| seat(&server.world, home, person, server.world.options().until));
    if let Value::Object(fields) = &mut seat {
        fields.remove("organization");
        fields.remove("assigning_team");
        let ends = match server.seats.of(OF_ENTERPRISE, person) {
            Some(SeatChange::Ends(day)) => Value::from(day.to_string()),
            _ => Value::Null,
        };
        fields.insert("pending_cancellation_date".to_owned(), ends);
    }
    seat
}

/// The seats of an organization as they were at the end of a day of the world: those given by then, with the last activity until then.
pub(in super::super) fn as_of(world: &World, organization: &WorldOrganization, day: Day) -> Vec<Value> {
    let seats = organization.members.iter().map(|person| seat(world, organization, *person, day));
    let end = day.to_string();
    let is_given = |seat: &Value| seat["created_at"].as_str().is_some_and(|at| at.get(..end.len()) <= Some(end.as_str()));
    seats.filter(is_given).collect()
}

fn seat(world: &World, organization: &WorldOrganization, person: PersonKey, day: Day) -> Value {
    let place = StreamPosition { organization: person.organization, index: person.index, ..StreamPosition::default() };
    let mut stream = Stream::new(world.options().seed, RandomStream::Seat, place);
    // Seats were assigned within a year before the first day, or later in long worlds.
    let days = 30 + stream.below(365) as i32;
    let created = CalendarDay::new(world.options().until).plus_days(-days).day;
    let (hour, minute) = (7 + stream.below(12), stream.below(60));
    let moment = |day| format!("{day}T{hour:02}:{minute:02}:00Z");
    let profile = Profile::of(world.options().seed, person);
    let last_activity = last_activity(world, person, &profile, day);
    let ide = &IDES[profile.ide as usize];
    let is_lost = organization.members.len() >= MEMBERS_WITH_A_LOST_ONE && organization.members.last() == Some(&person);
    // Every fourth seat was assigned through a team.
    let team = organization.teams.iter().find(|team| person.index.is_multiple_of(4) && team.members.contains(&person));
    let leaves = (person.index % 37 == 36).then(|| world.options().until.plus_days(12));
    let mut seat = json!({
        "created_at": moment(created),
        "updated_at": moment(created.plus_days(3)),
        "pending_cancellation_date": leaves,
        "last_activity_at": last_activity.map(moment),
        "last_activity_editor": last_activity.map(|_| format!("{}/{}/{}/{}", ide.name, ide.version, ide.plugin, ide.plugin_version)),
        "last_authenticated_at": last_activity.map(moment),
        "plan_type": "business",
        "assignee": if is_lost { Value::Null } else { object::user(person) },
        "organization": object::organization(organization),
    });
    if let (Some(team), Value::Object(fields)) = (team, &mut seat) {
        fields.insert("assigning_team".to_owned(), object::team(organization, world.enterprise(), team));
    }
    seat
}

/// The last activity of a person until a day.
fn last_activity(world: &World, person: PersonKey, profile: &Profile, until: Day) -> Option<Day> {
    if world.is_idle(person) {
        return None;
    }
    let (first, last) = world.days()?;
    let last = CalendarDay::new(until.min(last.day));
    let mut user_day = UserDay::default();
    let days = (0..LOOK_BACK_DAYS.min(last.number - first.number + 1)).map(|back| last.plus_days(-back));
    for day in days {
        user_day.fill(world, person, profile, day);
        if user_day.bits & activity_bit::ANYTHING != 0 {
            return Some(day.day);
        }
    }
    None
}

pub(super) async fn billing(State(server): SharedState, Path(org): Path<String>) -> ApiAnswer {
    let world = &server.world;
    let Some(organization) = world.organization(&org) else { return not_found() };
    let total = holders(&server, organization).len();
    let (seed, until) = (world.options().seed, world.options().until);
    let is_active = |person: &&PersonKey| last_activity(world, **person, &Profile::of(seed, **person), until).is_some();
    let active = organization.members.iter().filter(is_active).count();
    let leaving = organization.members.iter().filter(|person| person.index % 37 == 36).count();
    ok(&json!({
        "seat_breakdown": {
            "total": total,
            "added_this_cycle": 0,
            "pending_invitation": 0,
            "pending_cancellation": leaving,
            "active_this_cycle": active,
            "inactive_this_cycle": total - active,
        },
        "seat_management_setting": "assign_selected",
        "ide_chat": "enabled",
        "platform_chat": "enabled",
        "cli": "enabled",
        "public_code_suggestions": "block",
        "plan_type": "business",
    }))
}

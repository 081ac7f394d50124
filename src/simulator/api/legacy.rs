//! Endpoints that GitHub closed on 2026-04-02. They answer in a world with [`legacy`](super::super::WorldOptions::legacy), else
//! 404, as at GitHub today.

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::StatusCode;

use crate::model::day::Day;

use super::super::calendar::CalendarDay;
use super::super::report::legacy::LegacyDays;
use super::super::signed;
use super::super::world::PersonKey;
use super::answer::{ApiAnswer, RequestParts, invalid, not_found, with_body};
use super::{SharedState, SimulatorState};

/// Default days of a page, and the most days that are available.
const MOST_DAYS: i32 = 100;

pub(super) async fn organization(State(server): SharedState, Path(org): Path<String>, parts: RequestParts) -> ApiAnswer {
    match server.world.organization(&org) {
        Some(organization) => days(&server, &organization.members, &organization.login, &parts),
        None => not_found(),
    }
}

pub(super) async fn team(
    State(server): SharedState,
    Path((org, slug)): Path<(String, String)>,
    parts: RequestParts,
) -> ApiAnswer {
    let Some(organization) = server.world.organization(&org) else { return not_found() };
    match organization.teams.iter().find(|team| team.slug.eq_ignore_ascii_case(&slug)) {
        Some(team) => days(&server, &team.members, &organization.login, &parts),
        None => not_found(),
    }
}

pub(super) async fn enterprise(State(server): SharedState, Path(slug): Path<String>, parts: RequestParts) -> ApiAnswer {
    let enterprise = server.world.enterprise();
    if !enterprise.slug.eq_ignore_ascii_case(&slug) {
        return not_found();
    }
    days(&server, &enterprise.reported, &enterprise.slug, &parts)
}

pub(super) async fn enterprise_team(
    State(server): SharedState,
    Path((slug, team)): Path<(String, String)>,
    parts: RequestParts,
) -> ApiAnswer {
    match super::enterprise::find(&server, &slug, &team) {
        Some(team) => days(&server, &team.members, &server.world.enterprise().slug, &parts),
        None => not_found(),
    }
}

fn days(server: &SimulatorState, members: &[PersonKey], owner: &str, parts: &RequestParts) -> ApiAnswer {
    let world = &server.world;
    if !world.options().legacy {
        return not_found();
    }
    let Some((first, last)) = world.days() else { return with_body(StatusCode::OK, "application/json", "[]") };
    let mut bounds = [first.day.max(last.day.plus_days(1 - MOST_DAYS)), last.day];
    for (bound, name) in bounds.iter_mut().zip(["since", "until"]) {
        let Some(text) = parts.parameter(name) else { continue };
        let Some(day) = day(text) else { return invalid("CopilotMetrics", name, "invalid") };
        *bound = if name == "since" { day.max(*bound) } else { day.min(*bound) };
    }
    let [since, until] = bounds.map(CalendarDay::new);
    let all: Vec<CalendarDay> = (0..=until.number - since.number).map(|offset| since.plus_days(offset)).collect();
    let page = parts.page(all.len(), MOST_DAYS as usize);
    let days = all[page.elements.clone()].to_vec();
    let body = signed::body(Box::new(LegacyDays::new(world, members, owner, days)));
    page.linked(with_body(StatusCode::OK, "application/json; charset=utf-8", Body::new(body)))
}

/// Parses a day, or the day of a date-time such as `2026-10-01T00:00:00Z`.
fn day(text: &str) -> Option<Day> {
    text.parse().ok().or_else(|| text.parse::<jiff::Timestamp>().ok().map(Day::of))
}

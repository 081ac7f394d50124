//! AI credits that are billed, as sums over what people used: <https://docs.github.com/en/rest/billing/usage>. Credits of the first twenty days
//! of a month are those that the plans include.

use std::collections::BTreeMap;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde_json::{Value, json};

use super::super::activity::UserDay;
use super::super::calendar::{CalendarDay, since};
use super::super::dimension::{BILLED_MODELS, MODELS};
use super::super::profile::Profile;
use super::super::world::{PersonKey, World};
use super::answer::{ApiAnswer, DOCUMENTATION, RequestParts, error, not_found, ok};
use super::{SharedState, SimulatorState};
use crate::model::day::Day;

/// Days of a month whose credits the plans include.
const INCLUDED_DAYS: u32 = 20;
/// Days that are summed at most, when a month or a year is asked for.
const DAYS_AT_MOST: i32 = 366;

pub(super) async fn organization(State(server): SharedState, Path(org): Path<String>, parts: RequestParts) -> ApiAnswer {
    let Some(organization) = server.world.organization(&org) else { return not_found() };
    usage(&server, ("organization", &organization.login), &organization.reported, &parts)
}

pub(super) async fn enterprise(State(server): SharedState, Path(slug): Path<String>, parts: RequestParts) -> ApiAnswer {
    let enterprise = server.world.enterprise();
    if !enterprise.slug.eq_ignore_ascii_case(&slug) {
        return not_found();
    }
    let organization = parts.parameter("organization").map(|login| server.world.organization(login));
    match organization {
        Some(None) => not_found(),
        Some(Some(organization)) => usage(&server, ("enterprise", &enterprise.slug), &organization.reported, &parts),
        None => usage(&server, ("enterprise", &enterprise.slug), &enterprise.reported, &parts),
    }
}

/// The time that a request asks about, as GitHub says it back, and its days.
fn period(server: &SimulatorState, parts: &RequestParts) -> Option<(Value, Vec<CalendarDay>)> {
    let number = |name: &str| match parts.parameter(name) {
        None => Ok(None),
        Some(text) => text.parse::<i16>().map(Some).map_err(|_| ()),
    };
    let (year, month, day) = (number("year").ok()?, number("month").ok()?, number("day").ok()?);
    let today = Day::of(server.now()).parts();
    let is_of_year = year.is_some() && month.is_none() && day.is_none();
    let (year, month) = (year.unwrap_or(today.0), i8::try_from(month.unwrap_or(i16::from(today.1))).ok()?);
    let (said, first, count) = match day {
        Some(day) => {
            let day = i8::try_from(day).ok()?;
            (json!({ "year": year, "month": month, "day": day }), Day::new(year, month, day)?, 1)
        }
        None if is_of_year => (json!({ "year": year }), Day::new(year, 1, 1)?, DAYS_AT_MOST),
        None => (json!({ "year": year, "month": month }), Day::new(year, month, 1)?, 31),
    };
    let is_within = |day: &CalendarDay| {
        let (of_year, of_month, _) = day.day.parts();
        of_year == year && (is_of_year || of_month == month)
    };
    let days = (0..count).map(|after| CalendarDay::new(first.plus_days(after))).filter(is_within).collect();
    Some((said, days))
}

fn usage(server: &SimulatorState, owner: (&str, &str), people: &[PersonKey], parts: &RequestParts) -> ApiAnswer {
    let Some((said, days)) = period(server, parts) else {
        return error(StatusCode::BAD_REQUEST, "Invalid date", DOCUMENTATION);
    };
    // No simulated enterprise has cost centers: all that is used belongs to none.
    if parts.parameter("cost_center_id").is_some_and(|id| id != "none") {
        return not_found();
    }
    let is_asked = |person: &&PersonKey| parts.parameter("user").is_none_or(|user| person.login().eq_ignore_ascii_case(user));
    let people: Vec<PersonKey> = people.iter().filter(is_asked).copied().collect();
    let mut models: BTreeMap<&str, [u64; 2]> = BTreeMap::new();
    for day in days {
        let is_included = day.day_of_month() <= INCLUDED_DAYS;
        for (model, hundredths) in of_day(&server.world, &people, day) {
            let of_model = models.entry(model).or_default();
            of_model[0] += hundredths;
            of_model[1] += if is_included { hundredths } else { 0 };
        }
    }
    let is_wanted = |name: &str| parts.parameter("model").is_none_or(|model| model.eq_ignore_ascii_case(name));
    let is_product = parts.parameter("product").is_none_or(|product| product.eq_ignore_ascii_case("copilot"));
    let items = models.iter().filter(|(model, _)| is_product && is_wanted(model));
    let items: Vec<Value> = items.map(|(model, [gross, included])| line(model, *gross, *included)).collect();
    let mut answer = json!({ "timePeriod": said, owner.0: owner.1 });
    for name in ["user", "organization", "product", "model"] {
        if let Some(value) = parts.parameter(name) {
            answer[name] = Value::from(value);
        }
    }
    answer["usageItems"] = Value::from(items);
    ok(&answer)
}

/// Hundredths of credits by model. Those without a prompt are of the first model of a person.
fn of_day(world: &World, people: &[PersonKey], day: CalendarDay) -> BTreeMap<&'static str, u64> {
    let mut models = BTreeMap::new();
    let Some((first, last)) = world.days() else { return models };
    if day.number < first.number.max(since::BILLED_CREDITS) || day.number > last.number {
        return models;
    }
    let mut user_day = UserDay::default();
    for person in people {
        let profile = Profile::of(world.options().seed, *person);
        user_day.fill(world, *person, &profile, day);
        let prompts =
            |model: u8| user_day.cells.iter().filter(|cell| cell.model == model).map(|cell| cell.metrics[0]).sum::<u64>();
        let by_model: Vec<(usize, u64)> = (0..MODELS.len()).map(|model| (model, prompts(model as u8))).collect();
        let all: u64 = by_model.iter().map(|(_, prompts)| prompts).sum();
        let mut rest = user_day.credits_hundredths;
        for (model, prompts) in by_model.into_iter().filter(|(_, prompts)| *prompts > 0) {
            let part = (user_day.credits_hundredths * prompts).checked_div(all).unwrap_or_default();
            *models.entry(BILLED_MODELS[model]).or_default() += part;
            rest = rest.saturating_sub(part);
        }
        if rest > 0 {
            *models.entry(BILLED_MODELS[usize::from(profile.models[0])]).or_default() += rest;
        }
    }
    models
}

fn line(model: &str, gross: u64, included: u64) -> Value {
    let credits = |hundredths: u64| hundredths as f64 / 100.0;
    let dollars = |hundredths: u64| hundredths as f64 / 10_000.0;
    let net = gross - included;
    json!({
        "product": "Copilot",
        "sku": "Copilot AI Credits",
        "model": model,
        "unitType": "ai-credits",
        "pricePerUnit": 0.01,
        "grossQuantity": credits(gross),
        "grossAmount": dollars(gross),
        "discountQuantity": credits(included),
        "discountAmount": dollars(included),
        "netQuantity": credits(net),
        "netAmount": dollars(net),
    })
}

//! Cursor's Admin API: members, days, spending, usage events. HTTP Basic with the key as the user; pages by number.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::super::api::SharedState;
use super::super::api::SimulatorState;
use super::super::api::answer::{ApiAnswer, json as answer, ok};
use super::super::calendar::CalendarDay;
use super::super::world::{PersonKey, World};
use super::{Tool, check_key, email, of_cursor};
use crate::model::day::Day;

/// The most days of a request.
const DAYS_AT_MOST: i64 = 30;
const MILLISECONDS_A_DAY: i64 = 86_400_000;
const PER_PAGE: u64 = 100;
const MOST_PER_PAGE: u64 = 500;

const MODELS: [&str; 4] = ["claude-4.5-sonnet", "gpt-5", "composer-1", "gemini-2.5-pro"];

pub(super) async fn members(State(server): SharedState, headers: HeaderMap) -> ApiAnswer {
    if let Err(refusal) = check(&server, &headers) {
        return *refusal;
    }
    let mut members: Vec<Value> = team(&server.world)
        .iter()
        .enumerate()
        .map(|(number, person)| {
            let role = if number == 0 { "owner" } else { "member" };
            json!({"id": person.id(), "name": person.login(), "email": email(*person), "role": role, "isRemoved": false})
        })
        .collect();
    members.push(
        json!({"id": 999, "name": "former-member", "email": "former-member@fleet.example", "role": "member", "isRemoved": true}),
    );
    ok(&json!({"teamMembers": members}))
}

pub(super) async fn daily_usage(State(server): SharedState, headers: HeaderMap, body: Json<Value>) -> ApiAnswer {
    let (days, page) = match asked(&server, &headers, &body, true) {
        Ok(asked) => asked,
        Err(refusal) => return *refusal,
    };
    let team = team(&server.world);
    let pages = page.of(team.len());
    let rows = team[page.range(team.len())].iter().flat_map(|person| days.iter().map(|day| row(&server.world, *person, *day)));
    let rows: Vec<Value> = rows.collect();
    let pagination = json!({"page": page.number, "pageSize": page.size, "totalUsers": team.len(), "totalPages": pages,
        "hasNextPage": page.number < pages, "hasPreviousPage": page.number > 1});
    ok(&json!({"data": rows, "period": {"startDate": body["startDate"], "endDate": body["endDate"]}, "pagination": pagination}))
}

pub(super) async fn spend(State(server): SharedState, headers: HeaderMap, body: Json<Value>) -> ApiAnswer {
    let (_, page) = match asked(&server, &headers, &body, false) {
        Ok(asked) => asked,
        Err(refusal) => return *refusal,
    };
    let world = &server.world;
    let team = team(world);
    let spent = team[page.range(team.len())].iter().map(|person| {
        let mut stream = world.stream_of(Tool::Cursor.stream(), *person, 1);
        let (included, demand) = (stream.between(0, 2_000), stream.between(0, 900));
        json!({"userId": person.id(), "name": person.login(), "email": email(*person), "role": "member", "spendCents": demand,
            "overallSpendCents": included + demand, "includedSpendCents": included, "fastPremiumRequests": stream.between(0, 400),
            "hardLimitOverrideDollars": 0, "monthlyLimitDollars": null})
    });
    let spent: Vec<Value> = spent.collect();
    ok(&json!({"teamMemberSpend": spent, "subscriptionCycleStart": milliseconds(Day::of(world.now()).plus_days(-10)),
        "totalMembers": team.len(), "totalPages": page.of(team.len())}))
}

pub(super) async fn usage_events(State(server): SharedState, headers: HeaderMap, body: Json<Value>) -> ApiAnswer {
    let (days, page) = match asked(&server, &headers, &body, true) {
        Ok(asked) => asked,
        Err(refusal) => return *refusal,
    };
    let world = &server.world;
    let team = team(world);
    let events: Vec<Value> = days.iter().flat_map(|day| team.iter().flat_map(|person| events(world, *person, *day))).collect();
    let pages = page.of(events.len());
    let of_page = &events[page.range(events.len())];
    let pagination = json!({"numPages": pages, "currentPage": page.number, "pageSize": page.size,
        "hasNextPage": page.number < pages, "hasPreviousPage": page.number > 1});
    ok(&json!({"totalUsageEventsCount": events.len(), "pagination": pagination, "usageEvents": of_page,
        "period": {"startDate": body["startDate"], "endDate": body["endDate"]}}))
}

fn team(world: &World) -> Vec<PersonKey> {
    world.users_of(Tool::Cursor)
}

fn check(server: &SimulatorState, headers: &HeaderMap) -> Result<(), Box<ApiAnswer>> {
    let basic = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()?.strip_prefix("Basic "));
    let decoded = basic.and_then(|basic| String::from_utf8(STANDARD.decode(basic).ok()?).ok());
    // The password is empty.
    check_key(server, decoded.as_deref().and_then(|text| text.strip_suffix(':')), of_cursor)
}

/// The page that is asked for.
#[derive(Clone, Copy)]
struct AskedPage {
    number: u64,
    size: u64,
}

impl AskedPage {
    /// How many pages there are, at least one.
    fn of(self, count: usize) -> u64 {
        (count as u64).div_ceil(self.size).max(1)
    }

    fn range(self, count: usize) -> std::ops::Range<usize> {
        let first = usize::try_from((self.number - 1).saturating_mul(self.size)).unwrap_or(count).min(count);
        first..first.saturating_add(usize::try_from(self.size).unwrap_or(count)).min(count)
    }
}

/// Days and page of a request, once its key was checked.
fn asked(
    server: &SimulatorState,
    headers: &HeaderMap,
    body: &Value,
    has_days: bool,
) -> Result<(Vec<Day>, AskedPage), Box<ApiAnswer>> {
    check(server, headers)?;
    let invalid = |message: &str| Box::new(answer(StatusCode::BAD_REQUEST, &of_cursor("bad_request", message)));
    let number = |key: &str| body.get(key).and_then(Value::as_u64);
    let page = AskedPage {
        number: number("page").unwrap_or(1).max(1),
        size: number("pageSize").unwrap_or(PER_PAGE).clamp(1, MOST_PER_PAGE),
    };
    if !has_days {
        return Ok((Vec::new(), page));
    }
    let day = |key: &str| Timestamp::from_millisecond(body.get(key)?.as_i64()?).ok().map(Day::of);
    let (Some(first), Some(last)) = (day("startDate"), day("endDate")) else {
        return Err(invalid("startDate and endDate are required"));
    };
    let days = i64::from(last.days_since(first)) + 1;
    match days {
        ..1 => Err(invalid("endDate is before startDate")),
        days if days > DAYS_AT_MOST => Err(invalid("Date range cannot exceed 30 days")),
        _ => Ok(((0..=last.days_since(first)).map(|after| first.plus_days(after)).collect(), page)),
    }
}

fn milliseconds(day: Day) -> i64 {
    i64::from(day.days_since(Day::of(Timestamp::UNIX_EPOCH))) * MILLISECONDS_A_DAY
}

/// A member's day.
fn row(world: &World, person: PersonKey, day: Day) -> Value {
    let head = json!({"date": milliseconds(day), "day": day.to_string(), "userId": person.id(), "email": email(person)});
    let Some(mut stream) = world.day_of(Tool::Cursor, person, CalendarDay::new(day)) else {
        return with(
            head,
            json!({"isActive": false, "totalLinesAdded": 0, "totalLinesDeleted": 0, "acceptedLinesAdded": 0,
            "acceptedLinesDeleted": 0, "totalApplies": 0, "totalAccepts": 0, "totalRejects": 0, "totalTabsShown": 0,
            "totalTabsAccepted": 0, "composerRequests": 0, "chatRequests": 0, "agentRequests": 0, "cmdkUsages": 0,
            "subscriptionIncludedReqs": 0, "apiKeyReqs": 0, "usageBasedReqs": 0, "bugbotUsages": 0}),
        );
    };
    let suggested = stream.between(20, 900);
    let accepted = suggested * stream.between(20, 90) / 100;
    let shown = stream.between(10, 300);
    let accepts = stream.between(1, 40);
    let agent = stream.between(0, 30);
    with(
        head,
        json!({"isActive": true, "totalLinesAdded": suggested, "totalLinesDeleted": suggested / 5, "acceptedLinesAdded": accepted,
        "acceptedLinesDeleted": accepted / 5, "totalApplies": accepts, "totalAccepts": accepts, "totalRejects": accepts / 6,
        "totalTabsShown": shown, "totalTabsAccepted": shown / 3, "composerRequests": stream.between(0, 20), "chatRequests": stream.between(0, 12),
        "agentRequests": agent, "cmdkUsages": stream.between(0, 8), "subscriptionIncludedReqs": agent, "apiKeyReqs": 0,
        "usageBasedReqs": agent / 5, "bugbotUsages": stream.between(0, 2), "mostUsedModel": MODELS[stream.below(4) as usize],
        "applyMostUsedExtension": ".ts", "tabMostUsedExtension": ".ts", "clientVersion": "2.1.4"}),
    )
}

/// The events of a member's day.
fn events(world: &World, person: PersonKey, day: Day) -> Vec<Value> {
    let Some(mut stream) = world.day_of(Tool::Cursor, person, CalendarDay::new(day)) else { return Vec::new() };
    let count = stream.between(1, 3);
    let event = |number: u32| {
        let input = stream.between(200, 20_000);
        let cents = f64::from(input / 100) / 4.0;
        json!({"timestamp": (milliseconds(day) + 28_800_000 + i64::from(number) * 61_000).to_string(), "userEmail": email(person),
            "model": MODELS[stream.below(4) as usize], "kind": "Included in Business", "maxMode": false, "requestsCosts": 1,
            "isTokenBasedCall": true, "isChargeable": true, "isHeadless": false,
            "tokenUsage": {"inputTokens": input, "outputTokens": input / 4, "cacheWriteTokens": 0, "cacheReadTokens": input * 3, "totalCents": cents},
            "chargedCents": cents, "cursorTokenFee": 0})
    };
    (0..count).map(event).collect()
}

fn with(mut head: Value, more: Value) -> Value {
    if let (Some(head), Value::Object(more)) = (head.as_object_mut(), more) {
        head.extend(more);
    }
    head
}

//! `GET /v1/organizations/usage_report/claude_code`: one day, a record per actor and terminal, pages by a cursor.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use serde_json::{Value, json};

use super::super::api::SharedState;
use super::super::api::answer::{ApiAnswer, RequestParts, json as answer, ok};
use super::super::calendar::CalendarDay;
use super::super::random::Stream;
use super::super::world::World;
use super::{Tool, check_key, email, of_anthropic};
use crate::model::day::Day;

/// Records of a page when none is asked for, and at most.
const PER_PAGE: usize = 20;
const MOST_PER_PAGE: usize = 1000;

/// What a cursor begins with; the number of the first record follows.
const CURSOR: &str = "page_";

const TERMINALS: [&str; 4] = ["vscode", "iTerm.app", "tmux", "cursor"];
const MODELS: [&str; 2] = ["claude-sonnet-4-5-20250929", "claude-opus-4-5-20251101"];

pub(super) async fn usage(State(server): SharedState, headers: HeaderMap, parts: RequestParts) -> ApiAnswer {
    let key = headers.get("x-api-key").and_then(|key| key.to_str().ok());
    if let Err(refusal) = check_key(&server, key, of_anthropic) {
        return *refusal;
    }
    let invalid = |message: &str| answer(StatusCode::BAD_REQUEST, &of_anthropic("invalid_request_error", message));
    if !headers.contains_key("anthropic-version") {
        return invalid("anthropic-version: header is required");
    }
    let Some(day) = parts.parameter("starting_at").and_then(|day| day.get(..10)?.parse::<Day>().ok()) else {
        return invalid("starting_at: a date in the form YYYY-MM-DD is required");
    };
    let limit = parts.parameter("limit").and_then(|limit| limit.parse().ok()).unwrap_or(PER_PAGE).clamp(1, MOST_PER_PAGE);
    let first = match parts.parameter("page") {
        None => 0,
        Some(cursor) => match cursor.strip_prefix(CURSOR).and_then(|first| first.parse().ok()) {
            Some(first) => first,
            None => return invalid("page: the cursor is not valid"),
        },
    };
    let records = records(&server.world, day);
    let page: Vec<&Value> = records.iter().skip(first).take(limit).collect();
    let next = first + page.len();
    let has_more = next < records.len();
    let next_page = has_more.then(|| format!("{CURSOR}{next}"));
    ok(&json!({"data": page, "has_more": has_more, "next_page": next_page}))
}

/// The records of a day.
fn records(world: &World, day: Day) -> Vec<Value> {
    let of = CalendarDay::new(day);
    let mut records = Vec::new();
    for (number, person) in world.users_of(Tool::ClaudeCode).into_iter().enumerate() {
        let Some(mut stream) = world.day_of(Tool::ClaudeCode, person, of) else { continue };
        let actor = json!({"type": "user_actor", "email_address": email(person)});
        let first = stream.below(TERMINALS.len() as u32) as usize;
        records.push(record(day, &actor, TERMINALS[first], &mut stream));
        if stream.chance(20) {
            records.push(record(day, &actor, TERMINALS[(first + 1) % TERMINALS.len()], &mut stream));
        }
        if number == 0 {
            let actor = json!({"type": "api_actor", "api_key_name": "CI runner"});
            records.push(record(day, &actor, "non-interactive", &mut stream));
        }
    }
    records
}

fn record(day: Day, actor: &Value, terminal: &str, stream: &mut Stream) -> Value {
    let sessions = stream.between(1, 9);
    let added = sessions * stream.between(0, 120);
    let accepted = stream.between(0, 30);
    let models: Vec<Value> = MODELS
        .iter()
        .take(1 + usize::from(stream.chance(30)))
        .map(|model| {
            let input = stream.between(1_000, 90_000);
            json!({
                "model": model,
                "tokens": {"input": input, "output": input / 3, "cache_read": input * 4, "cache_creation": input / 5},
                "estimated_cost": {"currency": "USD", "amount": input / 250},
            })
        })
        .collect();
    json!({
        "date": format!("{day}T00:00:00Z"),
        "actor": actor,
        "organization_id": "6f1d5c84-6c1f-4d0f-9a43-2f3f6f0f9d11",
        "customer_type": "subscription",
        "subscription_type": "enterprise",
        "terminal_type": terminal,
        "core_metrics": {
            "num_sessions": sessions,
            "lines_of_code": {"added": added, "removed": added / 3},
            "commits_by_claude_code": stream.between(0, 4),
            "pull_requests_by_claude_code": stream.between(0, 1),
        },
        "tool_actions": {
            "edit_tool": {"accepted": accepted, "rejected": accepted / 6},
            "multi_edit_tool": {"accepted": accepted / 3, "rejected": accepted / 12},
            "write_tool": {"accepted": accepted / 4, "rejected": accepted / 20},
            "notebook_edit_tool": {"accepted": 0, "rejected": 0},
        },
        "model_breakdown": models,
    })
}

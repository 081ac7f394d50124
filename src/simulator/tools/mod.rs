//! Simulated interfaces of other AI tools: Claude Code's usage report and Cursor's Admin API, about the people of the world.
//!
//! Both answer at the address of GitHub's API: their paths have nothing in common with its own. Keys that [`Access::refused`] lists get 401,
//! those of [`Access::without_right`] 403; any other key may read everything.
//!
//! Decisions where the vendors' documents leave it open:
//! - An API key has days as people have, and a person who used two terminals has a record for each.
//! - Cursor has a record for every member and day of the window, also for those who did nothing, and pages count members.
//! - A key without a right gets 403. Neither vendor documents the status.
//!
//! [`Access::refused`]: super::Access::refused
//! [`Access::without_right`]: super::Access::without_right

mod claude_code;
mod cursor;

use std::sync::Arc;

use axum::Router;
use axum::http::StatusCode;
use axum::routing::{get, post};
use serde_json::{Value, json};

use super::api::SimulatorState;
use super::api::answer::{ApiAnswer, json as answer};
use super::calendar::{self, CalendarDay};
use super::random::{RandomStream, Stream, StreamPosition};
use super::world::{PersonKey, World};
use crate::model::day::Day;

/// Part of the people whose login an alias names, in percent. The others cannot be matched.
const WITH_ALIAS_PERCENT: u32 = 85;

/// Part of the people who use Cursor, and of those who use Claude Code, in percent.
const CURSOR_PERCENT: u32 = 40;
const CLAUDE_CODE_PERCENT: u32 = 35;

/// Both interfaces.
pub(super) fn router(server: Arc<SimulatorState>) -> Router {
    Router::new()
        .route("/v1/organizations/usage_report/claude_code", get(claude_code::usage))
        .route("/teams/members", get(cursor::members))
        .route("/teams/daily-usage-data", post(cursor::daily_usage))
        .route("/teams/spend", post(cursor::spend))
        .route("/teams/filtered-usage-events", post(cursor::usage_events))
        .with_state(server)
}

/// A tool of the world's people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tool {
    ClaudeCode,
    Cursor,
}

impl Tool {
    fn stream(self) -> RandomStream {
        match self {
            Self::ClaudeCode => RandomStream::ClaudeCode,
            Self::Cursor => RandomStream::Cursor,
        }
    }
}

impl World {
    /// The e-mail address of each person whose login an alias file would name, with the login.
    pub fn aliases(&self) -> Vec<(String, String)> {
        let people = self.enterprise().reported.iter().copied();
        let known = people.filter(|person| self.stream_of(RandomStream::Alias, *person, 0).chance(WITH_ALIAS_PERCENT));
        known.map(|person| (email(person), person.login())).collect()
    }

    /// The people who use a tool, in a fixed order.
    fn users_of(&self, tool: Tool) -> Vec<PersonKey> {
        let percent = if tool == Tool::Cursor { CURSOR_PERCENT } else { CLAUDE_CODE_PERCENT };
        let people = self.enterprise().reported.iter().copied();
        people.filter(|person| self.stream_of(tool.stream(), *person, 0).chance(percent)).collect()
    }

    /// Random numbers of a person's day with a tool; day 0 stands for the person as such.
    fn stream_of(&self, stream: RandomStream, person: PersonKey, day: i32) -> Stream {
        let place = StreamPosition { organization: person.organization, index: person.index, day, revision: 0 };
        Stream::new(self.options().seed, stream, place)
    }

    /// Random numbers of a day on which the person used the tool; none for another day.
    fn day_of(&self, tool: Tool, person: PersonKey, day: CalendarDay) -> Option<Stream> {
        let (first, _) = self.days()?;
        if day.number < first.number || calendar::day(day.number) >= Day::of(self.now()) {
            return None;
        }
        let mut stream = self.stream_of(tool.stream(), person, day.number);
        let percent = if (1..=5).contains(&day.weekday) { 75 } else { 8 };
        stream.chance(percent).then_some(stream)
    }
}

/// The e-mail address of a person.
fn email(person: PersonKey) -> String {
    format!("{}@fleet.example", person.login())
}

/// Checks a key. The error is the refusal in the vendor's form.
fn check_key(server: &SimulatorState, key: Option<&str>, refusal: fn(&str, &str) -> Value) -> Result<(), Box<ApiAnswer>> {
    let access = &server.access_control.access;
    let is_among = |keys: &[String], key: &str| keys.iter().any(|known| known == key);
    match key.filter(|key| !key.is_empty()) {
        Some(key) if is_among(&access.without_right, key) => {
            Err(Box::new(answer(StatusCode::FORBIDDEN, &refusal("permission_error", "This API key may not read this resource."))))
        }
        Some(key) if !is_among(&access.refused, key) => Ok(()),
        _ => Err(Box::new(answer(StatusCode::UNAUTHORIZED, &refusal("authentication_error", "invalid API key")))),
    }
}

/// A refusal as Anthropic writes it.
fn of_anthropic(kind: &str, message: &str) -> Value {
    json!({"type": "error", "error": {"type": kind, "message": message}})
}

/// A refusal as Cursor writes it.
fn of_cursor(kind: &str, message: &str) -> Value {
    json!({"code": kind, "message": message})
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::simulator::WorldOptions;

    #[test]
    fn some_people_have_each_tool_some_have_several_and_some_cannot_be_matched() {
        let world = World::new(WorldOptions::default());
        let of = |tool| world.users_of(tool).into_iter().map(email).collect::<BTreeSet<_>>();
        let (claude_code, cursor) = (of(Tool::ClaudeCode), of(Tool::Cursor));
        let known: BTreeSet<String> = world.aliases().into_iter().map(|(email, _)| email).collect();
        let all = world.enterprise().reported.len();
        assert!(claude_code.len() > 10 && cursor.len() > 10 && claude_code.intersection(&cursor).count() > 3);
        assert!(known.len() < all && known.len() > all / 2, "{} of {all}", known.len());
        assert!(claude_code.intersection(&cursor).any(|email| known.contains(email)), "somebody is in three tools");
    }
}

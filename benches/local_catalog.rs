//! The local catalog through its HTTP API: entities upserted a second in bulks of 20, and searches for 50 identifiers.
//!
//! `cargo bench --bench local_catalog` starts `pilotage catalog serve` as a process of its own, on one core where `taskset` is
//! installed. Its processor time is what counts: a rate per second of that is a rate on one core.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, clippy::print_stderr)]

mod support;

use std::process::Command;
use std::time::Instant;

use serde_json::{Value, json};
use support::{Connection, PILOTAGE, Server, folder, median};

/// Entities of a bulk, the most that the API takes.
const BULK: usize = 20;

/// Bulks that are under way at the same time, each on a connection of its own, as a resync has them.
const CONNECTIONS: usize = 8;

/// Identifiers of a search, as a resync asks.
const SEARCHED: usize = 50;

fn main() {
    let entities: usize = support::arguments().first().and_then(|count| count.parse().ok()).unwrap_or(100_000);
    let folder = folder();
    let pinned = Command::new("taskset").args(["-c", "0", "true"]).status().is_ok_and(|status| status.success());
    let mut command = if pinned { Command::new("taskset") } else { Command::new(PILOTAGE) };
    if pinned {
        command.args(["-c", "0", PILOTAGE]);
    }
    let server = Server::start(command.args(["catalog", "serve", "--listen", "127.0.0.1:0", "--data"]).arg(folder.path()));
    let mut connection = Connection::open(server.address());
    let token = connection.ask("POST", "/v1/auth/access_token", "", br#"{"clientId":"a","clientSecret":"b"}"#);
    let token: Value = serde_json::from_slice(&token).unwrap();
    let headers = format!(
        "authorization: Bearer {}\r\nuser-agent: port-ocean/github-copilot/0/bench/exporter\r\n",
        token["accessToken"].as_str().unwrap()
    );
    let blueprint = std::fs::read_to_string(support::here("../blueprints/githubCopilotUserUsage.json")).unwrap();
    connection.ask("POST", "/v1/blueprints", &headers, blueprint.as_bytes());
    println!(
        "{entities} entities of 12 properties, {CONNECTIONS} connections, server {}",
        if pinned { "on one core" } else { "on all cores" }
    );
    for round in ["created", "updated", "the same again"] {
        let bulks: Vec<Vec<u8>> =
            (0..entities).step_by(BULK).map(|first| bulk(first, first + BULK, round == "created")).collect();
        let (before, began) = (server.cpu_seconds(), Instant::now());
        std::thread::scope(|scope| {
            for lane in 0..CONNECTIONS {
                let (bulks, headers, address) = (&bulks, &headers, server.address());
                scope.spawn(move || {
                    let mut connection = Connection::open(address);
                    let target = "/v1/blueprints/githubCopilotUserUsage/entities/bulk?upsert=true&merge=true";
                    for bulk in bulks.iter().skip(lane).step_by(CONNECTIONS) {
                        let answer = connection.ask("POST", target, headers, bulk);
                        assert!(answer.starts_with(br#"{"ok":true"#), "{}", String::from_utf8_lossy(&answer));
                    }
                });
            }
        });
        let (wall, cpu) = (began.elapsed().as_secs_f64(), server.cpu_seconds() - before);
        let count = entities as f64;
        println!(
            "{round:16} {wall:6.2} s {cpu:6.2} CPU-s  {:>8.0} entities/s on the clock  {:>8.0} entities per CPU-second",
            count / wall,
            count / cpu
        );
    }
    let mut waits = Vec::new();
    let before = server.cpu_seconds();
    for number in 0..400_usize {
        let identifiers: Vec<String> = (0..SEARCHED).map(|at| name((number * 7919 + at * 31) % entities)).collect();
        let body = query(&identifiers);
        let began = Instant::now();
        let answer = connection.ask("POST", "/v1/entities/search?exclude_calculated_properties=true", &headers, body.as_bytes());
        waits.push(began.elapsed().as_secs_f64() * 1e3);
        assert!(answer.len() > SEARCHED * 100);
    }
    let cpu = (server.cpu_seconds() - before) / waits.len() as f64 * 1e3;
    println!(
        "search for {SEARCHED}: {:.2} ms in the middle, {cpu:.2} CPU-ms; peak RSS {:.0} MB",
        median(waits),
        server.peak_mb()
    );
}

fn name(number: usize) -> String {
    format!("user-{number:07}@octo-org@2026-10-{:02}", number % 28 + 1)
}

fn bulk(first: usize, end: usize, is_first: bool) -> Vec<u8> {
    let entity = |number: usize| {
        let count = number % 1000 + usize::from(is_first);
        json!({
            "identifier": name(number), "title": format!("user-{number:07} copilot-metrics"), "blueprint": "githubCopilotUserUsage",
            "properties": {
                "record_date": "2026-10-01T00:00:00Z", "user_initiated_interaction_count": count,
                "code_generation_activity_count": count * 2, "code_acceptance_activity_count": count, "loc_suggested_to_add_sum": count * 30,
                "loc_suggested_to_delete_sum": 0, "loc_added_sum": count * 11, "loc_deleted_sum": count, "git_hub_org": "octo-org",
                "username": format!("user-{number:07}"), "used_agent": number.is_multiple_of(3), "used_chat": number.is_multiple_of(2)
            }
        })
    };
    json!({ "entities": (first..end).map(entity).collect::<Vec<_>>() }).to_string().into_bytes()
}

fn query(identifiers: &[String]) -> String {
    let rule =
        |property: &str, operator: &str, value: Value| json!({ "property": property, "operator": operator, "value": value });
    json!({ "combinator": "and", "rules": [
        rule("$identifier", "in", json!(identifiers)),
        rule("$blueprint", "=", json!("githubCopilotUserUsage")),
        rule("$datasource", "contains", json!("port-ocean/github-copilot/")),
        rule("$datasource", "contains", json!("/bench/exporter")),
    ] })
    .to_string()
}

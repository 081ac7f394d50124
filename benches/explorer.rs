//! Pages and searches over a catalog of a million entities: how long the server takes for each.
//!
//! `cargo bench --bench explorer` fills a local catalog through its API with eleven blueprints, a team that a hundred thousand people relate to,
//! and calculated properties; then asks the API and the pages of `pilotage web`, on one connection that is kept. A number of entities can be
//! given, and `KEEP=FOLDER` keeps the catalog there and uses it again.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, clippy::print_stderr)]

mod support;

use std::path::Path;
use std::process::Command;
use std::time::Instant;

use serde_json::{Value, json};
use support::{Connection, PILOTAGE, Server, folder, median};

/// Entities of a bulk, the most that the API takes.
const BULK: usize = 20;

/// Bulks that are under way at the same time.
const CONNECTIONS: usize = 8;

/// Times that each page is asked for.
const ROUNDS: usize = 40;

/// Blueprints beside days, people and teams.
const OTHERS: usize = 8;

/// How many entities each blueprint gets.
#[derive(Clone, Copy)]
struct World {
    days: usize,
    people: usize,
    teams: usize,
    each_other: usize,
}

impl World {
    /// Of a million: 100,000 people, who all are of one team, 1,000 teams, 8 blueprints of 11,000, and the rest days.
    fn of(entities: usize) -> Self {
        let (people, teams, each_other) = (entities / 10, entities / 1_000, entities * 11 / 1_000);
        Self { days: entities - people - teams - each_other * OTHERS, people, teams, each_other }
    }
}

fn main() {
    let entities = support::arguments().first().and_then(|count| count.parse().ok()).unwrap_or(1_000_000);
    let world = World::of(entities);
    let made = folder();
    let kept = std::env::var_os("KEEP");
    let data = kept.as_deref().map_or(made.path(), Path::new);
    let is_full = data.join("catalog.sqlite").exists();
    let server = Server::start(Command::new(PILOTAGE).args(["catalog", "serve", "--listen", "127.0.0.1:0", "--data"]).arg(data));
    let headers = api_headers(server.address());
    if !is_full {
        fill(&server, &headers, world);
    }
    println!("catalog of {entities} entities, {} MB", std::fs::metadata(data.join("catalog.sqlite")).unwrap().len() / 1_000_000);
    println!("\n{:<56}{:>10}{:>10}{:>10}{:>8}", "API", "median", "max", "CPU", "kB");
    api(&server, &headers, world);
    println!("server: {:.0} MB at most", server.peak_mb());
    drop(server);
    let server = Server::start(Command::new(PILOTAGE).args(["web", "--listen", "127.0.0.1:0", "--data"]).arg(data));
    println!("\n{:<56}{:>10}{:>10}{:>10}{:>8}", "pages", "median", "max", "CPU", "kB");
    let (address, token) = server.url.trim_start_matches("http://").split_once("/in#").expect("a link to sign in by");
    pages(&server, address, token, world);
    println!("server: {:.0} MB at most", server.peak_mb());
}

fn api_headers(address: &str) -> String {
    let token = Connection::open(address).ask("POST", "/v1/auth/access_token", "", br#"{"clientId":"a","clientSecret":"b"}"#);
    let token: Value = serde_json::from_slice(&token).unwrap();
    let token = token["accessToken"].as_str().unwrap();
    format!("authorization: Bearer {token}\r\nuser-agent: port-ocean/github-copilot/0/bench/exporter\r\n")
}

fn fill(server: &Server, headers: &str, world: World) {
    let mut connection = Connection::open(server.address());
    let relation = |target: &str| json!({"title": target, "target": target, "required": false, "many": false});
    let number = || json!({"type": "number"});
    let team = json!({"identifier": "team", "title": "Team", "schema": {"properties": {"size": number(), "seats": number()}, "required": []},
        "calculationProperties": {"share": {"type": "number", "title": "Share of seats", "calculation": ".properties.size / .properties.seats"},
            "label": {"type": "string", "calculation": ".identifier + \" of \" + (.properties.size | tostring)"}}});
    let person = json!({"identifier": "person", "title": "Person", "schema": {"properties": {"login": {"type": "string"}}, "required": []},
        "relations": {"team": relation("team")}});
    let bundled = std::fs::read_to_string(support::here("../blueprints/githubCopilotUserUsage.json")).unwrap();
    let mut day: Value = serde_json::from_str(&bundled).unwrap();
    day["identifier"] = "day".into();
    day["relations"] = json!({"person": relation("person")});
    day["calculationProperties"] = json!({"acceptance": {"type": "number",
        "calculation": ".properties.code_acceptance_activity_count / .properties.code_generation_activity_count"}});
    let others = (0..OTHERS).map(|at| {
        json!({"identifier": format!("other_{at}"), "title": format!("Other {at}"), "schema": {"properties": {"size": number()}, "required": []}})
    });
    for blueprint in [team, person, day].into_iter().chain(others) {
        let answer = connection.ask("POST", "/v1/blueprints", headers, blueprint.to_string().as_bytes());
        assert!(answer.starts_with(br#"{"ok":true"#), "{}", String::from_utf8_lossy(&answer));
    }
    let began = Instant::now();
    send(
        server,
        headers,
        "team",
        world.teams,
        |at| json!({"identifier": format!("team-{at:04}"), "title": format!("Team {at}"), "properties": {"size": at % 40, "seats": 40}}),
    );
    send(
        server,
        headers,
        "person",
        world.people,
        |at| json!({"identifier": format!("person-{at:06}"), "properties": {"login": format!("login-{at:06}")}, "relations": {"team": "team-0007"}}),
    );
    let people = world.people;
    send(server, headers, "day", world.days, move |at| a_day(at, people));
    for other in 0..OTHERS {
        send(
            server,
            headers,
            &format!("other_{other}"),
            world.each_other,
            |at| json!({"identifier": format!("thing-{at:05}"), "properties": {"size": at}}),
        );
    }
    println!("filled in {:.0} s", began.elapsed().as_secs_f64());
}

fn a_day(at: usize, people: usize) -> Value {
    let (person, count) = (at % people, at % 1_000);
    json!({
        "identifier": format!("acme/person-{person:06}@2026-10-{:02}", at / people + 1), "title": format!("person-{person:06}"),
        "properties": {
            "record_date": format!("2026-10-{:02}T00:00:00Z", at / people + 1), "user_initiated_interaction_count": count,
            "code_generation_activity_count": count * 2 + 1, "code_acceptance_activity_count": count, "loc_suggested_to_add_sum": count * 30,
            "loc_suggested_to_delete_sum": 0, "loc_added_sum": count * 11, "loc_deleted_sum": count, "git_hub_org": "acme",
            "username": format!("login-{person:06}"), "used_agent": at.is_multiple_of(3), "used_chat": at.is_multiple_of(2)
        },
        "relations": {"person": format!("person-{person:06}")}
    })
}

/// Sends the entities of a blueprint in bulks over all connections.
fn send(server: &Server, headers: &str, blueprint: &str, count: usize, entity: impl Fn(usize) -> Value + Sync) {
    std::thread::scope(|scope| {
        for lane in 0..CONNECTIONS {
            let entity = &entity;
            scope.spawn(move || {
                let mut connection = Connection::open(server.address());
                let target = format!("/v1/blueprints/{blueprint}/entities/bulk?upsert=true&merge=true");
                for first in (0..count).step_by(BULK).skip(lane).step_by(CONNECTIONS) {
                    let entities: Vec<Value> = (first..(first + BULK).min(count)).map(entity).collect();
                    let answer = connection.ask("POST", &target, headers, json!({ "entities": entities }).to_string().as_bytes());
                    assert!(answer.starts_with(br#"{"ok":true"#), "{}", String::from_utf8_lossy(&answer));
                }
            });
        }
    });
}

/// Asks again and again, and prints the median and the longest time, and the server's processor time for each, in milliseconds.
fn timed(server: &Server, words: &str, rounds: usize, mut ask: impl FnMut(usize) -> Vec<u8>) -> Vec<u8> {
    let (mut waits, mut size, mut last) = (Vec::new(), 0, Vec::new());
    // What is read for the first time comes from the disk.
    ask(0);
    let before = server.cpu_seconds();
    for round in 0..rounds {
        let began = Instant::now();
        last = ask(round);
        waits.push(began.elapsed().as_secs_f64() * 1e3);
        size = last.len();
    }
    let longest = waits.iter().copied().fold(0.0, f64::max);
    let cpu = (server.cpu_seconds() - before) / rounds as f64 * 1e3;
    println!("{words:<56}{:>7.1} ms{longest:>7.1} ms{cpu:>7.1} ms{:>8.1}", median(waits), size as f64 / 1e3);
    last
}

fn rule(property: &str, operator: &str, value: impl Into<Value>) -> Value {
    json!({"combinator": "and", "rules": [{"property": property, "operator": operator, "value": value.into()}]})
}

fn api(server: &Server, headers: &str, world: World) {
    let mut connection = Connection::open(server.address());
    let mut post = |words: &str, rounds: usize, target: &str, body: &dyn Fn(usize) -> Value| {
        let answer =
            timed(server, words, rounds, |round| connection.ask("POST", target, headers, body(round).to_string().as_bytes()));
        let answer: Value = serde_json::from_slice(&answer).unwrap_or_default();
        assert_eq!(answer["ok"], true, "{words}: {answer}");
        if answer["looked"].is_u64() {
            println!("  looked at {}, {}", answer["looked"], if answer["next"].is_string() { "goes on" } else { "to the end" });
        }
    };
    let (one, all) = ("/v1/blueprints/day/entities/search", "/v1/entities/search");
    let deep = |round: usize| format!("acme/person-{:06}@2026-10-05", (round * 6_151 + world.people / 2) % world.people);
    post("50 of a blueprint", ROUNDS, one, &|_| json!({"limit": 50}));
    post("50 of a blueprint, deep", ROUNDS, one, &|round| json!({"limit": 50, "from": deep(round)}));
    post(
        "identifier begins with, deep",
        ROUNDS,
        one,
        &|round| json!({"limit": 50, "query": rule("$identifier", "beginsWith", &deep(round)[..deep(round).len() - 3])}),
    );
    post(
        "identifier contains, without hits, one blueprint",
        3,
        one,
        &|_| json!({"query": rule("$identifier", "contains", "nobody")}),
    );
    post("property, without hits, one blueprint", 3, one, &|_| json!({"query": rule("loc_added_sum", ">", 20_000)}));
    post("property, without hits, all, page", 3, all, &|_| {
        let mut body = rule("loc_added_sum", ">", 20_000);
        body["limit"] = 50.into();
        body
    });
    post("identifier begins with, all", 3, all, &|round| {
        rule("$identifier", "beginsWith", &deep(round)[..deep(round).len() - 3])
    });
    post("identifier contains, without hits, all", 3, all, &|_| rule("$identifier", "contains", "nobody"));
    post("property, without hits, all", 3, all, &|_| rule("loc_added_sum", ">", 20_000));
    post("title, without hits, all", 3, all, &|_| rule("$title", "=", "nobody"));
}

fn pages(server: &Server, address: &str, token: &str, world: World) {
    let mut connection = Connection::open(address);
    let origin = format!("origin: http://{address}\r\n");
    let (head, _) = connection.ask_whole("POST", "/in", &origin, json!({ "token": token }).to_string().as_bytes());
    let cookie = head.lines().find_map(|line| line.strip_prefix("set-cookie: ")).expect("a session");
    let headers = format!("cookie: {}\r\n", cookie.split(';').next().unwrap());
    let mut page = |words: &str, path: &dyn Fn(usize) -> String| {
        let shown = timed(server, words, ROUNDS, |round| {
            let (head, body) = connection.ask_whole("GET", &path(round), &headers, b"");
            assert!(head.starts_with("http/1.1 200"), "{words}: {head}");
            body
        });
        if let Some(at) = shown.windows(9).position(|text| text == b": looked ") {
            let text = String::from_utf8_lossy(&shown[at + 2..]).into_owned();
            println!("  {}", text.split("</p>").next().unwrap_or_default());
        }
    };
    let deep = |round: usize| format!("acme%2Fperson-{:06}%402026-10-05", (round * 6_151 + world.people / 2) % world.people);
    page("home", &|_| "/".into());
    page("blueprints", &|_| "/catalog".into());
    page("first page", &|_| "/catalog/day".into());
    page("page from the middle", &|round| format!("/catalog/day?from={}", deep(round)));
    page("page before one in the middle", &|round| format!("/catalog/day?before={}", deep(round)));
    page("last page", &|_| "/catalog/day?before=zzz".into());
    page("prefix", &|round| format!("/catalog/day?prefix={}", &deep(round)[..20]));
    page("prefix without hits", &|_| "/catalog/day?prefix=acmf".into());
    page("rule with many hits, from the middle", &|round| {
        format!("/catalog/day?property=used_agent&is==&value=true&from={}", deep(round))
    });
    page("1,000 entities as NDJSON", &|round| format!("/catalog/day?as=ndjson&from={}", deep(round)));
    page("entity of a day", &|round| format!("/catalog/day/{}", deep(round)));
    page("entity of a person", &|round| format!("/catalog/person/person-{:06}", round * 97));
    page("entity with 100,000 that relate to it", &|_| "/catalog/team/team-0007".into());
    page("teams, with calculated properties", &|_| "/catalog/team".into());
    page("rule without hits", &|_| "/catalog/day?property=loc_added_sum&is=%3E&value=20000".into());
}

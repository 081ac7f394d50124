//! Claude Code, Cursor and the one model of all tools, from the simulator into the local catalog: entities, proven deletions, and every
//! answer that proves nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use pilotage::door::clock::Clock;
use pilotage::door::http::in_memory;
use pilotage::model::person::PersonAliases;
use pilotage::model::secret::Secret;
use pilotage::reconcile::outcome::Outcome;
use pilotage::resync::observe::NoObserver;
use pilotage::simulator::{Access, Faults, Rule, Simulator, SimulatorSource, World as SimulatedWorld, WorldOptions};
use pilotage::source::account::{Account, AccountSource};
use pilotage::source::copilot::CopilotSource;
use pilotage::source::tools::{ToolsSource, kinds_of};
use pilotage::source::{Source, claude_code, cursor};
use serde_json::json;

use super::support::{GITHUB_URL, World, blueprints};

const MAPPING: &str = include_str!("../../mappings/tools.yaml");
const KEY: &str = "canary-of-a-key";

/// The bundled mapping, in which deletion is allowed.
fn mapping() -> String {
    MAPPING.replace("entityDeletionThreshold: 0", "entityDeletionThreshold: 1")
}

/// One resource of it.
fn only(kind: &str) -> String {
    let whole = mapping();
    let (head, resources) = whole.split_once("resources:\n").unwrap();
    let resources = resources.split("  - kind: ").find(|resource| resource.starts_with(&format!("{kind}\n"))).unwrap();
    let lines = resources.lines().filter(|line| !line.starts_with("  #"));
    format!("{head}resources:\n  - kind: {}\n", lines.collect::<Vec<_>>().join("\n"))
}

fn small() -> WorldOptions {
    WorldOptions { organizations: 2, users: 15, days: 28, ..WorldOptions::default() }
}

/// The sources of a simulated world.
fn sources(
    world: &World,
    simulated: &SimulatedWorld,
    access: Access,
    faults: Faults,
    are_tools_read: bool,
) -> Vec<Arc<dyn Source>> {
    let clock = Clock::starting_at("2026-11-01T06:00:00Z".parse().unwrap());
    let simulator = Simulator::new(SimulatorSource::World(simulated.clone()), GITHUB_URL).unwrap();
    let simulator = simulator.with_access(access).with_faults(faults);
    let copilot: Arc<dyn Source> =
        Arc::new(CopilotSource::of(world.github(in_memory(simulator.api_router()), in_memory(simulator.signed_router()))));
    let key = Secret::new(KEY);
    let api = || in_memory(simulator.api_router());
    let of = |name: &str, client| are_tools_read.then(|| Account { name: name.to_owned(), client });
    let claude_code: Arc<dyn Source> = Arc::new(AccountSource::new(
        &claude_code::PROTOCOL,
        of("anthropic", claude_code::client(api(), GITHUB_URL, &key, &clock, 1).unwrap()),
    ));
    let cursor: Arc<dyn Source> =
        Arc::new(AccountSource::new(&cursor::PROTOCOL, of("crew", cursor::client(api(), GITHUB_URL, &key, &clock, 1).unwrap())));
    let known = simulated.aliases();
    let aliases = PersonAliases::new(known.iter().map(|(email, login)| (email.as_str(), vec![login.as_str()]))).unwrap();
    let read = [&copilot, &claude_code, &cursor].map(|source| {
        let kinds = kinds_of(&**source).into_iter().filter(|kind| !kind.starts_with("enterprise-"));
        (Arc::clone(source), kinds.collect())
    });
    let together: Arc<dyn Source> = Arc::new(ToolsSource::new(read.into(), aliases));
    vec![copilot, claude_code, cursor, together]
}

async fn run(world: &World, simulated: &SimulatedWorld, mapping: &str, faults: Faults) -> Outcome {
    let sources = sources(world, simulated, Access::default(), faults, true);
    world.resync_of_sources(sources, blueprints(), mapping, &NoObserver).await.unwrap()
}

fn states(outcome: &Outcome) -> BTreeMap<(String, &'static str), u64> {
    let mut states = BTreeMap::new();
    for slice in &outcome.slices {
        *states.entry((slice.kind.clone(), slice.end.name())).or_default() += 1;
    }
    states
}

#[tokio::test(start_paused = true)]
async fn three_tools_fill_their_blueprints_and_one_person_is_one_in_all() {
    let (world, simulated) = (World::new(), SimulatedWorld::new(small()));
    let outcome = run(&world, &simulated, &mapping(), Faults::default()).await;
    for resource in &outcome.resources {
        assert!(resource.created > 0, "{}", resource.kind);
        assert!(resource.refused.first.is_empty(), "{}: {:?}", resource.kind, resource.refused.first);
        assert!(resource.rejected.first.is_empty(), "{}: {:?}", resource.kind, resource.rejected.first);
        assert_eq!(resource.duplicates.count, 0, "{}: {:?}", resource.kind, resource.duplicates.first);
    }
    assert_eq!(outcome.exit_code(false), 0, "{:?}", outcome.slices.iter().filter(|slice| slice.is_failure()).collect::<Vec<_>>());
    let states = states(&outcome);
    let of = |kind: &str, state| states.get(&(kind.to_owned(), state)).copied().unwrap_or_default();
    // A day on which nobody used it proves nothing.
    let quiet = of("claude-code-usage", "not-ready");
    assert_eq!(of("claude-code-usage", "complete"), 28 - quiet, "{states:?}");
    assert!(quiet < 10, "{states:?}");
    assert_eq!(states[&("cursor-daily-usage".to_owned(), "complete")], 1, "a month is one window");
    // Two organizations, 28 days of Claude Code, one window of Cursor.
    assert_eq!(of("ai-tool-usage", "complete"), 2 + 28 - quiet + 1, "{states:?}");
    // What the entities say of one person whom an alias names.
    let owned = world.owned().await;
    let tools = |email: &str| -> BTreeSet<&str> {
        let of_person = owned.iter().filter(|name| name.contains(&format!("/{email}@2026")));
        of_person
            .filter_map(|name| name.split('/').next())
            .filter(|tool| ["copilot", "cursor", "claude-code"].contains(tool))
            .collect()
    };
    let in_three = simulated.aliases().into_iter().find(|(email, _)| tools(email).len() == 3);
    let (email, login) = in_three.expect("somebody is in three tools");
    assert!(!owned.iter().any(|name| name.contains(&format!("/github:{login}@"))), "{login} is {email} everywhere");
    // One whom no alias names is there by login, and is not guessed to be the address that begins with it.
    assert!(owned.iter().any(|name| name.starts_with("copilot/") && name.contains("/github:")), "somebody is not matched");
    let day = owned.iter().find(|name| {
        name.starts_with(&format!("copilot/harbor/{email}@")) || name.starts_with(&format!("copilot/tidewater/{email}@"))
    });
    let entity = world.entity("ai_tool_usage", day.unwrap()).await.unwrap();
    assert_eq!((&entity["properties"]["identity"], &entity["properties"]["matched_by"]), (&json!(login), &json!("alias")));
    assert!(
        entity["properties"].get("sessions").is_none_or(serde_json::Value::is_null),
        "Copilot tells of no sessions: {entity}"
    );
    // Again: nothing changes.
    let again = run(&world, &simulated, &mapping(), Faults::default()).await;
    let changed: u64 = again.resources.iter().map(|resource| resource.created + resource.updated).sum();
    assert_eq!(changed, 0);
}

#[tokio::test(start_paused = true)]
async fn who_left_a_team_is_deleted_once_the_list_proves_it() {
    let (world, simulated) = (World::new(), SimulatedWorld::new(small()));
    let mapping = only("cursor-members");
    run(&world, &simulated, &mapping, Faults::default()).await;
    let before = world.owned().await;
    let gone = before.iter().find(|name| name.starts_with("crew/")).unwrap().clone();
    let email = gone.trim_start_matches("crew/").to_owned();
    let fewer: Vec<serde_json::Value> = before
        .iter()
        .filter(|name| **name != gone)
        .map(
            |name| json!({"id": 1, "name": "x", "email": name.trim_start_matches("crew/"), "role": "member", "isRemoved": false}),
        )
        .collect();
    // What was written while a run began is spared, and this clock stands still.
    tokio::time::advance(std::time::Duration::from_secs(3600)).await;
    let answer = Rule::at("/teams/members").json(json!({"teamMembers": fewer}));
    let outcome = run(&world, &simulated, &mapping, Faults::new([answer])).await;
    let deleted: u64 = outcome.deletion.blueprints.iter().map(|blueprint| blueprint.deleted).sum();
    assert_eq!(deleted, 1, "{email}: {:?} {:?}", outcome.deletion, outcome.slices);
    assert!(!world.owned().await.contains(&gone));
}

#[tokio::test(start_paused = true)]
async fn no_answer_that_proves_nothing_deletes_anything() {
    let claude_code = "/v1/organizations/usage_report/claude_code";
    let (members, days, events, spend) =
        ("/teams/members", "/teams/daily-usage-data", "/teams/filtered-usage-events", "/teams/spend");
    let record = |day: &str| json!({"date": format!("{day}T00:00:00Z"), "actor": {"type": "user_actor", "email_address": "a@b.c"}, "core_metrics": {}});
    let other_day = json!({"data": [record("2026-09-01")], "has_more": false, "next_page": null});
    let endless = json!({"data": [record("2026-10-30")], "has_more": true, "next_page": "page_1"});
    let member = json!({"id": 1, "email": "a@b.c", "role": "member"});
    let rule = Rule::at;
    // Kind, fault, the state of slices, and a part of the reason.
    let table: Vec<(&str, Rule, &str, &str)> = vec![
        ("claude-code-usage", rule(claude_code).error(401, "invalid x-api-key"), "forbidden", "answered 401, invalid x-api-key"),
        ("claude-code-usage", rule(claude_code).status(403), "forbidden", "answered 403"),
        ("claude-code-usage", rule(claude_code).status(429).header("retry-after", "100000"), "failed", "answered 429"),
        ("claude-code-usage", rule(claude_code).status(500), "failed", "gave up after 10 attempts"),
        ("claude-code-usage", rule(claude_code).text("<html>sign in</html>"), "failed", "not JSON"),
        ("claude-code-usage", rule(claude_code).end_after_bytes(300), "failed", "not JSON"),
        ("claude-code-usage", rule(claude_code).json(json!({"data": []})), "failed", "does not say whether it is the last"),
        ("claude-code-usage", rule(claude_code).json(json!({"data": [], "has_more": false})), "not-ready", "without a record"),
        ("claude-code-usage", rule(claude_code).json(other_day), "complete", ""),
        ("claude-code-usage", rule(claude_code).json(endless), "failed", "was read already"),
        (
            "claude-code-usage",
            rule(claude_code).json(json!({"type": "error", "error": {"message": "x"}})),
            "failed",
            "holds a list",
        ),
        ("cursor-members", rule(members).status(401), "forbidden", "answered 401"),
        ("cursor-members", rule(members).json(json!({"teamMembers": []})), "not-ready", "without a record"),
        ("cursor-members", rule(members).json(json!({"teamMembers": [{"message": "x"}]})), "complete", ""),
        ("cursor-members", rule(members).json(json!({"teamMembers": [member, member]})), "complete", ""),
        ("cursor-members", rule(members).status(302).header("location", "https://elsewhere.test/"), "failed", "answered 302"),
        ("cursor-daily-usage", rule(days).json(json!({"data": [{"day": "2026-10-30"}]})), "failed", "`pagination`"),
        ("cursor-daily-usage", rule(days).cut_after_bytes(500), "failed", "gave up after 10 attempts"),
        (
            "cursor-spend",
            rule(spend)
                .json(json!({"teamMemberSpend": [{"email": "a@b.c", "spendCents": 1}], "totalPages": 1, "totalMembers": 9})),
            "failed",
            "counts 9 records, and 1 came",
        ),
        (
            "cursor-usage-events",
            rule(events).json(json!({"usageEvents": [], "totalUsageEventsCount": 3, "pagination": {"hasNextPage": false}})),
            "failed",
            "counts 3 records, and 0 came",
        ),
        ("ai-tool-usage", rule(days).status(403), "forbidden", "answered 403"),
        ("ai-tool-usage", rule(claude_code).text("{"), "failed", "not JSON"),
    ];
    let simulated = SimulatedWorld::new(small());
    for (kind, fault, state, reason) in table {
        let (world, mapping) = (World::new(), only(kind));
        run(&world, &simulated, &mapping, Faults::default()).await;
        let before = world.owned().await;
        assert!(!before.is_empty(), "{kind}");
        tokio::time::advance(std::time::Duration::from_secs(3600)).await;
        let outcome = run(&world, &simulated, &mapping, Faults::new([fault.clone()])).await;
        let found = outcome
            .slices
            .iter()
            .find(|slice| slice.end.name() == state && slice.end.reason().unwrap_or_default().contains(reason));
        assert!(found.is_some(), "{kind} {fault:?}: {:?}", outcome.slices);
        assert_eq!(outcome.deletion.blueprints.iter().map(|blueprint| blueprint.deleted).sum::<u64>(), 0, "{kind} {fault:?}");
        let after = world.owned().await;
        assert!(before.iter().all(|name| after.contains(name)), "{kind} {fault:?}");
        let told = format!("{outcome:?}");
        assert!(!told.contains(KEY), "{kind} {fault:?} shows the key");
    }
}

#[tokio::test(start_paused = true)]
async fn a_tool_without_a_key_is_passed_over_and_keeps_its_entities() {
    let (world, simulated) = (World::new(), SimulatedWorld::new(small()));
    run(&world, &simulated, &mapping(), Faults::default()).await;
    let before = world.owned().await;
    tokio::time::advance(std::time::Duration::from_secs(3600)).await;
    let without = sources(&world, &simulated, Access::default(), Faults::default(), false);
    let outcome = world.resync_of_sources(without, blueprints(), &mapping(), &NoObserver).await.unwrap();
    assert_eq!(outcome.exit_code(false), 0);
    let reasons: BTreeSet<&str> = outcome.slices.iter().filter_map(|slice| slice.end.reason()).collect();
    assert!(reasons.iter().any(|reason| reason.contains("PILOTAGE_CURSOR_ADMIN_KEY")), "{reasons:?}");
    assert_eq!(world.owned().await, before);
}

#[tokio::test(start_paused = true)]
async fn an_unmatched_login_and_a_key_are_told_apart_from_people() {
    let (world, simulated) = (World::new(), SimulatedWorld::new(small()));
    run(&world, &simulated, &only("ai-tool-usage"), Faults::default()).await;
    let mut found: BTreeMap<String, u64> = BTreeMap::new();
    for name in world.owned().await {
        let entity = world.entity("ai_tool_usage", &name).await.unwrap();
        *found.entry(entity["properties"]["matched_by"].as_str().unwrap().to_owned()).or_default() += 1;
    }
    assert_eq!(found.keys().map(String::as_str).collect::<Vec<_>>(), ["alias", "email", "no-person", "none"], "{found:?}");
}

/// What the pipeline is made of knows no tool, so that the next one changes nothing there.
#[test]
fn no_tool_is_named_where_a_further_one_would_have_to_be_added() {
    fn below(folder: &std::path::Path, files: &mut Vec<std::path::PathBuf>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { below(&path, files) } else { files.push(path) }
        }
    }
    let mut files = Vec::new();
    for folder in ["src/resync", "crates/core/src/reconcile", "crates/core/src/mapping", "src/history", "crates/core/src/facts"] {
        below(&super::support::repository(folder), &mut files);
    }
    assert!(files.len() > 100);
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        for name in ["claude-code", "claude_code", "Claude Code", "Cursor", "\"cursor", "cursor-"] {
            assert!(!text.contains(name), "{} names `{name}`", file.display());
        }
    }
}

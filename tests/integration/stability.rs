//! JSON outputs, held to the schemas that docs/stability.md promises.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use pilotage::door::serving::{BoundAddress, ServingLimits};
use pilotage::simulator::{Simulator, SimulatorSource, World, WorldOptions};
use serde_json::Value;
use tempfile::TempDir;

use super::deploy::schema::errors;
use super::support::repository;

fn schema(name: &str) -> Value {
    let file = repository(&format!("docs/schemas/{name}.schema.json"));
    serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

/// Names of all schemas.
fn schemas() -> BTreeSet<String> {
    let files = fs::read_dir(repository("docs/schemas")).unwrap().map(|entry| entry.unwrap().file_name());
    files.map(|file| file.to_string_lossy().trim_end_matches(".schema.json").to_owned()).collect()
}

/// A command whose output has a schema.
struct Output {
    schema: &'static str,
    arguments: &'static [&'static str],
    /// True: a value on each line, else one value.
    is_lines: bool,
    code: i32,
}

const fn one(schema: &'static str, arguments: &'static [&'static str]) -> Output {
    Output { schema, arguments, is_lines: false, code: 0 }
}

const fn lines(schema: &'static str, arguments: &'static [&'static str]) -> Output {
    Output { schema, arguments, is_lines: true, code: 0 }
}

const JSON: &str = "--output=json";
const ORGANIZATION: &str = "copilot_organization_usage";

/// In an order in which each finds what it needs.
const OUTPUTS: [Output; 28] = [
    lines("plan-line", &["plan", "usage", JSON]),
    one("outcome", &["resync", "--mapping=usage", JSON]),
    lines("plan-line", &["plan", "usage", "--show=unchanged", JSON]),
    one("runs", &["runs", JSON]),
    one("run-report", &["runs", "last", JSON]),
    // The simulated organization has no enterprise, so something is missing.
    Output { code: 5, ..one("diagnosis", &["doctor", "--mapping=usage", JSON]) },
    one("seats", &["seats", "list", "--org=harbor", JSON]),
    one("idle-seats", &["seats", "list", "--org=harbor", "--inactive", JSON]),
    one("settings", &["config", JSON]),
    one("blueprints", &["catalog", "list", JSON]),
    one("entities", &["catalog", "list", ORGANIZATION, JSON]),
    lines("entity", &["catalog", "export"]),
    one("figure", &["figures", "show", "active-people", "--scope=harbor", JSON]),
    lines("figure-point", &["figures", "show", "active-people", "--output=ndjson"]),
    one("day-differences", &["figures", "why", "harbor", "2026-10-28", JSON]),
    lines("day-fact", &["export", "--what=facts", "--names", "--format=ndjson"]),
    lines("figure-point", &["export", "--format=ndjson", "--figure=active-people"]),
    lines("entity", &["export", "--what=entities", "--names", "--format=ndjson"]),
    one("history-status", &["history", "status", JSON]),
    one("restated-days", &["history", "restated", JSON]),
    one("portal-documents", &["pages", "list", JSON]),
    one("figure-definition", &["figures", "define", "active-people", JSON]),
    Output { code: 2, ..one("findings", &["validate", "broken.yaml", JSON]) },
    one("cases", &["test", "copilot.yaml", JSON]),
    lines("mapped-entity", &["preview", "usage", "--kind=organization-usage-metrics", "--sample", JSON]),
    lines("explained-item", &["preview", "usage", "--kind=organization-usage-metrics", "--sample", "--explain", JSON]),
    one("kinds", &["kinds", JSON]),
    one("kind", &["kinds", "organization-usage-metrics", JSON]),
];

const BROKEN: &str = "resources:\n- kind: organization-usage-metrics\n  selector: {query: 'true'}\n  port: {entity: {mappings: \
                      {identifier: '.day |', blueprint: '\"x\"'}}}\n";

/// What is wrong with an output.
fn wrong(schema: &Value, text: &str, is_lines: bool) -> Vec<String> {
    let values: Vec<&str> = if is_lines { text.lines().collect() } else { vec![text] };
    assert!(!text.trim().is_empty(), "nothing was printed");
    values.iter().flat_map(|value| errors(schema, &serde_json::from_str(value).unwrap_or_else(|_| panic!("{value}")))).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_json_output_obeys_its_schema() {
    let free = "127.0.0.1:0".parse().unwrap();
    let (api, signed) = (BoundAddress::take(free).await.unwrap(), BoundAddress::take(free).await.unwrap());
    let url = api.url();
    let options = WorldOptions { organizations: 1, teams: 1, users: 8, days: 9, ..WorldOptions::default() };
    let simulator = Simulator::new(SimulatorSource::World(World::new(options)), signed.url()).unwrap();
    let _api = api.serve(simulator.api_router(), ServingLimits::STANDARD);
    let _signed = signed.serve(simulator.signed_router(), ServingLimits::STANDARD);

    let folder = TempDir::new().unwrap();
    let place = folder.path().to_owned();
    let run = move |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_pilotage"));
        command.args(arguments).current_dir(&place).env_clear();
        command.env("HOME", &place).env("PILOTAGE_DATA", place.join("data")).env("NO_COLOR", "1");
        command.env("GITHUB_TOKEN", "any").env("OCEAN__INTEGRATION__CONFIG__GITHUB_HOST", &url);
        command.output().unwrap()
    };
    fs::write(folder.path().join("broken.yaml"), BROKEN).unwrap();
    tokio::task::spawn_blocking(move || {
        assert_eq!(run(&["init", "copilot.yaml"]).status.code(), Some(0));
        let mut left = schemas();
        for Output { schema: name, arguments, is_lines, code } in OUTPUTS {
            let output = run(arguments);
            let text = String::from_utf8(output.stdout).unwrap();
            assert_eq!(output.status.code(), Some(code), "{arguments:?}: {text}{}", String::from_utf8_lossy(&output.stderr));
            assert_eq!(wrong(&schema(name), &text, is_lines), [""; 0], "{arguments:?}");
            left.remove(name);
        }
        assert_eq!(left, BTreeSet::new(), "no output is held to these");
    })
    .await
    .unwrap();
}

#[test]
fn every_command_with_json_has_a_schema_on_the_page_and_every_schema_a_command() {
    let page = fs::read_to_string(repository("docs/stability.md")).unwrap();
    let commands = fs::read_to_string(repository("docs/commands.md")).unwrap();
    let (mut command, mut found) = ("", 0);
    for line in commands.lines() {
        if let Some(name) = line.trim_start_matches('#').strip_prefix(" pilotage ") {
            command = name;
        }
        if line.starts_with("| `--output") && line.contains("`json`") {
            let row = page.lines().find(|row| row.starts_with("| `") && row.contains(&format!("pilotage {command} ")));
            assert!(row.is_some_and(|row| row.contains("--output json")), "docs/stability.md has no schema of `{command}`");
            found += 1;
        }
    }
    assert!(found >= 13, "{found}");
    for name in schemas() {
        assert!(page.contains(&format!("(schemas/{name}.schema.json)")), "docs/stability.md does not name {name}");
        assert_eq!(schema(&name)["$schema"], "https://json-schema.org/draft/2020-12/schema", "{name}");
    }
}

#[test]
fn an_output_that_lost_a_field_or_changed_its_type_is_found() {
    let schema = schema("blueprints");
    assert_eq!(wrong(&schema, r#"[{"identifier": "a", "title": "A", "entities": 1, "new": 2}]"#, false), [""; 0]);
    assert_eq!(wrong(&schema, r#"[{"identifier": "a", "entities": 1}]"#, false), ["[0]: title is missing"]);
    let changed = wrong(&schema, r#"[{"identifier": "a", "title": "A", "entities": "1"}]"#, false);
    assert_eq!(changed, ["[0].entities: \"1\" is not of type integer"]);
}

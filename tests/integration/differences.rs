//! Where we differ from Ocean on purpose, each difference shown: `docs/differences-from-ocean.md` gives the reasons.

use crate::support;

use std::fs;
use std::path::Path;

use crate::support::World;
use pilotage::reconcile::outcome::Outcome;
use pilotage::resync::observe::Silent;
use serde_json::{Value, json};
use tempfile::TempDir;

/// A recording of a GitHub, written by the test that needs it.
struct Recording(TempDir);

impl Recording {
    fn of(organizations: &[&str]) -> Self {
        let recording = Self(TempDir::new().unwrap());
        let organizations: Vec<Value> = organizations.iter().map(|login| json!({"login": login, "id": 1})).collect();
        recording.write("user/orgs.json", &json!(organizations).to_string());
        recording
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.0.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// The users' report of an organization, line by line.
    fn users(self, organization: &str, lines: &[&str]) -> Self {
        let manifest = json!({"download_links": [format!("{{{{BASE}}}}/signed/{organization}.ndjson")],
            "report_start_day": "2026-10-04", "report_end_day": "2026-10-31"});
        let latest = format!("orgs/{organization}/copilot/metrics/reports/users-28-day/latest.json");
        self.write(&latest, &manifest.to_string());
        self.write(&format!("signed/{organization}.ndjson"), &(lines.join("\n") + "\n"));
        self
    }

    fn rule(self, path: &str, status: u16) -> Self {
        self.write("rules.json", &json!([{"path": path, "status": status, "body": {"message": "no"}}]).to_string());
        self
    }
}

impl AsRef<Path> for Recording {
    fn as_ref(&self) -> &Path {
        self.0.path()
    }
}

const ADA: &str = r#"{"day":"2026-10-04","user_login":"ada","code_generation_activity_count":1}"#;
const ADA_LATER: &str = r#"{"day":"2026-10-04","user_login":"ada","code_generation_activity_count":2}"#;
const BOB: &str = r#"{"day":"2026-10-04","user_login":"bob","code_generation_activity_count":1}"#;
const BOB_LATER: &str = r#"{"day":"2026-10-04","user_login":"bob","code_generation_activity_count":2}"#;

fn mapping(options: &str, resources: &[&str]) -> String {
    let resources = resources.iter().map(|resource| format!("- {resource}\n"));
    format!("{options}\nresources:\n{}", resources.collect::<String>())
}

/// Users of an organization, as entities of a blueprint.
fn users(selector: &str, identifier: &str) -> String {
    format!(
        "{{kind: user-usage-metrics, selector: {{query: '{selector}'}}, port: {{entity: {{mappings: {{identifier: '{identifier}', \
         blueprint: '\"githubCopilotUserUsage\"', properties: {{code_generation_activity_count: .code_generation_activity_count}}}}}}}}}}"
    )
}

fn every_user() -> String {
    mapping("entityDeletionThreshold: 1", &[&users("true", ".__organization.login + \"/\" + .user_login")])
}

struct Told {
    code: u8,
    created: u64,
    deleted: u64,
    withheld: u64,
}

fn told(outcome: &Outcome) -> Told {
    Told {
        code: outcome.exit_code(false),
        created: outcome.resources.iter().map(|resource| resource.created).sum(),
        deleted: outcome.deletion.blueprints.iter().map(|deletion| deletion.deleted).sum(),
        withheld: outcome.deletion.blueprints.iter().map(|deletion| deletion.withheld()).sum(),
    }
}

/// Two resyncs into one catalog, and what the second did.
async fn second(first: (&Recording, &str), second: (&Recording, &str)) -> Told {
    let world = World::new();
    world.resync(first.0.as_ref(), first.1, &Silent).await;
    // What was written in the moment in which a run begins is not older than the run.
    tokio::time::pause();
    tokio::time::advance(std::time::Duration::from_secs(60)).await;
    // Mapping runs on threads of its own, for which paused time would not wait.
    tokio::time::resume();
    told(&world.resync(second.0.as_ref(), second.1, &Silent).await)
}

#[tokio::test]
async fn one_failing_organization_neither_stops_the_others_nor_lets_anything_be_deleted() {
    let before =
        Recording::of(&["acme", "beta", "gamma"]).users("acme", &[ADA]).users("beta", &[ADA]).users("gamma", &[ADA, BOB]);
    for status in [403, 404] {
        let after = Recording::of(&["acme", "beta", "gamma"])
            .users("acme", &[ADA])
            .users("gamma", &[ADA, r#"{"day":"2026-10-04","user_login":"new"}"#]);
        let after = after.rule("/orgs/beta/*", status);
        let Told { code, created, deleted, withheld } = second((&before, &every_user()), (&after, &every_user())).await;
        assert_eq!((code, created, deleted, withheld), (5, 1, 0, 2), "{status}");
    }
}

#[tokio::test]
async fn the_threshold_counts_everything_that_is_owned_also_what_this_run_wrote() {
    let before = Recording::of(&["acme", "beta"]).users("acme", &[ADA, BOB]).users("beta", &[ADA]);
    let after = Recording::of(&["acme"]).users("acme", &[ADA_LATER, BOB_LATER]);
    let mapping = every_user().replace("Threshold: 1", "Threshold: 0.34");
    let Told { code, deleted, .. } = second((&before, &mapping), (&after, &mapping)).await;
    assert_eq!((code, deleted), (0, 1), "1 of 3; of those that were not written it is 1 of 1");
}

#[tokio::test]
async fn a_malformed_line_withholds_deletion() {
    let before = Recording::of(&["acme"]).users("acme", &[ADA, BOB]);
    let after = Recording::of(&["acme"]).users("acme", &[ADA, r#"{"day":"2026-10-04","user_login":"bo"#]);
    let Told { code, deleted, withheld, .. } = second((&before, &every_user()), (&after, &every_user())).await;
    assert_eq!((code, deleted, withheld), (5, 0, 1));
}

#[tokio::test]
async fn an_item_without_an_identifier_withholds_deletion() {
    let before = Recording::of(&["acme"]).users("acme", &[ADA, BOB]);
    let after = Recording::of(&["acme"]).users("acme", &[ADA, r#"{"day":"2026-10-04","user_id":9,"user_login":null}"#]);
    let mapping = mapping("entityDeletionThreshold: 1", &[&users("true", ".user_login")]);
    let Told { code, deleted, withheld, .. } = second((&before, &mapping), (&after, &mapping)).await;
    assert_eq!((code, deleted, withheld), (5, 0, 1));
}

#[tokio::test]
async fn a_selector_that_fails_withholds_its_own_blueprint_and_no_other() {
    let before = Recording::of(&["acme"]).users("acme", &[ADA, BOB]);
    let after = Recording::of(&["acme"]).users("acme", &[ADA]);
    let other = users(".user_login + 1 == 2", ".user_login").replace("githubCopilotUserUsage", "githubCopilotOrganizationUsage");
    let both = mapping("entityDeletionThreshold: 1", &[&users("true", ".user_login"), &other]);
    let alone = mapping("entityDeletionThreshold: 1", &[&users("true", ".user_login")]);
    let Told { code, deleted, .. } = second((&before, &alone), (&after, &both)).await;
    assert_eq!((code, deleted), (5, 1));
}

#[tokio::test]
async fn a_report_that_is_not_ready_is_no_failure_and_deletes_nothing() {
    let before = Recording::of(&["acme"]).users("acme", &[ADA, BOB]);
    let after = Recording::of(&["acme"]).rule("/orgs/acme/*", 204);
    let Told { code, deleted, withheld, .. } = second((&before, &every_user()), (&after, &every_user())).await;
    assert_eq!((code, deleted, withheld), (0, 0, 2));
}

#[tokio::test]
async fn an_unknown_kind_does_not_keep_the_others_from_running() {
    let recording = Recording::of(&["acme"]).users("acme", &[ADA]);
    let unknown = users("true", ".user_login").replace("user-usage-metrics", "deployments");
    let mapping = mapping("entityDeletionThreshold: 1", &[&unknown, &users("true", ".user_login")]);
    let world = World::new();
    let Told { code, created, .. } = told(&world.resync(recording.as_ref(), &mapping, &Silent).await);
    assert_eq!((code, created), (5, 1));
}

#[tokio::test]
async fn a_mapping_without_resources_deletes_nothing() {
    let recording = Recording::of(&["acme"]).users("acme", &[ADA]);
    let nothing = "entityDeletionThreshold: 1\nresources: []\n";
    let Told { deleted, withheld, .. } = second((&recording, &every_user()), (&recording, nothing)).await;
    assert_eq!((deleted, withheld), (0, 1));
}

#[tokio::test]
async fn what_did_not_change_is_not_sent_again_however_little_it_is() {
    let recording = Recording::of(&["acme"]).users("acme", &[ADA, BOB]);
    let world = World::new();
    world.resync(recording.as_ref(), &every_user(), &Silent).await;
    let again = world.resync(recording.as_ref(), &every_user(), &Silent).await;
    assert_eq!((again.changes(), again.resources[0].unchanged), (0, 2));
}

#[tokio::test]
async fn of_two_records_with_one_identifier_the_last_of_a_batch_stands_and_across_organizations_the_first() {
    let recording = Recording::of(&["acme", "beta"]).users("acme", &[ADA, ADA_LATER]).users("beta", &[ADA]);
    let mapping = mapping("entityDeletionThreshold: 1", &[&users("true", ".user_login")]);
    let world = World::new();
    let outcome = world.resync(recording.as_ref(), &mapping, &Silent).await;
    assert_eq!((outcome.resources[0].created, outcome.resources[0].duplicates.count), (1, 2));
    let ada = world.entity("githubCopilotUserUsage", "ada").await.unwrap();
    assert_eq!(ada["properties"]["code_generation_activity_count"], 2);
}

#[test]
fn every_test_that_the_document_names_exists() {
    fn collect(folder: &Path, text: &mut String) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                collect(&path, text);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                text.push_str(&fs::read_to_string(path).unwrap());
            }
        }
    }
    let mut code = String::new();
    for folder in ["src", "crates", "tests"] {
        collect(&support::repository(folder), &mut code);
    }
    let document = fs::read_to_string(support::repository("docs/differences-from-ocean.md")).unwrap();
    let rows: Vec<&str> = document.lines().filter(|line| line.starts_with("| ") && line.contains('`')).collect();
    for row in rows.iter().filter(|row| !row.starts_with("| Ocean |")) {
        let tests = row.trim_end_matches(" |").rsplit(" | ").next().unwrap();
        let names: Vec<&str> = tests.split('`').skip(1).step_by(2).collect();
        assert!(!names.is_empty(), "no test shows this: {row}");
        for name in names {
            let is_there =
                code.contains(&format!("fn {name}(")) || support::repository(&format!("tests/transcripts/{name}")).exists();
            assert!(is_there, "there is no test `{name}`");
        }
    }
}

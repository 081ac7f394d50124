//! Where we differ from Ocean on purpose, each difference shown: `docs/differences-from-ocean.md` gives the reasons.

mod names;

use crate::support;

use std::fs;
use std::path::Path;

use crate::support::World;
use pilotage::reconcile::deletion::WithheldReason;
use pilotage::reconcile::outcome::Outcome;
use pilotage::resync::observe::NoObserver;
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
    world.resync(first.0.as_ref(), first.1, &NoObserver).await;
    // What was written in the moment in which a run begins is not older than the run.
    tokio::time::pause();
    tokio::time::advance(std::time::Duration::from_secs(60)).await;
    // Mapping runs on threads of its own, for which paused time would not wait.
    tokio::time::resume();
    told(&world.resync(second.0.as_ref(), second.1, &NoObserver).await)
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
    let Told { code, created, .. } = told(&world.resync(recording.as_ref(), &mapping, &NoObserver).await);
    assert_eq!((code, created), (5, 1));
}

#[tokio::test]
async fn a_mapping_without_resources_deletes_nothing() {
    let recording = Recording::of(&["acme"]).users("acme", &[ADA]);
    let nothing = "entityDeletionThreshold: 1\nresources: []\n";
    let Told { deleted, withheld, .. } = second((&recording, &every_user()), (&recording, nothing)).await;
    assert_eq!((deleted, withheld), (0, 1));
}

/// The same resource, which never deletes.
fn never_deleting(resource: &str) -> String {
    resource.replace("{kind: user-usage-metrics,", "{kind: user-usage-metrics, enableDelete: false,")
}

#[tokio::test]
async fn what_a_resource_that_never_deletes_produced_stays_and_the_run_is_whole() {
    let before = Recording::of(&["acme"]).users("acme", &[ADA, BOB]);
    let after = Recording::of(&["acme"]).users("acme", &[ADA]);
    let all = "entityDeletionThreshold: 1";
    let one = users("true", ".user_login");
    let other = one.replace("githubCopilotUserUsage", "githubCopilotOrganizationUsage");
    let any = never_deleting(&one).replace("'\"githubCopilotUserUsage\"'", "'(\"githubCopilotUserUsage\" | .)'");
    let never = never_deleting(&one);
    // Resources of the second run, how many entities go then and how many stay: bob's two, and ada's of a blueprint that is gone.
    let table: &[(&[&str], u64, u64)] = &[
        (&[&one, &other], 2, 0),
        (&[&never, &other], 1, 1),
        (&[&never_deleting(&one), &never_deleting(&other)], 0, 2),
        // Two resources, one blueprint: nobody can tell whose entity it is.
        (&[&one, &never, &other], 1, 1),
        // A blueprint that is computed may be any.
        (&[&any, &other], 0, 2),
        // No resource produces the other blueprint any more: what never deletes may have, before it was renamed.
        (&[&never], 0, 3),
        (&[&one], 3, 0),
    ];
    for (resources, goes, stays) in table {
        let first = mapping(all, &[&one, &other]);
        let Told { code, deleted, withheld, .. } = second((&before, &first), (&after, &mapping(all, resources))).await;
        assert_eq!((code, deleted, withheld), (0, *goes, *stays), "{resources:#?}");
    }
}

#[tokio::test]
async fn what_is_never_deleted_does_not_go_along_with_what_it_depends_on() {
    let recording = Recording::of(&["acme"]).users("acme", &[ADA, BOB]);
    let world = World::new();
    let blueprint = |identifier: &str, relations: Value| {
        let blueprint = json!({"identifier": identifier, "schema": {"properties": {}, "required": []}, "relations": relations});
        serde_json::from_value(blueprint).unwrap()
    };
    let client = world.client();
    client.create_blueprint(&blueprint("person", json!({}))).await.unwrap();
    let person = json!({"person": {"target": "person", "required": false, "many": false}});
    client.create_blueprint(&blueprint("desk", person)).await.unwrap();
    let resource = |selector: &str, blueprint: &str, more: &str| {
        format!(
            "{{kind: user-usage-metrics, selector: {{query: '{selector}'}}, port: {{entity: {{mappings: {{identifier: .user_login, \
             blueprint: '\"{blueprint}\"'{more}}}}}}}}}"
        )
    };
    let desk = resource("true", "desk", ", relations: {person: .user_login}");
    let options = "entityDeletionThreshold: 1\ncreateMissingRelatedEntities: false";
    let both = mapping(options, &[&resource("true", "person", ""), &desk]);
    world.resync(recording.as_ref(), &both, &NoObserver).await;
    tokio::time::pause();
    tokio::time::advance(std::time::Duration::from_secs(60)).await;
    tokio::time::resume();
    let only_ada = mapping(options, &[&resource(r#".user_login == "ada""#, "person", ""), &never_deleting(&desk)]);
    let outcome = world.resync(recording.as_ref(), &only_ada, &NoObserver).await;
    assert!(world.entity("desk", "bob").await.is_some(), "{outcome:#?}");
    let person: Vec<_> = outcome.deletion.blueprints.iter().filter(|part| part.blueprint == "person").collect();
    let told: Vec<_> = person.iter().map(|part| (part.withheld(), part.reason.clone())).collect();
    assert_eq!(told, [(1, Some(WithheldReason::Dependents))], "who has a desk cannot go without it, and that is told");
    assert_eq!((outcome.deletion.refused.count, outcome.exit_code(false)), (0, 0), "it is a choice and no failure");
}

#[tokio::test]
async fn what_is_no_longer_mapped_goes_before_what_it_depends_on() {
    // By name one comes before what it depends on, and the other after it.
    for dependent in ["booking", "reservation"] {
        let recording = Recording::of(&["acme"]).users("acme", &[ADA, BOB]);
        let world = World::new();
        let client = world.client();
        let blueprint = |identifier: &str, relations: Value| {
            let blueprint =
                json!({"identifier": identifier, "schema": {"properties": {}, "required": []}, "relations": relations});
            serde_json::from_value(blueprint).unwrap()
        };
        client.create_blueprint(&blueprint("person", json!({}))).await.unwrap();
        let person = json!({"person": {"target": "person", "required": true, "many": false}});
        client.create_blueprint(&blueprint(dependent, person)).await.unwrap();
        let resource = |selector: &str, blueprint: &str, more: &str| {
            format!(
                "{{kind: user-usage-metrics, selector: {{query: '{selector}'}}, port: {{entity: {{mappings: {{identifier: .user_login, \
                 blueprint: '\"{blueprint}\"'{more}}}}}}}}}"
            )
        };
        let options = "entityDeletionThreshold: 1\ncreateMissingRelatedEntities: false";
        let all_of_them = resource("true", dependent, ", relations: {person: .user_login}");
        let both = mapping(options, &[&resource("true", "person", ""), &all_of_them]);
        world.resync(recording.as_ref(), &both, &NoObserver).await;
        assert!(world.entity(dependent, "bob").await.is_some());
        tokio::time::pause();
        tokio::time::advance(std::time::Duration::from_secs(60)).await;
        tokio::time::resume();
        let only_ada = mapping(options, &[&resource(r#".user_login == "ada""#, "person", "")]);
        let outcome = world.resync(recording.as_ref(), &only_ada, &NoObserver).await;
        let parts = outcome.deletion.blueprints.iter();
        let deleted: Vec<_> = parts.map(|part| (part.blueprint.as_str(), part.deleted, part.withheld())).collect();
        assert_eq!(deleted, [(dependent, 2, 0), ("person", 1, 0)], "{:#?}", outcome.deletion);
        assert_eq!((outcome.deletion.refused.count, outcome.exit_code(false)), (0, 0), "{:#?}", outcome.deletion);
    }
}

#[tokio::test]
async fn oceans_own_mapping_works_on_a_fresh_catalog() {
    let day = json!({"day": "2026-10-31", "daily_active_users": 4, "weekly_active_users": 5, "monthly_active_chat_users": 3,
        "monthly_active_agent_users": 2, "user_initiated_interaction_count": 9, "code_generation_activity_count": 8,
        "code_acceptance_activity_count": 6, "loc_suggested_to_add_sum": 70, "loc_added_sum": 60, "loc_suggested_to_delete_sum": 7,
        "loc_deleted_sum": 5, "pull_requests": {"total_created_by_copilot": 1, "total_reviewed_by_copilot": 2,
        "total_merged_created_by_copilot": 3, "total_copilot_applied_suggestions": 4}});
    let ada = r#"{"day":"2026-10-31","organization_id":"1","user_id":7,"user_login":"ada","used_agent":true,"used_chat":false,
        "loc_added_sum":3}"#;
    let recording = Recording::of(&["acme"]).users("acme", &[&ada.replace('\n', " ")]);
    let manifest = json!({"download_links": ["{{BASE}}/signed/organization.ndjson"],
        "report_start_day": "2026-10-04", "report_end_day": "2026-10-31"});
    recording.write("orgs/acme/copilot/metrics/reports/organization-28-day/latest.json", &manifest.to_string());
    recording.write("signed/organization.ndjson", &format!("{}\n", json!({"day_totals": [day]})));
    let world = World::new();
    let mapping = fs::read_to_string(support::repository("tests/ocean/mapping.yaml")).unwrap();
    let outcome = world.resync(recording.as_ref(), &mapping, &NoObserver).await;
    let Told { code, created, .. } = told(&outcome);
    assert_eq!((code, created), (0, 2), "{outcome:#?}");
    assert!(outcome.resources.iter().all(|resource| resource.refused.count == 0), "{outcome:#?}");
    let day = world.entity("githubCopilotOrganizationUsage", "acme@2026-10-31").await.unwrap();
    assert_eq!(day["properties"].as_object().unwrap().len(), 17, "{day:#}");
    assert_eq!(day["properties"]["prs_merged_by_copilot"], 3);
    let person = world.entity("githubCopilotUserUsage", "ada@acme@2026-10-31").await.unwrap();
    assert_eq!(person["properties"]["used_agent"], true);
    // The team's blueprint belongs to another integration, and is not made up here.
    let warned = outcome.warnings.iter().any(|warning| warning.contains("`githubTeam` does not exist"));
    assert!(warned, "{:?}", outcome.warnings);
    // Where it exists the relation is there.
    let world = World::new();
    let team =
        json!({"identifier": "githubTeam", "schema": {"properties": {"member_logins": {"type": "array"}}, "required": []}});
    world.client().create_blueprint(&serde_json::from_value(team).unwrap()).await.unwrap();
    world.resync(recording.as_ref(), &mapping, &NoObserver).await;
    let users = world.client().blueprint("githubCopilotUserUsage").await.unwrap().unwrap();
    assert_eq!(users.relation("github_team").unwrap().target, "githubTeam");
}

#[test]
fn oceans_own_mapping_has_no_error() {
    let mut validate = std::process::Command::new(env!("CARGO_BIN_EXE_pilotage"));
    let output = validate.arg("validate").arg(support::repository("tests/ocean/mapping.yaml")).env_clear().output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{said}");
    // The shipped mapping has its relation in a place where nothing reads it, which Ocean does not say.
    assert!(said.contains("misplaced-key") && !said.contains("error["), "{said}");
}

#[tokio::test]
async fn what_did_not_change_is_not_sent_again_however_little_it_is() {
    let recording = Recording::of(&["acme"]).users("acme", &[ADA, BOB]);
    let world = World::new();
    world.resync(recording.as_ref(), &every_user(), &NoObserver).await;
    let again = world.resync(recording.as_ref(), &every_user(), &NoObserver).await;
    assert_eq!((again.changes(), again.resources[0].unchanged), (0, 2));
}

#[tokio::test]
async fn of_two_records_with_one_identifier_the_last_of_a_batch_stands_and_across_organizations_the_first() {
    let recording = Recording::of(&["acme", "beta"]).users("acme", &[ADA, ADA_LATER]).users("beta", &[ADA]);
    let mapping = mapping("entityDeletionThreshold: 1", &[&users("true", ".user_login")]);
    let world = World::new();
    let outcome = world.resync(recording.as_ref(), &mapping, &NoObserver).await;
    assert_eq!((outcome.resources[0].created, outcome.resources[0].duplicates.count), (1, 2));
    let ada = world.entity("githubCopilotUserUsage", "ada").await.unwrap();
    assert_eq!(ada["properties"]["code_generation_activity_count"], 2);
}

#[test]
fn every_test_that_the_document_names_exists() {
    let code = names::code();
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

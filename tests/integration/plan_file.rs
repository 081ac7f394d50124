//! `plan --out` and `resync --plan`: what was reviewed is applied, or nothing is.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex};

use pilotage::door::http;
use pilotage::model::entity::{Entity, EntityKey};
use pilotage::reconcile::decision::Decision;
use pilotage::reconcile::deletion::WithheldReason;
use pilotage::reconcile::outcome::{Mode, Outcome};
use pilotage::resync::observe::{NoObserver, Observer};
use pilotage::resync::review::{PlannedChange, Reviewed};
use pilotage::simulator::{Simulator, SimulatorSource};
use pilotage::source::copilot::CopilotSource;
use serde_json::Value;
use tempfile::TempDir;

use crate::process::{Running, export, github, pilotage};
use crate::support::{GITHUB_URL, World, blueprints, repository};

/// A simulated GitHub whose answers can be changed, a data folder, and a mapping of its own.
struct Setup {
    folder: TempDir,
    _server: Running,
    url: String,
}

/// Exit code, and what went to stdout and stderr.
type Told = (i32, String, String);

impl Setup {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let (server, url) = github(folder.path(), "[]");
        fs::copy(repository("tests/worlds/copilot.yaml"), folder.path().join("copilot.yaml")).unwrap();
        Self { folder, _server: server, url }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Answers as on another day from now on.
    fn becomes(&self, world: &str) {
        let from = repository("tests/worlds").join(world).join(".");
        assert!(Command::new("cp").arg("-r").arg(from).arg(self.path("monday")).status().unwrap().success());
    }

    fn run(&self, line: &str) -> Told {
        let mut command = pilotage();
        command.current_dir(self.folder.path()).args(line.split_whitespace()).args(["--github-host", &self.url]);
        let output = command.env("PILOTAGE_DATA", self.path("data")).output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
    }

    fn plan(&self) -> Vec<Value> {
        let (code, _, stderr) = self.run("plan copilot.yaml --out plan.jsonl");
        assert_eq!(code, 0, "{stderr}");
        assert!(stderr.contains("`pilotage resync --plan plan.jsonl` applies exactly those"), "{stderr}");
        let text = fs::read_to_string(self.path("plan.jsonl")).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    fn entities(&self) -> Vec<Value> {
        export(&self.path("data"))
    }

    /// Applies the plan, which must be refused with that exit code and leave the catalog as it is.
    fn refused(&self, flags: &str, expected: i32) -> String {
        let before = if self.path("data").exists() { self.entities() } else { Vec::new() };
        let (code, stdout, stderr) = self.run(&format!("resync --plan plan.jsonl {flags}"));
        assert_eq!((code, stdout.as_str()), (expected, ""), "{stderr}");
        assert!(stderr.contains("nothing was written") || expected == 2, "{stderr}");
        let after = if self.path("data").exists() { self.entities() } else { Vec::new() };
        assert_eq!(after, before, "{stderr}");
        stderr
    }
}

fn actions(lines: &[Value]) -> Vec<String> {
    let changes = lines.iter().filter(|line| line.get("action").is_some());
    changes.map(|line| format!("{} {}", line["action"].as_str().unwrap(), line["identifier"].as_str().unwrap())).collect()
}

#[test]
fn a_plan_of_a_world_that_stays_is_applied_and_leaves_nothing_to_do() {
    let setup = Setup::new();
    let first = setup.plan();
    assert!(!setup.path("data/catalog.sqlite").exists(), "a plan writes nothing");
    assert_eq!(actions(&first).len(), 6);
    assert_eq!(first[0]["mapping"]["file"], "copilot.yaml");
    assert_eq!(first.last().unwrap()["end"]["blueprints"][0], "githubCopilotOrganizationUsage");
    assert_eq!(fs::metadata(setup.path("plan.jsonl")).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(!fs::read_to_string(setup.path("plan.jsonl")).unwrap().contains("daily_active_users\":"), "it has no values");
    let (code, stdout, stderr) = setup.run("resync --plan plan.jsonl");
    assert!(code == 0 && stdout.contains("resync done: 6 created"), "{stdout}{stderr}");

    // The next day, with an update, two creations and two deletions.
    setup.becomes("tuesday");
    let second = setup.plan();
    let expected = [
        "update acme@2026-10-31",
        "create acme@2026-11-01",
        "create beta@2026-11-01",
        "delete acme@2026-10-04",
        "delete beta@2026-10-04",
    ];
    assert_eq!(actions(&second), expected);
    assert_eq!(second[1]["fields"].as_array().unwrap().len(), 2);
    let (code, stdout, stderr) = setup.run("resync --plan plan.jsonl");
    assert!(code == 0 && stdout.contains("resync done: 2 created, 1 updated, 2 deleted"), "{stdout}{stderr}");
    let (code, stdout, _) = setup.run("plan copilot.yaml --exit-code");
    assert!(code == 0 && stdout.contains("no changes"), "{stdout}");
    // The same as without a plan.
    let other = Setup::new();
    for world in ["monday", "tuesday"] {
        other.becomes(world);
        assert_eq!(other.run("resync --mapping copilot.yaml").0, 0);
    }
    assert_eq!(setup.entities(), other.entities());
    // Applied twice, it is of a world that is no more.
    let told = setup.refused("", 1);
    assert!(
        told.contains("create acme@2026-11-01") || told.contains("acme@2026-11-01: create is no longer to be done"),
        "{told}"
    );
}

#[test]
fn a_world_that_has_moved_is_left_as_it_is() {
    let setup = Setup::new();
    setup.plan();
    // GitHub has other days by now.
    setup.becomes("tuesday");
    let told = setup.refused("", 1);
    assert!(told.contains("acme@2026-11-01: create, which the plan does not have"), "{told}");
    assert!(told.contains("acme@2026-10-31: other values than planned would be sent"), "{told}");
    assert!(told.contains("acme@2026-10-04: create is no longer to be done"), "{told}");
    assert!(told.contains("help: make a new plan"), "{told}");

    // Somebody else writes to the catalog between plan and resync.
    setup.becomes("monday");
    assert_eq!(setup.run("resync --mapping copilot.yaml").0, 0);
    setup.becomes("tuesday");
    setup.plan();
    fs::write(setup.path("other.yaml"), changed_mapping("+ 1000")).unwrap();
    assert_eq!(setup.run("resync --mapping other.yaml --deletion-threshold 0").0, 0);
    let told = setup.refused("", 1);
    assert!(told.contains("acme@2026-10-31: the catalog holds other values than were planned for"), "{told}");
    assert!(told.contains("acme@2026-11-01: update, and the plan has: create"), "{told}");

    // What was planned to go has changed meanwhile, and would be deleted by a resync without a plan.
    let setup = Setup::new();
    assert_eq!(setup.run("resync --mapping copilot.yaml").0, 0);
    setup.becomes("tuesday");
    setup.plan();
    setup.becomes("monday");
    assert_eq!(setup.run(&format!("resync --mapping {}", other_mapping(&setup))).0, 0);
    setup.becomes("tuesday");
    let told = setup.refused("", 1);
    assert!(told.contains("acme@2026-10-04: delete is no longer to be done"), "{told}");
}

fn changed_mapping(more: &str) -> String {
    let text = fs::read_to_string(repository("tests/worlds/copilot.yaml")).unwrap();
    text.replace("daily_active_users: .daily_active_users", &format!("daily_active_users: .daily_active_users {more}"))
}

fn other_mapping(setup: &Setup) -> &'static str {
    fs::write(setup.path("more.yaml"), changed_mapping("+ 5")).unwrap();
    "more.yaml"
}

#[test]
fn a_plan_is_applied_where_it_belongs_and_nowhere_else() {
    let setup = Setup::new();
    setup.plan();
    assert!(
        setup.refused("--identifier another", 2).contains("it is for another integration: for my-github-copilot-integration")
    );
    assert!(setup.refused("--data elsewhere", 2).contains("it is for another catalog: for the embedded catalog in "));
    fs::write(setup.path("copilot.yaml"), changed_mapping("+ 1")).unwrap();
    assert!(setup.refused("", 2).contains("another content of the mapping"));
    // A comment makes no difference.
    let text = fs::read_to_string(repository("tests/worlds/copilot.yaml")).unwrap();
    fs::write(setup.path("copilot.yaml"), format!("# reviewed\n{text}")).unwrap();
    let whole = fs::read(setup.path("plan.jsonl")).unwrap();
    fs::write(setup.path("plan.jsonl"), &whole[..whole.len() / 2]).unwrap();
    assert!(setup.refused("", 2).contains("it is damaged"));
    fs::write(setup.path("plan.jsonl"), &whole).unwrap();
    for flags in ["--only organization-usage-metrics", "--org acme", "--confirm", "--deletion-threshold 1", "--input x"] {
        assert!(setup.refused(flags, 2).contains("cannot be used with"), "{flags}");
    }
    assert_eq!(setup.run("resync --plan plan.jsonl").0, 0);
}

#[test]
fn the_choices_of_a_plan_hold_when_it_is_applied_and_what_was_not_read_is_not_told() {
    let setup = Setup::new();
    assert_eq!(setup.run("resync --mapping copilot.yaml").0, 0);
    setup.becomes("tuesday");
    let (code, stdout, stderr) = setup.run("plan copilot.yaml --org acme --out plan.jsonl");
    assert!(code == 0 && stdout.contains("plan: 1 to create, 1 to update, 1 unchanged\n"), "{stdout}{stderr}");
    let (code, stdout, stderr) = setup.run("resync --plan plan.jsonl");
    assert!(code == 0 && stdout.contains("resync done: 1 created, 1 updated\n"), "{stdout}{stderr}");
    assert_eq!(setup.entities().len(), 7);
}

#[test]
fn what_the_catalog_will_refuse_is_said_in_the_plan_and_not_written_by_it() {
    let setup = Setup::new();
    let text = fs::read_to_string(repository("tests/worlds/copilot.yaml")).unwrap();
    let faulty = text.replace(
        ".__organization.login + \"@\" + .day\n          title",
        "(if .__organization.login == \"beta\" then \"beta#\" else \"acme@\" end) + .day\n          title",
    );
    assert_ne!(faulty, text);
    // The blueprint must be there to be read.
    assert_eq!(setup.run("resync --mapping copilot.yaml --org acme").0, 0);
    setup.becomes("tuesday");
    fs::write(setup.path("copilot.yaml"), faulty).unwrap();
    let (code, stdout, stderr) = setup.run("plan copilot.yaml --org acme,beta --out plan.jsonl");
    assert_eq!(code, 5, "{stdout}{stderr}");
    assert!(stdout.contains("3 that the catalog will refuse"), "{stdout}");
    assert!(stderr.contains("error: the catalog will refuse 3 entities"), "{stderr}");
    assert!(stderr.contains("beta#2026-10-05: \"identifier\" must NOT have the character '#'"), "{stderr}");
    let (code, stdout, _) = setup.run("resync --plan plan.jsonl");
    assert!(code == 5 && stdout.contains("1 created, 1 updated, 3 refused"), "{stdout}");
    // The catalog agrees.
    let (code, stdout, stderr) = setup.run("resync --mapping copilot.yaml --org acme,beta");
    assert!(code == 5 && stdout.contains("3 refused"), "{stdout}{stderr}");
}

#[test]
fn a_plan_file_that_cannot_be_written_is_told_before_anything_is_read() {
    let setup = Setup::new();
    let (code, stdout, stderr) = setup.run("plan copilot.yaml --out no/such/folder/plan.jsonl");
    assert_eq!((code, stdout.as_str()), (1, ""), "{stderr}");
    assert!(stderr.contains("cannot write the plan file `no/such/folder/plan.jsonl`"), "{stderr}");
    assert!(!Path::new(&setup.path("plan.jsonl")).exists());
}

/// What a plan says, as the run keeps it that applies it.
#[derive(Default)]
struct Review(Mutex<Reviewed>);

impl Observer for Review {
    fn blueprint_missing(&self, blueprint: &str) {
        self.0.lock().unwrap().blueprints.insert(blueprint.to_owned());
    }

    fn compared(&self, entity: &Entity, decision: &Decision) {
        if let Some(change) = PlannedChange::of(entity, decision) {
            self.0.lock().unwrap().changes.insert(change.fingerprint());
        }
    }

    fn decided(&self, key: &EntityKey, decision: &Decision) {
        if matches!(decision, Decision::Delete(_)) {
            self.0.lock().unwrap().changes.insert(PlannedChange::deletion(key).fingerprint());
        }
    }
}

/// A run over a recorded world.
async fn run(world: &World, recorded: &str, observer: &dyn Observer, mode: Mode, reviewed: Option<Reviewed>) -> Outcome {
    let recording = SimulatorSource::Replay(repository("tests/worlds").join(recorded));
    let simulator = Simulator::new(recording, GITHUB_URL).unwrap();
    let github = world.github(http::in_memory(simulator.api_router()), http::in_memory(simulator.signed_router()));
    let mapping = fs::read_to_string(repository("tests/worlds/copilot.yaml")).unwrap();
    let sources = vec![Arc::new(CopilotSource::of(github)) as _];
    world.run(sources, blueprints(), &mapping, observer, (mode, reviewed.map(Arc::new))).await.unwrap()
}

async fn review(world: &World, recorded: &str) -> Reviewed {
    let review = Review::default();
    run(world, recorded, &review, Mode::Plan, None).await;
    Reviewed { began: "2026-11-02T00:00:00Z".parse().unwrap(), ..review.0.into_inner().unwrap() }
}

#[tokio::test]
async fn what_moves_after_the_comparison_is_neither_sent_nor_deleted() {
    // The plan is of Monday, and GitHub answers as on Tuesday once it is applied.
    let world = World::new();
    let reviewed = review(&world, "monday").await;
    let outcome = run(&world, "tuesday", &NoObserver, Mode::Resync, Some(reviewed)).await;
    assert_eq!(world.owned().await, ["acme@2026-10-05", "beta@2026-10-05", "beta@2026-10-31"]);
    let refused = &outcome.resources[0].refused;
    assert_eq!((outcome.resources[0].created, refused.count, outcome.exit_code(false)), (3, 3, 5));
    assert!(refused.first[0].reason.starts_with("not sent: the plan"), "{refused:?}");

    // Nothing was planned to go.
    let world = World::new();
    run(&world, "monday", &NoObserver, Mode::Resync, None).await;
    let reviewed = Reviewed { began: "2026-11-02T00:00:00Z".parse().unwrap(), ..Reviewed::default() };
    let before = world.owned().await;
    let outcome = run(&world, "tuesday", &NoObserver, Mode::Resync, Some(reviewed)).await;
    assert_eq!((world.owned().await, outcome.changes()), (before, 0));
    assert!(
        outcome.deletion.blueprints.iter().all(|deletion| deletion.reason == Some(WithheldReason::NotReviewed)),
        "{outcome:?}"
    );
    assert_eq!(outcome.deletion.blueprints.len(), 1);

    // No blueprint was planned to be created.
    let world = World::new();
    run(&world, "monday", &NoObserver, Mode::Resync, Some(Reviewed::default())).await;
    assert!(world.client().blueprint("githubCopilotOrganizationUsage").await.unwrap().is_none());

    // All that was planned is done.
    let world = World::new();
    run(&world, "monday", &NoObserver, Mode::Resync, None).await;
    let reviewed = review(&world, "tuesday").await;
    let outcome = run(&world, "tuesday", &NoObserver, Mode::Resync, Some(reviewed)).await;
    assert_eq!((outcome.exit_code(false), outcome.changes()), (0, 5));
    assert_eq!(run(&world, "tuesday", &NoObserver, Mode::Plan, None).await.changes(), 0);
}

//! What a plan file has, and what is wrong with one.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::*;
use crate::model::entity::{Entity, EntityKey};
use crate::model::fields::Fields;
use crate::reconcile::change::FieldChange;
use crate::reconcile::decision::{Decision, DeletionReason};
use crate::reconcile::deletion::WithheldReason;
use crate::resync::observe::Observer;

fn head() -> PlanHead {
    let place = PlanPlace {
        catalog: "the catalog at http://one.test".into(),
        organization: Some("org_1".into()),
        integration: "mine".into(),
        source: "https://api.github.com".into(),
    };
    PlanHead {
        pilotage_plan: FORMAT,
        program: "0.1.0".into(),
        began: "2026-11-01T06:00:00Z".parse().unwrap(),
        place,
        mapping: PlanMapping { name: "mapping: copilot.yaml".into(), file: Some("copilot.yaml".into()), sha256: "aa".into() },
        choices: PlanChoices { org: vec!["acme".into()], ..PlanChoices::default() },
    }
}

fn entity(identifier: &str, value: u64) -> Entity {
    Entity {
        identifier: json!(identifier),
        blueprint: "b".into(),
        title: None,
        icon: None,
        team: None,
        properties: Some(Fields::from_iter([("value".to_owned(), json!(value))])),
        relations: None,
    }
}

fn update(current: u64, desired: u64) -> Decision {
    Decision::Update(vec![FieldChange { field: "properties.value".into(), current: json!(current), desired: json!(desired) }])
}

/// Tells an observer of a run: an entity that is compared, or a key that is only decided about.
enum Step {
    Entity(Box<Entity>, Decision),
    Key(&'static str, Decision),
    Blueprint(&'static str),
}

fn tell(observer: &dyn Observer, steps: &[Step]) {
    for step in steps {
        match step {
            Step::Entity(entity, decision) => {
                observer.compared(entity, decision);
                observer.decided(&entity.key(), decision);
            }
            Step::Key(identifier, decision) => {
                observer.decided(&EntityKey { blueprint: "b".into(), identifier: (*identifier).into() }, decision);
            }
            Step::Blueprint(blueprint) => observer.blueprint_missing(blueprint),
        }
    }
}

const DELETED: Decision = Decision::Delete(DeletionReason::Undesired);

fn steps() -> Vec<Step> {
    vec![
        Step::Blueprint("b"),
        Step::Entity(Box::new(entity("new", 1)), Decision::Create),
        Step::Entity(Box::new(entity("same", 1)), Decision::Unchanged),
        Step::Entity(Box::new(entity("other", 2)), update(1, 2)),
        Step::Entity(Box::new(entity("searched", 2)), Decision::Sent),
        Step::Key("gone", DELETED),
        Step::Key("kept", Decision::Withheld(WithheldReason::Dependents)),
    ]
}

fn written(folder: &TempDir, steps: &[Step]) -> std::path::PathBuf {
    let path = folder.path().join("plan.jsonl");
    let writer = PlanFileWriter::new(&path, &head()).unwrap();
    tell(&writer, steps);
    writer.finish().unwrap();
    path
}

fn compared(file: &PlanFile, steps: &[Step]) -> Result<(), String> {
    let comparison = Comparison::new(file).unwrap();
    tell(&comparison, steps);
    comparison.check().map_err(|failure| failure.to_string())
}

#[test]
fn a_plan_file_has_every_change_and_no_value_and_is_its_owners_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = written(&folder, &steps());
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(!folder.path().join("plan.jsonl.partial").exists());
    let text = fs::read_to_string(&path).unwrap();
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let actions: Vec<_> =
        lines[1..5].iter().map(|line| (line["action"].as_str().unwrap(), line["identifier"].as_str().unwrap())).collect();
    assert_eq!(actions, [("create", "new"), ("update", "other"), ("send", "searched"), ("delete", "gone")]);
    assert_eq!(lines[2]["fields"], json!(["properties.value"]));
    assert_eq!(lines[5]["end"]["changes"], 4);
    assert_eq!(lines[5]["end"]["withheld"], 1);
    assert_eq!(lines[5]["end"]["blueprints"], json!(["b"]));
    let file = PlanFile::open(&path).unwrap();
    assert_eq!((file.head.clone(), file.end.changes), (head(), 4));
    assert_eq!(compared(&file, &steps()), Ok(()));
}

#[test]
fn a_plan_that_does_not_come_to_its_end_leaves_the_file_that_was_there() {
    let folder = tempfile::tempdir().unwrap();
    let path = written(&folder, &steps());
    let before = fs::read(&path).unwrap();
    let writer = PlanFileWriter::new(&path, &head()).unwrap();
    tell(&writer, &steps()[..2]);
    drop(writer);
    assert_eq!(fs::read(&path).unwrap(), before);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    assert!(PlanFileWriter::new(&folder.path().join("no/plan.jsonl"), &head()).is_err());
}

#[test]
fn a_world_that_has_moved_is_told_with_what_moved() {
    let folder = tempfile::tempdir().unwrap();
    let file = PlanFile::open(&written(&folder, &steps())).unwrap();
    let without = |number: usize| steps().into_iter().enumerate().filter(|(at, _)| *at != number).map(|(_, step)| step).collect();
    let with = |number: usize, step: Step| {
        let mut all: Vec<Step> = without(number);
        all.insert(number, step);
        all
    };
    let cases: Vec<(Vec<Step>, &str)> = vec![
        (without(1), "b/new: create is no longer to be done"),
        (without(5), "b/gone: delete is no longer to be done"),
        (with(1, Step::Entity(Box::new(entity("new", 5)), Decision::Create)), "b/new: other values than planned would be sent"),
        (
            with(3, Step::Entity(Box::new(entity("other", 2)), update(7, 2))),
            "b/other: the catalog holds other values than were planned for",
        ),
        (with(3, Step::Entity(Box::new(entity("other", 2)), Decision::Create)), "b/other: create, and the plan has: update"),
        (with(2, Step::Entity(Box::new(entity("same", 1)), update(7, 1))), "b/same: update, which the plan does not have"),
        (with(6, Step::Key("kept", DELETED)), "b/kept: delete, which the plan does not have"),
        (without(0), "blueprint `b` is there already"),
        (with(6, Step::Blueprint("c")), "blueprint `c` would be created, and the plan does not create it"),
        // The catalog may find any entity for one that is searched, so the same one can come several times.
        (with(6, Step::Entity(Box::new(entity("searched", 2)), Decision::Sent)), "5 changes now, 4 in the plan"),
    ];
    for (steps, expected) in cases {
        let failure = compared(&file, &steps).unwrap_err();
        assert!(failure.contains(expected), "{expected}: {failure}");
        assert!(failure.contains("nothing was written"), "{failure}");
    }
}

#[test]
fn many_differences_are_counted_and_a_few_are_listed() {
    let folder = tempfile::tempdir().unwrap();
    let file = PlanFile::open(&written(&folder, &[])).unwrap();
    let names: Vec<Step> =
        (0..1000).map(|number| Step::Entity(Box::new(entity(&number.to_string(), 1)), Decision::Create)).collect();
    let failure = compared(&file, &names).unwrap_err();
    assert_eq!(failure.matches("which the plan does not have").count(), 10, "{failure}");
    assert!(failure.contains("and 990 more"), "{failure}");
}

fn refused(path: &Path) -> String {
    let failure = PlanFile::open(path).unwrap_err();
    assert_eq!(failure.code, 2);
    failure.to_string()
}

#[test]
fn a_file_that_is_damaged_foreign_or_newer_is_refused_with_the_reason() {
    let folder = tempfile::tempdir().unwrap();
    let whole = fs::read_to_string(written(&folder, &steps())).unwrap();
    let lines: Vec<&str> = whole.lines().collect();
    let joined = |lines: &[&str]| lines.iter().map(|line| format!("{line}\n")).collect::<String>();
    let cases = [
        (String::new(), "it is empty"),
        ("{}\n".to_owned(), "its first line is not that of a plan file"),
        ("resources: []\n".to_owned(), "its first line is not that of a plan file"),
        ("\u{0}".to_owned(), "its first line is not that of a plan file"),
        ("{\"create\":1}".to_owned(), "its first line is not that of a plan file"),
        (
            whole.replace("\"pilotage_plan\":1", "\"pilotage_plan\":2"),
            "it has the format 2, and this version of pilotage reads format 1",
        ),
        (whole.replace("\"program\"", "\"programme\""), "it is damaged: line 1"),
        (joined(&lines[..1]), "its end is missing"),
        (joined(&lines[..lines.len() - 1]), "its end is missing"),
        (whole[..whole.len() - 10].to_owned(), "is cut off"),
        (whole.trim_end().to_owned(), "is cut off"),
        (joined(&[&lines[..2], &lines[3..]].concat()), "its lines are not those that were written"),
        (whole.replace("\"other\"", "\"another\""), "its lines are not those that were written"),
        (whole.replace("org_1", "org_2"), "its lines are not those that were written"),
        (whole.replace("\"action\":\"send\"", "\"action\":\"drop\""), "line 4 is neither a change nor the end"),
        (format!("{whole}{}\n", lines[1]), "line 7 comes after the end"),
    ];
    for (text, expected) in cases {
        let path = folder.path().join("case");
        fs::write(&path, text).unwrap();
        let failure = refused(&path);
        assert!(failure.contains(expected), "{expected}: {failure}");
    }
    assert!(refused(&folder.path().join("nothing")).contains("cannot read the plan file"));
    assert!(refused(folder.path()).contains("cannot read the plan file"));
}

#[test]
fn a_plan_is_for_one_catalog_integration_source_and_mapping() {
    type Change = fn(&mut PlanHead);
    let cases: [(Change, &str); 5] = [
        (
            |head| head.place.catalog = "the catalog at http://two.test".into(),
            "another catalog: for the catalog at http://one.test",
        ),
        (
            |head| head.place.organization = Some("org_2".into()),
            "another organization of the catalog: for org_1, and this run has org_2",
        ),
        (|head| head.place.integration = "yours".into(), "another integration: for mine"),
        (|head| head.place.source = "https://ghe.test".into(), "another source: for https://api.github.com"),
        (|head| head.mapping.sha256 = "bb".into(), "another content of the mapping (mapping: copilot.yaml)"),
    ];
    assert_eq!(head().difference(&head()), None);
    for (change, expected) in cases {
        let mut now = head();
        change(&mut now);
        let difference = head().difference(&now).unwrap();
        assert!(difference.contains(expected), "{difference}");
    }
    // The name of a file and the version of the program make no difference.
    let mut now = head();
    now.mapping.name = "mapping: moved.yaml".into();
    now.program = "0.2.0".into();
    assert_eq!(head().difference(&now), None);
}

#[test]
fn the_choices_of_a_plan_hold_again_and_the_rest_is_said_anew() {
    let said = ScopeFlags { mapping: Some("moved.yaml".into()), ..ScopeFlags::default() };
    let flags = head().choices.flags(&head().mapping, &said);
    assert_eq!((flags.org, flags.mapping), (vec!["acme".to_owned()], Some("moved.yaml".into())));
    let flags = head().choices.flags(&head().mapping, &ScopeFlags::default());
    assert_eq!(flags.mapping, Some("copilot.yaml".into()));
    assert_eq!(PlanChoices::of(&flags), head().choices);
}

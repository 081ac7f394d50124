//! Plans in their forms.

use super::*;
use crate::reconcile::decision::DeletionReason;
use crate::reconcile::deletion::WithheldReason;
use crate::reconcile::outcome::{DeletionOutcome, Mode, ResourceOutcome};
use crate::reconcile::window::Window;

fn key(blueprint: &str, identifier: &str) -> EntityKey {
    EntityKey { blueprint: blueprint.into(), identifier: identifier.into() }
}

fn update() -> Decision {
    Decision::Update(vec![FieldChange { field: "properties.users".into(), current: json!(12), desired: json!(13) }])
}

fn all() -> Vec<PlanAction> {
    vec![PlanAction::Create, PlanAction::Update, PlanAction::Delete, PlanAction::Withheld, PlanAction::Unchanged]
}

fn outcome(created: u64) -> Outcome {
    Outcome {
        mode: Mode::Plan,
        aborted: false,
        resources: vec![ResourceOutcome { created, unchanged: 1234, ..ResourceOutcome::default() }],
        slices: Vec::new(),
        deletion: DeletionOutcome::default(),
        warnings: Vec::new(),
        broken_expressions: Vec::new(),
        seconds: 0.0,
    }
}

#[test]
fn a_blueprint_and_a_reason_are_said_once() {
    let mut plan = PlanWriter::new(PlanOutput::Text, all(), 0);
    let left = || Decision::Delete(DeletionReason::LeftWindow(Window { first: "2026-10-04".parse().unwrap(), days: 28 }));
    let decisions = [
        ("a", "1", Decision::Create),
        ("a", "2", update()),
        ("a", "3", Decision::Sent),
        ("b", "4", Decision::Withheld(WithheldReason::Restricted)),
        ("b", "5", Decision::Withheld(WithheldReason::Restricted)),
        ("b", "6@2026-10-02", left()),
        ("b", "6@2026-10-03", left()),
        ("b", "7", Decision::Delete(DeletionReason::Undesired)),
    ];
    let text: String =
        decisions.iter().map(|(blueprint, name, decision)| plan.decision(&key(blueprint, name), decision)).collect();
    let expected = "\
a
  + 1
  ~ 2
      users: 12 → 13
  ~ 3
      sent without a comparison: only the catalog can find the entity that is meant

b
  ! 4
      withheld: only part of the mapping was run (--only, --org)
  ! 5
  - 6@2026-10-02
      its day is before the 28-day window, which begins 2026-10-04
  - 6@2026-10-03
  - 7
      no longer in the data that was read
";
    assert_eq!(text, expected);
}

#[test]
fn what_is_beyond_the_limit_is_counted() {
    let mut plan = PlanWriter::new(PlanOutput::Text, vec![PlanAction::Create], 1);
    assert_eq!(plan.decision(&key("a", "1"), &Decision::Create), "a\n  + 1\n");
    assert_eq!(plan.decision(&key("a", "2"), &Decision::Create), "");
    assert_eq!(plan.decision(&key("a", "3"), &Decision::Unchanged), "");
    assert_eq!(plan.closing(&outcome(2)), "… and 1 more (--limit 0 lists all)\n\nplan: 2 to create, 1,234 unchanged\n");
}

#[test]
fn a_plan_without_changes_says_so() {
    let plan = PlanWriter::new(PlanOutput::Text, all(), 0);
    assert_eq!(plan.closing(&outcome(0)), "plan: no changes, 1,234 unchanged\n");
}

#[test]
fn a_line_of_json_says_it_all_and_the_summary_comes_last() {
    let mut plan = PlanWriter::new(PlanOutput::Json, all(), 1);
    let line = plan.decision(&key("a", "2"), &update());
    let expected = json!({
        "blueprint": "a", "identifier": "2", "action": "update",
        "changes": [{ "field": "properties.users", "current": 12, "desired": 13 }],
    });
    assert_eq!(serde_json::from_str::<Value>(&line).unwrap(), expected);
    assert_eq!(plan.decision(&key("a", "3"), &update()), "");
    let last: Value = serde_json::from_str(&plan.closing(&outcome(1))).unwrap();
    let expected = json!({
        "create": 1, "update": 0, "send": 0, "delete": 0, "withheld": 0, "unchanged": 1234, "refused": 0,
        "listed": 1, "not_listed": 1, "complete": true,
    });
    assert_eq!(last["summary"], expected);
    assert_eq!(last["outcome"]["mode"], "plan");
}

#[test]
fn markdown_fits_a_comment_whatever_the_changes_hold() {
    let mut plan = PlanWriter::new(PlanOutput::Markdown, all(), 0);
    let long = "x".repeat(500);
    for number in 0..10_000 {
        assert_eq!(plan.decision(&key("b", &format!("```\n\u{1b}[31m{number}{long}")), &update()), "");
    }
    let mut outcome = outcome(10_000);
    outcome.warnings = vec!["```\nwarned".repeat(1000); 100];
    let comment = plan.closing(&outcome);
    assert!(comment.chars().count() < 65_536 && comment.len() < 65_536, "{}", comment.len());
    assert!(comment.starts_with("### Pilotage plan\n\n10,000 to create, 1,234 unchanged\n"), "{}", &comment[..200]);
    assert!(comment.contains("… and 9,9"), "what does not fit is counted");
    let fences = comment.lines().filter(|line| line.trim_start().starts_with("```")).count();
    assert_eq!(fences, 4);
    assert!(!comment.contains('\u{1b}'));
}

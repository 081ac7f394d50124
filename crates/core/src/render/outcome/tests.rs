use super::*;
use crate::reconcile::outcome::{DeletionOutcome, NullCount};

fn slice(resource: usize, kind: &str, end: SliceEnd) -> Slice {
    Slice::new(resource, kind, "", end)
}

fn not_ready(reason: &str) -> SliceEnd {
    SliceEnd::NotReady { reason: reason.to_owned() }
}

fn outcome(resources: Vec<ResourceOutcome>, slices: Vec<Slice>) -> Outcome {
    Outcome {
        mode: Mode::Resync,
        aborted: false,
        resources,
        slices,
        deletion: DeletionOutcome::default(),
        warnings: Vec::new(),
        broken_expressions: Vec::new(),
        seconds: 0.0,
    }
}

#[test]
fn nulls_are_told_only_with_a_remark() {
    let null = |remark: Option<&str>| NullCount {
        count: 9,
        reason: "the expression gives null".to_owned(),
        remark: remark.map(str::to_owned),
        ..NullCount::default()
    };
    let nulls = [
        ("properties.pending".to_owned(), null(None)),
        ("properties.lines".to_owned(), null(Some("it fails for all 9: jq error: x"))),
    ];
    let resource = |nulls: Vec<(String, NullCount)>| ResourceOutcome {
        kind: "k".to_owned(),
        nulls: nulls.into_iter().collect(),
        ..ResourceOutcome::default()
    };
    assert_eq!(problems(&outcome(vec![resource(nulls[..1].to_vec())], Vec::new())), "");
    let told = problems(&outcome(vec![resource(nulls.to_vec())], Vec::new()));
    let expected = "
note: k (resources[0]) has no value for these expressions
  properties.lines: it fails for all 9: jq error: x
  help: `pilotage validate` names the place; null because GitHub has no value is not told
";
    assert_eq!(told, expected);
}

#[test]
fn what_is_the_same_of_several_kinds_is_told_once_and_errors_come_first() {
    let unnamed = || not_ready("no enterprise is named in the settings");
    let slices = vec![
        slice(0, "a", unnamed()),
        slice(1, "b", unnamed()),
        slice(2, "b", unnamed()),
        slice(3, "c", SliceEnd::Failed { reason: "refused".to_owned(), remedy: "ask".to_owned() }),
        slice(4, "d", not_ready("only chosen days were read; entities of other days stay as they are")),
    ];
    let expected = "
error: c was not read completely: 1 of 1 scopes failed
  refused
  help: ask

note: a, b were not read completely: 1 of 1 scopes not ready
  no enterprise is named in the settings
";
    assert_eq!(problems(&outcome(Vec::new(), slices)), expected);
}

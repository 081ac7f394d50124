//! Tests of every renderer against texts that try to move the cursor, hide text, forge a line, or run a workflow command.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::mapping::case::{CaseResult, Difference};
use crate::mapping::evaluate::{Cause, MappedBatch, Nulls, Rejected};
use crate::mapping::explain::{End, Explained, Explanation, WhyNull};
use crate::mapping::finding::{Excerpt, Finding, Location};
use crate::model::diagnosis::{
    Check, CheckResult, CheckedServer, Diagnosis, DiagnosisResult, ErrorName, Fact, MissingRequirement, Problem,
};
use crate::model::entity::EntityKey;
use crate::model::escape;
use crate::model::reclaim::{ReclaimList, ReclaimRules};
use crate::model::seat::{Seat, SeatChange, SeatPlan, SeatVerb, Seats};
use crate::model::slice::{Slice, SliceEnd};
use crate::reconcile::change::FieldChange;
use crate::reconcile::decision::Decision;
use crate::reconcile::outcome::{DeletionOutcome, Examples, Mode, NullCount, Outcome, RefusedEntity, ResourceOutcome};
use crate::render::plan::{PlanAction, PlanOutput, PlanWriter};

/// Texts in which hostile characters are frequent.
fn foreign() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        any::<char>().prop_map(String::from),
        (0_u32..0xa0).prop_filter_map("a character", char::from_u32).prop_map(String::from),
        prop::sample::select(vec![
            "\n::add-path::/tmp",
            "::stop-commands::x",
            "##[add-path]/tmp",
            "\u{202e}",
            "\u{2066}",
            "\u{200b}",
            "\u{2028}",
            "\u{9b}31m",
            "\u{1b}]0;title\u{7}",
            "```",
            "\r",
            "plain",
        ])
        .prop_map(str::to_owned),
    ];
    prop::collection::vec(piece, 1..8).prop_map(|pieces| pieces.concat())
}

fn key(text: &str) -> EntityKey {
    EntityKey { blueprint: text.to_owned(), identifier: text.to_owned() }
}

fn named<T>(one: T) -> Examples<T> {
    Examples { count: 1, first: vec![one] }
}

fn outcome(mode: Mode, text: &str) -> Outcome {
    let refusal = || RefusedEntity { entity: key(text), reason: text.to_owned() };
    let slice = |end| Slice::new(0, text, text, end);
    let (reason, remedy) = (text.to_owned(), text.to_owned());
    Outcome {
        mode,
        aborted: false,
        resources: vec![ResourceOutcome {
            kind: text.to_owned(),
            blueprint: Some(text.to_owned()),
            rejected: named(text.to_owned()),
            duplicates: named(key(text)),
            refused: named(refusal()),
            nulls: [(text.to_owned(), NullCount { count: 1, remark: Some(text.to_owned()), ..NullCount::default() })].into(),
            ..ResourceOutcome::default()
        }],
        slices: vec![
            slice(SliceEnd::Forbidden { reason: reason.clone(), remedy: remedy.clone() }),
            slice(SliceEnd::Failed { reason, remedy }),
        ],
        deletion: DeletionOutcome {
            refused: named(refusal()),
            listing_error: Some(text.to_owned()),
            ..DeletionOutcome::default()
        },
        warnings: vec![text.to_owned()],
        broken_expressions: vec![text.to_owned()],
        seconds: 0.0,
    }
}

fn finding(text: &str) -> Finding {
    Finding::error("mapping-syntax", text)
        .at(Location {
            file: text.to_owned(),
            line: Some(1),
            column: Some(1),
            path: text.to_owned(),
            excerpt: Some(Excerpt { text: text.to_owned(), start: 0, width: 1 }),
        })
        .label(text)
        .help(text)
}

fn diagnosis(text: &str) -> Diagnosis {
    Diagnosis {
        verdict: DiagnosisResult::Missing,
        places: vec![CheckedServer {
            name: "catalog",
            address: text.to_owned(),
            facts: vec![Fact { name: "user", value: text.to_owned() }],
            checks: vec![Check {
                scope: text.to_owned(),
                subject: text.to_owned(),
                gives: text.to_owned(),
                kinds: vec![text.to_owned()],
                is_needed: true,
                result: CheckResult::Missing,
                status: Some(403),
                note: Some(text.to_owned()),
                problems: Vec::new(),
            }],
        }],
        problems: vec![Problem {
            error: ErrorName::InvalidSettings,
            missing: MissingRequirement::Setting,
            scope: text.to_owned(),
            summary: text.to_owned(),
            said: Some(text.to_owned()),
            place: Some(text.to_owned()),
            remedy: text.to_owned(),
            page: Some(text.to_owned()),
            curl: Some(text.to_owned()),
            is_needed: true,
        }],
    }
}

fn plan(form: PlanOutput, text: &str) -> String {
    let mut writer = PlanWriter::new(form, vec![PlanAction::Create, PlanAction::Update], 0);
    let change = FieldChange { field: format!("properties.{text}"), current: json!({ text: text }), desired: json!([text]) };
    let decisions = [Decision::Create, Decision::Update(vec![change]), Decision::Sent];
    let lines: String = decisions.iter().map(|decision| writer.decision(&key(text), decision)).collect();
    lines + &writer.closing(&outcome(Mode::Plan, text))
}

fn cases(text: &str) -> String {
    let difference = Difference {
        path: text.to_owned(),
        expected: Value::from(text).to_string(),
        actual: Value::from(text).to_string(),
        why: Some(text.to_owned()),
    };
    let result = CaseResult { name: text.to_owned(), differences: vec![difference], entities: Vec::new() };
    case::report(&[case::ReportedCase { file: text.to_owned(), result, updated: false }])
}

fn explained(text: &str) -> String {
    let value = |null: bool| Explanation {
        path: text.to_owned(),
        expression: text.to_owned(),
        value: json!(text),
        null: null.then(|| WhyNull { reason: text.to_owned(), missing: None }),
    };
    let explained = Explained {
        line: 1,
        end: End::Rejected { cause: Cause::NoIdentifier, reason: text.to_owned() },
        values: vec![value(false), value(true)],
    };
    let batch = MappedBatch {
        rejected: vec![Rejected { line: 1, cause: Cause::Unreadable, reason: text.to_owned() }],
        nulls: vec![Nulls {
            path: text.to_owned(),
            count: 1,
            failed: 0,
            stopped: 0,
            failure: None,
            missing: None,
            reason: text.to_owned(),
            line: 1,
        }],
        ..MappedBatch::default()
    };
    explain::item(&explained) + &explain::summary(1, &[batch])
}

fn seats(text: &str) -> String {
    let seat = Seat {
        login: text.to_owned(),
        team: Some(text.to_owned()),
        ends: Some(text.to_owned()),
        last_activity: Some(text.to_owned()),
        editor: Some(text.to_owned()),
        ..Seat::default()
    };
    let all = Seats {
        is_enterprise: false,
        breakdown: None,
        organization: text.to_owned(),
        plan: text.to_owned(),
        setting: text.to_owned(),
        seats: vec![seat],
        incomplete: None,
    };
    let change = SeatPlan {
        organization: text.to_owned(),
        verb: SeatVerb::Add,
        changes: vec![(text.to_owned(), SeatChange::Given)],
        dollars_a_month: None,
    };
    let rules = ReclaimRules { days: 1, grace: 0, exclude: Vec::new() };
    let unused = Seat { ends: None, granted: Some(text.to_owned()), ..all.seats[0].clone() };
    let unused = Seats { seats: vec![unused], ..all.clone() };
    let idle = ReclaimList::of(&unused, &rules, jiff::Timestamp::UNIX_EPOCH, |_| None);
    seats::list(&all, None) + &seats::reclaim(&idle, &rules, None) + &seats::plan(&change)
}

/// Tells whether a page has no such character and no such command.
fn is_harmless(page: &str) -> bool {
    let is_hostile = |character: char| escape::is_hostile(character) && character != '\n';
    !page.contains(is_hostile) && !page.contains("##[") && !page.lines().any(|line| line.trim_start().starts_with("::"))
}

/// Everything that a resync prints at its end.
fn closing_text(outcome: &Outcome) -> String {
    format!("{}\n{}", super::outcome::problems(outcome), super::outcome::summary(outcome, Some(80)))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn no_page_lets_foreign_text_do_anything(foreign in foreign()) {
        let pages = [
            closing_text(&outcome(Mode::Resync, &foreign)),
            finding::report(&[&foreign], &[finding(&foreign)]),
            doctor::text(&diagnosis(&foreign)),
            plan(PlanOutput::Text, &foreign),
            plan(PlanOutput::Markdown, &foreign),
            plan(PlanOutput::Json, &foreign),
            cases(&foreign),
            explained(&foreign),
            seats(&foreign),
            difference::unified((&foreign, "a\n"), (&foreign, &format!("{foreign}\nb\n"))),
        ];
        for page in pages {
            prop_assert!(is_harmless(&page), "{page:?}");
        }
    }

    #[test]
    fn a_foreign_text_adds_no_line(foreign in foreign()) {
        let lines = |text: &str| closing_text(&outcome(Mode::Resync, text)).lines().count();
        prop_assert_eq!(lines(&foreign), lines("plain"));
        let lines = |text: &str| plan(PlanOutput::Text, text).lines().count();
        prop_assert_eq!(lines(&foreign), lines("plain"));
        let lines = |text: &str| finding::text(&finding(text)).lines().count();
        prop_assert_eq!(lines(&foreign), lines("plain"));
    }

    #[test]
    fn a_fenced_block_of_markdown_is_ended_by_nobody_else(foreign in foreign()) {
        let page = plan(PlanOutput::Markdown, &foreign);
        // Two blocks, each with its two fences.
        prop_assert_eq!(page.matches("```").count(), 4, "{}", page);
    }

    #[test]
    fn an_annotation_is_one_command(foreign in foreign()) {
        let text = finding::github::annotations(&[finding(&foreign)]);
        prop_assert_eq!(text.lines().count(), 1);
        let is_hostile = |character: char| escape::is_hostile(character) && character != '\n';
        prop_assert!(text.starts_with("::error ") && !text.contains(is_hostile), "{text:?}");
    }
}

//! `assignment`: a condition that assigns gives the item, changed, and that is always true.

use super::{Role, Subject};
use crate::mapping::codes;
use crate::mapping::file::Expression;
use crate::mapping::finding::Finding;
use crate::mapping::program::syntax::{Operator, Term, TermKind};

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    for looked in &subject.expressions {
        // That a selector gives no boolean is said by the rule about selectors.
        let is_selector = |term: &Term| looked.role == Role::Selector && term.span == looked.term.bare().span;
        looked.term.walk(&mut |term| {
            for condition in conditions(term) {
                let TermKind::Binary { operator: Operator::Assign, place, .. } = &condition.bare().kind else { continue };
                if !is_selector(condition.bare()) {
                    findings.push(finding(looked.expression, place));
                }
            }
        });
    }
}

fn finding(expression: &Expression, place: &std::ops::Range<usize>) -> Finding {
    Finding::error(codes::ASSIGNMENT, "this condition assigns, and what it gives is always true")
        .at(expression.location_of(place))
        .help("jq compares with `==`")
        .fix(compared(expression, place))
}

/// `=` as `==`.
pub(super) fn compared(expression: &Expression, place: &std::ops::Range<usize>) -> Option<crate::mapping::finding::Fix> {
    expression.edited(&[(place.clone(), "==".to_owned())])
}

/// Conditions of a term.
fn conditions(term: &Term) -> Vec<&Term> {
    match &term.kind {
        TermKind::If { branches, .. } => branches.iter().map(|(condition, _)| condition).collect(),
        TermKind::Binary { operator: Operator::And | Operator::Or, left, right, .. } => vec![left, right],
        TermKind::Call { name, arguments, .. } if matches!(name.as_str(), "select" | "any" | "all") => {
            arguments.last().into_iter().collect()
        }
        TermKind::Pipe(left, right) if right.is_call("not") => vec![left],
        _ => Vec::new(),
    }
}

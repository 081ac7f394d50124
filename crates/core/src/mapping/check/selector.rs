//! `selector-not-boolean`: a selector that can never give true or false rejects every item.

use super::assignment::compared;
use super::infer::Types;
use super::{Role, Subject};
use crate::mapping::codes;
use crate::mapping::finding::Finding;
use crate::mapping::program::syntax::{Literal, Operator, TermKind};

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    let selectors = subject.expressions.iter().filter(|looked| looked.role == Role::Selector);
    for looked in selectors {
        let types = looked.inference.output.types;
        if types.meets(Types::BOOLEAN) {
            continue;
        }
        let gives = if types == Types::NOTHING { "nothing".to_owned() } else { types.words() };
        let finding =
            Finding::error(codes::SELECTOR_NOT_BOOLEAN, format!("the selector gives {gives}, so every item is rejected"))
                .at(looked.expression.location());
        findings.push(match &looked.term.bare().kind {
            TermKind::Binary { operator: Operator::Assign, place, .. } => {
                finding.help("`=` assigns; jq compares with `==`").fix(compared(looked.expression, place))
            }
            TermKind::Literal(Literal::Text(text)) if text == "true" || text == "false" => {
                finding.help(format!("write `query: '{text}'`, without the inner quotes")).fix(looked.expression.rewritten(text))
            }
            TermKind::Field { .. } if types.without(Types::NULL) == Types::NUMBER => {
                finding.help(format!("compare it: `{} > 0`", looked.expression.text.trim()))
            }
            _ => finding.help("a selector must give true or false, as `true` and `.day > \"2026-01-01\"` do"),
        });
    }
}

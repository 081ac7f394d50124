//! `selector-not-boolean`: a selector that can never give true or false rejects every item.

use super::infer::Types;
use super::{Role, Subject};
use crate::mapping::codes;
use crate::mapping::finding::Finding;

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
                .at(looked.expression.location())
                .help("a selector must give true or false, as `true` and `.day > \"2026-01-01\"` do");
        findings.push(finding);
    }
}

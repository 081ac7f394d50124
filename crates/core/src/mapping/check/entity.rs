//! `no-entity`: a resource of which no item can become an entity, whatever GitHub has.

use super::infer::Types;
use super::{Looked, Role, Subject};
use crate::mapping::codes;
use crate::mapping::finding::Finding;
use crate::mapping::program::syntax::Literal;

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    for looked in &subject.expressions {
        let what = match looked.role {
            Role::Identifier => "identifier",
            Role::Blueprint => "blueprint",
            _ => continue,
        };
        let Some(gives) = never(looked) else { continue };
        let finding = Finding::error(codes::NO_ENTITY, format!("the {what} is always {gives}, so no item becomes an entity"))
            .at(looked.expression.location())
            .help(help(looked.role));
        findings.push(finding);
    }
}

/// Types of a usable identifier: texts, and those that are converted to text.
const SCALARS: Types = Types::TEXT.with(Types::NUMBER).with(Types::BOOLEAN);

/// Value that an expression always gives and that cannot identify an entity.
fn never(looked: &Looked<'_>) -> Option<String> {
    match looked.term.literal() {
        Some(Literal::Null) => return Some("null".to_owned()),
        Some(Literal::Boolean(false)) => return Some("false".to_owned()),
        Some(Literal::Text(text)) if text.is_empty() => return Some("an empty text".to_owned()),
        _ => {}
    }
    let output = &looked.inference.output;
    let types = output.types;
    match types {
        Types::NOTHING => Some("without output".to_owned()),
        Types::NULL => Some("null".to_owned()),
        // Numbers and the like are made texts where they identify, and nowhere else.
        // The catalog refuses lists, and objects but one: the search that finds the entity.
        _ if looked.role == Role::Identifier && !types.meets(SCALARS) && !output.may_be_search() => Some(types.words()),
        _ if looked.role == Role::Blueprint && !types.meets(Types::TEXT) => Some(types.words()),
        _ => None,
    }
}

pub(super) fn help(role: Role<'_>) -> &'static str {
    match role {
        Role::Blueprint => "a blueprint is named by a constant text, quoted twice: '\"usage\"'",
        _ => "an identifier tells entities apart: build it from fields that every item has",
    }
}

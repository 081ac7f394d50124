//! `bad-identifier`: constant identifiers with characters or of a length that the catalog refuses.

use super::{Role, Subject};
use crate::mapping::characters;
use crate::mapping::codes;
use crate::mapping::finding::Finding;
use crate::mapping::program::syntax::{Literal, Operator, Term, TermKind};

/// The longest identifier of an entity, in characters.
pub(super) const ENTITY_CHARACTERS: usize = 1000;
/// The longest identifier of a property or relation, in characters.
const NAME_CHARACTERS: usize = 100;

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    for looked in &subject.expressions {
        match looked.role {
            Role::Identifier => constants(&looked.term, &mut |text, term| {
                let Some(wrong) = text.chars().find(|letter| !is_entity_character(*letter)) else {
                    return;
                };
                let message = format!("every identifier would hold {}, which the catalog refuses", name_of(wrong));
                let finding = Finding::error(codes::BAD_IDENTIFIER, message)
                    .at(looked.expression.location_of(&term.span))
                    .help("letters, digits and `@ _ . + : \\ / = ' -` are allowed");
                findings.push(finding);
            }),
            Role::Property(name) | Role::Relation(name) => {
                let wrong = name.chars().find(|letter| !is_name_character(*letter));
                let message = match wrong {
                    Some(wrong) => format!("the name `{name}` holds {}, which the catalog refuses", name_of(wrong)),
                    None if name.chars().count() > NAME_CHARACTERS => {
                        format!("the name `{name}` is longer than {NAME_CHARACTERS} characters")
                    }
                    None if name.is_empty() => "a property or relation has an empty name".to_owned(),
                    None => continue,
                };
                let finding = Finding::error(codes::BAD_IDENTIFIER, message)
                    .at(looked.expression.key_location())
                    .help("ASCII letters, digits and `@ _ = \\ -` are allowed, at most 100 of them");
                findings.push(finding);
            }
            _ => {}
        }
        if looked.role == Role::Identifier
            && let Some(Literal::Text(text)) = looked.term.literal()
            && (text.chars().count() > ENTITY_CHARACTERS || text == "." || text == "..")
        {
            let finding = Finding::error(codes::BAD_IDENTIFIER, "the catalog refuses this identifier")
                .at(looked.expression.location())
                .help(format!("an identifier has 1 to {ENTITY_CHARACTERS} characters and is neither `.` nor `..`"));
            findings.push(finding);
        }
    }
}

/// The constant texts that an expression puts together, each with the term that holds it.
fn constants<'a>(term: &'a Term, see: &mut impl FnMut(&'a str, &'a Term)) {
    match &term.kind {
        TermKind::Literal(Literal::Text(text)) => see(text, term),
        TermKind::Text { pieces, parts, .. } => {
            pieces.iter().for_each(|(piece, _)| see(piece, term));
            parts.iter().for_each(|part| constants(part, see));
        }
        TermKind::Parentheses(inner) => constants(inner, see),
        TermKind::Binary { operator: Operator::Add | Operator::Alternative, left, right, .. } => {
            constants(left, see);
            constants(right, see);
        }
        _ => {}
    }
}

pub(super) fn is_entity_character(letter: char) -> bool {
    letter.is_alphabetic() || letter.is_ascii_digit() || "@_.+:\\/='-".contains(letter)
}

fn is_name_character(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || "@_=\\-".contains(letter)
}

pub(super) fn name_of(letter: char) -> String {
    match letter {
        ' ' => "a space".to_owned(),
        _ if characters::is_unseen(letter) => characters::named(letter),
        _ if letter.is_control() => format!("a control character ({})", letter.escape_unicode()),
        _ => format!("`{letter}`"),
    }
}

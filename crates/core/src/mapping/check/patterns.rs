//! `bad-pattern`: a regular expression, written as a text, that cannot be compiled. What uses it is an error for every item.

use super::Subject;
use crate::mapping::codes;
use crate::mapping::finding::Finding;
use crate::mapping::program::check_pattern;
use crate::mapping::program::syntax::{Literal, Term, TermKind};

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    for looked in &subject.expressions {
        looked.term.walk(&mut |term| {
            let TermKind::Call { name, arguments, .. } = &term.kind else {
                return;
            };
            let Some((pattern, flags)) = pattern_and_flags(name, arguments) else {
                return;
            };
            let Some(text) = text(pattern) else { return };
            // Flags that are only known at run time change what compiles in no way that matters.
            let flags = flags.and_then(self::text);
            if let Err(message) = check_pattern(text, flags) {
                let message = format!("this regular expression is an error: {message}");
                let finding = Finding::error(codes::BAD_PATTERN, message)
                    .at(looked.expression.location_of(&pattern.span))
                    .help("jq has the regular expressions of Oniguruma, in its syntax for Perl");
                findings.push(finding);
            }
        });
    }
}

/// The pattern of a call of a filter that takes one, and its flags.
fn pattern_and_flags<'t>(name: &str, arguments: &'t [Term]) -> Option<(&'t Term, Option<&'t Term>)> {
    let flags = match (name, arguments.len()) {
        ("test" | "match" | "capture" | "scan" | "splits", 1 | 2) | ("split", 2) => arguments.get(1),
        ("sub" | "gsub", 2 | 3) => arguments.get(2),
        _ => return None,
    };
    Some((arguments.first()?, flags))
}

/// The text of a literal.
fn text(term: &Term) -> Option<&str> {
    match term.literal() {
        Some(Literal::Text(text)) => Some(text),
        _ => None,
    }
}

//! `remainder-precedence`: `%` beside `*` or `/` without parentheses. They bind equally and from the left, which other
//! languages and some implementations of jq do differently.

use super::Subject;
use crate::mapping::codes;
use crate::mapping::finding::Finding;
use crate::mapping::program::syntax::{Operator, Term, TermKind};

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    for looked in &subject.expressions {
        looked.term.walk(&mut |term| {
            let TermKind::Binary { operator, left, place, .. } = &term.kind else {
                return;
            };
            let Some(inner) = multiplicative(left) else {
                return;
            };
            let (outer, inner) = (operator.text(), inner.text());
            let mixed = matches!((outer, inner), ("%", "*" | "/") | ("*" | "/", "%"));
            if mixed {
                let text = looked.expression.text.get(left.span.clone()).unwrap_or("…");
                let message = format!("`{outer}` stands beside `{inner}` without parentheses");
                let finding = Finding::warning(codes::REMAINDER_PRECEDENCE, message)
                    .at(looked.expression.location_of(place))
                    .help(format!("jq computes from the left: write `({text}) {outer} …`, or what you mean"));
                findings.push(finding);
            }
        });
    }
}

/// The operator of a product, quotient or remainder.
fn multiplicative(term: &Term) -> Option<Operator> {
    match &term.kind {
        TermKind::Binary { operator: operator @ (Operator::Multiply | Operator::Divide | Operator::Remainder), .. } => {
            Some(*operator)
        }
        _ => None,
    }
}

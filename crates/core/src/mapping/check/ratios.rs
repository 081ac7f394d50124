//! `average-of-ratios`: the average of ratios is not the ratio of the sums; a day with one suggestion weighs as much as a day
//! with a thousand.

use super::Subject;
use crate::mapping::codes;
use crate::mapping::finding::Finding;
use crate::mapping::program::syntax::{Operator, Term, TermKind};

/// Words in a field's name that tell a ratio or an average.
const RATIO_WORDS: &[&str] = &["rate", "ratio", "percent", "percentage", "avg", "average", "mean", "median"];

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    for looked in &subject.expressions {
        let mut places = Vec::new();
        looked.term.walk(&mut |term| {
            // A longer pipe is met again at each of its parts.
            let Some(average) = average_of_ratios(term).filter(|average| !places.contains(&average.span)) else {
                return;
            };
            places.push(average.span.clone());
            let finding = Finding::warning(codes::AVERAGE_OF_RATIOS, "ratios are averaged as if each weighed the same")
                .at(looked.expression.location_of(&average.span))
                .help("divide the sum of the one by the sum of the other: `([.[].accepted] | add // 0) / ([.[].suggested] | add // 0)`");
            findings.push(finding);
        });
    }
}

/// `… ratios … | add / length`, or `(… ratios … | add) / (… | length)`: the term that averages.
fn average_of_ratios(term: &Term) -> Option<&Term> {
    match &term.kind {
        TermKind::Pipe(source, rest) => average(rest).filter(|_| source.holds(&is_ratio)),
        TermKind::Binary { operator: Operator::Divide, left, right, .. } => {
            let found = ends_with(left, "add") && ends_with(right, "length") && left.holds(&is_ratio);
            found.then_some(term)
        }
        _ => None,
    }
}

/// The stage of a pipe that is `add / length`.
fn average(stage: &Term) -> Option<&Term> {
    match &stage.bare().kind {
        TermKind::Pipe(first, rest) => average(first).or_else(|| average(rest)),
        TermKind::Binary { operator: Operator::Divide, left, right, .. } => {
            (left.is_call("add") && right.is_call("length")).then_some(stage)
        }
        _ => None,
    }
}

fn ends_with(term: &Term, function: &str) -> bool {
    match &term.bare().kind {
        TermKind::Pipe(_, rest) => rest.is_call(function) || ends_with(rest, function),
        _ => false,
    }
}

fn is_ratio(term: &Term) -> bool {
    match &term.kind {
        TermKind::Binary { operator: Operator::Divide, left, .. } => !left.is_call("add"),
        TermKind::Field { name, .. } => name.to_lowercase().split('_').any(|word| RATIO_WORDS.contains(&word)),
        _ => false,
    }
}

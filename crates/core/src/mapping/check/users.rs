//! `sum-of-distinct-users`: who uses Copilot in two editors, or on two days, is counted twice in a sum.

use super::Subject;
use crate::mapping::codes;
use crate::mapping::finding::Finding;
use crate::mapping::program::syntax::{Term, TermKind};

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    for looked in &subject.expressions {
        let mut places = Vec::new();
        looked.term.walk(&mut |term| {
            let TermKind::Pipe(source, rest) = &term.kind else { return };
            if !adds_up(rest) || !source.holds(&goes_through_a_list) {
                return;
            }
            // A longer pipe is met again at each of its parts.
            let Some((field, place)) = count_of_people(source).filter(|(_, place)| !places.contains(&place.span)) else {
                return;
            };
            places.push(place.span.clone());
            let message = format!("`{field}` counts distinct people, and a sum counts some of them more than once");
            let finding = Finding::warning(codes::SUM_OF_DISTINCT_USERS, message)
                .at(looked.expression.location_of(&place.span))
                .help("take the figure that GitHub gives for the whole, or the largest of them: `max`");
            findings.push(finding);
        });
    }
}

/// True when a stage of a pipe, or a later one, is `add`.
fn adds_up(stage: &Term) -> bool {
    match &stage.kind {
        TermKind::Pipe(first, rest) => adds_up(first) || adds_up(rest),
        _ => stage.is_call("add"),
    }
}

fn goes_through_a_list(term: &Term) -> bool {
    match &term.kind {
        TermKind::Iterate(_) => true,
        TermKind::Call { name, .. } => name == "map",
        _ => false,
    }
}

/// The first field that counts people among what a term gives; what it only looks at does not count.
fn count_of_people(term: &Term) -> Option<(&str, &Term)> {
    match &term.kind {
        TermKind::Field { name, .. } if counts_people(name) => Some((name, term)),
        TermKind::Call { name, .. } if name == "select" => None,
        TermKind::If { branches, otherwise } => {
            let given = branches.iter().map(|(_, branch)| branch);
            given.chain(otherwise.as_deref()).find_map(count_of_people)
        }
        _ => term.parts().into_iter().find_map(count_of_people),
    }
}

fn counts_people(name: &str) -> bool {
    let name = name.to_lowercase();
    name.ends_with("_users") || name.contains("active_users") || name.contains("engaged_users")
}

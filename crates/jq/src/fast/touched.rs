//! Top-level keys of an item that an expression can read. Other keys need not be parsed.
//!
//! In doubt the result is "all": for an item that is passed on as a whole, a definition, or a filter that is not known to ignore
//! its input. A key that was not parsed looks like an absent one, so an error in this file would show as nulls; `tests` compares
//! whole and partial items over the expressions of mappings.

use std::collections::BTreeSet;

use crate::syntax::{Entry, Key, Operator, Part, Pattern, Term, TermKind};

/// Filters that ignore their input; only their arguments read it.
const BLIND: &[&str] = &["empty", "error", "first", "infinite", "last", "nan", "now"];

/// The keys that `term` can read from an item; none when it can read any.
pub(crate) fn touched(term: &Term) -> Option<BTreeSet<String>> {
    let mut keys = BTreeSet::new();
    collect(term, &mut keys).then_some(keys)
}

/// Adds the keys that `term` reads. False when it can read any.
fn collect(term: &Term, keys: &mut BTreeSet<String>) -> bool {
    let mut all = |terms: &mut dyn Iterator<Item = &Term>| {
        for term in terms {
            if !collect(term, keys) {
                return false;
            }
        }
        true
    };
    match &term.kind {
        TermKind::Literal(_) | TermKind::Variable(_) | TermKind::Location { .. } | TermKind::Break(_) => true,
        TermKind::Array(None) => true,
        TermKind::Array(Some(inner)) | TermKind::Negate(inner) | TermKind::Parentheses(inner) => {
            all(&mut std::iter::once(&**inner))
        }
        TermKind::Text { parts, .. } => all(&mut parts.iter()),
        TermKind::Object(entries) => entries.iter().all(|entry| match entry {
            Entry { key: Key::Name(_), value: Some(value) } => all(&mut std::iter::once(value)),
            Entry { key: Key::Computed(key), value: Some(value) } => all(&mut [key, value].into_iter()),
            Entry { value: None, .. } => false,
        }),
        TermKind::Field { .. }
        | TermKind::Index { .. }
        | TermKind::Slice { .. }
        | TermKind::Iterate(_)
        | TermKind::Optional(_) => {
            let (base, steps) = term.steps();
            if steps.is_empty() {
                // `?` after a term that is no path.
                return all(&mut term.parts().into_iter());
            }
            let base_is_known = match (&base.kind, steps[0].part) {
                (TermKind::Identity, Part::Key(key)) => {
                    keys.insert(key.to_owned());
                    true
                }
                (TermKind::Identity, _) => false,
                _ => collect(base, keys),
            };
            // An index is evaluated on the item, too.
            base_is_known
                && steps.iter().all(|step| match step.part {
                    Part::Key(_) | Part::Each => true,
                    Part::Index(index) => collect(index, keys),
                    Part::Slice(from, upto) => from.into_iter().chain(upto).all(|bound| collect(bound, keys)),
                })
        }
        TermKind::Pipe(left, right) => match &left.bare().kind {
            TermKind::Identity => collect(right, keys),
            // The right side reads only the outputs of the left side.
            _ => collect(left, keys),
        },
        TermKind::Bind { source, patterns, body } => {
            matches!(patterns.as_slice(), [Pattern::Variable(_)]) && all(&mut [&**source, body].into_iter())
        }
        TermKind::Binary { operator, left, right, .. } => match operator {
            Operator::Assign
            | Operator::Update
            | Operator::UpdateAdd
            | Operator::UpdateSubtract
            | Operator::UpdateMultiply
            | Operator::UpdateDivide
            | Operator::UpdateRemainder
            | Operator::UpdateAlternative => false,
            _ => all(&mut [&**left, right].into_iter()),
        },
        // The first argument makes the state from the item, the others read the state.
        TermKind::Reduce { source, patterns, init, .. } | TermKind::Foreach { source, patterns, init, .. } => {
            matches!(patterns.as_slice(), [Pattern::Variable(_)]) && all(&mut [&**source, init].into_iter())
        }
        TermKind::Try { body, .. } => collect(body, keys),
        TermKind::If { branches, otherwise: Some(otherwise) } => {
            let parts = branches.iter().flat_map(|(condition, branch)| [condition, branch]);
            all(&mut parts.chain([&**otherwise]))
        }
        TermKind::Call { name, arguments, .. } => match name.as_str() {
            // `error` alone would raise the item itself.
            "error" | "first" | "last" if arguments.is_empty() => false,
            name => BLIND.contains(&name) && all(&mut arguments.iter()),
        },
        TermKind::Identity
        | TermKind::Descent
        | TermKind::Format(_)
        | TermKind::Define(..)
        | TermKind::Label(..)
        | TermKind::If { otherwise: None, .. } => false,
    }
}

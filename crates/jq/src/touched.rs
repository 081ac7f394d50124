//! Which top-level keys of an item an expression can look at: what need not be read of the item for its sake.
//!
//! Where it is not certain the answer is "all": an item that goes anywhere as a whole, a definition, a filter that is not known
//! to leave its input alone. Keys that are absent and keys that were not read look alike, so an error in this file would show
//! as nulls; `tests` compares whole and partial items over the expressions that mappings have.

use std::collections::BTreeSet;

use jaq_core::load::lex::StrPart;
use jaq_core::load::parse::{BinaryOp, Pattern, Term};
use jaq_core::path::{Part, Path};

/// Filters of which only the arguments see the input.
const BLIND: &[&str] = &[
    "empty", "error", "false", "first", "infinite", "last", "nan", "now", "null", "true",
];

/// The keys that `term`, run on an item, can look at; none when it can look at any. The term is a rewritten one.
pub(super) fn touched(term: &Term<&str>) -> Option<BTreeSet<String>> {
    let mut keys = BTreeSet::new();
    collect(term, &mut keys).then_some(keys)
}

/// Adds what `term` touches. False when that can be anything.
fn collect(term: &Term<&str>, keys: &mut BTreeSet<String>) -> bool {
    match term {
        Term::Num(_) | Term::Var(_) | Term::Break(_) | Term::Arr(None) => true,
        Term::Arr(Some(inner)) | Term::Neg(inner) => collect(inner, keys),
        Term::Str(_, parts) => parts.iter().all(|part| match part {
            StrPart::Term(term) => collect(term, keys),
            StrPart::Str(_) | StrPart::Char(_) => true,
        }),
        Term::Obj(entries) => entries.iter().all(|(key, value)| match value {
            Some(value) => collect(key, keys) && collect(value, keys),
            None => matches!(key, Term::Var(_)) || collect_key(key, keys),
        }),
        Term::Path(base, Path(parts)) => {
            let mut parts = parts.iter().map(|(part, _)| part);
            let base = match &**base {
                // An index is evaluated on the item, too, but a literal looks at nothing.
                Term::Id => {
                    matches!(parts.next(), Some(Part::Index(key)) if collect_key(key, keys))
                }
                base => collect(base, keys),
            };
            base && parts.all(|part| match part {
                Part::Index(index) => collect(index, keys),
                Part::Range(from, upto) => {
                    from.iter().chain(upto).all(|bound| collect(bound, keys))
                }
            })
        }
        Term::BinOp(left, BinaryOp::Pipe(None), right) => match &**left {
            Term::Id => collect(right, keys),
            // What is on the right sees only what the left gives.
            left => collect(left, keys),
        },
        Term::BinOp(left, BinaryOp::Pipe(Some(Pattern::Var(_))), right) => {
            collect(left, keys) && collect(right, keys)
        }
        Term::BinOp(
            left,
            BinaryOp::Comma
            | BinaryOp::Alt
            | BinaryOp::Or
            | BinaryOp::And
            | BinaryOp::Math(_)
            | BinaryOp::Cmp(_),
            right,
        ) => collect(left, keys) && collect(right, keys),
        // The first argument makes the state from the item, the others see the state.
        Term::Fold(_, source, Pattern::Var(_), arguments) => {
            collect(source, keys) && arguments.first().is_some_and(|init| collect(init, keys))
        }
        Term::TryCatch(inner, _) => collect(inner, keys),
        Term::IfThenElse(branches, Some(otherwise)) => {
            branches
                .iter()
                .all(|(condition, branch)| collect(condition, keys) && collect(branch, keys))
                && collect(otherwise, keys)
        }
        // `error` alone would raise the item itself.
        Term::Call("error" | "first" | "last", arguments) if arguments.is_empty() => false,
        Term::Call(name, arguments) if BLIND.contains(name) => {
            arguments.iter().all(|argument| collect(argument, keys))
        }
        Term::Id
        | Term::Recurse
        | Term::Call(..)
        | Term::Def(..)
        | Term::Label(..)
        | Term::BinOp(..)
        | Term::Fold(..)
        | Term::IfThenElse(_, None) => false,
    }
}

/// Adds a literal key. False for any other.
fn collect_key(key: &Term<&str>, keys: &mut BTreeSet<String>) -> bool {
    let text = match key {
        Term::Str(None, parts) => super::shortcut::literal(parts),
        _ => None,
    };
    text.map(|text| keys.insert(text)).is_some()
}

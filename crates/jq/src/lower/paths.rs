//! Positions in which a term may be asked for its paths, and terms that are no path there.
//!
//! jq computes `path(f)` by running `f` and recording the path of each value. A computed value, which has no path, is only an
//! error when it is the result, or when something is looked up in it. The library fails at once, with another message. So
//! computed values are passed to `!value`, which returns the value and marks its path, and `!index` and `!each` look for the
//! mark.

use super::{Code, Lowerer};
use crate::syntax::{Operator, Term, TermKind};

/// Position of a term.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Position {
    /// Only its values are needed.
    Value,
    /// Its paths may be needed.
    Path {
        /// Set if the base of a step may be no path.
        checked: bool,
    },
}

/// Filters of this crate that have paths if their filter arguments have paths.
const WITH_PATHS: &[&str] = &[
    "arrays",
    "booleans",
    "empty",
    "error",
    "finites",
    "first",
    "getpath",
    "iterables",
    "last",
    "limit",
    "normals",
    "nth",
    "nulls",
    "numbers",
    "objects",
    "recurse",
    "repeat",
    "scalars",
    "select",
    "skip",
    "strings",
    "until",
    "values",
    "while",
];

/// Tells whether that filter asks its argument for paths.
pub(super) fn asks_for_paths(name: &str) -> bool {
    matches!(name, "path" | "del" | "pick")
}

/// Tells whether that operator asks its left operand for paths.
pub(super) fn is_update(operator: Operator) -> bool {
    matches!(
        operator,
        Operator::Assign
            | Operator::Update
            | Operator::UpdateAdd
            | Operator::UpdateSubtract
            | Operator::UpdateMultiply
            | Operator::UpdateDivide
            | Operator::UpdateRemainder
            | Operator::UpdateAlternative
    )
}

/// Position of an argument of a filter of this crate, in a call at position `place`.
pub(super) fn of_argument(name: &str, at: usize, place: Position) -> Position {
    let is_filter = match name {
        "first" | "last" | "recurse" | "repeat" | "until" | "while" => true,
        "limit" | "skip" | "nth" => at == 1,
        _ => false,
    };
    // Their first argument is a condition.
    let is_condition = matches!((name, at), ("until" | "while", 0) | ("recurse", 1));
    if is_filter && !is_condition { place } else { Position::Value }
}

impl<'t> Lowerer<'t> {
    /// Lowers a term that is asked for its paths.
    pub(super) fn asked_for_paths(&self, term: &'t Term) -> Code<'t> {
        let checked = !self.is_path(term);
        self.term(term, Position::Path { checked }).code
    }

    /// Tells whether this kind of term has paths, whatever its parts are.
    pub(super) fn has_paths(&self, term: &Term) -> bool {
        match &term.kind {
            TermKind::Identity
            | TermKind::Descent
            | TermKind::Field { .. }
            | TermKind::Index { .. }
            | TermKind::Slice { .. }
            | TermKind::Iterate(_)
            | TermKind::Optional(_)
            | TermKind::Parentheses(_)
            | TermKind::Pipe(..)
            | TermKind::If { .. }
            | TermKind::Bind { .. }
            | TermKind::Define(..)
            | TermKind::Reduce { .. }
            | TermKind::Foreach { .. }
            | TermKind::Try { .. }
            | TermKind::Label(..)
            | TermKind::Break(_) => true,
            TermKind::Binary { operator, .. } => {
                matches!(operator, Operator::Comma | Operator::Alternative)
            }
            TermKind::Call { name, .. } => self.own.contains(name.as_str()) || WITH_PATHS.contains(&name.as_str()),
            TermKind::Literal(_)
            | TermKind::Text { .. }
            | TermKind::Format(_)
            | TermKind::Variable(_)
            | TermKind::Location { .. }
            | TermKind::Negate(_)
            | TermKind::Array(_)
            | TermKind::Object(_) => false,
        }
    }

    /// Tells whether all values of the term have paths.
    fn is_path(&self, term: &Term) -> bool {
        if !self.has_paths(term) {
            return false;
        }
        let is_path = |term: &Term| self.is_path(term);
        match &term.kind {
            TermKind::Field { .. } | TermKind::Index { .. } | TermKind::Slice { .. } | TermKind::Iterate(_) => {
                is_path(term.steps().0)
            }
            TermKind::Optional(inner) | TermKind::Parentheses(inner) | TermKind::Label(_, inner) => is_path(inner),
            TermKind::Pipe(left, right) | TermKind::Binary { left, right, .. } => is_path(left) && is_path(right),
            TermKind::If { branches, otherwise } => {
                branches.iter().all(|(_, branch)| is_path(branch)) && otherwise.as_deref().is_none_or(is_path)
            }
            TermKind::Bind { body, .. } => is_path(body),
            TermKind::Try { body, catch } => is_path(body) && catch.is_none(),
            TermKind::Call { name, arguments, .. } => {
                let place = Position::Path { checked: false };
                !self.own.contains(name.as_str())
                    && arguments
                        .iter()
                        .enumerate()
                        .all(|(at, argument)| of_argument(name, at, place) == Position::Value || is_path(argument))
            }
            TermKind::Define(..) | TermKind::Reduce { .. } | TermKind::Foreach { .. } => false,
            _ => true,
        }
    }
}

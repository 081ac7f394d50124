//! Facts that a condition gives about values: present or not, possibly zero or not.

use crate::mapping::program::syntax::{Literal, Operator, Term, TermKind};

/// Facts about a path or a variable.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Fact {
    /// `.a.b`, or `$x.a`.
    path: String,
    /// True when it cannot be null.
    pub(super) is_there: bool,
    /// True when it cannot be zero.
    pub(super) is_no_zero: bool,
}

/// Facts that follow when a condition holds, or when it does not.
pub(super) fn facts(condition: &Term, holds: bool) -> Vec<Fact> {
    match &condition.bare().kind {
        TermKind::Binary { operator: Operator::And, left, right, .. } if holds => both(left, right, true),
        TermKind::Binary { operator: Operator::Or, left, right, .. } if !holds => both(left, right, false),
        TermKind::Pipe(inner, last) if last.is_call("not") => facts(inner, !holds),
        TermKind::Pipe(value, last) => match &last.bare().kind {
            // `.d | . > 0`
            TermKind::Binary { operator, left, right, .. } if matches!(left.bare().kind, TermKind::Identity) => {
                compared(value, *operator, right, holds)
            }
            _ => Vec::new(),
        },
        TermKind::Binary { operator, left, right, .. } => match number(left) {
            Some(_) => compared(right, turned(*operator), left, holds),
            None => compared(left, *operator, right, holds),
        },
        _ if holds => fact(condition, true, false),
        _ => Vec::new(),
    }
}

/// Facts that hold after a stage of a pipe: all of them when it passes its input on.
pub(super) fn passed(stage: &Term, before: &[Fact]) -> Vec<Fact> {
    let bare = stage.bare();
    match &bare.kind {
        TermKind::Identity => before.to_vec(),
        TermKind::Call { name, arguments, .. } if name == "select" && arguments.len() == 1 => {
            before.iter().cloned().chain(arguments.iter().flat_map(|condition| facts(condition, true))).collect()
        }
        TermKind::Pipe(first, last) => passed(last, &passed(first, before)),
        // What is known of variables has nothing to do with the input.
        _ => before.iter().filter(|fact| fact.path.starts_with('$')).cloned().collect(),
    }
}

/// Facts about a term.
pub(super) fn known(facts: &[Fact], term: &Term) -> Fact {
    let Some((path, default)) = path(term) else {
        return Fact::default();
    };
    let mut known = Fact { path, is_there: default.is_some(), is_no_zero: false };
    for fact in facts.iter().filter(|fact| fact.path == known.path) {
        known.is_there |= fact.is_there;
        known.is_no_zero |= fact.is_no_zero;
    }
    known
}

/// True when the facts exclude zero for a divisor.
pub(super) fn is_guarded(facts: &[Fact], divisor: &Term) -> bool {
    known(facts, divisor).is_no_zero
}

/// True for a divisor that is read from the item, or zero itself. Calculated divisors are not judged.
pub(super) fn may_be_zero(term: &Term) -> bool {
    number(term) == Some(0.0) || path(term).is_some()
}

fn both(left: &Term, right: &Term, holds: bool) -> Vec<Fact> {
    facts(left, holds).into_iter().chain(facts(right, holds)).collect()
}

/// Facts from the comparison of a value with a constant.
fn compared(value: &Term, operator: Operator, constant: &Term, holds: bool) -> Vec<Fact> {
    let is_null = constant.literal() == Some(&Literal::Null);
    let operator = if holds { operator } else { negated(operator) };
    if is_null {
        return if operator == Operator::NotEqual { fact(value, true, false) } else { Vec::new() };
    }
    let Some(number) = number(constant) else {
        return Vec::new();
    };
    // Null is less than every number.
    match operator {
        Operator::Greater => fact(value, true, number >= 0.0),
        Operator::GreaterOrEqual => fact(value, true, number > 0.0),
        Operator::Equal => fact(value, true, number != 0.0),
        Operator::NotEqual if number == 0.0 => fact(value, false, true),
        Operator::Less => fact(value, false, number <= 0.0),
        Operator::LessOrEqual => fact(value, false, number < 0.0),
        _ => Vec::new(),
    }
}

fn fact(value: &Term, is_there: bool, is_no_zero: bool) -> Vec<Fact> {
    let Some((path, default)) = path(value) else {
        return Vec::new();
    };
    // `(.d // 0) != 0` says of `.d` that it is there, `(.d // 1) != 0` does not.
    let is_there = match default {
        Some(default) => is_no_zero && number(default) == Some(0.0),
        None => is_there,
    };
    vec![Fact { path, is_there, is_no_zero }]
}

/// The path or variable of a term, and its default in `.d // 0`.
fn path(term: &Term) -> Option<(String, Option<&Term>)> {
    let bare = term.bare();
    match &bare.kind {
        TermKind::Binary { operator: Operator::Alternative, left, right, .. }
            if right.literal().is_some_and(|value| *value != Literal::Null) =>
        {
            Some((path(left)?.0, Some(right)))
        }
        TermKind::Variable(name) => Some((name.clone(), None)),
        TermKind::Field { of, name, .. } => {
            let owner = if matches!(of.bare().kind, TermKind::Identity) { String::new() } else { path(of)?.0 };
            Some((format!("{owner}.{name}"), None))
        }
        TermKind::Optional(of) => path(of),
        _ => None,
    }
}

fn number(term: &Term) -> Option<f64> {
    match term.literal() {
        Some(Literal::Number(digits)) => digits.parse().ok(),
        _ => None,
    }
}

/// The operator with its sides exchanged.
fn turned(operator: Operator) -> Operator {
    match operator {
        Operator::Less => Operator::Greater,
        Operator::LessOrEqual => Operator::GreaterOrEqual,
        Operator::Greater => Operator::Less,
        Operator::GreaterOrEqual => Operator::LessOrEqual,
        other => other,
    }
}

/// The operator of the comparison that holds when this one does not. Null compares like a number here.
fn negated(operator: Operator) -> Operator {
    match operator {
        Operator::Equal => Operator::NotEqual,
        Operator::NotEqual => Operator::Equal,
        Operator::Less => Operator::GreaterOrEqual,
        Operator::LessOrEqual => Operator::Greater,
        Operator::Greater => Operator::LessOrEqual,
        Operator::GreaterOrEqual => Operator::Less,
        other => other,
    }
}

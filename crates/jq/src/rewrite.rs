//! jq's meaning written in the library's trees.
//!
//! Updates become calls of natives over paths; `%` gets its place; operators with several outputs on both sides run the
//! right side outermost; a `reduce` keeps the last state; alternatives of a pattern become attempts.

use std::collections::BTreeSet;

use jaq_core::load::Arena;
use jaq_core::load::lex::StrPart;
use jaq_core::load::parse::{BinaryOp, Def, Pattern, Term};
use jaq_core::ops::Math;
use jaq_core::path::{Opt, Part};

use super::outputs::{Outputs, outputs};
use super::tokens::{ALTERNATIVES, REMAINDER};

/// Holds the right operand while the left one runs.
pub(super) const RIGHT: &str = "$_right";

/// What stands in place of a term that is refused, with the piece of source to point at.
pub(super) struct Refusal<'s> {
    pub(super) at: Option<&'s str>,
    pub(super) message: String,
}

/// Rewrites the terms of one source.
pub(super) struct Rewriter<'s> {
    source: &'s str,
    arena: Option<&'s Arena>,
    /// Names that the source defines, so that they may not be what we know them for.
    own_names: BTreeSet<&'s str>,
    pub(super) refusals: Vec<Refusal<'s>>,
}

/// A term of a source.
pub(super) type T<'s> = Term<&'s str>;

pub(super) fn call<'s>(name: &'s str, arguments: Vec<T<'s>>) -> T<'s> {
    Term::Call(name, arguments)
}

fn text<'s>(text: &'s str) -> T<'s> {
    Term::Str(None, vec![StrPart::Str(text)])
}

pub(super) fn binary<'s>(left: T<'s>, operator: BinaryOp<&'s str>, right: T<'s>) -> T<'s> {
    Term::BinOp(Box::new(left), operator, Box::new(right))
}

/// `value as $name | body`.
pub(super) fn bind<'s>(value: T<'s>, name: &'s str, body: T<'s>) -> T<'s> {
    binary(value, BinaryOp::Pipe(Some(Pattern::Var(name))), body)
}

pub(super) fn is_mark(part: &(Part<T<'_>>, Opt), mark: &str) -> bool {
    matches!(&part.0, Part::Index(Term::Str(None, parts)) if matches!(parts[..], [StrPart::Str(text)] if text == mark))
}

impl<'s> Rewriter<'s> {
    /// A rewriter for `source`; without an arena there can be no `$__loc__`.
    pub(super) fn new(source: &'s str, arena: Option<&'s Arena>) -> Self {
        Self {
            source,
            arena,
            own_names: BTreeSet::new(),
            refusals: Vec::new(),
        }
    }

    pub(super) fn defs(&mut self, defs: Vec<Def<&'s str>>) -> Vec<Def<&'s str>> {
        defs.into_iter()
            .map(|def| {
                let capturing = captures(&def);
                let body = self.term(def.body);
                let body = if capturing {
                    binary(
                        call("_count_capture", Vec::new()),
                        BinaryOp::Pipe(None),
                        body,
                    )
                } else {
                    body
                };
                Def { body, ..def }
            })
            .collect()
    }

    /// Rewrites `term`, the whole of a source.
    pub(super) fn whole(&mut self, term: T<'s>) -> T<'s> {
        self.collect_names(&term);
        self.term(term)
    }

    fn collect_names(&mut self, term: &T<'s>) {
        let mut waiting = vec![term];
        while let Some(term) = waiting.pop() {
            if let Term::Def(defs, _) = term {
                for def in defs {
                    self.own_names.insert(def.name);
                    self.own_names.extend(def.args.iter().copied());
                }
            }
            waiting.extend(super::outputs::children(term));
        }
    }

    fn boxed(&mut self, term: T<'s>) -> Box<T<'s>> {
        Box::new(self.term(term))
    }

    pub(super) fn many(&mut self, terms: Vec<T<'s>>) -> Vec<T<'s>> {
        terms.into_iter().map(|term| self.term(term)).collect()
    }

    pub(super) fn refuse(&mut self, at: Option<&'s str>, message: &str) {
        self.refusals.push(Refusal {
            at,
            message: message.to_owned(),
        });
    }

    pub(super) fn outputs(&self, term: &T<'s>) -> Outputs {
        outputs(term, &self.own_names)
    }

    pub(super) fn term(&mut self, term: T<'s>) -> T<'s> {
        match term {
            Term::BinOp(left, operator, right) => self.binary(*left, operator, *right),
            Term::Path(base, path) => self.path(*base, path),
            Term::Str(format, parts) => self.string(format, parts),
            Term::Fold(kind, source, pattern, arguments) => {
                self.fold(kind, *source, pattern, arguments)
            }
            Term::Var(name) if name == "$__loc__" => self.location(name),
            Term::Call("recurse", arguments)
                if arguments.is_empty() && !self.own_names.contains("recurse") =>
            {
                Term::Recurse
            }
            Term::Call(name, arguments) => Term::Call(name, self.many(arguments)),
            Term::Arr(inner) => Term::Arr(inner.map(|inner| self.boxed(*inner))),
            Term::Obj(entries) => self.object(entries),
            Term::Neg(inner) => Term::Neg(self.boxed(*inner)),
            Term::Label(name, inner) => Term::Label(name, self.boxed(*inner)),
            Term::TryCatch(inner, catch) => {
                Term::TryCatch(self.boxed(*inner), catch.map(|catch| self.boxed(*catch)))
            }
            Term::IfThenElse(branches, otherwise) => {
                let branches = branches
                    .into_iter()
                    .map(|(condition, branch)| (self.term(condition), self.term(branch)));
                let branches = branches.collect();
                Term::IfThenElse(branches, otherwise.map(|otherwise| self.boxed(*otherwise)))
            }
            Term::Def(defs, inner) => Term::Def(self.defs(defs), self.boxed(*inner)),
            other @ (Term::Id | Term::Recurse | Term::Num(_) | Term::Break(_) | Term::Var(_)) => {
                other
            }
        }
    }

    fn binary(&mut self, mut left: T<'s>, mut operator: BinaryOp<&'s str>, right: T<'s>) -> T<'s> {
        if matches!(operator, BinaryOp::Math(Math::Mul)) && take_remainder(&mut left) {
            operator = BinaryOp::Math(Math::Rem);
        }
        self.check_chain(&left, &operator, &right);
        match operator {
            BinaryOp::Pipe(Some(pattern)) => return self.bound(left, pattern, right),
            BinaryOp::Update => return call("_modify", vec![self.term(left), self.term(right)]),
            BinaryOp::Assign => return call("_assign", vec![self.term(left), self.term(right)]),
            BinaryOp::UpdateMath(operator) => {
                let update = binary(Term::Id, BinaryOp::Math(operator), Term::Var(RIGHT));
                let modify = call("_modify", vec![self.term(left), update]);
                return bind(self.term(right), RIGHT, modify);
            }
            BinaryOp::UpdateAlt => {
                let update = binary(Term::Id, BinaryOp::Alt, Term::Var(RIGHT));
                let modify = call("_modify", vec![self.term(left), update]);
                return bind(self.term(right), RIGHT, modify);
            }
            _ => {}
        }
        let (left, right) = (self.term(left), self.term(right));
        let product = matches!(operator, BinaryOp::Math(_) | BinaryOp::Cmp(_));
        let certain = |term: &T<'s>| matches!(term, Term::Id | Term::Num(_) | Term::Var(_) | Term::Str(_, _) if self.outputs(term) == Outputs::One);
        // With one output on each side the order only decides which of two errors is reported, which is not worth the detour.
        let one_each = self.outputs(&left).max(self.outputs(&right)) == Outputs::One;
        if product && !one_each && !certain(&left) && !certain(&right) {
            return bind(right, RIGHT, binary(left, operator, Term::Var(RIGHT)));
        }
        binary(left, operator, right)
    }

    /// Comparisons and assignments do not chain in jq.
    fn check_chain(&mut self, left: &T<'s>, operator: &BinaryOp<&'s str>, right: &T<'s>) {
        fn rank(operator: &BinaryOp<&str>) -> u8 {
            match operator {
                BinaryOp::Cmp(_) => 1,
                BinaryOp::Assign
                | BinaryOp::Update
                | BinaryOp::UpdateMath(_)
                | BinaryOp::UpdateAlt => 2,
                _ => 0,
            }
        }
        let same = |term: &T<'s>| matches!(term, Term::BinOp(_, inner, _) if rank(inner) == rank(operator));
        if rank(operator) > 0 && (same(left) || same(right)) {
            let message = "comparisons and assignments do not chain; use parentheses";
            self.refuse(super::outputs::anchor(right, self.source), message);
        }
    }

    /// `left as pattern | right`, where the pattern may hold alternatives.
    fn bound(&mut self, left: T<'s>, pattern: Pattern<&'s str>, right: T<'s>) -> T<'s> {
        let left = self.term(left);
        let right = self.term(right);
        let alternatives = match pattern {
            Pattern::Arr(mut patterns)
                if matches!(patterns.last(), Some(Pattern::Var(ALTERNATIVES))) =>
            {
                patterns.pop();
                patterns
            }
            pattern => {
                let pattern = self.pattern(pattern);
                return binary(left, BinaryOp::Pipe(Some(pattern)), right);
            }
        };
        let patterns: Vec<_> = alternatives
            .into_iter()
            .map(|pattern| self.pattern(pattern))
            .collect();
        let mut names = BTreeSet::new();
        patterns
            .iter()
            .for_each(|pattern| pattern_names(pattern, &mut names));
        // Each attempt runs on the input of the whole; an error anywhere in it starts the next.
        let attempt = |pattern: Pattern<&'s str>| {
            let body = binary(
                Term::Var("$_dot"),
                BinaryOp::Pipe(None),
                binary(
                    Term::Var("$_value"),
                    BinaryOp::Pipe(Some(pattern)),
                    right.clone(),
                ),
            );
            names.iter().fold(body, |body, name| {
                bind(call("null", Vec::new()), name, body)
            })
        };
        let attempts = patterns.into_iter().map(attempt).rev();
        let attempts =
            attempts.reduce(|next, first| Term::TryCatch(Box::new(first), Some(Box::new(next))));
        bind(
            Term::Id,
            "$_dot",
            bind(left, "$_value", attempts.unwrap_or(Term::Id)),
        )
    }

    pub(super) fn pattern(&mut self, pattern: Pattern<&'s str>) -> Pattern<&'s str> {
        match pattern {
            Pattern::Var(name) => Pattern::Var(name),
            Pattern::Arr(patterns) => Pattern::Arr(
                patterns
                    .into_iter()
                    .map(|pattern| self.pattern(pattern))
                    .collect(),
            ),
            Pattern::Obj(entries) => Pattern::Obj(
                entries
                    .into_iter()
                    .map(|(key, pattern)| {
                        self.check_key(&key);
                        (self.term(key), self.pattern(pattern))
                    })
                    .collect(),
            ),
        }
    }

    fn object(&mut self, entries: Vec<(T<'s>, Option<T<'s>>)>) -> T<'s> {
        let entries = entries.into_iter().map(|(key, value)| match (key, value) {
            (Term::Var(name), None) if name == "$__loc__" => {
                (text("__loc__"), Some(self.location(name)))
            }
            (key, value) => {
                self.check_key(&key);
                let key = if matches!(key, Term::Var(_)) {
                    key
                } else {
                    self.term(key)
                };
                (key, value.map(|value| self.term(value)))
            }
        });
        Term::Obj(entries.collect())
    }

    fn check_key(&mut self, key: &T<'s>) {
        let kind = match key {
            Term::Num(_) => "number",
            Term::Call("true" | "false", arguments) if arguments.is_empty() => "boolean",
            Term::Call("null", arguments) if arguments.is_empty() => "null",
            Term::Arr(_) => "array",
            Term::Obj(_) => "object",
            _ => return,
        };
        self.refuse(
            super::outputs::anchor(key, self.source),
            &format!("cannot use a {kind} as object key"),
        );
    }

    /// Where the source says `$__loc__`.
    fn location(&mut self, name: &'s str) -> T<'s> {
        let at = (name.as_ptr() as usize).wrapping_sub(self.source.as_ptr() as usize);
        let line = 1 + self
            .source
            .get(..at)
            .map_or(0, |before| before.matches('\n').count());
        let line: &'s str = self
            .arena
            .map_or("1", |arena| arena.alloc(line.to_string()));
        Term::Obj(vec![
            (text("file"), Some(text("<top-level>"))),
            (text("line"), Some(Term::Num(line))),
        ])
    }
}

/// True for a definition that calls itself and takes filters: every call keeps the variables of its caller, and a chain of
/// them is memory that nobody counts and that takes stack to free.
fn captures(def: &Def<&str>) -> bool {
    let takes_filters = def.args.iter().any(|argument| !argument.starts_with('$'));
    takes_filters && super::definitions::calls(&def.body).contains(&(def.name, def.args.len()))
}

fn pattern_names<'s>(pattern: &Pattern<&'s str>, names: &mut BTreeSet<&'s str>) {
    match pattern {
        Pattern::Var(name) => {
            names.insert(name);
        }
        Pattern::Arr(patterns) => patterns
            .iter()
            .for_each(|pattern| pattern_names(pattern, names)),
        Pattern::Obj(entries) => entries
            .iter()
            .for_each(|(_, pattern)| pattern_names(pattern, names)),
    }
}

/// Removes the mark of a `%` from the last operand of `term`, if it is there.
fn take_remainder(term: &mut T<'_>) -> bool {
    match term {
        Term::Path(base, path) => {
            if !path.0.last().is_some_and(|part| is_mark(part, REMAINDER)) {
                return false;
            }
            path.0.pop();
            if path.0.is_empty() {
                *term = std::mem::take(&mut **base);
            }
            true
        }
        Term::Neg(inner) => take_remainder(inner),
        Term::TryCatch(_, Some(catch)) => take_remainder(catch),
        Term::TryCatch(inner, None) => take_remainder(inner),
        Term::BinOp(_, BinaryOp::Math(Math::Mul | Math::Div | Math::Rem), right) => {
            take_remainder(right)
        }
        _ => false,
    }
}

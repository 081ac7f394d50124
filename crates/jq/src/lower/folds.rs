//! `reduce`, `foreach`, and patterns with or without alternatives.

use std::collections::BTreeSet;

use jaq_core::load::parse;
use jaq_core::path::{Opt, Part, Path};

use super::outputs::Outputs;
use super::paths::Position;
use super::{Code, Lowered, Lowerer, bind, call, pipe, text};
use crate::syntax::{Key, Pattern, Term};

type CodePattern<'t> = parse::Pattern<&'t str>;

/// Variables for the input of a term with alternatives, and for the value that its patterns destructure. The names cannot be
/// written in an expression.
const INPUT: &str = "$ input";
const VALUE: &str = "$ value";

/// Variable for the state after an update.
const STATE: &str = "$ state";

impl<'t> Lowerer<'t> {
    /// `source as patterns | body`.
    pub(super) fn bound(&self, source: &'t Term, patterns: &'t [Pattern], body: &'t Term, place: Position) -> Lowered<'t> {
        let source = self.value(source);
        let body = self.term(body, place);
        let outputs = match patterns {
            [Pattern::Variable(_)] => source.outputs.max(body.outputs),
            _ => Outputs::Many,
        };
        let code = match patterns {
            [pattern] => self.bind(source.code, pattern, body.code),
            patterns => bind(source.code, VALUE, self.attempts(patterns, body.code)),
        };
        Lowered { code, outputs }
    }

    fn bind(&self, source: Code<'t>, pattern: &'t Pattern, body: Code<'t>) -> Code<'t> {
        let pattern = Some(self.pattern(pattern));
        super::binary(source, parse::BinaryOp::Pipe(pattern), body)
    }

    /// `body` with [`VALUE`] destructured by the first pattern with which neither pattern nor body fails.
    fn attempts(&self, patterns: &'t [Pattern], body: Code<'t>) -> Code<'t> {
        let mut variables = Vec::new();
        patterns.iter().for_each(|pattern| pattern.variables(&mut variables));
        let variables: BTreeSet<&str> = variables.into_iter().collect();
        let attempt = |(at, pattern): (usize, &'t Pattern)| {
            let body = self.bind(Code::Var(VALUE), pattern, body.clone());
            let body = variables.iter().fold(body, |body, name| bind(call("!null", Vec::new()), name, body));
            // The handler gets an error and not an input.
            if at == 0 { body } else { pipe(Code::Var(INPUT), body) }
        };
        let attempts = patterns.iter().enumerate().map(attempt).rev();
        let attempts = attempts.reduce(|next, first| Code::TryCatch(Box::new(first), Some(Box::new(next))));
        bind(Code::Id, INPUT, attempts.unwrap_or(Code::Id))
    }

    fn pattern(&self, pattern: &'t Pattern) -> CodePattern<'t> {
        match pattern {
            Pattern::Variable(name) => CodePattern::Var(name),
            Pattern::Array(patterns) => {
                let patterns = patterns.iter().map(|pattern| self.pattern(pattern));
                CodePattern::Arr(patterns.collect())
            }
            Pattern::Object(entries) => {
                let mut all = Vec::with_capacity(entries.len());
                for entry in entries {
                    let key = match &entry.key {
                        Key::Name(name) => text(name),
                        Key::Computed(key) => self.value(key).code,
                    };
                    let variable = entry.variable.as_deref().map(CodePattern::Var);
                    let pattern = entry.pattern.as_ref().map(|pattern| self.pattern(pattern));
                    let both = variable.into_iter().chain(pattern);
                    all.extend(both.map(|pattern| (key.clone(), pattern)));
                }
                CodePattern::Obj(all)
            }
        }
    }

    /// `reduce`: the next state is the last output of an update, or null when it has none.
    pub(super) fn reduce(
        &self,
        source: &'t Term,
        patterns: &'t [Pattern],
        init: &'t Term,
        update: &'t Term,
        place: Position,
    ) -> Lowered<'t> {
        let source = self.value(source);
        let init = self.term(init, place);
        let update = self.term(update, place);
        let (pattern, body) = match patterns {
            [pattern] => (self.pattern(pattern), update.code),
            patterns => (CodePattern::Var(VALUE), self.attempts(patterns, update.code)),
        };
        let is_plain = patterns.len() == 1 && update.outputs == Outputs::One;
        let body = if is_plain { body } else { call("!state", vec![body]) };
        let arguments = vec![init.code, body];
        Lowered { code: Code::Fold("reduce", Box::new(source.code), pattern, arguments), outputs: init.outputs }
    }

    /// `foreach`: `extract` runs for each output of an update, and the last output is the next state; without an output it is
    /// null.
    pub(super) fn foreach(
        &self,
        source: &'t Term,
        patterns: &'t [Pattern],
        (init, update, extract): (&'t Term, &'t Term, Option<&'t Term>),
        place: Position,
    ) -> Lowered<'t> {
        let leaves = update.holds(&|term| matches!(term.kind, crate::syntax::TermKind::Break(_)));
        let source = Box::new(self.value(source).code);
        let init = self.term(init, place).code;
        let update = self.term(update, place);
        let extract = extract.map(|extract| self.term(extract, place).code);
        let (pattern, arguments) = match patterns {
            [pattern] if update.outputs == Outputs::One || leaves => {
                let arguments = [Some(init), Some(update.code), extract];
                (self.pattern(pattern), arguments.into_iter().flatten().collect())
            }
            // The state is the list of outputs of the last update.
            [pattern] => {
                let init = pipe(init, list(Code::Id));
                let update = list(pipe(element(LAST), update.code));
                let extract = match extract {
                    Some(extract) => pipe(each(Code::Id), extract),
                    None => each(Code::Id),
                };
                (self.pattern(pattern), vec![init, update, extract])
            }
            // `extract` needs the variables of the pattern that matched, so each state is kept with its outputs.
            patterns => {
                let init = pipe(init, list(list(Code::Id)));
                let extract = extract.unwrap_or(Code::Id);
                let extracted = pipe(Code::Var(STATE), extract);
                let both =
                    super::binary(list(Code::Var(STATE)), parse::BinaryOp::Math(jaq_core::ops::Math::Add), list(list(extracted)));
                let step = bind(update.code, STATE, both);
                let state = pipe(element(LAST), element("0"));
                let update = list(pipe(state, self.attempts(patterns, step)));
                let extract = pipe(each(Code::Id), pipe(element("1"), each(Code::Id)));
                (CodePattern::Var(VALUE), vec![init, update, extract])
            }
        };
        Lowered { code: Code::Fold("foreach", source, pattern, arguments), outputs: Outputs::Many }
    }
}

const LAST: &str = "-1";

fn list(inner: Code<'_>) -> Code<'_> {
    Code::Arr(Some(Box::new(inner)))
}

fn each(of: Code<'_>) -> Code<'_> {
    Code::Path(Box::new(of), Path(vec![(Part::Range(None, None), Opt::Essential)]))
}

fn element(at: &str) -> Code<'_> {
    let index = (Part::Index(Code::Num(at)), Opt::Essential);
    Code::Path(Box::new(Code::Id), Path(vec![index]))
}

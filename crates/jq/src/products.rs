//! Terms with several outputs: jq runs what stands on the right outermost, and a fold keeps the last state.

use jaq_core::load::lex::StrPart;
use jaq_core::load::parse::{BinaryOp, Pattern, Term};
use jaq_core::ops::Math;
use jaq_core::path::{Opt, Part, Path};

use super::outputs::{Outputs, breaks};
use super::rewrite::{RIGHT, Rewriter, T, binary, bind, call, is_mark};
use super::tokens::{ALTERNATIVES, GROUP, REMAINDER};

impl<'s> Rewriter<'s> {
    /// Strips the marks from a path, and runs several bases under several indices as jq does: bases innermost.
    pub(super) fn path(&mut self, base: T<'s>, Path(parts): Path<T<'s>>) -> T<'s> {
        let parts = parts
            .into_iter()
            .filter(|part| !is_mark(part, GROUP) && !is_mark(part, REMAINDER));
        let parts: Vec<_> = parts.map(|(part, opt)| (self.part(part), opt)).collect();
        let base = self.term(base);
        if parts.is_empty() {
            return base;
        }
        let is_many = |part: &Part<T<'s>>| matches!(part, Part::Index(index) if self.outputs(index) == Outputs::Many);
        let many = parts.iter().filter(|(part, _)| is_many(part)).count();
        let across = |part: &(Part<T<'s>>, Opt)| matches!(part.0, Part::Range(None, None));
        if many == 0
            || (many == 1 && self.outputs(&base) != Outputs::Many && !parts.iter().any(across))
        {
            return Term::Path(Box::new(base), Path(parts));
        }
        const NAMES: [&str; 4] = ["$_index_1", "$_index_2", "$_index_3", "$_index_4"];
        let mut names = NAMES.iter();
        let mut held = Vec::new();
        let mut kept = Vec::new();
        for (part, opt) in parts {
            let part = match part {
                Part::Index(index) if self.outputs(&index) == Outputs::Many => match names.next() {
                    Some(name) => {
                        held.push((*name, index));
                        Part::Index(Term::Var(*name))
                    }
                    None => Part::Index(index),
                },
                other => other,
            };
            kept.push((part, opt));
        }
        let inner = Term::Path(Box::new(base), Path(kept));
        held.into_iter()
            .fold(inner, |inner, (name, index)| bind(index, name, inner))
    }

    fn part(&mut self, part: Part<T<'s>>) -> Part<T<'s>> {
        match part {
            Part::Index(index) => Part::Index(self.term(index)),
            Part::Range(from, upto) => Part::Range(
                from.map(|from| self.term(from)),
                upto.map(|upto| self.term(upto)),
            ),
        }
    }

    pub(super) fn string(
        &mut self,
        format: Option<&'s str>,
        parts: Vec<StrPart<&'s str, T<'s>>>,
    ) -> T<'s> {
        let parts: Vec<_> = parts
            .into_iter()
            .map(|part| match part {
                StrPart::Term(term) => StrPart::Term(self.term(term)),
                other => other,
            })
            .collect();
        let many = |part: &&StrPart<&'s str, T<'s>>| matches!(part, StrPart::Term(term) if self.outputs(term) == Outputs::Many);
        if parts.iter().filter(many).count() < 2 {
            return Term::Str(format, parts);
        }
        let single = |part| Term::Str(format, vec![part]);
        let parts = parts.into_iter().map(single);
        let add = |left, right| {
            bind(
                right,
                RIGHT,
                binary(left, BinaryOp::Math(Math::Add), Term::Var(RIGHT)),
            )
        };
        parts.reduce(add).unwrap_or(Term::Str(None, Vec::new()))
    }

    pub(super) fn fold(
        &mut self,
        kind: &'s str,
        source: T<'s>,
        pattern: Pattern<&'s str>,
        arguments: Vec<T<'s>>,
    ) -> T<'s> {
        if matches!(&pattern, Pattern::Arr(patterns) if matches!(patterns.last(), Some(Pattern::Var(ALTERNATIVES))))
        {
            self.refuse(
                Some(kind),
                "`?//` (alternative destructuring) is not supported in `reduce` and `foreach`",
            );
        }
        let source = self.term(source);
        let pattern = self.pattern(pattern);
        let mut arguments = self.many(arguments);
        if arguments.len() >= 2 && self.outputs(&arguments[1]) != Outputs::One {
            let update = std::mem::take(&mut arguments[1]);
            if kind == "reduce" {
                arguments[1] = call("_state", vec![update]);
            } else if !breaks(&update) {
                // The state is the list of what the last update gave; its last one, or null, is where the next begins.
                let last = |term: T<'s>| {
                    Term::Path(
                        Box::new(term),
                        Path(vec![(
                            Part::Index(Term::Neg(Box::new(Term::Num("1")))),
                            Opt::Essential,
                        )]),
                    )
                };
                let step = binary(last(Term::Id), BinaryOp::Pipe(None), update);
                let every = Term::Path(
                    Box::new(Term::Id),
                    Path(vec![(Part::Range(None, None), Opt::Essential)]),
                );
                arguments[1] = Term::Arr(Some(Box::new(step)));
                let init = std::mem::take(&mut arguments[0]);
                arguments[0] = binary(
                    init,
                    BinaryOp::Pipe(None),
                    Term::Arr(Some(Box::new(Term::Id))),
                );
                let extract = if arguments.len() > 2 {
                    arguments.pop()
                } else {
                    None
                };
                arguments.push(match extract {
                    Some(extract) => binary(every, BinaryOp::Pipe(None), extract),
                    None => every,
                });
            } else {
                arguments[1] = update;
            }
        }
        Term::Fold(kind, Box::new(source), pattern, arguments)
    }
}

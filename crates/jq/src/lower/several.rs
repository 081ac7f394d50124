//! Terms with several outputs. jq iterates the right operand in the outer loop, the library the left one. Terms that must run in
//! jq's order are bound to variables in that order.

use jaq_core::load::lex::StrPart;
use jaq_core::path::{Opt, Part as CodePart, Path};

use super::outputs::Outputs;
use super::paths::Position;
use super::{Code, Lowered, Lowerer, bind, call, pipe, text};
use crate::syntax::{Entry, Key, Part, Term};

/// Names of the variables. They cannot be written in an expression. Terms beyond the twelfth keep the library's order; no
/// meaningful expression has so many.
const VARIABLES: [&str; 12] = ["$ 1", "$ 2", "$ 3", "$ 4", "$ 5", "$ 6", "$ 7", "$ 8", "$ 9", "$ 10", "$ 11", "$ 12"];

/// Terms that are bound to variables and evaluated in the given order, the first one in the outermost loop.
#[derive(Default)]
pub(super) struct BoundTerms<'t>(Vec<(&'static str, Code<'t>)>);

impl<'t> BoundTerms<'t> {
    /// Binds a term to a variable, and returns the code that replaces it.
    pub(super) fn bind(&mut self, code: Code<'t>) -> Code<'t> {
        match VARIABLES.get(self.0.len()) {
            Some(name) => {
                self.0.push((name, code));
                Code::Var(name)
            }
            None => code,
        }
    }

    pub(super) fn around(self, inner: Code<'t>) -> Code<'t> {
        let held = self.0.into_iter().rev();
        held.fold(inner, |inner, (name, code)| bind(code, name, inner))
    }
}

/// A step with its index and bounds lowered.
struct LoweredStep<'t> {
    part: CodePart<Code<'t>>,
    optional: bool,
    is_each: bool,
}

impl<'t> Lowerer<'t> {
    /// Lowers a path: bases in the innermost loop, then the indices from the left; of the bounds of a slice the first is in the
    /// outer loop.
    pub(super) fn path(&self, term: &'t Term, place: Position) -> Lowered<'t> {
        let (base, steps) = term.steps();
        let base = self.term(base, place);
        let mut outputs = base.outputs;
        // A single index needs no order.
        let (mut indices, mut several) = (0, base.outputs != Outputs::One);
        let mut see = |term: &'t Term| {
            let lowered = self.value(term);
            outputs = outputs.max(lowered.outputs);
            several |= lowered.outputs != Outputs::One;
            indices += 1;
            lowered
        };
        let mut lowered = Vec::with_capacity(steps.len());
        for step in &steps {
            let bounds = match step.part {
                Part::Key(_) | Part::Each => [None, None],
                Part::Index(index) => [Some(see(index)), None],
                Part::Slice(from, upto) => [from.map(&mut see), upto.map(&mut see)],
            };
            lowered.push((step, bounds));
        }
        let is_each = |part: &Part<'_>| matches!(part, Part::Each);
        let ordered =
            several && (indices > 1 || !base.is_certain() || steps.iter().any(|step| is_each(&step.part) || step.optional));
        let checked = place == Position::Path { checked: true };
        let mut held = BoundTerms::default();
        let mut parts = Vec::with_capacity(lowered.len());
        // The rightmost term is in the outermost loop.
        for (step, bounds) in lowered.into_iter().rev() {
            let [from, upto] = bounds.map(|bound| {
                bound.map(|bound| {
                    if (ordered && !bound.is_certain()) || (checked && !bound.is_constant()) {
                        held.bind(bound.code)
                    } else {
                        bound.code
                    }
                })
            });
            let part = match step.part {
                Part::Key(key) => CodePart::Index(text(key)),
                Part::Each => CodePart::Range(None, None),
                Part::Index(_) => CodePart::Index(from.unwrap_or(Code::Id)),
                Part::Slice(..) => CodePart::Range(from, upto),
            };
            parts.push(LoweredStep { part, optional: step.optional, is_each: is_each(&step.part) });
        }
        parts.reverse();
        if parts.iter().any(|step| step.is_each) {
            outputs = Outputs::Many;
        } else if parts.iter().any(|step| step.optional) {
            outputs = outputs.max(Outputs::AtMostOne);
        }
        let code = if checked {
            checked_path(base.code, parts)
        } else {
            let parts = parts.into_iter().map(|step| (step.part, opt(step.optional)));
            Code::Path(Box::new(base.code), Path(parts.collect()))
        };
        Lowered { code: held.around(code), outputs }
    }

    /// Lowers a text with interpolation.
    pub(super) fn text(
        &self,
        format: Option<&'t str>,
        pieces: &'t [(String, std::ops::Range<usize>)],
        parts: &'t [Term],
    ) -> Lowered<'t> {
        let parts: Vec<_> = parts.iter().map(|part| self.value(part)).collect();
        let outputs = parts.iter().map(|part| part.outputs).max();
        let outputs = outputs.unwrap_or(Outputs::One);
        let ordered = parts.len() > 1 && outputs != Outputs::One;
        let mut held = BoundTerms::default();
        let mut terms: Vec<_> = parts
            .into_iter()
            .rev()
            .map(|part| if ordered && !part.is_certain() { held.bind(part.code) } else { part.code })
            .collect();
        let mut all = Vec::with_capacity(2 * pieces.len());
        for (piece, _) in pieces {
            if !piece.is_empty() {
                all.push(StrPart::Str(piece.as_str()));
            }
            all.extend(terms.pop().map(StrPart::Term));
        }
        Lowered { code: held.around(Code::Str(format, all)), outputs }
    }

    /// Lowers an object: the left entries are in the outer loop, as in the library, but an error on the left is raised even when
    /// the right has no output.
    pub(super) fn object(&self, entries: &'t [Entry]) -> Lowered<'t> {
        let lowered: Vec<_> = entries
            .iter()
            .map(|entry| {
                let key = match &entry.key {
                    Key::Name(name) => Lowered { code: text(name), outputs: Outputs::One },
                    Key::Computed(key) => self.value(key),
                };
                let value = entry.value.as_ref().map(|value| self.value(value));
                (key, value)
            })
            .collect();
        let of = |(key, value): &(Lowered<'_>, Option<Lowered<'_>>)| {
            let value = value.as_ref().map_or(Outputs::One, |value| value.outputs);
            key.outputs.max(value)
        };
        let outputs = lowered.iter().map(of).max().unwrap_or(Outputs::One);
        let mut held = BoundTerms::default();
        let mut hold = |lowered: Lowered<'t>, always: bool| {
            let ordered = outputs != Outputs::One && !lowered.is_certain();
            if ordered || always { held.bind(lowered.code) } else { lowered.code }
        };
        let entries = lowered.into_iter().map(|(key, value)| match value {
            Some(value) => {
                let key = hold(key, false);
                (key, Some(hold(value, false)))
            }
            // The key is also the field that is looked up, and is computed once.
            None => {
                let key = hold(key, true);
                let field = CodePart::Index(key.clone());
                let path = Path(vec![(field, Opt::Essential)]);
                let value = Lowered { code: Code::Path(Box::new(Code::Id), path), outputs: Outputs::One };
                let value = hold(value, false);
                (key, Some(value))
            }
        });
        let code = Code::Obj(entries.collect());
        Lowered { code: held.around(code), outputs }
    }

    /// Lowers the arguments of a function that takes all of its values at once: the last one is in the outermost loop.
    pub(super) fn computed_from_the_right(&self, name: &'t str, arguments: Vec<Lowered<'t>>) -> Lowered<'t> {
        let outputs = super::outputs::of_call(name, &arguments);
        let ordered = arguments.iter().any(|argument| argument.outputs != Outputs::One);
        let mut held = BoundTerms::default();
        let mut arguments: Vec<_> = arguments
            .into_iter()
            .rev()
            .map(|argument| if ordered && !argument.is_certain() { held.bind(argument.code) } else { argument.code })
            .collect();
        arguments.reverse();
        Lowered { code: held.around(call(name, arguments)), outputs }
    }
}

fn opt(optional: bool) -> Opt {
    if optional { Opt::Optional } else { Opt::Essential }
}

/// A path that reports when its base is no path.
fn checked_path<'t>(base: Code<'t>, steps: Vec<LoweredStep<'t>>) -> Code<'t> {
    steps.into_iter().fold(base, |base, step| {
        let check = match &step.part {
            CodePart::Range(None, None) => call("!each", Vec::new()),
            CodePart::Index(index) => call("!index", vec![index.clone()]),
            CodePart::Range(from, upto) => {
                let bound = |bound: &Option<Code<'t>>| {
                    let nothing = || call("!null", Vec::new());
                    bound.clone().unwrap_or_else(nothing)
                };
                let slice = Code::Obj(vec![(text("start"), Some(bound(from))), (text("end"), Some(bound(upto)))]);
                call("!index", vec![slice])
            }
        };
        let base = pipe(base, check);
        let path = Path(vec![(step.part, opt(step.optional))]);
        Code::Path(Box::new(base), path)
    })
}

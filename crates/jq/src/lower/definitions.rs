//! Filters written in jq, parsed once per process.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use jaq_core::load::lex::StrPart;
use jaq_core::load::parse::{BinaryOp, Def, Pattern};
use jaq_core::path::Part;

use super::{Code, Lowerer, Position};
use crate::syntax::{self, Term, TermKind};

const SOURCE: &str = concat!(include_str!("definitions.jq"), "\n.");

struct LibraryDefinition {
    def: Def<&'static str>,
    needs: Vec<usize>,
}

fn definitions() -> &'static [LibraryDefinition] {
    static TREE: OnceLock<Option<Term>> = OnceLock::new();
    static DEFINITIONS: OnceLock<Vec<LibraryDefinition>> = OnceLock::new();
    DEFINITIONS.get_or_init(|| {
        // An error in the file leaves definitions out, which the tests find.
        let tree = TREE.get_or_init(|| syntax::parse(SOURCE).ok());
        let mut defs = Vec::new();
        let mut rest = tree.as_ref();
        // No definition overrides a known filter, so the source has no names of its own.
        let lowerer = Lowerer { own: BTreeSet::new(), in_definitions: Position::Value };
        while let Some(TermKind::Define(definition, body)) = rest.map(|term| &term.kind) {
            defs.push(Lowerer::of_definition(definition, &lowerer));
            rest = Some(body);
        }
        let places: BTreeMap<(&str, usize), usize> =
            defs.iter().enumerate().map(|(at, def)| ((def.name, def.args.len()), at)).collect();
        let needs: Vec<Vec<usize>> =
            defs.iter().map(|def| calls(&def.body).iter().filter_map(|call| places.get(call).copied()).collect()).collect();
        defs.into_iter().zip(needs).map(|(def, needs)| LibraryDefinition { def, needs }).collect()
    })
}

impl<'t> Lowerer<'t> {
    /// Lowers a definition of this crate, with its inner definitions.
    fn of_definition(definition: &'t syntax::Definition, ours: &Self) -> Def<&'t str> {
        let own = Self::of(&definition.body).own;
        let parameters = definition.parameters.iter();
        let parameters = parameters.map(|name| name.strip_prefix('$').unwrap_or(name));
        let lowerer = Self { own: own.into_iter().chain(parameters).collect(), in_definitions: ours.in_definitions };
        lowerer.definition(definition)
    }
}

/// Name and number of arguments of every filter that `code` calls, with calls of its inner definitions.
pub(crate) fn calls<'t>(code: &Code<'t>) -> BTreeSet<(&'t str, usize)> {
    let mut found = BTreeSet::new();
    let mut waiting = vec![code];
    while let Some(code) = waiting.pop() {
        match code {
            Code::Call(name, arguments) => {
                found.insert((*name, arguments.len()));
            }
            Code::Str(Some(format), _) => {
                found.insert((*format, 0));
            }
            _ => {}
        }
        parts(code, &mut waiting);
    }
    found
}

/// Adds the direct subterms of `code`, with those of patterns and definitions.
fn parts<'c, 't>(code: &'c Code<'t>, all: &mut Vec<&'c Code<'t>>) {
    fn keys<'c, 't>(pattern: &'c Pattern<&'t str>, all: &mut Vec<&'c Code<'t>>) {
        match pattern {
            Pattern::Var(_) => {}
            Pattern::Arr(patterns) => patterns.iter().for_each(|pattern| keys(pattern, all)),
            Pattern::Obj(entries) => {
                for (key, pattern) in entries {
                    all.push(key);
                    keys(pattern, all);
                }
            }
        }
    }
    match code {
        Code::Id | Code::Recurse | Code::Num(_) | Code::Break(_) | Code::Var(_) | Code::Arr(None) => {}
        Code::Str(_, parts) => {
            let terms = parts.iter().filter_map(|part| match part {
                StrPart::Term(term) => Some(term),
                StrPart::Str(_) | StrPart::Char(_) => None,
            });
            all.extend(terms);
        }
        Code::Arr(Some(inner)) | Code::Neg(inner) | Code::Label(_, inner) => all.push(inner),
        Code::Obj(entries) => entries.iter().for_each(|(key, value)| all.extend(std::iter::once(key).chain(value))),
        Code::BinOp(left, operator, right) => {
            all.extend([&**left, &**right]);
            if let BinaryOp::Pipe(Some(pattern)) = operator {
                keys(pattern, all);
            }
        }
        Code::Fold(_, source, pattern, arguments) => {
            all.push(source);
            keys(pattern, all);
            all.extend(arguments);
        }
        Code::TryCatch(inner, catch) => {
            all.push(inner);
            all.extend(catch.as_deref());
        }
        Code::IfThenElse(branches, otherwise) => {
            branches.iter().for_each(|(condition, branch)| all.extend([condition, branch]));
            all.extend(otherwise.as_deref());
        }
        Code::Def(defs, inner) => {
            all.extend(defs.iter().map(|def| &def.body));
            all.push(inner);
        }
        Code::Call(_, arguments) => all.extend(arguments),
        Code::Path(base, path) => {
            all.push(base);
            for (part, _) in &path.0 {
                match part {
                    Part::Index(index) => all.push(index),
                    Part::Range(from, upto) => all.extend(from.iter().chain(upto)),
                }
            }
        }
    }
}

/// The definitions that `code` needs, each after those that it needs itself.
pub(crate) fn needed_by(code: &Code<'_>) -> Vec<Def<&'static str>> {
    let definitions = definitions();
    let called = calls(code);
    let mut needed = vec![false; definitions.len()];
    let is_called = |definition: &LibraryDefinition| called.contains(&(definition.def.name, definition.def.args.len()));
    let mut waiting: Vec<usize> =
        definitions.iter().enumerate().filter(|(_, definition)| is_called(definition)).map(|(at, _)| at).collect();
    while let Some(at) = waiting.pop() {
        if !std::mem::replace(&mut needed[at], true) {
            waiting.extend(&definitions[at].needs);
        }
    }
    let chosen = definitions.iter().zip(needed).filter(|(_, needed)| *needed);
    chosen.map(|(definition, _)| definition.def.clone()).collect()
}

/// `name/arity` of every definition.
pub(crate) fn names() -> impl Iterator<Item = String> {
    definitions().iter().map(|definition| format!("{}/{}", definition.def.name, definition.def.args.len()))
}

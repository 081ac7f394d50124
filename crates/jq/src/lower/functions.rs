//! Definitions and calls.

use jaq_core::load::parse::Def;

use super::outputs::{Outputs, of_call};
use super::paths::{self, Position};
use super::{Code, Lowered, Lowerer, bind, call, pipe};
use crate::syntax::{Definition, Term, TermKind};

/// Functions that take all of their values at once, computed from the right, and functions that pass their arguments to such a
/// function.
const FROM_THE_RIGHT: &[&str] = &[
    "atan2",
    "capture",
    "copysign",
    "drem",
    "fdim",
    "fma",
    "fmax",
    "fmin",
    "fmod",
    "hypot",
    "jn",
    "ldexp",
    "match",
    "nextafter",
    "nexttoward",
    "pow",
    "remainder",
    "scalb",
    "scalbln",
    "setpath",
    "test",
    "yn",
];

impl<'t> Lowerer<'t> {
    pub(super) fn call(&self, name: &'t str, arguments: &'t [Term], place: Position) -> Lowered<'t> {
        if self.own.contains(name) {
            let arguments = arguments.iter().map(|argument| self.term(argument, self.in_definitions).code);
            return Lowered { code: call(name, arguments.collect()), outputs: Outputs::Many };
        }
        if name == "recurse" && arguments.is_empty() {
            return Lowered { code: Code::Recurse, outputs: Outputs::Many };
        }
        if paths::asks_for_paths(name) {
            let arguments =
                arguments.iter().map(|argument| Lowered { code: self.asked_for_paths(argument), outputs: Outputs::Many });
            let arguments: Vec<_> = arguments.collect();
            let outputs = of_call(name, &arguments);
            let code = arguments.into_iter().map(|argument| argument.code);
            return Lowered { code: call(name, code.collect()), outputs };
        }
        let arguments: Vec<_> =
            arguments.iter().enumerate().map(|(at, argument)| self.term(argument, paths::of_argument(name, at, place))).collect();
        if arguments.len() > 1 && FROM_THE_RIGHT.contains(&name) {
            return self.computed_from_the_right(name, arguments);
        }
        let outputs = of_call(name, &arguments);
        let arguments = arguments.into_iter().map(|argument| argument.code);
        Lowered { code: call(name, arguments.collect()), outputs }
    }

    pub(super) fn define(&self, definition: &'t Definition, body: &'t Term, place: Position) -> Lowered<'t> {
        // Consecutive definitions are one list, so that a thousand of them are not nested.
        let mut definitions = vec![self.definition(definition)];
        let mut body = body;
        while let TermKind::Define(definition, rest) = &body.kind {
            definitions.push(self.definition(definition));
            body = rest;
        }
        let Lowered { code, .. } = self.term(body, place);
        Lowered { code: Code::Def(definitions, Box::new(code)), outputs: Outputs::Many }
    }

    /// Lowers a definition. In jq a parameter `$x` defines both `$x` and the filter `x`; in the library only one of them.
    pub(super) fn definition(&self, definition: &'t Definition) -> Def<&'t str> {
        let Definition { name, parameters, body } = definition;
        let calls = |wanted: &str| {
            body.holds(
                &|term| matches!(&term.kind, TermKind::Call { name, arguments, .. } if name == wanted && arguments.is_empty()),
            )
        };
        let filters = parameters.iter().any(|parameter| parameter.strip_prefix('$').is_some_and(calls));
        let takes_filters = filters || parameters.iter().any(|parameter| !parameter.starts_with('$'));
        let arity = parameters.len();
        let calls_itself = body.holds(&|term| {
            matches!(&term.kind, TermKind::Call { name: called, arguments, .. } if called == name && arguments.len() == arity)
        });
        let mut code = self.term(body, self.in_definitions).code;
        let mut args: Vec<&str> = parameters.iter().map(String::as_str).collect();
        if filters {
            for at in (0..args.len()).rev() {
                // The filter of that name is the last parameter of that name.
                let is_last =
                    |filter: &str| !parameters[at + 1..].iter().any(|later| later.strip_prefix('$').unwrap_or(later) == filter);
                let arg = args[at];
                if let Some(filter) = arg.strip_prefix('$').filter(|filter| is_last(filter)) {
                    code = bind(call(filter, Vec::new()), arg, code);
                    args[at] = filter;
                }
            }
        }
        // Every call of such a definition keeps the variables of its caller, and a chain of them is memory that is not counted
        // and that takes stack to free.
        if takes_filters && calls_itself {
            code = pipe(call("!capture", Vec::new()), code);
        }
        Def { name, args, body: code }
    }
}

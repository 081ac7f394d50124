//! Resolution of every name of a tree: functions with their number of arguments, variables, labels and formats.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::OnceLock;

use super::syntax::{Definition, Key, Pattern, Term, TermKind};
use super::{CompileError, lower, natives};

/// Global variables.
pub(super) const GLOBALS: [&str; 1] = ["$ENV"];

/// Maximum number of letters in which a suggested name differs.
const NEAR: usize = 2;

/// `name/arity` of everything that an expression can call, sorted.
pub(super) fn builtins() -> &'static BTreeSet<String> {
    static BUILTINS: OnceLock<BTreeSet<String>> = OnceLock::new();
    BUILTINS.get_or_init(|| {
        let natives = natives::all().into_iter().map(|(name, arguments, _)| format!("{name}/{}", arguments.len()));
        natives
            .chain(lower::definition_names())
            .chain(["builtins/0".to_owned()])
            .filter(|name| name.starts_with(|letter: char| letter.is_ascii_alphabetic()))
            .collect()
    })
}

/// Numbers of arguments that a function takes, ascending; none when there is no such function.
fn arities(name: &str, functions: &[(&str, usize)]) -> Vec<usize> {
    let own = functions.iter().filter(|(known, _)| *known == name).map(|(_, arity)| *arity);
    let builtin = builtins().iter().filter_map(|known| known.strip_prefix(name)?.strip_prefix('/')?.parse().ok());
    own.chain(builtin).collect::<BTreeSet<usize>>().into_iter().collect()
}

/// `name/arity` without its arity.
fn simple(known: &str) -> &str {
    known.split('/').next().unwrap_or(known)
}

/// Every undefined name of `term`, in the order of the text.
pub(super) fn undefined(term: &Term) -> Vec<CompileError> {
    let mut names = Resolver { functions: Vec::new(), variables: GLOBALS.to_vec(), labels: Vec::new(), errors: Vec::new() };
    names.term(term);
    names.errors
}

struct Resolver<'t> {
    functions: Vec<(&'t str, usize)>,
    variables: Vec<&'t str>,
    labels: Vec<&'t str>,
    errors: Vec<CompileError>,
}

impl<'t> Resolver<'t> {
    fn error(&mut self, span: Range<usize>, message: String) {
        self.errors.push(CompileError { span, message });
    }

    fn term(&mut self, term: &'t Term) {
        match &term.kind {
            TermKind::Call { name, place, arguments } => {
                self.function(name, arguments.len(), place);
                arguments.iter().for_each(|argument| self.term(argument));
            }
            TermKind::Variable(name) if !self.variables.contains(&name.as_str()) => {
                self.error(term.span.clone(), format!("undefined variable {name}"));
            }
            TermKind::Break(name) if !self.labels.contains(&name.as_str()) => {
                self.error(term.span.clone(), format!("undefined label ${name}"));
            }
            TermKind::Format(name) => self.format(name, &term.span),
            TermKind::Text { format: Some(format), parts, .. } => {
                let place = term.span.start..term.span.start + format.len();
                self.format(format, &place);
                parts.iter().for_each(|part| self.term(part));
            }
            TermKind::Define(definition, body) => self.definition(definition, body),
            TermKind::Label(name, body) => {
                self.labels.push(name);
                self.term(body);
                self.labels.pop();
            }
            TermKind::Bind { source, patterns, body } => {
                self.term(source);
                self.bound(patterns, &[], [Some(&**body)]);
            }
            TermKind::Reduce { source, patterns, init, update } => {
                self.term(source);
                self.bound(patterns, &[init], [Some(&**update)]);
            }
            TermKind::Foreach { source, patterns, init, update, extract } => {
                self.term(source);
                self.bound(patterns, &[init], [Some(&**update), extract.as_deref()]);
            }
            _ => term.parts().into_iter().for_each(|part| self.term(part)),
        }
    }

    /// Resolves the terms in which the variables of `patterns` are defined; the keys of the patterns and `outside` do not see
    /// them.
    fn bound<const N: usize>(&mut self, patterns: &'t [Pattern], outside: &[&'t Term], inside: [Option<&'t Term>; N]) {
        patterns.iter().for_each(|pattern| self.keys(pattern));
        outside.iter().for_each(|term| self.term(term));
        let before = self.variables.len();
        patterns.iter().for_each(|pattern| pattern.variables(&mut self.variables));
        inside.into_iter().flatten().for_each(|term| self.term(term));
        self.variables.truncate(before);
    }

    fn keys(&mut self, pattern: &'t Pattern) {
        match pattern {
            Pattern::Variable(_) => {}
            Pattern::Array(patterns) => patterns.iter().for_each(|pattern| self.keys(pattern)),
            Pattern::Object(entries) => {
                for entry in entries {
                    if let Key::Computed(key) = &entry.key {
                        self.term(key);
                    }
                    if let Some(pattern) = &entry.pattern {
                        self.keys(pattern);
                    }
                }
            }
        }
    }

    fn definition(&mut self, definition: &'t Definition, body: &'t Term) {
        let (functions, variables) = (self.functions.len(), self.variables.len());
        let own = (definition.name.as_str(), definition.parameters.len());
        self.functions.push(own);
        for parameter in &definition.parameters {
            let name = parameter.strip_prefix('$');
            if name.is_some() {
                self.variables.push(parameter);
            }
            self.functions.push((name.unwrap_or(parameter), 0));
        }
        self.term(&definition.body);
        self.variables.truncate(variables);
        self.functions.truncate(functions + 1);
        self.term(body);
        self.functions.truncate(functions);
    }

    fn function(&mut self, name: &'t str, arity: usize, place: &Range<usize>) {
        if let Some((module, _)) = name.split_once("::") {
            let place = place.start..place.start + module.len();
            return self.error(place, format!("modules (`{module}::`) are not supported"));
        }
        let asked = format!("{name}/{arity}");
        // jq's own definitions call it, and so can an expression, but `builtins` does not list it.
        let is_hidden = asked == "_strindices/1";
        if is_hidden || self.functions.contains(&(name, arity)) || builtins().contains(&asked) {
            return;
        }
        let message = match arities(name, &self.functions).as_slice() {
            [] => {
                let nearest = builtins().iter().map(|known| (strsim::damerau_levenshtein(known, &asked), known)).min();
                match nearest.filter(|(distance, _)| *distance <= NEAR.min(name.len() / 3)) {
                    Some((_, known)) => format!("undefined function `{name}`; did you mean `{}`?", simple(known)),
                    None => format!("undefined function `{name}`"),
                }
            }
            known => {
                let counts: Vec<String> = known.iter().map(ToString::to_string).collect();
                let plural = if known == [1] { "" } else { "s" };
                format!("`{name}` takes {} argument{plural}, not {arity}", counts.join(" or "))
            }
        };
        self.error(place.clone(), message);
    }

    fn format(&mut self, name: &str, place: &Range<usize>) {
        if !natives::is_format(name) {
            self.error(place.clone(), format!("`{name}` is not a format"));
        }
    }
}

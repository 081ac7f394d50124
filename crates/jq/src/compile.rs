//! Compilation of source text: a filter, or all errors with their positions.

use std::collections::BTreeSet;

use jaq_core::load::parse::Def;
use jaq_core::load::{Arena, File, Loader};
use jaq_core::{Compiler, Filter};

use super::fast::{Fast, touched};
use super::interpreter::Engine;
use super::lower::{self, Code};
use super::syntax::Term;
use super::{CompileError, names, natives, syntax};

/// Name of the definition that holds the whole expression.
const MAIN: &str = "__main__";

/// Result of a compilation.
pub(super) struct CompiledExpression {
    pub(super) fast: Option<Fast>,
    /// See [`touched`].
    pub(super) touched: Option<BTreeSet<String>>,
    /// `None` when the fast form covers all cases.
    pub(super) filter: Option<Filter<Engine>>,
}

/// Parses `source`, and resolves every name in it.
pub(super) fn read(source: &str, source_bytes: usize) -> Result<Term, Vec<CompileError>> {
    if source.len() > source_bytes {
        return Err(vec![CompileError {
            span: source_bytes..source.len(),
            message: format!("expression is longer than {source_bytes} bytes"),
        }]);
    }
    let term = syntax::parse(source).map_err(|error| vec![error])?;
    let mut undefined = names::undefined(&term);
    if undefined.is_empty() {
        return Ok(term);
    }
    undefined.sort_by_key(|error| (error.span.start, error.span.end));
    undefined.dedup();
    Err(undefined)
}

/// Compiles a parsed expression.
pub(super) fn compile(term: &Term) -> Result<CompiledExpression, Vec<CompileError>> {
    let fast = Fast::new(term);
    let touched = touched(term);
    if fast.as_ref().is_some_and(Fast::is_whole) {
        return Ok(CompiledExpression { fast, touched, filter: None });
    }
    link(lower::lower(term)).map_or_else(
        || {
            let message = "the engine cannot compile the expression, which is a mistake in the engine";
            Err(vec![CompileError { span: term.span.clone(), message: message.to_owned() }])
        },
        |filter| Ok(CompiledExpression { fast, touched, filter: Some(filter) }),
    )
}

/// Compiles lowered code with the library. It only fails for names that were not resolved before.
fn link(code: Code<'_>) -> Option<Filter<Engine>> {
    let mut defs: Vec<Def<&str>> = lower::needed_by(&code);
    // The list of all filter names takes time to compile, so it is only included when it is needed.
    if lower::calls(&code).contains(&("builtins", 0)) {
        defs.push(Def {
            name: "builtins",
            args: Vec::new(),
            body: lower::list_of_texts(names::builtins().iter().map(String::as_str)),
        });
    }
    defs.push(Def { name: MAIN, args: Vec::new(), body: code });
    let arena = Arena::default();
    let main = File { code: MAIN, path: () };
    let modules = Loader::new(defs).load(&arena, main).ok()?;
    let compiler = Compiler::default().with_funs(natives::all()).with_global_vars(names::GLOBALS);
    compiler.compile(modules).ok()
}

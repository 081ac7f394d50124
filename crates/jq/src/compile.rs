//! Source text to a filter that runs, or to everything that is wrong with it, each with its place.

use std::collections::BTreeSet;
use std::ops::Range;

use jaq_core::load::lex::{Expect as LexExpect, Lexer, Token};
use jaq_core::load::parse::{Def, Expect, Term};
use jaq_core::load::{Arena, File, Loader, Parser};
use jaq_core::{Compiler, Filter};

use super::interpreter::Engine;
use super::rewrite::Rewriter;
use super::shortcut::Shortcut;
use super::surrogates::Surrogates;
use super::touched::touched;
use super::{CompileError, definitions, natives, tokens};

/// The definition that holds the whole expression.
const MAIN: &str = "__main__";

/// Brackets open inside each other.
const NESTING: usize = 200;

/// Tokens of an expression. Each may be a level of the tree, and a level takes up to sixteen kilobytes of stack without
/// optimization.
const TOKENS: usize = 5_000;

/// What compiling gives.
pub(super) struct Compiled {
    pub(super) shortcut: Option<Shortcut>,
    /// See [`touched`].
    pub(super) touched: Option<BTreeSet<String>>,
    /// `None` when the shortcut says it all.
    pub(super) filter: Option<Filter<Engine>>,
}

/// Compiles `source`.
pub(super) fn compile(source: &str) -> Result<Compiled, Vec<CompileError>> {
    let surrogates = Surrogates::resolve(source);
    let compiled = compile_resolved(&surrogates.text);
    compiled.map_err(|mut errors| {
        for error in &mut errors {
            error.span = surrogates.original(error.span.clone());
        }
        errors.sort_by_key(|error| (error.span.start, error.span.end));
        errors.dedup();
        errors
    })
}

fn compile_resolved(source: &str) -> Result<Compiled, Vec<CompileError>> {
    if let Some(at) = nested_too_deep(source) {
        return Err(vec![CompileError {
            span: at..at + 1,
            message: format!("more than {NESTING} brackets are open inside each other"),
        }]);
    }
    let tokens = Lexer::new(source).lex().map_err(|errors| {
        errors
            .into_iter()
            .map(|error| lex_error(source, error))
            .collect::<Vec<_>>()
    })?;
    if let Some(Token(word @ ("import" | "include" | "module"), _)) = tokens.first() {
        return Err(vec![CompileError {
            span: span(source, word),
            message: format!("modules (`{word}`) are not supported"),
        }]);
    }
    if tokens::count(&tokens) > TOKENS {
        let message = format!("expression has more than {TOKENS} tokens");
        return Err(vec![CompileError {
            span: 0..source.len(),
            message,
        }]);
    }
    let tokens = tokens::arrange(tokens, source);
    let term = if tokens.is_empty() {
        Term::Id
    } else {
        parse(source, &tokens)?
    };
    let arena = Arena::default();
    let mut rewriter = Rewriter::new(source, Some(&arena));
    let term = rewriter.whole(term);
    if !rewriter.refusals.is_empty() {
        let refused = rewriter.refusals.into_iter().map(|refusal| CompileError {
            span: refusal.at.map_or(0..source.len(), |at| span(source, at)),
            message: refusal.message,
        });
        return Err(refused.collect());
    }
    let shortcut = Shortcut::new(&term);
    let touched = touched(&term);
    if shortcut.as_ref().is_some_and(Shortcut::is_whole) {
        return Ok(Compiled {
            shortcut,
            touched,
            filter: None,
        });
    }
    link(source, term).map(|filter| Compiled {
        shortcut,
        touched,
        filter: Some(filter),
    })
}

fn parse<'s>(
    source: &'s str,
    tokens: &[Token<&'s str>],
) -> Result<Term<&'s str>, Vec<CompileError>> {
    Parser::new(tokens)
        .parse(|parser| parser.term())
        .map_err(|errors| {
            let mut after = 0;
            let described = errors.into_iter().map(|(expected, found)| {
                let found = found.map_or("", |token| token.0);
                // Tokens of ours are not in the source; point at its end rather than nowhere.
                let at = if found.is_empty() {
                    source.len()..source.len()
                } else {
                    span(source, found)
                };
                after = after.max(at.end);
                CompileError {
                    message: parse_message(&expected, found, &source[at.start..]),
                    span: at,
                }
            });
            described.collect()
        })
}

fn parse_message(expected: &Expect<&str>, found: &str, rest: &str) -> String {
    if rest.starts_with("?//") {
        return "`?//` (alternative destructuring) is only supported between patterns".to_owned();
    }
    let expected = match expected {
        Expect::Just(token) => format!("`{token}`"),
        Expect::Nothing => "the end of the expression".to_owned(),
        other => other.as_str().to_owned(),
    };
    let found: String = found.chars().take(30).collect();
    if found.is_empty() {
        return format!("expression ends too early, expected {expected}");
    }
    format!("unexpected `{found}`, expected {expected}")
}

fn lex_error(source: &str, (expected, rest): (LexExpect<&str>, &str)) -> CompileError {
    let start = span(source, rest).start;
    let found = rest.chars().next();
    let end = start + found.map_or(0, char::len_utf8);
    let unexpected = found.map_or_else(
        || "expression ends too early".to_owned(),
        |found| format!("unexpected `{found}`"),
    );
    let message = match expected {
        LexExpect::Delim(open) => {
            let close = match open {
                "(" => ")",
                "[" => "]",
                "{" => "}",
                _ => "\"",
            };
            let before = source.get(..span(source, open).start).unwrap_or_default();
            format!(
                "{unexpected}, expected `{close}` for the `{open}` at character {}",
                before.chars().count() + 1
            )
        }
        LexExpect::Token => unexpected,
        LexExpect::Digit => format!("{unexpected}, expected a digit"),
        LexExpect::Ident => format!("{unexpected}, expected a name"),
        LexExpect::Escape => format!("{unexpected}, expected an escape sequence"),
        LexExpect::Unicode => {
            format!("{unexpected}, expected a code point in four hexadecimal digits")
        }
        _ => unexpected,
    };
    CompileError {
        span: start..end,
        message,
    }
}

fn link(source: &str, term: Term<&str>) -> Result<Filter<Engine>, Vec<CompileError>> {
    let broken = |message: String| {
        vec![CompileError {
            span: 0..source.len(),
            message,
        }]
    };
    if definitions::calls(&term)
        .iter()
        .any(|(name, _)| *name == MAIN)
    {
        return Err(broken(format!("undefined filter {MAIN}/0")));
    }
    let mut defs: Vec<Def<&str>> = definitions::needed_by(&term);
    let builtins = definitions::calls(&term)
        .contains(&("builtins", 0))
        .then(builtins);
    defs.extend(builtins.iter().map(|names| Def {
        name: "builtins",
        args: Vec::new(),
        body: names_term(names),
    }));
    defs.push(Def {
        name: MAIN,
        args: Vec::new(),
        body: term,
    });
    let arena = Arena::default();
    let modules = Loader::new(defs).load(
        &arena,
        File {
            code: MAIN,
            path: (),
        },
    );
    let modules = modules.map_err(|_| {
        broken("the engine cannot call the expression, which is a mistake in the engine".to_owned())
    })?;
    let compiler = Compiler::default()
        .with_funs(natives::all())
        .with_global_vars(["$ENV"]);
    compiler.compile(modules).map_err(|errors| {
        let errors = errors.into_iter().flat_map(|(_, errors)| errors);
        errors
            .map(|(name, kind)| CompileError {
                span: span(source, name),
                message: undefined(name, &kind),
            })
            .collect()
    })
}

fn undefined(name: &str, kind: &jaq_core::compile::Undefined) -> String {
    use jaq_core::compile::Undefined;
    match kind {
        Undefined::Filter(_) if matches!(name, "reduce" | "foreach") => {
            format!("`{name}` with a wrong number of arguments")
        }
        Undefined::Filter(_) if name.starts_with('@') => format!("`{name}` is not a format"),
        Undefined::Filter(arity) => {
            let asked = format!("{name}/{arity}");
            let nearest = builtins()
                .into_iter()
                .map(|known| (strsim::damerau_levenshtein(&known, &asked), known))
                .min();
            match nearest.filter(|(distance, _)| *distance <= 2) {
                Some((_, known)) => format!("undefined filter {asked}; the nearest is {known}"),
                None => format!("undefined filter {asked}"),
            }
        }
        Undefined::Mod => format!("modules (`{name}::`) are not supported"),
        other => format!("undefined {} {name}", other.as_str()),
    }
}

/// `name/arity` of everything that an expression can call.
pub(super) fn builtins() -> Vec<String> {
    let natives = natives::all()
        .into_iter()
        .map(|(name, arguments, _)| format!("{name}/{}", arguments.len()));
    let mut names: Vec<String> = natives
        .chain(definitions::names())
        .chain(["builtins/0".to_owned()])
        .collect();
    names.retain(|name| !name.starts_with(['_', '@']));
    names.sort();
    names.dedup();
    names
}

fn names_term(names: &[String]) -> Term<&str> {
    use jaq_core::load::lex::StrPart;
    use jaq_core::load::parse::BinaryOp;
    let names = names
        .iter()
        .map(|name| Term::Str(None, vec![StrPart::Str(name.as_str())]));
    let names =
        names.reduce(|all, name| Term::BinOp(Box::new(all), BinaryOp::Comma, Box::new(name)));
    Term::Arr(names.map(Box::new))
}

/// Where a piece stands in the source; its end for a piece of ours.
fn span(source: &str, piece: &str) -> Range<usize> {
    let start = (piece.as_ptr() as usize).wrapping_sub(source.as_ptr() as usize);
    match start.checked_add(piece.len()) {
        Some(end) if end <= source.len() => start..end,
        _ => source.len()..source.len(),
    }
}

/// The bracket that is one too deep. Brackets in strings and comments count too, which no real expression notices.
fn nested_too_deep(source: &str) -> Option<usize> {
    let mut open = 0usize;
    for (at, byte) in source.bytes().enumerate() {
        match byte {
            b'(' | b'[' | b'{' => open += 1,
            b')' | b']' | b'}' => open = open.saturating_sub(1),
            _ => {}
        }
        if open > NESTING {
            return Some(at);
        }
    }
    None
}

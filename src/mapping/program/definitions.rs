//! The filters that are written in jq, read once per process.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use jaq_core::load::lex::Lexer;
use jaq_core::load::parse::{BinaryOp, Def, Pattern, Term};
use jaq_core::load::{Parser, lex::StrPart};

use super::outputs::children;
use super::rewrite::Rewriter;
use super::tokens::arrange;

const SOURCE: &str = include_str!("definitions.jq");

struct Definition {
    def: Def<&'static str>,
    needs: Vec<usize>,
}

fn definitions() -> &'static [Definition] {
    static DEFINITIONS: OnceLock<Vec<Definition>> = OnceLock::new();
    DEFINITIONS.get_or_init(|| {
        // A mistake in the file leaves definitions out, which the tests would notice at once.
        let tokens = arrange(Lexer::new(SOURCE).lex().unwrap_or_default(), SOURCE);
        let defs = Parser::new(&tokens).parse(|parser| parser.defs()).unwrap_or_default();
        let defs = Rewriter::new(SOURCE, None).defs(defs);
        let places: BTreeMap<(&str, usize), usize> =
            defs.iter().enumerate().map(|(at, def)| ((def.name, def.args.len()), at)).collect();
        let needs: Vec<Vec<usize>> =
            defs.iter().map(|def| calls(&def.body).iter().filter_map(|call| places.get(call).copied()).collect()).collect();
        defs.into_iter().zip(needs).map(|(def, needs)| Definition { def, needs }).collect()
    })
}

/// Name and number of arguments of every filter that `term` calls; names that it defines itself are among them.
pub(super) fn calls<'s>(term: &Term<&'s str>) -> BTreeSet<(&'s str, usize)> {
    let mut found = BTreeSet::new();
    let mut waiting = vec![term];
    while let Some(term) = waiting.pop() {
        match term {
            Term::Call(name, arguments) => {
                found.insert((*name, arguments.len()));
            }
            Term::Str(Some(format), _) => {
                found.insert((*format, 0));
            }
            _ => {}
        }
        waiting.extend(children(term));
    }
    found
}

/// The definitions that `term` needs, in an order in which each stands after what it needs.
pub(super) fn needed_by(term: &Term<&str>) -> Vec<Def<&'static str>> {
    let definitions = definitions();
    let called = calls(term);
    let mut needed = vec![false; definitions.len()];
    let is_called = |definition: &Definition| called.contains(&(definition.def.name, definition.def.args.len()));
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
pub(super) fn names() -> impl Iterator<Item = String> {
    definitions().iter().map(|definition| format!("{}/{}", definition.def.name, definition.def.args.len()))
}

/// A path of constant keys, each with whether a failure there means no output.
pub(super) type PlainPath = Vec<(String, bool)>;

/// What a term is when it is simple enough to do without the interpreter.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Shape {
    /// A literal: its JSON text.
    Constant(String),
    /// `.a.b.c`, of any length.
    Path(PlainPath),
    /// `.a.b // literal`.
    PathOr(PlainPath, String),
    /// Anything else.
    Other,
}

/// The shape of a rewritten term.
pub(super) fn shape(term: &Term<&str>) -> Shape {
    if let Some(text) = constant(term) {
        return Shape::Constant(text);
    }
    if let Some(path) = plain_path(term) {
        return Shape::Path(path);
    }
    if let Term::BinOp(left, BinaryOp::Alt, right) = term
        && let (Some(path), Some(text)) = (plain_path(left), constant(right))
    {
        return Shape::PathOr(path, text);
    }
    Shape::Other
}

fn constant(term: &Term<&str>) -> Option<String> {
    match term {
        Term::Num(number) => Some((*number).to_owned()),
        Term::Neg(inner) if matches!(**inner, Term::Num(_)) => None,
        Term::Call(name @ ("true" | "false" | "null"), arguments) if arguments.is_empty() => Some((*name).to_owned()),
        Term::Str(None, parts) => literal(parts).map(|text| serde_json::Value::String(text).to_string()),
        _ => None,
    }
}

fn literal(parts: &[StrPart<&str, Term<&str>>]) -> Option<String> {
    let mut text = String::new();
    for part in parts {
        match part {
            StrPart::Str(part) => text.push_str(part),
            StrPart::Char(part) => text.push(*part),
            StrPart::Term(_) => return None,
        }
    }
    Some(text)
}

fn plain_path(term: &Term<&str>) -> Option<PlainPath> {
    use jaq_core::path::{Opt, Part};
    match term {
        Term::Id => Some(Vec::new()),
        Term::Path(base, path) => {
            let mut all = plain_path(base)?;
            for (part, opt) in &path.0 {
                let Part::Index(Term::Str(None, parts)) = part else {
                    return None;
                };
                all.push((literal(parts)?, matches!(opt, Opt::Optional)));
            }
            Some(all)
        }
        Term::BinOp(left, BinaryOp::Pipe(None::<Pattern<&str>>), right) => {
            let mut all = plain_path(left)?;
            all.extend(plain_path(right)?);
            Some(all)
        }
        _ => None,
    }
}

//! The filters that are written in jq, read once per process.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use jaq_core::load::Parser;
use jaq_core::load::lex::Lexer;
use jaq_core::load::parse::{Def, Term};

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
        let defs = Parser::new(&tokens)
            .parse(|parser| parser.defs())
            .unwrap_or_default();
        let defs = Rewriter::new(SOURCE, None).defs(defs);
        let places: BTreeMap<(&str, usize), usize> = defs
            .iter()
            .enumerate()
            .map(|(at, def)| ((def.name, def.args.len()), at))
            .collect();
        let needs: Vec<Vec<usize>> = defs
            .iter()
            .map(|def| {
                calls(&def.body)
                    .iter()
                    .filter_map(|call| places.get(call).copied())
                    .collect()
            })
            .collect();
        defs.into_iter()
            .zip(needs)
            .map(|(def, needs)| Definition { def, needs })
            .collect()
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
    let is_called = |definition: &Definition| {
        called.contains(&(definition.def.name, definition.def.args.len()))
    };
    let mut waiting: Vec<usize> = definitions
        .iter()
        .enumerate()
        .filter(|(_, definition)| is_called(definition))
        .map(|(at, _)| at)
        .collect();
    while let Some(at) = waiting.pop() {
        if !std::mem::replace(&mut needed[at], true) {
            waiting.extend(&definitions[at].needs);
        }
    }
    let chosen = definitions.iter().zip(needed).filter(|(_, needed)| *needed);
    chosen
        .map(|(definition, _)| definition.def.clone())
        .collect()
}

/// `name/arity` of every definition.
pub(super) fn names() -> impl Iterator<Item = String> {
    definitions()
        .iter()
        .map(|definition| format!("{}/{}", definition.def.name, definition.def.args.len()))
}

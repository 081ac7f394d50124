//! What can be said about a term without running it: how many outputs it has, and where it stands in the source.

use std::collections::BTreeSet;

use jaq_core::load::lex::StrPart;
use jaq_core::load::parse::{BinaryOp, Pattern, Term};
use jaq_core::path::{Opt, Part};

/// How many outputs a term has unless it fails; a later one may be any earlier one too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Outputs {
    One,
    AtMostOne,
    Many,
}

/// Filters with one output for each choice of their arguments.
const ONE: &[&str] = &[
    "@base64",
    "@base64d",
    "@csv",
    "@html",
    "@json",
    "@sh",
    "@text",
    "@tsv",
    "@uri",
    "@urid",
    "abs",
    "add",
    "all",
    "any",
    "ascii_downcase",
    "ascii_upcase",
    "ceil",
    "contains",
    "del",
    "endswith",
    "explode",
    "false",
    "fabs",
    "flatten",
    "floor",
    "from_entries",
    "fromdate",
    "fromdateiso8601",
    "fromjson",
    "getpath",
    "group_by",
    "gmtime",
    "has",
    "implode",
    "in",
    "index",
    "indices",
    "inside",
    "join",
    "keys",
    "keys_unsorted",
    "length",
    "ltrimstr",
    "map",
    "map_values",
    "max",
    "max_by",
    "min",
    "min_by",
    "mktime",
    "not",
    "now",
    "null",
    "reverse",
    "rindex",
    "round",
    "rtrimstr",
    "setpath",
    "sort",
    "sort_by",
    "split",
    "sqrt",
    "startswith",
    "strftime",
    "strptime",
    "test",
    "to_entries",
    "toboolean",
    "todate",
    "todateiso8601",
    "tojson",
    "tonumber",
    "tostring",
    "transpose",
    "trim",
    "trimstr",
    "true",
    "type",
    "unique",
    "unique_by",
    "utf8bytelength",
    "with_entries",
    "_modify",
    "_state",
];

/// Filters whose argument is a filter that they run inside, so that its outputs do not multiply theirs.
const INSIDE: &[&str] = &[
    "add",
    "all",
    "any",
    "del",
    "group_by",
    "in",
    "inside",
    "map",
    "map_values",
    "max_by",
    "min_by",
    "sort_by",
    "unique_by",
    "with_entries",
    "_modify",
    "_state",
];

/// How many outputs `term` has; `own` are names that the source defines itself.
pub(super) fn outputs(term: &Term<&str>, own: &BTreeSet<&str>) -> Outputs {
    use Outputs::{AtMostOne, Many, One};
    let of = |term: &Term<&str>| outputs(term, own);
    match term {
        Term::Id | Term::Num(_) | Term::Arr(_) | Term::Var(_) => One,
        Term::Recurse | Term::Def(..) | Term::Label(..) | Term::Break(_) => Many,
        Term::Str(_, parts) => {
            let terms = parts.iter().filter_map(|part| {
                if let StrPart::Term(term) = part {
                    Some(of(term))
                } else {
                    None
                }
            });
            terms.max().unwrap_or(One)
        }
        Term::Obj(entries) => {
            let all = entries
                .iter()
                .map(|(key, value)| of(key).max(value.as_ref().map_or(One, of)));
            all.max().unwrap_or(One)
        }
        Term::Neg(inner) => of(inner),
        Term::BinOp(left, BinaryOp::Alt, right) if of(left) != Many => of(right),
        Term::BinOp(left, BinaryOp::Pipe(Some(Pattern::Var(_))) | BinaryOp::Pipe(None), right) => {
            of(left).max(of(right))
        }
        Term::BinOp(_, BinaryOp::Pipe(_) | BinaryOp::Comma, _) => Many,
        Term::BinOp(left, _, right) => of(left).max(of(right)),
        Term::Fold("reduce", _, _, arguments) => arguments.first().map_or(Many, of),
        Term::Fold(..) => Many,
        Term::TryCatch(inner, None) => of(inner).max(AtMostOne),
        Term::TryCatch(inner, Some(catch)) => of(inner).max(of(catch)),
        Term::IfThenElse(branches, otherwise) => {
            let all = branches
                .iter()
                .map(|(condition, branch)| of(condition).max(of(branch)))
                .max()
                .unwrap_or(One);
            all.max(otherwise.as_ref().map_or(One, |otherwise| of(otherwise)))
        }
        Term::Call(name, _) if own.contains(name) => Many,
        Term::Call("empty" | "error", _) => AtMostOne,
        Term::Call("select" | "first" | "last", arguments) => {
            arguments.iter().map(|_| AtMostOne).max().unwrap_or(One)
        }
        Term::Call("_assign", arguments) => arguments.get(1).map_or(Many, of),
        Term::Call(name, _) if INSIDE.contains(name) => One,
        Term::Call(name, arguments) if ONE.contains(name) => {
            arguments.iter().map(of).max().unwrap_or(One)
        }
        Term::Call(..) => Many,
        Term::Path(base, path) => {
            let part = |(part, opt): &(Part<Term<&str>>, Opt)| {
                let part = match part {
                    Part::Range(None, None) => Many,
                    Part::Index(index) => of(index),
                    Part::Range(from, upto) => from
                        .as_ref()
                        .map_or(One, of)
                        .max(upto.as_ref().map_or(One, of)),
                };
                if matches!(opt, Opt::Optional) {
                    part.max(AtMostOne)
                } else {
                    part
                }
            };
            path.0.iter().map(part).max().unwrap_or(One).max(of(base))
        }
    }
}

/// The terms directly inside `term`, those of patterns and definitions included.
pub(super) fn children<'t, 's>(term: &'t Term<&'s str>) -> Vec<&'t Term<&'s str>> {
    fn keys<'t, 's>(pattern: &'t Pattern<&'s str>, all: &mut Vec<&'t Term<&'s str>>) {
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
    let mut all = Vec::new();
    match term {
        Term::Id
        | Term::Recurse
        | Term::Num(_)
        | Term::Break(_)
        | Term::Var(_)
        | Term::Arr(None) => {}
        Term::Str(_, parts) => all.extend(parts.iter().filter_map(|part| {
            if let StrPart::Term(term) = part {
                Some(term)
            } else {
                None
            }
        })),
        Term::Arr(Some(inner)) | Term::Neg(inner) | Term::Label(_, inner) => all.push(inner),
        Term::Obj(entries) => entries
            .iter()
            .for_each(|(key, value)| all.extend(std::iter::once(key).chain(value))),
        Term::BinOp(left, operator, right) => {
            all.extend([&**left, &**right]);
            if let BinaryOp::Pipe(Some(pattern)) = operator {
                keys(pattern, &mut all);
            }
        }
        Term::Fold(_, source, pattern, arguments) => {
            all.push(source);
            keys(pattern, &mut all);
            all.extend(arguments);
        }
        Term::TryCatch(inner, catch) => {
            all.push(inner);
            all.extend(catch.as_deref());
        }
        Term::IfThenElse(branches, otherwise) => {
            branches
                .iter()
                .for_each(|(condition, branch)| all.extend([condition, branch]));
            all.extend(otherwise.as_deref());
        }
        Term::Def(defs, inner) => {
            all.extend(defs.iter().map(|def| &def.body));
            all.push(inner);
        }
        Term::Call(_, arguments) => all.extend(arguments),
        Term::Path(base, path) => {
            all.push(base);
            for (part, _) in &path.0 {
                match part {
                    Part::Index(index) => all.push(index),
                    Part::Range(from, upto) => all.extend(from.iter().chain(upto)),
                }
            }
        }
    }
    all
}

/// True when `term` can leave a label.
pub(super) fn breaks(term: &Term<&str>) -> bool {
    let mut waiting = vec![term];
    while let Some(term) = waiting.pop() {
        if matches!(term, Term::Break(_)) {
            return true;
        }
        waiting.extend(children(term));
    }
    false
}

/// Some piece of `source` that `term` was read from.
pub(super) fn anchor<'s>(term: &Term<&'s str>, source: &'s str) -> Option<&'s str> {
    let inside = |part: &'s str| {
        let start = (part.as_ptr() as usize).checked_sub(source.as_ptr() as usize)?;
        (start + part.len() <= source.len()).then_some(part)
    };
    let mut waiting = vec![term];
    while let Some(term) = waiting.pop() {
        let own = match term {
            Term::Num(text)
            | Term::Var(text)
            | Term::Break(text)
            | Term::Call(text, _)
            | Term::Fold(text, ..) => inside(text),
            Term::Str(_, parts) => parts.iter().find_map(|part| {
                if let StrPart::Str(text) = part {
                    inside(text)
                } else {
                    None
                }
            }),
            _ => None,
        };
        if own.is_some() {
            return own;
        }
        waiting.extend(children(term).into_iter().rev());
    }
    None
}

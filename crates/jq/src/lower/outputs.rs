//! Number of outputs of a term, as far as it is known without running it.

use jaq_core::load::lex::StrPart;

use super::{Code, Lowered};

/// Number of outputs of a term unless it fails. Each variant includes those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Outputs {
    One,
    AtMostOne,
    Many,
}

impl Lowered<'_> {
    /// Tells whether the term always has one output and cannot fail.
    pub(super) fn is_certain(&self) -> bool {
        fn is_certain(code: &Code<'_>) -> bool {
            match code {
                Code::Id | Code::Num(_) | Code::Var(_) => true,
                // Any value can be written as text, but not in any format.
                Code::Str(None, parts) => parts.iter().all(|part| match part {
                    StrPart::Term(term) => is_certain(term),
                    StrPart::Str(_) | StrPart::Char(_) => true,
                }),
                _ => false,
            }
        }
        is_certain(&self.code)
    }

    /// Tells whether the output is the same for every input.
    pub(super) fn is_constant(&self) -> bool {
        match &self.code {
            Code::Num(_) | Code::Var(_) => true,
            Code::Str(_, parts) => !parts.iter().any(|part| matches!(part, StrPart::Term(_))),
            _ => false,
        }
    }
}

/// Filters with one output for each combination of their arguments.
const ONE: &[&str] = &[
    "abs",
    "ascii_downcase",
    "ascii_upcase",
    "ceil",
    "contains",
    "endswith",
    "exp",
    "exp10",
    "exp2",
    "explode",
    "fabs",
    "flatten",
    "floor",
    "fmax",
    "fmin",
    "from_entries",
    "fromdate",
    "fromdateiso8601",
    "fromjson",
    "getpath",
    "gmtime",
    "has",
    "implode",
    "in",
    "index",
    "indices",
    "inside",
    "infinite",
    "isinfinite",
    "isnan",
    "isnormal",
    "join",
    "keys",
    "keys_unsorted",
    "length",
    "log",
    "log10",
    "log2",
    "ltrim",
    "ltrimstr",
    "max",
    "min",
    "mktime",
    "nan",
    "not",
    "now",
    "pow",
    "reverse",
    "rindex",
    "round",
    "rtrim",
    "rtrimstr",
    "setpath",
    "sort",
    "split",
    "sqrt",
    "startswith",
    "strftime",
    "strptime",
    "test",
    "to_entries",
    "toarray",
    "toboolean",
    "todate",
    "todateiso8601",
    "tojson",
    "tonumber",
    "tostring",
    "transpose",
    "trim",
    "trimstr",
    "type",
    "unique",
    "utf8bytelength",
];

/// Filters that run their argument inside, so that its outputs do not multiply theirs.
const INSIDE: &[&str] =
    &["add", "all", "any", "del", "group_by", "map", "map_values", "max_by", "min_by", "sort_by", "unique_by", "with_entries"];

/// Number of outputs of a call of a filter of this crate, from those of its arguments.
pub(super) fn of_call(name: &str, arguments: &[Lowered<'_>]) -> Outputs {
    match name {
        "empty" | "error" => Outputs::AtMostOne,
        "select" | "first" | "last" if arguments.is_empty() => Outputs::One,
        "select" | "first" | "last" => Outputs::AtMostOne,
        _ if INSIDE.contains(&name) => Outputs::One,
        _ if ONE.contains(&name) => arguments.iter().map(|argument| argument.outputs).max().unwrap_or(Outputs::One),
        _ => Outputs::Many,
    }
}

//! Outputs of jq's functions.

use super::{Inferer, Known, Types};
use crate::mapping::program::syntax::{Literal, Operator, Term, TermKind};

impl Inferer {
    pub(super) fn call(&mut self, name: &str, arguments: &[Term], input: &Known) -> Known {
        match (name, arguments) {
            ("map", [each]) => {
                let element = input.element();
                Known::list(self.of_other_input(Vec::new(), |inferer| inferer.term(each, &element)))
            }
            ("select", [condition]) => {
                self.term(condition, input);
                select(condition, input.clone())
            }
            ("sort_by" | "unique_by" | "group_by" | "min_by" | "max_by" | "any" | "all", [by]) => {
                let element = input.element();
                self.of_other_input(Vec::new(), |inferer| inferer.term(by, &element));
                match name {
                    "sort_by" | "unique_by" => input.clone(),
                    "any" | "all" => Known::of(Types::BOOLEAN),
                    "group_by" => Known::list(input.clone()),
                    _ => Known { types: element.types | Types::NULL, ..element },
                }
            }
            ("first" | "last", []) => {
                let element = input.element();
                Known { types: element.types | Types::NULL, ..element }
            }
            ("first" | "last", [of]) => self.term(of, input),
            ("add", []) => match input.element().types.without(Types::NULL) {
                Types::NUMBER => Known::of(Types::NUMBER | Types::NULL),
                Types::TEXT => Known::of(Types::TEXT | Types::NULL),
                _ => Known::anything(),
            },
            (
                "length" | "tonumber" | "floor" | "ceil" | "round" | "sqrt" | "fabs" | "abs" | "now" | "mktime"
                | "fromdateiso8601" | "fromdate" | "utf8bytelength",
                [],
            ) => Known::of(Types::NUMBER),
            (
                "tostring" | "ascii_downcase" | "ascii_upcase" | "todate" | "todateiso8601" | "tojson" | "ltrimstr" | "rtrimstr"
                | "join" | "type" | "sub" | "gsub" | "strftime",
                _,
            ) => {
                self.all(arguments, input);
                Known::of(Types::TEXT)
            }
            (
                "test" | "startswith" | "endswith" | "has" | "contains" | "not" | "in" | "inside" | "IN" | "isempty" | "isnan",
                _,
            ) => {
                // `IN` and `isempty` hand the input on; the others too, or take texts.
                self.all(arguments, input);
                Known::of(Types::BOOLEAN)
            }
            ("sort" | "unique" | "reverse", []) => Known { types: Types::LIST, ..input.clone() },
            ("keys" | "keys_unsorted", []) => Known::list(Known::of(Types::TEXT | Types::NUMBER)),
            ("to_entries" | "split" | "paths" | "flatten", _) => Known::of(Types::LIST),
            ("numbers", []) => Known::of(Types::NUMBER),
            ("strings", []) => Known::of(Types::TEXT),
            ("empty" | "error", _) => Known::of(Types::NOTHING),
            _ => Known::anything(),
        }
    }
}

/// Output of `select(. != null)` and `select(.)`.
fn select(condition: &Term, input: Known) -> Known {
    let is_null = |term: &Term| term.literal() == Some(&Literal::Null);
    let leaves_null_out = match &condition.bare().kind {
        TermKind::Identity => true,
        TermKind::Binary { operator: Operator::NotEqual, left, right, .. } => {
            matches!(left.bare().kind, TermKind::Identity) && is_null(right)
        }
        _ => false,
    };
    if leaves_null_out {
        return Known { types: input.types.without(Types::NULL), ..input };
    }
    input
}

//! `itemsToParse`: one item becomes several, one for each element of a list that an expression gives.

use super::{Cancelled, Cause, Null, with_article};
use crate::mapping::program::{Failure, Program, Run, Value};

/// A compiled `itemsToParse`.
#[derive(Clone, Debug)]
pub(super) struct ItemsToParse {
    pub(super) list: super::Leaf,
    /// Takes the list out of the item; none when the item is kept whole.
    pub(super) without: Option<Program>,
    /// The key under which an element is put into the item.
    pub(super) name: String,
}

/// Values that an item is evaluated as: itself, or its elements.
pub(in crate::mapping) enum Elements<'a> {
    Item(Value),
    List { item: Value, name: &'a str, list: Vec<Value> },
    Unparsed(String),
    Rejected(Cause, String),
}

impl ItemsToParse {
    pub(super) fn elements(&self, item: Value, run: &Run) -> Result<Elements<'_>, Cancelled> {
        let list = match self.list.evaluate(&item, run)? {
            Ok(value) => value,
            // A limit is ours: Ocean would have had the list.
            Err(null @ (Null::Failure(Failure::Budget { .. }) | Null::GivenUp)) => {
                let reason = format!("`itemsToParse` gives no list: {null}");
                return Ok(Elements::Rejected(Cause::Failed, reason));
            }
            Err(null) => {
                return Ok(Elements::Unparsed(format!("`itemsToParse` gives no list: {null}")));
            }
        };
        let Some(elements) = list.elements() else {
            let given = with_article(list.type_name());
            return Ok(Elements::Unparsed(format!("`itemsToParse` gives {given}, not a list")));
        };
        let item = match &self.without {
            None => item,
            Some(program) => match program.first(&item, run) {
                Ok(Some(item)) if item.type_name() == "object" => item,
                Err(Failure::Cancelled) => return Err(Cancelled),
                Ok(_) | Err(_) => {
                    let reason = "taking the list of `itemsToParse` out of the item leaves no object".to_owned();
                    return Ok(Elements::Unparsed(reason));
                }
            },
        };
        Ok(Elements::List { item, name: &self.name, list: elements })
    }
}

/// The path that Ocean takes out of the item: the first simple path at the beginning of a part of the expression between `|`.
///
/// Parentheses around the beginning are opened in the simplest way, up to the first `)`. None when there is no such path.
pub(in crate::mapping) fn deletion_path(expression: &str) -> Option<&str> {
    let expression = expression.trim();
    let chain = match expression.strip_prefix('(') {
        Some(inner) => inner.get(..inner.find(')')?)?,
        None => expression,
    };
    chain.split('|').map(str::trim).find_map(simple_path)
}

/// The path at the beginning of a text: `.word`, `.[…]` or `[…]`, repeated; it begins with a dot.
fn simple_path(text: &str) -> Option<&str> {
    let mut end = 0;
    while let Some(step) = path_step(text.get(end..)?, end == 0) {
        end += step;
    }
    text.get(..end).filter(|path| !path.is_empty())
}

fn path_step(text: &str, first: bool) -> Option<usize> {
    let after_dot = text.strip_prefix('.');
    let dot = text.len() - after_dot.unwrap_or(text).len();
    let rest = after_dot.unwrap_or(text);
    if let Some(inner) = rest.strip_prefix('[').filter(|_| dot == 1 || !first) {
        let close = inner.find(']').filter(|close| *close > 0)?;
        return Some(dot + 1 + close + 1);
    }
    let word = rest.find(|letter: char| !letter.is_alphanumeric() && letter != '_').unwrap_or(rest.len());
    (dot == 1 && word > 0).then_some(dot + word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_that_is_taken_out_is_the_first_simple_one() {
        let cases = [
            (".totals_by_ide", Some(".totals_by_ide")),
            (" .a.b[0].c ", Some(".a.b[0].c")),
            (".a[]?.b", Some(".a")),
            (".[\"a b\"].c", Some(".[\"a b\"].c")),
            ("(.a.b)", Some(".a.b")),
            ("(.a | map(.b)) | .c", Some(".a")),
            (". as $all | .x | map(. + 1)", Some(".x")),
            ("$all | .x", Some(".x")),
            (". | .x // []", Some(".x")),
            (".\"quoted\"", None),
            ("[.a, .b]", None),
            (".", None),
            ("[.a] | .b", Some(".b")),
            ("(", None),
        ];
        for (expression, path) in cases {
            assert_eq!(deletion_path(expression), path, "{expression}");
        }
    }
}

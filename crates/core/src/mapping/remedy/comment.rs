//! An expression that a YAML comment cuts: ` #` in a value without quotes.

use crate::mapping::file::Expression;
use crate::mapping::finding::Fix;
use crate::mapping::program::{CompileError, CompileOptions, read};
use crate::mapping::quotes::quote_rewriting;
use crate::mapping::scalar::{Style, single_quoted};

/// Remedy for an expression that ends where a YAML comment begins, and the change, when the whole line is jq.
pub(super) fn cut(expression: &Expression, error: &CompileError) -> Option<(String, Option<Fix>)> {
    let place = expression.place.as_ref().filter(|place| place.style == Some(Style::Plain))?;
    let text = expression.text.trim_end();
    let is_cut_short = error.span.end >= text.len() || is_open(text);
    let rest = place.source.text.get(place.bytes.end..)?;
    let rest = rest.split('\n').next().unwrap_or("").trim_end_matches('\r');
    if !is_cut_short || !rest.trim_start().starts_with('#') {
        return None;
    }
    let start = place.bytes.start;
    let whole = place.source.text.get(start..place.bytes.end + rest.len())?.trim_end();
    let is_jq = read(&quote_rewriting(whole), &CompileOptions::default()).is_ok() && !whole.contains('\n');
    let help = match is_jq {
        true => format!(
            "YAML takes ` #` as the beginning of a comment, which cuts the expression: quote the whole value: `{}`",
            single_quoted(whole)
        ),
        false => {
            "YAML takes ` #` as the beginning of a comment, which cuts the expression: put the whole value into single quotes"
                .to_owned()
        }
    };
    let fix = is_jq.then(|| Fix::replace(start..start + whole.len(), single_quoted(whole)));
    Some((help, fix))
}

/// True for a text of jq that ends within a string.
fn is_open(text: &str) -> bool {
    let (mut inside, mut escaped) = (false, false);
    for letter in text.chars() {
        match letter {
            '"' if !escaped => inside = !inside,
            _ => {}
        }
        escaped = letter == '\\' && !escaped && inside;
    }
    inside
}

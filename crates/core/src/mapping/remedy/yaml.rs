//! Remedies for files that are not YAML. The parser gives the place, the line gives the mistake.

use std::ops::Range;

use crate::mapping::finding::Fix;
use crate::mapping::program::{CompileOptions, read};
use crate::mapping::quotes::quote_rewriting;
use crate::mapping::scalar::single_quoted;

const QUOTING: &str =
    "text that holds `: ` or ` #`, or begins with one of `[]{}&*!|>'\"%@`, must be quoted, or put in a block: `key: |-`";

/// Remedy for a text that is not YAML, and the change, when only one meaning is possible. `info` is the parser's message about
/// byte `at`.
pub(in crate::mapping) fn remedy(info: &str, text: &str, at: usize) -> (String, Option<Fix>) {
    if info.contains("unknown anchor") {
        let help = "`*name` repeats what `&name` marks further up, and nothing is marked with that name; a text that begins with `*` must be quoted";
        return (help.to_owned(), None);
    }
    let lines = line(text, at).into_iter().chain(line_before(text, at));
    for range in lines {
        if let Some(found) = value(text, &range) {
            return found;
        }
    }
    if let Some(help) = indentation(text, at) {
        return (help, None);
    }
    if info.contains("unprintable character") {
        return ("remove the control character; an editor can show it".to_owned(), None);
    }
    if info.contains("quoted scalar") {
        return ("a quote is opened and not closed: look for the missing one on this line or above".to_owned(), None);
    }
    (QUOTING.to_owned(), None)
}

/// The bytes of the line at a place.
fn line(text: &str, at: usize) -> Option<Range<usize>> {
    let start = text.get(..at)?.rfind('\n').map_or(0, |found| found + 1);
    let length = text.get(start..)?.split('\n').next()?.trim_end_matches('\r').len();
    Some(start..start + length)
}

fn line_before(text: &str, at: usize) -> Option<Range<usize>> {
    let start = line(text, at)?.start;
    line(text, start.checked_sub(1)?)
}

/// A value that is jq, but that YAML cannot read as it stands.
fn value(text: &str, line: &Range<usize>) -> Option<(String, Option<Fix>)> {
    let written = text.get(line.clone())?;
    let colon = written.find(": ")?;
    let key = written.get(..colon)?.trim_start_matches([' ', '-']);
    if key.starts_with('#') || key.contains(['"', '\'', '{', '[']) {
        return None;
    }
    let value = written.get(colon + 2..)?.trim();
    let start = line.start + colon + 2 + (written.get(colon + 2..)?.len() - written.get(colon + 2..)?.trim_start().len());
    let place = start..start + value.len();
    let is_jq = |text: &str| read(&quote_rewriting(text), &CompileOptions::default()).is_ok();
    let quote = value.chars().next().filter(|first| *first == '"' || *first == '\'');
    if let Some(quote) = quote {
        let inner = value.get(1..)?;
        let close = inner.find(quote)?;
        // A scalar that is quoted as a whole is in order.
        if inner.get(close + 1..)?.trim().is_empty() {
            return None;
        }
        let stripped = inner.strip_suffix(quote);
        let double = |text: &str| if quote == '\'' { text.replace('\'', "\"") } else { text.to_owned() };
        // Of `"a" + .b` the quotes are the first text's, of `".a + "b""` they are the value's.
        let meant = [Some(double(value)), stripped.map(double)].into_iter().flatten().find(|text| is_jq(text));
        let help = |meant: &str| {
            format!("the second `{quote}` ends YAML's text: put the whole value into single quotes: `{key}: {meant}`")
        };
        return Some(match meant {
            Some(meant) => (help(&single_quoted(&meant)), Some(Fix::replace(place, single_quoted(&meant)))),
            None => (help("'…'"), None),
        });
    }
    let template = value.strip_prefix("{{").and_then(|rest| rest.strip_suffix("}}")).map(str::trim);
    if let Some(inner) = template {
        let fix =
            is_jq(inner).then(|| Fix::replace(place, if is_plain_path(inner) { inner.to_owned() } else { single_quoted(inner) }));
        return Some((format!("a value is jq already and needs no braces: `{key}: {inner}`"), fix));
    }
    let is_special = value.starts_with(|first: char| "[]{}&*!|>%@`,".contains(first)) || value.contains(": ");
    let is_block = value.starts_with(['|', '>']) && !value.contains(' ');
    if !is_special || is_block {
        return None;
    }
    let quoted = single_quoted(value);
    match is_jq(value) {
        true => Some((
            format!("YAML reads this as something else: quote the whole value: `{key}: {quoted}`"),
            Some(Fix::replace(place, quoted)),
        )),
        false => Some((QUOTING.to_owned(), None)),
    }
}

fn is_plain_path(text: &str) -> bool {
    text.starts_with('.') && text.chars().all(|letter| letter.is_ascii_alphanumeric() || "._".contains(letter))
}

/// Mistake in the indentation of a line that lines up with no line above it.
fn indentation(text: &str, at: usize) -> Option<String> {
    let line = line(text, at)?;
    let own = indent(text.get(line.clone())?)?;
    let above = text.get(..line.start)?.lines().rev().filter_map(indent);
    let mut open: Vec<usize> = Vec::new();
    for depth in above {
        if open.last().is_none_or(|last| depth < *last) {
            open.push(depth);
        }
    }
    let before = open.first().copied()?;
    if open.contains(&own) {
        return (own < before)
            .then(|| "check how this line and those above it are indented: keys of one object line up".to_owned());
    }
    let around: Vec<String> = open.iter().filter(|depth| depth.abs_diff(own) <= 4).take(2).map(ToString::to_string).collect();
    if around.is_empty() {
        return None;
    }
    Some(format!(
        "this line is indented by {own} spaces, and the lines above it by {}: keys of one object line up",
        around.join(" and ")
    ))
}

/// Spaces before a line's first letter; the dash of a list counts as one. None for a line that says nothing.
fn indent(line: &str) -> Option<usize> {
    let rest = line.trim_start_matches([' ', '-']);
    let is_empty = rest.trim().is_empty() || rest.starts_with('#');
    (!is_empty).then(|| line.len() - rest.len())
}

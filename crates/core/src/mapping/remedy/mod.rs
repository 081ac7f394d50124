//! Remedies for expressions that do not compile, and for files that are not YAML: what the author meant, and how it is written.
//!
//! | file | subject |
//! | --- | --- |
//! | `code` | an expression's text apart from its strings |
//! | `habits` | operators, paths and templates of other languages |
//! | `functions` | functions and methods of other languages |
//! | `names` | names that mean nothing: fields without a dot, texts without quotes |
//! | `comment` | expressions that a YAML comment cuts |
//! | `yaml` | files that are not YAML |

mod code;
mod comment;
mod functions;
mod habits;
mod names;
pub(super) mod yaml;

#[cfg(test)]
mod tests;

use std::ops::Range;

use super::codes;
use super::file::Expression;
use super::finding::{Finding, Fix};
use super::program::{CompileError, CompileOptions, read};
use super::quotes::quote_rewriting;
use code::Code;

/// Mistakes of one expression that are repaired one after the other.
const REPAIRS: usize = 12;

/// Key and known fields at the place of an expression.
#[derive(Clone, Copy, Debug)]
pub(super) struct Setting<'a> {
    /// Its key in the file: `blueprint`, `query`, the name of a property.
    key: &'a str,
    /// Fields of the kind's items; empty when they are not known.
    fields: &'a [&'a str],
}

/// Remedy for a mistake, with the changes.
#[derive(Clone, Debug, Default)]
struct Remedy {
    /// Label at the place, when it is clearer than the engine's message.
    label: Option<String>,
    /// Help for the user.
    help: String,
    /// Changes of the expression, in the order of the text.
    changes: Vec<(Range<usize>, String)>,
    /// True when there is no other possible meaning.
    is_certain: bool,
}

impl Remedy {
    fn help(help: impl Into<String>) -> Self {
        Self { help: help.into(), ..Self::default() }
    }

    fn label(self, label: impl Into<String>) -> Self {
        Self { label: Some(label.into()), ..self }
    }

    /// The change that is certainly meant.
    fn certainly(self, changes: Vec<(Range<usize>, String)>) -> Self {
        Self { changes, is_certain: true, ..self }
    }
}

/// Says of an error what was probably meant; none for one of another sort.
type Habit = fn(&Code<'_>, &CompileError, &Setting<'_>) -> Option<Remedy>;

const HABITS: &[Habit] = &[
    habits::look_alike,
    habits::braces,
    names::constant,
    habits::json_path,
    functions::method,
    habits::ternary,
    habits::logic,
    habits::not,
    habits::equality,
    habits::operators,
    habits::single_quotes,
    functions::arguments,
    functions::function,
    names::word,
    names::field,
    names::text,
    names::misspelt,
    habits::unclosed,
];

/// The finding about an error of an expression: what is wrong, where, and what to do.
pub(super) fn syntax(expression: &Expression, error: &CompileError, fields: &[&str]) -> Finding {
    let setting = Setting { key: key(&expression.path), fields };
    let finding = Finding::error(codes::MAPPING_SYNTAX, "the jq expression does not compile")
        .at(expression.location_of(&error.span))
        .label(&error.message);
    if let Some((help, fix)) = comment::cut(expression, error) {
        return finding.help(help).fix(fix);
    }
    let Some(remedy) = remedy(&expression.text, error, &setting) else {
        return finding;
    };
    let fix = repaired(&expression.text, &setting).and_then(|meant| changed(expression, &meant));
    let finding = finding.help(remedy.help).fix(fix);
    match remedy.label {
        Some(label) => finding.label(label),
        None => finding,
    }
}

fn remedy(text: &str, error: &CompileError, setting: &Setting<'_>) -> Option<Remedy> {
    let rewritten = quote_rewriting(text);
    let code = Code::new(text, &rewritten);
    HABITS.iter().find_map(|habit| habit(&code, error, setting))
}

/// The text that compiles after every remedy that is certain; none when one is not, or when that is not enough.
fn repaired(text: &str, setting: &Setting<'_>) -> Option<String> {
    let mut text = text.to_owned();
    for _ in 0..REPAIRS {
        let error = match read(&quote_rewriting(&text), &CompileOptions::default()) {
            Ok(_) => return Some(text),
            Err(errors) => errors.into_iter().next()?,
        };
        let remedy = remedy(&text, &error, setting).filter(|remedy| remedy.is_certain && !remedy.changes.is_empty())?;
        let edits =
            remedy.changes.into_iter().map(|(part, with)| super::finding::Edit { start: part.start, end: part.end, text: with });
        text = Fix { edits: edits.collect() }.apply(&text)?;
    }
    None
}

/// The change of the file that turns an expression's text into another one, and leaves alone what both have in common.
fn changed(expression: &Expression, meant: &str) -> Option<Fix> {
    let text = expression.text.as_str();
    let same = |(one, other): &(char, char)| one == other;
    let before: usize = text.chars().zip(meant.chars()).take_while(same).map(|(letter, _)| letter.len_utf8()).sum();
    let (rest, meant_rest) = (text.get(before..)?, meant.get(before..)?);
    let after = rest.chars().rev().zip(meant_rest.chars().rev()).take_while(same);
    let after: usize = after.map(|(letter, _)| letter.len_utf8()).sum();
    let part = before..text.len() - after;
    expression.edited(&[(part, meant.get(before..meant.len() - after)?.to_owned())])
}

/// The last key of a path.
fn key(path: &str) -> &str {
    path.rsplit('.').next().unwrap_or(path)
}

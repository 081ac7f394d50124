//! Names that mean nothing: a field without its dot, a text without its quotes, words of other languages.

use super::code::{Code, is_name};
use super::{Remedy, Setting};
use crate::mapping::nearest::nearest;
use crate::mapping::program::CompileError;

/// Words that other languages have, and jq's.
const WORDS: &[(&[&str], &str)] = &[
    (&["None", "nil", "undefined", "NULL", "Null", "nan", "NaN"], "null"),
    (&["True", "TRUE"], "true"),
    (&["False", "FALSE"], "false"),
];

/// Words that begin or join expressions, so that a text with one of them is no sentence.
const KEYWORDS: &[&str] =
    &["if", "then", "else", "elif", "end", "and", "or", "not", "as", "reduce", "foreach", "def", "try", "is", "in"];

/// Keys whose value is usually a constant text.
const CONSTANTS: &[&str] = &["blueprint", "icon", "combinator", "operator"];

/// A text constant without its inner quotes: `blueprint: usage`, `title: Usage of the day`.
pub(super) fn constant(code: &Code<'_>, _: &CompileError, setting: &Setting<'_>) -> Option<Remedy> {
    let text = code.text.trim();
    let is_constant = CONSTANTS.contains(&setting.key);
    let is_word = !text.is_empty() && text.chars().all(|letter| letter.is_alphanumeric() || "_-".contains(letter));
    let words: Vec<&str> = text.split_whitespace().collect();
    let is_sentence = words.len() > 1
        && text.chars().all(|letter| letter.is_alphanumeric() || " _-,!:@/".contains(letter))
        && !words.iter().any(|word| KEYWORDS.contains(&word.to_lowercase().as_str()))
        && words.iter().all(|word| word.contains(char::is_alphabetic) || word.chars().all(|letter| letter.is_ascii_digit()));
    let is_meant = (is_constant && is_word) || (is_sentence && text.contains(char::is_alphabetic));
    if !is_meant || setting.key == "query" {
        return None;
    }
    let help = format!("a text constant is quoted twice: `{}: '\"{text}\"'`", setting.key);
    Some(
        Remedy::help(help)
            .label("no text, because its inner quotes are missing")
            .certainly(vec![(0..code.text.len(), format!("\"{text}\""))]),
    )
}

/// `None`, `True`, `is null`
pub(super) fn word(code: &Code<'_>, error: &CompileError, _: &Setting<'_>) -> Option<Remedy> {
    let word = code.at(&error.span);
    match word {
        "is" => return Some(Remedy::help("jq compares with `==` and `!=`: `.field == null`").label("jq has no `is`")),
        "in" => return Some(Remedy::help("jq writes `.field | IN(\"a\", \"b\")`").label("jq has no such `in`")),
        "like" | "LIKE" | "matches" => return Some(Remedy::help("jq writes `.field | test(\"pattern\")`")),
        "between" | "BETWEEN" => return Some(Remedy::help("jq writes `.field >= a and .field <= b`")),
        _ => {}
    }
    let (_, meant) = WORDS.iter().find(|(words, _)| words.contains(&word))?;
    let all = code.all(word).into_iter().map(|at| (at..at + word.len(), (*meant).to_owned()));
    Some(Remedy::help(format!("jq writes `{meant}`")).certainly(all.collect()))
}

/// A field without its dot.
pub(super) fn field(code: &Code<'_>, error: &CompileError, setting: &Setting<'_>) -> Option<Remedy> {
    let word = code.at(&error.span);
    let (before, after) = code.around(&error.span);
    if !is_name(word) || before.ends_with(['.', '$', '@']) || after.starts_with('(') {
        return None;
    }
    if setting.fields.contains(&word) {
        let help = format!("a field is written with a dot: `.{word}`");
        return Some(Remedy::help(help).certainly(vec![(error.span.start..error.span.start, ".".to_owned())]));
    }
    // `user.login` begins with a name, which jq takes for a function.
    if after.starts_with('.') && error.message.contains("undefined") {
        let help = format!("a path begins with a dot: `.{word}`");
        return Some(Remedy::help(help));
    }
    let near = nearest(word, setting.fields.iter().copied()).filter(|_| !error.message.contains("did you mean"))?;
    Some(Remedy::help(format!("did you mean the field `.{near}`? A text is quoted: `\"{word}\"`")))
}

/// A function that is nearly the one that is written.
pub(super) fn misspelt(_: &Code<'_>, error: &CompileError, _: &Setting<'_>) -> Option<Remedy> {
    let (label, near) = error.message.split_once("; did you mean ")?;
    Some(Remedy::help(format!("did you mean {near}")).label(label))
}

/// A text without quotes: `.ide == vscode`, `identifier: "acme"`.
pub(super) fn text(code: &Code<'_>, error: &CompileError, setting: &Setting<'_>) -> Option<Remedy> {
    let word = code.at(&error.span);
    let (before, after) = code.around(&error.span);
    let is_call = after.trim_start().starts_with('(');
    if !is_name(word) || is_call || before.ends_with(['.', '$', '@']) || !error.message.starts_with("undefined function") {
        return None;
    }
    if error.message.contains("did you mean") {
        return None;
    }
    if code.text.trim() == word {
        let help = format!("for the text write `{}: '\"{word}\"'`, for a field `.{word}`", setting.key);
        return Some(Remedy::help(help));
    }
    let is_compared = ["==", "!="].iter().any(|operator| before.trim_end().ends_with(operator));
    let help = format!("a text is quoted: `\"{word}\"`; a field has a dot: `.{word}`");
    let remedy = Remedy::help(help);
    Some(if is_compared && (after.trim().is_empty() || after.starts_with([' ', ')'])) {
        remedy.certainly(vec![(error.span.clone(), format!("\"{word}\""))])
    } else {
        remedy
    })
}

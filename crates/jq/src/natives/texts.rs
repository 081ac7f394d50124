//! Filters on texts: trimming, splitting, searching, case.

use super::super::arithmetic::split;
use super::super::interpreter::Engine;
use super::super::val::{Text, Val};
use super::super::{Fault, ValResult, fault, meter};
use super::{Native, simple, with_value};

pub(super) fn list() -> Vec<Native> {
    vec![
        simple!("utf8bytelength", |value| match value.as_str() {
            Some(text) => Ok(Val::int(text.len())),
            None => Err(fault(format!("{} only strings have UTF-8 byte length", value.described()))),
        }),
        simple!("ascii_downcase", |value| cased(&value, str::to_ascii_lowercase)),
        simple!("ascii_upcase", |value| cased(&value, str::to_ascii_uppercase)),
        simple!("trim", |value| trimmed(value, str::trim)),
        simple!("ltrim", |value| trimmed(value, str::trim_start)),
        simple!("rtrim", |value| trimmed(value, str::trim_end)),
        with_value!("startswith", |value, start| pair(&value, &start, STARTS)
            .map(|(text, start)| Val::Bool(text.starts_with(start)))),
        with_value!("endswith", |value, end| pair(&value, &end, ENDS).map(|(text, end)| Val::Bool(text.ends_with(end)))),
        with_value!("ltrimstr", |value, start| {
            let (text, start) = pair(&value, &start, STARTS)?;
            Ok(text.strip_prefix(start).map(Val::string).unwrap_or(value))
        }),
        with_value!("rtrimstr", |value, end| {
            let (text, end) = pair(&value, &end, ENDS)?;
            Ok(text.strip_suffix(end).map(Val::string).unwrap_or(value))
        }),
        with_value!("trimstr", |value, part| {
            let (text, part) = pair(&value, &part, STARTS)?;
            let rest = text.strip_prefix(part).unwrap_or(text);
            Ok(Val::string(rest.strip_suffix(part).unwrap_or(rest)))
        }),
        with_value!("split", |value, separator| {
            let (text, separator) = pair(&value, &separator, "split input and separator must be strings")?;
            Ok(split(text, separator))
        }),
        with_value!("_strindices", |value, part| {
            let text = value
                .as_str()
                .ok_or_else(|| fault(format!("{} cannot be searched, as it is not a string", value.described())))?;
            let part = part.as_str().ok_or_else(|| fault(format!("{} is not a string", part.described())))?;
            Ok(occurrences(text, part))
        }),
        with_value!("indices", |value, part| indices(&value, &part)),
        with_value!("index", |value, part| end_of(indices(&value, &part)?, false)),
        with_value!("rindex", |value, part| end_of(indices(&value, &part)?, true)),
    ]
}

const STARTS: &str = "startswith() requires string inputs";
const ENDS: &str = "endswith() requires string inputs";

fn pair<'a>(left: &'a Val, right: &'a Val, message: &str) -> Result<(&'a str, &'a str), Fault> {
    match (left.as_str(), right.as_str()) {
        (Some(left), Some(right)) => {
            meter::touch(left.len());
            Ok((left, right))
        }
        _ => Err(fault(message)),
    }
}

fn cased(value: &Val, change: fn(&str) -> String) -> ValResult {
    let text = value.as_str().ok_or_else(|| fault("explode input must be a string"))?;
    meter::touch(text.len());
    Ok(Val::String(Text::from(change(text))))
}

fn trimmed(value: Val, trim: fn(&str) -> &str) -> ValResult {
    let Some(text) = value.as_str() else {
        return Err(fault("trim input must be a string"));
    };
    meter::touch(text.len());
    let rest = trim(text);
    Ok(if rest.len() == text.len() { value } else { Val::string(rest) })
}

/// Character offsets of `part` in `text`, overlaps included.
fn occurrences(text: &str, part: &str) -> Val {
    let mut found = Vec::new();
    if part.is_empty() {
        return Val::array(found);
    }
    meter::touch(text.len());
    let (mut byte, mut character) = (0, 0);
    while let Some(at) = text[byte..].find(part) {
        meter::tick();
        character += text[byte..byte + at].chars().count();
        byte += at;
        found.push(Val::int(character));
        byte += text[byte..].chars().next().map_or(1, char::len_utf8);
        character += 1;
    }
    Val::array(found)
}

fn indices(value: &Val, part: &Val) -> ValResult {
    match (value, part) {
        (Val::String(text), Val::String(part)) => Ok(occurrences(text.as_str(), part.as_str())),
        (Val::Array(items), Val::Array(_)) if items.values().is_empty() => Ok(Val::array(Vec::new())),
        (Val::Array(_), Val::Array(_)) => value.member(part),
        (Val::Array(items), part) => {
            let equal = items.values().iter().enumerate().filter(|(_, item)| *item == part);
            Ok(Val::array(equal.map(|(at, _)| Val::int(at)).collect()))
        }
        (value, part) => value.member(part),
    }
}

fn end_of(found: Val, last: bool) -> ValResult {
    match &found {
        Val::Null => Ok(Val::Null),
        other => other.member(&Val::number(if last { -1.0 } else { 0.0 })),
    }
}

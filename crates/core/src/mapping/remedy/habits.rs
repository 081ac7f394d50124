//! Habits from other languages: operators, JSONPath, conditional expressions, templates.

use super::code::Code;
use super::{Remedy, Setting};
use crate::mapping::characters;
use crate::mapping::program::CompileError;

/// Operators that jq does not have, and what it has instead.
const OPERATORS: &[(&str, &str)] = &[("??", "//"), ("<>", "!="), ("?:", "//"), ("**", "pow")];

/// A character that looks like another one, or like nothing.
pub(super) fn look_alike(code: &Code<'_>, error: &CompileError, _: &Setting<'_>) -> Option<Remedy> {
    let letter = code.at(&error.span).chars().next()?;
    let alike = characters::look_alike(letter)?;
    let named = characters::named(letter);
    let help = match alike.meant {
        "" => "remove it: nobody sees it, and it is no part of a name".to_owned(),
        " " => "write a plain space in its place".to_owned(),
        meant => format!("write `{meant}` in its place"),
    };
    let found = code.text.char_indices().filter(|(at, _)| code.is_code(*at));
    let all =
        found.filter_map(|(at, letter)| Some((at..at + letter.len_utf8(), characters::look_alike(letter)?.meant.to_owned())));
    Some(Remedy::help(help).label(named).certainly(all.collect()))
}

/// `{{ .x }}` and `${.x}`: templates.
pub(super) fn braces(code: &Code<'_>, _: &CompileError, _: &Setting<'_>) -> Option<Remedy> {
    let text = code.text.trim();
    let inner = ["{{", "${", "#{", "%{"].iter().find_map(|open| {
        let close = if *open == "{{" { "}}" } else { "}" };
        text.strip_prefix(open)?.strip_suffix(close).filter(|inner| !inner.contains(['{', '}'])).map(str::trim)
    });
    if let Some(inner) = inner {
        let help = format!("a value is jq already and needs no braces: `{inner}`");
        return Some(Remedy::help(help).certainly(vec![(0..code.text.len(), inner.to_owned())]));
    }
    let is_template = !code.all("{{").is_empty() || !code.all("${").is_empty();
    is_template.then(|| Remedy::help("jq has no `{{ }}` and no `${ }`: join texts with `+`, or write `\"… \\(.field) …\"`"))
}

/// `$.x`, `$[0]`, `[*]`: JSONPath.
pub(super) fn json_path(code: &Code<'_>, error: &CompileError, _: &Setting<'_>) -> Option<Remedy> {
    let roots: Vec<usize> = code.all("$").into_iter().filter(|at| code.text[at + 1..].starts_with(['.', '['])).collect();
    let stars = code.all("[*]");
    let at_root = roots.iter().any(|at| error.span.start == at + 1);
    let at_star = stars.iter().any(|at| error.span.start == at + 1);
    if !at_root && !at_star {
        return None;
    }
    let mut changes: Vec<_> = roots
        .iter()
        // `$.a` begins with a dot already, `$[0]` does not.
        .map(|at| (*at..at + 1, if code.text[at + 1..].starts_with('[') { "." } else { "" }.to_owned()))
        .chain(stars.iter().map(|at| (at + 1..at + 2, String::new())))
        .collect();
    changes.sort_by_key(|(part, _)| part.start);
    let help = if at_root {
        "jq has no `$` for the item: a path begins with a dot, as `.day`"
    } else {
        "jq writes `[]` for every element"
    };
    Some(Remedy::help(help).certainly(changes))
}

/// `a ? b : c`
pub(super) fn ternary(code: &Code<'_>, error: &CompileError, _: &Setting<'_>) -> Option<Remedy> {
    let group = code.group(error.span.start);
    let question = code.all("?").into_iter().find(|at| {
        let is_operator =
            code.text[at + 1..].starts_with(|next: char| next.is_whitespace() || "\"'(-".contains(next) || next.is_ascii_digit());
        group.contains(at) && is_operator && !code.text[at + 1..].starts_with("//")
    })?;
    let after = question + 1..group.end;
    let parts = code.split(&after, ':');
    let [then, otherwise] = parts.as_slice() else {
        return None;
    };
    let part = |range: &std::ops::Range<usize>| code.at(range).trim().to_owned();
    let (condition, then, otherwise) = (part(&(group.start..question)), part(then), part(otherwise));
    if condition.is_empty() || then.is_empty() || otherwise.is_empty() {
        return None;
    }
    let meant = format!("if {condition} then {then} else {otherwise} end");
    Some(Remedy::help(format!("jq writes `{meant}`")).label("jq has no `? :`").certainly(vec![(group, meant)]))
}

/// `&&` and `||`
pub(super) fn logic(code: &Code<'_>, error: &CompileError, _: &Setting<'_>) -> Option<Remedy> {
    let at = error.span.start;
    let rest = code.text.get(at..).unwrap_or("");
    let before = code.text.get(..at).unwrap_or("");
    let (wrong, meant) = if rest.starts_with('&') {
        ("&&", "and")
    } else if rest.starts_with("||") || (rest.starts_with('|') && before.ends_with('|')) {
        ("||", "or")
    } else {
        let upper = code.at(&error.span);
        let meant = [("AND", "and"), ("OR", "or")].into_iter().find(|(word, _)| *word == upper)?;
        return Some(Remedy::help(format!("jq writes `{}`", meant.1)).certainly(vec![(error.span.clone(), meant.1.to_owned())]));
    };
    let spaced = |at: usize| {
        let is_apart = code.text[..at].ends_with(char::is_whitespace) && code.text[at + 2..].starts_with(char::is_whitespace);
        (at..at + 2, if is_apart { meant.to_owned() } else { format!(" {meant} ") })
    };
    let all: Vec<_> = code.all(wrong).into_iter().map(spaced).collect();
    let remedy = Remedy::help(format!("jq writes `{meant}`")).label(format!("jq has no `{wrong}`"));
    Some(if all.is_empty() { remedy } else { remedy.certainly(all) })
}

/// `!x`, `NOT x`
pub(super) fn not(code: &Code<'_>, error: &CompileError, _: &Setting<'_>) -> Option<Remedy> {
    let (at, sign) = (error.span.start, code.at(&error.span));
    if sign != "!" && sign != "NOT" {
        return None;
    }
    let operand = at + sign.len() + (code.text[at + sign.len()..].len() - code.text[at + sign.len()..].trim_start().len());
    let rest = code.text.get(operand..)?;
    let end = match rest.chars().next()? {
        '(' => code.inside(operand)?.end + 1,
        '.' | '$' => {
            operand
                + rest.find(|letter: char| !(letter.is_ascii_alphanumeric() || "_.$[]?".contains(letter))).unwrap_or(rest.len())
        }
        _ => return Some(Remedy::help("jq writes `(… | not)`").label(format!("jq has no `{sign}`"))),
    };
    let operand = &code.text[operand..end];
    let is_whole = code.text[..at].trim().is_empty() && code.text[end..].trim().is_empty();
    let meant = if is_whole { format!("{operand} | not") } else { format!("({operand} | not)") };
    Some(Remedy::help(format!("jq writes `{meant}`")).label(format!("jq has no `{sign}`")).certainly(vec![(at..end, meant)]))
}

/// `===`, `!==`, `=!`, `=>`
pub(super) fn equality(code: &Code<'_>, error: &CompileError, _: &Setting<'_>) -> Option<Remedy> {
    let around = error.span.start.saturating_sub(2)..(error.span.end + 2).min(code.text.len());
    let near = |pattern: &str| code.all(pattern).into_iter().any(|at| at < around.end && at + pattern.len() > around.start);
    let (wrong, meant) = [("!==", "!="), ("===", "=="), ("=<", "<="), ("=>", ">=")].into_iter().find(|(wrong, _)| near(wrong))?;
    if wrong == "=>" && code.text.contains("=> ") {
        return Some(Remedy::help("jq has no `x => …`: `map(.field)` looks at each element as `.`").label("jq has no `=>`"));
    }
    let all = code.all(wrong).into_iter().map(|at| (at..at + wrong.len(), meant.to_owned()));
    Some(Remedy::help(format!("jq writes `{meant}`")).label(format!("jq has no `{wrong}`")).certainly(all.collect()))
}

/// `??`, `<>`
pub(super) fn operators(code: &Code<'_>, error: &CompileError, _: &Setting<'_>) -> Option<Remedy> {
    // jq reads `.a ??` and stumbles over what follows.
    let near = |at: &usize| {
        let between = code.text.get(at + 2..error.span.start);
        *at <= error.span.start && between.is_none_or(|between| between.trim().is_empty())
    };
    let (wrong, meant) = OPERATORS.iter().find(|(wrong, _)| code.all(wrong).iter().any(near))?;
    if *meant == "pow" {
        return Some(Remedy::help("jq writes `pow(a; b)`").label("jq has no `**`"));
    }
    let all = code.all(wrong).into_iter().map(|at| (at..at + wrong.len(), (*meant).to_owned()));
    Some(Remedy::help(format!("jq writes `{meant}`")).label(format!("jq has no `{wrong}`")).certainly(all.collect()))
}

/// Single quotes, and backticks.
pub(super) fn single_quotes(code: &Code<'_>, error: &CompileError, _: &Setting<'_>) -> Option<Remedy> {
    let found = code.at(&error.span);
    if found != "'" && found != "`" {
        return None;
    }
    let quotes = code.all(found);
    let remedy = Remedy::help("jq knows only double quotes: write `\"text\"`");
    let is_paired = quotes.len().is_multiple_of(2) && !code.text.contains('"');
    Some(if is_paired { remedy.certainly(quotes.into_iter().map(|at| (at..at + 1, "\"".to_owned())).collect()) } else { remedy })
}

/// `if` without `end`, a bracket or quote without its partner.
pub(super) fn unclosed(code: &Code<'_>, error: &CompileError, _: &Setting<'_>) -> Option<Remedy> {
    if error.span.start < code.text.trim_end().len() {
        return None;
    }
    let is_word = |at: usize, word: &str| {
        let is_edge = |letter: Option<char>| letter.is_none_or(|letter| !(letter.is_alphanumeric() || "_.$".contains(letter)));
        is_edge(code.text[..at].chars().next_back()) && is_edge(code.text[at + word.len()..].chars().next())
    };
    let count = |word: &str| code.all(word).into_iter().filter(|at| is_word(*at, word)).count();
    if count("if") > count("end") {
        return Some(Remedy::help("each `if` ends with `end`, and `else if` is written `elif`"));
    }
    let closes = error.message.split("expected `").nth(1).and_then(|rest| rest.split('`').next())?;
    Some(Remedy::help(format!("add the `{closes}`")))
}

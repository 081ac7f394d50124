//! Regular expressions as jq has them: Oniguruma's syntax in Perl's manner, offsets in characters.
//!
//! Backtracking, the size of a pattern and of what it compiles to are limited, so a pattern cannot hang or bloat us.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

use fancy_regex::{Captures, CompileError, Error as RegexError, Regex, RegexBuilder};
use jaq_core::box_iter::box_once;
use jaq_core::{Bind, ValX, ValXs};

use super::super::interpreter::Engine;
use super::super::val::{Map, Text, Val};
use super::super::{Fault, Outcome, fault, meter};
use super::{Call, Native, outputs};

/// Longest pattern in bytes.
const PATTERN_BYTES: usize = 4096;

/// Backtracking steps of one match: tens of milliseconds.
const BACKTRACKS: usize = 200_000;

/// Bytes of a compiled pattern, and of what it caches while matching.
const COMPILED_BYTES: usize = 2 << 20;

/// Instructions of a compiled pattern with look-around or back references.
const INSTRUCTIONS: usize = 100_000;

/// Compiled patterns that a thread keeps.
const KEPT_PATTERNS: usize = 64;

/// Steps that compiling a pattern counts for.
const COMPILE_STEPS: usize = 2_000;

/// Steps that an attempt to match counts for.
const MATCH_STEPS: usize = 50;

#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
struct Flags {
    global: bool,
    ignore_case: bool,
    extended: bool,
    dot_all: bool,
    not_empty: bool,
    /// The text ends with a line break, which `$` may stand before.
    before_last_break: bool,
}

/// Compiled patterns by their text and flags; one that can never match is kept as `None`.
type Kept = HashMap<(Box<str>, Flags), Option<Arc<Regex>>>;

thread_local! {
    static KEPT: RefCell<Kept> = RefCell::new(HashMap::new());
}

pub(super) fn list() -> Vec<Native> {
    vec![
        (
            "_match",
            [Bind::Var(()), Bind::Var(()), Bind::Var(())].into(),
            jaq_core::Native::<Engine>::new(|mut cv: Call<'_>| {
                let test = cv.0.pop_var();
                let flags = cv.0.pop_var();
                let pattern = cv.0.pop_var();
                jaq_core::native::bome(matches(&cv.1, &pattern, &flags, test.is_true()))
            }),
        ),
        (
            "sub",
            [Bind::Var(()), Bind::Fun(()), Bind::Var(())].into(),
            jaq_core::Native::<Engine>::new(|mut cv: Call<'_>| {
                let flags = cv.0.pop_var();
                let replacement = cv.0.pop_fun();
                let pattern = cv.0.pop_var();
                match substitute(cv.1, &pattern, &flags, |captured| {
                    outputs(&replacement, captured)
                }) {
                    Ok(results) => Box::new(results.into_iter().map(Ok)) as ValXs<'_, Val>,
                    Err(error) => box_once(Err(error)),
                }
            }),
        ),
    ]
}

fn flags(flags: &Val) -> Result<Flags, Fault> {
    let mut parsed = Flags::default();
    let text = match flags {
        Val::Null => "",
        Val::String(text) => text.as_str(),
        other => return Err(fault(format!("{} is not a string", other.described()))),
    };
    for flag in text.chars() {
        match flag {
            'g' => parsed.global = true,
            'i' => parsed.ignore_case = true,
            'x' => parsed.extended = true,
            'p' => parsed.dot_all = true,
            'n' => parsed.not_empty = true,
            // A single line is what we always have; the longest match differs only for alternatives.
            's' | 'l' => {}
            _ => return Err(fault(format!("{text} is not a valid modifier string"))),
        }
    }
    Ok(parsed)
}

/// The compiled pattern; `None` when it can never match.
fn compiled(pattern: &str, flags: &Flags) -> Result<Option<Arc<Regex>>, Fault> {
    if pattern.len() > PATTERN_BYTES {
        return Err(fault(format!(
            "Regex failure: pattern is longer than {PATTERN_BYTES} bytes"
        )));
    }
    let key = (
        Box::<str>::from(pattern),
        Flags {
            global: false,
            ..flags.clone()
        },
    );
    if let Some(known) = KEPT.with_borrow(|kept| kept.get(&key).cloned()) {
        return Ok(known);
    }
    meter::work(COMPILE_STEPS + 10 * pattern.len());
    let translated = translate(pattern, flags);
    let mut builder = RegexBuilder::new(&translated);
    builder
        .oniguruma_mode(true)
        .case_insensitive(flags.ignore_case)
        .dot_matches_new_line(flags.dot_all)
        .ignore_whitespace(flags.extended)
        .find_not_empty(flags.not_empty)
        .backtrack_limit(BACKTRACKS)
        .delegate_size_limit(COMPILED_BYTES)
        .delegate_dfa_size_limit(COMPILED_BYTES)
        .max_prog_size(INSTRUCTIONS);
    let regex = match builder.build() {
        Ok(regex) => Some(Arc::new(regex)),
        Err(RegexError::CompileError(error))
            if matches!(*error, CompileError::PatternCanNeverMatch) =>
        {
            None
        }
        Err(error) => return Err(fault(format!("Regex failure: {error}"))),
    };
    KEPT.with_borrow_mut(|kept| {
        if kept.len() >= KEPT_PATTERNS {
            kept.clear();
        }
        kept.insert(key, regex.clone());
    });
    Ok(regex)
}

/// Writes a pattern for our engine: `$` also stands before a line break that ends the text; braces and brackets that do
/// not pair, and escapes that mean nothing to Oniguruma in Perl's manner, are themselves.
fn translate(pattern: &str, flags: &Flags) -> String {
    let mut out = String::with_capacity(pattern.len());
    let mut rest = pattern;
    let mut in_class = 0usize;
    while let Some(character) = rest.chars().next() {
        let after = &rest[character.len_utf8()..];
        let mut taken = character.len_utf8();
        match character {
            '\\' => {
                let escaped = after.chars().next();
                taken += escaped.map_or(0, char::len_utf8);
                // `\p{L}` and `\x{41}` bring their braces along.
                if matches!(escaped, Some('p' | 'P' | 'x' | 'k' | 'g' | 'o'))
                    && after[1..].starts_with(['{', '<'])
                {
                    taken += after[1..].find(['}', '>']).map_or(0, |end| end + 1);
                    out.push_str(&rest[..taken]);
                } else if let Some(
                    literal @ ('h' | 'H' | 'u' | 'N' | 'O' | '_' | '/' | '<' | '>' | '"' | '\''
                    | ',' | ':' | ';' | '=' | '!' | '@' | '%' | '`' | '&' | '~'),
                ) = escaped
                {
                    out.push(literal);
                } else {
                    out.push_str(&rest[..taken]);
                }
            }
            '[' => {
                in_class += 1;
                out.push('[');
                if let Some(negated) = after.strip_prefix('^') {
                    out.push('^');
                    taken += 1;
                    taken += literal_bracket(&mut out, negated);
                } else {
                    taken += literal_bracket(&mut out, after);
                }
            }
            ']' if in_class > 0 => {
                in_class -= 1;
                out.push(']');
            }
            ']' => out.push_str("\\]"),
            '$' if in_class == 0 && flags.before_last_break => out.push_str("(?=\\n?\\z)"),
            '{' if in_class == 0 => match repetition(rest) {
                Some(length) => {
                    taken = length;
                    out.push_str(&rest[..length]);
                }
                None => out.push_str("\\{"),
            },
            '}' if in_class == 0 => out.push_str("\\}"),
            other => out.push(other),
        }
        rest = &rest[taken..];
    }
    out
}

/// A `]` that comes first in a class is one of its characters.
fn literal_bracket(out: &mut String, class: &str) -> usize {
    if class.starts_with(']') && class[1..].contains(']') {
        out.push_str("\\]");
        return 1;
    }
    0
}

/// The length of `{2}`, `{2,}` or `{2,3}` at the start of `text`; anything else is literal.
fn repetition(text: &str) -> Option<usize> {
    let end = text.find('}')?;
    let (least, most) = text[1..end].split_once(',').unwrap_or((&text[1..end], ""));
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    (!least.is_empty() && digits(least) && digits(most)).then_some(end + 1)
}

/// Calls `each` with every match.
fn each_match<'t>(
    text: &'t str,
    pattern: &Val,
    modifiers: &Val,
    mut each: impl FnMut(&Regex, &Captures<'t, str>) -> bool,
) -> Result<(), Fault> {
    let Val::String(pattern) = pattern else {
        return Err(fault(format!("{} is not a string", pattern.described())));
    };
    let mut flags = flags(modifiers)?;
    flags.before_last_break = text.ends_with('\n') && pattern.as_str().contains('$');
    let Some(regex) = compiled(pattern.as_str(), &flags)? else {
        return Ok(());
    };
    let mut at = 0;
    loop {
        meter::work(MATCH_STEPS + (text.len() - at) / 16);
        let found = regex
            .captures_from_pos(text, at)
            .map_err(|error| fault(format!("Regex failure: {error}")))?;
        let Some(captures) = found else { return Ok(()) };
        let Some(whole) = captures.get(0) else {
            return Ok(());
        };
        if !each(&regex, &captures) || !flags.global {
            return Ok(());
        }
        at = whole.end();
        if whole.start() == whole.end() {
            match text[at..].chars().next() {
                Some(character) => at += character.len_utf8(),
                None => return Ok(()),
            }
        }
    }
}

/// Counts characters from byte to byte without starting over.
struct Characters<'t> {
    text: &'t str,
    byte: usize,
    character: usize,
}

impl Characters<'_> {
    fn at(&mut self, byte: usize) -> usize {
        if byte < self.byte {
            (self.byte, self.character) = (0, 0);
        }
        self.character += self.text[self.byte..byte].chars().count();
        self.byte = byte;
        self.character
    }
}

fn matches(value: &Val, pattern: &Val, modifiers: &Val, test: bool) -> Outcome {
    let Some(text) = value.as_str() else {
        return Err(fault(format!(
            "{} cannot be matched, as it is not a string",
            value.described()
        )));
    };
    if test {
        let mut found = false;
        each_match(text, pattern, modifiers, |_, _| {
            found = true;
            false
        })?;
        return Ok(Val::Bool(found));
    }
    let names = ["offset", "length", "string", "captures", "name"].map(Text::new);
    let [offset, length, string, captured, name] = &names;
    let mut characters = Characters {
        text,
        byte: 0,
        character: 0,
    };
    let mut found = Vec::new();
    each_match(text, pattern, modifiers, |regex, captures| {
        let mut fields = |group: usize| -> Map {
            let mut map = Map::default();
            match captures.get(group) {
                Some(part) => {
                    map.insert(offset.clone(), Val::int(characters.at(part.start())));
                    map.insert(length.clone(), Val::int(part.as_str().chars().count()));
                    map.insert(string.clone(), Val::string(part.as_str()));
                }
                None => {
                    map.insert(offset.clone(), Val::number(-1.0));
                    map.insert(length.clone(), Val::int(0));
                    map.insert(string.clone(), Val::Null);
                }
            }
            map
        };
        let mut whole = fields(0);
        let groups = regex
            .capture_names()
            .enumerate()
            .skip(1)
            .map(|(group, group_name)| {
                let mut map = fields(group);
                map.insert(name.clone(), group_name.map_or(Val::Null, Val::string));
                Val::object(map)
            });
        whole.insert(captured.clone(), Val::array(groups.collect()));
        found.push(Val::object(whole));
        true
    })?;
    Ok(Val::array(found))
}

/// `sub`: every output of `replacement` makes a result of its own, in step over all matches.
fn substitute<'a>(
    value: Val,
    pattern: &Val,
    modifiers: &Val,
    replacement: impl Fn(Val) -> ValXs<'a, Val>,
) -> Result<Vec<Val>, jaq_core::Exn<'a, Val>> {
    let Some(text) = value.as_str() else {
        return Err(fault(format!(
            "{} cannot be matched, as it is not a string",
            value.described()
        ))
        .into());
    };
    let mut edits = Vec::new();
    each_match(text, pattern, modifiers, |regex, captures| {
        let mut named = Map::default();
        for (group, name) in regex.capture_names().enumerate() {
            if let Some(name) = name {
                named.insert(
                    Text::new(name),
                    captures
                        .get(group)
                        .map_or(Val::Null, |part| Val::string(part.as_str())),
                );
            }
        }
        if let Some(whole) = captures.get(0) {
            edits.push((whole.start(), whole.end(), Val::object(named)));
        }
        true
    })?;
    let mut results: Vec<Val> = Vec::new();
    let mut previous = 0;
    for (start, end, captured) in edits {
        let gap = &text[previous..start];
        for (at, insert) in replacement(captured).enumerate() {
            let insert: ValX<'a, Val> = insert;
            if at == results.len() {
                results.push(Val::Null);
            }
            let piece = (Val::string(gap) + insert?)?;
            results[at] = (std::mem::take(&mut results[at]) + piece)?;
        }
        previous = end;
    }
    if results.is_empty() {
        return Ok(vec![value]);
    }
    let rest = Val::string(&text[previous..]);
    Ok(results
        .into_iter()
        .map(|result| result + rest.clone())
        .collect::<Result<_, _>>()?)
}

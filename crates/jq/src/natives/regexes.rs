//! Regular expressions as in jq: Oniguruma's Perl-like syntax, offsets in characters.
//!
//! Backtracking steps, the size of a pattern and its compiled size are limited, so that a pattern cannot run without end or take
//! all memory.

use std::cell::RefCell;
use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use fancy_regex::{Captures, CompileError, Error as RegexError, Regex, RegexBuilder};
use jaq_core::box_iter::box_once;
use jaq_core::{Bind, ValX, ValXs};

use super::super::interpreter::Engine;
use super::super::pattern::{RegexOptions, RegexPattern, WriteOptions};
use super::super::val::{Map, Text, Val};
use super::super::{Fault, ValResult, fault, meter};
use super::{Call, Native, outputs};

/// Maximum length of a pattern, in bytes.
const PATTERN_BYTES: usize = 4096;

/// Maximum number of backtracking steps of one match: tens of milliseconds.
const BACKTRACKS: usize = 200_000;

/// Maximum size of a compiled pattern, and of its cache while matching, in bytes.
const COMPILED_BYTES: usize = 2 << 20;

/// Maximum number of instructions of a compiled pattern with look-around or back references.
const INSTRUCTIONS: usize = 100_000;

/// Number of compiled patterns that a thread keeps.
const KEPT_PATTERNS: usize = 64;

/// Steps that the compilation of a pattern costs.
const COMPILE_STEPS: usize = 2_000;

/// Steps that an attempt to match costs.
const MATCH_STEPS: usize = 50;

#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
struct Flags {
    global: bool,
    options: RegexOptions,
    not_empty: bool,
    longest: bool,
    /// The text ends with a line break, before which `$` also matches.
    before_last_break: bool,
}

/// A compiled pattern.
struct CompiledRegex {
    /// None if it can never match.
    regex: Option<Regex>,
    /// Names of the groups from group 1 on.
    names: Vec<Option<Text>>,
    /// It begins with `\G`.
    anchored: bool,
}

/// Compiled patterns by their text and flags.
type RegexCache = HashMap<(Box<str>, Flags), Arc<CompiledRegex>>;

thread_local! {
    static KEPT: RefCell<RegexCache> = RefCell::new(HashMap::new());
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
                match substitute(cv.1, &pattern, &flags, |captured| outputs(&replacement, captured)) {
                    Ok(results) => Box::new(results.into_iter().map(Ok)) as ValXs<'_, Val>,
                    Err(error) => box_once(Err(error)),
                }
            }),
        ),
    ]
}

fn flags(flags: &Val) -> Result<Flags, Fault> {
    match flags {
        Val::Null => Ok(Flags::default()),
        Val::String(text) => parse_flags(text.as_str()).map_err(fault),
        other => Err(fault(format!("{} is not a string", other.described()))),
    }
}

fn parse_flags(text: &str) -> Result<Flags, String> {
    let mut parsed = Flags::default();
    for flag in text.chars() {
        match flag {
            'g' => parsed.global = true,
            'i' => parsed.options.ignore_case = true,
            'x' => parsed.options.extended = true,
            // `s` has no effect: its behaviour is the default.
            's' => {}
            'm' | 'p' => parsed.options.dot_all = true,
            'n' => parsed.not_empty = true,
            'l' => parsed.longest = true,
            _ => return Err(format!("{text} is not a valid modifier string")),
        }
    }
    Ok(parsed)
}

/// Compiles a pattern as `test($pattern; $flags)` would. The error is the message of that filter.
/// # Examples
/// ```
/// use pilotage_jq::check_pattern;
///
/// assert_eq!(check_pattern("^(?<team>[a-z]+)@", Some("i")), Ok(()));
/// assert!(check_pattern("(unclosed", None).unwrap_err().starts_with("Regex failure: end pattern"));
/// ```
pub fn check_pattern(pattern: &str, flags: Option<&str>) -> Result<(), String> {
    compile(pattern, &parse_flags(flags.unwrap_or_default())?).map(|_| ())
}

fn compile(pattern: &str, flags: &Flags) -> Result<CompiledRegex, String> {
    if pattern.len() > PATTERN_BYTES {
        return Err(format!("Regex failure: pattern is longer than {PATTERN_BYTES} bytes"));
    }
    let failure = |message: String| format!("Regex failure: {message}");
    let read = RegexPattern::parse(pattern, flags.options).map_err(failure)?;
    let written = read.write(WriteOptions { before_last_break: flags.before_last_break, longest: flags.longest });
    let mut builder = RegexBuilder::new(&written);
    builder
        .find_not_empty(flags.not_empty)
        .leftmost_longest(flags.longest)
        .backtrack_limit(BACKTRACKS)
        .delegate_size_limit(COMPILED_BYTES)
        .delegate_dfa_size_limit(COMPILED_BYTES)
        .max_prog_size(INSTRUCTIONS);
    let regex = match builder.build() {
        Ok(regex) => Some(regex),
        Err(RegexError::CompileError(error)) if matches!(*error, CompileError::PatternCanNeverMatch) => None,
        Err(error) => return Err(failure(error.to_string())),
    };
    let names = read.names().iter();
    Ok(CompiledRegex { regex, anchored: read.is_anchored(), names: names.map(|name| name.as_deref().map(Text::new)).collect() })
}

fn compiled(pattern: &str, flags: &Flags) -> Result<Arc<CompiledRegex>, Fault> {
    let key = (Box::<str>::from(pattern), Flags { global: false, ..flags.clone() });
    if let Some(known) = KEPT.with_borrow(|kept| kept.get(&key).cloned()) {
        return Ok(known);
    }
    meter::work(COMPILE_STEPS + 10 * pattern.len().min(PATTERN_BYTES));
    let compiled = Arc::new(compile(pattern, flags).map_err(fault)?);
    KEPT.with_borrow_mut(|kept| {
        if kept.len() >= KEPT_PATTERNS {
            kept.clear();
        }
        kept.insert(key, Arc::clone(&compiled));
    });
    Ok(compiled)
}

/// Calls `each` for every match.
fn each_match<'t>(
    text: &'t str,
    pattern: &Val,
    modifiers: &Val,
    mut each: impl FnMut(&CompiledRegex, &Captures<'t, str>) -> bool,
) -> Result<(), Fault> {
    let Val::String(pattern) = pattern else {
        return Err(fault(format!("{} is not a string", pattern.described())));
    };
    let mut flags = flags(modifiers)?;
    flags.before_last_break = text.ends_with('\n') && pattern.as_str().contains(['$', 'Z']);
    let compiled = compiled(pattern.as_str(), &flags)?;
    let Some(regex) = &compiled.regex else {
        return Ok(());
    };
    let mut at = 0;
    loop {
        let found = if flags.longest && !compiled.anchored { longest(regex, text, at)? } else { search(regex, text, at)? };
        let Some(captures) = found else { return Ok(()) };
        let Some(whole) = captures.get(0) else {
            return Ok(());
        };
        if !each(&compiled, &captures) || !flags.global {
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

fn search<'t>(regex: &Regex, text: &'t str, at: usize) -> Result<Option<Captures<'t, str>>, Fault> {
    meter::work(MATCH_STEPS + (text.len() - at) / 16);
    regex.captures_from_pos(text, at).map_err(|error| fault(format!("Regex failure: {error}")))
}

/// The longest match, starting anywhere; the first of equally long ones. The pattern is tried at each position and matches only
/// there.
fn longest<'t>(regex: &Regex, text: &'t str, at: usize) -> Result<Option<Captures<'t, str>>, Fault> {
    let mut best: Option<(usize, Captures<'t, str>)> = None;
    let starts = text[at..].char_indices().map(|(start, _)| at + start);
    for start in starts.chain([text.len()]) {
        if best.as_ref().is_some_and(|(length, _)| text.len() - start <= *length) {
            break;
        }
        let Some(captures) = search(regex, text, start)? else {
            continue;
        };
        let length = captures.get(0).map_or(0, |whole| whole.end() - whole.start());
        if best.as_ref().is_none_or(|(longest, _)| length > *longest) {
            best = Some((length, captures));
        }
    }
    Ok(best.map(|(_, captures)| captures))
}

/// Converts byte offsets to character offsets in one pass.
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

fn matches(value: &Val, pattern: &Val, modifiers: &Val, test: bool) -> ValResult {
    let Some(text) = value.as_str() else {
        return Err(fault(format!("{} cannot be matched, as it is not a string", value.described())));
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
    let mut characters = Characters { text, byte: 0, character: 0 };
    let mut found = Vec::new();
    each_match(text, pattern, modifiers, |compiled, captures| {
        let whole = captures.get(0).map(|whole| whole.range());
        let mut fields = |group: usize| -> Map {
            let mut map = Map::default();
            match captures.get(group) {
                // If the whole match is empty, jq treats every group as empty at that position.
                Some(_) if whole.as_ref().is_some_and(Range::is_empty) => {
                    let at = whole.as_ref().map_or(0, |whole| whole.start);
                    map.insert(offset.clone(), Val::int(characters.at(at)));
                    map.insert(length.clone(), Val::int(0));
                    map.insert(string.clone(), Val::string(""));
                }
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
        let groups = compiled.names.iter().enumerate().map(|(at, group_name)| {
            let mut map = fields(at + 1);
            let group_name = group_name.clone().map_or(Val::Null, Val::String);
            map.insert(name.clone(), group_name);
            Val::object(map)
        });
        whole.insert(captured.clone(), Val::array(groups.collect()));
        found.push(Val::object(whole));
        true
    })?;
    Ok(Val::array(found))
}

/// `sub`: every output of `replacement` makes a result of its own, over all matches in parallel.
fn substitute<'a>(
    value: Val,
    pattern: &Val,
    modifiers: &Val,
    replacement: impl Fn(Val) -> ValXs<'a, Val>,
) -> Result<Vec<Val>, jaq_core::Exn<'a, Val>> {
    let Some(text) = value.as_str() else {
        return Err(fault(format!("{} cannot be matched, as it is not a string", value.described())).into());
    };
    let mut edits = Vec::new();
    each_match(text, pattern, modifiers, |compiled, captures| {
        let empty = captures.get(0).is_none_or(|whole| whole.start() == whole.end());
        let mut named = Map::default();
        for (at, name) in compiled.names.iter().enumerate() {
            if let Some(name) = name {
                let part = match captures.get(at + 1) {
                    Some(_) if empty => Val::string(""),
                    Some(part) => Val::string(part.as_str()),
                    None => Val::Null,
                };
                named.insert(name.clone(), part);
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
    Ok(results.into_iter().map(|result| result + rest.clone()).collect::<Result<_, _>>()?)
}

//! From a place in a scalar's value back to the place where it is written, for every style of YAML.
//!
//! The parser says where a scalar begins and ends and what its value is. In between, styles differ only in white space (it
//! is folded, or cut off as indentation) and in escapes; so value and text are walked side by side, character by character.

use std::ops::Range;

/// Styles of a scalar, as needed to find places in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    Plain,
    SingleQuoted,
    DoubleQuoted,
    /// Literal and folded blocks.
    Block,
}

/// A character as written: where, and what it means.
struct Written {
    bytes: Range<usize>,
    /// None when it means nothing: an escaped end of line.
    meaning: Option<char>,
    escaped: bool,
}

/// Bytes of the anchor and tag before a scalar, with the white space after them.
pub(super) fn after_properties(written: &str) -> usize {
    let mut rest = written;
    while rest.starts_with(['&', '!']) {
        let word = rest.find(char::is_whitespace).unwrap_or(rest.len());
        rest = rest[word..].trim_start();
    }
    written.len() - rest.len()
}

/// The bytes of `written` that hold the bytes `part` of `value`. A part at the end gets the place just
/// after the last character that is not white space. None when the two do not belong together.
pub(super) fn written_range(written: &str, style: Style, value: &str, part: &Range<usize>) -> Option<Range<usize>> {
    let places = places(written, style, value)?;
    let written_end = value.trim_end().len();
    if part.start >= written_end {
        let end = written_end.checked_sub(1).and_then(|last| places.get(last));
        let end = end.map_or(0, |last| last.end);
        return Some(end..end);
    }
    let first = places.get(part.start)?;
    let last = places.get(part.end.clamp(part.start + 1, places.len()) - 1)?;
    Some(first.start..last.end.max(first.end))
}

/// For each byte of the value, the bytes where its character is written.
fn places(written: &str, style: Style, value: &str) -> Option<Vec<Range<usize>>> {
    let mut source = characters(written, style).into_iter().peekable();
    let mut places = Vec::with_capacity(value.len());
    let mut last = 0..0;
    for character in value.chars() {
        let mut found = None;
        while let Some(next) = source.peek() {
            let blank = next.meaning.is_some_and(char::is_whitespace);
            if next.meaning == Some(character) {
                found = source.next();
                break;
            }
            let folded = next.meaning == Some('\n') && !next.escaped && character == ' ';
            if folded {
                found = source.next();
                break;
            }
            // White space that is only indentation or was folded away, and ends of line that are escaped.
            if next.meaning.is_none() || blank {
                // A line break of the value that is not written here was written further ahead or is made up by a block's end.
                source.next();
                continue;
            }
            break;
        }
        match found {
            Some(found) => last = found.bytes,
            // Line breaks at the beginning of a block come before its span; at its end they may be made up.
            None if character.is_whitespace() => last = last.end..last.end,
            None => return None,
        }
        places.extend(std::iter::repeat_n(last.clone(), character.len_utf8()));
    }
    Some(places)
}

fn characters(written: &str, style: Style) -> Vec<Written> {
    let (text, skipped) = match style {
        Style::Plain | Style::Block => (written, 0),
        Style::SingleQuoted | Style::DoubleQuoted => (written.get(1..written.len().max(2) - 1).unwrap_or(""), 1),
    };
    let mut all = Vec::with_capacity(text.len());
    let mut rest = text.char_indices().peekable();
    while let Some((at, character)) = rest.next() {
        let mut meaning = Some(character);
        let mut escaped = false;
        match (style, character) {
            (Style::SingleQuoted, '\'') => {
                rest.next_if(|(_, next)| *next == '\'');
            }
            (Style::DoubleQuoted, '\\') => {
                escaped = true;
                meaning = match rest.next() {
                    Some((_, '\r' | '\n')) | None => None,
                    Some((_, letter)) => escape(letter, &mut rest),
                };
            }
            _ => {}
        }
        let end = rest.peek().map_or(text.len(), |(next, _)| *next);
        all.push(Written { bytes: at + skipped..end + skipped, meaning, escaped });
    }
    all
}

/// A text of one line as a scalar of that style, with its quotes. A plain one that YAML would read otherwise gets single quotes.
pub(super) fn encode(text: &str, style: Style) -> Option<String> {
    if text.contains(['\n', '\r']) {
        return None;
    }
    Some(match style {
        Style::Block => text.to_owned(),
        Style::Plain if is_plain(text) => text.to_owned(),
        Style::Plain | Style::SingleQuoted => single_quoted(text),
        Style::DoubleQuoted => format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")),
    })
}

/// A text of one line in single quotes.
pub(super) fn single_quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// True when YAML reads a text without quotes as that text.
fn is_plain(text: &str) -> bool {
    let typed = matches!(text.to_lowercase().as_str(), "" | "~" | "null" | "true" | "false" | "yes" | "no" | "on" | "off");
    let special = text.starts_with(|first: char| "-?:,[]{}#&*!|>'\"%@`".contains(first));
    let cut = text.contains(": ") || text.contains(" #") || text.ends_with(':') || text.trim() != text;
    !typed && !special && !cut && text.parse::<f64>().is_err()
}

/// Character of an escape in a double-quoted scalar.
fn escape(letter: char, rest: &mut std::iter::Peekable<std::str::CharIndices<'_>>) -> Option<char> {
    let digits = match letter {
        'x' => 2,
        'u' => 4,
        'U' => 8,
        _ => 0,
    };
    if digits > 0 {
        let mut number = 0_u32;
        for _ in 0..digits {
            let digit = rest.next().and_then(|(_, digit)| digit.to_digit(16))?;
            number = number.checked_mul(16)?.checked_add(digit)?;
        }
        return char::from_u32(number);
    }
    Some(match letter {
        '0' => '\0',
        'a' => '\u{7}',
        'b' => '\u{8}',
        't' => '\t',
        'n' => '\n',
        'v' => '\u{b}',
        'f' => '\u{c}',
        'r' => '\r',
        'e' => '\u{1b}',
        'N' => '\u{85}',
        '_' => '\u{a0}',
        'L' => '\u{2028}',
        'P' => '\u{2029}',
        other => other,
    })
}

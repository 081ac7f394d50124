//! jq text to tokens. Texts with interpolation are read whole, their parts included.

use std::ops::Range;

use super::{Term, parser};

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Token {
    pub(super) span: Range<usize>,
    pub(super) word: Word,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Word {
    /// A name: of a function, a keyword, or `module::name`.
    Name(String),
    /// `.name`
    Field(String),
    /// `$name`
    Variable(String),
    /// `@name`
    Format,
    Number(f64),
    /// The literal pieces with their places, and the interpolated parts; there is one piece more than parts.
    Text {
        pieces: Vec<(String, Range<usize>)>,
        parts: Vec<Term>,
    },
    Symbol(&'static str),
}

/// Longest first, so that `//=` is not read as `//`.
const SYMBOLS: &[&str] = &[
    "?//", "//=", "|=", "+=", "-=", "*=", "/=", "%=", "//", "==", "!=", "<=", ">=", "..", "<", ">",
    "=", "+", "-", "*", "/", "%", "|", ",", ":", ";", "(", ")", "[", "]", "{", "}", "?", ".",
];

/// The tokens of a text; none when it is no jq.
pub(super) fn tokens(text: &str) -> Option<Vec<Token>> {
    let (tokens, end) = read(text, 0, false, 0)?;
    (end == text.len()).then_some(tokens)
}

fn is_name_start(letter: char) -> bool {
    letter.is_ascii_alphabetic() || letter == '_'
}

fn name_length(text: &str) -> usize {
    let mut length = 0;
    loop {
        let rest = text.get(length..).unwrap_or("");
        if rest.starts_with(is_name_start) {
            length += rest
                .find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_')
                .unwrap_or(rest.len());
        } else {
            return length;
        }
        let rest = text.get(length..).unwrap_or("");
        if rest.starts_with("::") && rest[2..].starts_with(is_name_start) {
            length += 2;
        } else {
            return length;
        }
    }
}

/// Reads tokens from a place on; inside a text, up to the parenthesis that closes the interpolation.
fn read(text: &str, from: usize, inside: bool, depth: usize) -> Option<(Vec<Token>, usize)> {
    if depth > super::MAX_DEPTH {
        return None;
    }
    let mut tokens = Vec::new();
    let mut open = 0_usize;
    let mut at = from;
    while let Some(first) = text.get(at..)?.chars().next() {
        let rest = text.get(at..)?;
        let start = at;
        let word = match first {
            _ if first.is_whitespace() => {
                at += first.len_utf8();
                continue;
            }
            '#' => {
                at += rest.find('\n').unwrap_or(rest.len());
                continue;
            }
            '"' => {
                let (word, end) = text_token(text, at, depth)?;
                at = end;
                word
            }
            '.' if rest.get(1..)?.starts_with(is_name_start) => {
                let name = rest.get(1..)?;
                let length = name
                    .find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_')
                    .unwrap_or(name.len());
                at += 1 + length;
                Word::Field(name.get(..length)?.to_owned())
            }
            '$' | '@' => {
                let length = name_length(rest.get(1..)?);
                if length == 0 {
                    return None;
                }
                at += 1 + length;
                let name = rest.get(1..=length)?.to_owned();
                if first == '$' {
                    Word::Variable(name)
                } else {
                    Word::Format
                }
            }
            _ if is_name_start(first) => {
                let length = name_length(rest);
                at += length;
                Word::Name(rest.get(..length)?.to_owned())
            }
            _ if first.is_ascii_digit()
                || first == '.'
                    && rest
                        .get(1..)?
                        .starts_with(|next: char| next.is_ascii_digit()) =>
            {
                let length = number_length(rest);
                at += length;
                Word::Number(rest.get(..length)?.parse().ok()?)
            }
            _ => {
                let symbol = SYMBOLS.iter().find(|symbol| rest.starts_with(**symbol))?;
                match *symbol {
                    "(" => open += 1,
                    ")" if open == 0 && inside => return Some((tokens, at)),
                    ")" => open = open.checked_sub(1)?,
                    _ => {}
                }
                at += symbol.len();
                Word::Symbol(symbol)
            }
        };
        tokens.push(Token {
            span: start..at,
            word,
        });
    }
    (!inside).then_some((tokens, at))
}

fn number_length(text: &str) -> usize {
    let digits = |from: usize| {
        let rest = text.get(from..).unwrap_or("");
        from + rest
            .find(|letter: char| !letter.is_ascii_digit())
            .unwrap_or(rest.len())
    };
    let mut length = digits(0);
    if text.get(length..).is_some_and(|rest| rest.starts_with('.')) {
        length = digits(length + 1);
    }
    let exponent = text.get(length..).unwrap_or("");
    if exponent.starts_with(['e', 'E']) {
        let sign = usize::from(exponent[1..].starts_with(['+', '-']));
        let end = digits(length + 1 + sign);
        if end > length + 1 + sign {
            length = end;
        }
    }
    length
}

/// A text from its opening quote on, and where it ends.
fn text_token(text: &str, from: usize, depth: usize) -> Option<(Word, usize)> {
    let mut pieces = Vec::new();
    let mut parts = Vec::new();
    let mut piece = String::new();
    let mut piece_start = from + 1;
    let mut at = from + 1;
    loop {
        let rest = text.get(at..)?;
        let first = rest.chars().next()?;
        match first {
            '"' => {
                pieces.push((piece, piece_start..at));
                return Some((Word::Text { pieces, parts }, at + 1));
            }
            '\\' if rest.starts_with("\\(") => {
                pieces.push((std::mem::take(&mut piece), piece_start..at));
                let (tokens, end) = read(text, at + 2, true, depth + 1)?;
                parts.push(parser::parse(&tokens, end)?);
                at = end + 1;
                piece_start = at;
            }
            '\\' => {
                let length = if rest.starts_with("\\u") { 6 } else { 2 };
                let escape = rest.get(..length)?;
                // A half of a surrogate pair is no text of its own; which character it is does not matter here.
                let text: String = serde_json::from_str(&format!("\"{escape}\""))
                    .unwrap_or_else(|_| "\u{fffd}".to_owned());
                piece.push_str(&text);
                at += length;
            }
            _ => {
                piece.push(first);
                at += first.len_utf8();
            }
        }
    }
}

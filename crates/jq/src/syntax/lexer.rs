//! jq text to tokens. Strings are decoded, and matching brackets are checked.

use std::ops::Range;

use super::{NESTING, TOKENS};
use crate::CompileError;

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Token<'s> {
    pub(super) span: Range<usize>,
    pub(super) word: TokenKind<'s>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum TokenKind<'s> {
    /// A name: of a function, a keyword, or `module::name`.
    Name(&'s str),
    /// `.name`, without the dot
    Field(&'s str),
    /// `$name`, with the `$`
    Variable(&'s str),
    /// `@name`, with the `@`
    Format(&'s str),
    Number(&'s str),
    Text(TextToken<'s>),
    Symbol(&'static str),
}

/// A string: the literal pieces with their positions, one more than the interpolated parts, each with the byte of its `)`.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct TextToken<'s> {
    pub(super) pieces: Vec<(String, Range<usize>)>,
    pub(super) parts: Vec<(Vec<Token<'s>>, usize)>,
}

/// Symbols, longest first, so that `//=` is not read as `//`.
const SYMBOLS: &[&str] = &[
    "?//", "//=", "|=", "+=", "-=", "*=", "/=", "%=", "//", "==", "!=", "<=", ">=", "..", "<", ">", "=", "+", "-", "*", "/", "%",
    "|", ",", ":", ";", "?", ".",
];

/// Opening brackets with their closing ones.
const BRACKETS: &[(&str, &str)] = &[("(", ")"), ("[", "]"), ("{", "}")];

/// Operators of other languages with their equivalents in jq.
const FOREIGN: &[(&str, &str)] = &[("&&", "jq writes `and`"), ("&", "jq writes `and`"), ("!", "jq writes `… | not`")];

/// Reads the tokens of a text.
pub(super) fn tokens(source: &str) -> Result<Vec<Token<'_>>, CompileError> {
    let mut lexer = Lexer { source, at: 0, open: Vec::new(), count: 0 };
    let tokens = lexer.tokens(0)?;
    match lexer.open.last() {
        None => Ok(tokens),
        Some(_) => Err(lexer.unexpected()),
    }
}

struct Lexer<'s> {
    source: &'s str,
    at: usize,
    /// Open brackets: byte, symbol and closing symbol.
    open: Vec<(usize, &'static str, &'static str)>,
    count: usize,
}

fn is_name_start(letter: char) -> bool {
    letter.is_ascii_alphabetic() || letter == '_'
}

fn is_name_part(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || letter == '_'
}

/// Length of the name at the start of `text`, with its module, in bytes.
fn name_length(text: &str) -> usize {
    let mut length = 0;
    loop {
        let rest = &text[length..];
        if !rest.starts_with(is_name_start) {
            return length.saturating_sub(2 * usize::from(length > 0));
        }
        length += simple_name_length(rest);
        if !text[length..].starts_with("::") {
            return length;
        }
        length += 2;
    }
}

fn simple_name_length(text: &str) -> usize {
    text.find(|letter| !is_name_part(letter)).unwrap_or(text.len())
}

fn digits(text: &str) -> usize {
    text.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(text.len())
}

/// Length of the number at the start of `text`, in bytes: `12`, `1.5`, `5.`, `.5`, each with an optional exponent.
fn number_length(text: &str) -> usize {
    let whole = digits(text);
    let mut length = whole;
    if let Some(rest) = text[whole..].strip_prefix('.') {
        let fraction = digits(rest);
        if whole > 0 || fraction > 0 {
            length += 1 + fraction;
        }
    }
    if length == 0 {
        return 0;
    }
    if let Some(rest) = text[length..].strip_prefix(['e', 'E']) {
        let sign = usize::from(rest.starts_with(['+', '-']));
        let exponent = digits(&rest[sign..]);
        if exponent > 0 {
            length += 1 + sign + exponent;
        }
    }
    length
}

impl<'s> Lexer<'s> {
    fn rest(&self) -> &'s str {
        &self.source[self.at..]
    }

    fn error<T>(&self, span: Range<usize>, message: impl Into<String>) -> Result<T, CompileError> {
        let message = message.into();
        Err(CompileError { span, message })
    }

    /// Error for a character that cannot begin a token.
    fn unexpected(&self) -> CompileError {
        let found = self.rest().chars().next();
        let span = self.at..self.at + found.map_or(0, char::len_utf8);
        let unexpected = found.map_or_else(|| "expression ends too early".to_owned(), |found| format!("unexpected `{found}`"));
        let message = match self.open.last() {
            Some((at, open, close)) => {
                let before = self.source[..*at].chars().count();
                format!("{unexpected}, expected `{close}` for the `{open}` at character {}", before + 1)
            }
            None => unexpected,
        };
        CompileError { span, message }
    }

    /// Skips white space and comments. A backslash at the end of a comment continues it on the next line.
    fn skip_blank(&mut self) {
        loop {
            let rest = self.rest();
            let blank = rest.len() - rest.trim_start_matches([' ', '\t', '\r', '\n']).len();
            self.at += blank;
            if !self.rest().starts_with('#') {
                return;
            }
            loop {
                let rest = self.rest();
                let skipped = ["\\\\", "\\\r\n", "\\\n"].into_iter().find(|escaped| rest.starts_with(escaped));
                match (skipped, rest.chars().next()) {
                    (Some(escaped), _) => self.at += escaped.len(),
                    (None, None | Some('\n')) => break,
                    (None, Some(letter)) => self.at += letter.len_utf8(),
                }
            }
        }
    }

    /// Reads tokens up to the end, or up to the bracket that closes the innermost of `outside` open ones.
    fn tokens(&mut self, outside: usize) -> Result<Vec<Token<'s>>, CompileError> {
        let mut tokens = Vec::new();
        loop {
            self.skip_blank();
            let rest = self.rest();
            if rest.is_empty() {
                return Ok(tokens);
            }
            let start = self.at;
            let word = match BRACKETS.iter().find(|(open, close)| rest.starts_with(open) || rest.starts_with(close)) {
                Some((open, close)) if rest.starts_with(open) => {
                    self.open(open, close)?;
                    TokenKind::Symbol(open)
                }
                Some((_, close)) => {
                    match self.open.last() {
                        Some((.., expected)) if expected == close => {}
                        _ => return Err(self.unexpected()),
                    }
                    if self.open.len() == outside {
                        return Ok(tokens);
                    }
                    self.open.pop();
                    self.at += 1;
                    TokenKind::Symbol(close)
                }
                None => self.word(rest)?,
            };
            self.count += 1;
            if self.count > TOKENS {
                let message = format!("expression has more than {TOKENS} tokens");
                return self.error(0..self.source.len(), message);
            }
            tokens.push(Token { span: start..self.at, word });
        }
    }

    fn open(&mut self, open: &'static str, close: &'static str) -> Result<(), CompileError> {
        let at = self.at;
        if self.open.len() == NESTING {
            let message = format!("more than {NESTING} brackets are open inside each other");
            return self.error(at..at + open.len(), message);
        }
        self.open.push((at, open, close));
        self.at += open.len();
        Ok(())
    }

    fn word(&mut self, rest: &'s str) -> Result<TokenKind<'s>, CompileError> {
        if rest.starts_with('"') {
            return self.text();
        }
        let after = &rest[rest.chars().next().map_or(0, char::len_utf8)..];
        let number = number_length(rest);
        let (length, word) = if number > 0 {
            (number, TokenKind::Number(&rest[..number]))
        } else if rest.starts_with(is_name_start) {
            let length = name_length(rest);
            (length, TokenKind::Name(&rest[..length]))
        } else if rest.starts_with('.') && after.starts_with(is_name_start) {
            let length = 1 + simple_name_length(after);
            (length, TokenKind::Field(&rest[1..length]))
        } else if rest.starts_with('$') && after.starts_with(is_name_start) {
            let length = 1 + name_length(after);
            (length, TokenKind::Variable(&rest[..length]))
        } else if rest.starts_with('@') && after.starts_with(is_name_part) {
            let length = 1 + simple_name_length(after);
            (length, TokenKind::Format(&rest[..length]))
        } else if let Some(symbol) = SYMBOLS.iter().find(|symbol| rest.starts_with(**symbol)) {
            (symbol.len(), TokenKind::Symbol(symbol))
        } else {
            return Err(self.no_token(rest));
        };
        self.at += length;
        Ok(word)
    }

    fn no_token(&self, rest: &str) -> CompileError {
        if rest.starts_with(['$', '@']) {
            let letter = rest.chars().nth(1);
            let span = self.at + 1..self.at + 1 + letter.map_or(0, char::len_utf8);
            let found = letter.map_or_else(|| "expression ends too early".to_owned(), |letter| format!("unexpected `{letter}`"));
            let message = format!("{found}, expected a name");
            return CompileError { span, message };
        }
        if let Some((foreign, hint)) = FOREIGN.iter().find(|(text, _)| rest.starts_with(text)) {
            return CompileError { span: self.at..self.at + foreign.len(), message: format!("unexpected `{foreign}`; {hint}") };
        }
        let found = rest.chars().next().unwrap_or_default();
        let message = if found.is_ascii_graphic() || found.is_alphanumeric() {
            format!("unexpected `{found}`")
        } else {
            // An unusual space, or an invisible character.
            format!("unexpected `{found}` (U+{:04X})", u32::from(found))
        };
        CompileError { span: self.at..self.at + found.len_utf8(), message }
    }

    /// Reads a string from its opening quote on.
    fn text(&mut self) -> Result<TokenKind<'s>, CompileError> {
        let quote = self.at;
        self.at += 1;
        let (mut pieces, mut parts) = (Vec::new(), Vec::new());
        let (mut piece, mut start) = (String::new(), self.at);
        loop {
            let rest = self.rest();
            let plain = rest.find(['"', '\\']).unwrap_or(rest.len());
            piece.push_str(&rest[..plain]);
            self.at += plain;
            match rest[plain..].chars().next() {
                Some('"') => {
                    pieces.push((piece, start..self.at));
                    self.at += 1;
                    return Ok(TokenKind::Text(TextToken { pieces, parts }));
                }
                Some(_) if rest[plain..].starts_with("\\(") => {
                    pieces.push((std::mem::take(&mut piece), start..self.at));
                    self.at += 1;
                    self.open("(", ")")?;
                    let tokens = self.tokens(self.open.len())?;
                    if !self.rest().starts_with(')') {
                        return Err(self.unexpected());
                    }
                    parts.push((tokens, self.at));
                    self.open.pop();
                    self.at += 1;
                    start = self.at;
                }
                Some(_) => {
                    let character = self.escape()?;
                    piece.push(character);
                }
                None => {
                    self.open.push((quote, "\"", "\""));
                    return Err(self.unexpected());
                }
            }
        }
    }

    /// Reads an escape from its backslash on. A surrogate pair becomes one character.
    fn escape(&mut self) -> Result<char, CompileError> {
        let start = self.at;
        self.at += 1;
        let letter = self.rest().chars().next();
        let plain = match letter {
            Some(letter @ ('"' | '\\' | '/')) => Some(letter),
            Some('b') => Some('\u{8}'),
            Some('f') => Some('\u{c}'),
            Some('n') => Some('\n'),
            Some('r') => Some('\r'),
            Some('t') => Some('\t'),
            Some('u') => None,
            _ => {
                let span = self.at..self.at + letter.map_or(0, char::len_utf8);
                let found =
                    letter.map_or_else(|| "expression ends too early".to_owned(), |letter| format!("unexpected `{letter}`"));
                return self.error(span, format!("{found}, expected an escape sequence"));
            }
        };
        if let Some(character) = plain {
            self.at += 1;
            return Ok(character);
        }
        let first = self.code_unit()?;
        if let Some(character) = char::from_u32(first) {
            return Ok(character);
        }
        if (0xD800..0xDC00).contains(&first) && self.rest().starts_with("\\u") {
            self.at += 1;
            let second = self.code_unit()?;
            if (0xDC00..0xE000).contains(&second) {
                let point = 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00);
                return Ok(char::from_u32(point).unwrap_or(char::REPLACEMENT_CHARACTER));
            }
        }
        let message = "half of a surrogate pair, which is no character";
        self.error(start..self.at, message)
    }

    /// Reads `uXXXX`, from the `u` on.
    fn code_unit(&mut self) -> Result<u32, CompileError> {
        let rest = &self.rest()[1..];
        let length = rest.find(|letter: char| !letter.is_ascii_hexdigit()).unwrap_or(rest.len());
        if length < 4 {
            let found = rest[length..].chars().next();
            let at = self.at + 1 + length;
            let unexpected =
                found.map_or_else(|| "expression ends too early".to_owned(), |found| format!("unexpected `{found}`"));
            let message = format!("{unexpected}, expected a code point in four hexadecimal digits");
            return self.error(at..at + found.map_or(0, char::len_utf8), message);
        }
        self.at += 5;
        Ok(u32::from_str_radix(&rest[..4], 16).unwrap_or_default())
    }
}

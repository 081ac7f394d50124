//! Strict JSON to values, for items.
//!
//! Numbers keep their spelling where it is visible later ([`Number`]); repeated keys share one text. [`crate::json::keys`] skips
//! what is not needed; [`crate::read_leniently`] reads what `fromjson` accepts beyond the standard.

use std::cell::RefCell;
use std::sync::Arc;

use crate::PARSE_DEPTH;
use crate::json::keys::KeySet;
use crate::number::Number;
use crate::val::{Map, Text, Val};

/// Error of a text that is not a JSON value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message} at line {line} column {column}")]
pub struct ValueError {
    message: &'static str,
    line: usize,
    column: usize,
}

impl ValueError {
    /// Line, counted from 1.
    pub fn line(&self) -> usize {
        self.line
    }

    /// Byte within the line, counted from 1.
    pub fn column(&self) -> usize {
        self.column
    }
}

/// Spelling of numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Numbers {
    /// They keep the spelling of the text until arithmetic changes them, as in jq.
    AsWritten,
    /// They get the spelling that Python would write, as when Python reads the text before jq.
    ThroughPython,
}

/// Reads the one value of `bytes`, which may have white space around it.
pub(crate) fn read(bytes: &[u8], numbers: Numbers) -> Result<Val, ValueError> {
    read_document(bytes, numbers, |reader, depth| reader.value(depth))
}

/// Like [`read`], but keeps only the fields of an object under `keys`. The others are checked as well, so that it refuses the
/// same texts with the same errors.
pub(crate) fn read_keys(bytes: &[u8], keys: &KeySet, numbers: Numbers) -> Result<Val, ValueError> {
    read_document(bytes, numbers, |reader, depth| match reader.peek() {
        Some(b'{') => reader.object(depth, Some(keys)),
        _ => reader.value(depth),
    })
}

fn read_document(
    bytes: &[u8],
    numbers: Numbers,
    value: impl FnOnce(&mut StrictReader<'_>, usize) -> StrictResult<Val>,
) -> Result<Val, ValueError> {
    let text = simdutf8::compat::from_utf8(bytes).map_err(|error| located(bytes, error.valid_up_to(), "invalid UTF-8"))?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reader = StrictReader { text, bytes: text.as_bytes(), at: 0, numbers };
    let value = value(&mut reader, 0).and_then(|value| match reader.peek() {
        None => Ok(value),
        Some(_) => Err("unexpected text after the value"),
    });
    value.map_err(|message| located(reader.bytes, reader.at, message))
}

fn located(bytes: &[u8], at: usize, message: &'static str) -> ValueError {
    let before = &bytes[..at.min(bytes.len())];
    let line = 1 + before.iter().filter(|byte| **byte == b'\n').count();
    let column = 1 + before.iter().rev().take_while(|byte| **byte != b'\n').count();
    ValueError { message, line, column }
}

pub(crate) struct StrictReader<'a> {
    pub(crate) text: &'a str,
    bytes: &'a [u8],
    pub(crate) at: usize,
    numbers: Numbers,
}

pub(crate) type StrictResult<T> = Result<T, &'static str>;

impl StrictReader<'_> {
    /// The next byte that is not white space. It is not consumed.
    #[inline]
    pub(crate) fn peek(&mut self) -> Option<u8> {
        // Items have hardly any white space.
        match self.bytes.get(self.at) {
            Some(byte) if *byte > b' ' => Some(*byte),
            _ => self.peek_after_space(),
        }
    }

    fn peek_after_space(&mut self) -> Option<u8> {
        while let Some(byte) = self.bytes.get(self.at) {
            if !matches!(byte, b' ' | b'\n' | b'\r' | b'\t') {
                return Some(*byte);
            }
            self.at += 1;
        }
        None
    }

    fn value(&mut self, depth: usize) -> StrictResult<Val> {
        match self.peek() {
            Some(b'"') => self.string().map(Val::String),
            Some(b'{') => self.object(depth, None),
            Some(b'[') => self.array(depth),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b't') => self.word("true").map(|()| Val::Bool(true)),
            Some(b'f') => self.word("false").map(|()| Val::Bool(false)),
            Some(b'n') => self.word("null").map(|()| Val::Null),
            Some(_) => Err("expected a value"),
            None => Err("unexpected end of the text"),
        }
    }

    pub(crate) fn word(&mut self, word: &str) -> StrictResult<()> {
        if self.bytes[self.at..].starts_with(word.as_bytes()) {
            self.at += word.len();
            return Ok(());
        }
        Err("expected a value")
    }

    fn array(&mut self, depth: usize) -> StrictResult<Val> {
        self.open(depth)?;
        let mut items = Vec::new();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(Val::array(items));
        }
        loop {
            items.push(self.value(depth + 1)?);
            if self.ends(b']')? {
                return Ok(Val::array(items));
            }
        }
    }

    fn object(&mut self, depth: usize, keys: Option<&KeySet>) -> StrictResult<Val> {
        self.open(depth)?;
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(Val::object(Map::default()));
        }
        let mut map = Map::with_capacity(keys.map_or(0, KeySet::count));
        loop {
            match self.peek() {
                Some(b'"') => {}
                Some(_) => return Err("expected a key in double quotes"),
                None => return Err("unexpected end of the text"),
            }
            let key = match keys {
                None => Some(self.key()?),
                Some(keys) => self.key_among(keys)?,
            };
            self.colon()?;
            match key {
                Some(key) => drop(map.insert(key, self.value(depth + 1)?)),
                None => self.pass_over(depth + 1)?,
            }
            if self.ends(b'}')? {
                return Ok(Val::object(map));
            }
        }
    }

    #[inline]
    pub(crate) fn colon(&mut self) -> StrictResult<()> {
        match self.peek() {
            Some(b':') => self.at += 1,
            Some(_) => return Err("expected `:`"),
            None => return Err("unexpected end of the text"),
        }
        Ok(())
    }

    /// Tells whether an array or object ends here. Otherwise a comma was read, and another element must follow.
    #[inline]
    pub(crate) fn ends(&mut self, close: u8) -> StrictResult<bool> {
        match self.peek() {
            Some(b',') => {
                self.at += 1;
                Ok(false)
            }
            Some(byte) if byte == close => {
                self.at += 1;
                Ok(true)
            }
            Some(_) if close == b']' => Err("expected `,` or `]`"),
            Some(_) => Err("expected `,` or `}`"),
            None => Err("unexpected end of the text"),
        }
    }

    pub(crate) fn open(&mut self, depth: usize) -> StrictResult<()> {
        if depth >= PARSE_DEPTH {
            return Err("nested too deep");
        }
        self.at += 1;
        Ok(())
    }

    fn number(&mut self) -> StrictResult<Val> {
        let (start, numbers) = (self.at, self.numbers);
        self.skip_number()?;
        let digits = &self.text[start..self.at];
        let number = match numbers {
            Numbers::AsWritten => Number::parse(digits),
            Numbers::ThroughPython => Number::parse_through_python(digits),
        };
        number.map(Val::Number).ok_or("invalid number")
    }

    /// Skips the text of a number. True when it has an exponent.
    pub(crate) fn skip_number(&mut self) -> StrictResult<bool> {
        if self.bytes.get(self.at) == Some(&b'-') {
            self.at += 1;
        }
        let zero = self.bytes.get(self.at) == Some(&b'0');
        let whole = self.skip_digits();
        if whole == 0 || (zero && whole > 1) {
            return Err("invalid number");
        }
        match self.bytes.get(self.at) {
            Some(b'.' | b'e' | b'E') => self.skip_after_whole(),
            _ => Ok(false),
        }
    }

    fn skip_after_whole(&mut self) -> StrictResult<bool> {
        if self.bytes.get(self.at) == Some(&b'.') {
            self.at += 1;
            if self.skip_digits() == 0 {
                return Err("invalid number");
            }
        }
        if !matches!(self.bytes.get(self.at), Some(b'e' | b'E')) {
            return Ok(false);
        }
        self.at += 1;
        if matches!(self.bytes.get(self.at), Some(b'+' | b'-')) {
            self.at += 1;
        }
        if self.skip_digits() == 0 { Err("invalid number") } else { Ok(true) }
    }

    /// Skips digits, and returns how many.
    #[inline]
    fn skip_digits(&mut self) -> usize {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let count = rest.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(rest.len());
        self.at += count;
        count
    }

    fn key(&mut self) -> StrictResult<Text> {
        let start = self.at + 1;
        match self.plain(start)? {
            Some(end) => {
                self.at = end + 1;
                Ok(shared_key(&self.text[start..end]))
            }
            None => self.string(),
        }
    }

    pub(crate) fn string(&mut self) -> StrictResult<Text> {
        let start = self.at + 1;
        if let Some(end) = self.plain(start)? {
            self.at = end + 1;
            return Ok(Text::new(&self.text[start..end]));
        }
        let mut text = String::new();
        self.at = start;
        loop {
            let rest = &self.bytes[self.at..];
            let Some(length) = rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..=31)) else {
                self.at = self.bytes.len();
                return Err("unexpected end of the text in a string");
            };
            text.push_str(&self.text[self.at..self.at + length]);
            self.at += length;
            match self.bytes[self.at] {
                b'"' => break,
                b'\\' => text.push(self.escape()?),
                _ => return Err("control character in a string"),
            }
        }
        self.at += 1;
        text.shrink_to_fit();
        Ok(Text::new(&text))
    }

    /// End of the string that begins at `start`, if it has no escapes.
    #[inline]
    pub(crate) fn plain(&mut self, start: usize) -> StrictResult<Option<usize>> {
        let rest = self.bytes.get(start..).unwrap_or_default();
        // Most strings are too short for a vectorized search, so eight bytes are checked at once.
        let (words, _) = rest.as_chunks::<8>();
        let mut length = 0;
        for word in words {
            let special = special_bytes(u64::from_le_bytes(*word));
            if special != 0 {
                length += special.trailing_zeros() as usize / 8;
                break;
            }
            length += 8;
        }
        if rest.get(length) == Some(&b'"') { Ok(Some(start + length)) } else { self.plain_from(start + length) }
    }

    /// As [`StrictReader::plain`], from a place in the string before which there is nothing special.
    fn plain_from(&mut self, start: usize) -> StrictResult<Option<usize>> {
        let mut at = start;
        while self.bytes.get(at).is_some_and(|byte| !matches!(byte, b'"' | b'\\' | 0..=31)) {
            at += 1;
        }
        match self.bytes.get(at) {
            Some(b'"') => return Ok(Some(at)),
            Some(b'\\') => return Ok(None),
            _ => {}
        }
        // A missing end is reported before an error within the string, as when the end is searched first.
        let rest = &self.bytes[at.min(self.bytes.len())..];
        match memchr::memchr2(b'"', b'\\', rest) {
            Some(length) if rest[length] == b'"' => {
                self.at = at;
                Err("control character in a string")
            }
            Some(_) => Ok(None),
            None => {
                self.at = self.bytes.len();
                Err("unexpected end of the text in a string")
            }
        }
    }

    fn escape(&mut self) -> StrictResult<char> {
        let escaped = self.bytes.get(self.at + 1).copied();
        let character = match escaped {
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.unicode_escape(),
            _ => return Err("invalid escape in a string"),
        };
        self.at += 2;
        Ok(character)
    }

    fn unicode_escape(&mut self) -> StrictResult<char> {
        let unit = |at: usize| {
            let digits = self.text.get(at + 2..at + 6).filter(|_| self.bytes[at..].starts_with(b"\\u"))?;
            digits.bytes().all(|byte| byte.is_ascii_hexdigit()).then(|| u32::from_str_radix(digits, 16).ok())?
        };
        let first = unit(self.at).ok_or("invalid escape in a string")?;
        let (code, length) = match first {
            0xD800..=0xDBFF => match unit(self.at + 6).filter(|second| (0xDC00..=0xDFFF).contains(second)) {
                Some(second) => (0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00), 12),
                None => (first, 6),
            },
            _ => (first, 6),
        };
        // Half of a surrogate pair, as in a truncated text, is replaced, like bytes that are not UTF-8.
        let character = char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER);
        self.at += length;
        Ok(character)
    }
}

/// Finds the bytes of a word that are a quote, a backslash or a control character: their highest bit is set. The lowest such byte
/// is always right; higher ones may be wrong.
fn special_bytes(word: u64) -> u64 {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGHS: u64 = 0x8080_8080_8080_8080;
    // With one bit turned, a quote is 0x20 and control characters are still below it, so that one comparison finds both.
    let turned = word ^ (ONES * 0x02);
    let backslash = word ^ (ONES * 0x5c);
    (turned.wrapping_sub(ONES * 0x21) & !turned | backslash.wrapping_sub(ONES) & !backslash) & HIGHS
}

/// Slots of the table of keys; must be a power of two.
const KEY_SLOTS: usize = 1024;

/// Maximum length of a key in the table, in bytes.
const KEY_BYTES: usize = 48;

thread_local! {
    // Items of one kind have the same keys, so sharing their texts saves most allocations.
    static KEYS: RefCell<Vec<Option<Arc<str>>>> = const { RefCell::new(Vec::new()) };
}

fn shared_key(key: &str) -> Text {
    if key.len() > KEY_BYTES {
        return Text::new(key);
    }
    let hash = key.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    let slot = (hash ^ (hash >> 32)) as usize % KEY_SLOTS;
    KEYS.with_borrow_mut(|keys| {
        if keys.is_empty() {
            keys.resize(KEY_SLOTS, None);
        }
        match &keys[slot] {
            Some(known) if **known == *key => Text::Fixed(Arc::clone(known)),
            _ => {
                let text: Arc<str> = key.into();
                keys[slot] = Some(Arc::clone(&text));
                Text::Fixed(text)
            }
        }
    })
}

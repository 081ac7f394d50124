//! Escapes for characters, inside and outside of classes.

use super::parser::RegexParser;

/// Largest number in an escape.
const LARGEST_CODE: u32 = 0x7fff_ffff;

impl RegexParser<'_> {
    /// The character with that code.
    pub(super) fn character(code: u32) -> Result<char, String> {
        char::from_u32(code).ok_or_else(|| match code {
            0xD800..=0xDFFF => "invalid code point value".to_owned(),
            _ => "too big wide-char value".to_owned(),
        })
    }

    /// Reads up to `most` digits of a base.
    fn digits(&mut self, base: u32, most: usize) -> Result<Option<u32>, String> {
        let mut value: Option<u32> = None;
        for _ in 0..most {
            let Some(digit) = self.peek().and_then(|digit| digit.to_digit(base)) else {
                break;
            };
            self.next();
            let next = value
                .unwrap_or(0)
                .checked_mul(base)
                .and_then(|value| value.checked_add(digit))
                .filter(|value| *value <= LARGEST_CODE)
                .ok_or("too big wide-char value")?;
            value = Some(next);
        }
        Ok(value)
    }

    /// Reads the characters of `\x`, `\o` or digits, whose letter or first digit is `escaped`; none if it is no such escape.
    /// `\x{61 62}` gives several.
    pub(super) fn coded(&mut self, escaped: char) -> Result<Option<Vec<char>>, String> {
        match escaped {
            'x' | 'o' if self.peek() == Some('{') => {
                let (base, most) = if escaped == 'x' { (16, 8) } else { (8, 11) };
                let start = self.at();
                self.next();
                let mut characters = Vec::new();
                loop {
                    while self.peek() == Some(' ') {
                        self.next();
                    }
                    match self.digits(base, most)? {
                        Some(code) => characters.push(Self::character(code)?),
                        None => break,
                    }
                    if self.peek().is_some_and(|digit| digit.is_digit(base)) {
                        return Err("too long wide-char value".to_owned());
                    }
                }
                if characters.is_empty() {
                    // Without digits the letter stands for itself.
                    self.go_to(start);
                    return Ok(Some(vec![escaped]));
                }
                if self.next() != Some('}') {
                    return Err("invalid code point value".to_owned());
                }
                Ok(Some(characters))
            }
            'x' => {
                let byte = self.digits(16, 2)?.unwrap_or(0);
                self.bytes(byte, 16).map(Some)
            }
            '0'..='7' => {
                self.back();
                let byte = self.digits(8, 3)?.unwrap_or(0);
                if byte > 255 {
                    return Err("too big number".to_owned());
                }
                self.bytes(byte, 8).map(Some)
            }
            _ => Ok(None),
        }
    }

    /// Reads the character that a byte begins; its other bytes must follow, written in the same base.
    fn bytes(&mut self, first: u32, base: u32) -> Result<Vec<char>, String> {
        const SHORT: &str = "too short multibyte code string";
        let byte = |value: u32| u8::try_from(value).map_err(|_| "too big number".to_owned());
        let mut bytes = vec![byte(first)?];
        let length = match bytes[0] {
            0..=0x7f => return Ok(vec![char::from(bytes[0])]),
            0x80..=0xc1 | 0xf5.. => return Err("invalid code point value".to_owned()),
            0xc2..=0xdf => 2,
            0xe0..=0xef => 3,
            0xf0..=0xf4 => 4,
        };
        while bytes.len() < length {
            if self.next() != Some('\\') {
                return Err(SHORT.to_owned());
            }
            let digits = if base == 16 {
                if self.next() != Some('x') {
                    return Err(SHORT.to_owned());
                }
                self.digits(16, 2)?
            } else {
                self.digits(8, 3)?
            };
            bytes.push(byte(digits.ok_or(SHORT)?)?);
        }
        match std::str::from_utf8(&bytes) {
            Ok(text) => Ok(text.chars().collect()),
            Err(_) => Err("invalid wide-char value".to_owned()),
        }
    }

    /// The character of any other escape.
    pub(super) fn escaped(&mut self, escaped: char) -> Result<char, String> {
        Ok(match escaped {
            'n' => '\n',
            't' => '\t',
            'r' => '\r',
            'f' => '\u{c}',
            'a' => '\u{7}',
            'b' => '\u{8}',
            'e' => '\u{1b}',
            'c' => {
                let control = match self.next().ok_or("end pattern at control")? {
                    '?' => return Ok('\u{7f}'),
                    '\\' => {
                        let escaped = self.next().ok_or("end pattern at escape")?;
                        self.escaped(escaped)?
                    }
                    control => control,
                };
                Self::character(u32::from(control) & 0x9f)?
            }
            other => other,
        })
    }
}

//! Regular expressions of JSON Schema, which are ECMAScript's with the flag `u`. Pure.
//!
//! They are translated to the dialect of `fancy_regex`, which differs in classes (`[a&&b]`, `[[a]]`), in `\d`, `\w` and `\b`
//! (Unicode's), and in escapes, but which ends a pattern that backtracks without limit, as no engine of ECMAScript does. With
//! the flag the grammar is strict, so an unknown construct is an error in ECMAScript too.

use std::iter::Peekable;
use std::str::Chars;

use fancy_regex::Regex;

/// Meaning of `\w`, inside of a class.
const WORD: &str = "A-Za-z0-9_";
/// Meaning of `\s`, inside of a class: white space, line ends and the byte order mark.
const SPACE: &str = r"\t\n\x0B\x0C\r\x20\x{A0}\x{1680}\x{2000}-\x{200A}\x{2028}\x{2029}\x{202F}\x{205F}\x{3000}\x{FEFF}";
/// Characters that `.` excludes, inside of a class.
const LINE_ENDS: &str = r"\n\r\x{2028}\x{2029}";
/// Characters that may be escaped to stand for themselves.
const SYNTAX: &str = "^$\\.*+?()[]{}|/";
/// Largest count of a quantifier. ECMAScript has no limit; larger ones compile to more than any machine's memory.
const MOST_TIMES: u32 = 1000;

/// Most nested groups. Real patterns have fewer, and the stack is limited.
const MOST_GROUPS: usize = 50;

/// Compiled pattern.
#[derive(Debug)]
pub(crate) struct Pattern {
    source: String,
    regex: Regex,
}

impl Pattern {
    /// Compiles a pattern.
    ///
    /// # Errors
    /// Problem of the pattern.
    pub(crate) fn compile(source: &str) -> Result<Self, String> {
        let translated = Translation::of(source)?;
        let regex = Regex::new(&translated).map_err(|error| error.to_string())?;
        Ok(Self { source: source.to_owned(), regex })
    }

    /// Checks whether a part of the text matches. False for a match that was given up.
    pub(crate) fn is_match(&self, text: &str) -> bool {
        self.regex.is_match(text).unwrap_or(false)
    }

    /// Source text of the pattern.
    pub(crate) fn source(&self) -> &str {
        &self.source
    }
}

struct Translation<'a> {
    left: Peekable<Chars<'a>>,
    output: String,
    groups: u32,
    /// Largest group number that is referred to.
    referred: u32,
}

/// Meaning of an item of a class, or of an escape.
enum ClassItem {
    Character(char),
    /// Text inside of a class.
    Set(String),
}

impl<'a> Translation<'a> {
    fn of(source: &'a str) -> Result<String, String> {
        let mut this = Self { left: source.chars().peekable(), output: String::new(), groups: 0, referred: 0 };
        this.alternatives(0)?;
        if this.referred > this.groups {
            return Err(format!("there is no group {}", this.referred));
        }
        Ok(this.output)
    }

    /// Translates up to the end, or to the parenthesis that closes a group.
    fn alternatives(&mut self, depth: usize) -> Result<(), String> {
        // True after a term that a quantifier may follow.
        let mut is_term = false;
        while let Some(character) = self.left.next() {
            match character {
                ')' if depth > 0 => return Ok(()),
                '(' if depth == MOST_GROUPS => return Err(format!("groups are nested deeper than {MOST_GROUPS}")),
                '(' => {
                    is_term = self.group_begins()?;
                    self.alternatives(depth + 1)?;
                    self.output.push(')');
                }
                '*' | '+' | '?' | '{' if is_term => {
                    self.quantifier(character)?;
                    is_term = false;
                }
                ')' | '*' | '+' | '?' | '{' | '}' | ']' => return Err(format!("`{character}` is not allowed here")),
                '|' | '^' => {
                    self.output.push(character);
                    is_term = false;
                }
                '$' => {
                    self.output.push_str(r"\z");
                    is_term = false;
                }
                '.' => {
                    self.output.push_str(&format!("[^{LINE_ENDS}]"));
                    is_term = true;
                }
                '[' => {
                    self.class()?;
                    is_term = true;
                }
                '\\' => is_term = self.escape()?,
                other => {
                    self.literal(other);
                    is_term = true;
                }
            }
        }
        if depth > 0 { Err("a group is not closed".to_owned()) } else { Ok(()) }
    }

    /// Translates the beginning of a group. True when it may be repeated, which assertions may not.
    fn group_begins(&mut self) -> Result<bool, String> {
        if self.left.next_if_eq(&'?').is_none() {
            self.groups += 1;
            self.output.push('(');
            return Ok(true);
        }
        match (self.left.next(), self.left.peek().copied()) {
            (Some(':'), _) => {
                self.output.push_str("(?:");
                Ok(true)
            }
            (Some(sign @ ('=' | '!')), _) => {
                self.output.push_str(&format!("(?{sign}"));
                Ok(false)
            }
            (Some('<'), Some(sign @ ('=' | '!'))) => {
                self.left.next();
                self.output.push_str(&format!("(?<{sign}"));
                Ok(false)
            }
            (Some('<'), _) => {
                let name = self.name()?;
                self.groups += 1;
                self.output.push_str(&format!("(?<{name}>"));
                Ok(true)
            }
            _ => Err("`(?` does not begin a group".to_owned()),
        }
    }

    /// Name of a group and its `>`.
    fn name(&mut self) -> Result<String, String> {
        let name = self.until('>')?;
        let is_name = name.chars().enumerate().all(|(index, character)| {
            character == '_' || character == '$' || character.is_alphabetic() || index > 0 && character.is_alphanumeric()
        });
        if name.is_empty() || !is_name { Err(format!("`{name}` is not the name of a group")) } else { Ok(name.replace('$', "_")) }
    }

    fn until(&mut self, end: char) -> Result<String, String> {
        let mut text = String::new();
        loop {
            match self.left.next() {
                Some(character) if character == end => return Ok(text),
                Some(character) => text.push(character),
                None => return Err(format!("`{end}` is missing")),
            }
        }
    }

    fn quantifier(&mut self, sign: char) -> Result<(), String> {
        if sign == '{' {
            let counts = self.until('}')?;
            let number = |text: &str| text.parse::<u32>().ok().filter(|_| text.bytes().all(|byte| byte.is_ascii_digit()));
            let (least, most) = counts.split_once(',').unwrap_or((&counts, &counts));
            let (Some(least), true) = (number(least), most.is_empty() || number(most).is_some()) else {
                return Err(format!("`{{{counts}}}` is not a quantifier"));
            };
            let most = number(most);
            if most.is_some_and(|most| most < least) {
                return Err(format!("the numbers of `{{{counts}}}` are out of order"));
            }
            if least.max(most.unwrap_or(0)) > MOST_TIMES {
                return Err(format!("`{{{counts}}}` is more than {MOST_TIMES} times"));
            }
            self.output.push_str(&format!("{{{counts}}}"));
        } else {
            self.output.push(sign);
        }
        self.output.extend(self.left.next_if_eq(&'?'));
        Ok(())
    }

    fn class(&mut self) -> Result<(), String> {
        let is_negated = self.left.next_if_eq(&'^').is_some();
        let mut content = String::new();
        loop {
            let first = match self.left.next() {
                None => return Err("a class is not closed".to_owned()),
                Some(']') => break,
                Some(character) => self.class_item(character)?,
            };
            let mut ahead = self.left.clone();
            let is_range = ahead.next() == Some('-') && !matches!(ahead.peek(), Some(']') | None);
            if !is_range {
                match first {
                    ClassItem::Character(character) => content.push_str(&hexadecimal(character)),
                    ClassItem::Set(set) => content.push_str(&set),
                }
                continue;
            }
            self.left.next();
            let last = match self.left.next() {
                Some(character) => self.class_item(character)?,
                None => return Err("a class is not closed".to_owned()),
            };
            let (ClassItem::Character(from), ClassItem::Character(to)) = (first, last) else {
                return Err("a range begins or ends with a class".to_owned());
            };
            if from > to {
                return Err(format!("the range {from}-{to} is out of order"));
            }
            content.push_str(&format!("{}-{}", hexadecimal(from), hexadecimal(to)));
        }
        match (content.is_empty(), is_negated) {
            (true, true) => self.output.push_str("(?s:.)"),
            (true, false) => self.output.push_str("(?!)"),
            (false, true) => self.output.push_str(&format!("[^{content}]")),
            (false, false) => self.output.push_str(&format!("[{content}]")),
        }
        Ok(())
    }

    fn class_item(&mut self, character: char) -> Result<ClassItem, String> {
        if character != '\\' {
            return Ok(ClassItem::Character(character));
        }
        match self.left.next() {
            Some('b') => Ok(ClassItem::Character('\u{8}')),
            Some('-') => Ok(ClassItem::Character('-')),
            Some(escaped) => self.escaped(escaped),
            None => Err("`\\` is at the end".to_owned()),
        }
    }

    /// Translates an escape outside of a class. True when a quantifier may follow.
    fn escape(&mut self) -> Result<bool, String> {
        let escaped = self.left.next().ok_or("`\\` is at the end")?;
        match escaped {
            // Words of ASCII.
            'b' => self.output.push_str(&format!("(?:(?<=[{WORD}])(?![{WORD}])|(?<![{WORD}])(?=[{WORD}]))")),
            'B' => self.output.push_str(&format!("(?:(?<=[{WORD}])(?=[{WORD}])|(?<![{WORD}])(?![{WORD}]))")),
            '1'..='9' => {
                let mut number = escaped.to_string();
                while let Some(digit) = self.left.next_if(char::is_ascii_digit) {
                    number.push(digit);
                }
                self.referred = self.referred.max(number.parse().map_err(|_| format!("there is no group {number}"))?);
                self.output.push_str(&format!("(?:\\{number})"));
            }
            'k' => {
                if self.left.next() != Some('<') {
                    return Err("`\\k` does not name a group".to_owned());
                }
                let name = self.name()?;
                self.output.push_str(&format!("\\k<{name}>"));
            }
            _ => match self.escaped(escaped)? {
                ClassItem::Character(character) => self.literal(character),
                ClassItem::Set(set) => self.output.push_str(&format!("[{set}]")),
            },
        }
        Ok(!matches!(escaped, 'b' | 'B'))
    }

    /// Meaning of an escape inside and outside of classes.
    fn escaped(&mut self, escaped: char) -> Result<ClassItem, String> {
        let set = |text: String| Ok(ClassItem::Set(text));
        let character = match escaped {
            'd' => return set("0-9".to_owned()),
            'D' => return set("[^0-9]".to_owned()),
            'w' => return set(WORD.to_owned()),
            'W' => return set(format!("[^{WORD}]")),
            's' => return set(SPACE.to_owned()),
            'S' => return set(format!("[^{SPACE}]")),
            'p' | 'P' => {
                if self.left.next() != Some('{') {
                    return Err(format!("`\\{escaped}` does not name a property"));
                }
                return set(format!("\\{escaped}{{{}}}", self.until('}')?));
            }
            't' => '\t',
            'n' => '\n',
            'r' => '\r',
            'v' => '\u{b}',
            'f' => '\u{c}',
            '0' if !self.left.peek().is_some_and(char::is_ascii_digit) => '\0',
            'c' => match self.left.next() {
                Some(letter) if letter.is_ascii_alphabetic() => char::from(letter as u8 % 32),
                _ => return Err("`\\c` needs a letter".to_owned()),
            },
            'x' => code_point(self.digits(2)?)?,
            'u' if self.left.next_if_eq(&'{').is_some() => {
                let digits = self.until('}')?;
                code_point(u32::from_str_radix(&digits, 16).map_err(|_| format!("`\\u{{{digits}}}` is not a character"))?)?
            }
            'u' => self.utf16()?,
            other if SYNTAX.contains(other) => other,
            other => return Err(format!("`\\{other}` is not an escape")),
        };
        Ok(ClassItem::Character(character))
    }

    /// Parses `XXXX`, and the second half of a surrogate pair.
    fn utf16(&mut self) -> Result<char, String> {
        let first = self.digits(4)?;
        if !(0xD800..0xDC00).contains(&first) {
            return code_point(first);
        }
        let half = || "half of a surrogate pair matches nothing".to_owned();
        if self.left.next() != Some('\\') || self.left.next() != Some('u') {
            return Err(half());
        }
        let second = self.digits(4)?;
        let units = [first, second].map(|unit| u16::try_from(unit).unwrap_or_default());
        char::decode_utf16(units).next().and_then(Result::ok).ok_or_else(half)
    }

    fn digits(&mut self, count: usize) -> Result<u32, String> {
        let digits: String = self.left.by_ref().take(count).collect();
        let number = u32::from_str_radix(&digits, 16).ok().filter(|_| digits.len() == count);
        number.ok_or_else(|| format!("`{digits}` is not {count} hexadecimal digits"))
    }

    fn literal(&mut self, character: char) {
        if character.is_alphanumeric() {
            self.output.push(character);
        } else {
            self.output.push_str(&hexadecimal(character));
        }
    }
}

/// Character in a form without any other meaning.
fn hexadecimal(character: char) -> String {
    format!("\\x{{{:X}}}", u32::from(character))
}

fn code_point(number: u32) -> Result<char, String> {
    char::from_u32(number).ok_or_else(|| format!("{number:X} is not a character"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_as_in_ecmascript() {
        for (pattern, matching, others) in [
            (r"^[^[\]]+$", &["team-a"][..], &["a[", "]"][..]),
            (r"^[[(].*$", &["[x", "("], &["x"]),
            (r"^\d+$", &["12"], &["١٢", ""]),
            (r"^\w+$", &["a_1"], &["é"]),
            (r"^[\w.-]+$", &["a.b-c"], &["é", "a b"]),
            (r"^\s$", &["\u{feff}", "\u{a0}", "\u{2028}"], &["\u{85}", "x"]),
            (r"^\S$", &["\u{85}"], &["\u{feff}"]),
            (r"^[a~~b]$", &["~", "a"], &["c"]),
            (r"^[a&&b]$", &["&", "a", "b"], &["c"]),
            (r"^[a-b--]$", &["a", "-"], &["c"]),
            (r"^[^\d\W]$", &["a"], &["1", "-"]),
            (r"^.$", &["a", "\u{85}", "😀"], &["\n", "\u{2029}"]),
            (r"^a$", &["a"], &["a\n", "b\na"]),
            (r"\bcat\b", &["a cat.", "écaté cat"], &["cats", "écats"]),
            (r"^[^]$", &["\n"], &["", "ab"]),
            (r"a|[]", &["a"], &["b"]),
            (r"^(?<year>\d{4})-\k<year>$", &["2026-2026"], &["2026-2027"]),
            (r"^(a)(b)?\1$", &["aba", "aa"], &["abb"]),
            (r"(?<=\$)\d+(?!\.)", &["$12"], &["12"]),
            (r"^\u{1F600}|\uD83D\uDE00|\x41|\u0042|\cJ|\0$", &["😀", "A", "B", "\n", "\0"], &["C"]),
            (r"^\p{Lu}\P{L}[\p{Script=Greek}]$", &["A1α"], &["a1α", "A1a"]),
            (r"^a{2,3}?b{0,}$", &["aa", "aaabb"], &["a", "aaaa"]),
            (r"^\/\^\$\.\*\+\?\(\)\[\]\{\}\|\\$", &["/^$.*+?()[]{}|\\"], &[""]),
            (r"^#  x$", &["#  x"], &["#x"]),
            ("^<b>~&-:@!%'\"`,;=_ é$", &["<b>~&-:@!%'\"`,;=_ é"], &["b"]),
            (r"^[\b\-\]^]+$", &["\u{8}-]^"], &["b"]),
            ("", &["", "a"], &[]),
        ] {
            let compiled = Pattern::compile(pattern).unwrap_or_else(|error| panic!("{pattern}: {error}"));
            for text in matching {
                assert!(compiled.is_match(text), "{pattern} matches {text:?}");
            }
            for text in others {
                assert!(!compiled.is_match(text), "{pattern} does not match {text:?}");
            }
        }
    }

    #[test]
    fn what_is_no_pattern_in_ecmascript_is_none_here() {
        let deep = format!("{}{}", "(".repeat(1000), ")".repeat(1000));
        for pattern in [
            &deep,
            "(",
            ")",
            "[",
            "]",
            "{",
            "}",
            "a{",
            "a{x}",
            "a{3,2}",
            "*",
            "a**",
            "a*+",
            "a++",
            "^*",
            "(?=a)*",
            r"\b+",
            "|?",
            "(?i)a",
            "(?>a)",
            "(?#c)",
            "(?P<n>a)",
            r"\a",
            r"\z",
            r"\A",
            r"\h",
            r"\_",
            r"\-",
            r"\1",
            r"(a)\2",
            r"\00",
            r"\c1",
            r"\x4",
            r"\u12",
            r"\u{110000}",
            r"\uD83D",
            r"[\d-x]",
            "[b-a]",
            r"\k<n>",
            "(?<1>a)",
            r"\p{Nothing}",
            r"\pL",
            "a{99999999}",
            "\\",
        ] {
            assert!(Pattern::compile(pattern).is_err(), "{pattern}");
        }
    }

    #[test]
    fn a_pattern_that_goes_on_without_end_is_given_up() {
        let pattern = Pattern::compile(r"^(?:(a+)+)\1?(?=b)$").unwrap();
        assert!(!pattern.is_match(&format!("{}c", "a".repeat(100))));
    }
}

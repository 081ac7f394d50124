//! Character classes: `[…]`, POSIX brackets and properties, with Unicode's meaning.

use super::Node;
use super::fold;
use super::parser::RegexParser;

/// A POSIX bracket or property of that name, as content of the engine's brackets.
pub(super) fn posix(name: &str) -> Option<&'static str> {
    Some(match name {
        "alnum" => r"\p{Alphabetic}\p{Nd}",
        "alpha" => r"\p{Alphabetic}",
        "ascii" => r"\x00-\x7F",
        "blank" => r"\p{Zs}\t",
        "cntrl" => r"\p{Cc}",
        "digit" => r"\p{Nd}",
        "graph" => r"[^\p{White_Space}\p{Cc}\p{Cn}]",
        "lower" => r"\p{Lowercase}",
        "print" => r"[^\p{White_Space}\p{Cc}\p{Cn}]\p{Zs}",
        "punct" => r"\p{P}\p{S}",
        "space" => r"\p{White_Space}",
        "upper" => r"\p{Uppercase}",
        "xdigit" => r"0-9A-Fa-f",
        "word" => WORD,
        _ => return None,
    })
}

/// Word characters. The engine's own `\w` also matches U+200C and U+200D.
pub(super) const WORD: &str = r"\p{Alphabetic}\p{M}\p{Nd}\p{Pc}";

/// Content of the engine's brackets for a letter after a backslash, and true if it is negated.
pub(super) fn kind(letter: char) -> Option<(&'static str, bool)> {
    Some(match letter {
        'w' => (WORD, false),
        'W' => (WORD, true),
        'd' => (r"\p{Nd}", false),
        'D' => (r"\p{Nd}", true),
        's' => (r"\p{White_Space}", false),
        'S' => (r"\p{White_Space}", true),
        _ => return None,
    })
}

/// A class with the content of another class.
pub(super) fn bracketed(inner: &str, negated: bool) -> String {
    format!("[{}{inner}]", if negated { "^" } else { "" })
}

/// Element that was read last in a class.
#[derive(PartialEq)]
enum LastElement {
    Nothing,
    Character(char),
    /// A POSIX bracket, a property, `\w`.
    Kind,
    /// A complete range.
    Range,
}

impl RegexParser<'_> {
    /// Reads the property after `\p` or `\P`, as content of the engine's brackets. A brace follows.
    pub(super) fn property(&mut self, letter: char) -> Result<(String, bool), String> {
        let mut negated = letter == 'P';
        self.next();
        if self.peek() == Some('^') {
            self.next();
            negated = !negated;
        }
        let mut name = String::new();
        loop {
            match self.next() {
                Some('}') => break,
                Some('(' | ')' | '{' | '|') | None => {
                    return Err(format!("invalid character property name {{{name}}}"));
                }
                Some(character) => name.push(character),
            }
        }
        let plain: String =
            name.chars().filter(|character| !matches!(character, ' ' | '-' | '_')).collect::<String>().to_ascii_lowercase();
        let text = match posix(&plain) {
            Some(inner) => inner.to_owned(),
            None if plain == "any" => r"\x00-\x{10FFFF}".to_owned(),
            None if plain == "assigned" => r"\P{Cn}".to_owned(),
            None if plain.is_empty() || !plain.bytes().all(|byte| byte.is_ascii_alphanumeric()) => {
                return Err(format!("invalid character property name {{{name}}}"));
            }
            None => format!(r"\p{{{plain}}}"),
        };
        Ok((text, negated))
    }

    /// Reads a POSIX bracket whose `[` was read, if it is one. A text that looks like one and has an unknown name is an error.
    fn posix_bracket(&mut self) -> Result<Option<String>, String> {
        let start = self.at();
        if self.next() != Some(':') {
            self.go_to(start);
            return Ok(None);
        }
        let negated = self.peek() == Some('^');
        if negated {
            self.next();
        }
        let mut name = String::new();
        while let Some(letter) = self.peek().filter(char::is_ascii_alphabetic) {
            self.next();
            name.push(letter);
        }
        if !self.rest().starts_with(":]") {
            self.go_to(start);
            return Ok(None);
        }
        self.go_to(self.at() + 2);
        let inner = posix(&name).ok_or("invalid POSIX bracket type")?;
        // Every character that is not a capital matches, or its other case does.
        let both_cases = self.options().ignore_case && matches!(&*name, "upper" | "lower");
        Ok(Some(if negated && both_cases {
            r"\x00-\x{10FFFF}".to_owned()
        } else if negated {
            bracketed(inner, true)
        } else {
            inner.to_owned()
        }))
    }

    /// Reads a class whose `[` was read. Within it `[` and `&&` are ordinary characters.
    pub(super) fn class(&mut self) -> Result<Node, String> {
        const OPEN: &str = "premature end of char-class";
        let mut negated = false;
        if self.peek() == Some('^') {
            self.next();
            negated = true;
        }
        let mut inner = String::new();
        let mut ranges: Vec<(char, char)> = Vec::new();
        let mut last = LastElement::Nothing;
        let mut first = true;
        loop {
            let character = self.next().ok_or(OPEN)?;
            let literal_bracket = first && character == ']';
            if literal_bracket && !self.rest_has_bracket() {
                return Err("empty char-class".to_owned());
            }
            first = false;
            if character == ']' && !literal_bracket {
                break;
            }
            if character == '-' && !matches!(last, LastElement::Nothing) {
                let next = self.peek().ok_or(OPEN)?;
                // In `[a-]`, `[\w-z]` and `[a-c-e]` the hyphen is literal.
                if let (LastElement::Character(from), true) = (&last, next != ']') {
                    let from = *from;
                    self.next();
                    let to = match self.class_item(next)? {
                        ClassElement::Characters(characters) => characters,
                        ClassElement::Kind(_) => {
                            return Err("char-class value at end of range".to_owned());
                        }
                    };
                    let mut to = to.into_iter();
                    let end = to.next().unwrap_or(from);
                    if from > end {
                        return Err("empty range in char class".to_owned());
                    }
                    ranges.pop();
                    ranges.push((from, end));
                    ranges.extend(to.map(|character| (character, character)));
                    last = LastElement::Range;
                    continue;
                }
                ranges.push(('-', '-'));
                last = LastElement::Character('-');
                continue;
            }
            match self.class_item(character)? {
                ClassElement::Characters(characters) => {
                    for character in characters {
                        ranges.push((character, character));
                        last = LastElement::Character(character);
                    }
                }
                ClassElement::Kind(text) => {
                    inner.push_str(&text);
                    last = LastElement::Kind;
                }
            }
        }
        for (from, to) in &ranges {
            inner.push_str(&range(*from, *to));
        }
        let ignore_case = self.options().ignore_case;
        let several = if ignore_case && !negated {
            fold::single().filter(|character| ranges.iter().any(|(from, to)| (from..=to).contains(&character))).collect()
        } else {
            Vec::new()
        };
        Ok(Node::Class { text: bracketed(&inner, negated), ignore_case, several })
    }

    /// Reads one element of a class; its first character `character` was read.
    fn class_item(&mut self, character: char) -> Result<ClassElement, String> {
        match character {
            '[' => Ok(match self.posix_bracket()? {
                Some(text) => ClassElement::Kind(text),
                None => ClassElement::Characters(vec!['[']),
            }),
            '\\' => {
                let escaped = self.next().ok_or("end pattern at escape")?;
                if let Some((inner, negated)) = kind(escaped) {
                    return Ok(ClassElement::Kind(if negated { bracketed(inner, true) } else { inner.to_owned() }));
                }
                if matches!(escaped, 'p' | 'P') && self.peek() == Some('{') {
                    let (inner, negated) = self.property(escaped)?;
                    return Ok(ClassElement::Kind(bracketed(&inner, negated)));
                }
                if let Some(characters) = self.coded(escaped)? {
                    return Ok(ClassElement::Characters(characters));
                }
                Ok(ClassElement::Characters(vec![self.escaped(escaped)?]))
            }
            other => Ok(ClassElement::Characters(vec![other])),
        }
    }
}

enum ClassElement {
    Characters(Vec<char>),
    Kind(String),
}

fn range(from: char, to: char) -> String {
    let code = |character: char| format!("\\x{{{:X}}}", u32::from(character));
    if from == to { code(from) } else { format!("{}-{}", code(from), code(to)) }
}

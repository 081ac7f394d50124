//! Pattern to tree, by the rules of Oniguruma's syntax "Perl NG". What begins with a `(`, and names of groups, are in `groups`.

mod groups;

use super::class::{self, bracketed};
use super::lookbehind::{ANY, ANY_BUT_BREAK};
use super::segment::{BOUNDARY, CLUSTER, WITHIN};
use super::{Group, Node, RegexOptions, RegexPattern};

/// Maximum depth of groups.
const DEPTH: usize = 200;

/// Maximum count in a quantifier.
const MOST_REPEATS: u32 = 100_000;

pub(super) fn parse(text: &str, options: RegexOptions) -> Result<RegexPattern, String> {
    let mut parser = RegexParser { text, at: 0, options, groups: Vec::new(), calls: Vec::new(), most_referenced: 0, depth: 0 };
    let mut tree = parser.alternatives()?;
    if parser.peek().is_some() {
        return Err("unmatched close parenthesis".to_owned());
    }
    if parser.most_referenced > parser.groups.len() {
        return Err("invalid backref number/name".to_owned());
    }
    let names = &parser.groups;
    let mut called = Vec::new();
    for call in &parser.calls {
        called.push(match call {
            GroupCall::Number(number) if *number <= names.len() => *number,
            GroupCall::Number(_) => return Err("undefined group reference".to_owned()),
            GroupCall::Name(name) => {
                let mut found = names.iter().enumerate().filter(|(_, group)| group.as_deref() == Some(name));
                match (found.next(), found.next()) {
                    (Some((at, _)), None) => at + 1,
                    (None, _) => return Err(format!("undefined name <{name}> call")),
                    _ => return Err(format!("multiplex definition name <{name}> call")),
                }
            }
        });
    }
    resolve(&mut tree, &called);
    Ok(RegexPattern { tree, names: parser.groups })
}

/// Replaces calls by the numbers of their groups. Until then a call has the index of its entry.
fn resolve(node: &mut Node, called: &[usize]) {
    match node {
        Node::Call(at) => *at = called.get(*at).copied().unwrap_or(0),
        Node::Group(_, body) | Node::Repeat { body, .. } => resolve(body, called),
        Node::If(_, then, otherwise) => {
            resolve(then, called);
            resolve(otherwise, called);
        }
        Node::IfMatches(condition, then, otherwise) => {
            resolve(condition, called);
            resolve(then, called);
            resolve(otherwise, called);
        }
        Node::Sequence(parts) | Node::Alternatives(parts) => {
            parts.iter_mut().for_each(|part| resolve(part, called));
        }
        _ => {}
    }
}

enum GroupCall {
    Number(usize),
    Name(String),
}

/// Reference to a group by number or name, as written.
enum GroupReference {
    Number(usize),
    Name(String),
}

pub(super) struct RegexParser<'a> {
    text: &'a str,
    at: usize,
    options: RegexOptions,
    /// The names of the groups so far.
    groups: Vec<Option<Box<str>>>,
    calls: Vec<GroupCall>,
    most_referenced: usize,
    depth: usize,
}

impl<'a> RegexParser<'a> {
    pub(super) fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    pub(super) fn next(&mut self) -> Option<char> {
        let character = self.peek()?;
        self.at += character.len_utf8();
        Some(character)
    }

    /// Goes back by one character, which must be an ASCII one.
    pub(super) fn back(&mut self) {
        self.at -= 1;
    }

    pub(super) fn at(&self) -> usize {
        self.at
    }

    pub(super) fn go_to(&mut self, at: usize) {
        self.at = at;
    }

    pub(super) fn options(&self) -> RegexOptions {
        self.options
    }

    /// Tells whether a `]` follows that has no backslash before it.
    pub(super) fn rest_has_bracket(&self) -> bool {
        let mut rest = self.rest().chars();
        while let Some(character) = rest.next() {
            match character {
                '\\' => drop(rest.next()),
                ']' => return true,
                _ => {}
            }
        }
        false
    }

    fn takes(&mut self, text: &str) -> bool {
        let takes = self.rest().starts_with(text);
        if takes {
            self.at += text.len();
        }
        takes
    }

    /// Skips comments, and white space in extended mode.
    fn skip(&mut self) -> Result<(), String> {
        loop {
            if self.takes("(?#") {
                loop {
                    match self.next().ok_or("end pattern in group")? {
                        '\\' => drop(self.next()),
                        ')' => break,
                        _ => {}
                    }
                }
                continue;
            }
            match self.peek() {
                Some('#') if self.options.extended => while self.next().is_some_and(|character| character != '\n') {},
                Some(' ' | '\t' | '\n' | '\r' | '\u{c}') if self.options.extended => {
                    self.next();
                }
                _ => return Ok(()),
            }
        }
    }

    /// Reads branches up to a `)`, which is not consumed, or to the end. Options that are set within do not hold afterwards.
    fn alternatives(&mut self) -> Result<Node, String> {
        self.depth += 1;
        if self.depth > DEPTH {
            return Err("parse depth limit over".to_owned());
        }
        let options = self.options;
        let mut branches = vec![self.branch()?];
        while self.takes("|") {
            branches.push(self.branch()?);
        }
        self.options = options;
        self.depth -= 1;
        Ok(match branches.pop() {
            Some(only) if branches.is_empty() => only,
            Some(last) => {
                branches.push(last);
                Node::Alternatives(branches)
            }
            None => Node::Empty,
        })
    }

    fn branch(&mut self) -> Result<Node, String> {
        let mut parts: Vec<Node> = Vec::new();
        // The operand of a quantifier. Options and the start of a branch are none.
        let mut target = false;
        loop {
            self.skip()?;
            let Some(character) = self.peek() else { break };
            if matches!(character, '|' | ')') {
                break;
            }
            if let Some((least, most)) = self.quantifier()? {
                let body = match parts.pop() {
                    Some(part) if target => part,
                    _ => return Err("target of repeat operator is not specified".to_owned()),
                };
                parts.extend(self.repeated(body, least, most)?);
                continue;
            }
            self.next();
            match self.atom(character)? {
                Some(node) => {
                    parts.push(node);
                    target = true;
                }
                None => target = false,
            }
        }
        Ok(match parts.pop() {
            None => Node::Empty,
            Some(only) if parts.is_empty() => only,
            Some(last) => {
                parts.push(last);
                Node::Sequence(parts)
            }
        })
    }

    /// Reads `*`, `+`, `?`, `{2}`, `{2,}` or `{2,3}` as a range of counts, without a `?` or `+` after it. Any other brace is
    /// text.
    fn quantifier(&mut self) -> Result<Option<(u32, Option<u32>)>, String> {
        let found = match self.peek() {
            Some('*') => (0, None),
            Some('+') => (1, None),
            Some('?') => (0, Some(1)),
            Some('{') => return self.interval(),
            _ => return Ok(None),
        };
        self.next();
        Ok(Some(found))
    }

    fn interval(&mut self) -> Result<Option<(u32, Option<u32>)>, String> {
        let start = self.at;
        self.next();
        let number = |parser: &mut Self| -> Result<Option<u32>, String> {
            let rest = parser.rest();
            let length = rest.bytes().take_while(u8::is_ascii_digit).count();
            parser.at += length;
            if length == 0 {
                return Ok(None);
            }
            rest[..length]
                .parse::<u32>()
                .ok()
                .filter(|number| *number <= MOST_REPEATS)
                .map(Some)
                .ok_or_else(|| "too big number for repeat range".to_owned())
        };
        let Some(least) = number(self)? else {
            self.at = start;
            return Ok(None);
        };
        let most = if self.takes(",") { number(self)? } else { Some(least) };
        if !self.takes("}") {
            self.at = start;
            return Ok(None);
        }
        if most.is_some_and(|most| most < least) {
            return Err("upper is smaller than lower in repeat range".to_owned());
        }
        Ok(Some((least, most)))
    }

    /// Applies a quantifier, and reads the `?` or `+` after it.
    fn repeated(&mut self, body: Node, least: u32, most: Option<u32>) -> Result<Vec<Node>, String> {
        let greedy = !self.takes("?");
        let possessive = greedy && self.takes("+");
        if body.is_assertion() {
            return Err("target of repeat operator is invalid".to_owned());
        }
        let repeat = |body: Node| Node::Repeat { body: Box::new(body), least, most, greedy, possessive };
        // Only `\Q…\E` gives several characters; the quantifier applies to the last one.
        if let Node::Text(mut characters, ignore_case) = body {
            let last: Vec<char> = characters.pop().into_iter().collect();
            let mut parts = Vec::new();
            if !characters.is_empty() {
                parts.push(Node::Text(characters, ignore_case));
            }
            parts.push(repeat(Node::Text(last, ignore_case)));
            return Ok(parts);
        }
        Ok(vec![repeat(body)])
    }

    fn text(&self, character: char) -> Node {
        Node::Text(vec![character], self.options.ignore_case)
    }

    /// Reads the part that begins with `character`, which was read; none for options, which change what follows.
    fn atom(&mut self, character: char) -> Result<Option<Node>, String> {
        Ok(Some(match character {
            '\\' => self.escape()?,
            '[' => self.class()?,
            '(' => return self.group(),
            '.' if self.options.dot_all => Node::Plain(ANY),
            '.' => Node::Plain(ANY_BUT_BREAK),
            '^' if self.options.lines => Node::Assertion(r"(?:\A|(?<=\n)(?!\z))"),
            '^' => Node::Assertion(r"\A"),
            '$' if self.options.lines => Node::Assertion(r"(?:(?=\n)|\z)"),
            '$' => Node::End,
            other => self.text(other),
        }))
    }

    fn escape(&mut self) -> Result<Node, String> {
        let escaped = self.next().ok_or("end pattern at escape")?;
        if let Some((inner, negated)) = class::kind(escaped) {
            return Ok(Node::Class { text: bracketed(inner, negated), ignore_case: false, several: Vec::new() });
        }
        Ok(match escaped {
            'b' => Node::Assertion(r"\b"),
            'B' => Node::Assertion(r"\B"),
            'A' => Node::Assertion(r"\A"),
            'Z' => Node::End,
            'z' => Node::Assertion(r"\z"),
            'G' => Node::Assertion(r"\G"),
            'K' => Node::Plain(r"\K"),
            'y' => Node::Assertion(BOUNDARY),
            'Y' => Node::Assertion(WITHIN),
            'X' => Node::Plain(CLUSTER),
            'R' => Node::Plain(r"(?>\r\n|[\n-\r\x{85}\x{2028}\x{2029}])"),
            'N' => Node::Plain(ANY_BUT_BREAK),
            'O' => Node::Plain(ANY),
            'Q' => {
                let rest = self.rest();
                let length = rest.find("\\E").unwrap_or(rest.len());
                self.at += length;
                self.takes("\\E");
                let characters: Vec<char> = rest[..length].chars().collect();
                if characters.is_empty() { Node::Empty } else { Node::Text(characters, self.options.ignore_case) }
            }
            'p' | 'P' if self.peek() == Some('{') => {
                let (inner, negated) = self.property(escaped)?;
                Node::Class { text: bracketed(&inner, negated), ignore_case: false, several: Vec::new() }
            }
            'k' if matches!(self.peek(), Some('<' | '\'')) => {
                let named = self.name_in_brackets()?;
                Node::Reference(self.referenced(named)?, self.options.ignore_case)
            }
            'g' if matches!(self.peek(), Some('<' | '\'')) => {
                let named = self.name_in_brackets()?;
                self.call(named)
            }
            '1'..='9' => {
                let start = self.at - 1;
                let digits = self.text[start..].bytes().take_while(u8::is_ascii_digit);
                let length = digits.count();
                let number = self.text[start..start + length].parse::<usize>();
                match number {
                    Ok(number) if number <= 9 || number <= self.groups.len() => {
                        self.at = start + length;
                        self.most_referenced = self.most_referenced.max(number);
                        Node::Reference(vec![number], self.options.ignore_case)
                    }
                    _ if matches!(escaped, '8' | '9') => self.text(escaped),
                    _ => self.other_escape(escaped)?,
                }
            }
            other => self.other_escape(other)?,
        })
    }

    fn other_escape(&mut self, escaped: char) -> Result<Node, String> {
        Ok(match self.coded(escaped)? {
            Some(characters) => Node::Group(Group::Plain, Box::new(Node::Text(characters, self.options.ignore_case))),
            None => {
                let character = self.escaped(escaped)?;
                self.text(character)
            }
        })
    }
}

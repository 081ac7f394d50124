//! Pattern to tree, by the rules of Oniguruma's syntax "Perl NG".

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

    /// `<name>`, `'name'`, `<1>`, `<-1>`, `<+1>`.
    fn name_in_brackets(&mut self) -> Result<GroupReference, String> {
        let close = match self.next() {
            Some('<') => '>',
            Some('\'') => '\'',
            _ => return Err("invalid group name <>".to_owned()),
        };
        self.name_up_to(close)
    }

    fn name_up_to(&mut self, close: char) -> Result<GroupReference, String> {
        let rest = self.rest();
        let length = rest.find(close).ok_or("end pattern in group")?;
        let name = &rest[..length];
        self.at += length + close.len_utf8();
        let invalid = || format!("invalid group name <{name}>");
        if name.is_empty() {
            return Err("group name is empty".to_owned());
        }
        let digits = name.trim_start_matches(['-', '+']);
        if name.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '-' | '+')) {
            let number: usize = digits.parse().map_err(|_| invalid())?;
            return match name.as_bytes()[0] {
                b'-' => (self.groups.len() + 1)
                    .checked_sub(number)
                    .filter(|group| *group > 0)
                    .map(GroupReference::Number)
                    .ok_or_else(|| "invalid backref number/name".to_owned()),
                b'+' => Ok(GroupReference::Number(self.groups.len() + number)),
                _ => Ok(GroupReference::Number(number)),
            };
        }
        if !name.chars().all(|c| c.is_alphanumeric() || c == '_') {
            return Err(format!("invalid char in group name <{name}>"));
        }
        Ok(GroupReference::Name(name.to_owned()))
    }

    fn referenced(&mut self, named: GroupReference) -> Result<Vec<usize>, String> {
        match named {
            GroupReference::Number(0) => Err("invalid backref number/name".to_owned()),
            GroupReference::Number(number) => {
                self.most_referenced = self.most_referenced.max(number);
                Ok(vec![number])
            }
            GroupReference::Name(name) => {
                let groups = self.groups.iter().enumerate();
                let groups: Vec<usize> =
                    groups.filter(|(_, group)| group.as_deref() == Some(&*name)).map(|(at, _)| at + 1).collect();
                if groups.is_empty() {
                    return Err(format!("undefined name <{name}> reference"));
                }
                Ok(groups)
            }
        }
    }

    fn call(&mut self, named: GroupReference) -> Node {
        self.calls.push(match named {
            GroupReference::Number(number) => GroupCall::Number(number),
            GroupReference::Name(name) => GroupCall::Name(name),
        });
        Node::Call(self.calls.len() - 1)
    }

    /// Reads what a consumed `(` begins; none for options.
    fn group(&mut self) -> Result<Option<Node>, String> {
        const NO_OPTION: &str = "undefined group option";
        if self.takes("*") {
            return match self.takes("FAIL)") {
                true => Ok(Some(Node::Plain("(?!)"))),
                false => Err("undefined callout name".to_owned()),
            };
        }
        if !self.takes("?") {
            return self.capture(None).map(Some);
        }
        let kind = self.next().ok_or("end pattern in group")?;
        let group = match kind {
            ':' => Group::Plain,
            '=' => Group::Ahead,
            '!' => Group::NotAhead,
            '>' => Group::Atomic,
            '~' => {
                if self.peek() == Some('|') {
                    return Err("absent expressions are not supported".to_owned());
                }
                Group::Absent
            }
            '<' if self.takes("=") => Group::Behind,
            '<' if self.takes("!") => Group::NotBehind,
            '<' | '\'' => {
                let close = if kind == '<' { '>' } else { '\'' };
                return match self.name_up_to(close)? {
                    GroupReference::Name(name) => self.capture(Some(name)).map(Some),
                    GroupReference::Number(number) => Err(format!("invalid group name <{number}>")),
                };
            }
            '(' => return self.condition().map(Some),
            '&' => {
                let named = self.name_up_to(')')?;
                return Ok(Some(self.call(named)));
            }
            '0'..='9' => return self.numbered_call().map(Some),
            '-' | '+' if self.peek().is_some_and(|c| c.is_ascii_digit()) => {
                return self.numbered_call().map(Some);
            }
            '-' | 'i' | 'm' | 's' | 'x' => return self.set_options(kind),
            // Oniguruma leaves the parenthesis of `(?R)` open.
            'R' => return Err("unmatched close parenthesis".to_owned()),
            '{' => return Err("callouts are not supported".to_owned()),
            _ => return Err(NO_OPTION.to_owned()),
        };
        let body = self.body()?;
        let behind = matches!(group, Group::Behind | Group::NotBehind);
        if behind && (body.length().is_none() || (group == Group::NotBehind && body.captures())) {
            return Err("invalid pattern in look-behind".to_owned());
        }
        Ok(Some(Node::Group(group, Box::new(body))))
    }

    fn numbered_call(&mut self) -> Result<Node, String> {
        self.back();
        let named = self.name_up_to(')')?;
        Ok(self.call(named))
    }

    fn capture(&mut self, name: Option<String>) -> Result<Node, String> {
        self.groups.push(name.map(String::into_boxed_str));
        let body = self.body()?;
        Ok(Node::Group(Group::Capture, Box::new(body)))
    }

    /// Reads the content of a group, and its `)`.
    fn body(&mut self) -> Result<Node, String> {
        let body = self.alternatives()?;
        if !self.takes(")") {
            return Err("end pattern with unmatched parenthesis".to_owned());
        }
        Ok(body)
    }

    /// Reads options up to `)` or `:`, the first of which was read.
    fn set_options(&mut self, first: char) -> Result<Option<Node>, String> {
        let mut options = self.options;
        let mut on = true;
        let mut letter = first;
        loop {
            match letter {
                '-' => on = false,
                'i' => options.ignore_case = on,
                'x' => options.extended = on,
                's' => options.dot_all = on,
                'm' => options.lines = on,
                ')' => {
                    self.options = options;
                    return Ok(None);
                }
                ':' => {
                    let outside = std::mem::replace(&mut self.options, options);
                    let body = self.body()?;
                    self.options = outside;
                    return Ok(Some(Node::Group(Group::Plain, Box::new(body))));
                }
                _ => return Err("undefined group option".to_owned()),
            }
            letter = self.next().ok_or("end pattern in group")?;
        }
    }

    /// Reads `(?(1)then|else)`, whose second `(` was read.
    fn condition(&mut self) -> Result<Node, String> {
        let checks = self.peek().is_some_and(|c| c.is_ascii_digit() || matches!(c, '-' | '+' | '<' | '\''));
        if checks {
            let named = if matches!(self.peek(), Some('<' | '\'')) {
                let named = self.name_in_brackets()?;
                if !self.takes(")") {
                    return Err("end pattern in group".to_owned());
                }
                named
            } else {
                self.name_up_to(')')?
            };
            let groups = self.referenced(named)?;
            if self.takes(")") {
                return Ok(Node::If(groups, Box::new(Node::Empty), Box::new(Node::Plain("(?!)"))));
            }
            let (then, otherwise) = self.branches()?;
            return Ok(Node::If(groups, then, otherwise));
        }
        let condition = self.body()?;
        if self.peek() == Some(')') {
            return Err("invalid if-else syntax".to_owned());
        }
        if condition.captures() {
            return Err("a group in a condition is not supported".to_owned());
        }
        let (then, otherwise) = self.branches()?;
        Ok(Node::IfMatches(Box::new(condition), then, otherwise))
    }

    /// Reads the two branches of a condition.
    fn branches(&mut self) -> Result<(Box<Node>, Box<Node>), String> {
        let mut branches = match self.body()? {
            Node::Alternatives(branches) => branches.into_iter(),
            only => vec![only].into_iter(),
        };
        let then = branches.next().unwrap_or(Node::Empty);
        let rest: Vec<Node> = branches.collect();
        let otherwise = match rest.len() {
            0 => Node::Empty,
            _ => Node::Alternatives(rest),
        };
        Ok((Box::new(then), Box::new(otherwise)))
    }
}

//! Groups, and references to them: captures, look-around, options, conditions, calls.

use super::{GroupCall, GroupReference, RegexParser};
use crate::pattern::{Group, Node};

impl RegexParser<'_> {
    /// `<name>`, `'name'`, `<1>`, `<-1>`, `<+1>`.
    pub(super) fn name_in_brackets(&mut self) -> Result<GroupReference, String> {
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

    pub(super) fn referenced(&mut self, named: GroupReference) -> Result<Vec<usize>, String> {
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

    pub(super) fn call(&mut self, named: GroupReference) -> Node {
        self.calls.push(match named {
            GroupReference::Number(number) => GroupCall::Number(number),
            GroupReference::Name(name) => GroupCall::Name(name),
        });
        Node::Call(self.calls.len() - 1)
    }

    /// Reads what a consumed `(` begins; none for options.
    pub(super) fn group(&mut self) -> Result<Option<Node>, String> {
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

//! Tree to the syntax of the engine that runs it.

use super::{Group, Node, WriteOptions, fold};

pub(super) fn write(tree: &Node, writing: WriteOptions) -> String {
    let mut out = String::new();
    if writing.longest {
        out.push_str(r"\G");
    }
    let mut writer = RegexWriter { out, writing };
    writer.group("(?:", tree);
    writer.out
}

struct RegexWriter {
    out: String,
    writing: WriteOptions,
}

impl RegexWriter {
    fn group(&mut self, open: &str, body: &Node) {
        self.out.push_str(open);
        self.node(body);
        self.out.push(')');
    }

    fn node(&mut self, node: &Node) {
        match node {
            Node::Empty => {}
            Node::Text(characters, false) => {
                characters.iter().for_each(|character| self.literal(*character));
            }
            Node::Text(characters, true) => self.folded(characters),
            Node::Class { text, ignore_case, several } => self.class(text, *ignore_case, several),
            Node::Plain(text) | Node::Assertion(text) => self.out.push_str(text),
            Node::End => self.out.push_str(if self.writing.before_last_break { r"(?=\n?\z)" } else { r"\z" }),
            Node::Reference(groups, ignore_case) => {
                self.out.push_str(if *ignore_case { "(?i:" } else { "(?:" });
                // Of several groups with a name, the last one that matched is meant.
                for (at, group) in groups.iter().rev().enumerate() {
                    let bar = if at > 0 { "|" } else { "" };
                    self.out.push_str(&format!("{bar}\\{group}"));
                }
                self.out.push(')');
            }
            Node::Call(group) => self.out.push_str(&format!("\\g<{group}>")),
            Node::Group(group, body) => {
                let open = match group {
                    Group::Plain => "(?:",
                    Group::Capture => "(",
                    Group::Atomic => "(?>",
                    Group::Ahead => "(?=",
                    Group::NotAhead => "(?!",
                    Group::Behind => "(?<=",
                    Group::NotBehind => "(?<!",
                    Group::Absent => "(?~",
                };
                self.group(open, body);
            }
            Node::If(groups, then, otherwise) => {
                // Of several groups with a name, each is tested in turn.
                for group in groups {
                    self.out.push_str(&format!("(?({group})"));
                    self.group("(?:", then);
                    self.out.push('|');
                }
                self.group("(?:", otherwise);
                self.out.push_str(&")".repeat(groups.len()));
            }
            Node::IfMatches(condition, then, otherwise) => {
                self.out.push_str("(?:");
                self.group("(?>", condition);
                self.group("(?:", then);
                self.out.push('|');
                self.group("(?!", condition);
                self.group("(?:", otherwise);
                self.out.push(')');
            }
            // The engine does not allow repeating an empty pattern.
            Node::Repeat { body, .. } if body.is_empty() => {}
            Node::Repeat { body, least, most, greedy, possessive } => {
                if *possessive {
                    self.out.push_str("(?>");
                }
                self.group("(?:", body);
                match (least, most) {
                    (0, Some(1)) => self.out.push('?'),
                    (0, None) => self.out.push('*'),
                    (1, None) => self.out.push('+'),
                    (least, Some(most)) => self.out.push_str(&format!("{{{least},{most}}}")),
                    (least, None) => self.out.push_str(&format!("{{{least},}}")),
                }
                if !greedy && !self.writing.longest {
                    self.out.push('?');
                }
                if *possessive {
                    self.out.push(')');
                }
            }
            Node::Sequence(parts) => {
                // Adjacent characters are folded together.
                let mut parts = parts.as_slice();
                while let Some((first, rest)) = parts.split_first() {
                    parts = rest;
                    if let Node::Text(characters, true) = first {
                        let mut all = characters.clone();
                        while let Some((Node::Text(more, true), rest)) = parts.split_first() {
                            all.extend(more);
                            parts = rest;
                        }
                        self.folded(&all);
                    } else {
                        self.node(first);
                    }
                }
            }
            Node::Alternatives(branches) => {
                for (at, branch) in branches.iter().enumerate() {
                    if at > 0 {
                        self.out.push('|');
                    }
                    self.node(branch);
                }
            }
        }
    }

    fn class(&mut self, text: &str, ignore_case: bool, several: &[char]) {
        if !ignore_case {
            self.out.push_str(text);
            return;
        }
        self.out.push_str("(?i:");
        self.out.push_str(text);
        for letter in several {
            if let Some(letters) = fold::several_of(*letter) {
                self.out.push('|');
                letters.chars().for_each(|letter| self.literal(letter));
            }
        }
        self.out.push(')');
    }

    /// Writes characters without regard to case.
    fn folded(&mut self, characters: &[char]) {
        self.out.push_str("(?i:");
        let mut rest = characters;
        while let Some(first) = rest.first() {
            let group = fold::several_of(*first).map(|letters| (letters, 1)).or_else(|| fold::group(rest));
            match group {
                None => {
                    self.literal(*first);
                    rest = &rest[1..];
                }
                Some((letters, taken)) => {
                    self.out.push_str("(?:");
                    letters.chars().for_each(|letter| self.literal(letter));
                    for way in fold::ways(letters) {
                        self.out.push('|');
                        way.chars().for_each(|letter| self.literal(letter));
                    }
                    self.out.push(')');
                    rest = &rest[taken..];
                }
            }
        }
        self.out.push(')');
    }

    fn literal(&mut self, character: char) {
        if character.is_alphanumeric() {
            self.out.push(character);
        } else {
            self.out.push_str(&format!("\\x{{{:X}}}", u32::from(character)));
        }
    }
}

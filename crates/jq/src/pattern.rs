//! Regular expressions in Oniguruma's syntax, as jq configures it ("Perl NG" over Unicode), translated for the engine that runs
//! them.
//!
//! A pattern is parsed by Oniguruma's rules into a [`Node`], and the node is written in the engine's syntax, with everything that
//! both read differently spelled out. Groups keep their numbers; their names are kept here.
//!
//! | file | subject |
//! | --- | --- |
//! | `parser` | pattern to tree, with Oniguruma's error messages |
//! | `escapes` | `\n`, `\x{41}`, `\055`, `\cI` |
//! | `class` | `[…]`, POSIX brackets, properties |
//! | `segment` | grapheme clusters, `\X` |
//! | `lookbehind` | length of a match, which look-behind needs |
//! | `write` | tree to the engine's syntax |
//! | `fold` | letters that equal several letters without regard to case: `ß` and `ss` |

mod class;
mod escapes;
mod fold;
mod lookbehind;
mod parser;
mod segment;
mod write;

/// Options that hold for a part of a pattern.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub(super) struct RegexOptions {
    /// `i`
    pub(super) ignore_case: bool,
    /// `x`
    pub(super) extended: bool,
    /// `.` matches a line break too.
    pub(super) dot_all: bool,
    /// `^` and `$` match at lines, not only at the ends of the text.
    pub(super) lines: bool,
}

/// A part of a pattern.
#[derive(Debug, Clone, PartialEq)]
enum Node {
    Empty,
    /// Characters; true if their case is ignored.
    Text(Vec<char>, bool),
    /// One character of a set, in the engine's syntax, and the characters of the set that equal several when case is ignored.
    Class {
        text: String,
        ignore_case: bool,
        several: Vec<char>,
    },
    /// A part without subparts and options, in the engine's syntax.
    Plain(&'static str),
    /// An assertion between characters, in the engine's syntax. It cannot be repeated.
    Assertion(&'static str),
    /// `$`
    End,
    /// The text of the first of these groups that matched; true if case is ignored.
    Reference(Vec<usize>, bool),
    /// A call of a group; 0 is the whole pattern.
    Call(usize),
    Group(Group, Box<Node>),
    /// A condition on the match of one of the groups, with the branches for true and false.
    If(Vec<usize>, Box<Node>, Box<Node>),
    /// A condition on the match of the first part, with the branches for true and false.
    IfMatches(Box<Node>, Box<Node>, Box<Node>),
    Repeat {
        body: Box<Node>,
        least: u32,
        most: Option<u32>,
        greedy: bool,
        possessive: bool,
    },
    Sequence(Vec<Node>),
    Alternatives(Vec<Node>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Group {
    Plain,
    Capture,
    Atomic,
    Ahead,
    NotAhead,
    Behind,
    NotBehind,
    Absent,
}

/// A parsed pattern.
#[derive(Debug)]
pub(super) struct RegexPattern {
    tree: Node,
    /// Names of the groups, without group 0.
    names: Vec<Option<Box<str>>>,
}

/// Options of the translation.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct WriteOptions {
    /// The text ends with a line break, before which `$` also matches.
    pub(super) before_last_break: bool,
    /// Match only where the search begins, with greedy quantifiers: the search for the longest match does not need the other
    /// ways.
    pub(super) longest: bool,
}

impl RegexPattern {
    /// Parses a pattern. The error is Oniguruma's message.
    pub(super) fn parse(text: &str, options: RegexOptions) -> Result<Self, String> {
        parser::parse(text, options)
    }

    /// Names of the groups from group 1 on; none for a group without a name.
    pub(super) fn names(&self) -> &[Option<Box<str>>] {
        &self.names
    }

    /// Tells whether the pattern can only match where the search begins, because of `\G`.
    pub(super) fn is_anchored(&self) -> bool {
        fn anchored(node: &Node) -> bool {
            match node {
                Node::Assertion(text) => *text == r"\G",
                Node::Sequence(parts) => parts.first().is_some_and(anchored),
                Node::Group(Group::Plain | Group::Capture | Group::Atomic, body) => anchored(body),
                _ => false,
            }
        }
        anchored(&self.tree)
    }

    /// The pattern in the engine's syntax.
    pub(super) fn write(&self, writing: WriteOptions) -> String {
        write::write(&self.tree, writing)
    }
}

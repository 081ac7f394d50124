//! Regular expressions as jq sets Oniguruma up (its syntax "Perl NG" over Unicode), written anew for the engine that runs them.
//!
//! A pattern is parsed by Oniguruma's rules into a [`Node`], and the node is written in the engine's syntax, where everything
//! that the two read differently is spelled out. Captures keep their numbers; names stay here.
//!
//! | file | subject |
//! | --- | --- |
//! | `parser` | the pattern as a tree, and what is wrong with it, in Oniguruma's words |
//! | `escapes` | `\n`, `\x{41}`, `\055`, `\cI` |
//! | `class` | `[…]`, POSIX brackets, properties |
//! | `segment` | grapheme clusters, `\X` |
//! | `lookbehind` | how long a match may be, which look-behind depends on |
//! | `write` | the tree in the engine's syntax |
//! | `fold` | letters that are equal to several without regard to case: `ß` and `ss` |

mod class;
mod escapes;
mod fold;
mod lookbehind;
mod parser;
mod segment;
mod write;

/// Options that hold for a part of a pattern.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub(super) struct Options {
    /// `i`
    pub(super) ignore_case: bool,
    /// `x`
    pub(super) extended: bool,
    /// `.` matches a line break too.
    pub(super) dot_all: bool,
    /// `^` and `$` stand at lines, not only at the ends of the text.
    pub(super) lines: bool,
}

/// A part of a pattern.
#[derive(Debug, Clone, PartialEq)]
enum Node {
    Empty,
    /// Characters, and whether their case is ignored.
    Text(Vec<char>, bool),
    /// One character out of many, in the engine's syntax; and the characters equal to several that it holds when case is ignored.
    Class {
        text: String,
        ignore_case: bool,
        several: Vec<char>,
    },
    /// What has no parts and no options, in the engine's syntax.
    Plain(&'static str),
    /// A place between characters, in the engine's syntax. It cannot be repeated.
    Place(&'static str),
    /// `$`
    End,
    /// The text of the first of these groups that took part.
    Reference(Vec<usize>, bool),
    /// The pattern of a group again; 0 is the whole.
    Call(usize),
    Group(Group, Box<Node>),
    /// Whether one of the groups took part; what then, and what else.
    If(Vec<usize>, Box<Node>, Box<Node>),
    /// Whether the first matches; what then, and what else.
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

/// A pattern that was read.
#[derive(Debug)]
pub(super) struct Pattern {
    tree: Node,
    /// The names of the groups, without the whole.
    names: Vec<Option<Box<str>>>,
}

/// How a pattern is to be written.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Writing {
    /// The text ends with a line break, which `$` may stand before.
    pub(super) before_last_break: bool,
    /// Only where the search begins, and with quantifiers that take all they can: of the longest match the way does not matter.
    pub(super) longest: bool,
}

impl Pattern {
    /// Reads a pattern; what is wrong with it is told in Oniguruma's words.
    pub(super) fn parse(text: &str, options: Options) -> Result<Self, String> {
        parser::parse(text, options)
    }

    /// The names of the groups from the first on; those without one are none.
    pub(super) fn names(&self) -> &[Option<Box<str>>] {
        &self.names
    }

    /// Whether it can only match where the search begins, as far as `\G` says so.
    pub(super) fn is_anchored(&self) -> bool {
        fn anchored(node: &Node) -> bool {
            match node {
                Node::Place(text) => *text == r"\G",
                Node::Sequence(parts) => parts.first().is_some_and(anchored),
                Node::Group(Group::Plain | Group::Capture | Group::Atomic, body) => anchored(body),
                _ => false,
            }
        }
        anchored(&self.tree)
    }

    /// The pattern in the engine's syntax.
    pub(super) fn write(&self, writing: Writing) -> String {
        write::write(&self.tree, writing)
    }
}

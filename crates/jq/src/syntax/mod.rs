//! jq text as a syntax tree: every part with its position, and with its parentheses.
//!
//! The grammar is that of jq 1.8. Compilation, checks and explanations all read this tree, so they cannot disagree about the
//! meaning of a text. [`crate::read`] resolves names.
//!
//! | file | subject |
//! | --- | --- |
//! | `lexer` | text to tokens: strings decoded, brackets matched |
//! | `parser` | tokens to terms: pipes, operators, definitions |
//! | `terms` | operands: literals, paths, calls, lists |
//! | `objects` | objects, and the patterns that destructure them |
//! | `steps` | a path as a base and its steps |

mod lexer;
mod objects;
mod parser;
mod steps;
mod terms;

#[cfg(test)]
mod tests;

use std::ops::Range;

pub use steps::{Part, Step};

use crate::CompileError;

/// Maximum number of brackets within each other.
const NESTING: usize = 200;

/// Maximum number of tokens of an expression. Each may be a level of the tree, and a level takes up to sixteen kilobytes of stack
/// without optimization.
const TOKENS: usize = 5_000;

/// A part of an expression.
#[derive(Clone, Debug, PartialEq)]
pub struct Term {
    /// Position in the source, in bytes.
    pub span: Range<usize>,
    /// Kind and parts.
    pub kind: TermKind,
}

/// Kind of a term, with its parts.
#[derive(Clone, Debug, PartialEq)]
pub enum TermKind {
    /// `.`
    Identity,
    /// `..`
    Descent,
    /// A number, a text without interpolation, `true`, `false`, `null`.
    Literal(Literal),
    /// A text with interpolation: the literal pieces with their places, one more than the interpolated parts.
    Text {
        /// Name of the format with its `@`, applied to every part.
        format: Option<String>,
        /// Literal text before, between and after the parts.
        pieces: Vec<(String, Range<usize>)>,
        /// Interpolated expressions.
        parts: Vec<Term>,
    },
    /// `@csv`
    Format(String),
    /// `$name`, with its `$`.
    Variable(String),
    /// `$__loc__`, with its line.
    Location {
        /// Line, counted from 1, as digits.
        line: String,
    },
    /// `.name`, `."name"` and `.["name"]`.
    Field {
        /// The object.
        of: Box<Term>,
        /// The key.
        name: String,
        /// Position of the key with its dot, or of the content of the brackets.
        place: Range<usize>,
    },
    /// `.[e]`
    Index {
        /// The list or object.
        of: Box<Term>,
        /// The index. Its input is the input of the whole path.
        by: Box<Term>,
    },
    /// `.[a:b]`
    Slice {
        /// The list or text.
        of: Box<Term>,
        /// First element, from the start when absent.
        from: Option<Box<Term>>,
        /// Element after the last, to the end when absent.
        upto: Option<Box<Term>>,
    },
    /// `.[]`
    Iterate(Box<Term>),
    /// `e?`. Directly after a step of a path it catches that step's errors, elsewhere all of `e`.
    Optional(Box<Term>),
    /// `(e)`
    Parentheses(Box<Term>),
    /// `a | b`
    Pipe(Box<Term>, Box<Term>),
    /// Any other binary operator.
    Binary {
        /// The operator.
        operator: Operator,
        /// Left operand.
        left: Box<Term>,
        /// Right operand.
        right: Box<Term>,
        /// Position of the operator.
        place: Range<usize>,
    },
    /// `-e`
    Negate(Box<Term>),
    /// `name` and `name(a; b)`.
    Call {
        /// Name, with its module if one is written.
        name: String,
        /// Position of the name.
        place: Range<usize>,
        /// Arguments.
        arguments: Vec<Term>,
    },
    /// `[e]` and `[]`
    Array(Option<Box<Term>>),
    /// `{…}`
    Object(Vec<Entry>),
    /// `if a then b elif c then d else e end`
    If {
        /// Conditions with their results.
        branches: Vec<(Term, Term)>,
        /// `else`; the input when absent.
        otherwise: Option<Box<Term>>,
    },
    /// `source as $x | body`, with several patterns separated by `?//`.
    Bind {
        /// Value that is destructured.
        source: Box<Term>,
        /// At least one.
        patterns: Vec<Pattern>,
        /// Expression in which the variables are defined.
        body: Box<Term>,
    },
    /// `def f: …; body`
    Define(Box<Definition>, Box<Term>),
    /// `reduce source as $x (init; update)`
    Reduce {
        /// Values to iterate over.
        source: Box<Term>,
        /// At least one.
        patterns: Vec<Pattern>,
        /// First state.
        init: Box<Term>,
        /// State to next state.
        update: Box<Term>,
    },
    /// `foreach source as $x (init; update; extract)`
    Foreach {
        /// Values to iterate over.
        source: Box<Term>,
        /// At least one.
        patterns: Vec<Pattern>,
        /// First state.
        init: Box<Term>,
        /// State to next state.
        update: Box<Term>,
        /// State to outputs; the state when absent.
        extract: Option<Box<Term>>,
    },
    /// `try body catch handler`
    Try {
        /// Expression that may fail.
        body: Box<Term>,
        /// Handler of the error; an error is no output when absent.
        catch: Option<Box<Term>>,
    },
    /// `label $name | body`; the name has no `$`.
    Label(String, Box<Term>),
    /// `break $name`; the name has no `$`.
    Break(String),
}

/// A literal value.
#[derive(Clone, Debug, PartialEq)]
pub enum Literal {
    /// `null`
    Null,
    /// `true` and `false`
    Boolean(bool),
    /// Number in JSON's spelling: `.5` is `0.5`, and `5.` is `5`.
    Number(String),
    /// A text, unescaped.
    Text(String),
}

/// An entry of an object.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Its key.
    pub key: Key,
    /// Its value. Absent only for a text with interpolation alone, which stands for the field of that name.
    pub value: Option<Term>,
}

/// Key of an entry, in an object or in a pattern.
#[derive(Clone, Debug, PartialEq)]
pub enum Key {
    /// A literal key.
    Name(String),
    /// A variable, a text with interpolation, or an expression in parentheses.
    Computed(Term),
}

/// Pattern that destructures a value.
#[derive(Clone, Debug, PartialEq)]
pub enum Pattern {
    /// `$name`, with its `$`.
    Variable(String),
    /// `[p, q]`
    Array(Vec<Pattern>),
    /// `{a: p, $b}`
    Object(Vec<PatternEntry>),
}

/// An entry of a pattern.
#[derive(Clone, Debug, PartialEq)]
pub struct PatternEntry {
    /// Key of the field.
    pub key: Key,
    /// `$name` before the colon or alone, with its `$`: the variable that is bound to the field.
    pub variable: Option<String>,
    /// Pattern for the field's value.
    pub pattern: Option<Pattern>,
}

/// `def name(parameters): body;`
#[derive(Clone, Debug, PartialEq)]
pub struct Definition {
    /// Name.
    pub name: String,
    /// Names of the parameters; a value parameter begins with `$`.
    pub parameters: Vec<String>,
    /// Body.
    pub body: Term,
}

/// Operators with two operands, except `|`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Operator {
    Comma,
    Alternative,
    Or,
    And,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
    Assign,
    Update,
    UpdateAdd,
    UpdateSubtract,
    UpdateMultiply,
    UpdateDivide,
    UpdateRemainder,
    UpdateAlternative,
}

impl Operator {
    /// Operator as written.
    pub fn text(self) -> &'static str {
        match self {
            Self::Comma => ",",
            Self::Alternative => "//",
            Self::Or => "or",
            Self::And => "and",
            Self::Equal => "==",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
            Self::Add => "+",
            Self::Subtract => "-",
            Self::Multiply => "*",
            Self::Divide => "/",
            Self::Remainder => "%",
            Self::Assign => "=",
            Self::Update => "|=",
            Self::UpdateAdd => "+=",
            Self::UpdateSubtract => "-=",
            Self::UpdateMultiply => "*=",
            Self::UpdateDivide => "/=",
            Self::UpdateRemainder => "%=",
            Self::UpdateAlternative => "//=",
        }
    }
}

/// Parses the whole of `source`; a source without tokens is `.`. Must run on a thread with the stack of an evaluation.
///
/// # Errors
/// The first syntax error with its position.
pub(crate) fn parse(source: &str) -> Result<Term, CompileError> {
    let tokens = lexer::tokens(source)?;
    match tokens.as_slice() {
        [] => Ok(Term { span: 0..source.len(), kind: TermKind::Identity }),
        tokens => parser::parse(source, tokens),
    }
}

impl Term {
    /// The term without parentheses around it.
    pub fn bare(&self) -> &Self {
        let mut term = self;
        while let TermKind::Parentheses(inner) = &term.kind {
            term = inner;
        }
        term
    }

    /// The value of a literal, also in parentheses.
    pub fn literal(&self) -> Option<&Literal> {
        match &self.bare().kind {
            TermKind::Literal(literal) => Some(literal),
            _ => None,
        }
    }

    /// Direct subterms, from left to right, with those of keys, patterns and definitions.
    pub fn parts(&self) -> Vec<&Self> {
        match &self.kind {
            TermKind::Identity
            | TermKind::Descent
            | TermKind::Literal(_)
            | TermKind::Format(_)
            | TermKind::Variable(_)
            | TermKind::Location { .. }
            | TermKind::Array(None)
            | TermKind::Break(_) => Vec::new(),
            TermKind::Field { of, .. } => vec![of],
            TermKind::Iterate(of)
            | TermKind::Optional(of)
            | TermKind::Parentheses(of)
            | TermKind::Negate(of)
            | TermKind::Array(Some(of))
            | TermKind::Label(_, of) => vec![of],
            TermKind::Index { of, by } => vec![of, by],
            TermKind::Slice { of, from, upto } => std::iter::once(&**of).chain(from.as_deref()).chain(upto.as_deref()).collect(),
            TermKind::Text { parts, .. } => parts.iter().collect(),
            TermKind::Pipe(left, right) | TermKind::Binary { left, right, .. } => vec![left, right],
            TermKind::Call { arguments, .. } => arguments.iter().collect(),
            TermKind::Object(entries) => {
                entries.iter().flat_map(|entry| entry.key.computed().into_iter().chain(&entry.value)).collect()
            }
            TermKind::If { branches, otherwise } => {
                branches.iter().flat_map(|(condition, branch)| [condition, branch]).chain(otherwise.as_deref()).collect()
            }
            TermKind::Bind { source, patterns, body } => with_keys(vec![source], patterns, [&**body]),
            TermKind::Define(definition, body) => vec![&definition.body, body],
            TermKind::Reduce { source, patterns, init, update } => with_keys(vec![source], patterns, [&**init, update]),
            TermKind::Foreach { source, patterns, init, update, extract } => {
                with_keys(vec![source], patterns, [&**init, update].into_iter().chain(extract.as_deref()))
            }
            TermKind::Try { body, catch } => std::iter::once(&**body).chain(catch.as_deref()).collect(),
        }
    }

    /// Calls `see` for the term and all its subterms.
    pub fn walk<'a>(&'a self, see: &mut impl FnMut(&'a Self)) {
        see(self);
        for part in self.parts() {
            part.walk(see);
        }
    }

    /// Tells whether the term or one of its subterms satisfies `wanted`.
    pub fn holds(&self, wanted: &impl Fn(&Self) -> bool) -> bool {
        wanted(self) || self.parts().into_iter().any(|part| part.holds(wanted))
    }

    /// Tells whether the term is a call of that function without arguments, also in parentheses.
    pub fn is_call(&self, function: &str) -> bool {
        matches!(&self.bare().kind, TermKind::Call { name, arguments, .. } if name == function && arguments.is_empty())
    }
}

fn with_keys<'a>(mut before: Vec<&'a Term>, patterns: &'a [Pattern], after: impl IntoIterator<Item = &'a Term>) -> Vec<&'a Term> {
    patterns.iter().for_each(|pattern| pattern.keys(&mut before));
    before.extend(after);
    before
}

impl Key {
    /// The expression of a computed key.
    pub fn computed(&self) -> Option<&Term> {
        match self {
            Self::Name(_) => None,
            Self::Computed(term) => Some(term),
        }
    }
}

impl Pattern {
    /// Adds the variables that the pattern binds, each with its `$`, in the order of the text.
    pub fn variables<'a>(&'a self, names: &mut Vec<&'a str>) {
        match self {
            Self::Variable(name) => names.push(name),
            Self::Array(patterns) => patterns.iter().for_each(|pattern| pattern.variables(names)),
            Self::Object(entries) => entries.iter().for_each(|entry| {
                names.extend(entry.variable.as_deref());
                if let Some(pattern) = &entry.pattern {
                    pattern.variables(names);
                }
            }),
        }
    }

    fn keys<'a>(&'a self, terms: &mut Vec<&'a Term>) {
        match self {
            Self::Variable(_) => {}
            Self::Array(patterns) => patterns.iter().for_each(|pattern| pattern.keys(terms)),
            Self::Object(entries) => entries.iter().for_each(|entry| {
                terms.extend(entry.key.computed());
                if let Some(pattern) = &entry.pattern {
                    pattern.keys(terms);
                }
            }),
        }
    }
}

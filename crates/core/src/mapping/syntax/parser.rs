//! Tokens to terms, with jq's precedence.

use serde_json::Value;

use super::lexer::{Token, Word};
use super::{MAX_DEPTH, Shape, Term};

/// The term that all the tokens make; `end` is where the text ends.
pub(super) fn parse(tokens: &[Token], end: usize) -> Option<Term> {
    let mut parser = Parser {
        tokens,
        at: 0,
        end,
        depth: 0,
    };
    let term = parser.pipe()?;
    (parser.at == tokens.len()).then_some(term)
}

pub(super) struct Parser<'a> {
    pub(super) tokens: &'a [Token],
    pub(super) at: usize,
    end: usize,
    depth: usize,
}

/// Operators that bind more tightly than `|`, with their strength; `true` for those that associate to the right.
const OPERATORS: &[(&str, u8, bool)] = &[
    (",", 1, false),
    ("//", 2, true),
    ("=", 3, true),
    ("|=", 3, true),
    ("+=", 3, true),
    ("-=", 3, true),
    ("*=", 3, true),
    ("/=", 3, true),
    ("%=", 3, true),
    ("//=", 3, true),
    ("or", 4, false),
    ("and", 5, false),
    ("==", 6, false),
    ("!=", 6, false),
    ("<", 6, false),
    ("<=", 6, false),
    (">", 6, false),
    (">=", 6, false),
    ("+", 7, false),
    ("-", 7, false),
    ("*", 8, false),
    ("/", 8, false),
    ("%", 8, false),
];

impl Parser<'_> {
    pub(super) fn peek(&self) -> Option<&Word> {
        self.tokens.get(self.at).map(|token| &token.word)
    }

    pub(super) fn is(&self, symbol: &str) -> bool {
        match self.peek() {
            Some(Word::Symbol(found)) => *found == symbol,
            Some(Word::Name(found)) => found == symbol,
            _ => false,
        }
    }

    pub(super) fn eat(&mut self, symbol: &str) -> Option<()> {
        let found = self.is(symbol);
        self.at += usize::from(found);
        found.then_some(())
    }

    pub(super) fn start(&self) -> usize {
        self.tokens
            .get(self.at)
            .map_or(self.end, |token| token.span.start)
    }

    /// A term from there up to the last token that was read. None when it is too deep.
    pub(super) fn from(&self, start: usize, shape: Shape) -> Option<Term> {
        let end = self
            .at
            .checked_sub(1)
            .and_then(|last| self.tokens.get(last));
        let end = end.map_or(self.end, |token| token.span.end);
        Term::new(start..end, shape)
    }

    /// Everything: definitions, bindings and `|`.
    pub(super) fn pipe(&mut self) -> Option<Term> {
        if self.depth == MAX_DEPTH {
            return None;
        }
        self.depth += 1;
        let term = self.pipe_inside();
        self.depth -= 1;
        term
    }

    fn pipe_inside(&mut self) -> Option<Term> {
        let start = self.start();
        if self.eat("def").is_some() {
            let body = self.definition()?;
            let rest = self.pipe()?;
            return self.from(start, Shape::Other(vec![body, rest]));
        }
        if self.eat("label").is_some() {
            self.at += 1;
            self.eat("|")?;
            let body = self.pipe()?;
            return self.from(start, Shape::Other(vec![body]));
        }
        let left = self.operators(0)?;
        // A binding reaches to the right as far as it can, so what stands before it is its source.
        if self.eat("|").is_some() {
            let right = self.pipe()?;
            return self.from(start, Shape::Pipe(Box::new(left), Box::new(right)));
        }
        Some(left)
    }

    fn definition(&mut self) -> Option<Term> {
        self.at += 1;
        if self.eat("(").is_some() {
            while self.eat(")").is_none() {
                self.peek()?;
                self.at += 1;
            }
        }
        self.eat(":")?;
        let body = self.pipe()?;
        self.eat(";")?;
        Some(body)
    }

    /// Operators of at least that strength.
    fn operators(&mut self, least: u8) -> Option<Term> {
        let start = self.start();
        let mut left = self.postfix()?;
        while let Some((operator, strength, right_first)) = self
            .operator()
            .filter(|(_, strength, _)| *strength >= least)
        {
            let place = self.tokens.get(self.at)?.span.clone();
            self.at += 1;
            let right = self.nested(if right_first { strength } else { strength + 1 })?;
            let (left_box, right) = (Box::new(left), Box::new(right));
            left = self.from(
                start,
                Shape::Binary {
                    operator,
                    left: left_box,
                    right,
                    place,
                },
            )?;
        }
        Some(left)
    }

    pub(super) fn nested(&mut self, least: u8) -> Option<Term> {
        if self.depth == MAX_DEPTH {
            return None;
        }
        self.depth += 1;
        let term = self.operators(least);
        self.depth -= 1;
        term
    }

    fn operator(&self) -> Option<(&'static str, u8, bool)> {
        OPERATORS
            .iter()
            .copied()
            .find(|(operator, ..)| self.is(operator))
    }

    fn postfix(&mut self) -> Option<Term> {
        let start = self.start();
        let mut term = self.term()?;
        loop {
            let shape = match self.peek() {
                Some(Word::Field(name)) => {
                    let name = name.clone();
                    let place = self.tokens.get(self.at)?.span.clone();
                    self.at += 1;
                    Shape::Field {
                        of: Box::new(term),
                        name,
                        place,
                    }
                }
                Some(Word::Symbol("?")) => {
                    self.at += 1;
                    Shape::Optional(Box::new(term))
                }
                Some(Word::Symbol("[")) => {
                    self.at += 1;
                    self.brackets(term)?
                }
                Some(Word::Symbol(".")) => {
                    let dot = self.start();
                    self.at += 1;
                    match self.peek() {
                        Some(Word::Symbol("[")) => {
                            self.at += 1;
                            self.brackets(term)?
                        }
                        _ => self.quoted_field(term, dot)?,
                    }
                }
                Some(Word::Name(name)) if name == "as" => {
                    self.at += 1;
                    let name = self.pattern()?;
                    self.eat("|")?;
                    let body = Box::new(self.pipe()?);
                    let source = Box::new(term);
                    return self.from(start, Shape::Bind { source, name, body });
                }
                _ => return Some(term),
            };
            term = self.from(start, shape)?;
        }
    }

    /// `."name"` after its dot.
    pub(super) fn quoted_field(&mut self, of: Term, dot: usize) -> Option<Shape> {
        let token = self.tokens.get(self.at)?;
        let Word::Text { pieces, parts } = &token.word else {
            return None;
        };
        self.at += 1;
        let of = Box::new(of);
        match pieces.as_slice() {
            [(name, _)] => Some(Shape::Field {
                of,
                name: name.clone(),
                place: dot..token.span.end,
            }),
            _ => Some(Shape::Index {
                of,
                by: parts.clone(),
            }),
        }
    }

    /// What stands in brackets after a term, after the opening one.
    pub(super) fn brackets(&mut self, of: Term) -> Option<Shape> {
        let of = Box::new(of);
        if self.eat("]").is_some() {
            return Some(Shape::Iterate(of));
        }
        let start = self.start();
        let mut by = Vec::new();
        if !self.is(":") {
            by.push(self.pipe()?);
        }
        let is_slice = self.eat(":").is_some();
        if is_slice && !self.is("]") {
            by.push(self.pipe()?);
        }
        let place = start..self.start();
        self.eat("]")?;
        match by.as_slice() {
            [
                Term {
                    shape: Shape::Literal(Value::String(name)),
                    ..
                },
            ] if !is_slice => Some(Shape::Field {
                of,
                name: name.clone(),
                place,
            }),
            _ => Some(Shape::Index { of, by }),
        }
    }

    /// A pattern after `as`: its name when it is a single variable.
    #[allow(clippy::option_option)]
    pub(super) fn pattern(&mut self) -> Option<Option<String>> {
        if let Some(Word::Variable(name)) = self.peek() {
            let name = name.clone();
            self.at += 1;
            return Some(Some(name));
        }
        // Lists and objects of patterns: skipped up to the closing bracket.
        let mut open = 0_usize;
        loop {
            match self.peek()? {
                Word::Symbol("[" | "{" | "(") => open += 1,
                Word::Symbol("]" | "}" | ")") => open = open.checked_sub(1)?,
                _ => {}
            }
            self.at += 1;
            if open == 0 {
                return Some(None);
            }
        }
    }
}

/// The `.` that is not written.
pub(super) fn identity(at: usize) -> Term {
    Term {
        span: at..at,
        depth: 1,
        shape: Shape::Identity,
    }
}

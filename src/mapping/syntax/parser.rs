//! Tokens to terms, with jq's precedence.

use std::ops::Range;

use serde_json::Value;

use super::lexer::{Token, Word};
use super::{MAX_DEPTH, Shape, Term};

/// The term that all the tokens make; `end` is where the text ends.
pub(super) fn parse(tokens: &[Token], end: usize) -> Option<Term> {
    let mut parser = Parser { tokens, at: 0, end, depth: 0 };
    let term = parser.pipe()?;
    (parser.at == tokens.len()).then_some(term)
}

struct Parser<'a> {
    tokens: &'a [Token],
    at: usize,
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
    fn peek(&self) -> Option<&Word> {
        self.tokens.get(self.at).map(|token| &token.word)
    }

    fn is(&self, symbol: &str) -> bool {
        match self.peek() {
            Some(Word::Symbol(found)) => *found == symbol,
            Some(Word::Name(found)) => found == symbol,
            _ => false,
        }
    }

    fn eat(&mut self, symbol: &str) -> Option<()> {
        let found = self.is(symbol);
        self.at += usize::from(found);
        found.then_some(())
    }

    fn start(&self) -> usize {
        self.tokens.get(self.at).map_or(self.end, |token| token.span.start)
    }

    fn from(&self, start: usize, shape: Shape) -> Term {
        let end = self.at.checked_sub(1).and_then(|last| self.tokens.get(last));
        let end = end.map_or(self.end, |token| token.span.end);
        Term { span: start..end, shape }
    }

    /// Everything: definitions, bindings and `|`.
    fn pipe(&mut self) -> Option<Term> {
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
            return Some(self.from(start, Shape::Other(vec![body, rest])));
        }
        if self.eat("label").is_some() {
            self.at += 1;
            self.eat("|")?;
            let body = self.pipe()?;
            return Some(self.from(start, Shape::Other(vec![body])));
        }
        let left = self.operators(0)?;
        // A binding reaches to the right as far as it can, so what stands before it is its source.
        if self.eat("|").is_some() {
            let right = self.pipe()?;
            return Some(self.from(start, Shape::Pipe(Box::new(left), Box::new(right))));
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
        while let Some((operator, strength, right_first)) = self.operator().filter(|(_, strength, _)| *strength >= least) {
            let place = self.tokens.get(self.at)?.span.clone();
            self.at += 1;
            let right = self.nested(if right_first { strength } else { strength + 1 })?;
            let (left_box, right) = (Box::new(left), Box::new(right));
            left = self.from(start, Shape::Binary { operator, left: left_box, right, place });
        }
        Some(left)
    }

    fn nested(&mut self, least: u8) -> Option<Term> {
        if self.depth == MAX_DEPTH {
            return None;
        }
        self.depth += 1;
        let term = self.operators(least);
        self.depth -= 1;
        term
    }

    fn operator(&self) -> Option<(&'static str, u8, bool)> {
        OPERATORS.iter().copied().find(|(operator, ..)| self.is(operator))
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
                    Shape::Field { of: Box::new(term), name, place }
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
                    return Some(self.from(start, Shape::Bind { source, name, body }));
                }
                _ => return Some(term),
            };
            term = self.from(start, shape);
        }
    }

    /// `."name"` after its dot.
    fn quoted_field(&mut self, of: Term, dot: usize) -> Option<Shape> {
        let token = self.tokens.get(self.at)?;
        let Word::Text { pieces, parts } = &token.word else {
            return None;
        };
        self.at += 1;
        let of = Box::new(of);
        match pieces.as_slice() {
            [(name, _)] => Some(Shape::Field { of, name: name.clone(), place: dot..token.span.end }),
            _ => Some(Shape::Index { of, by: parts.clone() }),
        }
    }

    /// What stands in brackets after a term, after the opening one.
    fn brackets(&mut self, of: Term) -> Option<Shape> {
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
            [Term { shape: Shape::Literal(Value::String(name)), .. }] if !is_slice => {
                Some(Shape::Field { of, name: name.clone(), place })
            }
            _ => Some(Shape::Index { of, by }),
        }
    }

    /// A pattern after `as`: its name when it is a single variable.
    #[allow(clippy::option_option)]
    fn pattern(&mut self) -> Option<Option<String>> {
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

    fn term(&mut self) -> Option<Term> {
        let start = self.start();
        let token = self.tokens.get(self.at)?;
        self.at += 1;
        let shape = match &token.word {
            Word::Number(number) => Shape::Literal(Value::from(*number)),
            Word::Text { pieces, parts } => text(pieces, parts),
            Word::Format => match self.peek() {
                Some(Word::Text { pieces, parts }) => {
                    let shape = Shape::Text { pieces: pieces.clone(), parts: parts.clone() };
                    self.at += 1;
                    shape
                }
                _ => Shape::Text { pieces: Vec::new(), parts: Vec::new() },
            },
            Word::Variable(name) => Shape::Variable(name.clone()),
            Word::Field(name) => Shape::Field { of: Box::new(identity(start)), name: name.clone(), place: token.span.clone() },
            Word::Symbol(".") => match self.peek() {
                Some(Word::Text { .. }) => self.quoted_field(identity(start), start)?,
                Some(Word::Symbol("[")) => {
                    self.at += 1;
                    self.brackets(identity(start))?
                }
                _ => Shape::Identity,
            },
            Word::Symbol("..") => Shape::Descent,
            Word::Symbol("-") => {
                let inner = self.nested(8)?;
                Shape::Negate(Box::new(inner))
            }
            Word::Symbol("(") => {
                let inner = self.pipe()?;
                self.eat(")")?;
                Shape::Parentheses(Box::new(inner))
            }
            Word::Symbol("[") if self.eat("]").is_some() => Shape::Array(None),
            Word::Symbol("[") => {
                let inner = self.pipe()?;
                self.eat("]")?;
                Shape::Array(Some(Box::new(inner)))
            }
            Word::Symbol("{") => self.object()?,
            Word::Symbol(_) => return None,
            Word::Name(name) => {
                let name = name.clone();
                self.named(&name)?
            }
        };
        Some(self.from(start, shape))
    }

    fn named(&mut self, name: &str) -> Option<Shape> {
        Some(match name {
            "true" => Shape::Literal(Value::Bool(true)),
            "false" => Shape::Literal(Value::Bool(false)),
            "null" => Shape::Literal(Value::Null),
            "if" => self.condition()?,
            "try" => {
                let body = self.try_body()?;
                if self.eat("catch").is_none() {
                    Shape::Optional(Box::new(body))
                } else {
                    Shape::Other(vec![body, self.try_body()?])
                }
            }
            "reduce" | "foreach" => {
                let mut parts = vec![self.fold_source()?];
                self.eat("(")?;
                parts.push(self.pipe()?);
                while self.eat(";").is_some() {
                    parts.push(self.pipe()?);
                }
                self.eat(")")?;
                Shape::Other(parts)
            }
            "break" => {
                self.at += 1;
                Shape::Call { name: name.to_owned(), arguments: Vec::new() }
            }
            "then" | "else" | "elif" | "end" | "as" | "catch" | "and" | "or" | "import" | "include" | "def" | "label" => {
                return None;
            }
            _ => {
                let mut arguments = Vec::new();
                if self.eat("(").is_some() {
                    arguments.push(self.pipe()?);
                    while self.eat(";").is_some() {
                        arguments.push(self.pipe()?);
                    }
                    self.eat(")")?;
                }
                Shape::Call { name: name.to_owned(), arguments }
            }
        })
    }

    /// The source of `reduce` and `foreach`, with its pattern: a term without operators.
    fn fold_source(&mut self) -> Option<Term> {
        let start = self.start();
        let mut source = self.term()?;
        while !self.is("as") {
            let shape = match self.peek()? {
                Word::Field(name) => {
                    Shape::Field { of: Box::new(source), name: name.clone(), place: self.tokens.get(self.at)?.span.clone() }
                }
                Word::Symbol("?") => Shape::Optional(Box::new(source)),
                Word::Symbol("[") => {
                    self.at += 1;
                    let shape = self.brackets(source)?;
                    source = self.from(start, shape);
                    continue;
                }
                _ => return None,
            };
            self.at += 1;
            source = self.from(start, shape);
        }
        self.at += 1;
        self.pattern()?;
        Some(source)
    }

    /// What `try` and `catch` take: a term with its fields and brackets.
    fn try_body(&mut self) -> Option<Term> {
        let start = self.start();
        let mut term = self.term()?;
        while let Some(Word::Field(_) | Word::Symbol("[" | ".")) = self.peek() {
            let shape = match self.peek()? {
                Word::Field(name) => {
                    let name = name.clone();
                    let place = self.tokens.get(self.at)?.span.clone();
                    self.at += 1;
                    Shape::Field { of: Box::new(term), name, place }
                }
                Word::Symbol("[") => {
                    self.at += 1;
                    self.brackets(term)?
                }
                _ => return None,
            };
            term = self.from(start, shape);
        }
        Some(term)
    }

    fn condition(&mut self) -> Option<Shape> {
        let mut conditions = vec![self.pipe()?];
        self.eat("then")?;
        let mut branches = vec![self.pipe()?];
        loop {
            if self.eat("elif").is_some() {
                conditions.push(self.pipe()?);
                self.eat("then")?;
                branches.push(self.pipe()?);
            } else if self.eat("else").is_some() {
                branches.push(self.pipe()?);
                self.eat("end")?;
                break;
            } else {
                branches.push(identity(self.start()));
                self.eat("end")?;
                break;
            }
        }
        Some(Shape::If { conditions, branches })
    }

    /// An object after its opening brace.
    fn object(&mut self) -> Option<Shape> {
        let mut entries = Vec::new();
        loop {
            if self.eat("}").is_some() {
                return Some(Shape::Object(entries));
            }
            let start = self.start();
            let token = self.tokens.get(self.at)?;
            self.at += 1;
            let (key, short) = match &token.word {
                Word::Name(name) => {
                    let of = Box::new(identity(start));
                    let shape = Shape::Field { of, name: name.clone(), place: token.span.clone() };
                    (Some(name.clone()), Some(shape))
                }
                Word::Variable(name) => (Some(name.clone()), Some(Shape::Variable(name.clone()))),
                Word::Number(_) => (None, None),
                Word::Text { pieces, .. } => match pieces.as_slice() {
                    [(name, _)] => {
                        let of = Box::new(identity(start));
                        let shape = Shape::Field { of, name: name.clone(), place: token.span.clone() };
                        (Some(name.clone()), Some(shape))
                    }
                    _ => (None, None),
                },
                Word::Format => {
                    self.at += usize::from(matches!(self.peek(), Some(Word::Text { .. })));
                    (None, None)
                }
                Word::Symbol("(") => {
                    self.pipe()?;
                    self.eat(")")?;
                    (None, None)
                }
                _ => return None,
            };
            let value = if self.eat(":").is_some() { self.object_value()? } else { self.from(start, short?) };
            entries.push((key, value));
            if !self.is("}") {
                self.eat(",")?;
            }
        }
    }

    /// A value of an object: terms joined by `|`, without commas.
    fn object_value(&mut self) -> Option<Term> {
        let start = self.start();
        let left = self.nested(2)?;
        if self.eat("|").is_none() {
            return Some(left);
        }
        let right = self.object_value()?;
        Some(self.from(start, Shape::Pipe(Box::new(left), Box::new(right))))
    }
}

/// The `.` that is not written.
fn identity(at: usize) -> Term {
    Term { span: at..at, shape: Shape::Identity }
}

fn text(pieces: &[(String, Range<usize>)], parts: &[Term]) -> Shape {
    match pieces {
        [(piece, _)] => Shape::Literal(Value::from(piece.as_str())),
        _ => Shape::Text { pieces: pieces.to_vec(), parts: parts.to_vec() },
    }
}

//! The terms that operators join: literals, functions, keywords, lists and objects.

use std::ops::Range;

use serde_json::Value;

use super::lexer::Word;
use super::parser::{Parser, identity};
use super::{Shape, Term};

impl Parser<'_> {
    pub(super) fn term(&mut self) -> Option<Term> {
        let start = self.start();
        let token = self.tokens.get(self.at)?;
        self.at += 1;
        let shape = match &token.word {
            Word::Number(number) => Shape::Literal(Value::from(*number)),
            Word::Text { pieces, parts } => text(pieces, parts),
            Word::Format => match self.peek() {
                Some(Word::Text { pieces, parts }) => {
                    let shape = Shape::Text {
                        pieces: pieces.clone(),
                        parts: parts.clone(),
                    };
                    self.at += 1;
                    shape
                }
                _ => Shape::Text {
                    pieces: Vec::new(),
                    parts: Vec::new(),
                },
            },
            Word::Variable(name) => Shape::Variable(name.clone()),
            Word::Field(name) => Shape::Field {
                of: Box::new(identity(start)),
                name: name.clone(),
                place: token.span.clone(),
            },
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
        self.from(start, shape)
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
                Shape::Call {
                    name: name.to_owned(),
                    arguments: Vec::new(),
                }
            }
            "then" | "else" | "elif" | "end" | "as" | "catch" | "and" | "or" | "import"
            | "include" | "def" | "label" => {
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
                Shape::Call {
                    name: name.to_owned(),
                    arguments,
                }
            }
        })
    }

    /// The source of `reduce` and `foreach`, with its pattern: a term without operators.
    fn fold_source(&mut self) -> Option<Term> {
        let start = self.start();
        let mut source = self.term()?;
        while !self.is("as") {
            let shape = match self.peek()? {
                Word::Field(name) => Shape::Field {
                    of: Box::new(source),
                    name: name.clone(),
                    place: self.tokens.get(self.at)?.span.clone(),
                },
                Word::Symbol("?") => Shape::Optional(Box::new(source)),
                Word::Symbol("[") => {
                    self.at += 1;
                    let shape = self.brackets(source)?;
                    source = self.from(start, shape)?;
                    continue;
                }
                _ => return None,
            };
            self.at += 1;
            source = self.from(start, shape)?;
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
                    Shape::Field {
                        of: Box::new(term),
                        name,
                        place,
                    }
                }
                Word::Symbol("[") => {
                    self.at += 1;
                    self.brackets(term)?
                }
                _ => return None,
            };
            term = self.from(start, shape)?;
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
        Some(Shape::If {
            conditions,
            branches,
        })
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
                    let shape = Shape::Field {
                        of,
                        name: name.clone(),
                        place: token.span.clone(),
                    };
                    (Some(name.clone()), Some(shape))
                }
                Word::Variable(name) => (Some(name.clone()), Some(Shape::Variable(name.clone()))),
                Word::Number(_) => (None, None),
                Word::Text { pieces, .. } => match pieces.as_slice() {
                    [(name, _)] => {
                        let of = Box::new(identity(start));
                        let shape = Shape::Field {
                            of,
                            name: name.clone(),
                            place: token.span.clone(),
                        };
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
            let value = if self.eat(":").is_some() {
                self.object_value()?
            } else {
                self.from(start, short?)?
            };
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
        self.from(start, Shape::Pipe(Box::new(left), Box::new(right)))
    }
}

fn text(pieces: &[(String, Range<usize>)], parts: &[Term]) -> Shape {
    match pieces {
        [(piece, _)] => Shape::Literal(Value::from(piece.as_str())),
        _ => Shape::Text {
            pieces: pieces.to_vec(),
            parts: parts.to_vec(),
        },
    }
}
